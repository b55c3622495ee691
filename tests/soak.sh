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
ALL_PARTS="dieharder"

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
