/* SPDX-License-Identifier: BSD-3-Clause */
#include "report/json_connection.h"

#include "report/community_id.h"
#include "report/flags_text.h"
#include "report/json_put.h"
#include "report/time_text.h"

/* There are many of these: members are put down as json_put.h does, with room for as many as a function has taken. */

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
static char *put_which(char *at, enum which_side which) {
    return put_word(at, which == WHICH_NONE ? NULL : which_side_name(which));
}

/* --- SIDE --- */

enum { TRANSITION_ROOM = 512, SIDE_ROOM = 1536, DURATIONS_ROOM = TCP_STATES * (PUT_WORD + PUT_NUMBER) + 128 };

/* What is the same of many steps: all but frames and times. */
static char *put_step_words(char *at, const struct report *report, const struct step *step) {
    char flags[FLAGS_TEXT_SIZE];
    uint64_t key = PHRASE_OF_STEP | (uint64_t)step->flags << 32 | (uint64_t)step->from << 24 |
                   (uint64_t)step->to << 16 | (uint64_t)step->cause << 8 | step->certainty;
    const char *begin = at;
    char *end = phrase_put(report->phrases, at, key);

    if (end != NULL) {
        return end;
    }
    at = put_word(PUT_KEY(at, "from"), state_name((enum tcp_state)step->from));
    at = put_word(PUT_KEY(at, "to"), state_name((enum tcp_state)step->to));
    at = put_word(PUT_KEY(at, "cause"), step_cause_name((enum step_cause)step->cause));
    at = put_word(PUT_KEY(at, "segment"), step->flags != 0 ? flags_text(step->flags, flags) : "");
    at = put_word(PUT_KEY(at, "certainty"), certainty_name((enum certainty)step->certainty));
    return phrase_keep(report->phrases, key, begin, at);
}

static char *put_transition(char *at, const struct report *report, const struct step *step) {
    at = put_frame(PUT_KEY(at, "frame"), step->frame);
    at = put_signed(PUT_KEY(at, "time_ns"), step->time - report->origin);
    at = put_step_words(at, report, step);
    return put_frame(PUT_KEY(at, "settled_by"), step->settled_by);
}

void json_transition_members(struct emitter *json, const struct report *report, const struct step *step) {
    emit_put(json, put_transition(emit_room(json, TRANSITION_ROOM), report, step));
}

/* Behind put_state. */
static void json_transitions(struct emitter *json, const struct report *report, const struct side_steps *walked) {
    for (size_t i = 0; i < walked->count; i++) {
        char *at = put_begin(emit_room(json, TRANSITION_ROOM), '{');

        emit_put(json, put_end(put_transition(at, report, &walked->steps[i]), '}'));
    }
    emit_array_end(json);
}

/* Where the side stands, and the beginning of how it got there. */
static char *put_state(char *at, const struct report *report, const struct endpoint *endpoint) {
    uint64_t key = PHRASE_OF_STATE | (uint64_t)endpoint->path.state << 8 | endpoint->path.certainty;
    const char *begin = at;
    char *end = phrase_put(report->phrases, at, key);

    if (end != NULL) {
        return end;
    }
    at = put_word(PUT_KEY(at, "state"), state_name(endpoint_state(endpoint)));
    at = put_word(PUT_KEY(at, "certainty"), overall_certainty_name((enum certainty)endpoint->path.certainty));
    return phrase_keep(report->phrases, key, begin, put_begin(PUT_KEY(at, "transitions"), '['));
}

/* An option shows only in a SYN or SYN/ACK, and there only as far as it was captured. */
static bool options_known(const struct endpoint *endpoint) {
    return (endpoint->syn_frame != 0 || endpoint->syn_ack_frame != 0) && !(endpoint->options_present & OPTION_CUT);
}

static char *put_option(char *at, const struct endpoint *endpoint, bool present) {
    return present || options_known(endpoint) ? put_bool(at, present) : put_null(at);
}

static char *put_option_value(char *at, const struct endpoint *endpoint, enum tcp_option_flag option, uint64_t value) {
    return endpoint->options_present & option ? put_unsigned(at, value) : put_null(at);
}

