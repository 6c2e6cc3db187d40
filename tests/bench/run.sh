#!/usr/bin/env bash
# Installs what is missing, builds what the benchmark needs, and runs it.
# May be run repeatedly, from any folder. Figures, tables and plots go to build/bench-results.
set -euo pipefail
# shellcheck source=packaging/common.sh
. "$(dirname "${BASH_SOURCE[0]}")/../../packaging/common.sh"
cd "$root"

usage() {
  cat <<'TEXT'
usage: tests/bench/run.sh [--quick | --scale] [--rounds N] [--results DIR] [--only PART,...]
  --quick          a short trial run, 3 minutes
  --scale          only hold 100,000 connections at once
  --rounds N       visits to each server (default: 8)
  --results DIR    folder for the results (default: build/bench-results)
  --only PART,...  run only these of inside, client, greet, echo and held
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

# The package xinetd starts a service, but the benchmark only needs the program.
was_there=$(dpkg-query -W -f '${db:Status-Status}' xinetd 2>/dev/null || true)
install "${build_packages[@]}" "${test_packages[@]}" "${bench_packages[@]}" "${peer_packages[@]}"
if [ "$was_there" != installed ] && [ -d /run/systemd/system ]; then
  begin "stopping the service that the package xinetd started"
  as_root systemctl --quiet disable --now xinetd
fi

mkdir -p build "$results"
folder=$root/build/bench
configure release "$folder" -DYODEL_BENCH=ON -DYODEL_SYSTEM_TESTS=OFF
begin "building (release)"
cmake --build "$folder" --target bench

# inside: the time of single functions, in nanoseconds.
# client: yodel bench compared with a bare loop; start and exit of yodel talk compared with nc.
others=()
for part in "${parts[@]}"; do
  if [ "$part" = client ]; then
    begin "measuring the client"
    timeout 300 tests/bench/client.sh "$folder/bin" "$results"
  elif [ "$part" != inside ]; then
    others+=("$part")
  elif [ -x "$folder/bin/bench-inside" ]; then
    begin "measuring single functions"
    timeout 120 "$folder/bin/bench-inside" --benchmark_out="$results/inside.json" --benchmark_out_format=json
  fi
done
[ ${#others[@]} -gt 0 ] || exit 0

begin "measuring the servers"
only=$(IFS=,; echo "${others[*]}")
[ "$only" = scale ] || options+=(--only "$only")
# Debian's Python has Debian's matplotlib. On Ctrl-C bench.py stops what it has started.
/usr/bin/python3 -B tests/bench/bench.py --programs "$folder/bin" --results "$results" "${options[@]}"
