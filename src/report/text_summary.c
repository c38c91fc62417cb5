/* SPDX-License-Identifier: BSD-3-Clause */
#include "report/text_summary.h"

#include "decode/decode.h"
#include "report/time_text.h"

#include <stdio.h>
#include <stdlib.h>

enum {
    LABEL_WIDTH = 17, /* of the names at the left */
    LONG_LABEL = 48,
    COUNT_WIDTH = 3,    /* least */
    SEVERITY_WIDTH = 7, /* "warning" */
    LISTED = 5,         /* connections named beside a finding */
    LINKS_TOLD = 4      /* link types that could not be read */
};

/* How often an anomaly was found in one severity, and where first. */
struct tally {
    uint64_t count;
    uint64_t connections;
    uint64_t ids[LISTED];
    uint64_t latest;          /* id of the connection counted last */
    struct output *sentences; /* owned: of findings of the capture; NULL: none */
};

struct text_tables {
    struct style *style;     /* borrowed */
    struct output *captures; /* owned: finished lines */
    struct output *problems; /* owned: of the first capture, each with a dot before it */
    char *first_path;        /* owned */
    uint64_t capture_count;
    int unread_links[LINKS_TOLD]; /* of interfaces, without repetition */
    unsigned unread_count;        /* LINKS_TOLD: perhaps there are more */
    struct tally tallies[SEVERITIES][ANOMALIES];
};

struct text_tables *text_tables_new(struct style *style) {
    struct text_tables *tables = calloc(1, sizeof *tables);

    if (tables == NULL) {
        return NULL;
    }
    tables->style = style;
    tables->captures = output_to_memory();
    tables->problems = output_to_memory();
    if (tables->captures == NULL || tables->problems == NULL) {
        text_tables_free(tables);
        return NULL;
    }
    return tables;
}

void text_tables_free(struct text_tables *tables) {
    if (tables != NULL) {
        for (int i = 0; i < SEVERITIES * ANOMALIES; i++) {
            output_free(tables->tallies[i / ANOMALIES][i % ANOMALIES].sentences);
        }
        output_free(tables->captures);
        output_free(tables->problems);
        free(tables->first_path);
        free(tables);
    }
}

/* --- findings --- */

static void tally_connection(struct tally *tally, uint64_t id) {
    if (tally->latest == id) {
        return;
    }
    if (tally->connections < LISTED) {
        tally->ids[tally->connections] = id;
    }
    tally->connections++;
    tally->latest = id;
}

void text_tables_connection(struct text_tables *tables, const struct connection *connection) {
    const struct findings *findings = connection->findings;

    for (uint32_t i = 0; findings != NULL && i < findings->count; i++) {
        const struct finding *finding = &findings->items[i];

        if (!finding->withdrawn) {
            struct tally *tally = &tables->tallies[finding->severity][finding->id];

            tally->count++;
            tally_connection(tally, connection->id);
        }
    }
}

void text_tables_alike(struct text_tables *tables, const struct outcome *outcome, uint64_t id) {
    for (unsigned i = 0; i < outcome->finding_count; i++) {
        struct tally *tally = &tables->tallies[outcome->findings[i].severity][outcome->findings[i].id];

        tally->count++;
        tally_connection(tally, id);
    }
}

bool text_tables_finding(struct text_tables *tables, const struct report_finding *finding) {
    struct tally *tally = &tables->tallies[finding->severity][finding->id];
    struct style style = *tables->style;

    tally->count++;
    for (size_t i = 0; i < finding->connections_listed && tally->connections + i < LISTED; i++) {
        tally->ids[tally->connections + i] = finding->connections[i];
    }
    tally->connections += finding->connection_count; /* of another end than those before */
    if (tally->sentences == NULL && (tally->sentences = output_to_memory()) == NULL) {
        return false;
    }
    style.output = tally->sentences;
    style_blanks(&style, LABEL_WIDTH - 2);
    style_paragraph(&style, report_sentence(finding), LABEL_WIDTH - 2, LABEL_WIDTH - 2);
    style_newline(&style);
    return output_error(tally->sentences) == 0;
}

struct widths {
    unsigned count;
    unsigned id;
};

