/* SPDX-License-Identifier: BSD-3-Clause */
#include "report/census_write.h"
#include "report/json_connection.h"
#include "report/json_summary.h"

#include <stdlib.h>

/* The document is written as it comes. Captures are read while connections still end, but stand behind them: they wait
 * as finished text, and so do findings of the capture. */
struct document {
    struct emitter json;
    struct output *findings; /* owned */
    struct output *captures; /* owned */
    struct emitter findings_json;
    struct emitter captures_json;
};

static void json_free(struct report *report) {
    struct document *document = report->state;

    if (document != NULL) {
        output_free(document->findings);
        output_free(document->captures);
        free(document);
    }
}

static bool json_begin(struct report *report) {
    struct document *document = calloc(1, sizeof *document);
    struct emitter *json;

    report->state = document;
    if (document == NULL) {
        return false;
    }
    document->findings = output_to_memory();
    document->captures = output_to_memory();
    if (document->findings == NULL || document->captures == NULL) {
        return false;
    }
    document->json = emitter_to(report->output);
    document->findings_json = emitter_to(document->findings);
    document->captures_json = emitter_to(document->captures);

    json = &document->json;
    emit_object_begin(json);
    json_tool(json, &report->settings);
    emit_newline(json);
    emit_key(json, "connections");
    emit_array_begin(json);
    return true;
}

static bool json_report_connection(struct report *report, const struct connection *connection,
                                   const struct verdict *verdict) {
    struct document *document = report->state;

    emit_newline(&document->json);
    emit_object_begin(&document->json);
    json_connection_members(&document->json, report, connection, verdict);
    emit_object_end(&document->json);
    return true;
}

static bool json_report_finding(struct report *report, const struct report_finding *finding) {
    struct document *document = report->state;

    emit_newline(&document->findings_json);
    emit_object_begin(&document->findings_json);
    json_finding_members(&document->findings_json, report, finding);
    emit_object_end(&document->findings_json);
    return output_error(document->findings) == 0;
}

static bool json_report_capture(struct report *report, const struct capture_info *capture) {
    struct document *document = report->state;
    struct emitter *json = &document->captures_json;

    emit_newline(json);
    emit_object_begin(json);
    json_capture_members(json, capture);
    emit_object_end(json);
    return output_error(document->captures) == 0;
}

/* --- the end --- */

/* The elements of an array that were written on lines of their own. */
static void json_lines(struct emitter *json, const char *name, const struct output *elements) {
    emit_newline(json);
    emit_key(json, name);
    emit_array_begin(json);
    if (elements->used > 0) {
        emit_splice(json, elements->bytes, elements->used);
        output_char(json->output, '\n');
    }
    emit_array_end(json);
}

static bool json_end(struct report *report) {
    struct document *document = report->state;
    struct emitter *json = &document->json;

    if (report->summary.connections > 0) {
        output_char(json->output, '\n');
    }
    emit_array_end(json);
    json_lines(json, "findings", document->findings);
    json_lines(json, "captures", document->captures);
    emit_newline(json);
    json_settings(json, &report->settings);
    emit_newline(json);
    emit_key(json, "summary");
    emit_object_begin(json);
    json_summary_members(json, &report->summary);
    emit_object_end(json);
    if (report->census != NULL) {
        emit_newline(json);
        emit_key(json, "census");
        emit_object_begin(json);
        census_json_members(json, report->census);
        emit_object_end(json);
    }
    emit_object_end(json);
    output_char(json->output, '\n');
    return output_error(document->findings) == 0 && output_error(document->captures) == 0;
}

const struct report_writer json_writer = {
    "json", json_begin, json_report_connection, json_report_capture, json_report_finding, json_end, json_free,
};
