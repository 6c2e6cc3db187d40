# Completion of yodel(1) for bash. Does not need the package bash-completion, but uses its list of
# hosts if it is installed.
# shellcheck shell=bash

# _yodel_servers CURRENT: completes a server.
_yodel_servers() {
  if declare -F _known_hosts_real >/dev/null; then
    _known_hosts_real -- "$1"
  else
    mapfile -t COMPREPLY < <(compgen -A hostname -- "$1")
  fi
  if [[ -n $1 && unix: == "$1"* ]]; then
    compopt -o nospace
    COMPREPLY+=(unix:)
  fi
}

# _yodel_interfaces CURRENT: completes a network interface.
_yodel_interfaces() {
  local paths=(/sys/class/net/*)
  mapfile -t COMPREPLY < <(compgen -W "${paths[*]##*/}" -- "$1")
}

# _yodel_fetch CURRENT PREVIOUS: completes an argument of fetch after the word PREVIOUS.
_yodel_fetch() {
  case $2 in
    -o | --output | --cacert)
      compopt -o filenames
      mapfile -t COMPREPLY < <(compgen -f -- "$1")
      ;;
    --connect-timeout | --timeout | --max-time)
      mapfile -t COMPREPLY < <(compgen -W '500ms 1s 5s 1m' -- "$1")
      ;;
    --max-size)
      mapfile -t COMPREPLY < <(compgen -W '64KiB 1MiB 1GiB' -- "$1")
      ;;
    *)
      if [[ $1 == -* ]]; then
        mapfile -t COMPREPLY < <(compgen -W '-h --help -o --output -f --force -i --include --json
          -L --location --allow-downgrade --cacert --raw -4 --ipv4 -6 --ipv6 --connect-timeout --timeout
          --max-size --max-time' -- "$1")
      fi
      ;;
  esac
}

_yodel() {
  local cur=${COMP_WORDS[COMP_CWORD]} at=$((COMP_CWORD - 1)) scheme='' command='' i
  local commands='talk ping bench echo fetch help'
  local options='-h --help -s --server -4 --ipv4 -6 --ipv6 --connect-timeout --timeout'
  COMPREPLY=()
  # bash splits words at '=' and ':', so "--server=unix:/x" is five words. Sets `at` to the place of
  # the option whose value is to be completed.
  if [[ $cur == [:=] ]]; then
    cur=''
    at=$COMP_CWORD
  fi
  if [[ ${COMP_WORDS[at]} == : ]]; then
    scheme=${COMP_WORDS[at - 1]}
    at=$((at - 2))
  fi
  if [[ ${COMP_WORDS[at]} == = ]]; then at=$((at - 1)); fi

  for ((i = 1; i < COMP_CWORD; ++i)); do
    if [[ ${COMP_WORDS[i]} == -- ]]; then return; fi  # names follow
    if [[ -z $command && " $commands " == *" ${COMP_WORDS[i]} "* ]]; then
      command=${COMP_WORDS[i]}
    fi
  done
  case $command in
    '')
      mapfile -t COMPREPLY < <(compgen -W "-h --help -V --version $commands" -- "$cur")
      return
      ;;
    help)
      mapfile -t COMPREPLY < <(compgen -W "-h --help $commands" -- "$cur")
      return
      ;;
    fetch)
      _yodel_fetch "$cur" "${COMP_WORDS[at]}"
      return
      ;;
    talk) options+=' --no-welcome --unframed' ;;
    ping)
      options+=' -W -I --source --interface -c --count -i --interval -w --duration -q --quiet -D --timestamp -n
        --new-connection --protocol --unframed --no-welcome --size --json'
      if [[ ${COMP_WORDS[at]} == @(--json|-n) ]]; then at=0; fi  # flags of ping
      ;;
    bench)
      options+=' -c --connections --new-connection -r --rate -d --duration -n --count --warm-up --hold
        --protocol --no-welcome --unframed --size --source --interface -t --threads --json --report --compare'
      ;;
    echo) options+=' --source --interface --size -d --duration -q --quiet --json' ;;
  esac
  case $scheme:${COMP_WORDS[at]} in
    unix:-s | unix:--server)
      compopt -o filenames
      mapfile -t COMPREPLY < <(compgen -f -- "$cur")
      ;;
    :-s | :--server) _yodel_servers "$cur" ;;
    :--connect-timeout | :-W | :--timeout)
      mapfile -t COMPREPLY < <(compgen -W '500ms 1s 5s 1m' -- "$cur")
      ;;
    :-i | :--interval)
      mapfile -t COMPREPLY < <(compgen -W '0 10ms 200ms 1s' -- "$cur")
      ;;
    :-w | :-d | :--duration | :--warm-up)
      mapfile -t COMPREPLY < <(compgen -W '5s 1m 10m' -- "$cur")
      ;;
    :-[cnrt] | :--count | :--size | :--connections | :--rate | :--hold | :--threads | :--source) ;;
    :-I | :--interface) _yodel_interfaces "$cur" ;;
    :--protocol)
      if [[ $command == ping ]]; then
        mapfile -t COMPREPLY < <(compgen -W 'greet echo probe none' -- "$cur")
      else
        mapfile -t COMPREPLY < <(compgen -W 'greet echo probe' -- "$cur")
      fi
      ;;
    :--json | :--report | :--compare)
      compopt -o filenames
      mapfile -t COMPREPLY < <(compgen -f -- "$cur")
      ;;
    *)
      if [[ $cur == -* ]]; then
        mapfile -t COMPREPLY < <(compgen -W "$options" -- "$cur")
      elif [[ $command == talk ]]; then
        :  # names cannot be completed
      elif [[ $scheme == unix ]]; then
        compopt -o filenames
        mapfile -t COMPREPLY < <(compgen -f -- "$cur")
      else
        _yodel_servers "$cur"
      fi
      ;;
  esac
}

complete -F _yodel yodel
