#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# usage: FINWAIT=PROGRAM tests/golden/compare.sh [--update] [NAME...]
#
# Holds the reports of every sample, and of the scenarios D00 to D46 and heartbeat* written as captures, against the expected ones
# beside this script, to the last byte: text in samples/NAME.txt and scenarios/NAME.txt, JSON likewise in .json. The
# program's version is the one thing that may differ. --update writes what the program prints now: read the difference
# before you commit it. NAME limits the run to a few.
set -u
source=$(cd "${srcdir:-$(dirname "$0")/../..}" && pwd) || exit 1
build=$PWD
program=${FINWAIT:-./finwait}
case $program in /*) ;; *) program=$build/$program ;; esac
scenario=$(dirname "$program")/tests/scenario
golden=$source/tests/golden
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
export LC_ALL=C.UTF-8 TZ=Antarctica/Troll

update=no
if [ "${1:-}" = --update ]; then
    update=yes
    shift
fi
if [ $update = no ] && ! ls "$golden"/samples/*.txt >/dev/null 2>&1; then
    echo "golden: no report is expected yet; tests/golden/compare.sh --update writes down what the program prints"
    exit 77
fi
[ $update = no ] || mkdir -p "$golden/samples" "$golden/scenarios"
wanted=" $* "
passed=0
failed=0

# Prints a report with the version taken out.
report() {
    "$program" "$@" </dev/null 2>"$work/errors"
    local status=$?
    if [ $status -ne 0 ] || [ -s "$work/errors" ]; then
        echo "exit status $status"
        cat "$work/errors"
    fi
}

without_version() {
    sed '1s/"version":"[^"]*"/"version":"VERSION"/'
}

# compare EXPECTED-FILE: holds the file seen against it. No part of a pipeline, or the counts would be lost.
compare() {
    if [ $update = yes ]; then
        cmp -s "$work/seen" "$1" || { cat "$work/seen" >"$1" && echo "wrote ${1#"$source"/}"; }
        return
    fi
    if cmp -s "$1" "$work/seen"; then
        passed=$((passed + 1))
        return
    fi
    failed=$((failed + 1))
    echo "FAILED: ${1#"$source"/} (-) is not what the program prints (+)"
    # A line of JSON is long: compare it member by member.
    diff -u <(sed 's/,"/,\n"/g' "$1" 2>/dev/null) <(sed 's/,"/,\n"/g' "$work/seen") | sed -n '3,40p'
}

# both DIRECTORY NAME CAPTURE OPTION...: compares text and JSON of a capture; the options are for the text.
both() {
    local directory=$1 name=$2 capture=$3
    shift 3
    [ "$wanted" = '  ' ] || [[ $wanted == *" $name "* ]] || return
    report "$@" "$capture" >"$work/seen"
    compare "$golden/$directory/$name.txt"
    report --format json "$capture" | without_version >"$work/seen"
    compare "$golden/$directory/$name.json"
}

cd "$source" || exit 1
for capture in samples/*.pcap; do
    name=${capture#samples/}
    both samples "${name%.pcap}" "$capture"
done

if [ -x "$scenario" ]; then
    "$scenario" --write-pcap "$work" tests/scenarios/D[0-4][0-9].scenario \
        tests/scenarios/heartbeat*.scenario \
        >"$work/log" || { cat "$work/log"; exit 1; }
    cd "$work" || exit 1
    for capture in D*.pcap heartbeat*.pcap; do
        both scenarios "${capture%.pcap}" "$capture" --ladder
    done
else
    echo "golden: the scenarios were left out, their program was not built"
fi

[ $update = yes ] || echo "$passed passed, $failed failed"
if [ $update = no ] && [ $((passed + failed)) -eq 0 ]; then
    echo "golden: nothing was compared"
    exit 1
fi
[ $failed -eq 0 ]
