/* SPDX-License-Identifier: BSD-3-Clause */
#include "report/census_write.h"
#include "report/text_connection.h"
#include "report/text_summary.h"

#include <stdlib.h>

/* So many connections are few enough to print all of them, whether something was found or not. */
enum { FEW_CONNECTIONS = 20 };

/* A connection printed into memory: whether it is shown depends on how many there will be. */
struct held {
    size_t begin; /* octets into document.held_text */
    size_t end;
    bool notable;
    bool marks_used;
};

struct document {
    struct style style;
    struct output *held_text; /* owned */
    struct held held[FEW_CONNECTIONS];
    unsigned held_count;
    struct text_tables *tables; /* owned */
    uint64_t printed;
    uint64_t quiet;      /* not printed: nothing of notice or above was found */
    uint64_t over_limit; /* not printed: too many */
};

static void text_free(struct report *report) {
    struct document *document = report->state;

    if (document != NULL) {
        output_free(document->held_text);
        text_tables_free(document->tables);
        free(document);
    }
}

static bool text_begin(struct report *report) {
    struct document *document = calloc(1, sizeof *document);

    report->state = document;
    if (document == NULL) {
        return false;
    }
    document->style = style_new(report->output, report->settings.ascii, report->settings.color);
    style_fit(&document->style, report->settings.columns);
    document->held_text = output_to_memory();
    document->tables = text_tables_new(&document->style);
    return document->held_text != NULL && document->tables != NULL;
}

/* True when there is room for one more below the limit; counts it either way. */
static bool take_place(struct document *document, const struct report *report) {
    if ((!report->settings.all || report->settings.limited) && document->printed >= report->settings.limit) {
        document->over_limit++;
        return false;
    }
    document->printed++;
    return true;
}

static void print_now(struct document *document, const struct report *report, const struct connection *connection,
                      const struct verdict *verdict) {
    if (take_place(document, report)) {
        text_connection(&document->style, report, connection, verdict);
    }
}

static bool hold(struct document *document, const struct report *report, const struct connection *connection,
                 const struct verdict *verdict, bool notable) {
    struct held *held = &document->held[document->held_count++];
    struct style style = style_new(document->held_text, report->settings.ascii, report->settings.color);

    style_fit(&style, report->settings.columns);
    held->begin = document->held_text->used;
    text_connection(&style, report, connection, verdict);
    held->end = document->held_text->used;
    held->notable = notable;
    held->marks_used = style.marks_used;
    return output_error(document->held_text) == 0;
}

/* It is clear now whether there are few connections: prints all that were held, or those with a finding of notice. */
static void release(struct document *document, const struct report *report, bool few) {
    for (unsigned i = 0; i < document->held_count; i++) {
        const struct held *held = &document->held[i];

        if (!few && !held->notable) {
            document->quiet++;
        } else if (take_place(document, report)) {
            output_bytes(report->output, document->held_text->bytes + held->begin, held->end - held->begin);
            document->style.marks_used |= held->marks_used;
        }
    }
    document->held_count = 0;
    document->held_text->used = 0;
}

static bool is_notable(const struct connection *connection) {
    return connection->findings != NULL && findings_worst(connection->findings) >= (int)SEVERITY_NOTICE;
}

static bool text_report_connection(struct report *report, const struct connection *connection,
                                   const struct verdict *verdict) {
    const struct report_settings *settings = &report->settings;
    struct document *document = report->state;
    bool notable = is_notable(connection);

    if (report->census != NULL) {
        return true;
    }
    text_tables_connection(document->tables, connection);
    if (settings->summary_only || (settings->connection != 0 && settings->connection != connection->id)) {
        return true;
    }
    if (settings->all || settings->connection != 0) {
        print_now(document, report, connection, verdict);
        return true;
    }
    if (report->summary.connections <= FEW_CONNECTIONS) {
        if (notable && document->held_count == 0) {
            print_now(document, report, connection, verdict);
            return true;
        }
        return hold(document, report, connection, verdict, notable);
    }
    release(document, report, false);
    if (notable) {
        print_now(document, report, connection, verdict);
    } else {
        document->quiet++;
    }
    return true;
}

static bool is_notable_outcome(const struct outcome *outcome) {
    for (unsigned i = 0; i < outcome->finding_count; i++) {
        if (outcome->findings[i].severity >= SEVERITY_NOTICE) {
            return true;
        }
    }
    return false;
}

/* One that would not be printed, for nothing of it is notable or there is no room left, and that nobody asked for. */
static bool text_report_alike(struct report *report, const struct outcome *outcome, uint64_t id) {
    const struct report_settings *settings = &report->settings;
    struct document *document = report->state;
    bool notable = is_notable_outcome(outcome), over_limit = document->printed >= settings->limit;

    if (settings->connection != 0 ||
        (!settings->summary_only && (settings->all || report->summary.connections < FEW_CONNECTIONS ||
                                     document->held_count > 0 || (notable && !over_limit)))) {
        return false;
    }
    text_tables_alike(document->tables, outcome, id);
    document->quiet += !settings->summary_only && !notable;
    document->over_limit += !settings->summary_only && notable;
    return true;
}

static bool text_report_capture(struct report *report, const struct capture_info *capture) {
    struct document *document = report->state;

    return text_tables_capture(document->tables, capture);
}

static bool text_report_finding(struct report *report, const struct report_finding *finding) {
    struct document *document = report->state;

    return text_tables_finding(document->tables, finding);
}

/* --- the end --- */

static void print_legend(struct style *style) {
    if (style->marks_used) {
        style_text(style, DIM, "(~ presumed, not yet confirmed by that side; ? assumed)");
        style_newline(style);
        style_newline(style);
    }
}

/* Says what was left out, and how to see it. */
static void print_left_out(const struct document *document, struct style *style, const struct report *report) {
    bool not_found = report->settings.connection != 0 && !report->summary.connection_found;

    if (document->over_limit > 0) {
        style_count(style, document->over_limit, "more connection");
        style_text(style, PLAIN, report->settings.all ? ", not printed: " : " with something to show, not printed: ");
        style_text(style, PLAIN,
                   report->settings.limited ? "a higher --limit prints more" : "--limit N or --all prints more");
        style_newline(style);
    }
    if (document->quiet > 0) {
        style_count(style, document->quiet, "connection");
        style_text(style, PLAIN, " with nothing of notice or above to show, not printed: --all, or --connection ID");
        style_newline(style);
    }
    if (not_found) {
        style_text(style, PLAIN, "No connection has the number ");
        style_unsigned(style, report->settings.connection);
        style_text(style, PLAIN, ": it is that of the connection's first frame");
        style_newline(style);
    }
    if (document->over_limit > 0 || document->quiet > 0 || not_found) {
        style_newline(style);
    }
}

static bool text_end(struct report *report) {
    struct document *document = report->state;

    if (report->census != NULL) {
        census_text(&document->style, report->census);
        return true;
    }
    release(document, report, true);
    print_legend(&document->style);
    if (report->settings.connections_only) {
        return true;
    }
    print_left_out(document, &document->style, report);
    text_tables_print(document->tables, report);
    return true;
}

const struct report_writer text_writer = {
    .name = "text",
    .begin = text_begin,
    .connection = text_report_connection,
    .alike = text_report_alike,
    .capture = text_report_capture,
    .finding = text_report_finding,
    .end = text_end,
    .free = text_free,
};
