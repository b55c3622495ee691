#!/bin/bash
# Every study under bad/ has one mistake; `fulcrum check` must tell it: exit code not 0, nothing on standard
# output, one line on standard error that names the file (and line and column where the expectation
# begins with them) and has every part of the study's first line, `# expect: part && part`. No file may
# appear. Mistakes that are no text files are made here.
set -u
shopt -s lastpipe # a case at the end of a pipe counts like the others
cd "$(dirname "$0")/../.." || exit 1
: "${BUILD:?say which build to test}"
program=$(realpath "$BUILD")/fulcrum
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
mkdir "$work/made" "$work/here"
number=0
bad=0

# check NAME FILE EXPECTED: one case; EXPECTED has parts separated by ' && '.
check() { check_in "$work/here" "$@"; }

# check_in FOLDER NAME FILE EXPECTED: the same from another folder, which must stay as it is.
check_in() {
    local folder=$1 name=$2 file=$3 rest=$4 part problem="" before
    before=$(ls -A "$folder")
    number=$((number + 1))
    (cd "$folder" && timeout 60 "$program" check "$file") >"$work/out" 2>"$work/err" </dev/null
    local code=$?
    [[ $code -eq 0 ]] && problem="accepted"
    [[ $code -ge 124 ]] && problem="exit code $code"
    [[ -s $work/out ]] && problem="${problem:+$problem, }prints to standard output"
    [[ $(wc -l <"$work/err") -eq 1 ]] || problem="${problem:+$problem, }not one line of error"
    [[ $(ls -A "$folder") == "$before" ]] || problem="${problem:+$problem, }leaves a file"
    [[ $rest == :* ]] && rest=$file$rest
    [[ $folder != "$work/here" ]] || grep -qF -- "$file" "$work/err" ||
        problem="${problem:+$problem, }the file is not named"
    while [[ -n $rest ]]; do
        part=${rest%% && *}
        [[ $rest == *' && '* ]] && rest=${rest#* && } || rest=""
        grep -qF -- "$part" "$work/err" || problem="${problem:+$problem, }without '$part'"
    done
    if [[ -z $problem ]]; then
        echo "ok $number $name"
    else
        echo "not ok $number $name: $problem"
        sed 's/^/    /' "$work/err" | cut -c1-400 | head -5
        rm -rf "$work/here" && mkdir "$work/here"
        bad=1
    fi
}

# check_set ASSIGNMENT EXPECTED: a mistake on the command line, over a good study.
check_set() {
    number=$((number + 1))
    timeout 60 "$program" check inputs/first_study.yaml --set "$1" >"$work/out" 2>"$work/err" </dev/null
    local code=$?
    if [[ $code -ne 0 && ! -s $work/out && $(wc -l <"$work/err") -eq 1 ]] && grep -qF -- "$2" "$work/err"; then
        echo "ok $number --set $1"
    else
        echo "not ok $number --set $1: exit code $code, without '$2'"
        sed 's/^/    /' "$work/err" | cut -c1-400 | head -5
        bad=1
    fi
}

# make_case NAME EXPECTED: a case whose file is made from standard input.
make_case() {
    cat >"$work/made/$1.yaml"
    check "$1" "$work/made/$1.yaml" "$2"
}

for study in tests/studies/bad/*.yaml; do
    read -r expected <"$study"
    check "$(basename "$study" .yaml)" "$PWD/$study" "${expected#\# expect: }"
done

# Studies of several files and overlays: bad/<case>/main.yaml is checked with its folder as the current
# one, so places are "file:line:column" as the files name each other.
for study in tests/studies/bad/*/main.yaml; do
    read -r expected <"$study"
    folder=$(dirname "$study")
    cp -r "$folder" "$work/made/"
    check_in "$work/made/$(basename "$folder")" "$(basename "$folder")" main.yaml "${expected#\# expect: }"
done

check missing_file "$work/made/no_such_study.yaml" "No such file"
check directory "$work/made" "irectory"
ln -s loop.yaml "$work/made/loop.yaml"
check link_to_itself "$work/made/loop.yaml" "links"
make_case empty "the file is empty" </dev/null
printf '\n \n\n' | make_case blank "the file is empty"
printf 'fulcrum: 1\ntitle: caf\xe9\n' | make_case latin1 ":2:11: the byte 0xE9 is not UTF-8"
printf '\xff\xfef\0u\0l\0' | make_case utf16 "this is UTF-16; save the file as UTF-8"
printf 'fulcrum: 1\ntitle: a\0b\n' | make_case nul ":2:9: the control character U+0000"
printf 'fulcrum: 1\ntitle: \xc0\xaf\n' | make_case overlong ":2:8: the byte 0xC0 is not UTF-8"
head -c 1000 /bin/sh | make_case binary ":1:"
head -c 100000 /dev/zero | tr '\0' '[' | make_case nested_lists "nested more than 64 levels deep"
yes -- '- ' | head -n 5000 | tr -d '\n' | make_case nested_blocks "nested more than 64 levels deep"
{
    echo 'a0: &a0 [x, x, x, x, x, x, x, x, x, x]'
    for i in 1 2 3 4 5 6 7 8 9 10 11 12; do
        below="*a$((i - 1))"
        echo "a$i: &a$i [$below, $below, $below, $below, $below, $below, $below, $below, $below, $below]"
    done
} | make_case billion_laughs "more than 1000000 entries, aliases counted as if written out"
{
    printf 'fulcrum: 1\nnote: "'
    head -c 17000000 /dev/zero | tr '\0' x
    printf '"\n'
} | make_case too_long "16777216"
yes -- '- 1' | head -n 1100000 | make_case too_many_entries "more than 1000000 entries"
for i in $(seq 1100); do echo "k$i: &k$i 1"; done | make_case too_many_anchors "more than 1000 anchors"
{
    printf 'fulcrum: 1\n'
    head -c 100000 /dev/zero | tr '\0' k
    printf ': 1\n'
} | make_case long_key ":2:"

# A quantity from a CSV file with a mistake in its third line.
printf 'year,ratio\n2020,0.5\n2021,none\n' >"$work/made/values.csv"
{
    printf 'fulcrum: 1\nhorizon: {base_year: 2025, years: 5}\n'
    printf 'macro: {discount_rate: {empirical: {csv: values.csv, column: ratio}}}\n'
    printf 'programs: {A: {instrument: grant, budget: {}}}\n'
} | make_case csv_value ":3:42: macro/discount_rate: && values.csv:3:1: 'none' is not a number"

check_set programs/CENTERS/match/requird=2 \
    "--set programs/CENTERS/match/requird=2, column 1: programs/CENTERS/match/requird: unknown key; did you mean"
check_set programs/CENTER/match/required=2 "programs has no 'CENTER'; did you mean 'CENTERS'?"
check_set programs/CENTERS/match/required=-2 "column 33: programs/CENTERS/match/required: -2 is out of range"
check_set 'programs/CENTERS/cost/ratio={normal: {mean: 2, sd: -1}}' "column 52: programs/CENTERS/cost/ratio: normal: sd"
check_set programs/CENTERS/units/cohorts/7/count=3 "is a list of 1, numbered from 0; there is no item '7'"
check_set programs/CENTERS/match/required= "nothing after the '='"
check_set programs/CENTERS/match/required "a value is set as path=value"
check_set 'macro/recession={entry: 0.5}' "column 17: macro/recession: 'entry' is given, so 'exit' must be too"
check_set 'horizon/years={a: 1' "not valid YAML"
exit $bad
