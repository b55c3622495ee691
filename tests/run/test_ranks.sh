#!/bin/bash
# Results do not depend on ranks, on how the program was started, or on vector instructions; whatever fails on any
# rank ends all of them with one message. Needs BUILD and PYTHON, and mpirun of the MPI the program is built with.
# shellcheck disable=SC2154 # common.sh sets work, fulcrum, launcher, flavor
. "$(dirname "$0")/common.sh"
studies=tests/model/studies
ranks=("$launcher" -n)
# A run whose output goes to $work/$1.h5; what it says to $work/said.$1.
run_as() {
    local name=$1
    shift
    "$@" -q -o "$work/$name.h5" >"$work/said.$name" 2>&1
}
same() { cmp "$work/$1.h5" "$work/$2.h5" >>"$work/said" 2>&1; }

# ---- the same result whoever computes it

# same_at_any_ranks STUDY SAMPLES RANKS...: alone, then on each number of ranks.
same_at_any_ranks() {
    local study=$1 samples=$2 r bad=0
    shift 2
    run_as alone "$fulcrum" run "$study" -n "$samples" || bad=1
    for r in "$@"; do
        run_as "ranks$r" "${ranks[@]}" "$r" "$fulcrum" run "$study" -n "$samples" || bad=1
        same alone "ranks$r" || bad=1
    done
    report "$(basename "$study" .yaml)_of_${samples}_samples_is_the_same_at_$(echo "$*" | tr ' ' _)_ranks" $bad
}
same_at_any_ranks inputs/first_study.yaml 1 1 2 3
same_at_any_ranks inputs/first_study.yaml 100 2 5
same_at_any_ranks inputs/first_study.yaml 192 2
same_at_any_ranks inputs/first_study.yaml 193 2 3
same_at_any_ranks inputs/first_study.yaml 5000 1 2 3 5
same_at_any_ranks inputs/baseline.yaml 700 2 3
same_at_any_ranks $studies/instruments.yaml 1000 3
same_at_any_ranks $studies/sixty_four_years.yaml 400 2

bad=0
run_as plain "$fulcrum" run inputs/first_study.yaml -n 1000 || bad=1
FULCRUM_MPI=1 run_as mpi "$fulcrum" run inputs/first_study.yaml -n 1000 || bad=1
same plain mpi || bad=1
report mpi_of_one_process_gives_the_same $bad

# What this machine can run; elsewhere fulcrum falls back to less, which the sidecar tells.
bad=0
for isa in generic v3 v4; do
    FULCRUM_ISA=$isa run_as isa_$isa "$fulcrum" run $studies/instruments.yaml -n 1000 || bad=1
    same isa_generic isa_$isa || bad=1
done
grep -q '"vector_instructions": "generic"' "$work/isa_generic.h5.json" || bad=1
report vector_instructions_give_the_same $bad

bad=0
FULCRUM_ISA=generic run_as other "${ranks[@]}" 3 "$fulcrum" run $studies/instruments.yaml -n 1000 || bad=1
same isa_generic other || bad=1
report ranks_and_instructions_together_give_the_same $bad

bad=0
run_as seed1 "$fulcrum" run inputs/first_study.yaml -n 1000 --seed 1 || bad=1
run_as seed2 "$fulcrum" run inputs/first_study.yaml -n 1000 --seed 2 || bad=1
same plain seed1 || bad=1
same seed1 seed2 && bad=1
report another_seed_gives_another_result $bad

bad=0
cp $studies/instruments.yaml "$work/copy.yaml"
run_as here "$fulcrum" run "$work/copy.yaml" -n 500 || bad=1
(cd "$work" && "$fulcrum" run copy.yaml -n 500 -q) >"$work/said" 2>&1 || bad=1
same here copy || bad=1
report result_is_named_after_the_study_and_does_not_hold_its_folder $bad

# ---- failures

