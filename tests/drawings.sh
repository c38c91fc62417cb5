#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# usage: FINWAIT=PROGRAM tests/drawings.sh [--update]
#
# --format svg, dot and mermaid: three drawings are held against those in tests/golden/drawings, to the last octet, and
# of every sample they must be what they claim to be, as far as xmllint and dot are here to say so.
# shellcheck source=tests/cli/functions.sh
. "$(dirname "$0")/cli/functions.sh"
source=$(cd "$here" && cd "${srcdir:-$(dirname "$0")/..}" && pwd) || exit 1
golden=$source/tests/golden/drawings
samples=$source/samples
update=${1:-no}

# hold NAME ARGUMENT...: what the program prints must be the file NAME.
hold() {
    local name=$1
    shift
    run "$@"
    if [ "$update" = --update ]; then
        cp out "$golden/$name"
    elif [ "$status" -eq 0 ] && cmp -s out "$golden/$name"; then
        passed=$((passed + 1))
    else
        failed=$((failed + 1))
        echo "FAILED: $name (-) is not what the program prints (+)"
        diff -u "$golden/$name" out | sed -n '3,30p'
        cat err
    fi
}

hold fin-ack-lost.svg --format svg --connection 1 "$samples/fin-ack-lost.pcap"
hold missing-ack-not-captured.svg --format svg --connection 1 "$samples/missing-ack-not-captured.pcap"
hold port-reuse-in-time-wait.svg --format svg --connection 1 "$samples/port-reuse-in-time-wait.pcap"
hold fin-ack-lost.dot --format dot --connection 1 "$samples/fin-ack-lost.pcap"
hold fin-ack-lost.mermaid --format mermaid --connection 1 "$samples/fin-ack-lost.pcap"
hold samples.dot --format dot "$samples"
hold samples.mermaid --format mermaid "$samples"

# well_formed WHAT: the last SVG.
well_formed() {
    if ! xmllint --noout out 2>>err; then
        fail "$1 is no well-formed XML"
    elif grep -Eiq '<script|javascript:|href|<image|<foreignObject|url\([^#]' out; then
        fail "$1 runs or fetches something"
    else
        passed=$((passed + 1))
    fi
}

# What a capture lacks that begins with a FIN is not that FIN.
run --format svg --connection 8 "$samples/normal-close-by-client.pcap" -- 'tcp[tcpflags] & tcp-fin != 0'
expect 'a FIN that a step is assumed from' 0 err empty out '>FIN 1, ' out '!not captured'

if command -v xmllint >/dev/null; then
    for capture in "$samples"/*.pcap; do
        run --format svg --connection 1 "$capture"
        well_formed "the SVG of ${capture##*/}"
    done
    run --format svg --connection 99 "$samples/abort.pcap"
    expect 'no such connection' 2 err '^finwait: --connection 99: ' out 'No connection has the number 99'
    well_formed 'the SVG of no connection'
else
    echo "drawings: no xmllint here, SVG was not read back"
fi

if command -v dot >/dev/null; then
    for capture in "$samples"/*.pcap; do
        run --format dot "$capture"
        if dot -Tsvg -o drawn.svg out 2>>err && [ -s drawn.svg ]; then
            passed=$((passed + 1))
        else
            fail "dot does not draw ${capture##*/}"
        fi
    done
else
    echo "drawings: no dot here, its graphs were not drawn"
fi

run --format svg "$samples/abort.pcap"
expect 'svg without a connection' 2 out empty err 'say which with --connection ID'
printf 'garbage' >garbage.pcap
run --format svg --connection 1 garbage.pcap
expect 'svg of garbage' 2 out 'No connection' out '^</svg>$' err 'garbage.pcap'
run --format dot garbage.pcap
expect 'dot of garbage' 2 out '^digraph' out '^}$'
run --format dot --connection 7 "$samples/abort.pcap"
expect 'dot of no connection' 2 err '^finwait: --connection 7: ' out 'no connection 7'
run --format mermaid "$samples/abort.pcap"
expect 'mermaid' 0 err empty out '^stateDiagram-v2$' out 'client_SYN_SENT --> client_ESTABLISHED : 1$'
run --format pdf "$samples/abort.pcap"
expect 'an unknown format' 2 out empty err 'one of text, json,.* mermaid'
run diff --format svg "$samples/abort.pcap" "$samples/abort.pcap"
expect 'diff draws nothing' 2 out empty err "'svg' is not text or json"
[ "$update" = --update ] && exit 0
finish
