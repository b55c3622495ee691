#!/bin/bash
# What libfulcrum may take from the C library. It does not print, exit or abort (that is for
# engine/command). It takes no mathematical function that differs between C libraries, and its
# kernels, on the path of every sample, take nothing that is not listed (exceptions with reasons:
# libc.allow). Looks at the undefined symbols of the built objects.
. "$(dirname "$0")/common.sh"
need_objects

# "object symbol" of what the objects take from elsewhere.
taken() {
    nm -u "$@" | awk 'NF == 1 { sub(/:$/, "", $1); sub(/.*\//, "", $1); file = $1 } $1 == "U" { print file, $2 }' | sort -u
}

mathematics() {
    nm -D --defined-only "$(${CC:-gcc} -print-file-name=libm.so.6)" | awk '{ sub(/@.*/, "", $3); print $3 }'
}

# listed KIND: symbols allowed to kernels or as mathematics.
listed() {
    allowed libc.allow | sed -n "s/^$1://p"
}

check() {
    taken "$objects/libfulcrum.a" | grep -E ' _*(exit|_exit|quick_exit|abort|v?printf|v?printf_chk|puts|putchar|perror|stdout|stderr|system)$' |
        sed 's/$/ is for engine\/command: return a status/'
    taken "$objects/libfulcrum.a" | grep -E " ($(mathematics | grep -vxFf <(listed math) | paste -sd'|'))\$" |
        sed 's/$/ is of libm: take base\/elementary.h or list it in tests\/lint\/libc.allow/'
    taken "$objects"/kernels_*.o | awk '$2 !~ /^flc_|^_GLOBAL_OFFSET_TABLE_$/' | grep -vE " ($(listed kernel | paste -sd'|'))\$" |
        sed 's/$/ is not for kernels/'
}

plant() {
    objects=$PWD/objects
    mkdir "$objects"
    cp "$built"/libfulcrum.a "$built"/kernels_*.o "$objects"
    echo "$1" | ${CC:-gcc} -O1 -xc -c -fPIC -o "$objects/planted.o" -
    ar rs "$objects/libfulcrum.a" "$objects/planted.o" 2>/dev/null
}
plant_print() { plant 'int puts(const char *); void flc_f(void); void flc_f(void) { puts("x"); }'; }
plant_error() { plant 'extern char *stderr; void *flc_f(void); void *flc_f(void) { return stderr; }'; }
plant_exit() { plant '_Noreturn void exit(int); void flc_f(void); void flc_f(void) { exit(1); }'; }
plant_power() { plant 'double pow(double, double); double flc_f(double x); double flc_f(double x) { return pow(x, x); }'; }
plant_kernel() {
    plant 'double exp(double); double flc_f(double x); double flc_f(double x) { return exp(x); }'
    cp "$objects/planted.o" "$objects/kernels_generic.o"
    cp "$built/libfulcrum.a" "$objects"
}
rule
