/* SPDX-License-Identifier: BSD-3-Clause */
#include "report/census_write.h"
#include "report/json_connection.h"
#include "report/json_put.h"
#include "report/json_summary.h"

/* One object a line, each as it comes to be known: nothing waits for the end but what only the end tells. */

static struct emitter line_begin(const struct report *report, const char *type) {
    struct emitter json = emitter_to(report->output);

    json.one_line = true;
    emit_object_begin(&json);
    json_word(&json, "type", type);
    return json;
}

static bool line_end(struct emitter *json) {
    emit_object_end(json);
    output_char(json->output, '\n');
    return true;
}

static bool ndjson_begin(struct report *report) {
    struct emitter json = line_begin(report, "report");

    json_tool(&json, &report->settings);
    json_settings(&json, &report->settings);
    return line_end(&json);
}

static bool ndjson_connection(struct report *report, const struct connection *connection,
                              const struct verdict *verdict) {
    struct emitter json = line_begin(report, "connection");

    json_connection_members(&json, report, connection, verdict);
    return line_end(&json);
}

static bool ndjson_capture(struct report *report, const struct capture_info *capture) {
    struct emitter json = line_begin(report, "capture");

    json_capture_members(&json, capture);
    return line_end(&json);
}

static bool ndjson_finding(struct report *report, const struct report_finding *finding) {
    struct emitter json = line_begin(report, "finding");

    json_finding_members(&json, report, finding);
    return line_end(&json);
}

/* --- before a connection ends --- */

/* Its own object comes only when it has ended: until then this says which one it is. */
enum { WHICH_ROOM = 2 * OPENING_OF_SIDE_ROOM + PUT_NUMBER + 64 };

static char *put_which(char *at, const struct connection *connection) {
    at = put_unsigned(PUT_KEY(at, "connection"), connection->id);
    for (int side = 0; side < SIDES; side++) {
        at = put_end(put_opening_of_side(at, connection, (enum side)side), '}');
    }
    return at;
}

static bool ndjson_raised(struct report *report, const struct report_event *event) {
    struct emitter json = line_begin(report, "anomaly");
    char *at = put_which(emit_room(&json, WHICH_ROOM), event->connection);

    emit_put(&json, put_bool(PUT_KEY(at, "final"), event->final));
    json_anomaly_members(&json, report, event->connection, event->finding);
    return line_end(&json);
}

static bool ndjson_withdrawn(struct report *report, const struct report_event *event) {
    struct emitter json = line_begin(report, "withdrawn");

    json_unsigned(&json, "connection", event->connection->id);
    json_word(&json, "id", anomaly_row((enum anomaly_id)event->finding->id)->id);
    emit_key(&json, "frame");
    json_frame(&json, event->finding->frame);
    json_word(&json, "replaced_by", event->replaced_by == ANOMALIES ? NULL : anomaly_row(event->replaced_by)->id);
    emit_key(&json, "withdrawn_by");
    json_frame(&json, event->frame);
    return line_end(&json);
}

static bool ndjson_transition(struct report *report, const struct report_event *event) {
    struct emitter json = line_begin(report, "transition");

    emit_put(&json, put_which(emit_room(&json, WHICH_ROOM), event->connection));
    json_word(&json, "side", side_name(event->side));
    json_transition_members(&json, report, event->step);
    emit_key(&json, "in_state_ns");
    json_span(&json, event->spent);
    return line_end(&json);
}

static bool ndjson_settled(struct report *report, const struct report_event *event) {
    struct emitter json = line_begin(report, "settled");

    json_unsigned(&json, "connection", event->connection->id);
    json_word(&json, "side", side_name(event->side));
    emit_key(&json, "frame");
    json_frame(&json, event->frame);
    json_word(&json, "outcome", certainty_name((enum certainty)event->step->certainty));
    emit_key(&json, "step");
    emit_object_begin(&json);
    emit_key(&json, "frame");
    json_frame(&json, event->step->frame);
    json_word(&json, "from", state_name((enum tcp_state)event->step->from));
    json_word(&json, "to", state_name((enum tcp_state)event->step->to));
    emit_object_end(&json);
    return line_end(&json);
}

static bool ndjson_event(struct report *report, const struct report_event *event) {
    switch (event->kind) {
    case REPORT_RAISED:
        return ndjson_raised(report, event);
    case REPORT_WITHDRAWN:
        return ndjson_withdrawn(report, event);
    case REPORT_TRANSITION:
        return ndjson_transition(report, event);
    case REPORT_SETTLED:
        return ndjson_settled(report, event);
    }
    return true;
}

/* --- the end --- */

static bool ndjson_end(struct report *report) {
    struct emitter json;

    if (report->census != NULL) {
        json = line_begin(report, "census");
        census_json_members(&json, report->census);
        line_end(&json);
    }
    json = line_begin(report, "summary");
    json_summary_members(&json, &report->summary);
    return line_end(&json);
}

static void ndjson_free(struct report *report) {
    (void)report;
}

const struct report_writer ndjson_writer = {
    "ndjson", ndjson_begin, ndjson_connection, ndjson_capture, ndjson_finding, ndjson_end, ndjson_free, ndjson_event,
};
