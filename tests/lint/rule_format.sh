#!/bin/bash
# C sources are formatted by clang-format 14 (the one of Debian 12) with the tree's .clang-format;
# other versions break lines elsewhere. Not among the packages of the tests, as it draws in LLVM.
. "$(dirname "$0")/common.sh"
formatter=$(command -v clang-format-14 || command -v clang-format)
case $($formatter --version 2>/dev/null) in
*" 14."*) ;;
*)
    echo "# skipped: no clang-format 14 here (apt-get install clang-format-14)"
    exit 0
    ;;
esac

check() {
    files '\.[ch]$' | xargs "$formatter" --dry-run -Werror 2>&1 |
        sed -nE 's/^([^:]*:[0-9]+):.*\[-Wclang-format-violations\]$/\1: clang-format -i would change it/p' | sort -u
}

plant_indent() { sed -i 's/^    return/   return/' engine/base/status.c; }
plant_long_line() { printf '/* %0120d */\n' 0 >>engine/base/isa.h; }
rule
