# Completion of yodel(1) for fish.

complete -c yodel -f
complete -c yodel -s h -l help -d 'Print a summary of the options and exit'

set -l no_command 'not __fish_seen_subcommand_from talk'
complete -c yodel -n $no_command -l version -d 'Print the version and exit'
complete -c yodel -n $no_command -a talk -d 'Hold the greet dialogue with a server'

set -l talk '__fish_seen_subcommand_from talk'
complete -c yodel -n $talk -s s -l server -x -a '(__fish_print_hostnames) unix:' -d 'The server'
complete -c yodel -n $talk -s 4 -l ipv4 -d 'Use IPv4 only'
complete -c yodel -n $talk -s 6 -l ipv6 -d 'Use IPv6 only'
complete -c yodel -n $talk -l connect-timeout -x -d 'Time for resolving and connecting'
complete -c yodel -n $talk -l timeout -x -d 'Time for each wait on the server'
complete -c yodel -n $talk -l no-welcome -d 'Do not wait for a welcome'
complete -c yodel -n $talk -l unframed -d 'Send messages without a newline'
