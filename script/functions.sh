# SPDX-License-Identifier: BSD-3-Clause
# shellcheck shell=bash
# What the scripts share. Source it; it changes nothing by itself.

top=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)

say() {
    printf '%s: %s\n' "$(basename "$0")" "$*" >&2
}

die() {
    say "$@"
    exit 2
}

# Ends with the line at the head of the script that tells how it is called.
die_usage() {
    die "$(sed -n 's/^# \(usage: .*\)/\1/p' "$0")"
}

# quietly LOG COMMAND...: keeps the command's output in LOG and shows it only when the command fails.
quietly() {
    local log=$1
    shift
    "$@" >"$log" 2>&1 || {
        local status=$?
        cat "$log" >&2
        say "failed with status $status: $*"
        return "$status"
    }
}

# Brings build/source up to date: the sources as symbolic links, and nothing that a build in the tree itself left
# behind. make refuses a build outside a source tree that is configured itself, and would take that one's objects for
# its own; from build/source any number of differently configured builds can be made, whatever state the tree is in.
refresh_source() {
    local source=$top/build/source file
    mkdir -p "$source"
    find "$source" -type l -delete
    (cd "$top" && find . \( -name .git -o -name .deps -o -name autom4te.cache -o -path './build*' -o -path './finwait*' \) \
        -prune -o -type f ! -name '*.o' ! -name '*.a' ! -name '*.log' ! -name '*.trs' ! -name '*.gc[dn][ao]' \
        ! -name .dirstamp ! -name '*~' ! -path './config.[hls]*' ! -path ./configure ! -path './Makefile*[!m]' \
        ! -path ./aclocal.m4 ! -path ./stamp-h1 ! -name 'finwait-report.schema.json' ! -name 'finwait-expect.schema.json' -print) |
        while IFS= read -r file; do
            mkdir -p "$source/${file%/*}"
            ln -s "$top/$file" "$source/$file"
        done
    if ! up_to_date "$source/Makefile.in" "$top"/configure.ac "$top"/Makefile.am "$top"/m4/*.m4 \
        "$(find "$top/src" "$top/tests" -name local.mk -newer "$source/Makefile.in" -print -quit 2>/dev/null)"; then
        (cd "$source" && quietly "$top/build/autoreconf.log" autoreconf -fi)
    fi
}

# up_to_date TARGET FILE...: true when TARGET exists and none of the files (empty names left out) is newer.
up_to_date() {
    local target=$1 file
    [ -e "$target" ] || return 1
    shift
    for file in "$@"; do
        if [ -n "$file" ] && [ "$file" -nt "$target" ]; then
            return 1
        fi
    done
}

jobs_count() {
    nproc 2>/dev/null || echo 1
}
