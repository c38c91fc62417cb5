# SPDX-License-Identifier: BSD-3-Clause

# Tests that are scripts, run as they are in the source tree. They find the sources in $srcdir, the program that was
# built in $FINWAIT, and long ones divide their bound by $FINWAIT_TEST_DIVISOR (1 where it is not set).
script_tests = tests/check-steady tests/check-lane tests/check-direct script/test-kernel tests/test-kernel-self-test
script_tests += tests/check-format tests/check-layers tests/check-layers-self-test
script_tests += tests/check-rules tests/check-rules-self-test
script_tests += tests/check-scripts tests/release-self-test tests/test-totals-test
script_tests += tests/check-man tests/check-report-page tests/check-readme
script_tests += tests/check-unit
script_tests += tests/check-schema tests/check-lines tests/drawings.sh
script_tests += tests/metamorphic tests/check-captures tests/check-corpus tests/check-zeek
script_tests += tests/cli/census.sh
script_tests += tests/cli/check.sh tests/cli/completions.sh tests/cli/diff.sh
script_tests += tests/cli/choosing.sh tests/cli/evidence.sh
script_tests += tests/cli/live.sh script/test-live
script_tests += tests/cli/lines.sh
script_tests += tests/cli/html.sh tests/page/check-page
script_tests += tests/cli/details.sh tests/cli/input.sh tests/cli/output.sh tests/cli/evicted.sh tests/cli/names.sh tests/cli/sandbox.sh
script_tests += tests/cli/threads.sh tests/check-threads
script_tests += tests/cli/usage.sh tests/cli/verdict.sh tests/cli/views.sh tests/cli/limits.sh tests/cli/terminal.sh
TESTS += $(script_tests)
EXTRA_DIST += $(script_tests) tests/page/rebuild tests/page/chromium.py tests/cli/functions.sh tests/junit.xsd tests/corpus-differences.md tests/mutate-equivalent tests/corpus-findings.md

# The configuration of whoever runs the tests must not matter.
AM_TESTS_ENVIRONMENT = XDG_CONFIG_HOME=/nonexistent; export XDG_CONFIG_HOME; FINWAIT='$(abs_top_builddir)/finwait'; export FINWAIT; CC='$(CC)'; export CC;

# Held against the long way by tests/check-steady.
check_PROGRAMS += tests/steady
tests_steady_SOURCES = tests/steady.c tests/captures.c tests/captures.h
tests_steady_LDADD = libfinwait.a $(FINWAIT_LIBS)

# The short way through the decoder is held against the long one by tests/check-direct, which needs bench/generate too.
check_PROGRAMS += tests/direct
tests_direct_SOURCES = tests/direct.c tests/captures.c tests/captures.h tests/segments.c tests/segments.h bench/random.h
tests_direct_CPPFLAGS = $(AM_CPPFLAGS) -I$(srcdir)
tests_direct_LDADD = libfinwait.a $(FINWAIT_LIBS)

# Held against a run without the lane by tests/check-lane, which needs bench/generate too.
check_PROGRAMS += tests/lane
tests_lane_SOURCES = tests/lane.c tests/captures.c tests/captures.h
tests_lane_LDADD = libfinwait.a $(FINWAIT_LIBS)
