#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# Watching interfaces: in a network namespace of its own, whose only traffic is this test's. What needs no interface is
# tried everywhere; the rest is skipped, with a word, where no namespace can be made.
# shellcheck source=tests/cli/functions.sh
source=$(cd "$(dirname "$0")/../.." && pwd) || exit 1
if [ -z "${FINWAIT_TEST_NAMESPACE:-}" ]; then
    export FINWAIT_TEST_NAMESPACE=none
    for way in -n -rn; do
        if unshare $way true 2>/dev/null; then
            FINWAIT_TEST_NAMESPACE=own exec unshare $way --kill-child -- "$0" "$@"
        fi
    done
fi
# shellcheck source=tests/cli/functions.sh
. "$source/tests/cli/functions.sh"

first=$(connection 40001 100)
hex "$pcap_header$first" >first.pcap

# --- arguments ---
run --duration 5 first.pcap
expect 'a duration of a file' 2 out empty err '^finwait: --duration goes with -i$'
run --append -o report first.pcap
expect 'a report of a file behind another' 2 out empty err '^finwait: --append goes with -i$'
run -i lo --append --format json -o report
expect 'a document behind another' 2 out empty err '^finwait: --append goes with --format text and ndjson'
run -i lo -r first.pcap
expect 'an interface and a file' 2 out empty err '-i watches an interface, and first.pcap is a file'
run -i lo --merge
expect 'an interface that is merged' 2 out empty err '--merge does not go with -i'
run -i lo --end-time 5
expect 'an interface with an end' 2 out empty err '--end-time does not go with -i'
run -i lo bad filter
expect 'a filter that is none' 2 out empty err 'filter'
run -i lo -c 0
expect 'no frame at all' 2 out empty err '^finwait: -c: '
run -i lo -w -
expect 'frames and report to one place' 2 out empty err '^finwait: -w - writes frames'
run -i lo -i lo
expect 'an interface twice' 2 out empty err '^finwait: -i lo is given twice: each of its frames would be seen twice$'
run -i any -i lo
expect 'any and one of it' 2 out empty err '^finwait: -i any takes the frames of all interfaces: no other -i goes with it$'
run -i lo -i any
expect 'one and any' 2 out empty err '^finwait: -i any takes the frames of all interfaces: no other -i goes with it$'
run -i
expect 'no interface named' 2 out empty err '-i needs an argument'

if [ "$FINWAIT_TEST_NAMESPACE" != own ]; then
    echo 'live: no network namespace can be made here (unshare -n, unshare -rn): only arguments were tried'
    [ "$failed" -eq 0 ] && exit 77
    finish
fi
for tool in ip python3 tcpdump; do
    command -v $tool >/dev/null || { echo "live: no $tool here: only arguments were tried"; exit 77; }
done
ip link set lo up
# In a user namespace there is nobody else to become.
own=()
[ "$(awk '{ print $3 }' /proc/self/uid_map)" != 1 ] || own=(-Z root)
: >probe
if ! timeout 10 "$finwait" "${own[@]}" -i lo --duration 0.1 >/dev/null 2>probe && grep -q 'not permitted' probe; then
    echo 'live: no packet socket can be opened here: only arguments were tried'
    exit 77
fi

# talk COUNT [PORT]: so many connections over lo that open, speak and close properly.
talk() {
    python3 - "$@" <<'PYTHON'
import socket, sys
listener = socket.create_server(("127.0.0.1", int(sys.argv[2]) if len(sys.argv) > 2 else 0), backlog=64)
for _ in range(int(sys.argv[1])):
    near = socket.create_connection(listener.getsockname())
    far, _ = listener.accept()
    near.sendall(b"ping"); far.recv(9); far.sendall(b"pong"); near.recv(9)
    near.close(); far.recv(9); far.close()
PYTHON
}

# sockets: how many packet sockets there are in this namespace.
sockets() {
    wc -l </proc/self/net/packet
}

# listens COUNT: returns when there is one more than so many, or after ten seconds.
listens() {
    for _ in $(seq 100); do
        [ "$(sockets)" -le "$1" ] || break
        sleep 0.1
    done
    sleep 0.3 # for its filter and its sandbox
}

