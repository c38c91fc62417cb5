/* SPDX-License-Identifier: BSD-3-Clause */
#include "report/json_connection.h"

#include "report/community_id.h"
#include "report/flags_text.h"
#include "report/time_text.h"

void json_frame(struct emitter *json, uint64_t frame) {
    if (frame == 0) {
        emit_null(json);
    } else {
        emit_unsigned(json, frame);
    }
}

void json_span(struct emitter *json, int64_t span) {
    if (span == -1) {
        emit_null(json);
    } else {
        emit_signed(json, span);
    }
}

void json_timestamp(struct emitter *json, int64_t time) {
    char text[TIMESTAMP_SIZE];

    emit_word(json, timestamp_text(time, text));
}

/* client, server or both; null where it is neither known nor anybody. */
static void json_which(struct emitter *json, enum which_side which) {
    emit_word(json, which == WHICH_NONE ? NULL : which_side_name(which));
}

/* --- SIDE --- */

void json_transition_members(struct emitter *json, const struct report *report, const struct step *step) {
    char flags[FLAGS_TEXT_SIZE];

    emit_key(json, "frame");
    json_frame(json, step->frame);
    json_signed(json, "time_ns", step->time - report->origin);
    json_word(json, "from", state_name((enum tcp_state)step->from));
    json_word(json, "to", state_name((enum tcp_state)step->to));
    json_word(json, "cause", step_cause_name((enum step_cause)step->cause));
    json_word(json, "segment", step->flags != 0 ? flags_text(step->flags, flags) : "");
    json_word(json, "certainty", certainty_name((enum certainty)step->certainty));
    emit_key(json, "settled_by");
    json_frame(json, step->settled_by);
}

static void json_transitions(struct emitter *json, const struct report *report, const struct path *path) {
    struct step steps[PATH_STEPS_MAX];
    size_t count = path_steps(path, steps);

    emit_key(json, "transitions");
    emit_array_begin(json);
    for (size_t i = 0; i < count; i++) {
        emit_object_begin(json);
        json_transition_members(json, report, &steps[i]);
        emit_object_end(json);
    }
    emit_array_end(json);
}

/* An option shows only in a SYN or SYN/ACK, and there only as far as it was captured. */
static bool options_known(const struct endpoint *endpoint) {
    return (endpoint->syn_frame != 0 || endpoint->syn_ack_frame != 0) && !(endpoint->options_present & OPTION_CUT);
}

static void json_option(struct emitter *json, const struct endpoint *endpoint, const char *name, bool present) {
    emit_key(json, name);
    if (present || options_known(endpoint)) {
        emit_bool(json, present);
    } else {
        emit_null(json);
    }
}

static void json_option_value(struct emitter *json, const struct endpoint *endpoint, const char *name,
                              enum tcp_option_flag option, uint64_t value) {
    emit_key(json, name);
    if (endpoint->options_present & option) {
        emit_unsigned(json, value);
    } else {
        emit_null(json);
    }
}

static void json_options(struct emitter *json, const struct endpoint *endpoint) {
    uint16_t present = endpoint->options_present;

    json_option_value(json, endpoint, "mss", OPTION_MSS, endpoint->mss);
    json_option_value(json, endpoint, "window_scale", OPTION_WINDOW_SCALE, endpoint->window_scale);
    json_option(json, endpoint, "sack_permitted", (present & OPTION_SACK_PERMITTED) != 0);
    json_option(json, endpoint, "timestamps", (present & OPTION_TIMESTAMPS) != 0 || endpoint->timestamps_seen);
    json_option(json, endpoint, "ecn", endpoint->ecn_setup);
    json_option(json, endpoint, "fast_open", (present & OPTION_FAST_OPEN) != 0);
}

static void json_isn(struct emitter *json, const struct endpoint *endpoint) {
    static const char *const known[] = {[ISN_UNKNOWN] = "unknown", [ISN_INFERRED] = "inferred", [ISN_SEEN] = "seen"};

    emit_key(json, "isn");
    if (endpoint->isn_known == ISN_UNKNOWN) {
        emit_null(json);
    } else {
        emit_unsigned(json, endpoint->isn);
    }
    json_word(json, "isn_known", known[endpoint->isn_known]);
}

