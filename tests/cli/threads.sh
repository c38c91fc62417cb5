#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# -j: whatever the number of threads that analyse, every report is the same, octet by octet.
source=$(cd "$(dirname "$0")/../.." && pwd) || exit 1
# shellcheck source=tests/cli/functions.sh
. "$source/tests/cli/functions.sh"

# same ARGUMENT...: runs with one thread and with more of them, and wants one output and exit status.
same() {
    local wanted threads
    "$finwait" -j 1 "$@" >wanted 2>wanted-err </dev/null
    wanted=$?
    for threads in 2 4 99; do
        run -j "$threads" "$@"
        if [ "$status" -eq "$wanted" ] && cmp -s out wanted && cmp -s err wanted-err; then
            passed=$((passed + 1))
        else
            fail "-j $threads $*: another output (exit status with one thread $wanted)"
        fi
    done
}

for sample in "$source"/samples/*.pcap*; do
    same --all "$sample"
    same --format json "$sample"
done
same --format ndjson "$source"/samples/*.pcap
same --format html "$source"/samples/*.pcap
same --summary --census=1 "$source"/samples/*.pcap
same --merge --events "$source"/samples/*.pcap
same --merge --details --all "$source"/samples/*.pcap
same --max-connections 2 --all "$source"/samples/*.pcap
same --memory-budget 1M "$source"/samples/*.pcap
same --fail-on warning --summary "$source"/samples/*.pcap
same -f 'port 80' --summary "$source"/samples/*.pcap
same "$source/samples/normal-close-by-client.pcap" missing.pcap
same /dev/null

# Every capture of the directory with extra data, a few dozen to a run: what one begins, another may go on with.
if [ -n "${FINWAIT_SHARED:-}" ] && [ "${FINWAIT_TEST_DIVISOR:-1}" -eq 1 ]; then
    while read -r -a captures; do
        same --all "${captures[@]}"
        same --format json "${captures[@]}"
        same --format ndjson --summary "${captures[@]}"
    done < <(find "$FINWAIT_SHARED/lab" "$FINWAIT_SHARED/corpus" -type f \
        \( -name '*.pcap*' -o -name '*.snoop*' -o -name '*.erf*' \) | LC_ALL=C sort | xargs -n 60)
else
    echo 'skipped: the captures of FINWAIT_SHARED (not set, or a build in which this would take long)'
fi

# The output breaks off while others are at work.
"$finwait" -j 3 --format json "$source"/samples/*.pcap >/dev/full 2>err
status=$?
expect 'a full disk' 2 err 'No space left'

# What -w saves, and its order.
"$finwait" --all -w one.pcapng "$source"/samples/*.pcap >/dev/null
"$finwait" --all -w three.pcapng -j 3 "$source"/samples/*.pcap >/dev/null
cmp -s one.pcapng three.pcapng || { status=0; fail 'the number of threads changes what -w saves'; }

# From a pipe everything is told as it comes.
status=0
"$finwait" -j 4 --all - <"$source/samples/normal-close-by-client.pcap" >out 2>err || status=$?
"$finwait" --all - <"$source/samples/normal-close-by-client.pcap" >wanted
cmp -s out wanted || fail 'standard input'

run -j 0 "$source/samples/normal-close-by-client.pcap"
expect 'no thread' 2 err '.-j|--jobs'
run -j many "$source/samples/normal-close-by-client.pcap"
expect 'no number' 2 err '.-j|--jobs'
run -j
expect 'nothing' 2 err '.-j|--jobs|argument'

finish
