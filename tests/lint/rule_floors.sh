#!/bin/bash
# A floor includes itself and the floors below it (engine/LAYERS, lowest first) and nothing else;
# MPI, HDF5 and YAML are seen by one floor each; headers include each other without cycles.
. "$(dirname "$0")/common.sh"

# "file header" for each #include "header" of the engine and the public headers.
includes() {
    grep -rE '^ *# *include *"' engine include --include='*.[ch]' |
        sed -E 's/^([^:]*):[^"]*"([^"]*)".*/\1 \2/'
}

upward() {
    includes | awk '
        NR == FNR { level[$1] = NR; next }
        { split($1, part, "/"); split($2, of, "/")
          here = part[1] == "include" ? 0 : level[part[2]]
          if (of[1] == "fulcrum") next
          if (!(of[1] in level)) print $1 ": \"" $2 "\" is on no floor of engine/LAYERS"
          else if (level[of[1]] > here) print $1 ": may not include " $2 ", a higher floor" }
    ' engine/LAYERS -
}

# confined HEADER FLOOR: only files of engine/FLOOR include it.
confined() {
    grep -rlE "^ *# *include *[<\"]$1" engine include --include='*.[ch]' | grep -v "^engine/$2/" |
        sed "s/\$/: only engine\/$2 may include ${1%%[.\\\\]*}.h/"
}

cycles() {
    includes | sed -nE 's#^(engine|include)/([^ ]*\.h) #\2 #p' | tsort 2>&1 >/dev/null | sed 's/^tsort: -: */in a cycle of headers: /'
}

unlisted() {
    for floor in engine/*/; do
        grep -qx "$(basename "$floor")" engine/LAYERS || echo "$floor is not in engine/LAYERS"
    done
}

check() {
    upward
    confined 'mpi\.h' run
    confined 'hdf5[_a-z]*\.h' store
    confined 'yaml\.h' study
    cycles
    unlisted
}

plant_higher_floor() { echo '#include "model/model.h"' >>engine/random/pcg64.h; }
plant_no_floor() { echo '#include "pcg64.h"' >>engine/random/pcg64.c; }
plant_mpi() { echo '#include <mpi.h>' >>engine/study/study.c; }
plant_hdf5() { echo '#include <hdf5_hl.h>' >>engine/run/simulate.c; }
plant_yaml() { echo '#include <yaml.h>' >>engine/base/json.c; }
plant_cycle() { echo '#include "base/json.h"' >>engine/base/buffer.h; }
plant_unlisted() { mkdir engine/attic; }
rule
