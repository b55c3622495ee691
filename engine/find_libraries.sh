#!/bin/sh
# Find compiler, MPI, HDF5 and libyaml, and write what was found as a make fragment.
#
#     engine/find_libraries.sh OUTPUT.mk [test]
#
# Search order (the first that compiles and links a small program wins):
#   MPI    $MPICC, mpicc.openmpi, mpicc      ($MPI_FLAVOR=mpich: mpicc.mpich, mpicc, and it must be one)
#   HDF5   $HDF5_DIR | $HDF5_ROOT | $HDF5_HOME, h5pcc, pkg-config (hdf5-openmpi, hdf5-mpich, hdf5), bare
#   YAML   pkg-config yaml-0.1, bare -lyaml
# What is missing is installed from Debian's packages (as root, or through sudo without a password);
# otherwise this script names it, says how to get it, and fails. With `test` the packages that only
# the tests need are installed too.
set -u
output=$1
wanted=${2:-build}
cc=${CC:-gcc}
flavor=${MPI_FLAVOR:-openmpi}
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT

build_packages="gcc make pkg-config libyaml-dev"
if [ "$flavor" = mpich ]; then
    build_packages="$build_packages mpich libmpich-dev libhdf5-mpich-dev"
else
    build_packages="$build_packages openmpi-bin libopenmpi-dev libhdf5-openmpi-dev"
fi
test_packages="libcmocka-dev g++ libpcg-cpp-dev netcdf-bin hdf5-tools procps python3 python3-numpy
    python3-scipy python3-yaml python3-jsonschema python3-h5py python3-pandas python3-xarray python3-h5netcdf python3-netcdf4
    python3-matplotlib python3-pil python3-fonttools"

# Tests that need these are skipped without them.
wished_packages="gfortran slurm-wlm munge shellcheck fonts-noto-cjk r-base-core r-cran-ncdf4 gnuplot-nox chromium
    libgsl-dev"

say() { printf '%s\n' "fulcrum: $*" >&2; }

# compiles COMPILER FLAGS... : does $work/try.c build and link with these?
compiles() { "$@" -o "$work/try" >"$work/log" 2>&1; }

find_mpi() {
    printf '#include <mpi.h>\nint main(int c, char **v) { return MPI_Init(&c, &v); }\n' >"$work/try.c"
    [ "$flavor" = mpich ] && printf '#ifndef MPICH_VERSION\n#error not MPICH\n#endif\n' >>"$work/try.c"
    for candidate in ${MPICC:-} "mpicc.$flavor" mpicc; do
        command -v "$candidate" >/dev/null 2>&1 || continue
        if OMPI_CC=$cc MPICH_CC=$cc compiles "$candidate" "$work/try.c"; then
            mpicc=$candidate
            return 0
        fi
    done
    return 1
}

find_launcher() {
    for candidate in ${MPIRUN:-} "mpirun.$flavor" mpirun mpiexec; do
        command -v "$candidate" >/dev/null 2>&1 && { mpirun=$candidate; return 0; }
    done
    mpirun=mpirun
}

# An HDF5 built with another MPI links, and then two of them are in one process.
one_mpi() { [ "$(ldd "$work/try" 2>/dev/null | grep -cE 'libmpi(ch)?\.so')" -le 1 ]; }

hdf5_works() {
    OMPI_CC=$cc MPICH_CC=$cc compiles "$mpicc" "$work/try.c" $1 $2 && one_mpi || return 1
    hdf5_cflags=$1
    hdf5_libs=$2
}

find_hdf5() {
    printf '#include <hdf5.h>\n#include <hdf5_hl.h>\nint main(void) { return H5DSis_scale(H5open()); }\n' >"$work/try.c"
    for root in ${HDF5_DIR:-} ${HDF5_ROOT:-} ${HDF5_HOME:-}; do
        hdf5_works "-I$root/include" "-L$root/lib -Wl,-rpath,$root/lib -lhdf5_hl -lhdf5" && return 0
    done
    for wrapper in "h5pcc.$flavor" h5pcc h5cc; do
        command -v "$wrapper" >/dev/null 2>&1 || continue
        shown=$("$wrapper" -shlib -show 2>/dev/null) || continue
        flags=$(printf '%s\n' "$shown" | tr ' ' '\n' | grep -E '^-I' | tr '\n' ' ')
        libs=$(printf '%s\n' "$shown" | tr ' ' '\n' | grep -E '^-L' | tr '\n' ' ')
        hdf5_works "$flags" "$libs -lhdf5_hl -lhdf5" && return 0
    done
    for module in "hdf5-$flavor" hdf5; do
        pkg-config --exists "$module" 2>/dev/null || continue
        hdf5_works "$(pkg-config --cflags "$module")" \
            "$(pkg-config --libs-only-L "$module") -lhdf5_hl -lhdf5" && return 0
    done
    hdf5_works "" "-lhdf5_hl -lhdf5"
}

