#!/usr/bin/env bash
# Runs good, slow, rude and crashing peers against yodeld while it is reloaded, restarted and loses
# acceptors and sessions, and accounts for every session. Installs missing packages.
set -euo pipefail
# shellcheck source=packaging/common.sh
. "$(dirname "${BASH_SOURCE[0]}")/../packaging/common.sh"
cd "$root"

seconds=${1-600}
if ! [[ $seconds =~ ^[1-9][0-9]*$ ]]; then
  echo "usage: tests/soak.sh [SECONDS]   600 by default" >&2
  step="reading the command line"
  exit 2
fi

install "${build_packages[@]}" "${test_packages[@]}"
mkdir -p build
configure release "$root/build/release" -DYODEL_TESTS=ON
begin "building (release)"
cmake --build "$root/build/release" --target yodeld yodel-acceptor

begin "soaking for $seconds s"
python3 tests/soak/soak.py --programs "$root/build/release/bin" --seconds "$seconds"
