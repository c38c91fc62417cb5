# SPDX-License-Identifier: BSD-3-Clause

# Every execution of a reference TCP pair, up to a bound (README.md here; script/test-model for the long run).
check_PROGRAMS += tests/model/explore tests/model/reference
model_reference = \
	tests/model/packet.h \
	tests/model/tcp.c tests/model/tcp.h \
	tests/model/world.c tests/model/world.h \
	tests/model/beginnings.c tests/model/beginnings.h \
	tests/model/belief.c tests/model/belief.h
tests_model_explore_SOURCES = \
	tests/model/explore.c \
	tests/model/appeal.c tests/model/appeal.h \
	tests/model/judge.c tests/model/judge.h \
	tests/model/runs.c tests/model/runs.h \
	tests/model/show.c tests/model/show.h \
	$(model_reference)
tests_model_explore_LDADD = libfinwait.a $(FINWAIT_LIBS)
tests_model_reference_SOURCES = tests/model/reference.c $(model_reference)
TESTS += tests/model/reference tests/model/explore

EXTRA_DIST += tests/model/README.md script/test-model