find_yaml() {
    printf '#include <yaml.h>\nint main(void) { return !yaml_get_version_string(); }\n' >"$work/try.c"
    yaml_cflags=$(pkg-config --cflags yaml-0.1 2>/dev/null)
    yaml_libs=$(pkg-config --libs yaml-0.1 2>/dev/null)
    yaml_libs=${yaml_libs:--lyaml}
    compiles $cc "$work/try.c" $yaml_cflags $yaml_libs
}

find_cmocka() {
    printf '#include <stdarg.h>\n#include <stddef.h>\n#include <stdint.h>\n#include <setjmp.h>\n#include <cmocka.h>\nint main(void) { return 0; }\n' >"$work/try.c"
    compiles $cc "$work/try.c" -lcmocka
}

# not_installed PACKAGE...: those of them, each behind a blank.
not_installed() {
    for package; do
        [ "$(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null)" = installed ] ||
            printf ' %s' "$package"
    done
}

missing() {
    absent=""
    command -v "$cc" >/dev/null 2>&1 || absent="$absent C-compiler($cc)"
    find_mpi || absent="$absent MPI"
    case $absent in *MPI*) absent="$absent HDF5" ;; *) find_hdf5 || absent="$absent HDF5" ;; esac
    find_yaml || absent="$absent libyaml"
    if [ "$wanted" = test ]; then
        find_cmocka || absent="$absent cmocka"
        absent="$absent$(not_installed $test_packages)"
    fi
    [ -n "$absent" ]
}

# install_packages PACKAGE...
install_packages() {
    command -v apt-get >/dev/null 2>&1 || return 1
    apt="apt-get -o DPkg::Lock::Timeout=600"
    run=""
    if [ "$(id -u)" -ne 0 ]; then
        run="sudo -n"
        $run true 2>/dev/null || return 1
    fi
    export DEBIAN_FRONTEND=noninteractive
    $run $apt -qq update >"$work/apt" 2>&1 &&
        $run $apt -qq install -y --no-install-recommends "$@" >"$work/apt" 2>&1 && return 0
    sed 's/^/fulcrum:   apt: /' "$work/apt" | tail -5 >&2
    return 1
}

if missing; then
    packages=$build_packages
    [ "$wanted" = test ] && packages="$packages $test_packages"
    [ "${cc##*/}" = clang ] && packages="$packages clang"
    say "installing what is missing:$absent"
    install_packages $packages
    if missing; then
        say "cannot build, missing:$absent"
        if command -v apt-get >/dev/null 2>&1; then
            extra=""
            [ "$wanted" = test ] && extra=$(echo $test_packages)
            say "install it as root with: apt-get install $build_packages $extra"
        fi
        say "on a cluster: 'module load' a compiler, an MPI and HDF5 (then MPICC or mpicc, and HDF5_DIR or"
        say "h5pcc or pkg-config tell where), and libyaml (https://pyyaml.org/wiki/LibYAML)."
        [ -s "$work/log" ] && sed 's/^/fulcrum:   last attempt: /' "$work/log" | head -5 >&2
        exit 1
    fi
fi
if [ "$wanted" = test ]; then
    wished=$(not_installed $wished_packages)
    [ -z "$wished" ] || install_packages $wished || say "without$wished their tests are skipped"
fi
find_launcher
cat >"$output" <<EOF
MPICC := $mpicc
MPIRUN := $mpirun
HDF5_CFLAGS := $hdf5_cflags
HDF5_LIBS := $hdf5_libs
YAML_CFLAGS := $yaml_cflags
YAML_LIBS := $yaml_libs
EOF
