#!/bin/bash
# Runs over several hosts with addresses of their own give the result of one process; when a host dies or its cable is
# pulled, the run ends, and goes on exactly elsewhere. Needs root, network namespaces and Open MPI (tests/run/hosts.sh).
# shellcheck disable=SC2154 # common.sh sets work, fulcrum, launcher, flavor
. "$(dirname "$0")/common.sh"
export HOSTS=$work/hosts
hosts=$PWD/tests/run/hosts.sh
study=$PWD/inputs/first_study.yaml
[[ $(id -u) -eq 0 ]] || skip_all "hosts of one's own need root"
[[ $flavor == openmpi ]] || skip_all "hosts are started for Open MPI only"

cleanup() { bash "$hosts" down; }
up() { bash "$hosts" down && bash "$hosts" up 3 $$ >"$work/said" 2>&1; }
up || skip_all "no network namespaces here: $(head -1 "$work/said")"

# The name must not be ssh, to which Open MPI gives options.
printf '#!/bin/bash\nexec bash %q ssh "$@"\n' "$hosts" >"$work/start_on"
chmod +x "$work/start_on"
printf 'h%d slots=2\n' 1 2 3 >"$work/all"
printf 'h%d slots=2\n' 1 3 >"$work/without_h2"
export OMPI_MCA_plm_rsh_agent=$work/start_on TMPDIR=$work OMPI_MCA_mpi_yield_when_idle=1
export OMPI_MCA_btl_tcp_if_include=eth0 OMPI_MCA_oob_tcp_if_include=eth0,bridge

# over HOSTFILE NAME ARGUMENTS...: a run on all slots of the hosts, to $work/NAME.h5.
over() {
    local file=$1 name=$2
    shift 2
    timeout -k 2 60 bash "$hosts" exec h0 "$launcher" --hostfile "$work/$file" \
        "$fulcrum" run "$study" -q -o "$work/$name.h5" "$@" >>"$work/said" 2>&1
}
alone() { "$fulcrum" run "$study" -q -o "$work/$1.h5" "${@:2}" >>"$work/said" 2>&1; }
same() { cmp "$work/$1.h5" "$work/$2.h5" >>"$work/said" 2>&1; }

# begin NAME ARGUMENTS...: in the background, far from its end; returns when it has saved.
begin() {
    over all "$1" -n 1e10 --checkpoint 20000 "${@:2}" &
    job=$!
    within 20 test -e "$work/$1.h5.checkpoint.previous"
}
all_gone() { [[ -z $(pids_with "$work/$1.h5") ]]; }
# ends_within SECONDS NAME: the run fails without a result, and no rank of it is left on any host.
ends_within() {
    local begin=$SECONDS
    wait "$job"
    echo "exit code $? after $((SECONDS - begin)) s" >>"$work/said"
    ! grep -q 'exit code 0' "$work/said" && [[ $((SECONDS - begin)) -le $1 ]] && within 10 all_gone "$2" &&
        [[ ! -e $work/$2.h5 ]]
}
# goes_on NAME: from its checkpoint, over the other hosts, to an end not far behind, as if nothing had been.
goes_on() {
    local blocks samples
    blocks=$(cat "$work/$1.h5.checkpoint" "$work/$1.h5.checkpoint.previous" 2>/dev/null | grep -am1 -oP '^end \K\d+')
    samples=$((blocks * 192 + 1037))
    over without_h2 "$1" -n $samples --resume && alone whole -n $samples --restart && same "$1" whole
}

bad=0
over all three -n 20037 && alone one -n 20037 && same three one || bad=1
grep -q '"hosts": "h1 x 2, h2 x 2, h3 x 2"' "$work/three.h5.json" || bad=1
report three_hosts_give_the_result_of_one_process $bad

bad=0
begin joined || bad=1
bash "$hosts" cut h2
sleep 2
bash "$hosts" join h2
: >"$work/joined.h5.stop"
wait "$job"
[[ $? -eq 75 ]] || bad=1
goes_on joined || bad=1
report cable_out_for_two_seconds_changes_nothing $bad

bad=0
begin killed || bad=1
bash "$hosts" kill h2
ends_within 20 killed && goes_on killed || bad=1
report host_that_dies_ends_the_run_and_the_others_go_on $bad

# All ranks end by themselves. mpirun is not asked: it waits for its daemon on that host as long as TCP does.
bad=0
up || bad=1
FULCRUM_PATIENCE=3 begin cut || bad=1
bash "$hosts" cut h2
within 12 all_gone cut && goes_on cut || bad=1
[[ $(grep -c 'fulcrum run: .*has waited for the others for 3 s' "$work/said") -eq 1 ]] || bad=1
report ranks_that_wait_for_a_host_cut_off_end_and_the_others_go_on $bad

# Told to look, mpirun notices within seconds; the ranks out of its reach end by themselves.
bad=0
up || bad=1
export OMPI_MCA_oob_tcp_keepalive_time=2 OMPI_MCA_oob_tcp_keepalive_intvl=1 OMPI_MCA_oob_tcp_keepalive_probes=2
export FULCRUM_PATIENCE=8
begin told || bad=1
bash "$hosts" cut h2
ends_within 25 told || bad=1
unset FULCRUM_PATIENCE OMPI_MCA_oob_tcp_keepalive_time OMPI_MCA_oob_tcp_keepalive_intvl OMPI_MCA_oob_tcp_keepalive_probes
goes_on told || bad=1
report launcher_that_looks_after_its_daemons_ends_the_run $bad

finish