static char *put_options(char *at, const struct report *report, const struct endpoint *endpoint) {
    static const char *const known[] = {[ISN_UNKNOWN] = "unknown", [ISN_INFERRED] = "inferred", [ISN_SEEN] = "seen"};
    uint16_t present = endpoint->options_present;
    bool timestamps = (present & OPTION_TIMESTAMPS) != 0 || endpoint->timestamps_seen;
    uint64_t key = PHRASE_OF_OPTIONS | (uint64_t)endpoint->window_scale << 48 | (uint64_t)endpoint->mss << 32 |
                   (uint64_t)present << 16 | (uint64_t)endpoint->isn_known << 3 | options_known(endpoint) << 2 |
                   timestamps << 1 | endpoint->ecn_setup;
    const char *begin = at;
    char *end = phrase_put(report->phrases, at, key);

    if (end != NULL) {
        return end;
    }
    at = put_word(PUT_KEY(at, "isn_known"), known[endpoint->isn_known]);
    at = put_option_value(PUT_KEY(at, "mss"), endpoint, OPTION_MSS, endpoint->mss);
    at = put_option_value(PUT_KEY(at, "window_scale"), endpoint, OPTION_WINDOW_SCALE, endpoint->window_scale);
    at = put_option(PUT_KEY(at, "sack_permitted"), endpoint, (present & OPTION_SACK_PERMITTED) != 0);
    at = put_option(PUT_KEY(at, "timestamps"), endpoint, timestamps);
    at = put_option(PUT_KEY(at, "ecn"), endpoint, endpoint->ecn_setup);
    at = put_option(PUT_KEY(at, "fast_open"), endpoint, (present & OPTION_FAST_OPEN) != 0);
    return phrase_keep(report->phrases, key, begin, at);
}

static char *put_counts(char *at, const struct endpoint *endpoint) {
    at = put_unsigned(PUT_KEY(at, "frames"), endpoint->frames);
    at = put_unsigned(PUT_KEY(at, "bytes"), endpoint->bytes);
    at = put_unsigned(PUT_KEY(at, "retransmitted_frames"), endpoint->retransmitted_frames);
    at = put_unsigned(PUT_KEY(at, "retransmitted_bytes"), endpoint->retransmitted_bytes);
    return put_unsigned(PUT_KEY(at, "missing_bytes"), endpoint->missing_bytes);
}

/* Only where a limit was reached. */
static char *put_omitted(char *at, const struct endpoint *endpoint) {
    if (endpoint->path.omitted_refuted == 0 && endpoint->holes.inexact == 0) {
        return at;
    }
    at = put_begin(PUT_KEY(at, "omitted"), '{');
    at = put_unsigned(PUT_KEY(at, "refuted_steps"), endpoint->path.omitted_refuted);
    at = put_unsigned(PUT_KEY(at, "holes_joined"), endpoint->holes.inexact);
    return put_end(at, '}');
}

static char *put_name_of_state(char *at, enum tcp_state state) {
    enum { MOST = 16 };
    static const struct {
        char text[MOST];
        uint8_t size;
    } names[TCP_STATES] = {
#define NAME(state) [STATE_##state] = {"\"" #state "\":", sizeof("\"" #state "\":") - 1}
        NAME(UNKNOWN),    NAME(CLOSED),     NAME(LISTEN),     NAME(SYN_SENT), NAME(SYN_RECEIVED), NAME(ESTABLISHED),
        NAME(FIN_WAIT_1), NAME(FIN_WAIT_2), NAME(CLOSE_WAIT), NAME(CLOSING),  NAME(LAST_ACK),     NAME(TIME_WAIT),
#undef NAME
    };
    memcpy(at, names[state].text, MOST);
    return at + names[state].size;
}

static char *put_state_durations(char *at, const struct side_steps *walked, int64_t now) {
    int64_t durations[TCP_STATES];

    step_durations(walked->steps, walked->count, now, durations);
    at = put_begin(PUT_KEY(at, "state_durations_ns"), '{');
    for (int state = 0; state < TCP_STATES; state++) {
        if (durations[state] != 0) {
            at = put_signed(put_name_of_state(at, (enum tcp_state)state), durations[state]);
        }
    }
    return put_end(at, '}');
}

