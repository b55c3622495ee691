#!/bin/bash
# A source begins with a comment that says what it is: a header always; a C file itself or, where it
# begins with the header of its own name, that header; scripts in their second line or first text.
. "$(dirname "$0")/common.sh"

check() {
    files '\.(c|h|cpp|py|sh)$' | xargs awk '
        function base(path) { sub(/.*\//, "", path); sub(/\.[a-z]*$/, "", path); return path }
        # The line that must say it: not #!, and not a #define for the C library before the includes.
        FNR == 1 { told = 0 }
        told || /^#!|^#define _|^$/ { next }
        {
            told = 1
            good = /^\/[*\/] *[^ ]/
            if (FILENAME ~ /\.c$/ && /^#include "/) good = base(substr($2, 2, length($2) - 2)) == base(FILENAME)
            if (FILENAME ~ /\.(py|sh)$/) good = /^("""|# *[A-Za-z`])/
            if (!good) print FILENAME ": begin with a comment that says what this file is"
        }'
}

plant_header() { sed -i '1i #include <stdio.h>' engine/base/json.h; }
plant_source() { sed -i '1i #include "base/json.h"' engine/base/memory.c; }
plant_script() { printf '#!/bin/bash\nset -u\n' >tests/planted.sh; }
rule
