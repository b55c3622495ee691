#!/bin/bash
# Unit tests and small runs of the program under the address, leak and undefined-behaviour sanitizers;
# closes with one line: N passed, N failed. `make asan` builds and calls it. A step fails when its exit
# code is not the expected one or a sanitizer spoke. Settings: BUILD (a MODE=asan build), ONLY.
set -u
cd "$(dirname "$0")/.." || exit 1
: "${BUILD:?say which build to test, or use make asan}"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
logs=$BUILD/logs
mkdir -p "$logs"
passed=0
failed=0

# What MPI and the libraries below it keep until the process ends is theirs, not ours.
printf 'leak:%s\n' ompi_mpi_init ompi_mpi_finalize orte_init libpmix libopen-pal libopen-rte libhwloc \
    libevent libmpi.so libmpich.so libucs.so libfabric.so >"$work/leaks"
export LSAN_OPTIONS=suppressions=$work/leaks:print_suppressions=0
export ASAN_OPTIONS=fast_unwind_on_malloc=0:allocator_may_return_null=1:strict_string_checks=1
export UBSAN_OPTIONS=print_stacktrace=1
export OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1 OMPI_MCA_rmaps_base_oversubscribe=1
export OMPI_MCA_pml=ob1 HWLOC_COMPONENTS=-gl

# step NAME EXPECTED_CODE COMMAND...
step() {
    local name=$1 expected=$2 log=$logs/${1//[^A-Za-z0-9]/_}.log code
    shift 2
    [[ $name == *${ONLY:-}* ]] || return 0
    "$@" >"$log" 2>&1 </dev/null
    code=$?
    if [[ $code -eq $expected ]] && ! grep -qE 'Sanitizer|runtime error:' "$log"; then
        passed=$((passed + 1))
        printf 'ok      %s\n' "$name"
    else
        failed=$((failed + 1))
        printf 'FAILED  %s (code %d, expected %d)\n' "$name" $code "$expected"
        grep -vE '^\[ (RUN|  *OK)' "$log" | head -40 | sed 's/^/    /'
    fi
}

# A sanitizer that is off passes everything: plant one overrun and one leak.
planted() {
    printf '#include <stdlib.h>\nint main(int c, char **v) { char *p = malloc(4); (void)v; return p[c + 3]; }\n' >"$work/overrun.c"
    printf '#include <stdlib.h>\nint main(void) { char *volatile p = malloc(4); p = NULL; return p != NULL; }\n' >"$work/leak.c"
    for fault in overrun leak; do
        ${CC:-gcc} -g -fsanitize=address,undefined -o "$work/$fault" "$work/$fault.c" || return 1
        "$work/$fault" >"$work/said" 2>&1 && return 1
        grep -q 'Sanitizer' "$work/said" || return 1
    done
}
step 'planted faults are found' 0 planted

for program in "$BUILD"/tests/unit/test_*; do
    [[ -x $program && $program != *.d ]] && step "unit/${program##*/}" 0 "$program"
done

fulcrum=$BUILD/fulcrum
out=$work/out
mkdir -p "$out"
for study in inputs/first_study.yaml inputs/baseline.yaml inputs/checks/*.yaml; do
    name=$(basename "$study" .yaml)
    step "check $study" 0 "$fulcrum" check "$study"
    step "run $study" 0 "$fulcrum" run "$study" -n 400 -o "$out/$name.h5"
    step "trace $study" 0 "$fulcrum" trace "$study" --sample 7 -o "$out/$name.trace.h5"
    step "show $study" 0 "$fulcrum" show "$out/$name.h5"
done
for isa in generic v3 v4; do
    step "run with FULCRUM_ISA=$isa" 0 env FULCRUM_ISA=$isa "$fulcrum" run inputs/baseline.yaml -q -n 400 -o "$out/$isa.h5"
    step "the same bytes with $isa" 0 cmp "$out/$isa.h5" "$out/baseline.h5"
done
mpirun=$(sed -n 's/^MPIRUN := //p' "$BUILD/config.mk")
step 'run on 3 ranks' 0 "$mpirun" -n 3 "$fulcrum" run inputs/baseline.yaml -q -n 700 -o "$out/ranks.h5"
step 'schema' 0 "$fulcrum" schema
step 'a missing study' 66 "$fulcrum" run "$work/missing.yaml"
step 'a result that cannot be written' 73 "$fulcrum" run inputs/first_study.yaml -n 400 -o "$work/no/folder/x.h5"
step 'a misspelled option' 2 "$fulcrum" run --sampels 3 inputs/first_study.yaml
for study in tests/studies/bad/*.yaml; do
    step "refuse ${study##*/}" 65 "$fulcrum" check "$study"
done

printf '%d passed, %d failed\n' "$passed" "$failed"
[[ $failed -eq 0 && $passed -gt 0 ]]