/* The members "address" and "port". */
static char *put_end_point(char *at, const struct connection *connection, enum side side) {
    at = PUT(address_put(PUT(at, "\"address\":\""), &connection->address[side]), "\",");
    return put_unsigned(PUT_KEY(at, "port"), connection->port[side]);
}

static char *put_side_begin(char *at, enum side side) {
    enum { SIZE = sizeof("\"client\":{") - 1 };
    static const char texts[SIDES][SIZE + 1] = {"\"client\":{", "\"server\":{"};

    return put_octets(at, texts[side], SIZE);
}

char *put_opening_of_side(char *at, const struct connection *connection, enum side side) {
    return put_end_point(put_side_begin(at, side), connection, side);
}

static void json_side(struct emitter *json, const struct report *report, const struct connection *connection,
                      const struct verdict *verdict, enum side side) {
    const struct endpoint *endpoint = &connection->side[side];
    const struct side_steps *walked = &verdict->walked[side];
    char *at = put_opening_of_side(emit_room(json, SIDE_ROOM), connection, side);

    at = PUT_KEY(at, "isn");
    at = endpoint->isn_known == ISN_UNKNOWN ? put_null(at) : put_unsigned(at, endpoint->isn);
    at = put_counts(put_options(at, report, endpoint), endpoint);
    emit_put(json, put_state(at, report, endpoint));
    json_transitions(json, report, walked);
    at = put_state_durations(emit_room(json, DURATIONS_ROOM), walked, connection->end_time);
    emit_put(json, put_end(put_omitted(at, endpoint), '}'));
}

/* --- handshake and teardown --- */

enum { HANDSHAKE_ROOM = 1024, TEARDOWN_ROOM = 1024, TIME_WAIT_ROOM = 256 };

/* What both ends have offered and may therefore use; null where one offer was not captured. */
static char *put_options_agreed(char *at, const struct report *report, const struct connection *connection) {
    const struct endpoint *client = &connection->side[SIDE_CLIENT];
    const struct endpoint *server = &connection->side[SIDE_SERVER];
    uint16_t both = client->options_present & server->options_present;
    uint16_t mss = client->mss < server->mss ? client->mss : server->mss;
    bool ecn = client->ecn_setup && server->ecn_setup;
    uint64_t key = PHRASE_OF_AGREED | (uint64_t)mss << 32 | (uint64_t)both << 16 | ecn;
    const char *begin = at;
    char *end;

    if (!options_known(client) || !options_known(server)) {
        return put_null(PUT_KEY(at, "options_agreed"));
    }
    if ((end = phrase_put(report->phrases, at, key)) != NULL) {
        return end;
    }
    at = PUT_KEY(put_begin(PUT_KEY(at, "options_agreed"), '{'), "mss");
    at = both & OPTION_MSS ? put_unsigned(at, mss) : put_null(at);
    at = put_bool(PUT_KEY(at, "window_scale"), (both & OPTION_WINDOW_SCALE) != 0);
    at = put_bool(PUT_KEY(at, "sack_permitted"), (both & OPTION_SACK_PERMITTED) != 0);
    at = put_bool(PUT_KEY(at, "timestamps"), (both & OPTION_TIMESTAMPS) != 0);
    at = put_bool(PUT_KEY(at, "ecn"), ecn);
    at = put_bool(PUT_KEY(at, "mptcp"), (both & OPTION_MPTCP) != 0);
    return phrase_keep(report->phrases, key, begin, put_end(at, '}'));
}

static char *put_handshake_outcome(char *at, const struct report *report, enum handshake_outcome outcome) {
    uint64_t key = PHRASE_OF_HANDSHAKE | outcome;
    const char *begin = at;
    char *end = phrase_put(report->phrases, at, key);

    if (end != NULL) {
        return end;
    }
    at = put_begin(PUT_KEY(at, "handshake"), '{');
    return phrase_keep(report->phrases, key, begin, put_word(PUT_KEY(at, "outcome"), handshake_outcome_name(outcome)));
}

