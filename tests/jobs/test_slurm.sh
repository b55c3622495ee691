#!/bin/bash
# The scripts of jobs/, unedited, on a real Slurm of two nodes with addresses of their own: what jobs on several tasks and
# nodes, an array of shards with its merge, campaigns, and a job that hits its time limit and goes on by itself compute is
# what a direct run computes. Needs root, network namespaces, and the packages slurm-wlm and munge (tests/jobs/slurm.sh).
# shellcheck disable=SC1091,SC2154 # common.sh sets work, fulcrum, launcher, flavor
. "$(dirname "$0")/../run/common.sh"
[[ $(id -u) -eq 0 ]] || skip_all "a Slurm of one's own needs root"
for needed in munged slurmctld slurmd; do
    command -v $needed >/dev/null || skip_all "no $needed here: install slurm-wlm and munge"
done
export HOSTS=$work/hosts SLURM_CONF=$work/slurm/slurm.conf
chmod 755 "$work"
slurm() { bash tests/jobs/slurm.sh "$@"; }
cleanup() { slurm down; }
slurm up 2 "$work/slurm" $$ >"$work/said" 2>&1 || skip_all "no Slurm here: $(tail -1 "$work/said")"

# Where users submit: a tree in which make was run.
tree=$work/tree
mkdir -p "$tree/build/current"
ln -s "$PWD/inputs" "$PWD/jobs" "$tree"
ln -s "$fulcrum" "$tree/build/current/fulcrum"
export OMPI_MCA_btl_tcp_if_include=eth0 OMPI_MCA_mpi_yield_when_idle=1
[[ $flavor == mpich ]] && export LAUNCH="srun --mpi=pmi2"

# ---- jobs and their ends

