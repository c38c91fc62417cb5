# SPDX-License-Identifier: BSD-3-Clause

# One program a module, of the source of its name and $(LDADD) where nothing else is said.
unit_tests =
check_PROGRAMS += $(unit_tests)
TESTS += $(unit_tests)

# base
unit_tests += tests/unit/checksum tests/unit/ranges tests/unit/nearest tests/unit/address tests/unit/cursor tests/unit/room
tests_unit_room_LDFLAGS = $(AM_LDFLAGS) -Wl,--wrap=realloc

# capture
unit_tests += tests/unit/live tests/unit/capture tests/unit/mapping tests/unit/savefiles tests/unit/pcapng tests/unit/formats
savefile = tests/unit/savefile.c tests/unit/savefile.h tests/unit/frames.h
tests_unit_live_SOURCES = tests/unit/live.c tests/unit/frames.h
tests_unit_capture_SOURCES = tests/unit/capture.c tests/unit/frames.h
tests_unit_mapping_SOURCES = tests/unit/mapping.c
tests_unit_savefiles_SOURCES = tests/unit/savefiles.c tests/unit/frames.h
tests_unit_pcapng_SOURCES = tests/unit/pcapng.c $(savefile)
tests_unit_formats_SOURCES = tests/unit/formats.c $(savefile)

# decode
unit_tests += tests/unit/decode tests/unit/decode_ip tests/unit/decode_tcp tests/unit/decode_cut tests/unit/decode_icmp tests/unit/links tests/unit/tunnels tests/unit/fragments tests/unit/encapsulation
unit_tests += tests/unit/options tests/unit/ipcomp
decoding = tests/unit/decoding.c tests/unit/decoding.h tests/unit/frames.h
tests_unit_decode_SOURCES = tests/unit/decode.c $(decoding)
tests_unit_decode_ip_SOURCES = tests/unit/decode_ip.c $(decoding)
tests_unit_decode_tcp_SOURCES = tests/unit/decode_tcp.c $(decoding)
tests_unit_decode_cut_SOURCES = tests/unit/decode_cut.c $(decoding)
tests_unit_decode_icmp_SOURCES = tests/unit/decode_icmp.c $(decoding)
tests_unit_links_SOURCES = tests/unit/links.c $(decoding)
tests_unit_tunnels_SOURCES = tests/unit/tunnels.c $(decoding)
tests_unit_fragments_SOURCES = tests/unit/fragments.c $(decoding)
tests_unit_ipcomp_SOURCES = tests/unit/ipcomp.c $(decoding)

# model
unit_tests += tests/unit/waiting tests/unit/path tests/unit/timing tests/unit/log tests/unit/containers
unit_tests += tests/unit/allocation tests/unit/lane tests/unit/lane_lossy tests/unit/lane_run tests/unit/lane_closing tests/unit/lane_ended tests/unit/lane_log tests/unit/lane_pieces tests/unit/lane_traits tests/unit/lane_direct tests/unit/lane_attempt tests/unit/lane_reset tests/unit/lane_repair tests/unit/lane_kind tests/unit/lane_opening tests/unit/facts tests/unit/guards tests/unit/zeek
unit_tests += tests/unit/thresholds tests/unit/carriage tests/unit/budget
exchange = tests/unit/exchange.c tests/unit/exchange.h
tests_unit_allocation_LDFLAGS = $(AM_LDFLAGS) \
	-Wl,--wrap=malloc -Wl,--wrap=calloc -Wl,--wrap=realloc \
	-Wl,--wrap=aligned_alloc -Wl,--wrap=strdup -Wl,--wrap=free
