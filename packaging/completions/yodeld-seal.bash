# Completion of yodeld-seal(8) for bash.
# shellcheck shell=bash

_yodeld_seal() {
  COMPREPLY=()
  [[ $COMP_CWORD -eq 1 ]] || return
  mapfile -t COMPREPLY < <(compgen -W 'on off status -h --help' -- "${COMP_WORDS[1]}")
}

complete -F _yodeld_seal yodeld-seal
