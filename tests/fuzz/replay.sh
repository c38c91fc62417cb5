#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# Replays the inputs that are kept for each fuzz target: those that reach the most code with the least octets
# (tests/fuzz/corpus) and those that a fault was found with (tests/fuzz/crashes). Prints what it ran.
set -uo pipefail
srcdir=${srcdir:-.}
export srcdir
failed=0
passed=0

for folder in "$srcdir"/tests/fuzz/corpus/*/; do
    target=$(basename "$folder")
    inputs=("$folder")
    [ -d "$srcdir/tests/fuzz/crashes/$target" ] && inputs+=("$srcdir/tests/fuzz/crashes/$target")
    # Linked with libFuzzer, the target takes the same folders and -runs=0: each of their inputs once.
    options=()
    "./tests/fuzz/$target" -help=1 2>/dev/null | grep -q -e -runs && options=(-runs=0)
    if output=$("./tests/fuzz/$target" ${options[@]+"${options[@]}"} "${inputs[@]}" 2>&1 </dev/null); then
        passed=$((passed + 1))
        echo "ok $target: $(tail -n 1 <<<"$output")"
    else
        failed=$((failed + 1))
        echo "not ok $target"
        tail -n 40 <<<"$output"
    fi
done
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ] && [ "$passed" -gt 0 ]
