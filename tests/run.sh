#!/usr/bin/env bash
# Builds everything and runs every test; in release also a minute of fuzzing and half a minute of soaking. For
# more of these: tests/fuzz/run.sh 3600, tests/soak.sh 600.
# Installs what is missing. For the tests the kernel has a stock Debian's values, where that may be set.
# May be run again and again, from any folder.
set -euo pipefail
# shellcheck source=packaging/common.sh
. "$(dirname "${BASH_SOURCE[0]}")/../packaging/common.sh"
# shellcheck source=tests/stock_values.sh
. "$root/tests/stock_values.sh"
cd "$root"

usage() {
  cat <<'TEXT'
usage: tests/run.sh [PRESET] [CTEST-OPTION...]
  PRESET        release (the default), debug or asan
  CTEST-OPTION  for ctest, and nothing but ctest then; such as -L unit, -LE system, -R 'daemon.*reload', --repeat until-fail:20
TEXT
}

preset=release
case ${1-} in
  -h | --help)
    usage
    exit 0
    ;;
  release | debug | asan)
    preset=$1
    shift
    ;;
  -* | '') ;;
  *)
    usage >&2
    step="reading the command line"
    exit 2
    ;;
esac

packages=("${build_packages[@]}" "${test_packages[@]}" "${browser_packages[@]}")
case $preset in
  release) packages+=("${system_packages[@]}" "${deb_packages[@]}") ;;
  asan) packages+=("${asan_packages[@]}") ;;
esac
install "${packages[@]}"
mkdir -p build
configure "$preset" "$root/build/$preset" -DYODEL_TESTS=ON
begin "building ($preset)"
cmake --build "$root/build/$preset"

begin "testing ($preset)"
trap 'status=$?; restore_values; (exit $status); on_exit' EXIT
set_stock_values
# Most of a test is waiting, so more run at once than there are processors; those that keep them all busy say so. What
# sanitizers watch waits less. The timeout is for tests that do not set one of their own.
jobs=$(($(nproc) * 3))
[ "$preset" != asan ] || jobs=$(($(nproc) * 2))
status=0
ctest --test-dir "$root/build/$preset" --output-on-failure --no-tests=error --timeout 120 -j "$jobs" "$@" || status=$?
# ctest names the tests that were skipped, but not why.
grep --no-filename '^skipped: ' "$root/build/$preset/Testing/Temporary/LastTest.log" | sort -u || true
[ "$status" -eq 0 ] || exit "$status"

if [ "$preset" = release ] && [ $# -eq 0 ]; then
  tests/fuzz/run.sh 60
  tests/soak.sh 30
fi
