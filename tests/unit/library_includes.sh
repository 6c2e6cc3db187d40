#!/usr/bin/env bash
# Checks that each library is included only in the folders that may use it, ARCHITECTURE.md, and that expensive headers are
# included in few files.
set -u
cd "$1" || exit 2
failed=0

folders=(posix text protocol config daemon/session daemon/acceptor daemon/log daemon/manager
  daemon/manager/supervisor daemon/manager/systemd client client/talk client/fetch)

# sources FOLDER: prints the sources of FOLDER, without those in nested folders that are listed themselves.
sources() {
  local inner prune=()
  for inner in "${folders[@]}"; do
    [[ $inner == "$1"/* ]] && prune+=(-not -path "$inner/*")
  done
  find "$1" -name '*.[ch]pp' "${prune[@]}"
}

# allow PATTERN FOLDER...: checks that these folders include a header that matches PATTERN, and that no other does.
allow() {
  local pattern=$1 folder found
  shift
  for folder in "${folders[@]}"; do
    found=$(sources "$folder" | xargs grep -nE "#include <$pattern")
    if [[ " $* " != *" $folder "* && -n $found ]]; then
      echo "$found: $folder may not include it"
      failed=1
    elif [[ " $* " == *" $folder "* && -z $found ]]; then
      echo "nothing in $folder includes $pattern: remove the folder from this check"
      failed=1
    fi
  done
}

allow 'toml\+\+/' config
allow 'systemd/' daemon/log daemon/manager/systemd
allow 'histedit' client/talk
allow 'curl/' client/fetch
allow 'zlib\.h' client/fetch
allow 'CLI/' daemon/manager client
allow 'nlohmann/' text
allow 'fmt/' text config daemon/log daemon/manager daemon/manager/supervisor daemon/manager/systemd client client/talk client/fetch

# once PATTERN FILE...: checks that these files include a header that matches PATTERN, and that no other file does. Each
# include of one of these headers costs 3 to 10 s of compile time.
once() {
  local pattern=$1 found
  shift
  found=$(grep -rlE "#include <$pattern" --include='*.cpp' --include='*.hpp' posix text protocol config daemon client |
    sort | tr '\n' ' ')
  [ "$found" = "$* " ] && return 0
  echo "$pattern must be included only in $*, but is included in: $found"
  failed=1
}

once 'fmt/format-inl.h' text/fmt.cpp
once 'CLI/' client/command_line.cpp daemon/manager/options.cpp
once 'nlohmann/' text/json.cpp
once 'toml\+\+/toml.h' config/toml_library.hpp
if [ "$(grep -rl '#include "config/toml_library.hpp"' config | sort | tr '\n' ' ')" != "config/syntax.cpp config/table_reader.cpp " ]; then
  echo "config/toml_library.hpp must be included only in config/syntax.cpp and config/table_reader.cpp"
  failed=1
fi
# An include of "../" would bypass the include directories.
if grep -rnE '#include "\.\./' posix text protocol config daemon client; then
  echo "the lines above leave their folder"
  failed=1
fi
exit $failed
