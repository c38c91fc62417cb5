#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# The command explain: names of all kinds, mistakes, formats.
# shellcheck source=tests/cli/functions.sh
. "$(dirname "$0")/functions.sh"

run explain
expect 'the list' 0 err empty out '^teardown$' out '^  fin-unanswered +warning +other side never closes$' \
    out '^  half-close +What is a half-close' out 'LAST_ACK'
run explain fin-unanswered
expect 'an anomaly' 0 err empty out '^fin-unanswered   warning   group teardown$' out '^  Raised when$' \
    out '^  Likely causes$' out '^    - ' out 'RFC 9293 3.6' out '^    Zeek +conn_state S2, S3$' out '^    Snort +-$' \
    out '◀ 1$' out 'FIN_WAIT_1     ── FIN'
for name in TIME_WAIT time-wait TIME-WAIT 'Time Wait'; do
    run explain "$name"
    expect "$name" 0 err empty out '^TIME_WAIT$' out '^    - FIN_WAIT_2: ' out '^    - CLOSED: 2MSL' \
        out '^    ss TIME-WAIT, netstat TIME_WAIT$' out 'group time-wait$' out '^  time-wait-truncated '
done
run explain ESTAB
expect 'a name of ss' 0 err empty out '^ESTABLISHED$'
for name in three-segments four-segments 2msl syn-data close-first half-close keep-alive reset; do
    run explain "$name"
    expect "the topic $name" 0 err empty out "^$name   .*\?$" out '^  Where it is written$' out '^  See also$'
done
run explain keep-alive
expect 'a name of two things' 0 err empty out '^keep-alive   info   group keepalive$' out '^keep-alive   What is'
run explain teardown
expect 'a group' 0 err empty out '^anomalies of the group teardown$' out '^  fin-retransmitted ' out '!^  rst-abort'
run explain 2msl -- CLOSED
expect 'several names' 0 err empty out '^2msl ' out '^CLOSED$'
run explain TIME_WIAT 2msl
expect 'a mistyped state' 2 out empty err "^finwait: nothing is called 'TIME_WIAT'; did you mean TIME_WAIT\?$"
run explain 2msl fin-unanswred
expect 'a mistyped anomaly' 2 out empty err "^finwait: nothing is called 'fin-unanswred'; did you mean fin-unanswered\?$"
run explain halfclose
expect 'a mistyped topic' 2 out empty err 'did you mean half-close\?$'
run explain fin-unan
expect 'the beginning of one name' 2 out empty err "^finwait: nothing is called 'fin-unan'; did you mean fin-unanswered\?\$"
run explain FIN
expect 'the beginning of several names' 2 out empty \
    err "^finwait: nothing is called 'FIN'; so begin fin-before-established, .*, fin-unanswered, .*, FIN_WAIT_1, FIN_WAIT_2\$"
run explain xyzzyxyzzy
expect 'a name like no other' 2 out empty err "^finwait: nothing is called 'xyzzyxyzzy'; finwait explain lists all names$"
run explain ''
expect 'an empty name' 2 out empty err "^finwait: nothing is called ''"
run explain "$(printf '%010000d' 0)"
expect 'a very long name' 2 out empty err '^finwait: nothing is called '

run explain --format json fin-unanswered TIME_WAIT reset
expect 'JSON' 0 err empty out '^\{"schema":"finwait-explain/1",$' out '"id":"fin-unanswered","group":"teardown"' \
    out '"raised_when":"A FIN' out '"elsewhere":\[\{"tool":"Zeek","kind":"conn_state","names":\["S2"\]' out '"ss":"TIME-WAIT"' \
    out '"question":"What does a RST'
run explain --format json
expect 'all in JSON' 0 err empty out '"id":"syn-refused"' out '"name":"UNKNOWN".*"ss":null' out '"name":"2msl"' \
    out '"name":"teardown","anomalies":\["fin-retransmitted"'
if command -v python3 >/dev/null; then
    python3 -c 'import json; d = json.load(open("out")); assert all(a["causes"] and a["raised_when"] for a in d["anomalies"])' 2>err || status=$?
    expect 'all in JSON is JSON' 0 err empty
fi
run explain --output list.txt 2msl
expect 'into a file' 0 err empty out empty list.txt '^2msl '
run explain --output /nonexistent/x 2msl
expect 'into a file that cannot be' 2 out empty err '^finwait: /nonexistent/x: No such file'
run explain --color always rst-abort
expect 'in colour' 0 err empty out $'^\033\[1mrst-abort'
run explain --ladder rst-abort
expect 'an option of another command' 2 out empty err '^finwait: unknown option --ladder'
run explain --help
expect 'its help' 0 err empty out '^Usage: finwait explain ' out '--format FORMAT' out '!--ladder'
run --help
expect 'the help names it' 0 err empty out '^ +finwait check.diff.explain '
run explain -
expect 'no standard input' 2 out empty err "^finwait: nothing is called '-'"
"$finwait" explain >/dev/full 2>err
status=$?
: >out
expect 'a full disk' 2 err '^finwait: standard output: No space left'
"$finwait" explain 2>err | true
status=${PIPESTATUS[0]}
case $status in 0 | 2) status=0 ;; esac # whether the pipe was closed in time is chance
expect 'a closed pipe' 0 err empty

# What a summary says is a name too.
for name in notice 'not-tcp' unsupported '~' '?'; do
    run explain "$name"
    expect "explain $name" 0 err empty out '^(severity|skipped|certainty)   '
done

finish
