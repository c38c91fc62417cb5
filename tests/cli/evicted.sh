#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# More connections than may be held: attempts go first, and the summary says what was given up.
# shellcheck source=tests/cli/functions.sh
. "${srcdir:-$(dirname "$0")/../..}/tests/cli/functions.sh"

# Three records of a handshake, then attempts that nobody answers.
records=$(connection 40000 1)
records=${records:0:336}
for port in 40001 40002 40003 40004 40005; do
    records+=$(record 2 "$port" "$(packet '>' "$port" 2 1000 0)")
done
hex "$pcap_header$records" >flood.pcap

run --summary flood.pcap
expect 'room for all' 0 out '!evicted' err empty
run --summary --max-connections 2 flood.pcap
expect 'how many, how far, from and to whom' 0 err empty out '6 connections .* 4 evicted' \
    out '^evicted +4 connections . 4 before their handshake was complete . from 192\.0\.2\.1 4 . to 192\.0\.2\.2 4$'
run --format json --max-connections 2 flood.pcap
expect 'the same in JSON' 0 err empty \
    out '"evicted":4,"evicted_unfinished":4,"evicted_from":\[\{"address":"192\.0\.2\.1","connections":4\}\],"evicted_to":\[\{"address":"192\.0\.2\.2","connections":4\}\]' \
    out '"port":40000.*"end":"capture-end"'

finish
