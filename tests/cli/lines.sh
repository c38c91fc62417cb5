#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# What comes line by line: --format ndjson, --events, and --end-time.
# shellcheck source=tests/cli/functions.sh
. "$(dirname "$0")/functions.sh"

first=$(connection 40001 100)
hex "$pcap_header$first" >first.pcap
hex "$pcap_header$(record 100 0 "$(packet '>' 40001 2 1000 0)")" >syn.pcap

run --format ndjson first.pcap
expect 'lines' 0 err empty out '^\{"type":"report","schema":"finwait-report/1"' out '^\{"type":"connection","id":1,' \
    out '^\{"type":"capture",' out '^\{"type":"summary",' out '!"type":"transition"'
tail -n 1 out | grep -q '^{"type":"summary"' || fail 'the summary is the last line'
run --format ndjson --events first.pcap
expect 'lines with transitions' 0 err empty out '"type":"transition".*"from":"CLOSED","to":"SYN_SENT".*"in_state_ns":null' \
    out '"type":"settled".*"outcome":"confirmed"'
run --format ndjson --census=1 first.pcap
expect 'a census on one line' 0 err empty out '^\{"type":"census","interval_ns":1000000000,"rows":\[\{.*\}\]\}$'
run --format ndjson --only syn-unanswered --end-time 200 syn.pcap
expect 'only that finding is told' 0 err empty out '"type":"anomaly".*"final":true,"id":"syn-unanswered"' \
    out '"type":"connection".*"end":"idle"'
run --format ndjson --ignore syn-unanswered,mss-missing --end-time 200 syn.pcap
expect 'what is ignored is not told' 0 err empty out '!"type":"anomaly"'
run explain --format ndjson TIME_WAIT
expect 'explain has no lines' 2 out empty err "'ndjson' is not text or json"
run diff --format ndjson first.pcap syn.pcap
expect 'diff has none' 2 out empty err "'ndjson' is not text or json"

run --events first.pcap
expect 'events as text' 0 err empty \
    out '^1970-01-01T00:01:40\.001000Z  #1  192\.0\.2\.1:40001 → 192\.0\.2\.2:80  client  SYN_SENT → ESTABLISHED  frame 2  presumed  1\.000 ms$' \
    out '#1 .* server  LISTEN → SYN_RECEIVED  of frame 1  confirmed by frame 2$' \
    out '#1 .* capture-end: complete in 2 ms · closed by client' out '^handshakes +1 complete$' out '!  +$'
run --events --summary first.pcap
expect 'events without connections' 0 err empty out '!#1 ' out '^handshakes +1 complete$'
run --events --connection 2 first.pcap
expect 'events of a connection that is none' 2 err '^finwait: --connection 2: no connection begins with that frame$' out '!#1 '
run --events --census first.pcap
expect 'a census has no events' 0 err empty out '!#1 '
run --events --format json first.pcap
expect 'JSON has no events' 2 out empty err '--events goes with --format ndjson, or with text'

run --format json --end-time 59 first.pcap
expect 'TIME_WAIT is not over' 0 err empty out '"end":"capture-end"' out '"end_time":"1970-01-01T00:02:39.000000000Z"'
run --format json --end-time 61 first.pcap
expect 'TIME_WAIT is over' 0 err empty out '"end":"closed"' out '"duration_ns":61000000000,'
run --format json --end-time 1970-01-01T00:02:41Z first.pcap
expect 'an absolute end' 0 err empty out '"end":"closed"' out '"end_time":"1970-01-01T00:02:41.000000000Z"'
run --format json --end-time 0 first.pcap
expect 'an end before the last frame' 0 err empty out '"end_time":"1970-01-01T00:01:40.006000000Z"'
run --format json --end-time 999999999999999999999 first.pcap
expect 'an end that is no time' 2 out empty err '--end-time'
run --format json --end-time 2100-01-01T00:00:00Z first.pcap
expect 'an end in the far future' 0 err empty out '"end":"closed"'
run --end-time soon first.pcap
expect 'an end that is no number' 2 out empty err "--end-time: 'soon' is not a number of seconds"

