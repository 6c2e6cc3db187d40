# Completion of yodel(1) for fish.

complete -c yodel -f
complete -c yodel -s h -l help -d 'Print a summary of the options and exit'

set -l commands talk ping bench echo fetch help
set -l no_command "not __fish_seen_subcommand_from $commands"
complete -c yodel -n $no_command -s V -l version -d 'Print the version and exit'
# Behind "help" a command follows, and nothing behind that.
set -l help 'test "$(commandline -opc)[2..]" = help'
for condition in $no_command $help
    complete -c yodel -n $condition -a talk -d 'Hold the greet dialogue with a server'
    complete -c yodel -n $condition -a ping -d 'Measure how long a server takes to answer'
    complete -c yodel -n $condition -a bench -d 'Load a server and measure its answers'
    complete -c yodel -n $condition -a echo -d 'Send standard input through an echo server'
    complete -c yodel -n $condition -a fetch -d 'Get a page over HTTP or HTTPS and save it'
    complete -c yodel -n $condition -a help -d 'Tell about a command'
end

# Of the commands that speak to a server: theirs in common, then their own.
# The command is the second word; behind it a word may be anything.
set -l server 'contains -- (commandline -opc)[2] talk ping bench echo'
complete -c yodel -n $server -s s -l server -x -a '(__fish_print_hostnames) unix:' -d 'The server'
complete -c yodel -n $server -s 4 -l ipv4 -d 'Use IPv4 only'
complete -c yodel -n $server -s 6 -l ipv6 -d 'Use IPv6 only'
complete -c yodel -n $server -l connect-timeout -x -d 'Time limit for resolving and connecting'
set -l unhurried 'contains -- (commandline -opc)[2] talk bench echo'
complete -c yodel -n $unhurried -l timeout -x -d 'Time limit for each answer'

# To these the server is an argument too.
set -l argument 'contains -- (commandline -opc)[2] ping bench echo'
complete -c yodel -n $argument -a '(__fish_print_hostnames) unix:'
complete -c yodel -n $argument -l source -x -d 'Connect from this address'
complete -c yodel -n $argument -l interface -x -a '(__fish_print_interfaces)' -d 'Connect through this interface'

set -l greet 'contains -- (commandline -opc)[2] talk ping bench'
complete -c yodel -n $greet -l no-welcome -d 'Do not wait for a welcome'
complete -c yodel -n $greet -l unframed -d 'Send messages without a newline'

set -l ping 'contains -- (commandline -opc)[2] ping'
complete -c yodel -n $ping -s W -l timeout -x -d 'Time limit for each answer'
complete -c yodel -n $ping -s I -x -a '(__fish_print_interfaces)' -d 'Connect from this address or interface'
complete -c yodel -n $ping -s n -d 'Ignored, for compatibility with ping'
complete -c yodel -n $ping -s c -l count -x -d 'End after this many probes'
complete -c yodel -n $ping -s i -l interval -x -d 'Time between probes'
complete -c yodel -n $ping -s w -l duration -x -d 'End after this time'
complete -c yodel -n $ping -s q -l quiet -d 'Print only the first line and the summary'
complete -c yodel -n $ping -s D -l timestamp -d 'Print the time before each line'
complete -c yodel -n $ping -l new-connection -d 'Make a new connection for each probe'
complete -c yodel -n $ping -l protocol -x -a 'greet echo none' -d 'What the server speaks'
complete -c yodel -n $ping -l size -x -d 'Size of a message'
complete -c yodel -n $ping -l json -d 'Print one JSON object per line'

set -l bench 'contains -- (commandline -opc)[2] bench'
complete -c yodel -n $bench -s c -l connections -x -d 'Connections at once'
complete -c yodel -n $bench -l new-connection -d 'A new connection for each request'
complete -c yodel -n $bench -s r -l rate -x -d 'Requests that are due in a second'
complete -c yodel -n $bench -s d -l duration -x -d 'How long to run'
complete -c yodel -n $bench -s n -l count -x -d 'End after so many requests'
complete -c yodel -n $bench -l warm-up -x -d 'Time before the figures begin'
complete -c yodel -n $bench -l hold -x -d 'Keep so many connections idle'
complete -c yodel -n $bench -l protocol -x -a 'greet echo' -d 'What the server speaks'
complete -c yodel -n $bench -l size -x -d 'Size of a message'
complete -c yodel -n $bench -s t -l threads -x -d 'Threads of the client'
complete -c yodel -n $bench -l json -r -F -d 'Write all figures to a file, as JSON'
complete -c yodel -n $bench -l report -r -F -d 'Write a page that shows the run'
complete -c yodel -n $bench -l compare -r -F -d 'Lay the report over the run of this JSON file'

set -l echo 'contains -- (commandline -opc)[2] echo'
complete -c yodel -n $echo -l size -x -d 'Make so many bytes'
complete -c yodel -n $echo -s d -l duration -x -d 'Make bytes for this time'
complete -c yodel -n $echo -s q -l quiet -d 'Do not tell how much it was and how fast'
complete -c yodel -n $echo -l json -r -F -d 'Write that to a file, as JSON'

set -l fetch 'contains -- (commandline -opc)[2] fetch'
complete -c yodel -n $fetch -s o -l output -r -F -d 'Save the body as this file'
complete -c yodel -n $fetch -s f -l force -d 'Replace a file that is named by the URL'
complete -c yodel -n $fetch -s i -l include -d 'Print the header on standard output'
complete -c yodel -n $fetch -l json -d 'Print an account of the transfer'
complete -c yodel -n $fetch -s L -l location -d 'Follow redirects'
complete -c yodel -n $fetch -l allow-downgrade -d 'Follow a redirect from https to http too'
complete -c yodel -n $fetch -l cacert -r -F -d 'Trust these certificates and no others'
complete -c yodel -n $fetch -l raw -d 'Speak HTTP on a plain TCP connection'
complete -c yodel -n $fetch -s 4 -l ipv4 -d 'Use IPv4 only'
complete -c yodel -n $fetch -s 6 -l ipv6 -d 'Use IPv6 only'
complete -c yodel -n $fetch -l connect-timeout -x -d 'Time for resolving and connecting'
complete -c yodel -n $fetch -l timeout -x -d 'Time limit for each answer'
complete -c yodel -n $fetch -l max-size -x -d 'The most that the page may have'
complete -c yodel -n $fetch -l max-time -x -d 'Time for the whole transfer'
