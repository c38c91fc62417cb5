#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# What is read, and what is said of that which cannot be.
# shellcheck source=tests/cli/functions.sh
. "$(dirname "$0")/functions.sh"

first=$(connection 40001 100)
second=$(connection 40002 101)
hex "$pcap_header$first" >first.pcap
hex "$pcap_header$second" >second.pcap
hex "$pcap_header$first$second" >both.pcap
hex "$pcap_header" >none.pcap
: >empty.pcap
echo 'This is a text and no capture, though long enough to be taken for one.' >garbage.pcap
head -c $((24 + 7 * 56 + 30)) both.pcap >truncated.pcap
head -c 10 first.pcap >short-header.pcap
hex "$pcap_header$first""0000000000000000ffffff7fffffff7f0000" >broken.pcap

run first.pcap
expect 'a whole file' 0 err empty out '192\.0\.2\.1:40001' out '7 frames'
run --format json first.pcap
expect 'a whole file as JSON' 0 err empty out '"path": ?"first\.pcap"' out '"frames": ?7,'
run none.pcap
expect 'a capture without frames' 0 err empty out '0 frames'

run missing.pcap
expect 'a missing file' 2 err '^finwait: missing\.pcap: .*No such file'
run --format json missing.pcap
expect 'a missing file in the report' 2 out '"path": ?"missing\.pcap"' err '^finwait: missing\.pcap: '
expect 'what could not be opened has no offset' 2 out '"error": ?\{"offset": ?null,"message": ?"cannot be opened: No such file'
run missing.pcap first.pcap
expect 'what else is there is read' 2 err '^finwait: missing\.pcap: ' out '192\.0\.2\.1:40001'
run first.pcap missing.pcap
expect 'what was read before a missing file' 2 err '^finwait: missing\.pcap: ' out '192\.0\.2\.1:40001'
run .
expect 'a folder' 2 err '^finwait: \.: .*directory'
if [ "$(id -u)" -ne 0 ]; then
    cp first.pcap locked.pcap
    chmod 000 locked.pcap
    run locked.pcap
    expect 'an unreadable file' 2 err '^finwait: locked\.pcap: .*Permission denied'
fi
run empty.pcap
expect 'an empty file' 2 err '^finwait: empty\.pcap: .*empty'
run garbage.pcap
expect 'a file that is no capture' 2 err '^finwait: garbage\.pcap: .*offset 0'
run short-header.pcap
expect 'a file that ends in its header' 2 err '^finwait: short-header\.pcap: .*offset [0-9]+'
run truncated.pcap
expect 'a file that ends within a frame' 2 err '^finwait: truncated\.pcap: .*offset 446,.*frame 8' \
    out '192\.0\.2\.1:40001' out '7 frames'
run --format json truncated.pcap
expect 'a truncated file as JSON' 2 out '"truncated": ?true' out '"frames": ?7,' out '"offset": ?446,'
run broken.pcap
expect 'a record with an absurd length' 2 err '^finwait: broken\.pcap: .*at offset 416: frame 8 .*2147483647' out '7 frames'
run truncated.pcap second.pcap
expect 'the file after a truncated one' 2 err '^finwait: truncated\.pcap: ' out '192\.0\.2\.1:40002' out '14 frames'

run first.pcap second.pcap
expect 'two files' 0 err empty out '40001' out '40002' out '14 frames'
run --format json both.pcap
expect 'one file of two connections' 0 err empty
grep '^{"id":' out >whole
hex "$pcap_header${first:0:$((4 * 112))}" >left.pcap
hex "$pcap_header${first:$((4 * 112))}$second" >right.pcap
run --format json left.pcap right.pcap
grep '^{"id":' out >parts
status=0
cmp -s whole parts || status=1
expect 'a connection goes on from one file to the next' 0 whole '40001' parts '40002'

status=0
"$finwait" - <first.pcap >out 2>err || status=$?
expect 'standard input' 0 err empty out '7 frames'
status=0
head -c 1000000 first.pcap | "$finwait" - >out 2>err || status=$?
expect 'a pipe' 0 err empty out '7 frames'
status=0
head -c 300 first.pcap | "$finwait" - >out 2>err || status=$?
expect 'a pipe that breaks off' 2 err '^finwait: standard input: .*offset [0-9]+' out '4 frames'
mkfifo fifo
cat first.pcap >fifo &
run fifo
expect 'a named pipe' 0 err empty out '7 frames'
wait

cp first.pcap check
cp first.pcap analyze
run ./check
expect 'a file called check' 0 err empty out '7 frames'
run ./analyze
expect 'a file with the name of a command' 0 err empty out '7 frames'
run analyze first.pcap
expect 'the command by its name' 0 err empty out '7 frames'

finish