# snoop_record SECONDS DROPS PACKET: a record of a snoop file over Ethernet.
snoop_record() {
    local frame=0000000000010000000000020800$3 length
    length=$((${#frame} / 2))
    while ((${#frame} % 8)); do frame+=00; done
    printf '%08x%08x%08x%08x%08x%08x%s' $length $length $((24 + ${#frame} / 2)) "$2" "$1" 0 "$frame"
}
for drops in 0 5; do
    hex "736e6f6f700000000000000200000004$(snoop_record 100 $drops "$(packet '>' 40001 2 1000 0)")" >drops-$drops.snoop
done
run --only syn-unanswered --format ndjson --end-time 200 drops-0.snoop
expect 'no frame is missing' 0 err empty out '"id":"syn-unanswered","severity":"warning".*"certainty":"certain"' out '!lacks'
run --only syn-unanswered --format ndjson --end-time 200 drops-5.snoop
expect 'an answer may be missing' 0 err empty \
    out '"id":"syn-unanswered","severity":"notice","default_severity":"warning".*"certainty":"presumed".*The capture lacks 5 frames, and what is missing may be among them'

# A connection that was over before the drops are told of is not in doubt; one that ends at the end is.
quiet=$(snoop_record 100 0 "$(packet '>' 40001 2 1000 0)")$(snoop_record 300 0 "$(packet '>' 40009 16 1 1)")
hex "736e6f6f700000000000000200000004$quiet" >quiet.snoop
dropping=$(snoop_record 400 5 "$(packet '>' 40002 2 1000 0)")$(snoop_record 400 5 "$(packet '<' 40002 18 5000 1001)")
dropping+=$(snoop_record 400 5 "$(packet '>' 40002 16 1001 5001)")$(snoop_record 401 5 "$(packet '<' 40002 17 5001 1001)")
hex "736e6f6f700000000000000200000004$dropping" >dropping.snoop
run --only syn-unanswered,fin-unacknowledged --format ndjson --end-time 600 quiet.snoop dropping.snoop
expect 'drops that came later' 0 err empty \
    out '"id":"syn-unanswered","severity":"warning","default_severity":"warning".*"frame":1,.*"certainty":"certain"'
expect 'drops in between' 0 \
    out '"id":"fin-unacknowledged","severity":"notice","default_severity":"warning".*"frame":6,.*"certainty":"presumed".*The capture lacks 5 frames, and what is missing may be among them'

# Of two connections, in a file each is told of when it ends, through a pipe each finding when it is raised.
hex "$pcap_header$(record 100 0 "$(packet '>' 40001 2 1000 0)")$(record 100 1 "$(packet '>' 40002 2 1000 0)")" >two.pcap
order() {
    sed -n 's/^{"type":"\(anomaly\|connection\)","[a-z]*":\([0-9]*\),.*/\1 \2/p' out | paste -sd, >order
}
run --format ndjson --only mss-missing two.pcap
order
expect 'a file' 0 order '^anomaly 1,connection 1,anomaly 2,connection 2$'
"$finwait" --format ndjson --only mss-missing - < <(cat two.pcap) >out 2>err || status=$?
order
expect 'a pipe' 0 order '^anomaly 1,anomaly 2,connection 1,connection 2$'

# What is known is written at once, although the pipe stays open.
mkfifo pipe
"$finwait" --format ndjson pipe >out 2>err &
child=$!
exec 9>pipe
# await TYPE WHAT: waits until a line of that type is there.
await() {
    for _ in $(seq 50); do
        grep -q "\"type\":\"$1\"" out && break
        sleep 0.1
    done
    grep -q "\"type\":\"$1\"" out && passed=$((passed + 1)) || fail "$2 while the pipe is open"
}
hex "$pcap_header$(record 99 0 "$(packet '>' 40009 2 1000 0)")" >&9
await anomaly 'a finding of an open connection is told of'
hex "$first$(connection 40001 300)" >&9
await connection 'a connection is told of'
exec 9>&-
wait $child
status=$?
expect 'the pipe is closed' 0 err empty out '"type":"summary"'

finish
