#!/bin/bash
# One study on many nodes.                sbatch -N 8 --ntasks-per-node=64 jobs/slurm_nodes.sh
# A minute before the time limit it saves and ends with exit code 75; submitted again, on any nodes, it goes on.
#
#SBATCH --job-name=fulcrum
#SBATCH --nodes=2
#SBATCH --ntasks-per-node=4
#SBATCH --mem-per-cpu=500M
#SBATCH --time=00:30:00
#SBATCH --signal=USR1@60
#SBATCH --output=%x-%j.out
# shellcheck disable=SC1091,SC2086 # files of the site; MODULES and LAUNCH may be several words

# ---- settings; any of them also in the environment: SAMPLES=1e8 sbatch jobs/slurm_nodes.sh
STUDY=${STUDY:-inputs/baseline.yaml}
SAMPLES=${SAMPLES:-1e7}
OUTPUT=${OUTPUT:-baseline.h5}
MODULES=${MODULES:-}                # to load, by your site's names: 'gcc openmpi hdf5'; empty: those of your shell
LAUNCH=${LAUNCH:-srun --mpi=pmix}   # of the MPI fulcrum is built with; MPICH and its kin: srun --mpi=pmi2

# ---- the same in all scripts: modules where the site has them, and the program
if [[ -n $MODULES ]] && { type module || . /etc/profile.d/modules.sh || . /etc/profile.d/lmod.sh; } >/dev/null 2>&1; then
    module load $MODULES || exit
fi
fulcrum=${FULCRUM:-$(PATH=$PWD/build/current:$PATH type -P fulcrum)}
[[ -x $fulcrum ]] || { echo "no program ${FULCRUM:-fulcrum}: run make here, or set FULCRUM or PATH" >&2; exit 1; }

# A rank that waits in vain for a lost node ends after 10 minutes (README.md: when a job fails).
export FULCRUM_PATIENCE=${FULCRUM_PATIENCE:-600}
$LAUNCH "$fulcrum" run "$STUDY" -n "$SAMPLES" -o "$OUTPUT" --resume "$@"
