#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# The confined process reaches what it needs, however that is named, and nothing else. tests/unit/sandbox.c tries what is
# refused; here the commands must not notice, and what a path leads to behind their backs must stay closed.
# shellcheck source=tests/cli/functions.sh
. "$(dirname "$0")/functions.sh"

mkdir in elsewhere made
first=$(connection 40001 100)
hex "$pcap_header$first" >in/a.pcap
hex "$pcap_header$(connection 40002 101)" >elsewhere/b.pcap
ln -s ../elsewhere/b.pcap in/b.pcap
gzip -k in/a.pcap
ln -s in/a.pcap link.pcap

expect_sandbox
export FINWAIT_DEBUG=1
run --summary in/a.pcap
expect 'what is in force is told' 0 err "$in_force"
run check --update in/a.pcap
expect 'of check' 0 err "$in_force"
run diff in/a.pcap in/a.pcap
expect 'of diff' 0 err "$in_force"
run explain syn-refused
expect 'of explain' 0 err "$in_force"
run --no-sandbox --summary in/a.pcap
expect 'and that nothing is' 0 err 'Landlock off .*seccomp off'
unset FINWAIT_DEBUG
rm in/a.expect.json
run --summary in/a.pcap
expect 'nothing is said unasked' 0 err empty

# While it waits for the first input, the second comes to lead elsewhere. waits OPTION...: leaves status, out and err.
mkfifo first
waits() {
    rm -f second.pcap
    cp in/a.pcap second.pcap
    "$finwait" "$@" --summary first second.pcap >out 2>err </dev/null &
    local process=$!
    exec 3>first # until it reads
    read -r confined < <(sed -n 's/^Seccomp:[[:space:]]*//p' "/proc/$process/status" 2>/dev/null) || confined=
    ln -sf elsewhere/b.pcap second.pcap
    cat in/a.pcap >&3
    exec 3>&-
    status=0
    wait "$process" || status=$?
}
waits
if [ $files = on ]; then
    expect 'a name that leads elsewhere now' 2 err 'second.pcap: cannot be opened: Permission denied' out 'total +7 frames'
fi
if [ $calls = on ]; then
    [ "$confined" = 2 ] || fail "system calls are filtered while it reads (Seccomp: $confined)"
fi
waits --no-sandbox
expect 'and can be read without the sandbox' 0 err empty out 'total +14 frames'
[ "${confined:-0}" = 0 ] || [ "$confined" = "$(sed -n 's/^Seccomp:[[:space:]]*//p' /proc/self/status)" ] ||
    fail "nor are system calls filtered then (Seccomp: $confined)"

run --summary link.pcap in/a.pcap.gz "$work/in/a.pcap"
expect 'a link, a compressed file, an absolute path' 0 err empty out 'total +21 frames'
run --summary in
expect 'a directory with a link to a capture elsewhere' 0 err empty
run --summary --all -w made/saved.pcapng -o made/report in/a.pcap
expect 'outputs' 0 err empty made/report . made/saved.pcapng .
run --summary -o made/report link.pcap
expect 'an output that exists' 0 err empty made/report .
ln -s ../elsewhere/linked made/linked
run --summary -o made/linked in/a.pcap
expect 'a link to a file that is not there yet, in a directory that was not named' "$([ $files = on ] && echo 2 || echo 0)"
: >elsewhere/linked
run --summary -o made/linked in/a.pcap
expect 'a link to a file' 0 err empty elsewhere/linked .
run --summary -o /dev/null in/a.pcap
expect 'a device' 0 err empty out empty
status=0
"$finwait" --summary --all -o made/report -w - - <in/a.pcap.gz 2>err >made/piped || status=$?
expect 'standard input and output' 0 err empty made/piped .
status=0
# shellcheck disable=SC2002 # a pipe is what is tried
cat in/a.pcap | "$finwait" --summary --all -w made/piped.pcapng - 2>err >made/report || status=$?
expect 'a pipe, kept for a second reading' 0 err empty made/piped.pcapng .
status=0
"$finwait" --summary <(cat in/a.pcap) 2>err >made/report || status=$?
expect 'a pipe with a name' 0 err empty made/report .

run check --jobs 4 in
expect 'check with threads' 0 err empty
run check --update in/a.pcap
expect 'check writes an expectation' 0 err empty in/a.expect.json .
echo '{}' >made/one.json
run check --update --expect made/one.json in/a.pcap
expect 'where it was told to' 0 err empty made/one.json .
run check --junit made/junit.xml -o made/report in/a.pcap
expect 'check holds, and writes more than one report' 0 err empty made/junit.xml . made/report .
run diff in/a.pcap elsewhere/b.pcap
expect 'diff' 0 err empty out '1 connection in both'
run explain syn-refused -o made/report
expect 'explain' 0 err empty made/report .

finish
