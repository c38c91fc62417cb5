/* SPDX-License-Identifier: BSD-3-Clause */
#include "report/census_write.h"
#include "report/explain.h"
#include "report/html_index.h"
#include "report/html_page.h"
#include "report/html_shelves.h"
#include "report/json_connection.h"
#include "report/round_trips.h"
#include "rules/findings.h"

#include <stdio.h>
#include <stdlib.h>

/* A page holds the report as `json` writes it, but for the connections, which are packed apart, in blocks. */

enum {
    CLEAN_WITH_SEGMENTS = 1000, /* connections without a finding: later ones have no list of their segments */
    TIMELINE_INTERVAL = 1000    /* ns, the least between two moments of the timeline; it grows with the capture */
};

struct page {
    struct report rest; /* of the report: written by json_writer */
    struct shelves shelves;
    struct census *timeline; /* owned */
    struct round_trips round_trips[SIDES];
    struct output *object; /* owned: the connection at hand */
    struct output *row;    /* owned */
    uint64_t clean;
};

static void html_free(struct report *report) {
    struct page *page = report->state;

    if (page == NULL) {
        return;
    }
    json_writer.free(&page->rest);
    output_free(page->rest.output);
    shelves_free(&page->shelves);
    census_free(page->timeline);
    output_free(page->object);
    output_free(page->row);
    free(page);
}

static bool html_begin(struct report *report) {
    const struct census_settings timeline = {.wanted = true, .interval = TIMELINE_INTERVAL};
    struct page *page = calloc(1, sizeof *page);

    report->state = page;
    if (page == NULL) {
        return false;
    }
    shelves_init(&page->shelves, report->settings.html_limit);
    page->timeline = census_new(&timeline);
    page->object = output_to_memory();
    page->row = output_to_memory();
    page->rest = *report;
    page->rest.state = NULL;
    page->rest.output = output_to_memory();
    page->rest.brief = true;
    return page->timeline != NULL && page->object != NULL && page->row != NULL && page->rest.output != NULL &&
           json_writer.begin(&page->rest);
}

static void take_numbers(struct page *page, const struct verdict *verdict) {
    round_trips_add(&page->round_trips[SIDE_SERVER], verdict->rtt_server);
    round_trips_add(&page->round_trips[SIDE_CLIENT], verdict->rtt_client);
}

static bool html_connection(struct report *report, const struct connection *connection, const struct verdict *verdict) {
    struct page *page = report->state;
    int worst = connection->findings != NULL ? findings_worst(connection->findings) : -1;
    struct emitter object = emitter_to(page->object);
    struct emitter row = emitter_to(page->row);

    page->clean += worst < 0;
    page->object->used = 0;
    page->row->used = 0;
    page->rest.origin = report->origin;
    page->rest.settings.model.keep_segments =
        report->settings.model.keep_segments && (worst >= 0 || page->clean <= CLEAN_WITH_SEGMENTS);
    emit_object_begin(&object);
    json_connection_members(&object, &page->rest, connection, verdict);
    emit_object_end(&object);
    html_index_row(&row, report, connection, verdict, report->summary.connections - 1);
    take_numbers(page, verdict);
    return census_connection(page->timeline, connection, report->origin) &&
           shelves_add(&page->shelves, (unsigned)(worst + 1), page->object, page->row);
}

static bool html_capture(struct report *report, const struct capture_info *capture) {
    struct page *page = report->state;

    return json_writer.capture(&page->rest, capture);
}

static bool html_finding(struct report *report, const struct report_finding *finding) {
    struct page *page = report->state;

    page->rest.origin = report->origin;
    return json_writer.finding(&page->rest, finding);
}

/* --- the end --- */