/* How sure it is, and after how many tries: usually one. */
static char *put_tries(char *at, const struct report *report, const struct verdict *verdict) {
    bool usual = verdict->syn_count <= 1 && verdict->syn_ack_count <= 1;
    uint64_t key = PHRASE_OF_TRIES | (uint64_t)verdict->handshake_certainty << 2 | verdict->syn_count << 1 |
                   verdict->syn_ack_count;
    const char *begin = at;
    char *end = usual ? phrase_put(report->phrases, at, key) : NULL;

    if (end != NULL) {
        return end;
    }
    at = put_word(PUT_KEY(at, "certainty"), overall_certainty_name(verdict->handshake_certainty));
    at = put_unsigned(PUT_KEY(at, "syn_count"), verdict->syn_count);
    at = put_unsigned(PUT_KEY(at, "syn_ack_count"), verdict->syn_ack_count);
    return usual ? phrase_keep(report->phrases, key, begin, at) : at;
}

static char *put_handshake(char *at, const struct report *report, const struct connection *connection,
                           const struct verdict *verdict) {
    at = put_handshake_outcome(at, report, verdict->handshake);
    at = put_frame(PUT_KEY(at, "syn_frame"), verdict->syn_frame);
    at = put_frame(PUT_KEY(at, "syn_ack_frame"), verdict->syn_ack_frame);
    at = put_frame(PUT_KEY(at, "ack_frame"), verdict->ack_frame);
    at = put_tries(at, report, verdict);
    at = put_span(PUT_KEY(at, "duration_ns"), verdict->handshake_duration);
    at = put_span(PUT_KEY(at, "rtt_server_ns"), verdict->rtt_server);
    at = put_span(PUT_KEY(at, "rtt_client_ns"), verdict->rtt_client);
    at = put_options_agreed(at, report, connection);
    at = put_bool(PUT_KEY(at, "cookies_suspected"), verdict->cookies_suspected);
    return put_end(at, '}');
}

/* How and by whom: what is the same of many. */
static char *put_teardown_words(char *at, const struct report *report, const struct verdict *verdict) {
    uint64_t key = PHRASE_OF_TEARDOWN | (uint64_t)verdict->teardown << 24 |
                   (uint64_t)verdict->teardown_certainty << 20 | (uint64_t)verdict->segments << 16 |
                   (uint64_t)verdict->closed_first << 12 | (uint64_t)verdict->reset_by << 8 |
                   (uint64_t)verdict->reset_in_state << 4 | (uint64_t)verdict->time_wait;
    const char *begin = at;
    char *end = phrase_put(report->phrases, at, key);

    if (end != NULL) {
        return end;
    }
    at = put_begin(PUT_KEY(at, "teardown"), '{');
    at = put_word(PUT_KEY(at, "outcome"), teardown_outcome_name(verdict->teardown));
    at = put_word(PUT_KEY(at, "certainty"), overall_certainty_name(verdict->teardown_certainty));
    at = put_frame(PUT_KEY(at, "segments"), (uint64_t)verdict->segments);
    at = put_which(PUT_KEY(at, "closed_first"), verdict->closed_first);
    at = put_which(PUT_KEY(at, "reset_by"), verdict->reset_by);
    at = put_word(PUT_KEY(at, "reset_in_state"),
                  verdict->reset_in_state != STATE_UNKNOWN ? state_name(verdict->reset_in_state) : NULL);
    at = put_word(PUT_KEY(at, "time_wait"), which_side_name(verdict->time_wait));
    return phrase_keep(report->phrases, key, begin, at);
}

static char *put_two_msl(char *at, const struct report *report, enum two_msl two_msl) {
    uint64_t key = PHRASE_OF_TWO_MSL | two_msl;
    const char *begin = at;
    char *end = phrase_put(report->phrases, at, key);

    if (end != NULL) {
        return end;
    }
    at = put_end(put_word(PUT_KEY(at, "two_msl"), two_msl_name(two_msl)), '}');
    return phrase_keep(report->phrases, key, begin, PUT_KEY(at, "time_wait_details"));
}

