#!/bin/bash
# libfulcrum as a stranger gets it: installed somewhere, found by pkg-config, used by hosts of several
# kinds, whose results are those of `fulcrum run` byte by byte; and its interface stays what it is.
set -u
cd "$(dirname "$0")/../.." || exit 1
: "${BUILD:?say which build to install}"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
number=0
cc=${CC:-gcc}
python=${PYTHON:-/usr/bin/python3}
study=$PWD/inputs/first_study.yaml
output=CENTERS/leverage_ratio

# law NAME COMMAND...
law() {
    local name=$1
    shift
    number=$((number + 1))
    if "$@" >"$work/now" 2>&1; then
        echo "ok $number - $name"
    else
        echo "not ok $number - $name"
        tail -20 "$work/now" | sed 's/^/    /'
    fi
    mv "$work/now" "$work/said"
}

# fails CODE TEXT COMMAND...: with this code, saying this, and no crash.
fails() {
    local code=$1 text=$2
    shift 2
    "$@"
    [[ $? -eq $code ]] && grep -qF -- "$text" "$work/now"
}

mode=$(basename "$BUILD")
law 'make install' make -s MODE="${mode%%-*}" PREFIX="$work/first" install
mv "$work/first" "$work/moved"
export PKG_CONFIG_PATH=$work/moved/lib/pkgconfig
lib=$work/moved/lib
fulcrum=$work/moved/bin/fulcrum

# ---- the interface ---------------------------------------------------------------------------------

# Functions that the headers declare FLC_API.
declared() {
    sed -e ':a' -e 's|/\*[^*]*\*\+\([^/*][^*]*\*\+\)*/||g' -e '/\/\*/{N;ba' -e '}' "$work"/moved/include/fulcrum/{status,fulcrum}.h |
        tr '\n' ' ' | grep -oE 'FLC_API [^;()]*\(' | grep -oE 'flc_[a-z_]+\($|flc_[a-z_]+ *\(' | tr -d '( ' | sort
}
exported() { nm -D --defined-only "$1" | awk '$2 != "A" { sub(/@.*/, "", $3); print $3 }' | sort; }
listed() { sed -nE 's/^ +(flc_[a-z_]+);$/\1/p' engine/library/exports.map | sort; }
law 'the shared library shows what the headers declare, and nothing else' diff <(declared) <(exported "$lib/libfulcrum.so")
law 'the map of exports lists the same' diff <(declared) <(listed)
law 'there is something to compare' test "$(declared | wc -l)" -ge 32
law 'structs and numbers are where hosts expect them' "$cc" -std=c11 -Wall -Wextra -Werror -I "$work/moved/include" -c -o "$work/abi.o" tests/library/abi.c
no_mpi() { ! readelf -d "$lib/libfulcrum.so" | grep NEEDED | grep -i mpi | grep -vq hdf5 && ! nm -D "$lib/libfulcrum.so" | grep -q ' U MPI_'; }
law 'the library does not call MPI' no_mpi
law 'the soname ends in the interface' bash -c "readelf -d '$lib/libfulcrum.so' | grep -q 'soname: \[libfulcrum.so.1\]'"
unversioned() { grep -L '^FULCRUM_1.0 {' engine/library/exports.map | grep -q . && return 1; nm -D --defined-only "$lib/libfulcrum.so" | awk '$2 != "A"' | grep -vq '@@FULCRUM_1' && return 1; return 0; }
law 'exports carry their version' unversioned

