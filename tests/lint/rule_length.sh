#!/bin/bash
# No function of more than 80 lines; those above 60 are named, as a warning. A function begins at a
# brace in the first column after a line that ends in a parenthesis and ends at the next such brace;
# rows of a table in it, "{...},", do not count.
. "$(dirname "$0")/common.sh"

# "file:line name lines" of functions of more than $1 lines.
longer_than() {
    files '^(engine|tests|include)/.*\.[ch]$' | xargs awk -v most="$1" '
        FNR == 1 { inside = 0 }
        /^[A-Za-z_].*\(/ && !inside { name = $0; sub(/\(.*/, "", name); sub(/.*[ *]/, "", name); first = FNR; rows = 0 }
        /^{/ && before ~ /[)]$/ { inside = 1 }
        /^ +\{.*\},?$/ { rows++ }
        /^}/ && inside {
            inside = 0
            lines = FNR - first + 1 - rows
            if (lines > most) print FILENAME ":" first " " name " " lines " lines"
        }
        { before = $0 }'
}

check() {
    longer_than 80
}

plant_long() {
    { echo 'int flc_long(int x)'; echo '{'; yes '    x++;' | head -80; echo '}'; } >>engine/base/status.c
}
[[ -z $mode ]] && longer_than 60 | sed 's/^/# long: /' >&2
rule
