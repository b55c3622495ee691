#!/bin/bash
# Joins the shards of slurm_shards.sh, after all of them: see there. Missing and foreign parts are refused by name.
#
#SBATCH --job-name=fulcrum-merge
#SBATCH --ntasks=1
#SBATCH --mem-per-cpu=1G
#SBATCH --time=00:10:00
#SBATCH --output=%x-%j.out
# shellcheck disable=SC1091,SC2086 # files of the site; MODULES may be several words

# ---- settings; any of them also in the environment: SHARDS=100 sbatch ... jobs/slurm_merge.sh
SHARDS=${SHARDS:-8}
PARTS=${PARTS:-baseline}
OUTPUT=${OUTPUT:-baseline.h5}
MODULES=${MODULES:-}                # to load, by your site's names: 'gcc openmpi hdf5'; empty: those of your shell

# ---- the same in all scripts: modules where the site has them, and the program
if [[ -n $MODULES ]] && { type module || . /etc/profile.d/modules.sh || . /etc/profile.d/lmod.sh; } >/dev/null 2>&1; then
    module load $MODULES || exit
fi
fulcrum=${FULCRUM:-$(PATH=$PWD/build/current:$PATH type -P fulcrum)}
[[ -x $fulcrum ]] || { echo "no program ${FULCRUM:-fulcrum}: run make here, or set FULCRUM or PATH" >&2; exit 1; }

"$fulcrum" merge "$PARTS".shard-*-of-"$SHARDS" -o "$OUTPUT"
