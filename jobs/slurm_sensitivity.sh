#!/bin/bash
# A sensitivity campaign: which uncertain quantities drive the outputs of the baseline, and of policies on it? One job
# for each line of STUDIES, on the cores of one node; results are named after the studies.
#                                         sbatch jobs/slurm_sensitivity.sh
#
#SBATCH --job-name=fulcrum-sensitivity
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

# ---- settings; any of them also in the environment: SAMPLES=1e5 sbatch jobs/slurm_sensitivity.sh
STUDIES=${STUDIES:-inputs/baseline.yaml
inputs/policies/mep_one_third.yaml
inputs/policies/mfgusa_taper_two_years_earlier.yaml} # as many lines as --array has numbers
SAMPLES=${SAMPLES:-16384}
RESULTS=${RESULTS:-.}               # folder
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

study=$(sed -n "${SLURM_ARRAY_TASK_ID}p" <<<"$STUDIES")
name=$(basename "$study" .yaml)
start $LAUNCH "$fulcrum" sensitivity "$study" -n "$SAMPLES" -o "$RESULTS/$name.sensitivity.h5" --resume "$@"
