# SPDX-License-Identifier: BSD-3-Clause

# Targets for libFuzzer (script/fuzz runs them). Without --enable-fuzzing they replay the inputs that are kept.

fuzz_programs = \
	tests/fuzz/pcap \
	tests/fuzz/pcapng \
	tests/fuzz/compressed \
	tests/fuzz/decode \
	tests/fuzz/options \
	tests/fuzz/fragments \
	tests/fuzz/engine \
	tests/fuzz/scenario
check_PROGRAMS += $(fuzz_programs)
fuzz_common = tests/fuzz/fuzz.h tests/fuzz/common.c
if FUZZING
fuzz_ldflags = $(AM_LDFLAGS) -fsanitize=fuzzer
else
fuzz_ldflags = $(AM_LDFLAGS)
fuzz_common += tests/fuzz/replay.c
endif
fuzz_libs = libfinwait.a $(FINWAIT_LIBS)

tests_fuzz_pcap_SOURCES = tests/fuzz/pcap.c $(fuzz_common)
tests_fuzz_pcap_LDFLAGS = $(fuzz_ldflags)
tests_fuzz_pcap_LDADD = $(fuzz_libs)
tests_fuzz_pcapng_SOURCES = tests/fuzz/pcapng.c $(fuzz_common)
tests_fuzz_pcapng_LDFLAGS = $(fuzz_ldflags)
tests_fuzz_pcapng_LDADD = $(fuzz_libs)
tests_fuzz_compressed_SOURCES = tests/fuzz/compressed.c $(fuzz_common)
tests_fuzz_compressed_LDFLAGS = $(fuzz_ldflags)
tests_fuzz_compressed_LDADD = $(fuzz_libs)
tests_fuzz_decode_SOURCES = tests/fuzz/decode.c $(fuzz_common) tests/segments.c tests/segments.h
tests_fuzz_decode_CPPFLAGS = $(AM_CPPFLAGS) -I$(srcdir)/tests
tests_fuzz_decode_LDFLAGS = $(fuzz_ldflags)
tests_fuzz_decode_LDADD = $(fuzz_libs)
tests_fuzz_options_SOURCES = tests/fuzz/options.c $(fuzz_common)
tests_fuzz_options_LDFLAGS = $(fuzz_ldflags)
tests_fuzz_options_LDADD = $(fuzz_libs)
tests_fuzz_fragments_SOURCES = tests/fuzz/fragments.c $(fuzz_common)
tests_fuzz_fragments_LDFLAGS = $(fuzz_ldflags)
tests_fuzz_fragments_LDADD = $(fuzz_libs)
tests_fuzz_engine_SOURCES = tests/fuzz/engine.c $(fuzz_common)
tests_fuzz_engine_LDFLAGS = $(fuzz_ldflags)
tests_fuzz_engine_LDADD = $(fuzz_libs)
tests_fuzz_scenario_SOURCES = tests/fuzz/scenario.c $(fuzz_common) $(scenario_runner)
tests_fuzz_scenario_CPPFLAGS = $(AM_CPPFLAGS) -I$(srcdir)/tests/scenarios/runner
tests_fuzz_scenario_LDFLAGS = $(fuzz_ldflags)
tests_fuzz_scenario_LDADD = $(fuzz_libs)

script_tests += tests/fuzz/replay.sh
EXTRA_DIST += tests/fuzz/README.md tests/fuzz/make-seeds tests/fuzz/replay.c $(wildcard $(srcdir)/tests/fuzz/corpus/*/*) \
	$(wildcard $(srcdir)/tests/fuzz/crashes/*/*)
