#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# netstat from a capture: how many sides are in each state at a moment.
# shellcheck source=tests/cli/functions.sh
. "$(dirname "$0")/functions.sh"

# Two connections a second apart; the client of each closes first. All is over (but for TIME_WAIT) 6 ms after its SYN.
hex "$pcap_header$(connection 40001 1)$(connection 40002 2)" >two.pcap

run --census two.pcap
expect 'the end: both clients hold TIME_WAIT' 0 err empty out '^ *time +TIME_WAIT$' out ' 2$' out '!findings' out '!#1'
run --census --at 0.0005 two.pcap
expect 'a moment: the SYN has passed' 0 err empty out 'SYN_SENT +SYN_RECEIVED$' out '^0\.000500 +1 +1$'
run --census --at 0.5 two.pcap
expect 'a moment between: one TIME_WAIT' 0 err empty out '^0\.500000 +1$'
run --census --at 0 two.pcap
expect 'the first frame' 0 err empty out '^0\.000000 +1 +1$'
run --census --at 99999 two.pcap
expect 'later than the end is the end' 0 err empty out ' 2$' out '!99999' \
    out '^\(the capture ends there, before the moment of --at\)$'
run --census --at 1.006 two.pcap
expect 'the end itself is not behind it' 0 err empty out ' 2$' out '!the capture ends'
hex "$pcap_header$(record 1 0 "$(packet '>' 40001 2 1000 0)")$(record 1 9 "$(packet '<' 40001 20 0 1001)")" >refused.pcap
run --census --at 2026 refused.pcap
expect 'behind the end, and nobody is left' 0 out '^No side is in any state but CLOSED' out '^\(the capture ends there'
run --census --at "$(date -u -d @2 +%Y-%m-%dT%H:%M:%S.0005Z)" two.pcap
expect 'a moment in UTC' 0 err empty out '^1\.000500 +1 +1 +1$'
run --census --at 1969-12-31T23:59:59Z two.pcap
expect 'before the capture there is nobody' 0 err empty out '^No side is in any state but CLOSED at -2\.000000 s: that is before'

run --census --census-by address two.pcap
expect 'by address: the server has no socket left' 0 err empty out 'address' out '192\.0\.2\.1 +2$' out '!192\.0\.2\.2'
run --census=0.5 two.pcap
expect 'a table over time' 0 err empty out '^0\.000000 ' out '^0\.500000 .*1$' out '^1\.000000 ' out '!^1\.500000'
expect 'nothing to say of its end' 0 out '!the capture ends'
run --census=1 two.pcap
expect 'nor where there are two moments' 0 out '^1\.000000' out '!the capture ends'
run --census=10 two.pcap
expect 'a table of one moment says where the end is' 0 err empty out '^0\.000000' out '^\(the capture ends at 1\.006000 s, before'
run --census=0.000001 two.pcap
expect 'at most a thousand moments' 0 err empty out '^0\.000000 ' out '!^0\.000001'
[ "$(wc -l <out)" -le 1001 ] || fail 'there are more moments than 1000'

run --format json --census=1 two.pcap
expect 'JSON has it beside the rest' 0 err empty out '"connections"' out '"census": ?{"interval_ns": ?1000000000' \
    out '"time_ns": ?1000000000,"states": ?{"SYN_SENT": ?1,"SYN_RECEIVED": ?1,"TIME_WAIT": ?1}'
run --format json --census --census-by address two.pcap
expect 'JSON by address' 0 err empty out '"address": ?"192\.0\.2\.1","states": ?{"TIME_WAIT": ?2}'
run --format json two.pcap
expect 'no census unless asked for' 0 err empty out '!"census"'

hex "$pcap_header" >empty.pcap
run --census empty.pcap
expect 'a capture without frames' 0 err empty out '^No side is in any state'
run --census=1 --census-by address empty.pcap
expect 'the same over time, by address' 0 err empty out '^No side is in any state'
run --census=0 two.pcap
expect 'an interval of nothing' 2 out empty err '^finwait: --census: .0. is not'
run --census=-1 two.pcap
expect 'a negative interval' 2 out empty err '^finwait: --census: '
run --at 3 two.pcap
expect 'a moment without a census' 2 out empty err '^finwait: --at goes with --census'
run --census-by address two.pcap
expect 'addresses without a census' 2 out empty err '^finwait: --census-by goes with --census'
run --census=1 --at 2 two.pcap
expect 'a moment and an interval' 2 out empty err 'give only one'
for wrong in yesterday 2026-02-30T00:00:00Z 2026-01-01T00:00:00 2026-01-01T00:00:61Z '' 2026-01-01; do
    run --census --at "$wrong" two.pcap
    expect "a moment that is none: '$wrong'" 2 out empty err '^finwait: --at: '
done
run --census --census-by port two.pcap
expect 'by something else' 2 out empty err '^finwait: --census-by: '

finish
