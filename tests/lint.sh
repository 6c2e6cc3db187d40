#!/usr/bin/env bash
# Runs the static checks: format, clang-tidy, shellcheck. Installs missing packages. clang-tidy skips sources
# that have not changed since they were found clean (build/lint).
set -euo pipefail
# shellcheck source=packaging/common.sh
. "$(dirname "${BASH_SOURCE[0]}")/../packaging/common.sh"
cd "$root"

quick=
case ${1-} in
  --quick) quick=yes ;;
  '') ;;
  *)
    echo "usage: tests/lint.sh [--quick]   --quick: only the format and the shell scripts"
    [ "$1" = -h ] || [ "$1" = --help ] || { step="reading the command line"; exit 2; }
    exit 0
    ;;
esac

install "${build_packages[@]}" "${test_packages[@]}" "${bench_packages[@]}" "${lint_packages[@]}"
mkdir -p build
folders=(posix text protocol config daemon client tests)
mapfile -t headers < <(find "${folders[@]}" -name '*.hpp' -o -name '*.h' | sort)
mapfile -t sources < <(find "${folders[@]}" -name '*.cpp' -o -name '*.c' | sort)
mapfile -t scripts < <(find packaging tests .ci -name '*.sh' -o -name '*.bash' | sort; echo .ci/run)
scripts+=(packaging/yodeld-seal packaging/debian/yodeld.{prerm,postrm} packaging/debian/tests/installed)

begin "checking the shell scripts"
shellcheck -x "${scripts[@]}"

begin "checking the format"
clang-format --dry-run --Werror "${headers[@]}" "${sources[@]}"

[ -z "$quick" ] || exit 0

begin "checking that clang-tidy finds planted faults"
python3 -B tests/lint/test_tidy.py

# Not the plugin for clang: it is C++17, and clang's headers are not written for these checks.
mapfile -t sources < <(printf '%s\n' "${sources[@]}" | grep -v '^tests/lint/')
begin "running clang-tidy on ${#sources[@]} files"
# Configure with clang, because clang-tidy does not know all of GCC's warning options. Without precompiled
# headers each source must include what it uses.
folder=$root/build/lint
cmake -S "$root" --preset debug -B "$folder" -DCMAKE_CXX_COMPILER=clang++ -DCMAKE_C_COMPILER=clang \
  -DCMAKE_DISABLE_PRECOMPILE_HEADERS=ON -DYODEL_BENCH=ON -DYODEL_SANITIZE=ON >"$folder.log" 2>&1 ||
  { cat "$folder.log" >&2; exit 1; }
# A source includes a header that this target generates.
cmake --build "$folder" --target session-filter >>"$folder.log" 2>&1 || { cat "$folder.log" >&2; exit 1; }
python3 -B tests/lint/tidy.py "$folder" "${sources[@]}"

begin "done: no findings"
