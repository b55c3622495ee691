#!/bin/bash
# One study cut into shards, each a job of one core that needs no other and no MPI; then they are joined:
#                                         id=$(sbatch --parsable jobs/slurm_shards.sh)
#                                         sbatch --dependency=afterok:$id jobs/slurm_merge.sh
# Other numbers of shards: SHARDS=100 sbatch --array=1-100 jobs/slurm_shards.sh; some again: sbatch --array=3,7 ...
#
#SBATCH --job-name=fulcrum-shards
#SBATCH --array=1-8
#SBATCH --ntasks=1
#SBATCH --mem-per-cpu=500M
#SBATCH --time=01:00:00
#SBATCH --signal=B:USR1@120
#SBATCH --requeue
#SBATCH --open-mode=append
#SBATCH --output=%x-%A-%a.out
# shellcheck disable=SC1091,SC2086 # files of the site; MODULES may be several words

# ---- settings; any of them also in the environment: SAMPLES=1e8 sbatch jobs/slurm_shards.sh
STUDY=${STUDY:-inputs/baseline.yaml}
SAMPLES=${SAMPLES:-1e7}
SHARDS=${SHARDS:-8}                 # into how many parts
PARTS=${PARTS:-baseline}            # they are PARTS.shard-3-of-8
MODULES=${MODULES:-}                # to load, by your site's names: 'gcc openmpi hdf5'; empty: those of your shell
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

shard=$SLURM_ARRAY_TASK_ID
start "$fulcrum" run "$STUDY" -n "$SAMPLES" --shard "$shard/$SHARDS" -o "$PARTS.shard-$shard-of-$SHARDS" --resume "$@"
