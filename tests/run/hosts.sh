#!/bin/bash
# Several hosts on one machine, for MPI runs that cross a network: network namespaces, root only.
#
#   HOSTS=FOLDER hosts.sh up N [OWNER]   hosts h1 ... hN and the head h0, where the launcher runs; when process
#                                        OWNER ends, however it ends, all of it goes away
#   hosts.sh exec HOST COMMAND...        there, from the folder /
#   hosts.sh ssh HOST WORDS...           there, by a shell, as ssh does: the launcher's way to start its daemons
#   hosts.sh cut HOST | join HOST        pull its cable | put it in again
#   hosts.sh slow HOST DELAY_US BYTES    its cable takes so long, and so many bytes a second; once, before it is used
#   hosts.sh kill HOST                   all its processes die, and with them the host
#   hosts.sh down
#
# A host is one process in its own network, host name, process, shared memory and mount namespace; h0 has only the
# first two (a process cannot enter a sibling's process namespace) and holds the bridge to which the cables lead. None
# of the namespaces has a name, so they are gone with their processes, and the machine's own interfaces are not
# touched. All see the same files, but for their own /dev/shm. Only numbers of processes are kept in the folder HOSTS.
set -u
here=$(cd "$(dirname "$0")" && pwd)
: "${HOSTS:?name a folder for the numbers of processes}"

pid_of() { cat "$HOSTS/$1" 2>/dev/null; }

# keep NAME UNSHARE_OPTIONS...: a process that does nothing in namespaces of its own, its number in $HOSTS/NAME. It
# says so itself, when it is there.
keep() {
    local name=$1 i
    shift
    # shellcheck disable=SC2016 # the inner shell expands
    setsid unshare --net --uts "$@" bash -c 'hostname "$0" && ip link set lo up &&
        { [[ $0 == h0 ]] || mount -t tmpfs tmpfs /dev/shm; } && exec -a "host $0" sleep infinity' \
        "$name" </dev/null >"$HOSTS/$name.said" 2>&1 &
    for ((i = 0; i < 500; i++)); do
        pgrep -f "^host $name infinity" --session $! 2>/dev/null >"$HOSTS/$name" && return
        sleep 0.01
    done
    cat "$HOSTS/$name.said"
    return 1
}

wire() {
    local number=$1 host
    host=$(pid_of "h$number")
    inside h0 ip link add "cable$number" type veth peer name eth0 netns "$host" &&
        inside h0 ip link set "cable$number" master bridge up &&
        inside "h$number" ip address add "10.77.0.$((1 + number))/24" dev eth0 &&
        inside "h$number" ip link set eth0 up && await_link "h$number"
}

# The kernel takes up to a second to see both ends of a cable.
await_link() {
    local i
    for ((i = 0; i < 200; i++)); do
        inside "$1" ip link show eth0 | grep -q 'state UP' && return
        sleep 0.02
    done
    echo "$1: its cable stays dead"
    return 1
}

# inside HOST COMMAND...
inside() {
    local host=$1 pid spaces=(--net --uts)
    shift
    pid=$(pid_of "$host")
    [[ -n $pid && -d /proc/$pid ]] || { echo "$host is down" >&2; return 255; }
    [[ $host == h0 ]] || spaces+=(--ipc --mount --pid)
    nsenter --target "$pid" "${spaces[@]}" -- "$@"
}

# Without an address of its own the bridge has that of a cable, and is no longer found when that host dies.
up() {
    local count=$1 owner=${2:-} i
    mkdir -p "$HOSTS" && keep h0 || return 1
    inside h0 ip link add bridge address 02:00:0a:4d:00:01 type bridge && inside h0 ip address add 10.77.0.1/24 dev bridge &&
        inside h0 ip link set bridge up || return 1
    for ((i = 1; i <= count; i++)); do
        keep "h$i" --ipc --mount --pid --fork --mount-proc --kill-child && wire "$i" || return 1
    done
    [[ -n $owner ]] || return 0
    (
        tail --pid="$owner" -f /dev/null &
        echo $! >"$HOSTS/owner"
        wait $! && down
    ) </dev/null >/dev/null 2>&1 &
}

# The processes in a host's process namespace die with its first one; those of the head are told by their network.
down() {
    local network process name
    network=$(readlink "/proc/$(pid_of h0)/ns/net")
    for name in owner $(cd "$HOSTS" && echo h?*); do
        [[ $name == *.said ]] || kill -9 "$(pid_of "$name")"
    done 2>/dev/null
    for process in /proc/[0-9]*; do
        [[ $(readlink "$process/ns/net") == "${network:-none}" ]] && kill -9 "${process#/proc/}"
    done 2>/dev/null
    rm -rf "$HOSTS"
}

# slow HOST DELAY_US BYTES_A_SECOND: into the cable, on the bridge's side, goes a process.
slow() {
    local n=${1#h}
    inside h0 ip link set "cable$n" nomaster && inside h0 ip link add "slow$n" type veth peer name "fast$n" &&
        inside h0 ip link set "fast$n" master bridge up && inside h0 ip link set "slow$n" up || return 1
    inside h0 "${PYTHON:-/usr/bin/python3}" "$here/slow_cable.py" "cable$n" "slow$n" "$2" "$3" </dev/null >"$HOSTS/slow.said" 2>&1 &
    sleep 0.3
}

case ${1:-} in
up) up "$2" "${3:-}" || { down; exit 1; } ;;
down) down ;;
exec) inside "${@:2}" ;;
ssh) inside "$2" sh -c "${*:3}" ;;
cut) inside h0 ip link set "cable${2#h}" down ;;
join) inside h0 ip link set "cable${2#h}" up && await_link "$2" ;;
slow) slow "${@:2}" ;;
kill) kill -9 "$(pid_of "$2")" && rm "$HOSTS/$2" ;;
*) sed -n '3,12s/^# //p' "$0" >&2; exit 2 ;;
esac
