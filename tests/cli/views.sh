#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# A connection that the capture holds on both sides of a NAT: both say so of each other.
# shellcheck source=tests/cli/functions.sh
. "${srcdir:-$(dirname "$0")/../..}/tests/cli/functions.sh"

source=$(cd "$here" && cd "${srcdir:-$(dirname "$0")/../..}" && pwd)
story=$source/tests/scenarios/nat-both-sides.scenario
scenario=$here/tests/scenario

# story NAME SED: a capture of the scenario, changed.
story() {
    sed "$2" "$story" >"$1.scenario"
    "$scenario" --write-pcap . "$1.scenario" >/dev/null || fail "$1: no capture"
}

story both ''
run --format json both.pcap
expect 'JSON, in one line' 0 err empty
status=0
tr -d ' \n' <out >flat
expect 'the side of the client knows the other' 0 flat \
    '"id":1,[^{]*"other_views":\[\{"connection":2,"nearer_to":"server","changed":\["client-port"\],"certainty":"certain"\}\]' \
    flat '"id":2,[^{]*"other_views":\[\{"connection":1,"nearer_to":"client","changed":\["client-port"\],"certainty":"certain"\}\]'
run both.pcap
expect 'text says it of both' 0 err empty \
    out '^    the same as #2, on the other side of an address translation, nearer to the server$' \
    out '^    the same as #1, on the other side of an address translation, nearer to the client$'

story unstamped 's/ts=[0-9/]*//'
run unstamped.pcap
expect 'without timestamps it is presumed' 0 out '^    presumably the same as #2, '
run --format json unstamped.pcap
tr -d ' \n' <out >flat
expect 'in JSON too' 0 flat '"certainty":"presumed"\}\],"initiator_seen"'

story other 's/^\(0.001.*\)777000/\1777001/'
run --format json other.pcap
expect 'another timestamp is another connection' 0 out '!other_views'

story late 's/^0.001 \(.*\)/0.0015 \1/; /^0.011/d; s/^0.012.*/&\n0.013 B>A S. 0 1 0 ts=4242\/777000 ttl=60/'
run --format json late.pcap
expect 'an answer that passes the client first is no passage' 0 out '"id"' out '!other_views'

finish