static void json_counts(struct emitter *json, const struct endpoint *endpoint) {
    json_unsigned(json, "frames", endpoint->frames);
    json_unsigned(json, "bytes", endpoint->bytes);
    json_unsigned(json, "retransmitted_frames", endpoint->retransmitted_frames);
    json_unsigned(json, "retransmitted_bytes", endpoint->retransmitted_bytes);
    json_unsigned(json, "missing_bytes", endpoint->missing_bytes);
}

/* Only where a limit was reached. */
static void json_omitted(struct emitter *json, const struct endpoint *endpoint) {
    if (endpoint->path.omitted_refuted == 0 && endpoint->holes.inexact == 0) {
        return;
    }
    emit_key(json, "omitted");
    emit_object_begin(json);
    json_unsigned(json, "refuted_steps", endpoint->path.omitted_refuted);
    json_unsigned(json, "holes_joined", endpoint->holes.inexact);
    emit_object_end(json);
}

static void json_state_durations(struct emitter *json, const struct endpoint *endpoint, int64_t now) {
    int64_t durations[TCP_STATES];

    side_durations(endpoint, now, durations);
    emit_key(json, "state_durations_ns");
    emit_object_begin(json);
    for (int state = 0; state < TCP_STATES; state++) {
        if (durations[state] != 0) {
            emit_key(json, state_name((enum tcp_state)state));
            emit_signed(json, durations[state]);
        }
    }
    emit_object_end(json);
}

static void json_side(struct emitter *json, const struct report *report, const struct connection *connection,
                      enum side side) {
    const struct endpoint *endpoint = &connection->side[side];
    char address[ADDRESS_TEXT_SIZE];

    emit_key(json, side_name(side));
    emit_object_begin(json);
    json_word(json, "address", address_text(&connection->address[side], address));
    json_unsigned(json, "port", connection->port[side]);
    json_isn(json, endpoint);
    json_options(json, endpoint);
    json_counts(json, endpoint);
    json_word(json, "state", state_name(endpoint_state(endpoint)));
    json_word(json, "certainty", overall_certainty_name((enum certainty)endpoint->path.certainty));
    json_transitions(json, report, &endpoint->path);
    json_state_durations(json, endpoint, connection->end_time);
    json_omitted(json, endpoint);
    emit_object_end(json);
}

/* --- handshake and teardown --- */

/* What both ends have offered and may therefore use; null where one offer was not captured. */
static void json_options_agreed(struct emitter *json, const struct connection *connection) {
    const struct endpoint *client = &connection->side[SIDE_CLIENT];
    const struct endpoint *server = &connection->side[SIDE_SERVER];
    uint16_t both = client->options_present & server->options_present;

    emit_key(json, "options_agreed");
    if (!options_known(client) || !options_known(server)) {
        emit_null(json);
        return;
    }
    emit_object_begin(json);
    emit_key(json, "mss");
    if (both & OPTION_MSS) {
        emit_unsigned(json, client->mss < server->mss ? client->mss : server->mss);
    } else {
        emit_null(json);
    }
    json_bool(json, "window_scale", (both & OPTION_WINDOW_SCALE) != 0);
    json_bool(json, "sack_permitted", (both & OPTION_SACK_PERMITTED) != 0);
    json_bool(json, "timestamps", (both & OPTION_TIMESTAMPS) != 0);
    json_bool(json, "ecn", client->ecn_setup && server->ecn_setup);
    json_bool(json, "mptcp", (both & OPTION_MPTCP) != 0);
    emit_object_end(json);
}

static void json_handshake(struct emitter *json, const struct connection *connection, const struct verdict *verdict) {
    emit_key(json, "handshake");
    emit_object_begin(json);
    json_word(json, "outcome", handshake_outcome_name(verdict->handshake));
    emit_key(json, "syn_frame");
    json_frame(json, verdict->syn_frame);
    emit_key(json, "syn_ack_frame");
    json_frame(json, verdict->syn_ack_frame);
    emit_key(json, "ack_frame");
    json_frame(json, verdict->ack_frame);
    json_word(json, "certainty", overall_certainty_name(verdict->handshake_certainty));
    json_unsigned(json, "syn_count", verdict->syn_count);
    json_unsigned(json, "syn_ack_count", verdict->syn_ack_count);
    emit_key(json, "duration_ns");
    json_span(json, verdict->handshake_duration);
    emit_key(json, "rtt_server_ns");
    json_span(json, verdict->rtt_server);
    emit_key(json, "rtt_client_ns");
    json_span(json, verdict->rtt_client);
    json_options_agreed(json, connection);
    json_bool(json, "cookies_suspected", verdict->cookies_suspected);
    emit_object_end(json);
}

