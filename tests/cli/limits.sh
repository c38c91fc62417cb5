#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# What the limits of one connection leave out is said.
# shellcheck source=tests/cli/functions.sh
. "${srcdir:-$(dirname "$0")/../..}/tests/cli/functions.sh"

source=$(cd "$here" && cd "${srcdir:-$(dirname "$0")/../..}" && pwd)
scenario=$here/tests/scenario
cp "$source/tests/scenarios/D00.scenario" . # what `base` stands for

# story NAME: a capture of the scenario on standard input.
story() {
    { printf 'title: %s\n\nbase\n' "$1" && cat; } >"$1.scenario"
    "$scenario" --write-pcap . "$1.scenario" >log || fail "$1: no capture"
}

# every_second FROM TO: octets FROM, FROM + 2, ..., one in each segment, 10 us apart.
every_second() {
    awk -v from="$1" -v to="$2" 'BEGIN { for (at = from; at <= to; at += 2)
        printf "%.6f A>B . %d 1 1\n", 1 + (from % 2 == 0 ? 0 : 0.1) + at / 100000, at }'
}

# 256 gaps are remembered, one by one; of 300 the others are joined with their neighbours.
{ every_second 102 700 && every_second 101 699 && echo '3 B>A . 1 701 0'; } | story gaps
run --details --no-ladder gaps.pcap
expect 'gaps beyond the limit' 0 err empty \
    out '^    left out +the bounds of gaps of the client, [0-9]+ times: less may be missing than is said$' \
    out '!data-retransmitted' out ' sequence-hole, frame [0-9]+ \(with .* and others\), 3[0-9]+ times$'
run --format json gaps.pcap
tr -d ' \n' <out >flat
expect 'in JSON too' 0 flat '"omitted":\{"refuted_steps":0,"holes_joined":[1-9][0-9]*\}' flat '"frames_omitted":true'

{ every_second 102 200 && every_second 101 199 && echo '3 B>A . 1 201 0'; } | story few
run --details --no-ladder few.pcap
expect 'nothing is left out of fewer' 0 out '!left out' out '!data-retransmitted'
run --format json few.pcap
expect 'nor in JSON' 0 out '!"omitted"'

finish
