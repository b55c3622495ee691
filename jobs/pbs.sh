#!/bin/bash
# One study on some nodes under PBS Pro or OpenPBS.      qsub jobs/pbs.sh
# Other numbers: STOP_AFTER=11.9h qsub -l select=8:ncpus=64:mpiprocs=64:mem=32gb -l walltime=12:00:00 jobs/pbs.sh
# PBS tells nobody of the time limit in good time: the script's own clock (STOP_AFTER, shorter than walltime) makes fulcrum
# save and end with exit code 75. Then the next job goes on, submitted from here or, where nodes may not do that, by hand.
#
#PBS -N fulcrum
#PBS -l select=2:ncpus=4:mpiprocs=4:mem=2gb
#PBS -l walltime=00:30:00
#PBS -j oe
#PBS -r y
#PBS -V
# shellcheck disable=SC1091,SC2086 # files of the site; MODULES and LAUNCH may be several words

# ---- settings; any of them also in the environment: SAMPLES=1e8 qsub jobs/pbs.sh
STUDY=${STUDY:-inputs/baseline.yaml}
SAMPLES=${SAMPLES:-1e7}
OUTPUT=${OUTPUT:-baseline.h5}
MODULES=${MODULES:-}                # to load, by your site's names: 'gcc openmpi hdf5'; empty: those of your shell
LAUNCH=${LAUNCH:-mpirun -n $(wc -l <"$PBS_NODEFILE") --hostfile $PBS_NODEFILE} # of the MPI of fulcrum
STOP_AFTER=${STOP_AFTER:-28m}       # s, m, h, d
AGAIN=${AGAIN:-qsub jobs/pbs.sh}    # with what you gave qsub; 'true': do not go on
cd "$PBS_O_WORKDIR" || exit

# ---- the same in all scripts: modules where the site has them, and the program
if [[ -n $MODULES ]] && { type module || . /etc/profile.d/modules.sh || . /etc/profile.d/lmod.sh; } >/dev/null 2>&1; then
    module load $MODULES || exit
fi
fulcrum=${FULCRUM:-$(PATH=$PWD/build/current:$PATH type -P fulcrum)}
[[ -x $fulcrum ]] || { echo "no program ${FULCRUM:-fulcrum}: run make here, or set FULCRUM or PATH" >&2; exit 1; }

timeout --foreground --preserve-status --signal=USR1 "$STOP_AFTER" \
    $LAUNCH "$fulcrum" run "$STUDY" -n "$SAMPLES" -o "$OUTPUT" --resume
code=$?
[[ $code -eq 75 ]] && $AGAIN
exit $code