static struct widths tally_widths(const struct text_tables *tables) {
    struct widths widths = {COUNT_WIDTH, 0};

    for (int severity = 0; severity < SEVERITIES; severity++) {
        for (int id = 0; id < ANOMALIES; id++) {
            const struct tally *tally = &tables->tallies[severity][id];
            unsigned id_columns = text_columns(anomaly_row((enum anomaly_id)id)->id);
            unsigned count_columns = 1;

            for (uint64_t rest = tally->count; rest >= 10; rest /= 10) {
                count_columns++;
            }
            if (tally->count > 0 && id_columns > widths.id) {
                widths.id = id_columns;
            }
            if (count_columns > widths.count) {
                widths.count = count_columns;
            }
        }
    }
    return widths;
}

static void print_tally(struct style *style, enum severity severity, const char *id, const struct widths *widths,
                        const struct tally *tally) {
    char count[24];

    snprintf(count, sizeof count, "%llu", (unsigned long long)tally->count);
    style_cell_right(style, PLAIN, count, widths->count);
    style_blanks(style, 2);
    style_cell(style, severity_color(severity), severity_name(severity), SEVERITY_WIDTH);
    style_blanks(style, 2);
    style_cell(style, PLAIN, id, tally->connections > 0 ? widths->id : 0);
    for (uint64_t i = 0; i < tally->connections && i < LISTED; i++) {
        style_text(style, PLAIN, i == 0 ? "   #" : " #");
        style_unsigned(style, tally->ids[i]);
    }
    if (tally->connections > LISTED) {
        style_blanks(style, 1);
        style_text(style, PLAIN, style->glyphs->more);
        style_blanks(style, 1);
        style_unsigned(style, tally->connections);
        style_text(style, PLAIN, " connections");
    }
    style_newline(style);
    if (tally->sentences != NULL) {
        output_bytes(style->output, tally->sentences->bytes, tally->sentences->used);
    }
}

/* --- facts in a row --- */

struct line {
    struct style *style;
    bool begun;
};

/* A path may be longer than the column: a little moves the facts aside, a lot puts them on the next line. */
static struct line line_begin(struct style *style, const char *label) {
    if (style_cell(style, BOLD, label, LABEL_WIDTH - 2) > LONG_LABEL) {
        style_newline(style);
        style_blanks(style, LABEL_WIDTH - 2);
    }
    style_blanks(style, 2);
    return (struct line){style, false};
}

static struct style *line_next(struct line *line) {
    if (line->begun) {
        style_blanks(line->style, 1);
        style_text(line->style, PLAIN, line->style->glyphs->dot);
        style_blanks(line->style, 1);
    }
    line->begun = true;
    return line->style;
}

static void line_word_count(struct line *line, const char *word, uint64_t count) {
    struct style *style = line_next(line);

    style_text(style, PLAIN, word);
    style_blanks(style, 1);
    style_unsigned(style, count);
}

static void line_count_word(struct line *line, uint64_t count, const char *word) {
    struct style *style = line_next(line);

    style_unsigned(style, count);
    style_blanks(style, 1);
    style_text(style, PLAIN, word);
}

static void print_findings(const struct text_tables *tables, const struct report_summary *summary) {
    struct style *style = tables->style;
    struct line line = line_begin(style, "findings");
    struct widths widths = tally_widths(tables);

    for (int severity = SEVERITIES - 1; severity >= 0; severity--) {
        line_word_count(&line, severity_name((enum severity)severity), summary->severities[severity]);
    }
    style_newline(style);
    for (int severity = SEVERITIES - 1; severity >= 0; severity--) {
        for (int id = 0; id < ANOMALIES; id++) {
            const struct tally *tally = &tables->tallies[severity][id];

            if (tally->count > 0) {
                print_tally(style, (enum severity)severity, anomaly_row((enum anomaly_id)id)->id, &widths, tally);
            }
        }
    }
}

/* --- captures --- */

/* Of several interfaces those that dropped frames, by name. */
static void print_droppers(struct style *style, const struct capture_info *capture) {
    const char *before = " (";

    for (size_t i = 0; i < capture->interface_count && capture->interface_count > 1; i++) {
        const struct capture_interface *interface = &capture->interfaces[i];

        if (interface->drops_known && interface->dropped > 0 && interface->name != NULL) {
            style_text(style, PLAIN, before);
            style_text(style, PLAIN, interface->name);
            style_blanks(style, 1);
            style_unsigned(style, interface->dropped);
            before = ", ";
        }
    }
    style_text(style, PLAIN, before[0] == ',' ? ")" : "");
}

