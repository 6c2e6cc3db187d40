#!/usr/bin/env bash
# Builds everything and runs every test; in release also a minute of fuzzing and half a minute of soaking. To run
# those for longer: tests/fuzz/run.sh 3600, tests/soak.sh 600.
# Installs missing packages. While the tests run, the kernel has a stock Debian's settings, as far as this user may set
# them. May be run repeatedly, from any folder.
set -euo pipefail
# shellcheck source=packaging/common.sh
. "$(dirname "${BASH_SOURCE[0]}")/../packaging/common.sh"
# shellcheck source=tests/stock_values.sh
. "$root/tests/stock_values.sh"
cd "$root"

usage() {
  cat <<'TEXT'
usage: tests/run.sh [PRESET] [CTEST-OPTION...]
       tests/run.sh --all
  PRESET        release (the default), debug or asan
  CTEST-OPTION  passed to ctest, such as -L unit, -LE system, -R 'daemon.*reload', --repeat until-fail:20;
                then there is no fuzzing and no soaking
  --all         like no argument at all, but a test that is skipped, or a part of one, is a failure
TEXT
}

preset=release
all=
case ${1-} in
  -h | --help)
    usage
    exit 0
    ;;
  --all)
    all=yes
    export YODEL_SYSTEM_REQUIRED=1
    shift
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
  release) packages+=("${system_packages[@]}" "${deb_packages[@]}" "${image_packages[@]}") ;;
  asan) packages+=("${asan_packages[@]}") ;;
esac
install "${packages[@]}"
mkdir -p build
configure "$preset" "$root/build/$preset" -DYODEL_TESTS=ON
begin "building ($preset)"
cmake --build "$root/build/$preset"

begin "testing ($preset)"
trap 'status=$?; restore_values; (exit $status) || on_exit' EXIT
set_stock_values
# Tests mostly wait, so run more at once than there are processors; tests that keep several busy declare it. With
# sanitizers they wait less. The timeout is for tests that do not set one.
jobs=$(($(nproc) * 3))
[ "$preset" != asan ] || jobs=$(($(nproc) * 2))
status=0
ctest --test-dir "$root/build/$preset" --output-on-failure --no-tests=error --timeout 360 -j "$jobs" "$@" || status=$?
# ctest names skipped tests, but not the reasons.
grep --no-filename '^skipped: ' "$root/build/$preset/Testing/Temporary/LastTest.log" | sort -u || true
[ "$status" -eq 0 ] || exit "$status"
if [ -n "$all" ] && grep --line-regexp -E '\[  SKIPPED \] [^ ]+ \(.*\)|skipped: .*|skipped .* s  .*|OK \(skipped=.*\)' \
  "$root/build/$preset/Testing/Temporary/LastTest.log" | sort | uniq --count; then
  echo "tests were skipped, and --all asks for every one" >&2
  exit 1
fi

if [ "$preset" = release ] && [ $# -eq 0 ]; then
  tests/fuzz/run.sh 60
  tests/soak.sh 30
fi