# watch ARGUMENT...: starts finwait, and returns when it listens: lines to the file lines, the rest to the file err.
watch() {
    local before
    before=$(sockets)
    : >lines
    env --default-signal=INT,HUP "$finwait" "${own[@]}" "$@" >lines 2>err </dev/null &
    child=$!
    listens "$before"
}

# confined: returns when what was started has its filter and its sandbox, or after three seconds where it takes none.
confined() {
    for _ in $(seq 30); do
        ! grep -q '^Seccomp:[[:space:]]*2' "/proc/$child/status" 2>/dev/null || return 0
        sleep 0.1
    done
}

# await PATTERN FILE: for at most ten seconds.
await() {
    for _ in $(seq 100); do
        grep -Eq -e "$1" "$2" && return
        sleep 0.1
    done
    fail "waited in vain for $1 in $2"
}

# stop SIGNAL: ends it; leaves status and out.
stop() {
    kill -"$1" $child 2>/dev/null
    status=0
    wait $child || status=$?
    cp lines out
}

# without_times FILE: what does not depend on when each of two taps says that a frame passed.
without_times() {
    python3 - "$1" <<'PYTHON'
import json, re, sys
def bare(value):
    if isinstance(value, dict):
        return {n: bare(v) for n, v in value.items() if not re.search("_ns$|_time$", n)}
    if isinstance(value, list):
        return [bare(v) for v in value]
    return re.sub(r"[0-9.]+ [mµ]?s\b", "TIME", value) if isinstance(value, str) else value
for line in open(sys.argv[1], encoding="utf-8"):
    print(json.dumps(bare(json.loads(line))))
PYTHON
}

# same WHAT CAPTURE [OPTION]...: what was told live is what the file tells, but for what is said of the capture itself.
# The file comes through a pipe: what it tells of is in the order in which it happened.
same() {
    local what=$1 capture=$2 end
    shift 2
    end=$(sed -n 's/^{"type":"summary",.*"end_time":"\([^"]*\)".*/\1/p' out)
    "$finwait" --format ndjson "$@" --end-time "$end" - 2>&1 < <(cat "$capture") | grep -v '^{"type":"capture"' >from-file
    grep -v '^{"type":"capture"' out >from-live
    case $capture in
    *.pcap) # of another program: the latest deadline is not the same to the nanosecond
        "$finwait" --format ndjson "$@" --end-time 3000 - 2>&1 < <(cat "$capture") | grep -v '^{"type":"capture"' >from-file
        without_times from-live >live && mv live from-live
        without_times from-file >file && mv file from-file
        ;;
    esac
    if [ -n "$end" ] && cmp -s from-live from-file; then
        passed=$((passed + 1))
    else
        fail "$what: live and file differ"
        diff from-live from-file | cut -c 1-400 | head -n 8
    fi
}

run -D
expect 'the list of interfaces' 0 err empty out '^[0-9]+\. lo +up, loopback 127\.0\.0\.1 ::1' out '^[0-9]+\. any '
run -i nowhere
expect 'no such interface' 2 out empty err '^finwait: nowhere: there is no such interface; finwait -D lists them$'
run -D
number=$(sed -n 's/^\([0-9]*\)\. lo .*/\1/p' out)
run "${own[@]}" -i "$number" -i lo
expect 'an interface by its number is the one that has the name' 2 out empty err '^finwait: -i lo is given twice'
run "${own[@]}" --summary -i "$number" --duration 0.1 port 1
expect 'an interface by its number' 0 err empty out '^lo +0 frames'
for none in 0 999; do
    run "${own[@]}" -i $none
    expect "no interface has the number $none" 2 out empty err "^finwait: -i $none: no interface has that number; finwait -D lists them\$"
done
run "${own[@]}" -i lo --connection 1 --duration 0.1 port 1
expect 'a connection that did not come' 2 err '^finwait: --connection 1: no connection begins with that frame$'
if [ "$(id -u)" -eq 0 ] && setpriv --reuid 65534 --regid 65534 --clear-groups --bounding-set -all true 2>/dev/null; then
    status=0
    cp "$finwait" program && chmod 755 program . && chmod o+x . 2>/dev/null
    setpriv --reuid 65534 --regid 65534 --clear-groups --bounding-set -all --inh-caps -all \
        "$PWD/program" -i lo --duration 1 >out 2>err || status=$?
    expect 'no right to capture' 2 out empty err '^finwait: lo: capturing is not permitted.*setcap cap_net_raw.*chgrp GROUP'
    rm -f program
