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

# Only one may be held: a SYN in between parts each connection from its first segments, and is parted from its answer.
first=$(connection 40000 1)
hex "$pcap_header${first:0:336}$(record 1 2500 "$(packet '>' 40001 2 1000 0)")${first:336}$(
    record 3 0 "$(packet '>' 40002 2 1000 0)")$(record 3 1000 "$(packet '>' 40003 2 1000 0)")$(
    record 3 2000 "$(packet '<' 40002 18 5000 1001)")$(record 3 3000 "$(packet '>' 40002 16 1001 5001)")" >parted.pcap
run --all parted.pcap
expect 'nothing is parted where there is room' 0 err empty out '!goes on|evicted'
run --all --max-connections 1 parted.pcap
expect 'what is left of a connection says where its beginning is' 0 err empty \
    out '^#5  192\.0\.2\.1:40000 .* goes on from #1 ' out '^      What passed before of this connection stands in #1, '
expect 'an answer whose SYN was evicted is nothing to look into' 0 \
    out '^findings +error 0 . warning 0 . notice 0 . info ' out ' info +synack-without-syn'
run --format json --max-connections 1 parted.pcap
tr -d ' \n' <out >flat
expect 'in JSON too' 0 flat '"id":5,"incarnation":1,"previous":1,'

# The same where nothing is remembered of what was evicted long ago.
hex "$pcap_header${first:0:336}$(record 2 0 "$(packet '>' 40001 2 1000 0)")$(
    record 300 0 "$(packet '>' 40000 16 1001 5001)")$(record 300 10000 "$(packet '<' 40000 16 5001 1001)")" >later.pcap
run --all --max-connections 1 later.pcap
expect 'or may be' 0 out '^#5 .* began before the capture, or was evicted ' \
    out 'when the capture began, or is what is left of one$|when the capture began, or is what is left of one that was'
run --all --max-connections 1 --idle-timeout 200 later.pcap
expect 'not behind a silence that would have ended it anyhow' 0 out '^#5 .* began before the capture ' out '!or was evicted'

finish
