# SPDX-License-Identifier: BSD-3-Clause

# report
report_tests = \
	tests/unit/sha1 tests/unit/sha256 tests/unit/output tests/unit/json_emitter tests/unit/time_text tests/unit/community_id \
	tests/unit/style tests/unit/ladder tests/unit/text_report tests/unit/json_report tests/unit/markup tests/unit/html_shelves
check_PROGRAMS += $(report_tests)
TESTS += $(report_tests)
handmade = tests/unit/handmade.c tests/unit/handmade.h
tests_unit_sha1_SOURCES = tests/unit/sha1.c
tests_unit_sha1_LDADD = $(TEST_LIBS)
tests_unit_sha256_SOURCES = tests/unit/sha256.c
tests_unit_sha256_LDADD = $(TEST_LIBS)
tests_unit_output_SOURCES = tests/unit/output.c
tests_unit_output_LDADD = $(TEST_LIBS)
tests_unit_json_emitter_SOURCES = tests/unit/json_emitter.c
tests_unit_json_emitter_LDADD = $(TEST_LIBS)
tests_unit_time_text_SOURCES = tests/unit/time_text.c
tests_unit_time_text_LDADD = $(TEST_LIBS)
tests_unit_community_id_SOURCES = tests/unit/community_id.c
tests_unit_community_id_LDADD = $(TEST_LIBS)
tests_unit_style_SOURCES = tests/unit/style.c $(handmade)
tests_unit_style_LDADD = $(TEST_LIBS)
tests_unit_ladder_SOURCES = tests/unit/ladder.c $(handmade)
tests_unit_ladder_LDADD = $(TEST_LIBS)
tests_unit_text_report_SOURCES = tests/unit/text_report.c $(handmade)
tests_unit_text_report_LDADD = $(TEST_LIBS)
tests_unit_json_report_SOURCES = tests/unit/json_report.c $(handmade)
tests_unit_json_report_LDADD = $(TEST_LIBS)
tests_unit_markup_SOURCES = tests/unit/markup.c $(handmade)
tests_unit_markup_LDADD = $(TEST_LIBS)
tests_unit_html_shelves_SOURCES = tests/unit/html_shelves.c $(handmade)
tests_unit_html_shelves_LDADD = $(TEST_LIBS)

check_PROGRAMS += tests/unit/explain
TESTS += tests/unit/explain
tests_unit_explain_SOURCES = tests/unit/explain.c
tests_unit_explain_CPPFLAGS = $(TEST_CPPFLAGS)
tests_unit_explain_LDADD = $(TEST_LIBS)

check_PROGRAMS += tests/unit/checksum
TESTS += tests/unit/checksum
tests_unit_checksum_SOURCES = tests/unit/checksum.c
tests_unit_checksum_CPPFLAGS = $(TEST_CPPFLAGS)
tests_unit_checksum_LDADD = $(TEST_LIBS)

check_PROGRAMS += tests/unit/ranges
TESTS += tests/unit/ranges
tests_unit_ranges_SOURCES = tests/unit/ranges.c
tests_unit_ranges_CPPFLAGS = $(TEST_CPPFLAGS)
tests_unit_ranges_LDADD = $(TEST_LIBS)

check_PROGRAMS += tests/unit/views
TESTS += tests/unit/views
tests_unit_views_SOURCES = tests/unit/views.c
tests_unit_views_CPPFLAGS = $(TEST_CPPFLAGS)
tests_unit_views_LDADD = $(TEST_LIBS)

check_PROGRAMS += tests/unit/subjects
TESTS += tests/unit/subjects
tests_unit_subjects_SOURCES = tests/unit/subjects.c
tests_unit_subjects_CPPFLAGS = $(TEST_CPPFLAGS)
tests_unit_subjects_LDADD = $(TEST_LIBS)

check_PROGRAMS += tests/unit/nearest
TESTS += tests/unit/nearest
tests_unit_nearest_SOURCES = tests/unit/nearest.c
tests_unit_nearest_CPPFLAGS = $(TEST_CPPFLAGS)
tests_unit_nearest_LDADD = $(TEST_LIBS)

check_PROGRAMS += tests/unit/address
TESTS += tests/unit/address
tests_unit_address_SOURCES = tests/unit/address.c
tests_unit_address_CPPFLAGS = $(TEST_CPPFLAGS)
tests_unit_address_LDADD = $(TEST_LIBS)

check_PROGRAMS += tests/unit/live
TESTS += tests/unit/live
tests_unit_live_SOURCES = tests/unit/live.c tests/unit/frames.h
tests_unit_live_CPPFLAGS = $(TEST_CPPFLAGS)
tests_unit_live_LDADD = $(TEST_LIBS)
check_PROGRAMS += tests/unit/capture
TESTS += tests/unit/capture
tests_unit_capture_SOURCES = tests/unit/capture.c tests/unit/frames.h
tests_unit_capture_CPPFLAGS = $(TEST_CPPFLAGS)
tests_unit_capture_LDADD = $(TEST_LIBS)

