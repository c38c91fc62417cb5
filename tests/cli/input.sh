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
# IP in IP: 20 octets of IPv4 around a SYN.
inner=$(packet '>' 40003 2 1000 0)
hex "$pcap_header$(record 100 0 "450000$(printf %02x $((20 + ${#inner} / 2)))00000000400400000a0000010a000002$inner")" >tunnel.pcap
run --format json tunnel.pcap
expect 'a packet in a packet' 0 err empty out '"tcp_segments": ?1,' out '"tunnels": ?true'
run --format json --no-tunnels tunnel.pcap
expect 'a packet in a packet that stays closed' 0 err empty out '"tcp_segments": ?0,' out '"tunnels": ?false'

# Frames of no octet, of a segment of which none was captured, and of more than any link carries, between two connections.
nothing="$(le32 100)$(le32 500)$(le32 0)$(le32 0)"
none_captured="$(le32 100)$(le32 600)$(le32 0)$(le32 60)"
{
    hex "$pcap_header$first$nothing$none_captured$(le32 100)$(le32 700)$(le32 262144)$(le32 300000)"
    head -c 262144 /dev/zero
    hex "$second"
} >odd-lengths.pcap
run --format json odd-lengths.pcap
expect 'frames of no octet and of very many' 0 err empty out '"frames": ?17,"tcp_segments": ?14,"connections": ?2,' \
    out '"handshakes": ?\{"complete": ?2\}' out '"teardowns": ?\{"graceful": ?2\}' \
    out '"truncated": ?1,"malformed": ?[12],'

run --format json first.pcap
expect 'a whole file as JSON' 0 err empty out '"path": ?"first\.pcap"' out '"frames": ?7,'
run none.pcap
expect 'a capture without frames' 0 err empty out '0 frames'

# Of two connections of 7 frames each.
run --format json -c 3 first.pcap
expect 'the first frames of a file' 0 err empty out '"frames": ?3,"tcp_segments": ?3,'
run --format json -c 10 first.pcap second.pcap missing.pcap
expect 'the first frames of several files' 0 err empty out '"frames": ?10,"tcp_segments": ?10,"connections": ?2,'
run --format json -c 10 --merge second.pcap first.pcap
expect 'the first frames by time' 0 err empty out '"frames": ?10,"tcp_segments": ?10,"connections": ?2,'
run --format json -c 2 -f 'port 40002' both.pcap
expect 'the first frames that a filter chooses' 0 err empty out '"frames": ?9,"tcp_segments": ?2,"connections": ?1,'
run --format json -c 7 first.pcap second.pcap
expect 'just as many as the first file has' 0 err empty out '"frames": ?7,' out '!second'
run --format json -c 100 both.pcap
expect 'fewer frames than may be read' 0 err empty out '"frames": ?14,'
run --format json -c 7 truncated.pcap
expect 'what lies behind damage and is not read' 0 err empty out '"frames": ?7,'
run -c 0 first.pcap
expect 'no frames at all' 2 out empty err '^finwait: -c: .0. is not a number from 1 up'

run missing.pcap
expect 'a missing file' 2 err '^finwait: missing\.pcap: .*No such file'
run --format json missing.pcap
expect 'a missing file in the report' 2 out '"path": ?"missing\.pcap"' err '^finwait: missing\.pcap: '
expect 'what could not be opened has no offset' 2 out '"error": ?\{"offset": ?null,"message": ?"cannot be opened: No such file'
run '' first.pcap
expect 'a file without a name' 2 err "^finwait: '': cannot be opened: No such file" out '192\.0\.2\.1:40001' \
    err '^finwait: an operand is empty, where the name of a file should stand'
run missing.pcap first.pcap
expect 'what else is there is read' 2 err '^finwait: missing\.pcap: ' out '192\.0\.2\.1:40001'
run first.pcap missing.pcap
expect 'what was read before a missing file' 2 err '^finwait: missing\.pcap: ' out '192\.0\.2\.1:40001'
mkdir nothing
echo 'no capture' >nothing/README
run nothing
expect 'a folder without captures' 2 err '^finwait: nothing: .*directory without captures'
mkdir folder
cp first.pcap folder
status=0
"$finwait" - <folder >out 2>err || status=$?
expect 'a folder as standard input' 2 err '^finwait: standard input: is a directory; give its name'
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

# Names that sort otherwise than the times do, as tcpdump -C gives them.
mkdir ring
cp left.pcap ring/dump.pcap9
cp right.pcap ring/dump.pcap10
echo 'no capture' >ring/README
run --format json ring
expect 'a folder is read in the order of time' 0 err empty out '"path": ?"ring/dump\.pcap9".*"first_frame": ?1,' \
    out '"path": ?"ring/dump\.pcap10".*"first_frame": ?5,'
grep '^{"id":' out >parts
status=0
cmp -s whole parts || status=1
expect 'a folder is one capture' 0
echo 'no capture' >ring/broken.pcap
run ring
expect 'what is called a capture and is none' 2 err '^finwait: ring/broken\.pcap: .*unknown magic' out '14 frames'

run --format json --merge right.pcap left.pcap
expect 'merged by time' 0 err empty out '"path": ?"left\.pcap".*"first_frame": ?1,' \
    out '"path": ?"right\.pcap".*"first_frame": ?5,'
grep '^{"id":' out >parts
status=0
cmp -s whole parts || status=1
expect 'the order of merged files does not matter' 0
hex "$pcap_header$(record 100 500 "$(packet '>' 40003 2 1 0)")$(record 100 4500 "$(packet '<' 40003 20 0 2)")" >third.pcap
run --format json --merge first.pcap third.pcap
expect 'merged frame by frame' 0 err empty out '"id": ?1,' out '"id": ?2,.*"last_frame": ?7'
status=0
"$finwait" --format json --merge - third.pcap <first.pcap >out 2>err || status=$?
expect 'merged with standard input' 0 err empty out '"id": ?2,.*"last_frame": ?7'
run --merge missing.pcap first.pcap truncated.pcap
expect 'merged with what cannot be read' 2 err '^finwait: missing\.pcap: ' err '^finwait: truncated\.pcap: ' out '14 frames'

# Compressed captures, by whatever of the programs is here and was built in.
for program in gzip zstd xz bzip2 lz4; do
    command -v $program >/dev/null || continue
    $program -c both.pcap >both.$program 2>/dev/null
    run --format json both.$program
    if [ $status -eq 2 ] && grep -q "built without" err; then
        continue
    fi
    expect "compressed by $program" 0 err empty out "\"compression\": ?\"$program\"" out '"frames": ?14'
    status=0
    "$finwait" - <both.$program >out 2>err || status=$?
    expect "compressed by $program, from standard input" 0 err empty out '14 frames'
    status=0
    cat both.$program | "$finwait" - >out 2>err || status=$?
    expect "compressed by $program, from a pipe" 0 err empty out '14 frames'
    mkdir -p packed && rm -f packed/* && cp both.$program packed
    run packed
    expect "compressed by $program, in a directory" 0 err empty out '14 frames'
    head -c $(($(stat -c %s both.$program) * 2 / 3)) both.$program >cut.$program
    run cut.$program
    expect "compressed by $program and cut short" 2 err "^finwait: cut\.$program: cut short: .*$program"
done
status=0
LD_DEBUG=files "$finwait" both.pcap >out 2>err || status=$?
expect 'what unpacks is not loaded for a plain capture' 0 err '!libarchive' out '14 frames'
if command -v gzip >/dev/null; then
    { gzip -c first.pcap && hex "$second" | gzip -c; } >members.gz
    run members.gz
    grep -q 'built without' err || expect 'two members of gzip' 0 err empty out '14 frames'
    { gzip -c first.pcap && head -c 5000 /dev/zero; } >padded.gz
    run padded.gz
    grep -q 'built without' err || expect 'zeros behind gzip data' 0 err empty out '7 frames'
    { gzip -c first.pcap && cat both.pcap; } >followed.gz
    run followed.gz
    # libarchive, which a finwait without zlib has instead, says nothing of it
    ! ldd "$finwait" | grep -q libz || expect 'a capture behind gzip data' 2 out '7 frames' \
        err "^finwait: followed.gz: .*behind the gzip data, from offset $(gzip -c first.pcap | wc -c) of the compressed file on"
fi

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