fi

# --- the same as from a file ---
options=(--events --msl 0.2)
tcpdump -i lo -n -p -U -s 2000 --immediate-mode --time-stamp-precision=nano -Z root -w seen.pcap tcp >/dev/null 2>tcpdump.err &
tcpdump=$!
for _ in $(seq 50); do grep -q 'listening' tcpdump.err && break; sleep 0.1; done
watch -i lo --format ndjson "${options[@]}" -s 0 --all -w saved.pcapng tcp
talk 5
# 2MSL passes without a frame: every connection is told of while nothing happens.
for _ in $(seq 100); do [ "$(grep -c '^{"type":"connection"' lines)" -eq 5 ] && break; sleep 0.1; done
[ "$(grep -c '^{"type":"connection".*"end":"closed"' lines)" -eq 5 ] && passed=$((passed + 1)) || fail 'time passes without frames'
kill -0 $child && stop INT
expect 'a signal is the usual end' 0 err empty out '^\{"type":"summary".*"interrupted":false\}$'
sleep 0.3
kill -INT $tcpdump 2>/dev/null
wait $tcpdump 2>/dev/null
same 'closed connections, saved frames' saved.pcapng "${options[@]}"
if grep -q listening tcpdump.err; then
    same 'closed connections, frames of tcpdump' seen.pcap "${options[@]}"
else
    echo "live: tcpdump did not start here: $(cat tcpdump.err)"
