# SPDX-License-Identifier: BSD-3-Clause

# report
check_PROGRAMS += tests/unit/sha1 tests/unit/output tests/unit/json_emitter tests/unit/time_text
TESTS += tests/unit/sha1 tests/unit/output tests/unit/json_emitter tests/unit/time_text
tests_unit_sha1_SOURCES = tests/unit/sha1.c
tests_unit_sha1_LDADD = $(TEST_LIBS)
tests_unit_output_SOURCES = tests/unit/output.c
tests_unit_output_LDADD = $(TEST_LIBS)
tests_unit_json_emitter_SOURCES = tests/unit/json_emitter.c
tests_unit_json_emitter_LDADD = $(TEST_LIBS)
tests_unit_time_text_SOURCES = tests/unit/time_text.c
tests_unit_time_text_LDADD = $(TEST_LIBS)
