#!/usr/bin/env bash
# Compares yodel bench with a bare loop in C, bare_loop.c, in turn against the same floor server; then,
# with client_start.py, compares the time that yodel talk and nc take to start and exit.
# Expects the programs in the folder PROGRAMS: tests/bench/run.sh --only client builds them.
#   client.sh PROGRAMS RESULTS [ROUNDS]
set -euo pipefail
programs=$1
results=$2
rounds=${3:-9}
port=19731
trap 'kill "$floor" 2>/dev/null; wait "$floor" 2>/dev/null || true' EXIT
"$programs/bench-floor" greet $port 4096 &
floor=$!

# figure NAME: prints that figure of the JSON on standard input.
figure() { python3 -c 'import json, sys; d = json.load(sys.stdin)
for name in sys.argv[1].split("/"): d = d[name]
print(d)' "$1"; }
bench() { "$programs/yodel" bench -s 127.0.0.1:$port --unframed --json - "$@"; }
until bench -n 1 >/dev/null 2>&1; do kill -0 "$floor"; done

rates=() pings=()
for ((round = 0; round < rounds; ++round)); do
  bare=$("$programs/bench-bare-loop" dialogues $port 20000 16)
  one=$(bench -n 20000 -c 16 --new-connection --threads 1 | figure replies_per_s)
  all=$(bench -n 20000 -c 16 --new-connection | figure replies_per_s)
  bare_ping=$("$programs/bench-bare-loop" pings $port 1000 1000)
  ping=$(bench -n 1000 --rate 1000 | figure latency_ms/round_trip/p50)
  rates+=("$bare $one $all") pings+=("$bare_ping $ping")
done
{
  printf '%s\n' "${rates[@]}" | python3 -c 'import sys, statistics as s
rows = [[float(x) for x in line.split()] for line in sys.stdin]
for name, at in (("one thread", 1), ("all threads", 2)):
    print(f"new connections per second, yodel bench ({name}) to the bare loop, median of {len(rows)}: "
          f"{s.median(r[at] / r[0] for r in rows):.2f} ({s.median(r[at] for r in rows):.0f} to {s.median(r[0] for r in rows):.0f})")'
  printf '%s\n' "${pings[@]}" | python3 -c 'import sys, statistics as s
rows = [[float(x) for x in line.split()] for line in sys.stdin]
print(f"round trip at 1,000 per second, median: {s.median(r[1] * 1e3 / r[0] for r in rows):.2f} "
      f"({s.median(r[1] * 1e3 for r in rows):.1f} to {s.median(r[0] for r in rows):.1f} microseconds)")'
  /usr/bin/python3 -B "$(dirname "${BASH_SOURCE[0]}")/client_start.py" "$programs"
} | tee "$results/client.txt"
