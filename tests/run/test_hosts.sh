#!/bin/bash
# Runs over several hosts with addresses of their own give the result of one process; a host that dies or whose cable
# is pulled ends the run. Needs root, network namespaces and Open MPI (tests/run/hosts.sh).
. "$(dirname "$0")/common.sh"
HOSTS=$work/hosts
export HOSTS
hosts=$PWD/tests/run/hosts.sh
[[ $(id -u) -eq 0 ]] || skip_all "hosts of one's own need root"
[[ $flavor == openmpi ]] || skip_all "hosts are started for Open MPI only"
cleanup() { bash "$hosts" down; }
bash "$hosts" up 3 $$ >"$work/said" 2>&1 || skip_all "no network namespaces here: $(head -1 "$work/said")"

printf '#!/bin/bash\nexec bash %q ssh "$@"\n' "$hosts" >"$work/start_on"
chmod +x "$work/start_on"
printf 'h%d slots=2\n' 1 2 3 >"$work/hostfile"
export OMPI_MCA_plm_rsh_agent=$work/start_on TMPDIR=$work
export OMPI_MCA_btl_tcp_if_include=eth0 OMPI_MCA_oob_tcp_if_include=eth0,bridge OMPI_MCA_mpi_yield_when_idle=1
ranks=(bash "$hosts" exec h0 "$launcher" --hostfile "$work/hostfile")
study=$PWD/inputs/first_study.yaml

# begin NAME ARGUMENTS...: a run of six ranks over the hosts in the background; returns when all are there.
begin() {
    local name=$1
    shift
    timeout -k 5 100 "${ranks[@]}" "$fulcrum" run "$study" -q -o "$work/$name.h5" "$@" >>"$work/said" 2>&1 &
    job=$!
    within 20 all_there "$name"
}
all_there() { [[ $(pids_with "$work/$1.h5" | wc -l) -eq 6 ]]; }
all_gone() { [[ $(pids_with "$work/$1.h5" | wc -l) -eq 0 ]]; }
# ends_within SECONDS NAME: the run fails, and no rank of it is left on any host.
ends_within() {
    local begin=$SECONDS
    wait $job && return 1
    echo "ended after $((SECONDS - begin)) s" >>"$work/said"
    [[ $((SECONDS - begin)) -le $1 ]] && within 10 all_gone "$2"
}
nothing_written() { [[ -z $(find "$work" -name "$1.h5" -o -name "$1.h5.partial*") ]]; }

bad=0
"$fulcrum" run "$study" -n 2e4 -q -o "$work/alone.h5" >"$work/said" 2>&1 || bad=1
"${ranks[@]}" "$fulcrum" run "$study" -n 2e4 -q -o "$work/three.h5" >>"$work/said" 2>&1 || bad=1
cmp "$work/alone.h5" "$work/three.h5" >>"$work/said" 2>&1 || bad=1
grep -q '"hosts": "h1 x 2, h2 x 2, h3 x 2"' "$work/three.h5.json" || { cat "$work/three.h5.json" >>"$work/said"; bad=1; }
report three_hosts_give_the_result_of_one_process $bad

bad=0
begin joined -n 1e6 || bad=1
bash "$hosts" cut h2
sleep 2
bash "$hosts" join h2
wait $job || bad=1
"$fulcrum" run "$study" -n 1e6 -q -o "$work/long.h5" >>"$work/said" 2>&1 || bad=1
cmp "$work/joined.h5" "$work/long.h5" >>"$work/said" 2>&1 || bad=1
report cable_out_for_two_seconds_changes_nothing $bad

# Open MPI by itself notices nothing for five minutes.
bad=0
export OMPI_MCA_oob_tcp_keepalive_time=2 OMPI_MCA_oob_tcp_keepalive_intvl=1 OMPI_MCA_oob_tcp_keepalive_probes=2
begin cut -n 1e10 || bad=1
bash "$hosts" cut h2
ends_within 20 cut && nothing_written cut || bad=1
bash "$hosts" join h2
unset OMPI_MCA_oob_tcp_keepalive_time OMPI_MCA_oob_tcp_keepalive_intvl OMPI_MCA_oob_tcp_keepalive_probes
report host_cut_off_is_noticed_by_a_launcher_told_to_look $bad

bad=0
begin killed -n 1e10 || bad=1
bash "$hosts" kill h3
ends_within 20 killed && nothing_written killed || bad=1
report host_that_dies_ends_the_run $bad
finish