# submit ARGUMENTS OF SBATCH...: prints the job's number.
submit() { slurm in "$tree" sbatch --parsable "$@" 2>>"$work/said"; }
jobs_of() { slurm in "$tree" scontrol show job -o "$1" 2>/dev/null; }
# Words such as COMPLETED, one for each task of an array.
states() { jobs_of "$1" | grep -oP ' JobState=\K\w+'; }
# over JOB: all of it has ended; asks at most three times a second.
over() {
    local now
    sleep 0.3
    now=$(states "$1")
    [[ -n $now ]] && ! grep -qvE 'COMPLETED|FAILED|TIMEOUT|CANCELLED|NODE_FAIL|BOOT_FAIL' <<<"$now"
}
# completed SECONDS JOB: all of it within that time, and without error.
completed() {
    within "$1" over "$2" && [[ $(states "$2" | sort -u) == COMPLETED ]] && return
    jobs_of "$2" >>"$work/said"
    cat "$tree"/*"$2"*.out >>"$work/said"
    return 1
}
direct() { (cd "$tree" && timeout 100 "$fulcrum" "$@" -q) >>"$work/said" 2>&1; }
same() { cmp "$tree/$1" "$tree/$2" >>"$work/said" 2>&1; }

# ---- all of them at once

# The program with another end: the first start is far from it, whatever the machine, and slow, for the sake of the run
# to compare with; the next one goes a little farther than the first came.
cat >"$work/far" <<FAR
#!/bin/bash
samples=1e10
export FULCRUM_ISA=generic
if [[ \${SLURM_RESTART_COUNT:-0} -gt 0 ]]; then
    unset FULCRUM_ISA
    samples=\$((\$(grep -am1 -oP '^end \K\d+' "$tree/long.h5.checkpoint") * 192 + 1037))
    echo \$samples >"$work/samples"
fi
exec "$fulcrum" "\$@" -n \$samples
FAR
chmod +x "$work/far"
long=$(FULCRUM=$work/far STUDY=inputs/first_study.yaml OUTPUT=long.h5 submit -n 2 -t 1 --signal=B:USR1@52 jobs/slurm_requeue.sh)
node=$(SAMPLES=2000 OUTPUT=node.h5 submit jobs/slurm_node.sh)
nodes=$(SAMPLES=3000 OUTPUT=nodes.h5 submit --ntasks-per-node=2 jobs/slurm_nodes.sh --seed 7)
export STUDY=inputs/first_study.yaml
shards=$(SAMPLES=20037 submit jobs/slurm_shards.sh)
merge=$(OUTPUT=merged.h5 submit --dependency=afterok:"$shards" jobs/slurm_merge.sh)
bad=$(STUDY=inputs/no_study.yaml OUTPUT=bad.h5 submit jobs/slurm_node.sh)
never=$(OUTPUT=never.h5 submit --dependency=afterok:"$bad" --kill-on-invalid-dep=yes jobs/slurm_merge.sh)
levers=$'programs/CENTERS/match/required=1:2:3\nprograms/CENTERS/match/response=0.3:0.6:2\nmacro/discount_rate=0.02,0.05'
sweeps=$(LEVERS=$levers SAMPLES=2000 submit -n 1 jobs/slurm_sweep.sh)
sensitive=
if "$fulcrum" sensitivity --help >/dev/null 2>&1; then
    sensitive=$(STUDIES=inputs/first_study.yaml SAMPLES=512 submit -n 2 --array=1 jobs/slurm_sensitivity.sh)
fi
unset STUDY

# ---- what came out

test_node() {
    direct run inputs/baseline.yaml -n 2000 -o direct.h5 && completed 60 "$node" && same node.h5 direct.h5 &&
        grep -q '"ranks": 4' "$tree/node.h5.json"
}
test_nodes() {
    direct run inputs/baseline.yaml -n 3000 --seed 7 -o direct.h5 && completed 60 "$nodes" && same nodes.h5 direct.h5 &&
        grep -q '"hosts": "h1 x 2, h2 x 2"' "$tree/nodes.h5.json"
}
test_shards() {
    direct run inputs/first_study.yaml -n 20037 -o direct.h5 && completed 60 "$shards" && completed 60 "$merge" &&
        same merged.h5 direct.h5
}
test_sweep() {
    local i lever
    completed 60 "$sweeps" || return
    for i in 1 2 3; do
        lever=$(sed -n "${i}p" <<<"$levers")
        direct sweep inputs/first_study.yaml --lever "$lever" -n 2000 -o direct.h5 && same "sweep-$i.h5" direct.h5 || return
    done
}
test_sensitivity() {
    direct sensitivity inputs/first_study.yaml -n 512 -o direct.h5 && completed 60 "$sensitive" &&
        same first_study.sensitivity.h5 direct.h5
}
# The exit code is the program's, and what depends on it is never run.
test_failure() {
    within 60 over "$bad" && within 60 over "$never"
    jobs_of "$bad" >>"$work/said"
    jobs_of "$bad" | grep -q 'JobState=FAILED.* ExitCode=66:0' && [[ ! -e $tree/bad.h5 && ! -e $tree/never.h5 ]] &&
        [[ $(states "$never") == CANCELLED ]]
}
test_limit() {
    completed 90 "$long" && jobs_of "$long" | grep -q ' Restarts=1 ' &&
        grep -q 'stopped by SIGUSR1 after' "$tree/fulcrum-$long.out" && grep -q 'going on after' "$tree/fulcrum-$long.out" &&
        (cd "$tree" && "$launcher" -n 2 "$fulcrum" run inputs/first_study.yaml -n "$(cat "$work/samples")" -o direct.h5 -q) &&
        same long.h5 direct.h5 && [[ ! -e $tree/long.h5.checkpoint ]]
}

judge() {
    local bad=0
    "$1" || bad=1
    report "$2" $bad
}
judge test_node script_for_a_node_gives_the_result_of_a_direct_run
judge test_nodes script_for_nodes_gives_the_result_of_a_direct_run
judge test_shards array_of_shards_and_its_merge_give_the_result_of_a_direct_run
judge test_sweep campaign_of_sweeps_gives_the_results_of_direct_sweeps
[[ -z $sensitive ]] || judge test_sensitivity campaign_of_sensitivities_gives_the_results_of_direct_ones
judge test_failure failed_job_has_the_exit_code_and_stops_what_depends_on_it
judge test_limit job_at_its_time_limit_saves_is_requeued_and_gives_the_result_of_a_direct_run

finish
