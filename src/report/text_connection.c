/* SPDX-License-Identifier: BSD-3-Clause */
#include "report/text_connection.h"

#include "report/ladder.h"

enum { FINDING_INDENT = 4, EXPLANATION_INDENT = 6 };

/* The head of a finding, which is one line for those who search a file, and is broken on a narrow terminal. */
struct head {
    struct style *style;
    unsigned column;
};

/* Two texts and a number between them, in one piece. */
static void print_piece(struct head *head, const char *before, uint64_t number, const char *after) {
    struct style *style = head->style;
    unsigned columns = text_columns(before) + unsigned_columns(number) + text_columns(after);

    if (style->width < TEXT_WIDTH && head->column + 1 + columns + strlen(",") > style->width) {
        style_newline(style);
        head->column = style_blanks(style, EXPLANATION_INDENT);
    } else {
        head->column += style_blanks(style, 1);
    }
    head->column += columns;
    style_text(style, PLAIN, before);
    style_unsigned(style, number);
    style_text(style, PLAIN, after);
}

static bool is_evidence(const struct finding *finding, unsigned i) {
    return finding->frames[i] != finding->frame && finding->frames[i] != 0;
}

/* The frames that speak for a finding beside the one at which it was raised. */
static void print_evidence(struct head *head, const struct finding *finding) {
    const char *end = finding->frames_omitted ? " and others)" : ")";
    unsigned last = finding->frame_count;
    bool first = true;

    while (last > 0 && !is_evidence(finding, last - 1)) {
        last--;
    }
    for (unsigned i = 0; i < last; i++) {
        if (is_evidence(finding, i)) {
            print_piece(head, first ? "(with " : "", finding->frames[i], i + 1 < last ? "," : end);
            first = false;
        }
    }
}

static void print_finding_head(struct style *style, const struct finding *finding, unsigned number) {
    enum severity severity = (enum severity)finding->severity;
    struct head head = {style, style_blanks(style, FINDING_INDENT)};

    head.column += style_unsigned(style, number) + style_blanks(style, 1);
    head.column += style_text(style, severity_color(severity), severity_name(severity)) + style_blanks(style, 2);
    head.column += style_text(style, BOLD, anomaly_row((enum anomaly_id)finding->id)->id);
    if (finding->certainty == CERTAINTY_PRESUMED) {
        head.column += style_text(style, PLAIN, " ~");
        style->marks_used = true;
    }
    if (finding->frame != 0) {
        head.column += style_text(style, PLAIN, ",");
        print_piece(&head, "frame ", finding->frame, "");
    }
    print_evidence(&head, finding);
    if (finding->count > 1) {
        head.column += style_text(style, PLAIN, ",");
        print_piece(&head, "", finding->count, " times");
    }
    style_newline(style);
}

/* The section stays in one piece at the end of the explanation. */
static void print_explanation(struct style *style, const struct anomaly_row *row) {
    unsigned column = style_paragraph(style, row->explanation, EXPLANATION_INDENT, 0);

    if (column + 3 + text_columns(row->rfc) > style->width) {
        style_newline(style);
        style_blanks(style, EXPLANATION_INDENT);
    } else {
        style_blanks(style, 3);
    }
    style_text(style, DIM, row->rfc);
    style_newline(style);
}

void text_findings(struct style *style, const struct connection *connection) {
    const struct findings *findings = connection->findings;
    char sentence[FINDING_SENTENCE];
    unsigned number = 0;

    for (uint32_t i = 0; findings != NULL && i < findings->count; i++) {
        const struct finding *finding = &findings->items[i];
        enum anomaly_id id = (enum anomaly_id)finding->id;

        if (finding->withdrawn) {
            continue;
        }
        print_finding_head(style, finding, ++number);
        style_paragraph(style, finding_sentence(connection, finding, sentence), EXPLANATION_INDENT, 0);
        style_newline(style);
        print_explanation(style, anomaly_row(id));
    }
}

static bool wants_ladder(const struct report *report, const struct connection *connection) {
    switch (report->settings.ladder) {
    case LADDER_ALL:
        return true;
    case LADDER_NONE:
        return false;
    default:
        return connection->findings != NULL && findings_reported(connection->findings) > 0;
    }
}

/* What lies between this point and the other one. */
static const char *between(uint8_t changed) {
    return changed == 0 ? "at another point of its way" : "on the other side of an address translation";
}

static void print_other_views(struct style *style, const struct connection *connection) {
    for (int side = 0; side < SIDES; side++) {
        const struct other_view *view = &connection->other_view[side];

        if (view->connection == 0) {
            continue;
        }
        style_blanks(style, FINDING_INDENT);
        style_text(style, PLAIN, view->certainty == CERTAINTY_CERTAIN ? "the same as #" : "presumably the same as #");
        style_unsigned(style, view->connection);
        style_text(style, PLAIN, ", ");
        style_text(style, PLAIN, between(view->changed));
        style_text(style, PLAIN, ", nearer to the ");
        style_text(style, PLAIN, side_name((enum side)side));
        style_newline(style);
    }
}

void text_connection(struct style *style, const struct report *report, const struct connection *connection,
                     const struct verdict *verdict) {
    text_verdict(style, report, connection, verdict);
    text_liveness(style, connection);
    print_other_views(style, connection);
    if (report->settings.details) {
        text_details(style, connection, verdict);
    }
    if (wants_ladder(report, connection)) {
        struct log_entry rows[LOG_ROWS_MAX];
        unsigned row_count = connection_log(connection, rows);

        style_newline(style);
        ladder_draw(style, connection, rows, row_count, report->origin);
    }
    text_findings(style, connection);
    style_newline(style);
}