fi
grep -q '"end_time"' out && [ "$(grep -o '"last_time":"[^"]*"' out | tail -n 1 | cut -d '"' -f 4)" \< \
    "$(grep -o '"end_time":"[^"]*"' out | cut -d '"' -f 4)" ] && passed=$((passed + 1)) || fail 'END is the latest deadline'

# A page of what passed by is written when it ends.
watch -i lo --format html -w saved.pcapng -o page.html tcp
talk 3
sleep 0.5
stop INT
expect 'a page' 0 out empty page.html '^</html>$'
"$source/tests/page/rebuild" page.html >page.json && python3 - page.json >out 2>&1 <<'PYTHON' && passed=$((passed + 1)) || fail 'the page holds what passed by'
import json, sys
report = json.load(open(sys.argv[1], encoding="utf-8"))
assert report["summary"]["connections"] == len(report["connections"]) == 3, report["summary"]
assert all(connection["handshake"]["outcome"] == "complete" for connection in report["connections"])
PYTHON

# What is open when it stops.
watch -i lo --format ndjson -w saved.pcapng --all
python3 -c 'import socket, time
listener = socket.create_server(("127.0.0.1", 0)); near = socket.create_connection(listener.getsockname()); time.sleep(0.3)
near.sendall(b"x"); print("sent", flush=True); time.sleep(60)' >said &
talker=$!
await '^sent' said
sleep 0.3
stop TERM
kill $talker
expect 'open connections' 0 err empty out '"type":"connection".*"end":"capture-end"'
same 'open connections' saved.pcapng
wait

# --- ends ---
watch -i lo --format ndjson -c 10
talk 2
await '"type":"summary"' lines
stop 0
expect 'ten frames' 0 err empty out '^\{"type":"summary","frames":10,'
run "${own[@]}" -i lo --duration 0.5 udp
expect 'half a second' 0 err empty out '^lo +0 frames' out '^findings'
watch -i lo --summary
talk 1
stop INT
expect 'a summary only' 0 err empty out '!127\.0\.0\.1' out '^handshakes +1 complete$'
watch -i lo
talk 1
stop INT
expect 'lines for people' 0 err empty out '^20..-..-..T.*  #1  127\.0\.0\.1:[0-9]+ → .*  capture-end: complete in ' \
    out '!checksum-offload *The' out '^teardowns +1 graceful$'
watch -i lo -s 64 --format ndjson
talk 1
stop INT
expect 'a short snapshot' 0 err empty out '"snaplen":64' out '"teardown":\{"outcome":"graceful"'

# --- signals ---
watch -i lo --format ndjson -o report -Z root
talk 1
kill -USR1 $child
await '^finwait: lo: .* frames, .* open' err
mv report older
kill -HUP $child
for _ in $(seq 30); do [ -e report ] && break; sleep 0.1; done
stop INT
cp report out
expect 'the report goes on in a new file' 0 err 'dropped: 0' older '"type":"report"' out '"type":"summary"' out '!"type":"report"'
# Frames go into a new file too, which is a capture of its own.
watch -i lo -o report -Z root --all -w saved.pcapng
talk 2
sleep 0.5
mv saved.pcapng older.pcapng
kill -HUP $child
for _ in $(seq 30); do [ -s saved.pcapng ] && break; talk 1; sleep 0.3; done
talk 1 # what made the file appear may have been its first block, which comes before any frame
sleep 0.5
stop INT
expect 'frames go on in a new file' 0 err empty
for capture in older saved; do
    run --summary $capture.pcapng
    expect "a whole capture: $capture" 0 err empty out '[1-9][0-9]* TCP segments'
done
# A second run goes on behind what the first has written.
for _ in 1 2; do
    watch -i lo -o runs -Z root --append --format ndjson --all -w runs.pcapng
    talk 1
    stop INT
done
run --summary runs.pcapng
expect 'frames behind frames' 0 err empty out ' 2 connections'
[ "$(grep -c '^{"type":"summary"' runs)" -eq 2 ] || fail 'a report behind a report'
# A document is not cut in two; what another program cuts short goes on at its new end.
watch -i lo --format json -o report -Z root
talk 1
kill -HUP $child
await 'one document' err
stop INT
cp report out
expect 'one document stays in one file' 0 err '^finwait: report: is one document, and is written on$' out '^\{"schema"' out '"summary"'
watch -i lo --msl 0.1 -o report -Z root
talk 2
await 'closed: complete' report
cp report older
: >report
stop INT
[ "$(tr -d '\0' <report | wc -c)" -eq "$(wc -c <report)" ] || fail 'a file that was cut short has a hole'
# A pipe whose reader has gone is not waited for. What others send over this interface would be written to it.
mkfifo waiting
cat waiting >/dev/null &
reader=$!
watch -i lo --format ndjson -o waiting -Z root 'tcp port 1'
kill $reader
wait $reader 2>/dev/null
kill -HUP $child
await 'cannot be opened anew' err
kill -0 $child 2>/dev/null || fail 'a pipe without a reader ends it'
timeout 60 cat waiting >/dev/null &
reader=$!
kill -HUP $child
sleep 0.5
stop INT
wait $reader
expect 'a pipe that has no reader for a while' 0 err '^finwait: waiting: cannot be opened anew, and is written on: No such device or address$'
# Sides by state: of three connections one is closed by one side, and then by the other.
watch -i lo --format ndjson
python3 - >said <<'PYTHON' &
import socket, time
listener = socket.create_server(("127.0.0.1", 0))
near, far = [], []
for _ in range(3):
    near.append(socket.create_connection(listener.getsockname()))
    far.append(listener.accept()[0])
    near[-1].sendall(b"ping"); far[-1].recv(9); far[-1].sendall(b"pong"); near[-1].recv(9)
near[0].close()
far[0].recv(9)
print("half closed", flush=True); time.sleep(2)
far[0].close()
print("closed", flush=True); time.sleep(60)
PYTHON
talker=$!
await '^half closed' said
sleep 0.7
kill -USR1 $child
await ' 3 open, 0 over  sides: 4 ESTABLISHED, 1 FIN_WAIT_2, 1 CLOSE_WAIT$' err
await '^closed' said
sleep 0.7
kill -USR1 $child
await ' 3 open, 0 over  sides: 1 CLOSED, 4 ESTABLISHED, 1 TIME_WAIT$' err
stop INT
kill $talker
wait $talker 2>/dev/null
expect 'how many sides are in which state' 0 out '"type":"summary"'
watch -i lo
stop HUP
expect 'a terminal that goes ends it' 0 err empty out '^lo +0 frames'

# --- output that is blocked, or gone ---
mkfifo pipe
python3 -c 'import time; time.sleep(30)' <pipe &
sleeper=$!
status=0
before=$(sockets)
"$finwait" "${own[@]}" -i lo --format ndjson --events --output-wait 0.5 >pipe 2>err &
child=$!
listens "$before"
talk 100
wait $child || status=$?
kill $sleeper
wait $sleeper 2>/dev/null
: >out
expect 'a reader that does not read' 2 \
    err '^finwait: standard output: blocked for 0\.5 s: the report ends here; lost: [0-9]+ bytes of it .line ends: [0-9]+., [0-9]+ connections'
# lost: the connections that the last run's message counts: a line of text each, and those that were not told of.
lost() {
    sed -n 's/.*(line ends: \([0-9]*\)), \([0-9]*\) connections that it does not tell of, and \([0-9]*\) frames.*/\1 \2 \3/p' err |
        { read -r lines untold dropped && echo $((lines + untold)) "$dropped"; }
}
# A pipe that is full from the beginning: what is lost is everything. Those that are open, those that have just ended.
python3 -c 'import os, time
pipe = os.open("pipe", os.O_RDWR | os.O_NONBLOCK)
try:
    while True: os.write(pipe, bytes(4096))
except BlockingIOError: pass
print("full", flush=True); time.sleep(60)' >said &
sleeper=$!
await '^full' said
for options in '--msl 0.2' '--msl 30'; do
    status=0
    before=$(sockets)
    # shellcheck disable=SC2086 # words
    env --default-signal=INT,HUP "$finwait" "${own[@]}" -i lo --output-wait 0.5 $options tcp >pipe 2>err &
    child=$!
    listens "$before"
    talk 7
    [ "$options" = '--msl 30' ] && sleep 0.7 || sleep 3 # until it has told of them, a second late, and has waited
    kill -INT $child 2>/dev/null
    wait $child || status=$?
    : >out
    expect "a pipe that is full, $options" 2 err '^finwait: standard output: blocked for 0\.5 s: the report ends here; lost:'
    echo "$(lost)" >out
    case $options in
    *0.2) expect 'closed connections are counted that are lost' 2 out '^7 0$' ;;
    *) expect 'open connections are counted that are lost' 2 out '^([7-9]|[12][0-9]) 0$' ;; # and lines of the totals
    esac