static void json_teardown(struct emitter *json, const struct verdict *verdict) {
    emit_key(json, "teardown");
    emit_object_begin(json);
    json_word(json, "outcome", teardown_outcome_name(verdict->teardown));
    json_word(json, "certainty", overall_certainty_name(verdict->teardown_certainty));
    emit_key(json, "segments");
    json_frame(json, (uint64_t)verdict->segments);
    emit_key(json, "closed_first");
    json_which(json, verdict->closed_first);
    emit_key(json, "reset_by");
    json_which(json, verdict->reset_by);
    json_word(json, "reset_in_state",
              verdict->reset_in_state != STATE_UNKNOWN ? state_name(verdict->reset_in_state) : NULL);
    json_word(json, "time_wait", which_side_name(verdict->time_wait));
    json_unsigned(json, "half_close_bytes", verdict->half_close_bytes);
    emit_key(json, "close_wait_ns");
    json_span(json, verdict->close_wait);
    emit_key(json, "duration_ns");
    json_span(json, verdict->teardown_duration);
    json_word(json, "two_msl", two_msl_name(verdict->two_msl));
    emit_object_end(json);
}

static void json_time_wait(struct emitter *json, const struct report *report, const struct verdict *verdict) {
    static const char *const ended_by[] = {
        [TIME_WAIT_RUNNING] = NULL,
        [TIME_WAIT_TIMEOUT] = "timeout",
        [TIME_WAIT_REUSE] = "reuse",
        [TIME_WAIT_RESET] = "reset",
    };

    emit_key(json, "time_wait_details");
    if (verdict->time_wait_details.started == 0) {
        emit_null(json);
        return;
    }
    emit_object_begin(json);
    json_signed(json, "started_ns", verdict->time_wait_details.started - report->origin);
    json_unsigned(json, "restarts", verdict->time_wait_details.restarts);
    json_signed(json, "elapsed_ns", verdict->time_wait_details.elapsed);
    json_word(json, "ended_by", ended_by[verdict->time_wait_details.ended_by]);
    emit_object_end(json);
}

/* --- CONNECTION --- */

static void json_layers(struct emitter *json, const struct encapsulation *encapsulation) {
    char text[ENCAPSULATION_TEXT_SIZE];

    emit_array_begin(json);
    for (unsigned layer = 0; layer < encapsulation->count; layer++) {
        emit_word(json, encapsulation_text(encapsulation, layer, text));
    }
    emit_array_end(json);
}

static void json_encapsulation(struct emitter *json, const struct report *report, const struct connection *connection) {
    emit_key(json, "encapsulation");
    json_layers(json, report_encapsulation(report, connection->encapsulation));
    if (connection->network_back != connection->network) {
        emit_key(json, "encapsulation_back");
        json_layers(json, report_encapsulation(report, connection->encapsulation_back));
    }
}

static void json_changed(struct emitter *json, uint8_t changed) {
    static const char *const names[] = {"client-address", "client-port", "server-address", "server-port"};

    emit_key(json, "changed");
    emit_array_begin(json);
    for (unsigned bit = 0; bit < sizeof names / sizeof names[0]; bit++) {
        if ((changed >> bit & 1) != 0) {
            emit_word(json, names[bit]);
        }
    }
    emit_array_end(json);
}

/* Where the capture holds the same connection at another point, too. */
static void json_other_views(struct emitter *json, const struct connection *connection) {
    const struct other_view *views = connection->other_view;

    if (views[SIDE_CLIENT].connection == 0 && views[SIDE_SERVER].connection == 0) {
        return;
    }
    emit_key(json, "other_views");
    emit_array_begin(json);
    for (int side = 0; side < SIDES; side++) {
        if (views[side].connection == 0) {
            continue;
        }
        emit_object_begin(json);
        json_unsigned(json, "connection", views[side].connection);
        json_word(json, "nearer_to", side_name((enum side)side));
        json_changed(json, views[side].changed);
        json_word(json, "certainty", certainty_name((enum certainty)views[side].certainty));
        emit_object_end(json);
    }
    emit_array_end(json);
}

