#!/usr/bin/env bash
# Builds yodeld and yodel, starts the daemon as an ordinary process and talks to it.
# Installs missing packages. May be run repeatedly, from any folder.
set -euo pipefail
# shellcheck source=packaging/common.sh
. "$(dirname "${BASH_SOURCE[0]}")/common.sh"
cd "$root"

for argument in "$@"; do
  case $argument in
    -h | --help)
      echo "usage: packaging/try.sh    builds Yodel, starts yodeld on 127.0.0.1 and talks to it"
      exit 0
      ;;
    *)
      printf "unexpected argument '%s'\nusage: packaging/try.sh\n" "$argument" >&2
      step="reading the command line"
      exit 2
      ;;
  esac
done

install "${build_packages[@]}"
mkdir -p build
# tests/run.sh uses the same folder, so it need not compile the programs again. The tests need more packages, so they
# are not configured here unless the folder has them already.
folder=$root/build/release
options=()
[ -e "$folder/CMakeCache.txt" ] || options=(-DYODEL_TESTS=OFF)
configure release "$folder" "${options[@]}"
begin "building, which takes 2 to 7 minutes on two processors"
cmake --build "$folder" --target daemon/all client/all
bin=$folder/bin
log=$folder/yodeld.log
file=config/yodeld.toml

begin "checking the file $file"
"$bin/yodeld" --config "$file" --check

begin "starting yodeld with $file"
: >"$log"
"$bin/yodeld" --config "$file" 2>"$log" &
daemon=$!
stop_daemon() {
  kill "$daemon" 2>/dev/null || true
  wait "$daemon" 2>/dev/null || true
}
trap 'status=$?; stop_daemon; (exit $status) || on_exit' EXIT
for _ in $(seq 100); do
  grep -q ' is ready: ' "$log" && break
  if ! kill -0 "$daemon" 2>/dev/null; then
    cat "$log" >&2
    exit 1
  fi
  sleep 0.1
done
grep -q ' is ready: ' "$log" || { cat "$log" >&2; exit 1; }

begin "yodel talk alice bob jack"
transcript=$("$bin/yodel" talk alice bob jack)
printf '%s\n' "$transcript"
expected='welcome
hello, alice!
hello, bob!
hello, jack!'
[ "$transcript" = "$expected" ] || { echo "expected: $expected" >&2; exit 1; }

begin "stopping yodeld, with SIGTERM"
kill "$daemon"
wait "$daemon"

begin "the log of yodeld"
cat "$log"

begin "done: Yodel works"
cat <<TEXT
What next:
  ${bin#"$root"/}/yodeld --config config/yodeld.toml     start the daemon; Ctrl-C stops it
  ${bin#"$root"/}/yodel talk                             talk to it, at a prompt
  ${bin#"$root"/}/yodeld --help                          and yodel --help: all options
  ${bin#"$root"/}/yodeld --print-config                  every setting; yodeld.toml(5) explains them
  ${bin#"$root"/}/yodeld --listen 0.0.0.0                serve other machines, without a file
  tests/run.sh                                 build and run every test
  README.md, ARCHITECTURE.md                   how to use it, and how it works
TEXT
