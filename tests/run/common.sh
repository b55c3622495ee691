# What the tests of whole runs share; sourced by them in the first line. It goes to the root of the repository and sets
#   fulcrum   the program, by its whole path          launcher  mpirun of the MPI it is built with; flavor its name
#   work      a folder that is removed at the end     seed      of all random choices: SEED, else the day's
# A script may define `cleanup`, which is called however it ends. Needs BUILD and PYTHON.
set -u
cd "$(dirname "${BASH_SOURCE[0]}")/../.." || exit 1
: "${BUILD:?say which build to test}"
PYTHON=${PYTHON:-/usr/bin/python3}
export OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1 OMPI_MCA_rmaps_base_oversubscribe=1
export OMPI_MCA_pml=${OMPI_MCA_pml:-ob1} HWLOC_COMPONENTS=-gl
unset FULCRUM_MPI FULCRUM_ISA FULCRUM_PATIENCE
fulcrum=$(realpath "$BUILD/fulcrum")
flavor=$(ldd "$fulcrum" | grep -q mpich && echo mpich || echo openmpi)
launcher=$(command -v "mpirun.$flavor" || command -v mpirun)
work=$(mktemp -d)
number=0
failures=0

cleanup() { :; }
trap 'cleanup; chmod -R u+w "$work"; rm -rf "$work"' EXIT
trap 'exit 1' HUP INT TERM

# report NAME CODE: one line of TAP; on failure what the commands said (files $work/said*).
report() {
    number=$((number + 1))
    if [[ $2 -eq 0 ]]; then
        echo "ok $number $1"
    else
        echo "not ok $number $1"
        sed 's/^/# /' "$work"/said* 2>/dev/null | tail -30
        failures=$((failures + 1))
    fi
    rm -f "$work"/said*
}

skip_all() {
    echo "1..0 # skipped: $1"
    exit 0
}

finish() {
    echo "1..$number"
    [[ $failures -eq 0 ]]
    exit
}

# within SECONDS COMMAND...: wait until the command succeeds.
within() {
    local end=$((${EPOCHREALTIME/./} / 1000 + $1 * 1000))
    shift
    until "$@"; do
        [[ $((${EPOCHREALTIME/./} / 1000)) -lt $end ]] || return 1
        sleep 0.02
    done
}

# Processes (not those of a launcher) that were started with this word, such as the name of an output.
pids_with() { pgrep -f "^[^ ]*fulcrum run .*$1"; }
