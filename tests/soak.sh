#!/bin/bash
# Long tests, too slow for `make test`. `make soak` runs all parts; PARTS="dieharder ..." picks some.
#
# A part is a function part_NAME that prints what it does and returns non-zero on failure; it appears in ALL_PARTS.
# Settings: BUILD (folder of a test build), PYTHON, PARTS, SOAK_SEED (for the parts that draw).
set -u
cd "$(dirname "$0")/.." || exit 1
: "${BUILD:?say which build to test, or use make soak}"
export BUILD PYTHON=${PYTHON:-/usr/bin/python3}
seed=${SOAK_SEED:-1}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
ALL_PARTS="dieharder traces mutants memory coverage until replicates sweep sensitivity given voi kills"

# ------------------------------------------------------------------------------------------ dieharder
# The streams, interleaved as the model uses them (tests/tools/draws_raw.c), through tests of Dieharder (Brown,
# Eddelbuettel and Bauer). A test says FAILED below p = 1e-6, WEAK (one in a hundred) below 0.005 on either side;
# WEAK is shown and does not count.
DIEHARDER_TESTS=("-d 0" "-d 2" "-d 3" "-d 4" "-d 8" "-d 9" "-d 11" "-d 15" "-d 16" "-d 101" "-d 102"
    "-d 201 -n 3" "-d 202 -n 4" "-d 206" "-d 209")

find_dieharder() {
    command -v dieharder >/dev/null && return
    echo "dieharder: not found, installing it"
    if [[ $(id -u) -eq 0 ]] && command -v apt-get >/dev/null; then
        apt-get install -y --no-install-recommends dieharder >"$work/apt.log" 2>&1 && return
        tail -3 "$work/apt.log"
    fi
    echo "dieharder: cannot be installed here; as root: apt-get install dieharder"
    return 1
}

# dieharder_on LOG COMMAND...: the chosen tests, each on a fresh pipe from COMMAND.
dieharder_on() {
    local log=$1 arguments
    shift
    for arguments in "${DIEHARDER_TESTS[@]}"; do
        # shellcheck disable=SC2086 # the arguments are words
        "$@" 2>/dev/null | dieharder $arguments -g 200 | grep -E 'PASSED|WEAK|FAILED' | tee -a "$log" |
            grep -E 'WEAK|FAILED'
    done
    ! grep -q FAILED "$log" && grep -q PASSED "$log"
}

part_dieharder() {
    local order bad=0
    find_dieharder || return 1
    echo "dieharder: a stream of zeros must fail"
    (DIEHARDER_TESTS=("-d 100") && dieharder_on "$work/zeros" cat /dev/zero) >/dev/null && {
        echo "dieharder passed a stream of zeros: its verdicts cannot be trusted"
        return 1
    }
    for order in samples years names seeds; do
        echo "dieharder: ${#DIEHARDER_TESTS[@]} tests on draws in order of $order, seed $seed"
        dieharder_on "$work/$order" "$BUILD/tests/tools/draws_raw" "$order" "$seed" || bad=1
        printf 'dieharder: %-8s %3d passed, %d weak, %d failed\n' "$order" \
            "$(grep -c PASSED "$work/$order")" "$(grep -c WEAK "$work/$order")" \
            "$(grep -c FAILED "$work/$order")"
    done
    return $bad
}

# ------------------------------------------------------------------------------------------ the whole program
# Traces of random studies against the independent implementation of the model; RANDOM_STUDIES says how many.
part_traces() {
    "$PYTHON" tests/model/test_traces.py --random $((1000 * seed)) "${RANDOM_STUDIES:-400}" &&
        EVERY_STUDY=1 "$PYTHON" tests/model/test_traces.py
}

# Every planted fault in the equations must be caught.
part_mutants() {
    MUTANTS=all "$PYTHON" tests/model/test_mutants.py 2>"$work/mutants"
    local code=$?
    grep -E 'survives|^Ran|^OK|^FAILED' "$work/mutants"
    return $code
}

# Peak memory of a run does not depend on the number of samples.
part_memory() {
    local samples peak least=0
    for samples in 1e4 1e5; do
        peak=$("$PYTHON" - "$BUILD/fulcrum" run inputs/baseline.yaml -n $samples -q -o "$work/memory.h5" <<'PYTHON'
import resource
import subprocess
import sys
subprocess.run(sys.argv[1:], check=True)
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss // 1024)
PYTHON
        ) || return 1
        echo "memory: $peak MB for $samples samples"
        [[ $least -eq 0 ]] && least=$peak
        [[ $peak -lt 300 && $((peak - least)) -le 5 ]] || return 1
    done
}

# Runs killed at random times on random ranks, KILLS of them; every call that writes failing, every byte of a state
# flipped; hosts that die and are cut off.
part_kills() {
    local test code=0
    for test in kills faults; do
        SEED=$seed KILLS=${KILLS:-200} THOROUGH=1 "$PYTHON" tests/run/test_$test.py >"$work/kills" 2>&1 || code=1
        grep -E '^seed|FAIL|ERROR|^Ran|^[A-Z][A-Za-z]*Error' "$work/kills"
    done
    bash tests/run/test_hosts.sh || code=1
    return $code
}

# 95 % intervals hold the exact values in 95 % of repetitions.
part_coverage() {
    "$PYTHON" tests/model/coverage.py "${REPETITIONS:-400}" "$seed"
}

# Confidence sequences miss in 5 % of repetitions at most, although one keeps looking and stops on what one sees.
part_until() {
    "$PYTHON" tests/statistics/coverage_until.py "${UNTIL_REPETITIONS:-4000}" "${REPETITIONS:-400}" "$seed"
}

# Intervals from the replicates of Latin hypercube, Sobol' and Monte Carlo points.
part_replicates() {
    "$PYTHON" tests/statistics/coverage_replicates.py "${REPLICATES_REPETITIONS:-4000}" "${REPETITIONS:-400}" "$seed"
}

# Intervals of sensitivity indices from given data.
part_given() {
    "$PYTHON" tests/sensitivity/coverage_given.py "${REPETITIONS:-1000}" "$seed"
}

# Intervals of values of information.
part_voi() {
    "$PYTHON" tests/sensitivity/coverage_voi.py "${REPETITIONS:-1000}" "$seed"
}

# The same of break-evens of sweeps, whose points share their samples.
part_sweep() {
    "$PYTHON" tests/model/coverage_sweep.py "${REPETITIONS:-1500}" "$seed"
}

# Intervals of sensitivity indices, on functions whose indices are known.
part_sensitivity() {
    "$PYTHON" tests/sensitivity/coverage_indices.py "${REPETITIONS:-1000}" "$seed"
}

# ------------------------------------------------------------------------------------------------------
failed=0
for part in ${PARTS:-$ALL_PARTS}; do
    begin=$SECONDS
    if "part_$part"; then
        echo "soak: $part passed ($((SECONDS - begin)) s)"
    else
        echo "soak: $part FAILED ($((SECONDS - begin)) s)"
        failed=$((failed + 1))
    fi
done
[[ $failed -eq 0 ]]