tests_unit_lane_SOURCES = tests/unit/lane.c tests/unit/lane_story.c tests/unit/lane_story.h
tests_unit_lane_lossy_SOURCES = tests/unit/lane_lossy.c tests/unit/lane_story.c tests/unit/lane_story.h
tests_unit_lane_run_SOURCES = tests/unit/lane_run.c tests/unit/lane_story.c tests/unit/lane_story.h
tests_unit_lane_ended_SOURCES = tests/unit/lane_ended.c tests/unit/lane_story.c tests/unit/lane_story.h
tests_unit_lane_log_SOURCES = tests/unit/lane_log.c tests/unit/lane_story.c tests/unit/lane_story.h
tests_unit_lane_traits_SOURCES = tests/unit/lane_traits.c tests/unit/lane_story.c tests/unit/lane_story.h
tests_unit_lane_attempt_SOURCES = tests/unit/lane_attempt.c tests/unit/lane_story.c tests/unit/lane_story.h
tests_unit_lane_reset_SOURCES = tests/unit/lane_reset.c tests/unit/lane_story.c tests/unit/lane_story.h
tests_unit_lane_direct_SOURCES = tests/unit/lane_direct.c
tests_unit_lane_kind_SOURCES = tests/unit/lane_kind.c tests/unit/lane_story.c tests/unit/lane_story.h
tests_unit_lane_opening_SOURCES = tests/unit/lane_opening.c tests/unit/lane_story.c tests/unit/lane_story.h
tests_unit_lane_closing_SOURCES = tests/unit/lane_closing.c tests/unit/lane_story.c tests/unit/lane_story.h
tests_unit_lane_repair_SOURCES = tests/unit/lane_repair.c tests/unit/lane_story.c tests/unit/lane_story.h
tests_unit_facts_SOURCES = tests/unit/facts.c $(exchange)
tests_unit_guards_SOURCES = tests/unit/guards.c $(exchange)
tests_unit_zeek_SOURCES = tests/unit/zeek.c $(exchange)
tests_unit_thresholds_SOURCES = tests/unit/thresholds.c $(exchange)

# rules
unit_tests += tests/unit/catalogue tests/unit/raising tests/unit/rules tests/unit/absence tests/unit/sentences
unit_tests += tests/unit/watch tests/unit/selection tests/unit/views tests/unit/subjects
observing = tests/unit/observing.c tests/unit/observing.h
tests_unit_catalogue_SOURCES = tests/unit/catalogue.c $(observing)
tests_unit_raising_SOURCES = tests/unit/raising.c $(observing)
tests_unit_rules_SOURCES = tests/unit/rules.c $(observing)
tests_unit_absence_SOURCES = tests/unit/absence.c $(observing)
tests_unit_sentences_SOURCES = tests/unit/sentences.c $(observing)

# report
unit_tests += tests/unit/decimal tests/unit/sha1 tests/unit/sha256 tests/unit/output tests/unit/json_emitter tests/unit/time_text
unit_tests += tests/unit/community_id tests/unit/style tests/unit/ladder tests/unit/text_report tests/unit/json_report
unit_tests += tests/unit/markup tests/unit/html_shelves tests/unit/explain
handmade = tests/unit/handmade.c tests/unit/handmade.h
tests_unit_style_SOURCES = tests/unit/style.c $(handmade)
tests_unit_ladder_SOURCES = tests/unit/ladder.c $(handmade)
tests_unit_text_report_SOURCES = tests/unit/text_report.c $(handmade)
tests_unit_json_report_SOURCES = tests/unit/json_report.c $(handmade)
tests_unit_markup_SOURCES = tests/unit/markup.c $(handmade)
tests_unit_html_shelves_SOURCES = tests/unit/html_shelves.c $(handmade)

# engine
unit_tests += tests/unit/crew tests/unit/engine

# cli
unit_tests += tests/unit/sandbox tests/unit/progress
tests_unit_progress_SOURCES = tests/unit/progress.c src/cli/progress.c src/cli/progress.h
tests_unit_sandbox_SOURCES = tests/unit/sandbox.c src/cli/sandbox.c src/cli/sandbox.h
tests_unit_sandbox_LDADD = $(LDADD) $(LIBSECCOMP_LIBS)

# check
unit_tests += tests/unit/position tests/unit/judge tests/unit/policy tests/unit/lost
