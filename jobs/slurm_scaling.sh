#!/bin/bash
# How a study scales on this cluster.     sbatch -N 8 --ntasks-per-node=64 --exclusive jobs/slurm_scaling.sh
# Runs it at 1, 2, 4, ... ranks up to all of the job's: the same samples on all (strong) and as many on each (weak). Without
# Slurm: TASKS=16 LAUNCH=mpirun jobs/slurm_scaling.sh. Writes scaling.csv, a line a run, and from it the table scaling.md.
#
#SBATCH --job-name=fulcrum-scaling
#SBATCH --nodes=2
#SBATCH --ntasks-per-node=4
#SBATCH --mem-per-cpu=500M
#SBATCH --time=01:00:00
#SBATCH --output=%x-%j.out
# shellcheck disable=SC1091,SC2086 # files of the site; MODULES and LAUNCH may be several words

# ---- settings; any of them also in the environment: STRONG=1e8 sbatch jobs/slurm_scaling.sh
STUDY=${STUDY:-inputs/baseline.yaml}
STRONG=${STRONG:-1e6}               # samples of all ranks together; 0: leave out
WEAK=${WEAK:-1e5}                   # samples of each rank; 0: leave out
TASKS=${TASKS:-${SLURM_NTASKS:-$(nproc)}}
RANKS=${RANKS:-}                    # such as '1 8 64 512'; empty: powers of two, and all
ROUNDS=${ROUNDS:-3}                 # of each; the table has the medians
FOLDER=${FOLDER:-scaling}           # for results, the table and its numbers
MODULES=${MODULES:-}                # to load, by your site's names: 'gcc openmpi hdf5'; empty: those of your shell
LAUNCH=${LAUNCH:-srun --mpi=pmix}   # of the MPI fulcrum is built with; MPICH and its kin: srun --mpi=pmi2

# ---- the same in all scripts: modules where the site has them, and the program
if [[ -n $MODULES ]] && { type module || . /etc/profile.d/modules.sh || . /etc/profile.d/lmod.sh; } >/dev/null 2>&1; then
    module load $MODULES || exit
fi
fulcrum=${FULCRUM:-$(PATH=$PWD/build/current:$PATH type -P fulcrum)}
[[ -x $fulcrum ]] || { echo "no program ${FULCRUM:-fulcrum}: run make here, or set FULCRUM or PATH" >&2; exit 1; }

# ---- numbers of ranks
if [[ -z $RANKS ]]; then
    for ((r = 1; r < TASKS; r *= 2)); do RANKS+="$r "; done
    RANKS+=$TASKS
fi
mkdir -p "$FOLDER" || exit
table=$FOLDER/scaling

# ---- from result.h5.json: "hosts 2", "prepare_work 0.25", "bytes_sent_most 4549192", ... a line each
numbers() {
    awk '
    /^  "hosts":/ { hosts = gsub(/ x /, "") + (match($0, /[0-9]+ more/) ? substr($0, RSTART) + 0 : 0); print "hosts", hosts + !hosts }
    /^    "[a-z_]+": \{/ { split($0, word, "\""); name = word[2] }
    /^      "/ { split($0, word, "\""); sub(/.*: /, ""); sub(/,$/, ""); of = word[2] == "of_a_rank" ? "" : "_" word[2]; print name of, $0 }' "$1"
}

# ---- one run: samples, ranks
run() {
    local begin=${EPOCHREALTIME/./} result=$FOLDER/run.h5 seen
    $LAUNCH -n "$3" "$fulcrum" run "$STUDY" -n "$2" -q --restart -o "$result" || exit
    seen=$((${EPOCHREALTIME/./} - begin))
    seen="kind $1
samples $2
ranks $3
round $4
wall $((seen / 1000000)).$(printf %06d $((seen % 1000000)))
$(numbers "$result.json")"
    [[ -s $table.csv ]] || awk '{ printf "%s%s", (NR > 1 ? "," : ""), $1 } END { print "" }' <<<"$seen" >"$table.csv"
    awk '{ printf "%s%s", (NR > 1 ? "," : ""), $2 } END { print "" }' <<<"$seen" >>"$table.csv"
}

rm -f "$table.csv"
for ((round = 1; round <= ROUNDS; round++)); do
    for r in $RANKS; do
        [[ $STRONG == 0 ]] || run strong "$(awk "BEGIN { printf \"%d\", $STRONG }")" "$r" "$round"
        [[ $WEAK == 0 ]] || run weak "$(awk "BEGIN { printf \"%d\", $WEAK * $r }")" "$r" "$round"
    done
done

# ---- the table: medians of the rounds; efficiency against the smallest number of ranks
awk -F, '
function median(list,    n, x, i, j, t) {
    n = split(list, x, " ")
    for (i = 2; i <= n; i++) for (j = i; j > 1 && x[j - 1] + 0 > x[j] + 0; j--) { t = x[j]; x[j] = x[j - 1]; x[j - 1] = t }
    return n % 2 ? x[(n + 1) / 2] : (x[n / 2] + x[n / 2 + 1]) / 2
}
function row(kind, key,    wall, r, first, columns, c, text) {
    wall = median(seen[key, "wall"]); r = ranks[key]
    if (!(kind in first_wall)) { first_wall[kind] = wall; first_ranks[kind] = r }
    text = sprintf("| %s | %d | %d | %.4g | %.2f | %.0f %% ", kind, r, hosts[key], samples[key], wall,
        100 * first_wall[kind] / wall * (kind == "strong" ? first_ranks[kind] / r : 1))
    columns = split("prepare blocks merge write", c, " ")
    for (i = 1; i <= columns; i++) text = text sprintf("| %.2f ", median(seen[key, c[i] "_work_most"]))
    return text sprintf("| %.2f | %.1f | %d |", median(seen[key, "blocks_wait_most"]), median(seen[key, "bytes_received_most"]) / 1e6,
        median(seen[key, "messages_received_most"]))
}
NR == 1 { for (i = 1; i <= NF; i++) name[i] = $i; next }
{
    for (i = 1; i <= NF; i++) value[name[i]] = $i
    key = value["kind"] " " value["ranks"]
    if (!(key in ranks)) { order[++keys] = key; ranks[key] = value["ranks"]; hosts[key] = value["hosts"]; samples[key] = value["samples"] }
    for (n in value) seen[key, n] = seen[key, n] " " value[n]
}
END {
    print "| scaling | ranks | hosts | samples | wall s | efficiency | prepare s | blocks s | merge s | write s | waiting s | MB received | messages |"
    print "|---|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|"
    for (k = 1; k <= keys; k++) if (order[k] ~ /^strong/) print row("strong", order[k])
    for (k = 1; k <= keys; k++) if (order[k] ~ /^weak/) print row("weak", order[k])
    print "\nOf the busiest rank; waiting: while there were blocks to do."
}' "$table.csv" >"$table.md" && cat "$table.md"
