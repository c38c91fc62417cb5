#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# What the verdict on a connection says where parts of it were missed, repeated or taken back.
# shellcheck source=tests/cli/functions.sh
. "$(dirname "$0")/functions.sh"

syn=$(record 1 0 "$(packet '>' 40001 2 1000 0)")
ack=$(record 1 2000 "$(packet '>' 40001 16 1001 5001)")
hex "$pcap_header$syn$ack" >one-way.pcap
run one-way.pcap
expect 'the SYN/ACK was missed, not the ACK' 0 err empty out 'complete in 2 ms, its SYN ACK not captured'
run --format json one-way.pcap
expect 'the first segment that acknowledges an unseen SYN/ACK' 0 err empty out '"syn_ack_frame": ?null,"ack_frame": ?2,'

# The server repeats its FIN: the ACK of the second copy is what settles it.
fin=$(record 1 205000 "$(packet '<' 40001 17 5001 1002)")
again=$(record 1 206000 "$(packet '>' 40001 16 1002 5002)")
hex "$pcap_header$(connection 40001 1)$fin$again" >repeated.pcap
run --format json repeated.pcap
expect 'a close lasts until the last ACK of a FIN' 0 err empty out '"duration_ns": ?203000000,"two_msl"'

# The client, in FIN_WAIT_2 or TIME_WAIT as far as one knew, answers a late FIN by a RST: it was gone from FIN_WAIT_2.
open=$(connection 40001 1)
late=$(record 3 0 "$(packet '<' 40001 17 5001 1002)")
reset=$(record 3 1000 "$(packet '>' 40001 4 1002 0)")
hex "$pcap_header${open:0:$((5 * 112))}$late$reset" >late.pcap
run --format json late.pcap
expect 'the state of who reset it is one of its path' 0 err empty out '"reset_by": ?"client","reset_in_state": ?"FIN_WAIT_2"' \
    out '"from": ?"FIN_WAIT_2","to": ?"CLOSED"'

# A RST of each side is all there is: nothing is known of a connection that it could have aborted.
resets=$(record 1 0 "$(packet '>' 40001 20 1000 5000)")$(record 1 1000 "$(packet '<' 40001 4 5000 0)")
hex "$pcap_header$resets" >resets.pcap
run --format ndjson resets.pcap
expect 'two stray RSTs' 0 err empty out '"id":"rst-no-connection".*"frame":2,' out '!rst-abort'

finish
