# SPDX-License-Identifier: BSD-3-Clause
libfinwait_a_SOURCES += src/report/talkers.c src/report/talkers.h
libfinwait_a_SOURCES += src/report/report.c src/report/report.h src/report/writer.h
libfinwait_a_SOURCES += src/report/summary.c src/report/summary.h
libfinwait_a_SOURCES += src/report/likeness.c src/report/likeness.h
libfinwait_a_SOURCES += src/report/output.c src/report/output.h

# What both formats need
libfinwait_a_SOURCES += src/report/time_text.c src/report/time_text.h
libfinwait_a_SOURCES += src/report/flags_text.c src/report/flags_text.h
libfinwait_a_SOURCES += src/report/community_id.c src/report/community_id.h
libfinwait_a_SOURCES += src/report/ladder_rows.c src/report/ladder_rows.h

# Drawings
libfinwait_a_SOURCES += src/report/markup.c src/report/markup.h src/report/palette.def
libfinwait_a_SOURCES += src/report/svg.c src/report/svg_page.c src/report/svg_page.h
libfinwait_a_SOURCES += src/report/svg_ladder.c src/report/svg_ladder.h
libfinwait_a_SOURCES += src/report/state_paths.c

# JSON
libfinwait_a_SOURCES += src/report/json.c src/report/json_capture.c src/report/ndjson.c
libfinwait_a_SOURCES += src/report/json_emitter.c src/report/json_emitter.h src/report/json_put.h
libfinwait_a_SOURCES += src/report/phrases.c src/report/phrases.h
libfinwait_a_SOURCES += src/report/json_connection.c src/report/json_finding.c src/report/json_liveness.c src/report/json_connection.h
libfinwait_a_SOURCES += src/report/census.c src/report/census.h src/report/census_write.c src/report/census_write.h
libfinwait_a_SOURCES += src/report/json_summary.c src/report/json_summary.h src/report/thresholds.def

# Text, line by line
libfinwait_a_SOURCES += src/report/lines.c

# Text
libfinwait_a_SOURCES += src/report/text.c
libfinwait_a_SOURCES += src/report/style.c src/report/style.h
libfinwait_a_SOURCES += src/report/ladder.c src/report/ladder.h
libfinwait_a_SOURCES += src/report/text_connection.c src/report/text_verdict.c src/report/text_liveness.c src/report/text_details.c src/report/text_connection.h
libfinwait_a_SOURCES += src/report/text_summary.c src/report/text_summary.h

# HTML: one page, made of the sources in page/
libfinwait_a_SOURCES += src/report/html.c src/report/html_index.c src/report/html_index.h
libfinwait_a_SOURCES += src/report/html_page.c src/report/html_page.h src/report/html_shelves.c src/report/html_shelves.h
libfinwait_a_SOURCES += src/report/base64.c src/report/base64.h src/report/deflate.c src/report/deflate.h
libfinwait_a_SOURCES += src/report/round_trips.c src/report/round_trips.h
nodist_libfinwait_a_SOURCES += src/report/html_page_text.c
CLEANFILES += src/report/html_page_text.c
# Each stands behind those that it needs while it is loaded.
page_sources = src/report/palette.def src/report/page/style.css src/report/page/body.html \
	src/report/page/dom.js src/report/page/words.js src/report/page/community.js src/report/page/data.js src/report/page/marks.js \
	src/report/page/route.js src/report/page/filter.js src/report/page/charts.js src/report/page/overview.js \
	src/report/page/list.js src/report/page/steps.js src/report/page/ladder.js src/report/page/diagram.js \
	src/report/page/sequence.js src/report/page/connection.js src/report/page/explain.js src/report/page/main.js
EXTRA_DIST += src/report/make-page.awk $(page_sources)
src/report/html_page_text.c: src/report/make-page.awk $(page_sources)
	$(AM_V_GEN)$(MKDIR_P) $(@D) && (cd $(srcdir) && $(AWK) -f src/report/make-page.awk $(page_sources)) >$@.new && mv $@.new $@

# What there is to explain
libfinwait_a_SOURCES += src/report/explain.c src/report/explain_text.c src/report/explain_json.c src/report/explain.h
libfinwait_a_SOURCES += src/report/states.def src/report/topics.def src/report/examples.def

# The schema of the JSON report, installed for whoever reads reports.
pkgdata_DATA = src/report/finwait-report.schema.json
dist_pkgdata_DATA = src/report/finwait-lines.schema.json
CLEANFILES += src/report/finwait-report.schema.json
EXTRA_DIST += src/report/finwait-report.schema.json.in src/report/make-schema.awk
src/report/finwait-report.schema.json: src/report/finwait-report.schema.json.in src/report/make-schema.awk src/rules/catalogue.def \
		src/report/thresholds.def
	$(AM_V_GEN)$(MKDIR_P) $(@D) && $(AWK) -f $(srcdir)/src/report/make-schema.awk $(srcdir)/src/rules/catalogue.def $(srcdir)/src/report/thresholds.def $(srcdir)/src/report/finwait-report.schema.json.in >$@.new && mv $@.new $@
