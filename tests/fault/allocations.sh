#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# Whichever allocation fails, the program ends with a message and exit status 2 (or did not need it: then with the same
# output), frees what it took, and leaves no half of a report behind an exit status 0. Without the sandbox, which is there
# before the first octet of a capture: libseccomp does not outlive every failure.
set -uo pipefail
srcdir=${srcdir:-.}
srcdir=$(cd "$srcdir" && pwd)
finwait=${FINWAIT:-$PWD/finwait}
fault=$PWD/tests/fault/failing.so
stride=${FINWAIT_TEST_DIVISOR:-1}
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
passed=0
failed=0

# try AT ARGUMENT...: runs with that allocation failing; leaves status, out, err, counted.
try() {
    local at=$1
    shift
    status=0
    # The shell speaks of processes that die by a signal; the status says that too.
    { (cd "$work/here" && exec "${limit[@]}" env FAULT_AT="$at" FAULT_TO=9 LD_PRELOAD="$fault" "$finwait" "$@") \
        >"$work/out" 2>"$work/err" 9>"$work/counted" </dev/null || status=$?; } 2>/dev/null
}

prepare() {
    rm -rf "$work/here"
    mkdir "$work/here"
    cp "$srcdir/samples/abort.pcap" "$srcdir/samples/handshake-ack-lost.pcap" "$srcdir/samples/abort.expect.json" "$work/here"
    gzip -k "$work/here/abort.pcap"
}

complain() {
    failed=$((failed + 1))
    echo "FAILED: allocation $1 of: finwait ${*:3}: $2 (exit status $status)"
    head -n 5 "$work/err"
}

# judge AT WANTED ARGUMENT...
judge() {
    local at=$1 wanted=$2 leaked
    shift 2
    leaked=$(awk '{ print $2 }' "$work/counted")
    if [ "$status" -eq 127 ] && [ "$(cat "$work/err")" = 'out of memory' ]; then
        passed=$((passed + 1)) # the dynamic linker ends a process whose libraries it has no memory to load
    elif [ "$status" -gt 2 ]; then
        complain "$at" 'it died' "$@"
    elif [ "$status" -eq 2 ] && [ ! -s "$work/err" ] && [ ! -s "$work/out" ]; then
        complain "$at" 'without a message' "$@"
    elif [ "$status" -ne 2 ] && { [ "$status" -ne "$wanted" ] || ! cmp -s "$work/out" "$work/wanted"; }; then
        complain "$at" 'another output, as if nothing had happened' "$@"
    elif [ "$leaked" != "$leaks" ] && [ -s "$work/counted" ]; then # else it ended on the spot
        complain "$at" "$leaked blocks are not freed, without a failure $leaks" "$@"
    else
        passed=$((passed + 1))
    fi
}

# every ARGUMENT...: fails each allocation of a run, one in a run; with $last the last so many alone.
every() {
    local count wanted at first=1
    prepare
    try 0 "$@"
    wanted=$status
    cp "$work/out" "$work/wanted"
    read -r count leaks <"$work/counted"
    [ "$last" -eq 0 ] || first=$((count - last))
    for ((at = first + RANDOM % stride; at <= count; at += stride)); do
        [ "$rewrites" = no ] || prepare
        try "$at" "$@"
        judge "$at" "$wanted" "$@"
    done
    echo "$count allocations: finwait $*"
}

if ! (FAULT_TO=9 LD_PRELOAD=$fault "$finwait" --version 9>"$work/counted" >/dev/null 2>&1) || [ ! -s "$work/counted" ]; then
    echo 'skipped: nothing can be preloaded here (a sanitizer, or another libc)'
    exit 77
fi
rewrites=no
last=0
RANDOM=1
limit=()
every --no-sandbox abort.pcap
every --no-sandbox --format json --segments abort.pcap
every --no-sandbox --format ndjson --events abort.pcap
every --no-sandbox --format html abort.pcap
every --no-sandbox --format svg --connection 1 handshake-ack-lost.pcap
every --no-sandbox --format dot --connection 1 handshake-ack-lost.pcap
every --no-sandbox --format mermaid --connection 1 handshake-ack-lost.pcap
every --no-sandbox --summary --census=1 abort.pcap handshake-ack-lost.pcap
# What libpcap reads a filter with does not outlive every failure either.
FAULT_OWN=1 every --no-sandbox --ladder --events -f 'tcp port 80' abort.pcap
every --no-sandbox --merge --all abort.pcap.gz handshake-ack-lost.pcap
every --no-sandbox -o report -w saved.pcapng --all .
every diff --no-sandbox abort.pcap handshake-ack-lost.pcap
every explain --no-sandbox --format json rst-abort
every explain --no-sandbox TIME_WAIT
every explain --no-sandbox half-close
# Threads wait for one another: whatever failed, they must come to an end. Which thread an allocation is of may differ
# from run to run.
limit=(timeout --signal=KILL 60)
every --no-sandbox -j 2 abort.pcap
every --no-sandbox -j 3 --format json -w saved.pcapng abort.pcap handshake-ack-lost.pcap
limit=()
# What is judged at the end, and written.
last=160
for format in text tap github junit json; do
    every check --no-sandbox --jobs 1 --format "$format" --require 'teardown=graceful|none,reset-by=null' abort.pcap
done
last=0
stride=$((stride * 5))
every check --no-sandbox --jobs 1 --format json abort.pcap
every diff --no-sandbox --format json abort.pcap handshake-ack-lost.pcap
rewrites=yes
every check --no-sandbox --jobs 1 --update handshake-ack-lost.pcap
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
