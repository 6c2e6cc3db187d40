#!/usr/bin/env bash
# Fuzzes the code that reads untrusted bytes. Installs missing packages. Keeps new inputs in build/fuzz/corpus, and leaves
# tests/fuzz/corpus as it is.
set -euo pipefail
# shellcheck source=packaging/common.sh
. "$(dirname "${BASH_SOURCE[0]}")/../../packaging/common.sh"
cd "$root"

seconds=${1-60}
if ! [[ $seconds =~ ^[1-9][0-9]*$ ]]; then
  echo "usage: tests/fuzz/run.sh [SECONDS]   for all targets together; default: 60" >&2
  step="reading the command line"
  exit 2
fi
targets=(config endpoint event message_reader probe proxy_header run_record saved_syn)

install "${build_packages[@]}" "${test_packages[@]}" "${asan_packages[@]}"
mkdir -p build
# The targets are part of the build with sanitizers; their findings have a folder of their own.
objects=$root/build/asan
folder=$root/build/fuzz
configure asan "$objects" -DYODEL_TESTS=ON
begin "building the fuzz targets"
cmake --build "$objects" --target "${targets[@]/#/fuzz_}"

# fuzz TARGET: runs one target for its share of the time.
fuzz() {
  local kept=$folder/corpus/$1 log=$folder/$1.log
  mkdir -p "$kept"
  # libFuzzer writes a failing input beside the log.
  "$objects/bin/fuzz_$1" -max_total_time=$((seconds / ${#targets[@]})) -timeout=10 -rss_limit_mb=2048 \
    -print_final_stats=1 -artifact_prefix="$folder/$1-" "$kept" "$root/tests/fuzz/corpus/$1" >"$log" 2>&1 ||
    { tail -n 50 "$log" >&2; return 1; }
  echo "$1: $(grep -oP 'number_of_executed_units: *\K\d+' "$log") runs, no finding"
}

begin "fuzzing for $seconds s in total"
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
  # Two at a time, so that each has a processor of its own even on two processors.
  if [ ${#pids[@]} -eq 2 ]; then reap; fi
done
reap
exit "$status"
