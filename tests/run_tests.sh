#!/bin/bash
# Run every test and close with one line: N passed, N failed.
#
# Test programs print TAP or cmocka's own report; each is run once, its log kept under $BUILD/logs, and
# shown when it fails. Settings: BUILD (folder of the build), PYTHON, ONLY (a pattern of names to run).
set -u
cd "$(dirname "$0")/.." || exit 1
: "${BUILD:?say which build to test}"
export BUILD PYTHON=${PYTHON:-/usr/bin/python3}
export OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1 OMPI_MCA_rmaps_base_oversubscribe=1
export OMPI_MCA_pml=ob1 HWLOC_COMPONENTS=-gl PYTHONDONTWRITEBYTECODE=1
logs=$BUILD/logs
mkdir -p "$logs"
passed=0
failed=0

# one NAME COMMAND... : run one test program, add its counts to the totals.
one() {
    local name=$1 log=$logs/${1//\//_}.log
    shift
    [[ $name == *${ONLY:-}* ]] || return 0
    local begin=$SECONDS
    "$@" >"$log" 2>&1 </dev/null
    local code=$? good bad
    good=$(grep -cE '^\[ *OK *\]|^ok [0-9]| \.\.\. ok$' "$log")
    bad=$(grep -cE '^\[ *FAILED *\] [a-z_0-9]+$|^not ok|^(FAIL|ERROR):' "$log")
    [[ $good -eq 0 && $bad -eq 0 && $code -eq 0 ]] && good=1
    [[ $code -ne 0 && $bad -eq 0 ]] && bad=1
    passed=$((passed + good))
    failed=$((failed + bad))
    printf '%-44s %5d passed %3d failed  %4d s\n' "$name" "$good" "$bad" $((SECONDS - begin))
    [[ $bad -gt 0 ]] && tail -40 "$log" | sed 's/^/    /'
    return 0
}

for program in "$BUILD"/tests/unit/test_*; do
    [[ -x $program && $program != *.d ]] && one "unit/${program##*/}" "$program"
done
for script in tests/*/test_*.py; do
    [[ -e $script ]] && one "${script#tests/}" "$PYTHON" "$script" -v
done
for script in tests/*/test_*.sh; do
    [[ -e $script ]] && one "${script#tests/}" bash "$script"
done
one lint tests/lint/run.sh

printf '%d passed, %d failed\n' "$passed" "$failed"
[[ $failed -eq 0 && $passed -gt 0 ]]
