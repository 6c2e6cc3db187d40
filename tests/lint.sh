#!/usr/bin/env bash
# The checks that need no running program: format, clang-tidy, shellcheck. Installs what is missing.
set -euo pipefail
# shellcheck source=packaging/common.sh
. "$(dirname "${BASH_SOURCE[0]}")/../packaging/common.sh"
cd "$root"

install "${build_packages[@]}" "${test_packages[@]}" "${bench_packages[@]}" "${lint_packages[@]}"
mkdir -p build
folders=(posix protocol config daemon client tests)
mapfile -t headers < <(find "${folders[@]}" -name '*.hpp' -o -name '*.h' | sort)
mapfile -t sources < <(find "${folders[@]}" -name '*.cpp' -o -name '*.c' | sort)
mapfile -t scripts < <(find packaging tests .ci -name '*.sh' -o -name '*.bash' | sort; echo .ci/run)
scripts+=(packaging/yodeld-seal packaging/debian/yodeld.{prerm,postrm} packaging/debian/tests/installed)

begin "checking the shell scripts"
shellcheck -x "${scripts[@]}"

begin "checking the format"
clang-format --dry-run --Werror "${headers[@]}" "${sources[@]}"

begin "running clang-tidy on ${#sources[@]} files"
# It reads the commands that a build with clang would use: GCC's warnings are not its own.
folder=$root/build/lint
cmake -S "$root" --preset debug -B "$folder" -DCMAKE_CXX_COMPILER=clang++ -DCMAKE_C_COMPILER=clang \
  -DYODEL_BENCH=ON -DYODEL_FUZZ=ON >"$folder.log" 2>&1 || { cat "$folder.log" >&2; exit 1; }
# What the build makes and a source includes.
cmake --build "$folder" --target session-filter >>"$folder.log" 2>&1 || { cat "$folder.log" >&2; exit 1; }
printf '%s\0' "${sources[@]}" | xargs -0 -n 1 -P "$(nproc)" clang-tidy --quiet -p "$folder" 2>"$folder.err" ||
  { grep -v 'warnings generated' "$folder.err" >&2; exit 1; }

begin "done: nothing to say"
