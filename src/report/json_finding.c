/* SPDX-License-Identifier: BSD-3-Clause */
#include "report/json_connection.h"

/* The members that findings of connections and of captures share, in two runs. */
struct common {
    enum anomaly_id id;
    enum severity severity;
    enum certainty certainty;
    enum location location;
    uint32_t count;
    uint64_t frame;
    uint64_t last_frame;
    int64_t time;
    const uint64_t *frames;
    size_t frame_count;
    bool frames_omitted; /* there are more */
    const char *message;
};

static void json_frames(struct emitter *json, const char *name, const uint64_t *frames, size_t count) {
    emit_key(json, name);
    emit_array_begin(json);
    for (size_t i = 0; i < count; i++) {
        emit_unsigned(json, frames[i]);
    }
    emit_array_end(json);
}

static void json_what(struct emitter *json, const struct report *report, const struct common *common) {
    const struct anomaly_row *row = anomaly_row(common->id);

    json_word(json, "id", row->id);
    json_word(json, "severity", severity_name(common->severity));
    json_word(json, "default_severity", severity_name(row->severity));
    json_word(json, "group", row->group);
    emit_key(json, "frame");
    json_frame(json, common->frame);
    json_signed(json, "time_ns", common->time - report->origin);
}

static void json_evidence(struct emitter *json, const struct common *common) {
    json_unsigned(json, "count", common->count);
    emit_key(json, "last_frame");
    json_frame(json, common->last_frame);
    json_frames(json, "frames", common->frames, common->frame_count);
    if (common->frames_omitted) {
        json_bool(json, "frames_omitted", true);
    }
}

static void json_why(struct emitter *json, const struct common *common) {
    json_word(json, "certainty", overall_certainty_name(common->certainty));
    json_word(json, "location", location_name(common->location));
}

static void json_words(struct emitter *json, const struct common *common) {
    emit_key(json, "message");
    emit_string(json, common->message);
    emit_key(json, "rfc");
    emit_string(json, anomaly_row(common->id)->rfc);
}

/* --- ANOMALY --- */

static void json_states(struct emitter *json, const struct finding *finding) {
    emit_key(json, "states");
    emit_object_begin(json);
    for (int side = 0; side < SIDES; side++) {
        emit_key(json, side_name((enum side)side));
        emit_word(json, state_name((enum tcp_state)finding->states[side].state));
    }
    emit_object_end(json);
}

static void json_number(struct emitter *json, const char *name, bool has, int64_t value) {
    emit_key(json, name);
    if (has) {
        emit_signed(json, value);
    } else {
        emit_null(json);
    }
}

static void json_numbers(struct emitter *json, const char *name, const struct numbers *numbers) {
    emit_key(json, name);
    if (!numbers->has_seq && !numbers->has_ack) {
        emit_null(json);
        return;
    }
    emit_object_begin(json);
    json_number(json, "seq", numbers->has_seq, numbers->seq);
    json_number(json, "ack", numbers->has_ack, numbers->ack);
    json_number(json, "relative_seq", numbers->has_seq, numbers->relative_seq);
    json_number(json, "relative_ack", numbers->has_ack, numbers->relative_ack);
    emit_object_end(json);
}

void json_anomaly_members(struct emitter *json, const struct report *report, const struct connection *connection,
                          const struct finding *finding) {
    char sentence[FINDING_SENTENCE];
    const struct common common = {
        .id = (enum anomaly_id)finding->id,
        .severity = (enum severity)finding->severity,
        .certainty = (enum certainty)finding->certainty,
        .location = (enum location)finding->location,
        .count = finding->count,
        .frame = finding->frame,
        .last_frame = finding->last_frame,
        .time = finding->time,
        .frames = finding->frames,
        .frame_count = finding->frame_count,
        .frames_omitted = finding->frames_omitted,
        .message = finding_sentence(connection, finding, sentence),
    };

    json_what(json, report, &common);
    json_word(json, "side", side_name((enum side)finding->side));
    json_evidence(json, &common);
    json_states(json, finding);
    json_why(json, &common);
    json_numbers(json, "expected", &finding->expected);
    json_numbers(json, "seen", &finding->seen);
    json_words(json, &common);
}

/* --- FINDING --- */

void json_finding_members(struct emitter *json, const struct report *report, const struct report_finding *finding) {
    const struct common common = {
        .id = finding->id,
        .severity = finding->severity,
        .certainty = finding->certainty,
        .location = finding->location,
        .count = finding->count,
        .frame = finding->frame,
        .last_frame = finding->last_frame,
        .time = finding->time,
        .frames = finding->frames,
        .frame_count = finding->frame_count,
        .message = report_sentence(finding),
    };
    char address[ADDRESS_TEXT_SIZE];

    json_what(json, report, &common);
    json_evidence(json, &common);
    json_why(json, &common);
    json_words(json, &common);
    json_word(json, "address", finding->address != NULL ? address_text(finding->address, address) : NULL);
    emit_key(json, "port");
    json_frame(json, finding->port);
    json_frames(json, "connections", finding->connections, finding->connections_listed);
    json_unsigned(json, "connection_count", finding->connection_count);
}
