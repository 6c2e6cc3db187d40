# Completion of yodeld(8) for bash.
# shellcheck shell=bash

_yodeld() {
  local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD - 1]}
  COMPREPLY=()
  # '=' separates words: "--config=x" arrives as three.
  if [[ $cur == = ]]; then
    cur=''
  elif [[ $prev == = ]]; then
    prev=${COMP_WORDS[COMP_CWORD - 2]}
  fi
  case $prev in
    -c | --config)
      compopt -o filenames
      mapfile -t COMPREPLY < <(
        compgen -d -- "$cur"
        compgen -f -X '!*.toml' -- "$cur"
      )
      ;;
    --listen)
      # ':' separates words too, and a port follows it.
      [[ $cur == :* ]] || mapfile -t COMPREPLY < <(compgen -W '0.0.0.0 127.0.0.1 echo@0.0.0.0 echo@127.0.0.1 probe@0.0.0.0 probe@127.0.0.1' -- "$cur")
      ;;
    --reload)
      # Only the manager takes requests. Without process titles its name alone identifies it.
      mapfile -t COMPREPLY < <(
        compgen -W "$({ pgrep -f '^yodeld: manager' || pgrep -x yodeld; } 2>/dev/null)" -- "$cur"
      )
      ;;
    *)
      mapfile -t COMPREPLY < <(compgen -W '-h --help -c --config --listen --check --print-config --print-socket-unit
        --reload -V --version' -- "$cur")
      ;;
  esac
}

complete -F _yodeld yodeld
