#!/bin/bash
# A source begins with a comment that says what it is: a header always; a C file itself or, where it
# begins with the header of its own name, that header; scripts in their second line or first text.
. "$(dirname "$0")/common.sh"

says_what() { # FILE: the first line
    case $1 in
    *.c | *.h | *.cpp) head -1 "$1" | grep -qE '^/[*/] *[^ ]' ;;
    *.py) head -3 "$1" | grep -qE '^("""|# [A-Za-z])' ;;
    *.sh) head -2 "$1" | grep -vE '^#!' | grep -qE '^# [A-Za-z]' ;;
    esac
}

# The header a C file begins with, after a possible #define _POSIX... for the C library.
own_header() {
    grep -vE '^(#define _.*)?$' "$1" | head -1 | sed -nE 's/^#include "(.*)"$/\1/p'
}

check() {
    files '\.(c|h|cpp|py|sh)$' | while read -r file; do
        says_what "$file" && continue
        [[ $(basename "$file" .c) == $(basename "$(own_header "$file")" .h) ]] && continue
        echo "$file: begin with a comment that says what this file is"
    done
}

plant_header() { sed -i '1i #include <stdio.h>' engine/base/json.h; }
plant_source() { sed -i '1i #include "base/json.h"' engine/base/memory.c; }
plant_script() { printf '#!/bin/bash\nset -u\n' >tests/planted.sh; }
rule
