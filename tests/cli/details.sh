#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# --details: what JSON has of a connection, in text.
# shellcheck source=tests/cli/functions.sh
. "${srcdir:-$(dirname "$0")/../..}/tests/cli/functions.sh"

source=$(cd "$here" && cd "${srcdir:-$(dirname "$0")/../..}" && pwd)
samples=$source/samples
run --details --no-ladder "$samples/fin-retransmitted-in-time-wait.pcap"
expect 'every line of it' 0 err empty \
    out '^    handshake +1 SYN, 1 SYN ACK, round trip to the client [0-9.]+ m?s, to the server [0-9.]+ m?s$' \
    out '^    options +MSS [0-9]+' out '^    close +before it idle for [0-9.]+ m?s, CLOSE_WAIT for at least [0-9.]+ m?s' \
    out '^    TIME_WAIT +for .*, restarted 1 time, ' \
    out '^    client was +CLOSED|^    client was +SYN_SENT ' out '^    server was +SYN_RECEIVED ' \
    out '^    steps +[0-9]+ certain, [0-9]+ presumed, 0 assumed, 1 refuted$'
run --no-ladder "$samples/fin-retransmitted-in-time-wait.pcap"
expect 'nothing of it unless asked for' 0 err empty out '!^    (handshake|options|steps) '

finish
