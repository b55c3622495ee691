#!/bin/bash
# One study on some nodes under LSF.                     bsub <jobs/lsf.sh
# Other numbers: SAMPLES=1e9 bsub -n 512 -R "span[ptile=64]" -W 12:00 <jobs/lsf.sh
# Two minutes before the run limit (-wt, -wa) it saves and ends with exit code 75, with which LSF puts it back into the
# queue (-Q), to go on with --resume; the same where a host dies (-r).
#
#BSUB -J fulcrum
#BSUB -n 8
#BSUB -R "span[ptile=4] rusage[mem=500MB]"
#BSUB -W 0:30
#BSUB -wt 2
#BSUB -wa USR1
#BSUB -Q 75
#BSUB -r
#BSUB -o fulcrum-%J.out
# shellcheck disable=SC1091,SC2086 # files of the site; MODULES and LAUNCH may be several words

# ---- settings; any of them also in the environment: SAMPLES=1e8 bsub <jobs/lsf.sh
STUDY=${STUDY:-inputs/baseline.yaml}
SAMPLES=${SAMPLES:-1e7}
OUTPUT=${OUTPUT:-baseline.h5}
MODULES=${MODULES:-}                # to load, by your site's names: 'gcc openmpi hdf5'; empty: those of your shell
LAUNCH=${LAUNCH:-mpirun -n $(wc -l <"$LSB_DJOB_HOSTFILE") --hostfile $LSB_DJOB_HOSTFILE} # of the MPI of fulcrum

# ---- the same in all scripts: modules where the site has them, and the program
if [[ -n $MODULES ]] && { type module || . /etc/profile.d/modules.sh || . /etc/profile.d/lmod.sh; } >/dev/null 2>&1; then
    module load $MODULES || exit
fi
fulcrum=${FULCRUM:-$(PATH=$PWD/build/current:$PATH type -P fulcrum)}
[[ -x $fulcrum ]] || { echo "no program ${FULCRUM:-fulcrum}: run make here, or set FULCRUM or PATH" >&2; exit 1; }

# ---- LSF tells this shell of the limit, and start tells fulcrum, which saves and ends with exit code 75.
start() {
    "$@" &
    trap 'told=1; kill -USR1 $!' USR1 USR2
    while told=0; wait $!; code=$?; ((told)); do :; done
    exit $code
}

start $LAUNCH "$fulcrum" run "$STUDY" -n "$SAMPLES" -o "$OUTPUT" --resume
