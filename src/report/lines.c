/* SPDX-License-Identifier: BSD-3-Clause */
#include "report/text_connection.h"
#include "report/text_summary.h"
#include "report/time_text.h"

#include "report/census_write.h"

#include <stdio.h>
#include <stdlib.h>

/* Text for what goes on and on: a line for each thing as it happens, each with its time and its connection, so that a
 * line can be understood, and searched for, alone. The tables come last, as in the other text. */

enum { SEVERITY_WIDTH = 7, SIDE_WIDTH = 6, TIME_DIGITS = 26 /* of a timestamp, to the microsecond */ };

struct document {
    struct style style;
    struct text_tables *tables; /* owned */
};

static void lines_free(struct report *report) {
    struct document *document = report->state;

    if (document != NULL) {
        text_tables_free(document->tables);
        free(document);
    }
}

static bool lines_begin(struct report *report) {
    struct document *document = calloc(1, sizeof *document);

    report->state = document;
    if (document == NULL) {
        return false;
    }
    document->style = style_new(report->output, report->settings.ascii, report->settings.color);
    document->tables = text_tables_new(&document->style);
    return document->tables != NULL;
}

static bool is_shown(const struct report *report, const struct connection *connection) {
    const struct report_settings *settings = &report->settings;

    return report->census == NULL && !settings->summary_only &&
           (settings->connection == 0 || settings->connection == connection->id);
}

static struct style *begin_line(struct report *report, int64_t time) {
    struct document *document = report->state;
    char text[TIMESTAMP_SIZE];

    timestamp_text(time, text);
    snprintf(text + TIME_DIGITS, sizeof text - TIME_DIGITS, "Z");
    style_text(&document->style, DIM, text);
    style_blanks(&document->style, 2);
    return &document->style;
}

/* Nothing for 0: a deadline. */
static void print_frame(struct style *style, const char *before, uint64_t frame) {
    if (frame != 0) {
        style_text(style, PLAIN, before);
        style_text(style, PLAIN, "frame ");
        style_unsigned(style, frame);
    }
}

/* --- what happens --- */

static void print_raised(struct style *style, const struct report_event *event) {
    const struct finding *finding = event->finding;
    enum severity severity = (enum severity)finding->severity;
    char sentence[FINDING_SENTENCE];

    print_frame(style, "  ", finding->frame);
    style_blanks(style, 2);
    style_cell(style, severity_color(severity), severity_name(severity), SEVERITY_WIDTH);
    style_blanks(style, 2);
    style_text(style, BOLD, anomaly_row((enum anomaly_id)finding->id)->id);
    style_text(style, PLAIN, finding->certainty == CERTAINTY_PRESUMED ? " ~" : "");
    style_text(style, PLAIN, event->final ? "  " : " (not final)  ");
    style_text(style, PLAIN, finding_sentence(event->connection, finding, sentence));
}

static void print_withdrawn(struct style *style, const struct report_event *event) {
    print_frame(style, "  ", event->frame);
    style_text(style, PLAIN, "  withdrawn ");
    style_text(style, BOLD, anomaly_row((enum anomaly_id)event->finding->id)->id);
    print_frame(style, " of ", event->finding->frame);
    if (event->replaced_by != ANOMALIES) {
        style_text(style, PLAIN, " for ");
        style_text(style, BOLD, anomaly_row(event->replaced_by)->id);
    }
}

static void print_step(struct style *style, const struct report_event *event) {
    const struct step *step = event->step;
    bool settled = event->kind == REPORT_SETTLED;

    style_blanks(style, 2);
    style_cell(style, DIM, side_name(event->side), SIDE_WIDTH);
    style_blanks(style, 2);
    style_text(style, PLAIN, state_name((enum tcp_state)step->from));
    style_blanks(style, 1);
    style_text(style, PLAIN, style->glyphs->arrow);
    style_blanks(style, 1);
    style_text(style, PLAIN, state_name((enum tcp_state)step->to));
    print_frame(style, settled ? "  of " : "  ", step->frame);
    style_blanks(style, 2);
    style_text(style, step->certainty == CERTAINTY_REFUTED ? YELLOW : PLAIN,
               certainty_name((enum certainty)step->certainty));
    if (settled) {
        print_frame(style, " by ", event->frame);
    } else if (event->spent >= 0) {
        char text[TIME_TEXT_SIZE];

        snprintf(text, sizeof text, "  %lld.%03d ms", (long long)(event->spent / 1000000),
                 (int)(event->spent / 1000 % 1000));
        style_text(style, PLAIN, text);
    }
}

static bool lines_event(struct report *report, const struct report_event *event) {
    bool of_step = event->kind == REPORT_TRANSITION;
    bool is_notable = event->finding == NULL || event->finding->severity >= SEVERITY_NOTICE;
    struct style *style;

    if (!is_shown(report, event->connection) || (report->settings.lines_notable && !is_notable)) {
        return true;
    }
    style = begin_line(report, of_step ? event->step->time : event->time);
    text_who(style, report, event->connection);
    if (event->kind == REPORT_RAISED) {
        print_raised(style, event);
    } else if (event->kind == REPORT_WITHDRAWN) {
        print_withdrawn(style, event);
    } else {
        print_step(style, event);
    }
    style_newline(style);
    return true;
}

static bool lines_connection(struct report *report, const struct connection *connection,
                             const struct verdict *verdict) {
    struct document *document = report->state;
    struct style *style;

    if (report->census != NULL) {
        return true;
    }
    text_tables_connection(document->tables, connection);
    if (!is_shown(report, connection)) {
        return true;
    }
    style = begin_line(report, connection->end_time);
    text_who(style, report, connection);
    style_blanks(style, 2);
    style_text(style, BOLD, connection_end_name((enum connection_end)connection->end));
    style_text(style, PLAIN, ": ");
    text_outcome(style, connection, verdict);
    style_newline(style);
    return true;
}

static bool lines_capture(struct report *report, const struct capture_info *capture) {
    struct document *document = report->state;

    return text_tables_capture(document->tables, capture);
}

static bool lines_finding(struct report *report, const struct report_finding *finding) {
    struct document *document = report->state;

    return text_tables_finding(document->tables, finding);
}

static bool lines_end(struct report *report) {
    struct document *document = report->state;

    if (report->census != NULL) {
        census_text(&document->style, report->census);
    } else if (!report->settings.connections_only) {
        style_newline(&document->style);
        text_tables_print(document->tables, report);
    }
    return true;
}

const struct report_writer lines_writer = {
    "text", lines_begin, lines_connection, lines_capture, lines_finding, lines_end, lines_free, lines_event,
};