# Each header stands alone, in C and in C++, without those of HDF5, MPI or YAML.
for header in "$work"/moved/include/fulcrum/*.h; do
    name=$(basename "$header")
    echo "#include <fulcrum/$name>" | tee "$work/alone.c" >"$work/alone.cpp"
    law "$name in C" "$cc" -std=c11 -pedantic -Wall -Wextra -Wstrict-prototypes -Werror -I "$work/moved/include" -fsyntax-only "$work/alone.c"
    law "$name in C++" g++ -std=c++11 -pedantic -Wall -Wextra -Werror -I "$work/moved/include" -fsyntax-only "$work/alone.cpp"
done

# ---- the example -----------------------------------------------------------------------------------

cp -r inputs/library "$work/example"
law 'the example builds with the shared library' make -s -C "$work/example" CC="$cc" CFLAGS='-O1 -Wall -Wextra -Werror' precision
mv "$work/example/precision" "$work/shared"
law 'and with the static one' make -s -C "$work/example" CC="$cc" STATIC=1 CFLAGS='-O1 -Wall -Wextra -Werror' precision
mv "$work/example/precision" "$work/static"
law 'which it then does not need any more' bash -c "! readelf -d '$work/static' | grep -q libfulcrum"
law 'it stops, tells and saves (static)' "$work/static" "$study" $output "$work/static.h5"
export LD_LIBRARY_PATH=$lib
law 'it stops, tells and saves (shared)' "$work/shared" "$study" $output "$work/shared.h5"
cp "$work/said" "$work/table"
law 'its table has the outputs' grep -q '^CENTERS/leverage_ratio .* +- ' "$work/table"
samples=$(sed -n 's/ samples of study .*//p' "$work/table")
law 'fulcrum run with as many samples' "$fulcrum" run "$study" -q -n "${samples:-1}" -o "$work/run.h5"
law 'gives the same file as the shared library' cmp "$work/run.h5" "$work/shared.h5"
law 'and as the static one' cmp "$work/run.h5" "$work/static.h5"
law 'Python through ctypes' "$python" "$work/example/precision.py" "$study" $output "$work/python.h5"
law 'gives that file too' cmp "$work/run.h5" "$work/python.h5"
law 'a missing study is told' fails 66 '/none.yaml' "$work/shared" /none.yaml $output "$work/x.h5"
echo 'fulcrum: 1' >"$work/bad.yaml"
law 'a bad study is told' fails 65 'bad.yaml' "$work/shared" "$work/bad.yaml" $output "$work/x.h5"
law 'a misspelled output is told, with the right one' fails 2 'leverage_ratio' "$work/shared" "$study" CENTERS/levrage_ratio "$work/x.h5"
law 'a file that cannot be written is told' fails 73 '/no/folder' "$work/shared" "$study" $output /no/folder/x.h5
if command -v valgrind >/dev/null; then
    law 'valgrind has nothing to say of it' env FULCRUM_ISA=v3 valgrind -q --error-exitcode=9 --leak-check=full \
        --show-leak-kinds=definite --errors-for-leak-kinds=definite "$work/shared" "$study" $output "$work/valgrind.h5"
    law 'and changes nothing' cmp "$work/run.h5" "$work/valgrind.h5"
fi

# ---- other hosts -----------------------------------------------------------------------------------

# shellcheck disable=SC2046 # flags are words
law 'a host with threads builds' "$cc" -std=c11 -D_POSIX_C_SOURCE=200809L -Wall -Wextra -Werror -pthread \
    $(pkg-config --cflags fulcrum) -o "$work/host" tests/library/host.c $(pkg-config --libs fulcrum)
law 'fulcrum run of 5000 with a change' "$fulcrum" run "$study" -q -n 5000 --set programs/CENTERS/match/required=0.5 -o "$work/set.h5"
for threads in 1 2 5; do
    law "parts in $threads threads" "$work/host" "$study" 5000 $threads "$work/host.h5" programs/CENTERS/match/required=0.5
    law 'are the whole' cmp "$work/set.h5" "$work/host.h5"
done
mkdir -p "$work/locales"
if localedef -i de_DE -f UTF-8 "$work/locales/de_DE.UTF-8" >/dev/null 2>&1; then
    law 'a host that writes 0,5' env LOCPATH="$work/locales" LC_ALL=de_DE.UTF-8 "$work/host" "$study" 5000 2 "$work/locale.h5" programs/CENTERS/match/required=0.5
    law 'really does' grep -q ', 0,5$' "$work/said"
    law 'and gets the same file' cmp "$work/set.h5" "$work/locale.h5"
fi
law 'a model that is a file of its own' "$work/host" "$BUILD/tests/models/ishigami.so" 1000 2 "$work/model.h5"
law 'its run' "$fulcrum" run --model "$BUILD/tests/models/ishigami.so" -q -n 1000 -o "$work/model_run.h5"
law 'is the same' cmp "$work/model.h5" "$work/model_run.h5"

mpicc=$(sed -n 's/^MPICC := //p' "$BUILD/config.mk")
mpirun=$(sed -n 's/^MPIRUN := //p' "$BUILD/config.mk")
export OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1 OMPI_MCA_rmaps_base_oversubscribe=1
export OMPI_MCA_pml=ob1 HWLOC_COMPONENTS=-gl
# shellcheck disable=SC2046
law 'a host with MPI builds' env OMPI_CC="$cc" MPICH_CC="$cc" "$mpicc" -std=c11 -Wall -Wextra $(pkg-config --cflags fulcrum) \
    -o "$work/mpi_host" tests/library/mpi_host.c $(pkg-config --libs fulcrum)
law 'fulcrum run of 3000' "$fulcrum" run "$study" -q -n 3000 -o "$work/three.h5"
for ranks in 1 3; do
    law "its $ranks ranks share the blocks" "$mpirun" -n $ranks "$work/mpi_host" "$study" 3000 "$work/mpi.h5"
    law 'and the result is the same' cmp "$work/three.h5" "$work/mpi.h5"
done

# ---- the end ---------------------------------------------------------------------------------------

unset LD_LIBRARY_PATH
law 'make uninstall' make -s MODE="${mode%%-*}" PREFIX="$work/moved" uninstall
law 'leaves nothing' test -z "$(find "$work/moved" -type f -o -type l -o -name fulcrum)"