check_PROGRAMS += tests/unit/savefiles
TESTS += tests/unit/savefiles
tests_unit_savefiles_SOURCES = tests/unit/savefiles.c tests/unit/frames.h
tests_unit_savefiles_CPPFLAGS = $(TEST_CPPFLAGS)
tests_unit_savefiles_LDADD = $(TEST_LIBS)

check_PROGRAMS += tests/unit/formats
TESTS += tests/unit/formats
tests_unit_formats_SOURCES = tests/unit/formats.c tests/unit/frames.h
tests_unit_formats_CPPFLAGS = $(TEST_CPPFLAGS)
tests_unit_formats_LDADD = $(TEST_LIBS)

check_PROGRAMS += tests/unit/cursor
TESTS += tests/unit/cursor
tests_unit_cursor_SOURCES = tests/unit/cursor.c
tests_unit_cursor_CPPFLAGS = $(TEST_CPPFLAGS)
tests_unit_cursor_LDADD = $(TEST_LIBS)

check_PROGRAMS += tests/unit/decode
TESTS += tests/unit/decode
decoding = tests/unit/decoding.c tests/unit/decoding.h tests/unit/frames.h
tests_unit_decode_SOURCES = tests/unit/decode.c $(decoding)
tests_unit_decode_CPPFLAGS = $(TEST_CPPFLAGS)
tests_unit_decode_LDADD = $(TEST_LIBS)

check_PROGRAMS += tests/unit/links tests/unit/tunnels tests/unit/fragments
TESTS += tests/unit/links tests/unit/tunnels tests/unit/fragments
tests_unit_links_SOURCES = tests/unit/links.c $(decoding)
tests_unit_links_CPPFLAGS = $(TEST_CPPFLAGS)
tests_unit_links_LDADD = $(TEST_LIBS)
tests_unit_tunnels_SOURCES = tests/unit/tunnels.c $(decoding)
tests_unit_tunnels_CPPFLAGS = $(TEST_CPPFLAGS)
tests_unit_tunnels_LDADD = $(TEST_LIBS)
tests_unit_fragments_SOURCES = tests/unit/fragments.c $(decoding)
tests_unit_fragments_CPPFLAGS = $(TEST_CPPFLAGS)
tests_unit_fragments_LDADD = $(TEST_LIBS)

check_PROGRAMS += tests/unit/encapsulation
TESTS += tests/unit/encapsulation
tests_unit_encapsulation_SOURCES = tests/unit/encapsulation.c
tests_unit_encapsulation_CPPFLAGS = $(TEST_CPPFLAGS)
tests_unit_encapsulation_LDADD = $(TEST_LIBS)

check_PROGRAMS += tests/unit/options
TESTS += tests/unit/options
tests_unit_options_SOURCES = tests/unit/options.c
tests_unit_options_CPPFLAGS = $(TEST_CPPFLAGS)
tests_unit_options_LDADD = $(TEST_LIBS)

# rules
check_PROGRAMS += tests/unit/rules
TESTS += tests/unit/rules
tests_unit_rules_SOURCES = tests/unit/rules.c tests/unit/observing.c tests/unit/observing.h
tests_unit_rules_CPPFLAGS = $(TEST_CPPFLAGS)
tests_unit_rules_LDADD = $(TEST_LIBS)
check_PROGRAMS += tests/unit/sentences
TESTS += tests/unit/sentences
tests_unit_sentences_SOURCES = tests/unit/sentences.c tests/unit/observing.c tests/unit/observing.h
tests_unit_sentences_CPPFLAGS = $(TEST_CPPFLAGS)
tests_unit_sentences_LDADD = $(TEST_LIBS)
check_PROGRAMS += tests/unit/watch
TESTS += tests/unit/watch
tests_unit_watch_SOURCES = tests/unit/watch.c
tests_unit_watch_CPPFLAGS = $(TEST_CPPFLAGS)
tests_unit_watch_LDADD = $(TEST_LIBS)

check_PROGRAMS += tests/unit/selection
TESTS += tests/unit/selection
tests_unit_selection_SOURCES = tests/unit/selection.c
tests_unit_selection_CPPFLAGS = $(TEST_CPPFLAGS)
tests_unit_selection_LDADD = $(TEST_LIBS)

