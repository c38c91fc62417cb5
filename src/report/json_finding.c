/* SPDX-License-Identifier: BSD-3-Clause */
#include "report/json_connection.h"

#include "report/json_put.h"

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

enum { FRAMES_ROOM = FINDING_FRAMES * PUT_NUMBER + 32, WHAT_ROOM = 512, EVIDENCE_ROOM = FRAMES_ROOM + 192 };

static char *put_frames(char *at, const uint64_t *frames, size_t count) {
    at = put_begin(at, '[');
    for (size_t i = 0; i < count; i++) {
        at = put_unsigned(at, frames[i]);
    }
    return put_end(at, ']');
}

static char *put_which(char *at, const struct report *report, const struct common *common) {
    const struct anomaly_row *row = anomaly_row(common->id);
    uint64_t key = PHRASE_OF_ANOMALY | (uint64_t)common->severity << 8 | common->id;
    const char *begin = at;
    char *end = phrase_put(report->phrases, at, key);

    if (end != NULL) {
        return end;
    }
    at = put_word(PUT_KEY(at, "id"), row->id);
    at = put_word(PUT_KEY(at, "severity"), severity_name(common->severity));
    at = put_word(PUT_KEY(at, "default_severity"), severity_name(row->severity));
    at = put_word(PUT_KEY(at, "group"), row->group);
    return phrase_keep(report->phrases, key, begin, at);
}

static char *put_what(char *at, const struct report *report, const struct common *common) {
    at = put_which(at, report, common);
    at = put_frame(PUT_KEY(at, "frame"), common->frame);
    return put_signed(PUT_KEY(at, "time_ns"), common->time - report->origin);
}

static char *put_evidence(char *at, const struct common *common) {
    at = put_unsigned(PUT_KEY(at, "count"), common->count);
    at = put_frame(PUT_KEY(at, "last_frame"), common->last_frame);
    at = put_frames(PUT_KEY(at, "frames"), common->frames, common->frame_count);
    return common->frames_omitted ? put_bool(PUT_KEY(at, "frames_omitted"), true) : at;
}

static char *put_why(char *at, const struct common *common) {
    at = put_word(PUT_KEY(at, "certainty"), overall_certainty_name(common->certainty));
    return put_word(PUT_KEY(at, "location"), location_name(common->location));
}

enum { RFC_ROOM = 192 };

static char *put_rfc(char *at, const struct report *report, enum anomaly_id id) {
    uint64_t key = PHRASE_OF_RFC | id;
    const char *begin = at;
    char *end = phrase_put(report->phrases, at, key);

    if (end != NULL) {
        return end;
    }
    return phrase_keep(report->phrases, key, begin, put_word(PUT_KEY(at, "rfc"), anomaly_row(id)->rfc));
}

static void json_words(struct emitter *json, const struct report *report, const struct common *common) {
    emit_key(json, "message");
    emit_string(json, common->message);
    emit_put(json, put_rfc(emit_room(json, RFC_ROOM), report, common->id));
}

/* --- ANOMALY --- */

enum { STATES_ROOM = 256, NUMBERS_ROOM = 4 * PUT_NUMBER + 96 };

static char *put_side(char *at, enum side side) {
    enum { SIZE = sizeof("\"side\":\"client\",") - 1 };
    static const char texts[SIDES][SIZE + 1] = {"\"side\":\"client\",", "\"side\":\"server\","};

    return put_octets(at, texts[side], SIZE);
}

/* In which states of both sides, and how sure and where. */
static char *put_where(char *at, const struct report *report, const struct finding *finding,
                       const struct common *common) {
    const uint8_t states[SIDES] = {finding->states[SIDE_CLIENT].state, finding->states[SIDE_SERVER].state};
    uint64_t key = PHRASE_OF_WHERE | (uint64_t)common->certainty << 32 | (uint64_t)common->location << 16 |
                   (uint64_t)states[SIDE_CLIENT] << 8 | states[SIDE_SERVER];
    const char *begin = at;
    char *end = phrase_put(report->phrases, at, key);

    if (end != NULL) {
        return end;
    }
    at = put_begin(PUT_KEY(at, "states"), '{');
    at = put_word(PUT_KEY(at, "client"), state_name((enum tcp_state)states[SIDE_CLIENT]));
    at = put_word(PUT_KEY(at, "server"), state_name((enum tcp_state)states[SIDE_SERVER]));
    return phrase_keep(report->phrases, key, begin, put_why(put_end(at, '}'), common));
}

static char *put_number(char *at, bool has, int64_t value) {
    return has ? put_signed(at, value) : put_null(at);
}

static char *put_numbers(char *at, const struct numbers *numbers) {
    if (!numbers->has_seq && !numbers->has_ack) {
        return put_null(at);
    }
    at = put_number(PUT_KEY(put_begin(at, '{'), "seq"), numbers->has_seq, numbers->seq);
    at = put_number(PUT_KEY(at, "ack"), numbers->has_ack, numbers->ack);
    at = put_number(PUT_KEY(at, "relative_seq"), numbers->has_seq, numbers->relative_seq);
    at = put_number(PUT_KEY(at, "relative_ack"), numbers->has_ack, numbers->relative_ack);
    return put_end(at, '}');
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
    char *at;

    at = put_what(emit_room(json, WHAT_ROOM + EVIDENCE_ROOM + STATES_ROOM + 2 * NUMBERS_ROOM), report, &common);
    at = put_evidence(put_side(at, (enum side)finding->side), &common);
    at = put_where(at, report, finding, &common);
    at = put_numbers(PUT_KEY(at, "expected"), &finding->expected);
    emit_put(json, put_numbers(PUT_KEY(at, "seen"), &finding->seen));
    json_words(json, report, &common);
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
    char *at = put_what(emit_room(json, WHAT_ROOM + EVIDENCE_ROOM), report, &common);

    emit_put(json, put_why(put_evidence(at, &common), &common));
    json_words(json, report, &common);
    json_word(json, "address", finding->address != NULL ? address_text(finding->address, address) : NULL);
    emit_key(json, "port");
    json_frame(json, finding->port);
    at = put_frames(PUT_KEY(emit_room(json, FRAMES_ROOM), "connections"), finding->connections,
                    finding->connections_listed);
    emit_put(json, at);
    json_unsigned(json, "connection_count", finding->connection_count);
}
