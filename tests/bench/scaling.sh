#!/bin/bash
# `make bench-scaling`: the scaling study of jobs/slurm_scaling.sh on this machine, with more ranks than cores, and on hosts of
# its own with slow cables (root only), and what its cost model makes of them; build/bench/scaling.md. Four minutes.
# Settings: RANKS (the many), SAMPLES, ROUNDS (of the few), DELAY_US and BANDWIDTH of a cable; BUILD, PYTHON.
set -u
cd "$(dirname "$0")/../.." || exit 1
: "${BUILD:?say which build to measure, or use make bench-scaling}"
export OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1 OMPI_MCA_rmaps_base_oversubscribe=1
export OMPI_MCA_pml=ob1 HWLOC_COMPONENTS=-gl PYTHONDONTWRITEBYTECODE=1
export PYTHON=${PYTHON:-/usr/bin/python3}
samples=${SAMPLES:-24576}
delay=${DELAY_US:-500} bandwidth=${BANDWIDTH:-50e6}
folder=$PWD/build/bench
mpirun=$(sed -n 's/^MPIRUN := //p' "$BUILD/config.mk")
hosts=$PWD/tests/run/hosts.sh
FULCRUM=$(realpath "$BUILD/fulcrum") STUDY=$PWD/inputs/baseline.yaml
export FULCRUM STUDY
mkdir -p "$folder"

# study NAME LAUNCHER SETTINGS...: jobs/slurm_scaling.sh into build/bench/NAME, and what else the machine did
study() {
    rm -f "$folder/$1/cores"
    mkdir -p "$folder/$1"
    env LAUNCH="$PYTHON $PWD/tests/bench/beside.py $folder/$1/cores $2" FOLDER="$folder/$1" WEAK=0 STRONG="$samples" "${@:3}" \
        jobs/slurm_scaling.sh >&2
}

# Four hosts of two ranks each, every cable slow both ways.
over_hosts() {
    local work i
    work=$(mktemp -d)
    export HOSTS=$work/hosts
    trap 'bash "$hosts" down; rm -rf "$work"' RETURN
    bash "$hosts" up 4 $$ || return 1
    for i in 1 2 3 4; do bash "$hosts" slow "h$i" "$delay" "$bandwidth" || return 1; done
    printf '#!/bin/bash\nexec bash %q ssh "$@"\n' "$hosts" >"$work/start_on"
    chmod +x "$work/start_on"
    printf 'h%d slots=2\n' 1 2 3 4 >"$work/all"
    study hosts "bash $hosts exec h0 $mpirun --hostfile $work/all" RANKS='2 4 8' ROUNDS="${ROUNDS:-3}" TMPDIR="$work" \
        OMPI_MCA_plm_rsh_agent="$work/start_on" OMPI_MCA_mpi_yield_when_idle=1 OMPI_MCA_btl_tcp_if_include=eth0 \
        OMPI_MCA_oob_tcp_if_include=eth0,bridge
}

report() {
    echo "# Scaling of $("$FULCRUM" --version), $(date -u +%Y-%m-%d)"
    echo
    echo "$(sed -n 's/^model name[^:]*: //p' /proc/cpuinfo | head -1 | grep . || uname -m), $(nproc) cores; baseline, the quickest of" \
        "the rounds; load $(cut -d' ' -f1 /proc/loadavg) after"
    echo
    "$PYTHON" tests/bench/scaling.py "$folder/few/scaling.csv" "$folder/many/scaling.csv" "$@"
}

study few "$mpirun" RANKS='1 2 3 4 6 8' ROUNDS="${ROUNDS:-3}" && study many "$mpirun" RANKS="${RANKS:-12 16 32 64 128}" ROUNDS=1 || exit
more=()
if [[ $(id -u) -eq 0 ]] && over_hosts; then
    more=(--hosts "$folder/hosts/scaling.csv" --latency "$(awk "BEGIN { print 2e-6 * $delay }")" --bandwidth "$bandwidth")
fi
set -o pipefail
report "${more[@]}" | tee "$folder/scaling.md" && echo "written to build/bench/scaling.md"