done
kill $sleeper
wait $sleeper 2>/dev/null
# A second signal does not wait for the reader either.
python3 -c 'import time; time.sleep(60)' <pipe &
sleeper=$!
status=0
before=$(sockets)
env --default-signal=INT,HUP "$finwait" "${own[@]}" -i lo --format ndjson --events --output-wait 50 >pipe 2>err &
child=$!
listens "$before"
talk 100
sleep 0.5
kill -INT $child
sleep 0.5
kill -0 $child 2>/dev/null || fail 'the first signal ends what is blocked'
kill -INT $child
wait $child || status=$?
kill $sleeper
wait $sleeper 2>/dev/null
: >out
expect 'a second signal ends it at once' 130 out empty
status=0
before=$(sockets)
{ "$finwait" "${own[@]}" -i lo --format ndjson 2>err || echo $? >status; } | head -n 1 >/dev/null &
listens "$before"
talk 3
wait
status=$(cat status)
expect 'a reader that is gone' 2 err '^finwait: standard output: Broken pipe: the report ends here; lost: .* [1-3] connections that it does not'
if [ -c /dev/full ]; then
    status=0
    before=$(sockets)
    "$finwait" "${own[@]}" -i lo --format ndjson -o /dev/full -w saved.pcapng >out 2>err &
    child=$!
    listens "$before"
    talk 3
    wait $child || status=$?
    expect 'a full disk' 2 out empty err '^finwait: /dev/full: No space left on device: the report ends here; lost: [1-9]'
    # Few frames are written by a flush alone: no other may come behind it, or many.
    watch -i lo --format ndjson --all -w /dev/full --duration 60
    talk 1
    status=0
    before=$SECONDS
    wait $child || status=$?
    cp lines out
    expect 'a full disk for few frames' 2 err '^finwait: /dev/full: No space left on device$' \
        err '^finwait: /dev/full: frames are missing' out '^\{"type":"summary"'
    [ $((SECONDS - before)) -lt 30 ] || fail 'a full disk is noticed without another frame'
    watch -i lo --format ndjson --all -w /dev/full --duration 20
    talk 1
    sleep 0.5
    talk 1
    status=0
    wait $child || status=$?
    cp lines out
    expect 'a full disk for more frames' 2 err '^finwait: /dev/full: No space left on device$' out '^\{"type":"summary"'
