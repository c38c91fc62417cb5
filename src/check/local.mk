# SPDX-License-Identifier: BSD-3-Clause
libfinwait_a_SOURCES += src/check/check.c src/check/check.h src/check/discover.c src/check/discover.h

# What is expected
libfinwait_a_SOURCES += src/check/position.c src/check/position.h src/check/schema.c src/check/schema.h
libfinwait_a_SOURCES += src/check/expectation.c src/check/expectation.h src/check/policy.c src/check/policy.h
libfinwait_a_SOURCES += src/check/update.c src/check/update.h src/check/layout.c src/check/layout.h
libfinwait_a_SOURCES += src/check/words.c src/check/words.h

# Whether it holds
libfinwait_a_SOURCES += src/check/judge.c src/check/judge.h src/check/select.c src/check/anomalies.c

# Two reports beside one another
libfinwait_a_SOURCES += src/check/difference.c src/check/difference.h src/check/lost.c src/check/lost.h src/check/segments.c src/check/segments.h
libfinwait_a_SOURCES += src/check/difference_text.c src/check/difference_text.h

# How it is told
libfinwait_a_SOURCES += src/check/writer.h src/check/writers.c
libfinwait_a_SOURCES += src/check/text.c src/check/tap.c src/check/github.c src/check/json.c src/check/junit.c

# The schema of the report, within the program
libfinwait_a_SOURCES += src/check/schema_text.h
nodist_libfinwait_a_SOURCES += src/check/schema_text.c
CLEANFILES += src/check/schema_text.c
EXTRA_DIST += src/check/make-schema-text.awk
src/check/schema_text.c: src/report/finwait-report.schema.json src/check/make-schema-text.awk
	$(AM_V_GEN)$(MKDIR_P) $(@D) && $(AWK) -f $(srcdir)/src/check/make-schema-text.awk src/report/finwait-report.schema.json >$@.new && mv $@.new $@
