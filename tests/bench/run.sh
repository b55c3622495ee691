#!/bin/bash
# `make bench`: the speed of the parts and of whole runs of the baseline study, printed and written to
# build/bench/report.md. tests/bench/README.md says how to read it. Settings: BUILD, PYTHON, ROUNDS.
set -u
cd "$(dirname "$0")/../.." || exit 1
: "${BUILD:?say which build to measure, or use make bench}"
export OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1 OMPI_MCA_rmaps_base_oversubscribe=1
export OMPI_MCA_pml=ob1 HWLOC_COMPONENTS=-gl PYTHONDONTWRITEBYTECODE=1
study=inputs/baseline.yaml
report=build/bench/report.md
mkdir -p build/bench
mpirun=$(sed -n 's/^MPIRUN := //p' "$BUILD/config.mk")

machine() {
    sed -n 's/^model name[^:]*: //p' /proc/cpuinfo 2>/dev/null | head -1 | grep . || uname -m
}

measure() {
    echo "# Speed of $("$BUILD/fulcrum" --version), $(date -u +%Y-%m-%d)"
    echo
    echo "$(machine), $(nproc) processors, load $(cut -d' ' -f1 /proc/loadavg) before; build $(basename "$BUILD"), $(${CC:-gcc} --version | head -1)"
    echo
    "$BUILD/tests/bench/parts_bench" $study ${ROUNDS:-} || return 1
    echo
    "$BUILD/tests/bench/sensitivity_bench" || return 1
    echo
    "$BUILD/tests/bench/rows_bench" $study || return 1
    echo
    "${PYTHON:-/usr/bin/python3}" tests/bench/runs.py "$BUILD/fulcrum" "$mpirun" $study \
        inputs/first_study.yaml build/bench || return 1
    echo
    "${PYTHON:-/usr/bin/python3}" tests/bench/peers.py "$BUILD" "$mpirun" $study build/bench || return 1
    echo
    "${PYTHON:-/usr/bin/python3}" tests/bench/runs.py --start "$BUILD/fulcrum" "$mpirun" $study \
        inputs/first_study.yaml build/bench || return 1
    echo
    echo "Load $(cut -d' ' -f1 /proc/loadavg) after."
}

set -o pipefail
measure | tee "$report" && echo "written to $report"