# fails_once NAME CODE COMMAND...: exit code CODE, one message of fulcrum, and no result.
fails_once() {
    local name=$1 code=$2 bad=0 got
    shift 2
    timeout 60 "$@" >"$work/said" 2>&1
    got=$?
    [[ $got -eq $code ]] || { echo "exit code $got, not $code" >>"$work/said"; bad=1; }
    [[ $(grep -c '^fulcrum run: ' "$work/said") -eq 1 ]] || bad=1
    [[ -z $(find "$work" -name 'fails*' ! -name '*.json') ]] || { ls "$work" >>"$work/said"; bad=1; }
    if [[ -e $work/fails.h5.json ]]; then # the run had begun: it must not seem to go on
        grep -q '"state": "failed"' "$work/fails.h5.json" || { cat "$work/fails.h5.json" >>"$work/said"; bad=1; }
    fi
    report "$name" $bad
    rm -f "$work"/fails*
}
fails_once study_that_is_not_there_ends_all_ranks 66 \
    "${ranks[@]}" 3 "$fulcrum" run "$work/nothing.yaml" -q -o "$work/fails.h5"
fails_once bad_study_ends_all_ranks 65 \
    "${ranks[@]}" 3 "$fulcrum" run tests/studies/bad/admin_of_one.yaml -q -o "$work/fails.h5"
fails_once output_that_cannot_be_written_ends_all_ranks 73 \
    "${ranks[@]}" 3 "$fulcrum" run inputs/first_study.yaml -n 1000 -q -o "$work/no/folder/fails.h5"
fails_once bad_option_ends_all_ranks 2 "${ranks[@]}" 3 "$fulcrum" run inputs/first_study.yaml --sample 5

# Enough units for 140 MB of work space, in a process that may have less.
many=(inputs/first_study.yaml --set "programs/CENTERS/units/cohorts=[{start: 2015, count: 12000}]" -n 300 -q)
# shellcheck disable=SC2016 # the inner shell expands
limit='[[ ${OMPI_COMM_WORLD_RANK:-${PMI_RANK:-0}} -eq $0 ]] && ulimit -v 150000; exec "$@"'
fails_once out_of_memory_alone 71 bash -c "$limit" 0 "$fulcrum" run "${many[@]}" -o "$work/fails.h5"
for rank in 0 1; do
    fails_once out_of_memory_on_rank_${rank}_ends_all_ranks 71 "${ranks[@]}" 2 bash -c "$limit" $rank \
        "$fulcrum" run "${many[@]}" -o "$work/fails.h5"
done

# A rank that is killed takes the others with it; the result that was there stays as it was.
bad=0
cp "$work/plain.h5" "$work/killed.h5"
# shellcheck disable=SC2016 # the inner shell expands
"${ranks[@]}" 2 bash -c 'echo $$ >"$0.${OMPI_COMM_WORLD_RANK:-$PMI_RANK}"; exec "$@"' "$work/pid" \
    "$fulcrum" run inputs/baseline.yaml -n 1e8 -q -o "$work/killed.h5" >"$work/said" 2>&1 &
job=$!
for ((i = 0; i < 100; i++)); do
    [[ -s $work/pid.1 ]] && break
    sleep 0.05
done
sleep 0.5
kill -9 "$(cat "$work/pid.1")"
wait $job && bad=1
same plain killed || bad=1
[[ -z $(find "$work" -name '*.partial*') ]] || bad=1
report killed_rank_ends_all_and_leaves_the_old_result $bad

# Started by the launcher of another MPI, N processes would each do everything.
other=$([[ $flavor == openmpi ]] && echo mpich || echo openmpi)
if stranger=$(command -v "mpiexec.$other"); then
    bad=0
    "$stranger" -n 2 "$fulcrum" run inputs/first_study.yaml -n 100 -q -o "$work/fails.h5" >"$work/said" 2>&1
    [[ $? -eq 2 ]] || bad=1
    grep -q 'MPI sees one' "$work/said" || bad=1
    [[ ! -e $work/fails.h5 ]] || bad=1
    report launcher_of_another_mpi_is_refused $bad
fi

# ---- memory

# Peak memory of a run in MB.
peak() {
    "$PYTHON" - "$@" <<'PYTHON'
import resource
import subprocess
import sys
subprocess.run(sys.argv[1:], check=True)
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss // 1024)
PYTHON
}
bad=0
few=$(peak "$fulcrum" run inputs/baseline.yaml -n 1000 -q -o "$work/few.h5") || bad=1
more=$(peak "$fulcrum" run inputs/baseline.yaml -n 1e4 -q -o "$work/more.h5") || bad=1
echo "peak $few MB for 1000 samples, $more MB for 10000" >"$work/said"
[[ $more -lt 300 && $((more - few)) -le 8 ]] || bad=1
report memory_does_not_grow_with_samples $bad

finish
