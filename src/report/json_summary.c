/* SPDX-License-Identifier: BSD-3-Clause */
#include "report/json_summary.h"

#include "report/json_connection.h"

#define REPORT_SCHEMA "finwait-report/1"

void json_tool(struct emitter *json, const struct report_settings *settings) {
    json_word(json, "schema", REPORT_SCHEMA);
    emit_key(json, "tool");
    emit_object_begin(json);
    json_word(json, "name", "finwait");
    emit_key(json, "version");
    emit_string(json, settings->version);
    emit_object_end(json);
}

/* The units of the thresholds. */
static void setting_SECONDS(struct emitter *json, int64_t span) {
    emit_seconds(json, span);
}
static void setting_COUNT(struct emitter *json, uint32_t count) {
    emit_unsigned(json, count);
}

static void setting_SIZE(struct emitter *json, uint64_t octets) {
    emit_unsigned(json, octets);
}

void json_settings(struct emitter *json, const struct report_settings *settings) {
    emit_key(json, "settings");
    emit_object_begin(json);
    json_word(json, "profile", profile_name(settings->model.profile));
#define THRESHOLD(name, option, unit, member, least, standard, help)                                                   \
    emit_key(json, #name);                                                                                             \
    setting_##unit(json, settings->member);
#include "report/thresholds.def"
#undef THRESHOLD
    json_bool(json, "tunnels", !settings->no_tunnels);
    emit_object_end(json);
}

/* A counter under its name; nothing for 0, so that a report lists what was met. */
static void json_counter(struct emitter *json, const char *name, uint64_t count) {
    if (count > 0) {
        emit_key(json, name);
        emit_unsigned(json, count);
    }
}

static void json_states(struct emitter *json, const struct report_summary *summary) {
    emit_key(json, "states");
    emit_object_begin(json);
    for (int side = 0; side < SIDES; side++) {
        emit_key(json, side_name((enum side)side));
        emit_object_begin(json);
        for (int state = 0; state < TCP_STATES; state++) {
            json_counter(json, state_name((enum tcp_state)state), summary->states[side][state]);
        }
        emit_object_end(json);
    }
    emit_object_end(json);
}

static void json_skipped(struct emitter *json, const struct report_summary *summary) {
    emit_key(json, "skipped");
    emit_object_begin(json);
    for (int reason = SKIP_NONE + 1; reason < SKIP_REASONS; reason++) {
        emit_key(json, skip_name((enum skip_reason)reason));
        emit_unsigned(json, summary->skipped[reason]);
    }
    emit_object_end(json);
}

static void json_outcomes(struct emitter *json, const struct report_summary *summary) {
    emit_key(json, "handshakes");
    emit_object_begin(json);
    for (int outcome = 0; outcome < HANDSHAKE_OUTCOMES; outcome++) {
        json_counter(json, handshake_outcome_name((enum handshake_outcome)outcome), summary->handshakes[outcome]);
    }
    emit_object_end(json);
    emit_key(json, "teardowns");
    emit_object_begin(json);
    for (int outcome = 0; outcome < TEARDOWN_OUTCOMES; outcome++) {
        json_counter(json, teardown_outcome_name((enum teardown_outcome)outcome), summary->teardowns[outcome]);
    }
    emit_object_end(json);
}

static void json_found(struct emitter *json, const struct report_summary *summary) {
    emit_key(json, "anomalies");
    emit_object_begin(json);
    for (int id = 0; id < ANOMALIES; id++) {
        json_counter(json, anomaly_row((enum anomaly_id)id)->id, summary->anomalies[id]);
    }
    emit_object_end(json);
    emit_key(json, "severities");
    emit_object_begin(json);
    for (int severity = SEVERITIES - 1; severity >= 0; severity--) {
        json_counter(json, severity_name((enum severity)severity), summary->severities[severity]);
    }
    emit_object_end(json);
}

static void json_talkers(struct emitter *json, const char *name, const struct talkers *talkers) {
    const struct talker *first[TALKERS_TOLD];
    uint64_t least[TALKERS_TOLD];
    char text[ADDRESS_TEXT_SIZE];
    unsigned count = talkers_first(talkers, first, least);

    emit_key(json, name);
    emit_array_begin(json);
    for (unsigned i = 0; i < count; i++) {
        emit_object_begin(json);
        emit_key(json, "address");
        emit_string(json, address_text(&first[i]->address, text));
        json_unsigned(json, "connections", least[i]);
        emit_object_end(json);
    }
    emit_array_end(json);
}

static void json_end_time(struct emitter *json, const struct report_summary *summary) {
    emit_key(json, "end_time");
    if (summary->frames > 0) {
        json_timestamp(json, summary->end_time);
    } else {
        emit_null(json);
    }
}

void json_summary_members(struct emitter *json, const struct report_summary *summary) {
    json_unsigned(json, "frames", summary->frames);
    json_unsigned(json, "tcp_segments", summary->tcp_segments);
    json_unsigned(json, "connections", summary->connections);
    json_signed(json, "duration_ns", summary->duration);
    json_end_time(json, summary);
    json_skipped(json, summary);
    json_outcomes(json, summary);
    json_states(json, summary);
    json_found(json, summary);
    json_unsigned(json, "evicted", summary->evicted);
    if (summary->evicted > 0) {
        json_unsigned(json, "evicted_unfinished", summary->evicted_unfinished);
        json_talkers(json, "evicted_from", &summary->evicted_from);
        json_talkers(json, "evicted_to", &summary->evicted_to);
    }
    if (summary->uncompared > 0) {
        json_unsigned(json, "uncompared_segments", summary->uncompared);
    }
    json_unsigned(json, "peak_connections", summary->peak_connections);
    json_bool(json, "interrupted", summary->interrupted);
}