static char *put_teardown(char *at, const struct report *report, const struct verdict *verdict) {
    at = put_teardown_words(at, report, verdict);
    at = put_unsigned(PUT_KEY(at, "half_close_bytes"), verdict->half_close_bytes);
    at = put_span(PUT_KEY(at, "close_wait_ns"), verdict->close_wait);
    return put_span(PUT_KEY(at, "duration_ns"), verdict->teardown_duration);
}

/* Behind the last of teardown, which ends here. */
static char *put_time_wait(char *at, const struct report *report, const struct verdict *verdict) {
    static const char *const ended_by[] = {
        [TIME_WAIT_RUNNING] = NULL,
        [TIME_WAIT_TIMEOUT] = "timeout",
        [TIME_WAIT_REUSE] = "reuse",
        [TIME_WAIT_RESET] = "reset",
    };

    at = put_two_msl(at, report, verdict->two_msl);
    if (!verdict->time_wait_details.known) {
        return put_null(at);
    }
    at = put_signed(PUT_KEY(put_begin(at, '{'), "started_ns"), verdict->time_wait_details.started - report->origin);
    at = put_unsigned(PUT_KEY(at, "restarts"), verdict->time_wait_details.restarts);
    at = put_signed(PUT_KEY(at, "elapsed_ns"), verdict->time_wait_details.elapsed);
    at = put_word(PUT_KEY(at, "ended_by"), ended_by[verdict->time_wait_details.ended_by]);
    return put_end(at, '}');
}

/* --- CONNECTION --- */

enum { IDENTITY_ROOM = 384, EXTENT_ROOM = 384, ZEEK_ROOM = 256, END_ROOM = 128, SEGMENT_ROOM = 512 };

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

static bool has_other_views(const struct connection *connection) {
    return connection->other_view[SIDE_CLIENT].connection != 0 || connection->other_view[SIDE_SERVER].connection != 0;
}

