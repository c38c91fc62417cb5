/* SPDX-License-Identifier: BSD-3-Clause */
#include "report/html_index.h"

#include "report/json_connection.h"

static void index_findings(struct emitter *json, const struct findings *findings) {
    emit_array_begin(json);
    for (uint32_t i = 0; findings != NULL && i < findings->count; i++) {
        if (!findings->items[i].withdrawn) {
            emit_unsigned(json, (uint64_t)findings->items[i].id * SEVERITIES + findings->items[i].severity);
        }
    }
    emit_array_end(json);
}

void html_index_row(struct emitter *json, const struct report *report, const struct connection *connection,
                    const struct verdict *verdict, uint64_t position) {
    const struct endpoint *client = &connection->side[SIDE_CLIENT];
    const struct endpoint *server = &connection->side[SIDE_SERVER];
    char address[ADDRESS_TEXT_SIZE];

    emit_array_begin(json);
    emit_unsigned(json, connection->id);
    emit_unsigned(json, position);
    for (int side = 0; side < SIDES; side++) {
        emit_word(json, address_text(&connection->address[side], address));
        emit_unsigned(json, connection->port[side]);
    }
    emit_signed(json, connection->first_time - report->origin);
    emit_signed(json, connection->last_time - connection->first_time);
    emit_unsigned(json, verdict->handshake);
    emit_unsigned(json, verdict->teardown);
    emit_unsigned(json, endpoint_state(client));
    emit_unsigned(json, endpoint_state(server));
    emit_unsigned(json, client->frames + server->frames);
    emit_unsigned(json, client->bytes);
    emit_unsigned(json, server->bytes);
    json_span(json, verdict->rtt_server);
    index_findings(json, connection->findings);
    emit_array_end(json);
}

static const char *handshake_word(unsigned index) {
    return handshake_outcome_name((enum handshake_outcome)index);
}
static const char *teardown_word(unsigned index) {
    return teardown_outcome_name((enum teardown_outcome)index);
}
static const char *state_word(unsigned index) {
    return state_name((enum tcp_state)index);
}
static const char *severity_word(unsigned index) {
    return severity_name((enum severity)index);
}
static const char *anomaly_word(unsigned index) {
    return anomaly_row((enum anomaly_id)index)->id;
}

void html_index_words(struct emitter *json) {
    static const struct {
        const char *name;
        unsigned count;
        const char *(*word)(unsigned index);
    } lists[] = {
        {"handshakes", HANDSHAKE_OUTCOMES, handshake_word},
        {"teardowns", TEARDOWN_OUTCOMES, teardown_word},
        {"states", TCP_STATES, state_word},
        {"severities", SEVERITIES, severity_word},
        {"anomalies", ANOMALIES, anomaly_word},
    };

    emit_key(json, "words");
    emit_object_begin(json);
    for (size_t i = 0; i < sizeof lists / sizeof *lists; i++) {
        emit_key(json, lists[i].name);
        emit_array_begin(json);
        for (unsigned index = 0; index < lists[i].count; index++) {
            emit_word(json, lists[i].word(index));
        }
        emit_array_end(json);
    }
    emit_object_end(json);
}