static void print_capture_problems(struct line *line, const struct capture_info *capture) {
    if (capture->drops_known && capture->dropped_by_kernel > 0) {
        line_count_word(line, capture->dropped_by_kernel, "dropped while capturing");
        print_droppers(line->style, capture);
    }
    if (capture->failed) {
        style_text(line_next(line), RED, capture->error != NULL ? capture->error : "it could not be read");
    }
}

/* One capture alone shares its line with the totals: what is wrong with it then follows on these. */
static bool keep_first(struct text_tables *tables, const struct capture_info *capture) {
    struct style style = *tables->style;
    struct line line = {&style, true};

    style.output = tables->problems;
    print_capture_problems(&line, capture);
    tables->first_path = strdup(capture->path);
    return tables->first_path != NULL && output_error(tables->problems) == 0;
}

static void note_unread_link(struct text_tables *tables, int link_type) {
    for (unsigned i = 0; i < tables->unread_count; i++) {
        if (tables->unread_links[i] == link_type) {
            return;
        }
    }
    if (tables->unread_count < LINKS_TOLD) {
        tables->unread_links[tables->unread_count++] = link_type;
    }
}

bool text_tables_capture(struct text_tables *tables, const struct capture_info *capture) {
    struct style style = *tables->style;
    struct line line;

    if (tables->capture_count++ == 0 && !keep_first(tables, capture)) {
        return false;
    }
    for (size_t i = 0; i < capture->interface_count; i++) {
        if (!decode_knows_link(capture->interfaces[i].link_type)) {
            note_unread_link(tables, capture->interfaces[i].link_type);
        }
    }
    style.output = tables->captures;
    line = line_begin(&style, capture->path);
    style_count(line_next(&line), capture->frames, "frame");
    if (capture->frames > 0) {
        char text[TIME_TEXT_SIZE];

        style_text(line_next(&line), PLAIN, duration_text(capture->last_time - capture->first_time, text));
    }
    print_capture_problems(&line, capture);
    style_newline(&style);
    return output_error(tables->captures) == 0;
}

static void print_totals(struct style *style, const char *label, const struct report_summary *summary) {
    struct line line = line_begin(style, label);
    char text[TIME_TEXT_SIZE];

    style_count(line_next(&line), summary->frames, "frame");
    style_count(line_next(&line), summary->tcp_segments, "TCP segment");
    style_count(line_next(&line), summary->connections, "connection");
    style_text(line_next(&line), PLAIN, duration_text(summary->duration, text));
    if (summary->evicted > 0) {
        line_count_word(&line, summary->evicted, "evicted");
    }
    if (summary->interrupted) {
        style_text(line_next(&line), YELLOW, "interrupted");
    }
}

static void print_talkers(struct line *line, const char *what, const struct talkers *talkers) {
    const struct talker *first[TALKERS_TOLD];
    uint64_t least[TALKERS_TOLD];
    char text[ADDRESS_TEXT_SIZE];
    unsigned count = talkers_first(talkers, first, least);

    for (unsigned i = 0; i < count; i++) {
        struct style *style = line_next(line);
        style_text(style, PLAIN, what);
        style_text(style, PLAIN, address_text(&first[i]->address, text));
        style_blanks(style, 1);
        style_unsigned(style, least[i]);
    }
    if (count == 0 && talkers->count > 0) {
        struct style *style = line_next(line);
        style_text(style, PLAIN, what);
        style_text(style, PLAIN, "many addresses");
    }
}

/* What was given up to make room, and whose it was, most first. */
static void print_evicted(struct style *style, const struct report_summary *summary) {
    if (summary->evicted == 0) {
        return;
    }
    struct line line = line_begin(style, "evicted");
    style_count(line_next(&line), summary->evicted, "connection");
    line_count_word(&line, summary->evicted_unfinished, "before their handshake was complete");
    print_talkers(&line, "from ", &summary->evicted_from);
    print_talkers(&line, "to ", &summary->evicted_to);
    style_newline(style);
}

