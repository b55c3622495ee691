#!/bin/bash
# Symbols of libfulcrum: global names begin with flc_ (cli_ in engine/command), nothing is writable
# (exceptions with reasons: symbols.allow), and a set of kernels shows only its tables. Looks at the
# objects of the build, so static data count too; constant tables with addresses in them
# (.data.rel.ro) are not writable.
. "$(dirname "$0")/common.sh"
need_objects

# Objects of the program itself.
command_objects() {
    for source in engine/command/*.c; do echo "$objects/${source%.c}.o"; done
}

# globals PATTERN OBJECT...: names that other files see and that do not match.
globals() {
    local pattern=$1
    shift
    nm -g --defined-only "$@" 2>/dev/null | awk -v pattern="$pattern" '
        NF == 1 { file = $1 }
        NF == 3 && $3 !~ pattern { print file " shows the name " $3 ", not as in " pattern }'
}

# "symbol section" of all data that can be written.
writable() {
    objdump -t "$objects/libfulcrum.a" $(command_objects) | awk '
        / O / && $(NF - 2) ~ /^(\.data|\.bss|\.tdata|\.tbss|\*COM\*)/ && $(NF - 2) !~ /^\.data\.rel\.ro/ {
            sub(/\.[0-9]+$/, "", $NF)
            print $NF, $(NF - 2) }'
}

unwritable_but_allowed() {
    writable | while read -r name section; do
        allowed symbols.allow | grep -qx "$name" || echo "writable data: $name in $section"
    done
}

tables() {
    for object in "$objects"/kernels_*.o; do
        isa=${object##*/kernels_}
        nm -g --defined-only "$object" | awk -v isa="${isa%.o}" \
            '$NF !~ "^flc_[a-z]+_kernels_" isa "$" { print "kernels of " isa " show " $NF }'
    done
}

check() {
    globals '^flc_' "$objects/libfulcrum.a"
    globals '^(cli_|main$)' $(command_objects)
    unwritable_but_allowed
    tables
}

# take_objects: a copy of the built objects in place of them.
take_objects() {
    local from=$objects
    objects=$PWD/objects
    mkdir -p "$objects"
    cp -r "$from"/libfulcrum.a "$from"/kernels_*.o "$from"/engine "$objects"
}
planted_c() { echo "$1" | ${CC:-gcc} -xc -c -fPIC -o "$objects/$2" -; }
plant_name() {
    take_objects
    planted_c 'int unprefixed(void); int unprefixed(void) { return 1; }' planted.o
    ar rs "$objects/libfulcrum.a" "$objects/planted.o" 2>/dev/null
}
plant_command_name() {
    take_objects
    touch engine/command/planted.c
    planted_c 'void flc_in_command(void); void flc_in_command(void) {}' engine/command/planted.o
}
plant_writable() {
    take_objects
    planted_c 'static int calls; int flc_f(void); int flc_f(void) { return calls++; }' planted.o
    ar rs "$objects/libfulcrum.a" "$objects/planted.o" 2>/dev/null
}
plant_table() {
    take_objects
    planted_c 'extern const int flc_x_helper; const int flc_x_helper = 1;' planted.o
    ld -r -o "$objects/both.o" "$objects/kernels_generic.o" "$objects/planted.o"
    mv "$objects/both.o" "$objects/kernels_generic.o"
}
rule
