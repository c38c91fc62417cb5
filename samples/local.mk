# SPDX-License-Identifier: BSD-3-Clause

# Captures of the Linux kernel, each with what a report must say of it; script/make-samples makes them.
samples = \
	abort data-after-close fin-ack-lost fin-retransmitted-in-time-wait half-close-with-data handshake-ack-lost \
	ipv6-normal-close keep-alive missing-ack missing-ack-not-captured normal-close-by-client normal-close-by-server \
	port-reuse-in-time-wait refused rst-on-late-fin simultaneous-close simultaneous-open syn-lost syn-unanswered \
	three-segment-close vlan-tagged-close zero-window

EXTRA_DIST += $(samples:%=samples/%.pcap) $(samples:%=samples/%.expect.json) samples/README.md

EXTRA_DIST += script/make-samples script/samplekit/frames.py script/samplekit/kernel.py script/samplekit/lab.py \
	script/samplekit/network.py script/samplekit/phenomena.py script/samplekit/relay.py

# The program's own check of them.
EXTRA_DIST += tests/check-samples
TESTS += tests/check-samples