fi

# --- interfaces ---
if ip link add finwait0 type veth peer name finwait1 2>/dev/null; then
    ip link set finwait0 up && ip link set finwait1 up
    for end in 'set finwait0 down' 'delete finwait0'; do
        watch -i finwait0 --format ndjson
        confined # an interface that goes before is no interface to listen on
        # shellcheck disable=SC2086 # words
        ip link $end
        await '"type":"summary"' lines
        stop 0
        expect "an interface that goes: $end" 2 err '^finwait: finwait0: .*(interface|device|etwork).*(down|gone|disappeared|removed)' \
            out '"error":\{"offset":null,"message":"' out '^\{"type":"summary"'
        ip link set finwait0 up 2>/dev/null
    done
    ip link add finwait0 type veth peer name finwait1 2>/dev/null
    ip addr add 192.0.2.1/24 dev finwait0 && ip link set finwait0 up && ip link set finwait1 up
    watch -i lo -i finwait0 --format ndjson -w saved.pcapng --all
    talk 2
    python3 -c 'import socket; s = socket.socket(); s.settimeout(0.3)
try: s.connect(("192.0.2.1", 9))
except OSError: pass'
    talk 2
    stop INT
    expect 'two interfaces' 0 err empty out '"path":"lo,finwait0"' out '"name":"finwait0"'
    same 'two interfaces' saved.pcapng
    run --format json saved.pcapng
    expect 'two interfaces, in order of time' 0 err empty out '!capture-timestamp-backward'
fi

# --- what the kernel is asked for ---
if ip link show finwait0 >/dev/null 2>&1; then
    # Frames that may hold TCP, one each, and then those that may not; python3 sends them out of the other end.
    cat >send.py <<'PYTHON'
import socket, struct, sys
wire = socket.socket(socket.AF_PACKET, socket.SOCK_RAW)
wire.bind(("finwait1", 0))
def ip(protocol, payload, fragment=0):
    return struct.pack(">BBHHHBBH4s4s", 0x45, 0, 20 + len(payload), 1, fragment, 64, protocol, 0, b"\xc6\x33\x64\x01", b"\xc6\x33\x64\x02") + payload
def ip6(protocol, payload):
    return struct.pack(">IHBB", 6 << 28, len(payload), protocol, 64) + bytes(15) + b"\1" + bytes(15) + b"\2" + payload
def udp(port, payload=b""):
    return struct.pack(">HHHH", 5000, port, 8 + len(payload), 0) + payload
def ethernet(kind, payload):
    return bytes.fromhex("020000000001020000000002") + struct.pack(">H", kind) + payload
def tag(kind, payload, number=7):
    return struct.pack(">HH", number, kind) + payload