/* What the page knows beside the report: its timeline, round trips, and what was left out of it. */
static void overview(struct emitter *json, const struct report *report, const struct page *page) {
    emit_object_begin(json);
    html_index_words(json);
    emit_key(json, "census");
    emit_object_begin(json);
    census_json_members(json, page->timeline);
    emit_object_end(json);
    emit_key(json, "rtt_server_ns");
    round_trips_json(json, &page->round_trips[SIDE_SERVER]);
    emit_key(json, "rtt_client_ns");
    round_trips_json(json, &page->round_trips[SIDE_CLIENT]);
    json_unsigned(json, "limit", report->settings.html_limit);
    json_unsigned(json, "block", BLOCK_CONNECTIONS);
    emit_key(json, "shelves"); /* as the blocks follow each other: from the worst to those without a finding */
    emit_array_begin(json);
    for (int i = SHELVES - 1; i >= 0; i--) {
        const struct shelf *shelf = &page->shelves.shelf[i];
        emit_object_begin(json);
        json_word(json, "severity", i > 0 ? severity_name((enum severity)(i - 1)) : NULL);
        json_unsigned(json, "seen", shelf->seen);
        json_unsigned(json, "kept", shelf->kept);
        emit_object_end(json);
    }
    emit_array_end(json);
    emit_object_end(json);
}

/* The rows of all blocks as one array; blocks are numbered in this order. */
static bool write_index(struct output *output, const struct shelves *shelves) {
    struct output *text = output_to_memory();
    bool done = text != NULL;

    if (done) {
        output_char(text, '[');
        for (int i = SHELVES - 1; i >= 0; i--) {
            const struct shelf *shelf = &shelves->shelf[i];
            for (size_t k = 0; k < shelf->count; k++) {
                output_bytes(text, shelf->blocks[k].rows->bytes, shelf->blocks[k].rows->used);
            }
        }
        /* Rows stand in lines: between two of them belongs a comma. */
        for (size_t at = 0; at + 1 < text->used; at++) {
            text->bytes[at] = text->bytes[at] == '\n' ? ',' : text->bytes[at];
        }
        if (text->used > 1) {
            text->used--;
        }
        output_char(text, ']');
        done = html_page_data(output, "index", text);
    }
    output_free(text);
    return done;
}

static void write_blocks(struct output *output, const struct shelves *shelves) {
    unsigned number = 0;
    char id[32];

    for (int i = SHELVES - 1; i >= 0; i--) {
        const struct shelf *shelf = &shelves->shelf[i];
        for (size_t k = 0; k < shelf->count; k++) {
            snprintf(id, sizeof id, "block-%u", number++);
            html_page_packed(output, id, shelf->blocks[k].packed);
        }
    }
}

static bool write_explanations(struct output *output) {
    struct explain_item items[EXPLAIN_MAX];
    struct output *text = output_to_memory();
    bool done = text != NULL;

    if (done) {
        explain_json(text, items, explain_everything(items));
        done = html_page_data(output, "explanations", text);
    }
    output_free(text);
    return done;
}

static bool write_overview(struct output *output, const struct report *report, const struct page *page) {
    struct output *text = output_to_memory();
    bool done = text != NULL;

    if (done) {
        struct emitter json = emitter_to(text);
        overview(&json, report, page);
        done = html_page_data(output, "overview", text);
    }
    output_free(text);
    return done;
}

static bool html_end(struct report *report) {
    struct page *page = report->state;
    struct output *output = report->output;

    page->rest.origin = report->origin;
    page->rest.summary = report->summary;
    page->rest.census = report->census;
    page->rest.settings.model.keep_segments = report->settings.model.keep_segments;
    census_finish(page->timeline, report->origin, report->origin + report->summary.duration);
    if (!shelves_finish(&page->shelves) || !json_writer.end(&page->rest)) {
        return false;
    }
    html_page_begin(output);
    bool done = html_page_data(output, "report", page->rest.output) && write_overview(output, report, page) &&
                write_index(output, &page->shelves) && write_explanations(output);
    write_blocks(output, &page->shelves);
    html_page_end(output);
    return done;
}

const struct report_writer html_writer = {
    "html", html_begin, html_connection, html_capture, html_finding, html_end, html_free,
};
