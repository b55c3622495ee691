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
    find "$tree/" -regex ".*-$2\(-[0-9]+\)?.out" -exec tail -n 5 {} + >>"$work/said"
    return 1
}
direct() { (cd "$tree" && timeout 100 "$fulcrum" "$@" -q) >>"$work/said" 2>&1; }
same() { cmp "$tree/$1" "$tree/$2" >>"$work/said" 2>&1; }

# ---- all of them at once

# The program with another end: the first start is far from it, whatever the machine, and slow, for the sake of the run
# to compare with; the next one goes a little farther than the first came.
cat >"$work/far" <<FAR
#!/bin/bash
out=\$(sed 's/.* -o \([^ ]*\).*/\1/' <<<"\$*")
if [[ \${SLURM_RESTART_COUNT:-0} -eq 0 ]]; then
    FULCRUM_ISA=generic exec "$fulcrum" "\$@" -n 1e10
fi
samples=\$((\$(grep -am1 -oP '^end \K\d+' "\$out.checkpoint") * 192 + 1037))
echo \$samples >"\$out.samples"
exec "$fulcrum" "\$@" -n \$samples
FAR
chmod +x "$work/far"
long=$(FULCRUM=$work/far STUDY=inputs/first_study.yaml OUTPUT=long.h5 submit -n 2 -w h1 -t 1 --signal=B:USR1@52 jobs/slurm_requeue.sh)
early=$(FULCRUM=$work/far STUDY=inputs/first_study.yaml OUTPUT=early.h5 submit -n 2 -w h2 jobs/slurm_requeue.sh)
node=$(SAMPLES=2000 OUTPUT=node.h5 submit jobs/slurm_node.sh)
nodes=$(SAMPLES=3000 OUTPUT=nodes.h5 submit --ntasks-per-node=2 jobs/slurm_nodes.sh --seed 7)
export STUDY=inputs/first_study.yaml
shards=$(SAMPLES=20037 submit jobs/slurm_shards.sh)
merge=$(OUTPUT=merged.h5 submit --dependency=afterok:"$shards" jobs/slurm_merge.sh)
bad=$(STUDY=inputs/no_study.yaml OUTPUT=bad.h5 submit jobs/slurm_node.sh)
never=$(OUTPUT=never.h5 submit --dependency=afterok:"$bad" --kill-on-invalid-dep=yes jobs/slurm_merge.sh)
levers=$'programs/CENTERS/match/required=1:2:3\nprograms/CENTERS/match/response=0.3:0.6:2\nmacro/discount_rate=0.02,0.05'
sweeps=$(LEVERS=$levers SAMPLES=2000 submit -n 1 jobs/slurm_sweep.sh)
scaling=$(STRONG=2000 WEAK=500 RANKS='1 3' ROUNDS=1 submit --ntasks-per-node=2 jobs/slurm_scaling.sh)
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
test_scaling() {
    completed 60 "$scaling" && cut -d, -f1-3,6 "$tree/scaling/scaling.csv" >>"$work/said" &&
        [[ $(cut -d, -f1-3 "$tree/scaling/scaling.csv" | tail -n +2 | sort | tr '\n' ' ') == \
        "strong,2000,1 strong,2000,3 weak,1500,3 weak,500,1 " ]] && [[ $(grep -cE '^\| (strong|weak)' "$tree/scaling/scaling.md") -eq 4 ]]
}
# The exit code is the program's, and what depends on it is never run.
test_failure() {
    within 60 over "$bad" && within 60 over "$never"
    jobs_of "$bad" >>"$work/said"
    jobs_of "$bad" | grep -q 'JobState=FAILED.* ExitCode=66:0' && [[ ! -e $tree/bad.h5 && ! -e $tree/never.h5 ]] &&
        [[ $(states "$never") == CANCELLED ]]
}
# went_on JOB NAME SIGNAL: stopped once, back in the queue once, with the result of a direct run in the end.
went_on() {
    local log=$tree/fulcrum-$1.out name=$2
    completed 90 "$1" && jobs_of "$1" | grep -q ' Restarts=1 ' && grep -q "stopped by $3 after" "$log" &&
        grep -q 'going on after' "$log" && on_two_ranks inputs/first_study.yaml -n "$(cat "$tree/$name.samples")" &&
        same "$name" direct.h5 && [[ ! -e $tree/$name.checkpoint ]]
}
on_two_ranks() { (cd "$tree" && "$launcher" -n 2 "$fulcrum" run "$@" -o direct.h5 -q) >>"$work/said" 2>&1; }
test_limit() { went_on "$long" long.h5 SIGUSR1; }
# A job of more priority needs the node; it comes when the other one computes.
test_preemption() {
    local urgent
    within 30 test -s "$tree/early.h5.json" || return
    urgent=$(submit -p urgent -w h2 -N 1 -n 4 --mem-per-cpu=100M --wrap 'sleep 1') && completed 60 "$urgent" &&
        went_on "$early" early.h5 SIGTERM
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
judge test_scaling scaling_study_has_a_row_for_each_number_of_ranks
[[ -z $sensitive ]] || judge test_sensitivity campaign_of_sensitivities_gives_the_results_of_direct_ones
judge test_failure failed_job_has_the_exit_code_and_stops_what_depends_on_it
judge test_preemption job_that_is_preempted_saves_is_requeued_and_gives_the_result_of_a_direct_run
judge test_limit job_at_its_time_limit_saves_is_requeued_and_gives_the_result_of_a_direct_run

finish
