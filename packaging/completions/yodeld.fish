# Completion of yodeld(8) for fish.

# The manager is the one to tell. A daemon that shows no titles has the name alone.
function __yodeld_pids
    begin
        pgrep -f '^yodeld: manager'; or pgrep -x yodeld
    end 2>/dev/null
end

# __fish_complete_suffix offers other files too, behind those that fit.
function __yodeld_files
    __fish_complete_suffix .toml | string match -r '^.*(?:/|\.toml)(?:\t.*)?$'
end

complete -c yodeld -f
complete -c yodeld -s h -l help -d 'Print a summary of the options and exit'
complete -c yodeld -s c -l config -x -a '(__yodeld_files)' -d 'The file to read'
complete -c yodeld -l listen -x -a '0.0.0.0 127.0.0.1 echo@0.0.0.0 echo@127.0.0.1' -d 'Read no file and listen there'
complete -c yodeld -l check -d 'Check the file and exit'
complete -c yodeld -l print-config -d 'Print the settings in force and exit'
complete -c yodeld -l print-socket-unit -d 'Print a [Socket] section and exit'
complete -c yodeld -l reload -x -a '(__yodeld_pids)' -d 'Tell a daemon to read its file again'
complete -c yodeld -s V -l version -d 'Print the version and exit'
