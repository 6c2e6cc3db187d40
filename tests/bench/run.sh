#!/usr/bin/env bash
# Builds what the benchmark needs and runs all of it. Installs what is missing.
# May be run again and again, from any folder. Figures, tables and plots: build/bench-results.
set -euo pipefail
# shellcheck source=packaging/common.sh
. "$(dirname "${BASH_SOURCE[0]}")/../../packaging/common.sh"
cd "$root"

usage() {
  cat <<'TEXT'
usage: tests/bench/run.sh [--quick | --scale] [--rounds N] [--results DIR] [--only PART,...]
  --quick          less of everything, in 3 minutes: a trial
  --scale          100,000 connections held at once, and nothing else
  --rounds N       visits at each server; 8 by default
  --results DIR    where the results go; build/bench-results by default
  --only PART,...  of inside, client, greet, echo and held
TEXT
}

results=$root/build/bench-results
options=()
parts=(inside client greet echo held)
while [ $# -gt 0 ]; do
  case $1 in
    -h | --help)
      usage
      exit 0
      ;;
    --quick) options+=("$1") ;;
    --scale)
      options+=("$1")
      parts=(scale)
      ;;
    --rounds | --results | --only)
      if [ $# -lt 2 ]; then
        usage >&2
        step="reading the command line"
        exit 2
      fi
      case $1 in
        --rounds) options+=("$1" "$2") ;;
        --results) results=$2 ;;
        --only) IFS=, read -ra parts <<<"$2" ;;
      esac
      shift
      ;;
    *)
      usage >&2
      step="reading the command line"
      exit 2
      ;;
  esac
  shift
done

# xinetd is wanted as a program that is run now and then: its package makes a service of it.
was_there=$(dpkg-query -W -f '${db:Status-Status}' xinetd 2>/dev/null || true)
install "${build_packages[@]}" "${test_packages[@]}" "${bench_packages[@]}" "${peer_packages[@]}"
if [ "$was_there" != installed ] && [ -d /run/systemd/system ]; then
  begin "stopping the service that the package xinetd has started"
  as_root systemctl --quiet disable --now xinetd
fi

mkdir -p build "$results"
folder=$root/build/bench
configure release "$folder" -DYODEL_BENCH=ON -DYODEL_SYSTEM_TESTS=OFF
begin "building (release)"
cmake --build "$folder" --target bench

# inside: what parts of the programs take, by themselves, in nanoseconds.
# client: yodel bench beside a bare loop; start and end of yodel talk beside nc.
others=()
for part in "${parts[@]}"; do
  if [ "$part" = client ]; then
    begin "measuring the client"
    timeout 300 tests/bench/client.sh "$folder/bin" "$results"
  elif [ "$part" != inside ]; then
    others+=("$part")
  elif [ -x "$folder/bin/bench-inside" ]; then
    begin "measuring the parts"
    timeout 120 "$folder/bin/bench-inside" --benchmark_out="$results/inside.json" --benchmark_out_format=json
  fi
done
[ ${#others[@]} -gt 0 ] || exit 0

begin "measuring the servers"
only=$(IFS=,; echo "${others[*]}")
[ "$only" = scale ] || options+=(--only "$only")
# Debian's, which has Debian's matplotlib. Ctrl-C is for it alone: it ends what it has started.
/usr/bin/python3 -B tests/bench/bench.py --programs "$folder/bin" --results "$results" "${options[@]}"
