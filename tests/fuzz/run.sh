#!/usr/bin/env bash
# Fuzzes what reads bytes that somebody else has chosen. Installs what is missing.
# What is found besides faults is kept in build/fuzz/corpus, and what was kept here stays a beginning.
set -euo pipefail
# shellcheck source=packaging/common.sh
. "$(dirname "${BASH_SOURCE[0]}")/../../packaging/common.sh"
cd "$root"

seconds=${1-60}
if ! [[ $seconds =~ ^[1-9][0-9]*$ ]]; then
  echo "usage: tests/fuzz/run.sh [SECONDS]   of all targets together; 60 by default, 3600 for an hour" >&2
  step="reading the command line"
  exit 2
fi
targets=(config endpoint event message_reader run_record)

install "${build_packages[@]}" "${test_packages[@]}" "${asan_packages[@]}"
mkdir -p build
# The sanitizers' build has the targets; what they find has a folder of its own.
objects=$root/build/asan
folder=$root/build/fuzz
configure asan "$objects" -DYODEL_TESTS=ON
begin "building the fuzz targets"
cmake --build "$objects" --target "${targets[@]/#/fuzz_}"

# fuzz TARGET: for its share of the time, of which as many run at once as there are processors.
fuzz() {
  local kept=$folder/corpus/$1 log=$folder/$1.log
  mkdir -p "$kept"
  # A finding is a file beside the log, to be given to the target again.
  "$objects/bin/fuzz_$1" -max_total_time=$((seconds / ${#targets[@]})) -timeout=10 -rss_limit_mb=2048 \
    -print_final_stats=1 -artifact_prefix="$folder/$1-" "$kept" "$root/tests/fuzz/corpus/$1" >"$log" 2>&1 ||
    { tail -n 50 "$log" >&2; return 1; }
  echo "$1: $(grep -oP 'number_of_executed_units: *\K\d+' "$log") runs, no finding"
}

begin "fuzzing for $seconds s in all"
status=0
pids=()
reap() {
  local pid
  for pid in "${pids[@]}"; do wait "$pid" || status=1; done
  pids=()
}
for target in "${targets[@]}"; do
  fuzz "$target" &
  pids+=($!)
  # In pairs: each has a processor of its own on the smallest machine.
  if [ ${#pids[@]} -eq 2 ]; then reap; fi
done
reap
exit "$status"
