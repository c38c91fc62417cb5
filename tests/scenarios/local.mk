# SPDX-License-Identifier: BSD-3-Clause

# The scenarios and the program that runs them (README.md here).
check_PROGRAMS += tests/scenario
scenario_runner = \
	tests/scenarios/runner/script.c tests/scenarios/runner/script.h \
	tests/scenarios/runner/trace.c tests/scenarios/runner/trace.h \
	tests/scenarios/runner/changes.c \
	tests/scenarios/runner/wire.c tests/scenarios/runner/wire.h \
	tests/scenarios/runner/carriers.c tests/scenarios/runner/carriers.h \
	tests/scenarios/runner/run.c tests/scenarios/runner/run.h \
	tests/scenarios/runner/show.c \
	tests/scenarios/runner/expect.c tests/scenarios/runner/expect.h \
	tests/scenarios/runner/golden.c tests/scenarios/runner/golden.h \
	tests/scenarios/runner/variants.c tests/scenarios/runner/variants.h
tests_scenario_SOURCES = tests/scenarios/runner/main.c $(scenario_runner)
tests_scenario_CPPFLAGS = $(AM_CPPFLAGS) -I$(srcdir)/tests/scenarios/runner
tests_scenario_LDADD = libfinwait.a $(FINWAIT_LIBS)
TESTS += tests/scenario
EXTRA_DIST += $(wildcard $(srcdir)/tests/scenarios/*.scenario) tests/scenarios/README.md tests/scenarios/states-only.list

script_tests += tests/scenario-self-test
