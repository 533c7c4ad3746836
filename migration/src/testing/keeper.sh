# Keeps one throwaway server: stops it and removes its directory once nobody has used it for a while.
# Arguments: the directory, the server's id, the seconds to linger, the file in the directory that holds the process id.
#
# Every user holds a shared lock on users.lock as long as it lives, however it ends. Whoever starts or joins a server does so under
# start.lock, so that a server is never stopped under a newcomer.
dir=${1:?} id=${2:?} linger=${3:?} pid_file=$1/${4:?}
trap '' HUP INT TERM

# take FD [-n]: lock the open file, wait for it unless -n. macOS has no flock(1), but perl.
take() {
    if command -v flock >/dev/null; then
        flock -x $2 "$1"
    else
        perl -e 'open(my $file, ">>&=", $ARGV[0]) or exit 1; exit !flock($file, 2 | (@ARGV > 1 ? 4 : 0))' "$1" $2
    fi
}

# One keeper per server is enough.
exec 7>>"$dir/keeper.$id"
take 7 -n || exit 0

while :; do
    exec 8>>"$dir/users.lock"
    take 8 || exit 1
    exec 8>&-
    sleep "$linger"
    exec 9>>"$dir/start.lock"
    take 9 || exit 1
    exec 8>>"$dir/users.lock"
    take 8 -n && break
    exec 8>&- 9>&-
done

# Another server may have taken the place of one that crashed: it has a keeper of its own.
[ "$(cat "$dir/id")" = "$id" ] || exit 0

# A process id can come back for somebody else's process: this one must be a server on our directory.
pid=$(head -n 1 "$pid_file" 2>/dev/null)
if [ -n "$pid" ]; then
    case "$(tr '\0' ' ' <"/proc/$pid/cmdline" 2>/dev/null || ps -o args= -p "$pid")" in
        *"$dir/data"*) kill -QUIT "$pid" ;;
        *) pid= ;;
    esac
fi
tries=0
while [ -n "$pid" ] && [ -e "$pid_file" ] && kill -0 "$pid" 2>/dev/null; do
    # A shell that ran the tests in the background may have left it deaf to QUIT.
    [ $tries -lt 50 ] || kill -KILL "$pid"
    [ $tries -lt 100 ] || break
    sleep 0.1
    tries=$((tries + 1))
done

# Renamed first: who waits for start.lock finds it gone from its place and begins anew.
mv "$dir" "$dir.$id" && rm -rf "$dir.$id"
