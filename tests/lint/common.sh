# What the rules share; sourced by each tests/lint/rule_*.sh.
#
# A rule defines check, which prints one line for each thing that breaks it, and functions plant_*,
# each of which puts one fault into the tree. Both work on the current folder, the root of a tree;
# a check of built objects finds them in $objects. Then it calls `rule`: without argument the real
# tree is checked; with --planted every fault is planted in a copy of its own, and check must say
# more than before.
set -u
export LC_ALL=C
cd "$(dirname "${BASH_SOURCE[0]}")/../.." || exit 1
mode=${1:-}
real=$PWD
built=$(realpath -m "${BUILD:-build/current}")
objects=$built

# Files of the tree (those that git has or would take), perhaps only those whose name matches.
files() {
    { if [[ -e .git ]]; then git ls-files -co --exclude-standard; else find . -path ./build -prune -o -type f -printf '%P\n'; fi; } |
        grep -E "${1:-.}" | while read -r file; do [[ -f $file ]] && echo "$file"; done | sort
}

# need_objects: stop with a clear text where nothing is built.
need_objects() {
    [[ -f $objects/libfulcrum.a ]] || { echo "no libfulcrum.a in $objects: run make first"; exit 1; }
}

# allowed FILE: the first words of its lines; the rest of a line says why.
allowed() {
    sed -E '/^#|^$/d; s/ .*//' "$real/tests/lint/$1"
}

copy_tree() {
    (cd "$real" && files | tar -cf - -T -) | tar -xf - -C "$1"
}

planted() {
    local plant before bad=0
    scratch=$(mktemp -d) # not local: the trap outlives this function
    trap 'rm -rf "$scratch"' EXIT
    for plant in $(compgen -A function plant_); do
        mkdir "$scratch/$plant"
        copy_tree "$scratch/$plant"
        cd "$scratch/$plant" || exit 1
        objects=$built
        before=$(check)
        "$plant"
        [[ $(check) != "$before" ]] || { echo "not found: $plant"; bad=1; }
        cd "$real" || exit 1
        rm -rf "${scratch:?}/$plant"
    done
    return $bad
}

rule() {
    if [[ $mode == --planted ]]; then
        planted
        exit
    fi
    said=$(check)
    [[ -z $said ]] && exit 0
    printf '%s\n' "$said"
    exit 1
}
