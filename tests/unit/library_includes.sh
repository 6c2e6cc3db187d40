#!/usr/bin/env bash
# Checks that each library is included only from the folders that may use it: ARCHITECTURE.md.
set -u
cd "$1" || exit 2
failed=0

# allow PATTERN FOLDER...: no other folder of the programs includes a header that matches PATTERN.
allow() {
  local pattern=$1 folder
  shift
  for folder in posix protocol config daemon/session daemon/acceptor daemon/manager client; do
    if [[ " $* " == *" $folder "* ]]; then
      grep -rqE "#include <$pattern" "$folder" && continue
      echo "nothing in $folder includes $pattern: is this check still right?"
      failed=1
    elif grep -rnE "#include <$pattern" "$folder"; then
      echo "the lines above include $pattern, which $folder may not use"
      failed=1
    fi
  done
}

allow 'toml\+\+/' config
allow 'systemd/' daemon/manager
allow 'histedit' client
allow 'boost/' client
allow 'curl/' client
allow 'CLI/' daemon/manager client
allow 'nlohmann/' client
allow 'fmt/' config daemon/manager client
# A path that climbs out of its folder would get round the include directories.
if grep -rnE '#include "\.\./' posix protocol config daemon client; then
  echo "the lines above climb out of their folder"
  failed=1
fi
exit $failed
