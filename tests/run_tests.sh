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

# one NAME COMMAND... : run one test program; what it came to goes to its .count.
one() {
    local name=$1 log=$logs/${1//\//_}.log
    shift
    local begin=$SECONDS
    "$@" >"$log" 2>&1 </dev/null
    local code=$? good bad
    good=$(grep -cE '^\[ *OK *\]|^ok [0-9]| \.\.\. ok$' "$log")
    bad=$(grep -cE '^\[ *FAILED *\] [a-z_0-9]+$|^not ok|^(FAIL|ERROR):' "$log")
    [[ $good -eq 0 && $bad -eq 0 && $code -eq 0 ]] && good=1
    [[ $code -ne 0 && $bad -eq 0 ]] && bad=1
    echo "$good $bad $((SECONDS - begin))" >"$log.ended" && mv "$log.ended" "$log.count"
}

# tell NAME: what one has written, and add it to the totals. A program that left nothing has failed.
tell() {
    local log=$logs/${1//\//_}.log good=0 bad=1 seconds=0
    [[ -e $log.count ]] && read -r good bad seconds <"$log.count"
    passed=$((passed + good))
    failed=$((failed + bad))
    printf '%-44s %5d passed %3d failed  %4d s\n' "$1" "$good" "$bad" "$seconds"
    [[ $bad -gt 0 ]] && tail -40 "$log" | sed 's/^/    /'
    return 0
}

# run WIDTH: the programs of the queue, so many at a time, told in their order as they end.
queue=()
told=0
tell_ended() {
    local name
    while ((told < ${#queue[@]})); do
        name=${queue[told]%% *}
        [[ -e $logs/${name//\//_}.log.count ]] || return 0
        tell "$name"
        told=$((told + 1))
    done
}
run() {
    local width=$1 entry name command
    for entry in "${queue[@]}"; do
        name=${entry%% *}
        rm -f "$logs/${name//\//_}.log.count"
    done
    for entry in "${queue[@]}"; do
        name=${entry%% *}
        command=${entry#* }
        while (($(jobs -rp | wc -l) >= width)); do wait -n; done
        tell_ended
        # shellcheck disable=SC2086 # the words of a command
        one "$name" $command &
    done
    wait
    while ((told < ${#queue[@]})); do
        tell "${queue[told]%% *}"
        told=$((told + 1))
    done
    queue=()
    told=0
}
# add NAME COMMAND...: to the queue, if it is asked for.
add() {
    [[ $1 == *${ONLY:-}* ]] && queue+=("$*")
    return 0
}

# What watches times, processes or the whole machine goes alone; the rest in pairs.
alone='^(run|jobs)/'
for program in "$BUILD"/tests/unit/test_*; do
    [[ -x $program && $program != *.d ]] && add "unit/${program##*/}" "$program"
done
for script in tests/*/test_*.py; do
    [[ -e $script && ! ${script#tests/} =~ $alone ]] && add "${script#tests/}" "$PYTHON" "$script" -v
done
for script in tests/*/test_*.sh; do
    [[ -e $script && ! ${script#tests/} =~ $alone ]] && add "${script#tests/}" bash "$script"
done
add lint tests/lint/run.sh
run 2
for script in tests/*/test_*.py; do
    [[ -e $script && ${script#tests/} =~ $alone ]] && add "${script#tests/}" "$PYTHON" "$script" -v
done
for script in tests/*/test_*.sh; do
    [[ -e $script && ${script#tests/} =~ $alone ]] && add "${script#tests/}" bash "$script"
done
run 1

printf '%d passed, %d failed\n' "$passed" "$failed"
[[ $failed -eq 0 && $passed -gt 0 ]]
