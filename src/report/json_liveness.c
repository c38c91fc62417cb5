/* SPDX-License-Identifier: BSD-3-Clause */
#include "report/json_connection.h"
#include "report/json_put.h"

/* Keep-alives and heartbeats of a connection: for each side an object, or null; null for both where neither has any. */

static void json_keep_alives_of(struct emitter *json, const struct connection *connection, enum side side) {
    struct keep_alive_rhythm rhythm;
    uint32_t answered;

    emit_key(json, side_name(side));
    if (!keep_alives_of(connection, side, &rhythm, &answered)) {
        emit_null(json);
        return;
    }
    emit_object_begin(json);
    emit_key(json, "probes");
    emit_unsigned(json, rhythm.probes);
    emit_key(json, "answered");
    emit_unsigned(json, answered);
    emit_key(json, "idle_ns");
    json_span(json, rhythm.idle > 0 ? rhythm.idle : -1);
    emit_key(json, "interval_ns");
    json_span(json, rhythm.interval > 0 ? rhythm.interval : -1);
    emit_key(json, "last_frame");
    emit_unsigned(json, rhythm.last_frame);
    emit_object_end(json);
}

static void json_heartbeat_of(struct emitter *json, const struct connection *connection, enum side side) {
    struct heartbeat heartbeat;

    emit_key(json, side_name(side));
    if (!heartbeat_of(connection, side, &heartbeat)) {
        emit_null(json);
        return;
    }
    emit_object_begin(json);
    emit_key(json, "beats");
    emit_unsigned(json, heartbeat.beats);
    emit_key(json, "answered");
    emit_unsigned(json, heartbeat.answered);
    emit_key(json, "bytes");
    emit_unsigned(json, heartbeat.octets);
    emit_key(json, "period_ns");
    emit_signed(json, heartbeat_period(&heartbeat));
    emit_key(json, "jitter_ns");
    emit_signed(json, heartbeat.gap_most - heartbeat.gap_least);
    emit_key(json, "last_frame");
    emit_unsigned(json, heartbeat.last_frame);
    emit_key(json, "last_answered_frame");
    json_frame(json, heartbeat.last_answered_frame);
    emit_object_end(json);
}

static bool has_keep_alives(const struct connection *connection) {
    struct keep_alive_rhythm rhythm;
    uint32_t answered;

    return keep_alives_of(connection, SIDE_CLIENT, &rhythm, &answered) ||
           keep_alives_of(connection, SIDE_SERVER, &rhythm, &answered);
}

static bool has_heartbeat(const struct connection *connection) {
    struct heartbeat heartbeat;

    return heartbeat_of(connection, SIDE_CLIENT, &heartbeat) || heartbeat_of(connection, SIDE_SERVER, &heartbeat);
}

static void json_sides(struct emitter *json, const struct connection *connection, const char *name, bool any,
                       void (*write_side)(struct emitter *, const struct connection *, enum side)) {
    emit_key(json, name);
    if (!any) {
        emit_null(json);
        return;
    }
    emit_object_begin(json);
    write_side(json, connection, SIDE_CLIENT);
    write_side(json, connection, SIDE_SERVER);
    emit_object_end(json);
}

enum { NEITHER_ROOM = 64 };

void json_liveness(struct emitter *json, const struct connection *connection) {
    bool keep_alives = has_keep_alives(connection), beats = has_heartbeat(connection);

    if (!keep_alives && !beats) {
        emit_put(json, PUT(emit_room(json, NEITHER_ROOM), "\"keep_alive\":null,\"heartbeat\":null,"));
        return;
    }
    json_sides(json, connection, "keep_alive", keep_alives, json_keep_alives_of);
    json_sides(json, connection, "heartbeat", beats, json_heartbeat_of);
}
