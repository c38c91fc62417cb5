#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# Where the report goes, what happens when it cannot, and what a signal does.
# shellcheck source=tests/cli/functions.sh
. "$(dirname "$0")/functions.sh"

first=$(connection 40001 100)
hex "$pcap_header$first" >first.pcap

run first.pcap
cp out expected
run -o report first.pcap
expect '-o FILE' 0 out empty err empty report '7 frames'
cmp -s expected report || fail 'the same report in a file'
run -o - first.pcap
expect '-o -' 0 err empty out '7 frames'
run -o '' first.pcap
expect 'a report without a name' 2 out empty err "^finwait: -o: '' is no name of a file\$"
run -o nowhere/report first.pcap
expect 'a report that cannot be created' 2 out empty err '^finwait: nowhere/report: No such file or directory$'
cp first.pcap copy.pcap
run -o copy.pcap copy.pcap
expect 'a report over its capture' 2 out empty err '^finwait: copy\.pcap: .*overwritten$'
cmp -s first.pcap copy.pcap || fail 'the capture is as it was'

cp first.pcap again.pcap
run first.pcap again.pcap
expect 'no line ends in a blank' 0 out 'capture-timestamp-backward$' out '!.*[[:blank:]]$'
head -c 200 first.pcap >cut.pcap
run cut.pcap
expect 'an offset is told once' 2 out 'cut\.pcap .* · cut short: the file ends at offset 200, within frame' out '!stopped'

run --color=always first.pcap
expect 'colour on demand' 0 err empty out $'\033\\['
run first.pcap
expect 'no colour in a file' 0 err empty out $'!\033'

for format in text json ndjson html; do
    if [ -c /dev/full ]; then
        run --format $format -o /dev/full first.pcap
        expect "a full disk, $format" 2 err '^finwait: /dev/full: No space left on device$'
        status=0
        "$finwait" --format $format first.pcap >/dev/full 2>err || status=$?
        expect "a full disk on standard output, $format" 2 err '^finwait: standard output: No space left on device$'
    fi
    # The reader is gone before the first octet comes.
    status=0
    { sleep 0.2; { "$finwait" --format $format first.pcap 2>err || echo $? >status; } ; } | true
    status=$(cat status)
    expect "a closed pipe, $format" 2 err empty
done
status=0
(ulimit -f 1; exec "$finwait" --format html -o limited first.pcap) >out 2>err || status=$?
expect 'a file that is as long as it may be' 2 out empty err '^finwait: limited: File too large$'
status=0
"$finwait" --help >/dev/full 2>err || status=$?
expect 'help on a full disk' 2 err '^finwait: standard output: No space left on device$'
status=0
"$finwait" first.pcap >&- 2>err || status=$?
expect 'standard output closed' 2 err '^finwait: standard output: '
[ "$(wc -l <err)" -eq 1 ] || fail 'standard output closed is said once'

# A capture that does not end: finwait waits for more on the pipe when the signal comes.
mkfifo endless
for signal in INT TERM HUP; do
    # The shell sets SIGINT to be ignored in what it starts in the background, and nohup SIGHUP; --default-signal undoes that.
    env --default-signal=INT,HUP "$finwait" --format json endless >out 2>err &
    child=$!
    exec 9>endless
    hex "$pcap_header$first" >&9
    sleep 0.5
    kill -"$signal" $child
    status=0
    wait $child || status=$?
    exec 9>&-
    expect "SIG$signal" $((128 + $(kill -l $signal))) err empty out '"interrupted": ?true' out '"frames": ?7,' out '40001'
done

# nohup has SIGHUP ignored, and it stays so.
env --ignore-signal=HUP "$finwait" --format json endless >out 2>err &
child=$!
exec 9>endless
hex "$pcap_header$first" >&9
sleep 0.5
kill -HUP $child
exec 9>&-
status=0
wait $child || status=$?
expect 'SIGHUP that is ignored' 0 err empty out '"interrupted": ?false'

# All has been read when the signal comes: the report is whole, and nothing was interrupted.
mapfile -t several < <(yes first.pcap | head -n 1000)
mkfifo slow
exec 7<>slow
env --default-signal=INT "$finwait" --format json -o slow "${several[@]}" 2>err &
child=$!
# It sleeps for the first time when the pipe is full, long after the last frame.
asleep=0
for _ in $(seq 200); do
    sleep 0.1
    if grep -q '^State:.S' /proc/$child/status; then asleep=$((asleep + 1)); else asleep=0; fi
    [ $asleep -lt 3 ] || break
done
kill -INT $child || fail 'the report was written where nobody reads'
timeout 10 cat <&7 >out &
reader=$!
status=0
wait $child || status=$?
exec 7>&-
sleep 0.2
kill $reader
wait $reader 2>/dev/null || true
expect 'a signal after all has been read' 0 err empty out '"interrupted": ?false'

# A reader that does not read: the report cannot be finished, and the second signal must not wait for it.
mkfifo stuck
exec 8<>stuck
mapfile -t many < <(yes first.pcap | head -n 1000)
env --default-signal=INT "$finwait" --format json -o stuck "${many[@]}" 2>err &
child=$!
sleep 0.7
kill -INT $child
sleep 0.3
kill -0 $child 2>/dev/null || fail 'a report that nobody reads is waited for'
kill -TERM $child
status=0
wait $child || status=$?
: >out
expect 'the second signal ends the program at once' 143 err empty
# Nor does a signal that whoever started it had set to be ignored end it, then or later.
env --default-signal=TERM --ignore-signal=INT "$finwait" --format json -o stuck "${many[@]}" 2>err &
child=$!
sleep 0.7
kill -TERM $child
sleep 0.3
kill -INT $child
sleep 0.3
kill -0 $child 2>/dev/null || fail 'a signal that is ignored ends the program'
kill -TERM $child
status=0
wait $child || status=$?
expect 'an ignored signal, and then one that is not' 143 err empty
exec 8>&-

finish
