#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# finwait diff: what is the same, what differs, how connections are matched, and what was lost between two points.
# shellcheck source=tests/cli/functions.sh
. "$(dirname "$0")/functions.sh"

source=$(cd "$here" && cd "${srcdir:-$(dirname "$0")/../..}" && pwd)
samples=$source/samples
client=c0000201 # addresses in hex; the tests below change them
server=c0000202
port=4000
shift_server=0 # what its numbers are shifted by
id=0

# say DIRECTION FLAGS SEQ ACK [PAYLOAD]: an IPv4 packet in hex between $client:$port and $server:80.
say() {
    local from=$client to=$server ports payload=${5:-} ip tcp length seq=$3 ack=$4
    ports=$(printf '%04x%04x' "$port" 80)
    if [ "$1" = '<' ]; then
        from=$server to=$client ports=$(printf '%04x%04x' 80 "$port") seq=$((seq + shift_server))
    elif [ "$ack" -ne 0 ]; then
        ack=$((ack + shift_server))
    fi
    length=$((${#payload} / 2))
    ip=$(printf '4500%04x%04x40004006' $((40 + length)) "$id")
    ip=$ip$(checksum "${ip}0000$from$to")$from$to
    tcp=$(printf '%s%08x%08x50%02x2000' "$ports" "$seq" "$ack" "$2")
    tcp=$tcp$(checksum "$from$to$(printf '0006%04x' $((20 + length)))${tcp}00000000$payload")0000$payload
    printf '%s' "$ip$tcp"
}

# at MILLISECONDS DIRECTION FLAGS SEQ ACK [PAYLOAD]: the record of such a packet, at $delay after that.
delay=0
at() {
    local time=$(($1 + delay))
    id=$((id + 1))
    case ${drop:-} in *" $id "*) return ;; esac # what this capture lacks
    record $((time / 1000)) $((time % 1000 * 1000)) "$(say "${@:2}")"
}

# test_run OUT: a connection, eight octets from the client in two segments, four back; $drop names packets by number
# that the capture lacks, $joined puts the client's segments together. At another point client and server are as far
# away as $to_client and $to_server say, in milliseconds.
to_client=10
to_server=10
test_run() {
    id=0
    {
        printf '%s' "$pcap_header"
        at $((0 + to_client)) '>' 2 1000 0
        at $((20 + to_client + 2 * to_server)) '<' 18 5000 1001
        at $((20 + 3 * to_client + 2 * to_server)) '>' 16 1001 5001
        if [ -n "${joined:-}" ]; then
            at $((1100 + to_client)) '>' 24 1001 5001 6162636465666768
            id=$((id + 1))
        else
            at $((1100 + to_client)) '>' 24 1001 5001 61626364
            at $((1101 + to_client)) '>' 24 1005 5001 65666768
        fi
        at $((1140 + to_client)) '<' 16 5001 1009
        at $((1141 + to_client)) '<' 24 5001 1009 6f6b6179
        at $((1180 + to_client)) '>' 16 1009 5005
        at $((1300 + to_client)) '>' 17 1009 5005
        at $((1340 + to_client)) '<' 17 5005 1010
        at $((1380 + to_client)) '>' 16 1010 5006
    } >hexadecimal
    hex "$(cat hexadecimal)" >"$1"
}

# --- the same, and not ---
run diff "$samples/abort.pcap" "$samples/abort.pcap"
expect 'the same' 0 err empty out '^1 connection in both: 0 differ; 0 only in the first, 0 only in the second$'
test_run before.pcap
drop=' 9 10 11 ' test_run after.pcap
run diff before.pcap after.pcap
expect 'a close that is missing' 1 out '^#1 and #1  192.0.2.1:4000 > 192.0.2.2:80$' out '^    teardown.outcome' \
    out '^ +- graceful' out '^ +\+ none' out '^    client.path' out '1 differs'
run diff --format json before.pcap after.pcap
expect 'JSON' 1 out '"schema": "finwait-diff/1"' out '"matched_by": "addresses"' out '"different": 1' \
    out '"member": "teardown.outcome", "a": "graceful", "b": "none"'
if command -v python3 >python.path; then
    python3 -m json.tool out >err 2>&1 && status=0 || status=$?
    expect 'JSON can be parsed' 0
fi

# --- matching ---
port=4001 test_run port.pcap
run diff before.pcap port.pcap
expect 'another port, the same numbers' 0 out '1 connection in both: 0 differ'
client=c6336401 test_run nat.pcap
run diff before.pcap nat.pcap
expect 'another address, the same numbers' 0 out '1 connection in both: 0 differ'
client=c6336401 drop=' 9 10 11 ' test_run nat.pcap
run diff before.pcap nat.pcap
expect 'a NAT between' 1 out 'matched by sequence numbers: other addresses in the second'
run diff --format json before.pcap nat.pcap
expect 'a NAT between, in JSON' 1 out '"matched_by": "numbers"' out '"two_points": true'
client=c6336401 shift_server=5000 test_run strange.pcap
run diff strange.pcap before.pcap
expect 'two that have nothing in common' 1 out 'only in the first capture$' out 'only in the second capture$' \
    out '0 connections in both: 0 differ; 1 only in the first, 1 only in the second'
{ printf '%s' "$pcap_header" && connection 4000 1 && connection 4001 2; } >hexadecimal
hex "$(cat hexadecimal)" >two.pcap
{ printf '%s' "$pcap_header" && connection 4000 1; } >hexadecimal
hex "$(cat hexadecimal)" >one.pcap
run diff two.pcap one.pcap
expect 'one that is missing' 1 out '^#8  192.0.2.1:4001 > 192.0.2.2:80  only in the first capture$'

# --- times: another run of the same test has other numbers ---
shift_server=5000 test_run other.pcap
run diff before.pcap other.pcap
expect 'another run' 0 out '0 differ'
shift_server=5000 to_server=400 test_run slow.pcap
run diff before.pcap slow.pcap
expect 'a slower run' 1 out '^    handshake.rtt_server$' out '^ +- 40.000 ms' out '^ +\+ 820.000 ms' out '1 differs'
run diff --tolerance 100 before.pcap slow.pcap
expect 'within the tolerance' 0
run diff --tolerance much one.pcap slow.pcap
expect 'no number' 2 err '[-]-tolerance'

# --- two points of one path: the first is near the client, the second near the server ---
to_client=1 to_server=19 test_run near-client.pcap
to_client=19 to_server=1 test_run near-server.pcap
run diff near-client.pcap near-server.pcap
expect 'nothing lost' 0 out '0 differ'
to_client=19 to_server=1 drop=' 11 ' test_run lossy.pcap
run diff near-client.pcap lossy.pcap
expect 'the last ACK lost' 1 out "client's ACK of 0 octets, frame 11 of the first capture, was lost between the points" \
    out 'client: .* from the first point, .* from the second'
to_client=19 to_server=1 drop=' 5 ' test_run lossy.pcap
run diff near-client.pcap lossy.pcap
expect 'data lost' 1 out "client's PSH ACK of 4 octets, frame 5 of the first capture, was lost between the points"
run diff lossy.pcap near-client.pcap
expect 'seen from the other end' 1 out "frame 5 of the second capture, was lost between the points"
to_client=1 to_server=19 drop=' 5 ' test_run lossy.pcap
run diff lossy.pcap near-server.pcap
expect 'what only the far point has' 1 out "frame 5 of the second capture, was not recorded in the first"
run diff --format json lossy.pcap near-server.pcap
expect 'the same in JSON' 1 out '"seen": "b"' out '"where": "not-captured"' \
    out '"frame": 5' out '"segment": "PSH ACK"' out '"relative_seq": 5' out '"length": 4' out '"lost_count": 1'
to_client=19 to_server=1 joined=yes test_run joined.pcap
run diff near-client.pcap joined.pcap
expect 'put together on the way' 0 out '0 differ'
run diff joined.pcap near-client.pcap
expect 'split on the way' 0 out '0 differ'
drop=' 5 ' test_run lossy.pcap
run diff before.pcap lossy.pcap
expect 'which point is nearer is not known' 1 out 'frame 5 of the first capture, is not in the second'

# --- what is not there, and what is not known ---
run diff "$samples/abort.pcap" "$samples/refused.pcap"
sed -n '/teardown.time_wait/,+2p' out >time-wait
expect 'none is told from unknown' 1 time-wait '^      - none$' time-wait '^      \+ unknown$'

# --- what cannot be done ---
run diff one.pcap
expect 'one capture' 2 err 'diff compares two captures, and 1 was named'
run diff one.pcap two.pcap other.pcap
expect 'three captures' 2 err '3 were named'
run diff one.pcap nowhere.pcap
expect 'no such capture' 2 out empty err 'nowhere.pcap: cannot be opened: No such file'
mkdir folder
cp one.pcap folder
run diff folder one.pcap
expect 'a directory' 2 out empty err '^finwait: folder: is a directory, and diff compares one capture with another$'
head -c 100 one.pcap >cut.pcap
run diff one.pcap cut.pcap
expect 'half a capture' 2 err 'cut.pcap: '
run diff --format tap one.pcap two.pcap
expect 'a format of check' 2 err "'tap'"
"$finwait" diff one.pcap two.pcap >/dev/full 2>err && status=0 || status=$?
expect 'a full disk' 2 err 'No space left'
run diff -o one.pcap one.pcap two.pcap
expect 'over a capture' 2 err 'one.pcap'
finish