static void print_uncompared(struct style *style, const struct report_summary *summary) {
    if (summary->uncompared == 0) {
        return;
    }
    struct line line = line_begin(style, "not compared");
    style_count(line_next(&line), summary->uncompared, "segment");
    style_text(line_next(&line), PLAIN, "too much was unacknowledged at once to hold a second copy against each");
    style_newline(style);
}

/* All other times are counted from that one. */
static void print_origin(struct style *style, const struct report *report) {
    char text[TIME_TEXT_SIZE];

    if (report->summary.frames > 0) {
        struct line line = line_begin(style, "first frame");
        style_text(line_next(&line), PLAIN, date_text(report->origin, text));
        style_newline(style);
    }
}

static void print_captures(const struct text_tables *tables, const struct report_summary *summary) {
    struct output *output = tables->style->output;

    if (tables->capture_count == 1) {
        print_totals(tables->style, tables->first_path, summary);
        output_bytes(output, tables->problems->bytes, tables->problems->used);
    } else {
        output_bytes(output, tables->captures->bytes, tables->captures->used);
        print_totals(tables->style, "total", summary);
    }
    style_newline(tables->style);
}

/* --- what the run comes to --- */

typedef const char *counter_name(int index);

static const char *skip_counter(int index) {
    return skip_name((enum skip_reason)index);
}

static const char *handshake_counter(int index) {
    return handshake_outcome_name((enum handshake_outcome)index);
}

static const char *teardown_counter(int index) {
    return teardown_outcome_name((enum teardown_outcome)index);
}

/* A row of the counters that are not 0; no row at all where all of them are. */
static void print_counters(struct style *style, const char *label, const uint64_t *counters, int count,
                           counter_name *name) {
    struct line line = {style, false};

    for (int i = 0; i < count; i++) {
        if (counters[i] == 0) {
            continue;
        }
        if (!line.begun) {
            line = line_begin(style, label);
        }
        line_count_word(&line, counters[i], name(i));
    }
    if (line.begun) {
        style_newline(style);
    }
}

/* Which link types it was that no frame could be read of. */
static void print_unread_links(const struct text_tables *tables, const struct report_summary *summary) {
    char name[LINK_TYPE_NAME_SIZE];

    if (summary->skipped[SKIP_UNSUPPORTED_LINK] == 0 || tables->unread_count == 0) {
        return;
    }
    struct line line = line_begin(tables->style, "unread links");
    for (unsigned i = 0; i < tables->unread_count; i++) {
        style_text(line_next(&line), PLAIN, capture_link_type_name(tables->unread_links[i], name));
    }
    style_newline(tables->style);
}

static void print_states(struct style *style, const struct report_summary *summary) {
    struct line line = line_begin(style, "states at end");

    for (int side = 0; side < SIDES; side++) {
        bool begun = false;

        for (int state = 0; state < TCP_STATES; state++) {
            if (summary->states[side][state] == 0) {
                continue;
            }
            if (!begun) {
                style_text(line_next(&line), PLAIN, side_name((enum side)side));
                begun = true;
            } else {
                style_text(style, PLAIN, ",");
            }
            style_blanks(style, 1);
            style_text(style, PLAIN, state_name((enum tcp_state)state));
            style_blanks(style, 1);
            style_unsigned(style, summary->states[side][state]);
        }
    }
    style_newline(style);
}

void text_tables_print(struct text_tables *tables, const struct report *report) {
    const struct report_summary *summary = &report->summary;
    struct style *style = tables->style;

    print_findings(tables, summary);
    print_captures(tables, summary);
    print_origin(style, report);
    print_evicted(style, summary);
    print_uncompared(style, summary);
    print_counters(style, "skipped", summary->skipped, SKIP_REASONS, skip_counter);
    print_unread_links(tables, summary);
    print_counters(style, "handshakes", summary->handshakes, HANDSHAKE_OUTCOMES, handshake_counter);
    print_counters(style, "teardowns", summary->teardowns, TEARDOWN_OUTCOMES, teardown_counter);
    if (summary->connections > 0) {
        print_states(style, summary);
    }
}
