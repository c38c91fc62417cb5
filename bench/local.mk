# SPDX-License-Identifier: BSD-3-Clause

# The generator, the two yardsticks and the stop-watch of script/bench. They share no code with the program: what
# measures and judges it must not have its faults.
check_PROGRAMS += bench/generate bench/libpcap-loop bench/mapped-walk bench/measure bench/replay

bench_generate_SOURCES = bench/generate.c bench/endpoint.c bench/events.c bench/events.h bench/network.c \
	bench/random.h bench/savefile.c bench/savefile.h bench/simulation.h bench/truth.c bench/workload.c
bench_generate_CPPFLAGS = -I$(srcdir)
bench_generate_LDADD =
bench_libpcap_loop_SOURCES = bench/libpcap-loop.c
bench_libpcap_loop_CPPFLAGS = $(PCAP_CFLAGS)
bench_libpcap_loop_LDADD = $(PCAP_LIBS)
bench_mapped_walk_SOURCES = bench/mapped-walk.c
bench_mapped_walk_CPPFLAGS =
bench_mapped_walk_LDADD =
bench_replay_SOURCES = bench/replay.c
bench_replay_CPPFLAGS = -I$(top_builddir) $(PCAP_CFLAGS)
bench_replay_LDADD = $(PCAP_LIBS)
bench_measure_SOURCES = bench/measure.c
bench_measure_CPPFLAGS =
bench_measure_LDADD =

# Builds what script/bench needs; script/bench runs it.
.PHONY: bench
bench: finwait$(EXEEXT) bench/generate$(EXEEXT) bench/libpcap-loop$(EXEEXT) bench/mapped-walk$(EXEEXT) \
	bench/measure$(EXEEXT) bench/replay$(EXEEXT)

TESTS += bench/test-generate bench/test-attacks bench/test-compare
EXTRA_DIST += bench/live-load bench/attacks bench/test-attacks bench/test-compare bench/README.md bench/RESULTS.md bench/check-truth bench/compare bench/test-generate bench/truth-report \
	bench/verify-capture script/bench
