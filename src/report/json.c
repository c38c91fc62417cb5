/* SPDX-License-Identifier: BSD-3-Clause */
#include "report/census_write.h"
#include "report/json_connection.h"
#include "report/json_summary.h"

#include <stdlib.h>

#define REPORT_SCHEMA "finwait-report/1"

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
    json_word(json, "schema", REPORT_SCHEMA);
    emit_key(json, "tool");
    emit_object_begin(json);
    json_word(json, "name", "finwait");
    emit_key(json, "version");
    emit_string(json, report->settings.version);
    emit_object_end(json);
    emit_newline(json);
    emit_key(json, "connections");
    emit_array_begin(json);
    return true;
}

static bool json_report_connection(struct report *report, const struct connection *connection,
                                   const struct verdict *verdict) {
    struct document *document = report->state;

    emit_newline(&document->json);
    json_connection(&document->json, report, connection, verdict);
    return true;
}

static bool json_report_finding(struct report *report, const struct report_finding *finding) {
    struct document *document = report->state;

    emit_newline(&document->findings_json);
    json_finding(&document->findings_json, report, finding);
    return output_error(document->findings) == 0;
}

/* --- CAPTURE --- */

static bool link_type_is_new(const struct capture_info *capture, size_t index) {
    for (size_t i = 0; i < index; i++) {
        if (capture->interfaces[i].link_type == capture->interfaces[index].link_type) {
            return false;
        }
    }
    return true;
}

static void json_link_types(struct emitter *json, const struct capture_info *capture) {
    char name[LINK_TYPE_NAME_SIZE];

    emit_key(json, "link_types");
    emit_array_begin(json);
    for (size_t i = 0; i < capture->interface_count; i++) {
        if (link_type_is_new(capture, i)) {
            emit_string(json, capture_link_type_name(capture->interfaces[i].link_type, name));
        }
    }
    emit_array_end(json);
}

static void json_interfaces(struct emitter *json, const struct capture_info *capture) {
    char name[LINK_TYPE_NAME_SIZE];

    emit_key(json, "interfaces");
    emit_array_begin(json);
    for (size_t i = 0; i < capture->interface_count; i++) {
        emit_object_begin(json);
        emit_key(json, "name");
        emit_string(json, capture->interfaces[i].name);
        emit_key(json, "link_type");
        emit_string(json, capture_link_type_name(capture->interfaces[i].link_type, name));
        json_unsigned(json, "snaplen", capture->interfaces[i].snaplen);
        emit_key(json, "dropped");
        if (capture->interfaces[i].drops_known) {
            emit_unsigned(json, capture->interfaces[i].dropped);
        } else {
            emit_null(json);
        }
        emit_object_end(json);
    }
    emit_array_end(json);
}

static void json_capture_error(struct emitter *json, const struct capture_info *capture) {
    emit_key(json, "error");
    if (!capture->failed) {
        emit_null(json);
        return;
    }
    emit_object_begin(json);
    emit_key(json, "offset");
    if (capture->error_offset_known) {
        emit_unsigned(json, capture->error_offset);
    } else {
        emit_null(json);
    }
    emit_key(json, "message");
    emit_string(json, capture->error != NULL ? capture->error : "");
    emit_object_end(json);
}

static void json_capture_extent(struct emitter *json, const struct capture_info *capture) {
    json_unsigned(json, "first_frame", capture->first_frame);
    json_unsigned(json, "frames", capture->frames);
    json_unsigned(json, "bytes", capture->bytes);
    emit_key(json, "first_time");
    if (capture->frames == 0) {
        emit_null(json);
        emit_key(json, "last_time");
        emit_null(json);
        return;
    }
    json_timestamp(json, capture->first_time);
    emit_key(json, "last_time");
    json_timestamp(json, capture->last_time);
}

static bool json_report_capture(struct report *report, const struct capture_info *capture) {
    struct document *document = report->state;
    struct emitter *json = &document->captures_json;

    emit_newline(json);
    emit_object_begin(json);
    emit_key(json, "path");
    emit_string(json, capture->path);
    emit_key(json, "format");
    emit_string(json, capture->format);
    emit_key(json, "compression");
    emit_string(json, capture->compression);
    json_link_types(json, capture);
    json_interfaces(json, capture);
    json_capture_extent(json, capture);
    json_bool(json, "truncated", capture->truncated);
    json_capture_error(json, capture);
    emit_key(json, "dropped_by_kernel");
    if (capture->drops_known) {
        emit_unsigned(json, capture->dropped_by_kernel);
    } else {
        emit_null(json);
    }
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
    json_summary(json, &report->summary);
    if (report->census != NULL) {
        emit_newline(json);
        census_json(json, report->census);
    }
    emit_object_end(json);
    output_char(json->output, '\n');
    return output_error(document->findings) == 0 && output_error(document->captures) == 0;
}

const struct report_writer json_writer = {
    "json", json_begin, json_report_connection, json_report_capture, json_report_finding, json_end, json_free,
};