syn = struct.pack(">HHIIBBHHH", 1234, 80, 1, 0, 0x50, 2, 1000, 0, 0)
plain, six = ip(6, syn), ip6(6, syn)
inside = ethernet(0x800, plain)
wanted = {
    "IPv4": ethernet(0x800, plain), "IPv6": ethernet(0x86dd, six), "a later fragment": ethernet(0x800, ip(6, syn, 3)),
    "behind hop-by-hop options": ethernet(0x86dd, ip6(0, bytes([6, 0]) + bytes(6) + syn)),
    "an IPv6 fragment": ethernet(0x86dd, ip6(44, bytes([6]) + bytes(7) + syn)),
    "an ICMP error": ethernet(0x800, ip(1, bytes([3, 1]) + bytes(6) + plain)),
    "an ICMPv6 error": ethernet(0x86dd, ip6(58, bytes([1, 0]) + bytes(6) + six)),
    "a VLAN": ethernet(0x8100, tag(0x800, plain)), "IPv6 in a VLAN": ethernet(0x8100, tag(0x86dd, six)),
    "a VLAN in a VLAN": ethernet(0x88a8, tag(0x8100, tag(0x800, plain))),
    "two VLANs of one kind": ethernet(0x8100, tag(0x8100, tag(0x800, plain))),
}
tunnels = {
    "GRE": ethernet(0x800, ip(47, struct.pack(">HH", 0, 0x800) + plain)), "IP in IP": ethernet(0x800, ip(4, plain)),
    "IPv6 in IP": ethernet(0x800, ip(41, six)), "IP in IPv6": ethernet(0x86dd, ip6(4, plain)),
    "VXLAN": ethernet(0x800, ip(17, udp(4789, b"\x08" + bytes(7) + inside))),
    "VXLAN over IPv6": ethernet(0x86dd, ip6(17, udp(4789, b"\x08" + bytes(7) + inside))),
    "Geneve": ethernet(0x800, ip(17, udp(6081, bytes([0, 0, 8, 0]) + bytes(4) + plain))),
    "GTP-U": ethernet(0x800, ip(17, udp(2152, struct.pack(">BBHI", 0x30, 255, len(plain), 1) + plain))),
    "Teredo": ethernet(0x800, ip(17, udp(3544, six))), "MPLS": ethernet(0x8847, struct.pack(">I", 16 << 12 | 0x100 | 64) + plain),
    "PPPoE": ethernet(0x8864, struct.pack(">BBHHH", 0x11, 0, 1, len(plain) + 2, 0x21) + plain),
    "a later fragment of UDP": ethernet(0x800, ip(17, bytes(64), 5)),
    "a tunnel in a VLAN": ethernet(0x8100, tag(0x800, ip(4, plain))), "MPLS in a VLAN": ethernet(0x8100, tag(0x8847, struct.pack(">I", 16 << 12 | 0x100 | 64) + plain)),
}
others = {
    "ARP": ethernet(0x806, bytes(28)), "UDP": ethernet(0x800, ip(17, udp(53))), "a ping": ethernet(0x800, ip(1, bytes([8]) + bytes(7))),
    "a neighbour": ethernet(0x86dd, ip6(58, bytes([135]) + bytes(23))), "UDP in a VLAN": ethernet(0x8100, tag(0x800, ip(17, udp(53)))),
    "LLDP": ethernet(0x88cc, bytes(40)),
}
for frame in {"wanted": wanted, "tunnels": tunnels, "others": others}[sys.argv[1]].values():
    wire.send(frame)
print(len({"wanted": wanted, "tunnels": tunnels, "others": others}[sys.argv[1]]))
PYTHON
    for end in finwait0 finwait1; do
        echo 1 >/proc/sys/net/ipv6/conf/$end/disable_ipv6 2>/dev/null
        ip addr flush dev $end
        ip link set $end arp off up
    done
    sleep 0.3
    # asks WHAT KIND SENT OPTION...: of the frames of that kind so many are taken; all: all.
    asks() {
        local what=$1 kind=$2 taken=$3 sent
        shift 3
        watch -i finwait0 --format ndjson "$@"
        sent=$(python3 send.py "$kind")
        sleep 0.4
        stop TERM
        [ "$taken" != all ] || taken=$sent
        expect "$what" 0 err empty out "^\\{\"type\":\"summary\",\"frames\":$taken,"
    }
    asks 'the kernel is asked for TCP and errors about it' wanted all
    asks 'the same without tunnels' wanted all --no-tunnels
    asks 'the kernel is asked for tunnels' tunnels all
    grep -q '"connections":[1-9]' out || fail 'connections in tunnels'
    asks 'the kernel is not asked for tunnels' tunnels 0 --no-tunnels
    asks 'the kernel is not asked for what holds no TCP' others 0
    asks 'a filter takes the place of all that' others 1 arp
fi

