#!/bin/bash
# A real Slurm on hosts of its own (tests/run/hosts.sh): nodes h1 ... hN of four CPUs each, root only.
#
#   HOSTS=FOLDER slurm.sh up N FOLDER [OWNER]   the hosts and the daemons; Slurm's files go into FOLDER
#   HOSTS=FOLDER slurm.sh in FOLDER COMMAND...  a command of Slurm's, from the folder, on h1
#   HOSTS=FOLDER slurm.sh down                  all of it is gone; so it is when process OWNER ends, however it ends
#
# Controller, munged and the first slurmd live in the namespaces of h1, the other slurmd each in its host's: they and the
# jobs die with the hosts, and no port or process of the machine's is touched. The machine's CPUs may be fewer than four;
# processes are found by /proc and not confined (proctrack/linuxproc, no cgroups).
set -u
: "${HOSTS:?name a folder for the numbers of processes}"
hosts() { bash "$(dirname "${BASH_SOURCE[0]}")/../run/hosts.sh" "$@"; }

write_conf() {
    local count=$1 folder=$2 i
    cat <<CONF
ClusterName=tests
SlurmctldHost=h1(10.77.0.2)
SlurmUser=root
SlurmdUser=root
AuthType=auth/munge
CredType=cred/munge
AuthInfo=socket=$folder/munge/socket,cred_expire=5
StateSaveLocation=$folder/state
SlurmdSpoolDir=$folder/spool/%n
TmpFS=$folder/tmp/%n
SlurmctldPidFile=$folder/slurmctld.pid
SlurmdPidFile=$folder/slurmd.%n.pid
SlurmctldLogFile=$folder/slurmctld.log
SlurmdLogFile=$folder/slurmd.%n.log
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
JobAcctGatherType=jobacct_gather/none
AccountingStorageType=accounting_storage/none
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU_Memory
SchedulerParameters=bf_interval=1,sched_interval=1,batch_sched_delay=0
SlurmdParameters=config_overrides
PropagateResourceLimits=NONE
PreemptType=preempt/partition_prio
PreemptMode=REQUEUE
ReturnToService=2
KillWait=5
MpiDefault=none
PartitionName=main Nodes=ALL Default=YES PriorityTier=1 PreemptMode=REQUEUE GraceTime=10
PartitionName=urgent Nodes=ALL PriorityTier=10 PreemptMode=OFF
CONF
    for ((i = 1; i <= count; i++)); do
        echo "NodeName=h$i NodeAddr=10.77.0.$((1 + i)) CPUs=4 RealMemory=8000 State=UNKNOWN"
    done
}

# start HOST NAME COMMAND...: a daemon, which goes to the background when it is up.
start() {
    local host=$1 name=$2
    shift 2
    hosts exec "$host" setsid "$@" </dev/null >"$folder/$name.said" 2>&1 && return
    echo "$name does not start: $(tail -1 "$folder/$name.said")"
    return 1
}

all_idle() { [[ $(hosts exec h1 sinfo -h -p main -t idle -o %D 2>/dev/null) == "$1" ]]; }

up() {
    local count=$1 i
    mkdir -p "$folder"/{state,spool,tmp,munge}
    chmod 711 "$folder/munge"
    head -c 128 /dev/urandom >"$folder/munge/key" && chmod 600 "$folder/munge/key"
    write_conf "$count" "$folder" >"$SLURM_CONF"
    echo 'CgroupPlugin=cgroup/v1' >"$folder/cgroup.conf"
    hosts up "$count" "${2:-}" || return 1
    start h1 munged munged --force --key-file="$folder/munge/key" --socket="$folder/munge/socket" \
        --pid-file="$folder/munge/pid" --log-file="$folder/munge/log" --seed-file="$folder/munge/seed" &&
        start h1 slurmctld slurmctld -f "$SLURM_CONF" || return 1
    for ((i = 1; i <= count; i++)); do
        mkdir -p "$folder/spool/h$i" "$folder/tmp/h$i"
        start "h$i" "slurmd.h$i" slurmd -N "h$i" -f "$SLURM_CONF" || return 1
    done
    for ((i = 0; i < 200; i++)); do
        all_idle "$count" && return
        sleep 0.1
    done
    echo "the nodes do not come up: $(hosts exec h1 sinfo -h -N -o '%N %T' | tr '\n' ' ')"
    return 1
}

# shellcheck disable=SC2016 # the inner shell expands
case ${1:-} in
up)
    folder=$3
    export SLURM_CONF=$folder/slurm.conf
    up "$2" "${4:-}" || { hosts down; exit 1; }
    ;;
in) hosts exec h1 bash -c 'cd "$0" && exec "$@"' "${@:2}" ;;
down) hosts down ;;
*) sed -n '4,6s/^# //p' "$0" >&2; exit 2 ;;
esac