/* Where the capture holds the same connection at another point, too. */
static void json_other_views(struct emitter *json, const struct connection *connection) {
    const struct other_view *views = connection->other_view;

    if (!has_other_views(connection)) {
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
    char *at = emit_room(json, IDENTITY_ROOM);

    at = put_unsigned(PUT_KEY(at, "id"), connection->id);
    at = put_unsigned(PUT_KEY(at, "incarnation"), connection->incarnation);
    at = put_frame(PUT_KEY(at, "previous"), connection->previous);
    if (!report->brief) {
        at = put_word(PUT_KEY(at, "community_id"), community_id(connection, text));
    }
    at = put_unsigned(PUT_KEY(at, "ip_version"), connection->address[SIDE_CLIENT].version);
    if (connection->encapsulation == 0 && connection->network_back == connection->network &&
        !has_other_views(connection)) {
        at = PUT(at, "\"encapsulation\":[],");
        emit_put(json, put_bool(PUT_KEY(at, "initiator_seen"), connection->initiator_seen));
        return;
    }
    emit_put(json, at);
    json_encapsulation(json, report, connection);
    json_other_views(json, connection);
    json_bool(json, "initiator_seen", connection->initiator_seen);
}

/* The same up to the second for many. */
static char *put_timestamp(char *at, const struct report *report, int64_t time) {
    enum { SECOND = 1000000000, TO_SECOND = sizeof("2026-01-01T00:00:00.") - 1 };
    uint64_t key = PHRASE_OF_SECOND | (uint64_t)time / SECOND;
    uint32_t rest = (uint32_t)((uint64_t)time % SECOND);
    char text[TIMESTAMP_SIZE];
    const char *begin = at;
    char *end;

    if (time < 0) {
        return put_word(at, timestamp_text(time, text));
    }
    if ((end = phrase_put(report->phrases, at, key)) == NULL) {
        end = put_octets(PUT(at, "\""), timestamp_text(time, text), TO_SECOND);
        phrase_keep(report->phrases, key, begin, end);
    }
    end = put_begin(end, (char)('0' + rest / DECIMAL_TEN_TO_8));
    return PUT(decimal_put_8(end, rest % DECIMAL_TEN_TO_8), "Z\",");
}

static void json_extent(struct emitter *json, const struct report *report, const struct connection *connection) {
    char *at = emit_room(json, EXTENT_ROOM);

    if (!report->brief) {
        at = put_unsigned(PUT_KEY(at, "first_frame"), connection->id);
    }
    at = put_unsigned(PUT_KEY(at, "last_frame"), connection->last_frame);
    at = put_timestamp(PUT_KEY(at, "first_time"), report, connection->first_time);
    at = put_signed(PUT_KEY(at, "start_ns"), connection->first_time - report->origin);
    emit_put(json, put_signed(PUT_KEY(at, "duration_ns"), connection->last_time - connection->first_time));
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

/* Numbers relative to the ISNs, as in the ladder. */
static char *put_segment(char *at, const struct report *report, const struct log_entry *row) {
    char flags[FLAGS_TEXT_SIZE];

    at = put_unsigned(PUT_KEY(at, "frame"), row->frame);
    at = put_signed(PUT_KEY(at, "time_ns"), row->time - report->origin);
    at = put_word(PUT_KEY(at, "side"), side_name((enum side)row->side));
    at = put_word(PUT_KEY(at, "flags"), flags_text(row->flags, flags));
    at = put_signed(PUT_KEY(at, "seq"), row->seq);
    at = PUT_KEY(at, "ack");
    at = (row->flags & TCP_ACK) != 0 ? put_signed(at, row->ack) : put_null(at);
    at = put_unsigned(PUT_KEY(at, "length"), row->length);
    return put_unsigned(PUT_KEY(at, "window"), row->window);
}

/* What is no segment, an ICMP error, is not listed. */
static void json_segments(struct emitter *json, const struct report *report, const struct connection *connection) {
    struct log_entry rows[LOG_ROWS_MAX];
    unsigned count = connection_log(connection, rows);
    uint64_t all = connection->side[SIDE_CLIENT].frames + connection->side[SIDE_SERVER].frames;

    emit_key(json, "segments");
    emit_array_begin(json);
    for (unsigned i = 0; i < count; i++) {
        if (rows[i].icmp) {
            continue;
        }
        char *at = put_begin(emit_room(json, SEGMENT_ROOM), '{');
        emit_put(json, put_end(put_segment(at, report, &rows[i]), '}'));
        all -= all > 0;
    }
    emit_array_end(json);
    json_unsigned(json, "segments_omitted", all);
}

static void json_handshake_to_zeek(struct emitter *json, const struct report *report,
                                   const struct connection *connection, const struct verdict *verdict) {
    char *at = emit_room(json, HANDSHAKE_ROOM + TEARDOWN_ROOM + TIME_WAIT_ROOM + ZEEK_ROOM);

    at = put_handshake(at, report, connection, verdict);
    at = put_teardown(at, report, verdict);
    at = put_time_wait(at, report, verdict);
    at = put_word(PUT_KEY(at, "zeek_conn_state"), zeek_conn_state(&connection->zeek));
    at = put_word(PUT_KEY(at, "zeek_history"), connection->zeek.history);
    emit_put(json, put_span(PUT_KEY(at, "idle_before_close_ns"), verdict->idle_before_close));
}

void json_connection_members(struct emitter *json, const struct report *report, const struct connection *connection,
                             const struct verdict *verdict) {
    json_identity(json, report, connection);
    json_side(json, report, connection, verdict, SIDE_CLIENT);
    json_side(json, report, connection, verdict, SIDE_SERVER);
    json_extent(json, report, connection);
    json_handshake_to_zeek(json, report, connection, verdict);
    json_liveness(json, connection);
    json_word(json, "end", connection_end_name((enum connection_end)connection->end));
    json_anomalies(json, report, connection);
    if (report->settings.model.keep_segments) {
        json_segments(json, report, connection);
    }
}
