#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# -w: the frames of connections, saved as pcapng with comments.
source=$(cd "$(dirname "$0")/../.." && pwd) || exit 1
# shellcheck source=tests/cli/functions.sh
. "$source/tests/cli/functions.sh"

first=$(connection 40001 100)
second=$(connection 40002 101)
refused=$(record 102 0 "$(packet '>' 40003 2 1000 0)")$(record 102 500 "$(packet '<' 40003 20 0 1001)")
# Frames 1 to 3 and 6 to 9 of the first connection, 4 and 5 refused, then the second.
hex "$pcap_header${first:0:336}$refused${first:336}$second" >three.pcap
hex "$pcap_header$first" >left.pcap
hex "$pcap_header$refused" >right.pcap

# reread: reports on what was saved, into the file again; its connections without numbers, which frames got anew.
reread() {
    "$finwait" --format json saved.pcapng >again 2>&1
}

run --summary --only syn-refused -w saved.pcapng three.pcap
expect 'the connections with a finding' 0 err empty saved.pcapng 'finwait: #4 frame 4: the first frame of this connection' \
    saved.pcapng 'finwait: #4 frame 5: warning syn-refused: '
reread
expect 'only these' 0 again '"format": ?"pcapng"' again '"frames": ?2,' again '"port": ?40003' again '!"port": ?4000[12]' \
    again '"first_time": ?"1970-01-01T00:01:42\.000000000Z"' again '"last_time": ?"1970-01-01T00:01:42\.000500000Z"' \
    again '"link_types": ?\["RAW"\]' again '"snaplen": ?65535'
run --summary --connection 10 -w saved.pcapng three.pcap
reread
expect 'one connection' 0 err empty again '"frames": ?7,' again '"port": ?40002' again '!"port": ?4000[13]'
run --summary --connection 1 --min-severity error -w saved.pcapng three.pcap
reread
expect 'interleaved frames, no finding' 0 err empty again '"frames": ?7,' again '"port": ?40001' \
    saved.pcapng '!notice|mss-missing'
run --summary --all -w saved.pcapng three.pcap
reread
expect 'every connection' 0 err empty again '"frames": ?16,'
run --summary --min-severity error -w saved.pcapng three.pcap
reread
expect 'no connection' 0 err empty again '"frames": ?0,' again '"error": ?null'
run --summary --all -w saved.pcapng -f 'tcp port 40003' three.pcap
reread
expect 'with a filter' 0 err empty again '"frames": ?2,'

run --summary --all -w saved.pcapng left.pcap right.pcap
cp saved.pcapng whole.pcapng
reread
expect 'of several files' 0 err empty again '"frames": ?9,' again '"port": ?40001' again '"port": ?40003'
run --summary --all --merge -w saved.pcapng right.pcap left.pcap
reread
expect 'of merged files' 0 err empty again '"frames": ?9,'
if command -v gzip >/dev/null && gzip -c left.pcap >left.gz && "$finwait" left.gz >/dev/null 2>&1; then
    run --summary --all -w saved.pcapng left.gz
    reread
    expect 'of a compressed file' 0 err empty again '"frames": ?7,'
fi
status=0
# shellcheck disable=SC2002 # a pipe is what is to be tried
cat left.pcap | "$finwait" --summary --all -w saved.pcapng - right.pcap >out 2>err || status=$?
cmp -s saved.pcapng whole.pcapng || status=9
expect 'of a pipe' 0 err empty
status=0
"$finwait" --summary --all -w saved.pcapng - right.pcap <left.pcap >out 2>err || status=$?
cmp -s saved.pcapng whole.pcapng || status=9
expect 'of standard input that is a file' 0 err empty
status=0
# shellcheck disable=SC2002
cat left.pcap | "$finwait" --summary --all --spool-limit 400 -w saved.pcapng - right.pcap >out 2>err || status=$?
expect 'of more than may be kept' 2 err '^finwait: saved\.pcapng: .*frames are missing.*--spool-limit'
reread
status=0
expect 'what was kept, and what comes behind it' 0 again '"port": ?40001' again '"port": ?40003' again '!"frames": ?9,'
status=0
# shellcheck disable=SC2002
cat left.pcap | "$finwait" --summary --all --merge -w saved.pcapng - right.pcap >out 2>err || status=$?
expect 'merged with a pipe' 2 err '^finwait: .*--merge'
head -c 300 left.pcap >cut.pcap
run --summary --all -w saved.pcapng cut.pcap
reread
expect 'of a file that is cut short' 2 err '^finwait: cut\.pcap: ' again '"frames": ?4,'

# in_two SECONDS ID PACKET: the records of its two fragments, in hex; the second comes first.
in_two() {
    local ends=${3:24:16} first second
    first=4500001c${2}20004006$(checksum "4500001c${2}200040060000$ends")$ends${3:40:16}
    second=45000020${2}00014006$(checksum "45000020${2}000140060000$ends")$ends${3:56}
    record "$1" 10 "$second"
    record "$1" 20 "$first"
}

hex "$pcap_header$(in_two 100 0001 "$(packet '>' 40001 2 1000 0)")$(record 100 30 "$(packet '>' 40002 2 1000 0)")$(
    in_two 101 0002 "$(packet '<' 40001 20 0 1001)")" >fragments.pcap
hex "$(record 102 0 "$(packet '<' 40002 20 0 1001)")" >>fragments.pcap
run --summary --connection 2 -w saved.pcapng fragments.pcap
reread
expect 'fragments' 0 err empty again '"frames": ?4,' again '"tcp_segments": ?2,' again '"fragment": ?0' again '"port": ?40001'
run --summary --connection 3 -w saved.pcapng fragments.pcap
reread
expect 'no fragments of another connection' 0 err empty again '"frames": ?2,' again '"port": ?40002'

run -w - left.pcap
expect 'frames and report to standard output' 2 err '^finwait: .*-o' out empty
run --all -w - -o report left.pcap
cp out saved.pcapng
reread
expect 'frames to standard output' 0 err empty report '40001' again '"frames": ?7,'
run -w both -o both left.pcap
expect 'frames and report to one file' 2 err '^finwait: both: '
cp left.pcap copy.pcap
run -w copy.pcap copy.pcap
expect 'over the capture itself' 2 err '^finwait: copy\.pcap: .*overwritten'
status=0
cmp -s left.pcap copy.pcap || status=1
expect 'the capture is as it was' 0
run -w missing/saved.pcapng left.pcap
expect 'into a folder that is not there' 2 err '^finwait: missing/saved\.pcapng: .*No such file' out empty
run -w saved.pcapng --spool-limit 10X left.pcap
expect 'a limit that is none' 2 err '10X'
run -w saved.pcapng --spool-limit 0 left.pcap
expect 'a limit of nothing' 2 err "'0'"
if [ -w /dev/full ]; then
    run --summary --all -w /dev/full left.pcap
    expect 'no room' 2 err '/dev/full: .*No space' out '7 frames'
    # More than is written in one go: the report fails long before the last frame.
    run --format json --all -w saved.pcapng "$source"/samples/*.pcap
    cp saved.pcapng whole.pcapng
    run --format json --all -w saved.pcapng -o /dev/full "$source"/samples/*.pcap
    cmp whole.pcapng saved.pcapng || status=1
    expect 'a report that fails costs no frames' 2 err '^finwait: /dev/full: No space left on device$'
fi

finish
