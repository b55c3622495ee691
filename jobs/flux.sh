#!/bin/bash
# One study on some nodes under Flux.                    flux batch jobs/flux.sh
# Other numbers: SAMPLES=1e9 flux batch -N 8 -n 512 -t 12h jobs/flux.sh
# Two minutes before the time limit Flux sends USR1 to the ranks: fulcrum saves and ends with exit code 75, and the same
# job is submitted again, to go on with --resume.
#
#flux: --job-name=fulcrum
#flux: --nodes=2
#flux: --nslots=8
#flux: --cores-per-slot=1
#flux: --time-limit=30m
#flux: --output=fulcrum-{{id}}.out
# shellcheck disable=SC1091,SC2086 # files of the site; MODULES and LAUNCH may be several words

# ---- settings; any of them also in the environment: SAMPLES=1e8 flux batch jobs/flux.sh
STUDY=${STUDY:-inputs/baseline.yaml}
SAMPLES=${SAMPLES:-1e7}
OUTPUT=${OUTPUT:-baseline.h5}
MODULES=${MODULES:-}                # to load, by your site's names: 'gcc openmpi hdf5'; empty: those of your shell
CORES=${CORES:-$(flux resource list -s up -no '{ncores}')} # ranks: all cores of the job
LAUNCH=${LAUNCH:-flux run -n $CORES --signal=USR1@2m} # Open MPI 5, and 4 with Flux's plug-in: add -o pmi=pmix
AGAIN=${AGAIN:-flux --parent batch jobs/flux.sh} # with what you gave flux batch; 'true': do not go on

# ---- the same in all scripts: modules where the site has them, and the program
if [[ -n $MODULES ]] && { type module || . /etc/profile.d/modules.sh || . /etc/profile.d/lmod.sh; } >/dev/null 2>&1; then
    module load $MODULES || exit
fi
fulcrum=${FULCRUM:-$(PATH=$PWD/build/current:$PATH type -P fulcrum)}
[[ -x $fulcrum ]] || { echo "no program ${FULCRUM:-fulcrum}: run make here, or set FULCRUM or PATH" >&2; exit 1; }

$LAUNCH "$fulcrum" run "$STUDY" -n "$SAMPLES" -o "$OUTPUT" --resume
code=$?
[[ $code -eq 75 ]] && $AGAIN
exit $code