static void json_identity(struct emitter *json, const struct report *report, const struct connection *connection) {
    char text[COMMUNITY_ID_SIZE];

    json_unsigned(json, "id", connection->id);
    json_unsigned(json, "incarnation", connection->incarnation);
    emit_key(json, "previous");
    json_frame(json, connection->previous);
    if (!report->brief) {
        json_word(json, "community_id", community_id(connection, text));
    }
    json_unsigned(json, "ip_version", connection->address[SIDE_CLIENT].version);
    json_encapsulation(json, report, connection);
    json_other_views(json, connection);
    json_bool(json, "initiator_seen", connection->initiator_seen);
}

static void json_extent(struct emitter *json, const struct report *report, const struct connection *connection) {
    if (!report->brief) {
        json_unsigned(json, "first_frame", connection->id);
    }
    json_unsigned(json, "last_frame", connection->last_frame);
    emit_key(json, "first_time");
    json_timestamp(json, connection->first_time);
    json_signed(json, "start_ns", connection->first_time - report->origin);
    json_signed(json, "duration_ns", connection->last_time - connection->first_time);
}

static void json_anomalies(struct emitter *json, const struct report *report, const struct connection *connection) {
    const struct findings *findings = connection->findings;

    emit_key(json, "anomalies");
    emit_array_begin(json);
    for (uint32_t i = 0; findings != NULL && i < findings->count; i++) {
        if (!findings->items[i].withdrawn) {
            emit_object_begin(json);
            json_anomaly_members(json, report, connection, &findings->items[i]);
            emit_object_end(json);
        }
    }
    emit_array_end(json);
}

/* Numbers relative to the ISNs, as in the ladder. What is no segment, an ICMP error, is not listed. */
static void json_segments(struct emitter *json, const struct report *report, const struct connection *connection) {
    struct log_entry rows[LOG_ROWS_MAX];
    unsigned count = connection_log(connection, rows);
    uint64_t all = connection->side[SIDE_CLIENT].frames + connection->side[SIDE_SERVER].frames;
    char flags[FLAGS_TEXT_SIZE];

    emit_key(json, "segments");
    emit_array_begin(json);
    for (unsigned i = 0; i < count; i++) {
        if (rows[i].icmp) {
            continue;
        }
        emit_object_begin(json);
        json_unsigned(json, "frame", rows[i].frame);
        json_signed(json, "time_ns", rows[i].time - report->origin);
        json_word(json, "side", side_name((enum side)rows[i].side));
        json_word(json, "flags", flags_text(rows[i].flags, flags));
        json_signed(json, "seq", rows[i].seq);
        emit_key(json, "ack");
        if ((rows[i].flags & TCP_ACK) != 0) {
            emit_signed(json, rows[i].ack);
        } else {
            emit_null(json);
        }
        json_unsigned(json, "length", rows[i].length);
        json_unsigned(json, "window", rows[i].window);
        emit_object_end(json);
        all -= all > 0;
    }
    emit_array_end(json);
    json_unsigned(json, "segments_omitted", all);
}

void json_connection_members(struct emitter *json, const struct report *report, const struct connection *connection,
                             const struct verdict *verdict) {
    json_identity(json, report, connection);
    json_side(json, report, connection, SIDE_CLIENT);
    json_side(json, report, connection, SIDE_SERVER);
    json_extent(json, report, connection);
    json_handshake(json, connection, verdict);
    json_teardown(json, verdict);
    json_time_wait(json, report, verdict);
    json_word(json, "zeek_conn_state", zeek_conn_state(&connection->zeek));
    json_word(json, "zeek_history", connection->zeek.history);
    emit_key(json, "idle_before_close_ns");
    json_span(json, verdict->idle_before_close);
    json_liveness(json, connection);
    json_word(json, "end", connection_end_name((enum connection_end)connection->end));
    json_anomalies(json, report, connection);
    if (report->settings.model.keep_segments) {
        json_segments(json, report, connection);
    }
}
