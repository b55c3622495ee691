#!/bin/bash
# A sweep campaign: one lever after the other, each over its range on the same draws. One job for each line of LEVERS.
#                                         sbatch jobs/slurm_sweep.sh
#
#SBATCH --job-name=fulcrum-sweep
#SBATCH --array=1-3
#SBATCH --nodes=1
#SBATCH --ntasks=4
#SBATCH --mem-per-cpu=1G
#SBATCH --time=02:00:00
#SBATCH --signal=B:USR1@120
#SBATCH --requeue
#SBATCH --open-mode=append
#SBATCH --output=%x-%A-%a.out
# shellcheck disable=SC1091,SC2086 # files of the site; MODULES and LAUNCH may be several words

# ---- settings; any of them also in the environment: SAMPLES=1e6 sbatch jobs/slurm_sweep.sh
STUDY=${STUDY:-inputs/baseline.yaml}
LEVERS=${LEVERS:-programs/MEP/match/required=1:2.5:7
programs/MFGUSA/match/required=0.5:2:7
macro/discount_rate=0.02:0.07:6} # as many lines as --array has numbers
SAMPLES=${SAMPLES:-100000}
RESULTS=${RESULTS:-.}               # folder: sweep-1.h5, sweep-2.h5, ...
MODULES=${MODULES:-}                # to load, by your site's names: 'gcc openmpi hdf5'; empty: those of your shell
LAUNCH=${LAUNCH:-srun --mpi=pmix}   # of the MPI fulcrum is built with; MPICH and its kin: srun --mpi=pmi2
RESTARTS=${RESTARTS:-100}           # times it may go back into the queue by itself

# ---- the same in all scripts: modules where the site has them, and the program
if [[ -n $MODULES ]] && { type module || . /etc/profile.d/modules.sh || . /etc/profile.d/lmod.sh; } >/dev/null 2>&1; then
    module load $MODULES || exit
fi
fulcrum=${FULCRUM:-$(PATH=$PWD/build/current:$PATH type -P fulcrum)}
[[ -x $fulcrum ]] || { echo "no program ${FULCRUM:-fulcrum}: run make here, or set FULCRUM or PATH" >&2; exit 1; }

# ---- the same in all scripts that go on by themselves: Slurm tells this shell of the limit, and start tells fulcrum,
# which saves and ends with exit code 75; then the job goes back into the queue, and goes on with --resume.
start() {
    "$@" &
    trap 'told=1; kill -USR1 $!' USR1
    while told=0; wait $!; code=$?; ((told)); do :; done
    if [[ $code -eq 75 && ${SLURM_RESTART_COUNT:-0} -lt $RESTARTS ]]; then
        scontrol requeue "$SLURM_JOB_ID"
    fi
    exit $code
}

lever=$(sed -n "${SLURM_ARRAY_TASK_ID}p" <<<"$LEVERS")
result=$RESULTS/sweep-$SLURM_ARRAY_TASK_ID.h5
start $LAUNCH "$fulcrum" sweep "$STUDY" --lever "$lever" -n "$SAMPLES" -o "$result" --resume "$@"