# --- a terminal ---
python3 - "$finwait" "${own[@]}" >screen <<'PYTHON'
import os, pty, select, signal, sys, time
child, terminal = pty.fork()
if child == 0:
    signal.signal(signal.SIGINT, signal.SIG_DFL)  # whoever runs this in the background has it ignored
    os.execv(sys.argv[1], [*sys.argv[1:], "-i", "lo"])
shown, begun = b"", time.monotonic()
while time.monotonic() - begun < 2.5:
    if select.select([terminal], [], [], 0.1)[0]:
        shown += os.read(terminal, 4096)
os.kill(child, signal.SIGINT)
try:
    while True:
        shown += os.read(terminal, 4096)
except OSError:
    pass
_, status = os.waitpid(child, 0)
sys.stdout.buffer.write(shown)
sys.exit(os.waitstatus_to_exitcode(status))
PYTHON
status=$?
: >err
cp screen out
expect 'a line of status on a terminal' 0 err empty \
    out '1 s  [0-9]+ frames, [0-9]+/s  dropped: 0  longest pause: [0-9.]+ ms  findings: .* [0-9]+ open, [0-9]+ over' out ' 0 frames .* 0 TCP segments'

# --- rights ---
# The rights are given up behind the opening of the interface, which a busy machine may put off.
given_up() {
    local tries=0
    until grep -Eq '^NoNewPrivs:\s+1' /proc/$child/status || [ $((tries += 1)) -gt 100 ]; do
        sleep 0.1
    done
}
if [ "$(id -u)" -eq 0 ] && [ "$(cat /proc/self/uid_map | wc -l)" -eq 1 ] && [ "$(awk '{ print $3 }' /proc/self/uid_map)" -gt 65535 ]; then
    watch -i lo
    given_up
    grep -Eq '^CapEff:\s+0+$' /proc/$child/status && grep -Eq '^CapPrm:\s+0+$' /proc/$child/status &&
        grep -Eq "^Uid:\s+$(id -u nobody)\s+$(id -u nobody)\s+$(id -u nobody)" /proc/$child/status &&
        grep -Eq '^Groups:\s+'"$(id -g nobody)"'\s*$' /proc/$child/status && passed=$((passed + 1)) || {
        cat /proc/$child/status
        fail 'root becomes nobody'
    }
    grep -Eq '^NoNewPrivs:\s+1' /proc/$child/status && passed=$((passed + 1)) || fail 'no new rights'
    stop INT
    SUDO_UID=1 SUDO_GID=1 watch -i lo
    given_up
    grep -Eq '^Uid:\s+1\s' /proc/$child/status && passed=$((passed + 1)) || fail 'root becomes who called sudo'
    stop INT
    watch -i lo -Z daemon
    given_up
    grep -Eq "^Uid:\s+$(id -u daemon)\s" /proc/$child/status && passed=$((passed + 1)) || fail 'root becomes the user of -Z'
    stop INT
    expect 'another user' 0 err empty
    # Who it has become may not make a file in a directory of root's: the old one is written on.
    mkdir roots
    watch -i lo --msl 0.1 -o roots/report
    mv roots/report roots/older
    kill -HUP $child
    await 'see -Z' err
    talk 2
    await 'closed: complete' roots/older
    stop INT
    cp roots/older out
    expect 'a file that may not be made' 0 out '^findings' \
        err '^finwait: roots/report: cannot be opened anew with the rights that were kept \(see -Z\), and is written on: Permission denied$'
    run -i lo -Z no-such-user --duration 1
    expect 'no such user' 2 out empty err '^finwait: -Z no-such-user: there is no such user$'
    FINWAIT_DEBUG=1 watch -i lo
    stop INT
    expect_sandbox
    expect 'the sandbox is on' 0 err "$in_force"
fi

# --- frames of connections with findings only ---
watch -i lo --format ndjson -w findings.pcapng
talk 3
python3 -c 'import socket, struct
listener = socket.create_server(("127.0.0.1", 0)); near = socket.create_connection(listener.getsockname()); far, _ = listener.accept()
near.sendall(b"x"); far.recv(9); near.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0)); near.close()'
stop INT
expect 'frames of connections with findings' 0 err empty
run --min-severity warning findings.pcapng
expect 'the frames of the reset are there' 0 err empty out 'rst-abort'

finish