# model
check_PROGRAMS += tests/unit/waiting
TESTS += tests/unit/waiting
tests_unit_waiting_SOURCES = tests/unit/waiting.c
tests_unit_waiting_CPPFLAGS = $(TEST_CPPFLAGS)
tests_unit_waiting_LDADD = $(TEST_LIBS)
check_PROGRAMS += tests/unit/path tests/unit/timing tests/unit/log tests/unit/containers tests/unit/allocation
TESTS += tests/unit/path tests/unit/timing tests/unit/log tests/unit/containers tests/unit/allocation
tests_unit_timing_SOURCES = tests/unit/timing.c
tests_unit_timing_CPPFLAGS = $(TEST_CPPFLAGS)
tests_unit_timing_LDADD = $(TEST_LIBS)
tests_unit_log_SOURCES = tests/unit/log.c
tests_unit_log_CPPFLAGS = $(TEST_CPPFLAGS)
tests_unit_log_LDADD = $(TEST_LIBS)
tests_unit_path_SOURCES = tests/unit/path.c
tests_unit_path_CPPFLAGS = $(TEST_CPPFLAGS)
tests_unit_path_LDADD = $(TEST_LIBS)
tests_unit_containers_SOURCES = tests/unit/containers.c
tests_unit_containers_CPPFLAGS = $(TEST_CPPFLAGS)
tests_unit_containers_LDADD = $(TEST_LIBS)
tests_unit_allocation_SOURCES = tests/unit/allocation.c
tests_unit_allocation_CPPFLAGS = $(TEST_CPPFLAGS)
tests_unit_allocation_LDADD = $(TEST_LIBS)
tests_unit_allocation_LDFLAGS = $(AM_LDFLAGS) \
	-Wl,--wrap=malloc -Wl,--wrap=calloc -Wl,--wrap=realloc \
	-Wl,--wrap=aligned_alloc -Wl,--wrap=strdup -Wl,--wrap=free

check_PROGRAMS += tests/unit/lane
TESTS += tests/unit/lane
tests_unit_lane_SOURCES = tests/unit/lane.c tests/unit/lane_story.c tests/unit/lane_story.h
tests_unit_lane_LDADD = $(TEST_LIBS)
check_PROGRAMS += tests/unit/facts tests/unit/guards tests/unit/zeek tests/unit/thresholds
TESTS += tests/unit/facts tests/unit/guards tests/unit/zeek tests/unit/thresholds
exchange = tests/unit/exchange.c tests/unit/exchange.h
tests_unit_facts_SOURCES = tests/unit/facts.c $(exchange)
tests_unit_facts_LDADD = $(TEST_LIBS)
tests_unit_guards_SOURCES = tests/unit/guards.c $(exchange)
tests_unit_guards_LDADD = $(TEST_LIBS)
tests_unit_zeek_SOURCES = tests/unit/zeek.c $(exchange)
tests_unit_zeek_LDADD = $(TEST_LIBS)
tests_unit_thresholds_SOURCES = tests/unit/thresholds.c $(exchange)
tests_unit_thresholds_LDADD = $(TEST_LIBS)
check_PROGRAMS += tests/unit/carriage
TESTS += tests/unit/carriage
tests_unit_carriage_SOURCES = tests/unit/carriage.c
tests_unit_carriage_LDADD = $(TEST_LIBS)

# engine
check_PROGRAMS += tests/unit/crew
TESTS += tests/unit/crew
tests_unit_crew_SOURCES = tests/unit/crew.c
tests_unit_crew_CPPFLAGS = $(TEST_CPPFLAGS)
tests_unit_crew_LDADD = $(TEST_LIBS)
check_PROGRAMS += tests/unit/engine
TESTS += tests/unit/engine
tests_unit_engine_SOURCES = tests/unit/engine.c
tests_unit_engine_LDADD = $(TEST_LIBS)

check_PROGRAMS += tests/unit/sandbox
TESTS += tests/unit/sandbox
tests_unit_sandbox_SOURCES = tests/unit/sandbox.c src/cli/sandbox.c src/cli/sandbox.h
tests_unit_sandbox_CPPFLAGS = $(TEST_CPPFLAGS)
tests_unit_sandbox_LDADD = $(TEST_LIBS) $(LIBSECCOMP_LIBS)

# check
check_tests = tests/unit/position tests/unit/judge tests/unit/policy tests/unit/lost
check_PROGRAMS += $(check_tests)
TESTS += $(check_tests)
tests_unit_position_SOURCES = tests/unit/position.c
tests_unit_position_CPPFLAGS = $(TEST_CPPFLAGS)
tests_unit_position_LDADD = $(TEST_LIBS)
tests_unit_judge_SOURCES = tests/unit/judge.c
tests_unit_judge_CPPFLAGS = $(TEST_CPPFLAGS)
tests_unit_judge_LDADD = $(TEST_LIBS)
tests_unit_policy_SOURCES = tests/unit/policy.c
tests_unit_policy_CPPFLAGS = $(TEST_CPPFLAGS)
tests_unit_policy_LDADD = $(TEST_LIBS)
tests_unit_lost_SOURCES = tests/unit/lost.c
tests_unit_lost_CPPFLAGS = $(TEST_CPPFLAGS)
tests_unit_lost_LDADD = $(TEST_LIBS)

check_PROGRAMS += tests/unit/ipcomp
TESTS += tests/unit/ipcomp
tests_unit_ipcomp_SOURCES = tests/unit/ipcomp.c $(decoding)
tests_unit_ipcomp_CPPFLAGS = $(TEST_CPPFLAGS)
tests_unit_ipcomp_LDADD = $(TEST_LIBS)

check_PROGRAMS += tests/unit/budget
TESTS += tests/unit/budget
tests_unit_budget_SOURCES = tests/unit/budget.c
tests_unit_budget_LDADD = $(TEST_LIBS)
