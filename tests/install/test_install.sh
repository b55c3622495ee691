#!/bin/bash
# What `make install` puts in place serves a stranger: the program runs, pkg-config finds the library,
# and a small program compiles against the installed headers and links both kinds of library.
set -u
cd "$(dirname "$0")/../.." || exit 1
: "${BUILD:?say which build to install}"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
number=0
cc=${CC:-gcc}

# law NAME COMMAND...
law() {
    local name=$1
    shift
    number=$((number + 1))
    if "$@" >"$work/said" 2>&1; then
        echo "ok $number - $name"
    else
        echo "not ok $number - $name"
        sed 's/^/    /' "$work/said"
    fi
}

mode=$(basename "$BUILD")
law 'make install' make -s MODE="${mode%%-*}" DESTDIR="$work/root" PREFIX=/usr install
export PKG_CONFIG_PATH=$work/root/usr/lib/pkgconfig PKG_CONFIG_SYSROOT_DIR=$work/root
export LD_LIBRARY_PATH=$work/root/usr/lib
law 'the program runs' "$work/root/usr/bin/fulcrum" --version
law 'one version' test "fulcrum $(pkg-config --modversion fulcrum)" = "$("$work/root/usr/bin/fulcrum" --version)"

cat >"$work/try.c" <<'END'
#include <fulcrum/status.h>
#include <string.h>

int main(void)
{
    flc_error error = {FLC_OK, ""};
    flc_status status = flc_error_set(&error, FLC_ERROR_STUDY, "line %d: unknown key", 3);
    status = flc_error_prefix(&error, "study.yaml");
    return status == FLC_ERROR_STUDY && strcmp(error.text, "study.yaml: line 3: unknown key") == 0 ? 0 : 1;
}
END
flags=$(pkg-config --cflags fulcrum)
library=$(pkg-config --libs fulcrum)
# shellcheck disable=SC2086 # flags are words
law 'shared: compiles' "$cc" -std=c11 -Wall -Wextra -Werror $flags -o "$work/shared" "$work/try.c" $library
law 'shared: runs' "$work/shared"
# shellcheck disable=SC2086
law 'static: compiles' "$cc" -std=c11 $flags -o "$work/static" "$work/try.c" "$work/root/usr/lib/libfulcrum.a"
law 'static: runs' "$work/static"
cp "$work/try.c" "$work/try.cpp"
# shellcheck disable=SC2086
law 'the headers are C++ too' g++ -Wall -Wextra -Werror $flags -c -o "$work/try.o" "$work/try.cpp"
