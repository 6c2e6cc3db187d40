# Completion of yodeld-seal(8) for fish.

set -l first 'not __fish_seen_subcommand_from on off status'
complete -c yodeld-seal -f
complete -c yodeld-seal -s h -l help -d 'Print a summary of the commands and exit'
complete -c yodeld-seal -n $first -a on -d 'Take the network away'
complete -c yodeld-seal -n $first -a off -d 'Give it back'
complete -c yodeld-seal -n $first -a status -d 'Print which variant is in force'
