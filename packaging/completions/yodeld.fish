# Completion of yodeld(8) for fish.

# Only the manager takes requests. Without process titles its name alone identifies it.
function __yodeld_pids
    begin
        pgrep -f '^yodeld: manager'; or pgrep -x yodeld
    end 2>/dev/null
end

# __fish_complete_suffix also offers other files, after those with the suffix.
function __yodeld_files
    __fish_complete_suffix .toml | string match -r '^.*(?:/|\.toml)(?:\t.*)?$'
end

complete -c yodeld -f
complete -c yodeld -s h -l help -d 'Print the help and exit'
complete -c yodeld -s c -l config -x -a '(__yodeld_files)' -d 'Read this file'
complete -c yodeld -l listen -x -a '0.0.0.0 127.0.0.1 echo@0.0.0.0 echo@127.0.0.1 probe@0.0.0.0 probe@127.0.0.1' -d 'Listen at this address without a file'
complete -c yodeld -l check -d 'Check the file and exit'
complete -c yodeld -l print-config -d 'Print the resulting settings and exit'
complete -c yodeld -l print-socket-unit -d 'Print a [Socket] section for systemd and exit'
complete -c yodeld -l reload -x -a '(__yodeld_pids)' -d 'Make a daemon reload its file'
complete -c yodeld -s V -l version -d 'Print the version and exit'
