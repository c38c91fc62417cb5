/* SPDX-License-Identifier: BSD-3-Clause */
#include "rules/rule.h"
#include "rules/watch.h"

/* Rules across connections: here they only tell what happened on one (watch_event.h). */

/* Room for an event; NULL: nobody wants to know. */
static inline struct watch_event *begin(const struct rules *rules, enum watch_kind kind, uint64_t frame, int64_t time) {
    if (rules->queue == NULL || rules->told_already)
        return NULL;
    struct watch_event *event = rules->queue->next;
    event->kind = (uint8_t)kind;
    event->frame = frame;
    event->time = time;
    return event;
}

/* It is filled in. */
static inline void tell(struct rules *rules) {
    if (!watch_put(rules->queue))
        rules->failed = true;
}

/* The same about a side of a connection. */
static inline struct watch_event *begin_of(const struct rules *rules, enum watch_kind kind,
                                           const struct connection *connection, enum side side, uint64_t frame,
                                           int64_t time) {
    if (rules->queue == NULL || rules->told_already)
        return NULL;
    return watch_begin(rules->queue, kind, connection, side, frame, time);
}

/* --- attempts --- */

static void tell_syn(struct rules *rules, const struct connection *connection, const struct segment *segment) {
    struct watch_event *event = begin_of(rules, WATCH_SYN, connection, SIDE_SERVER, segment->frame, segment->time);
    if (event == NULL)
        return;
    event->source = watch_source_of(segment);
    tell(rules);
}

static void tell_completed(struct rules *rules, const struct connection *connection, uint64_t frame, int64_t time,
                           int64_t since) {
    struct watch_event *event = begin_of(rules, WATCH_COMPLETED, connection, SIDE_SERVER, frame, time);
    if (event == NULL)
        return;
    event->since = since;
    tell(rules);
}

void rule_syn_flood_suspected(struct rules *rules, const struct observation *seen, enum anomaly_id id) {
    (void)id;
    const struct connection *connection = seen->connection;
    if ((seen->facts & FACT_SYN) != 0 && seen->sender == SIDE_CLIENT)
        tell_syn(rules, connection, seen->segment);
    else if ((seen->facts & (FACT_HANDSHAKE_ACK | FACT_ACK_SKIPPED)) != 0)
        tell_completed(rules, connection, seen->frame, seen->time, connection->side[SIDE_CLIENT].syn_time);
}

/* The finding, if any, that shows the client's attempt to have led to nothing. */
static const struct finding *failure_of(const struct connection *connection) {
    static const uint8_t ids[] = {ANOMALY_SYN_REFUSED, ANOMALY_SYN_UNANSWERED, ANOMALY_SYNACK_RESET_BY_INITIATOR,
                                  ANOMALY_FIN_NO_CONNECTION, ANOMALY_FLAGS_INVALID};
    for (unsigned i = 0; i < sizeof ids; i++) {
        const struct finding *finding = find_finding(connection, (enum anomaly_id)ids[i]);
        /* A server that closes what it had before the capture began sends FINs to many ports too. */
        bool answers = ids[i] == ANOMALY_SYN_REFUSED;
        if (finding != NULL && (answers || finding->side == SIDE_CLIENT))
            return finding;
    }
    return NULL;
}

static void tell_failed(struct rules *rules, const struct connection *connection, uint64_t frame, int64_t time,
                        enum anomaly_id id) {
    struct watch_event *event = begin_of(rules, WATCH_FAILED, connection, SIDE_CLIENT, frame, time);
    if (event == NULL)
        return;
    event->port = connection->port[SIDE_SERVER];
    event->raised_as = (uint8_t)id;
    tell(rules);
}

void rule_scan_suspected(struct rules *rules, const struct observation *seen, enum anomaly_id id) {
    (void)id;
    const struct finding *finding = failure_of(seen->connection);
    if (finding != NULL)
        tell_failed(rules, seen->connection, finding->frame, finding->time, (enum anomaly_id)finding->id);
}

/* --- sides that wait --- */

static bool waits(enum tcp_state state) {
    return state == STATE_CLOSE_WAIT || state == STATE_TIME_WAIT;
}

/* A side in that state, which waits. */
static inline void tell_state(struct rules *rules, enum watch_kind kind, const struct connection *connection,
                              enum side side, enum tcp_state state, uint64_t frame, int64_t time) {
    struct watch_event *event = begin_of(rules, kind, connection, side, frame, time);
    if (event == NULL)
        return;
    event->state = (uint8_t)state;
    tell(rules);
}

/* What has been told is held against what is so now: a step that is refuted is taken back by that alone. */
static void tell_states(struct rules *rules, const struct observation *seen, bool over) {
    struct connection *connection = seen->connection;
    for (unsigned i = 0; i < SIDES; i++) {
        enum side side = (enum side)i;
        enum tcp_state state = endpoint_state(&connection->side[side]);
        enum tcp_state told = (enum tcp_state)connection->told_states[side];
        enum tcp_state now = !over && waits(state) ? state : STATE_UNKNOWN;
        if (told == now)
            continue;
        if (told != STATE_UNKNOWN)
            tell_state(rules, WATCH_LEFT, connection, side, told, seen->frame, seen->time);
        if (now != STATE_UNKNOWN)
            tell_state(rules, WATCH_ENTERED, connection, side, now, seen->frame, seen->time);
        connection->told_states[side] = (uint8_t)now;
    }
}

/* Where the capture ends no side leaves its state; and none is asked for any more. */
static bool leaves_at_end(const struct connection *connection) {
    return connection->end != END_CAPTURE;
}

void rule_close_wait_pile_up(struct rules *rules, const struct observation *seen, enum anomaly_id id) {
    bool over = (seen->more & MORE_AT_END) != 0;
    (void)id;
    if (!over || leaves_at_end(seen->connection))
        tell_states(rules, seen, over);
}

/* Both states are told at once. */
void rule_time_wait_pile_up(struct rules *rules, const struct observation *seen, enum anomaly_id id) {
    rule_close_wait_pile_up(rules, seen, id);
}

void rules_dropped(struct rules *rules, struct connection *connection) {
    const struct observation end = {
        .connection = connection, .frame = connection->last_frame, .time = connection->last_time};
    tell_states(rules, &end, true);
}

/* --- connections of a kind --- */

bool rules_pass_openings(const struct rule_settings *settings) {
    const int64_t least = 1000000000;
    return settings->slow_handshake >= least;
}

bool rules_have_kind(const struct rules *rules, const struct ordinary_kind *kind) {
    bool impatient = kind->progress != PROGRESS_SILENT || rules->settings.ack_timeout <= 3 * KIND_PATIENCE;
    return rules->dropped == 0 && rules->has_kinds && impatient; /* who is not might not be silent */
}

/* What rule_capture_drop wants to know of one whose octets are all there. */
static void tell_ended(struct rules *rules, const struct connection *connection, int64_t time, uint64_t octets) {
    struct watch_event *event = begin(rules, WATCH_ENDED, connection->last_frame, time);
    if (event == NULL)
        return;
    if (rules->queue->octets != NULL) {
        *rules->queue->octets += octets;
        return;
    }
    event->connection = connection->id;
    event->octets = octets;
    event->missing = 0;
    event->unseen = 0;
    tell(rules);
}

bool rules_end_alike(struct rules *rules, const struct ordinary_end *end) {
    const struct connection *connection = end->connection;
    tell_ended(rules, connection, end->time, end->octets);
    if (attempt_is_unanswered(end->kind))
        tell_failed(rules, connection, connection->last_frame, connection->last_time, ANOMALY_SYN_UNANSWERED);
    for (unsigned side = 0; side < SIDES && end->kind->end != END_CAPTURE; side++) {
        enum tcp_state state = (enum tcp_state)connection->counted[side];
        if (waits(state))
            tell_state(rules, WATCH_LEFT, connection, (enum side)side, state, connection->last_frame, end->time);
    }
    return !rules->failed;
}

/* --- the capture --- */

void rule_capture_drop(struct rules *rules, const struct observation *seen, enum anomaly_id id) {
    (void)id;
    const struct connection *connection = seen->connection;
    const struct finding *unseen = find_finding(connection, ANOMALY_ACKED_UNSEEN_SEGMENT);
    uint64_t octets = connection->side[SIDE_CLIENT].bytes + connection->side[SIDE_SERVER].bytes;
    /* An ACK of another responder's numbers is no gap. */
    bool two_responders = find_finding(connection, ANOMALY_SYNACK_SEQ_CHANGED) != NULL;
    if (unseen == NULL || rules->one_direction || two_responders) {
        tell_ended(rules, connection, seen->time, octets);
        return;
    }
    struct watch_event *event = begin(rules, WATCH_ENDED, unseen->frame, unseen->time);
    if (event == NULL)
        return;
    event->connection = connection->id;
    event->octets = octets;
    event->missing = connection->side[SIDE_CLIENT].missing_bytes + connection->side[SIDE_SERVER].missing_bytes;
    event->unseen = unseen->count;
    tell(rules);
}

void rule_capture_timestamp_backward(struct rules *rules, const struct observation *seen, enum anomaly_id id) {
    struct watch_event *event = begin(rules, WATCH_BACKWARD, seen->frame, seen->time);
    (void)id;
    if (event == NULL)
        return;
    event->since = seen->provoked_time;
    tell(rules);
}

void tell_stray(struct rules *rules, const struct broken_segment *broken, enum anomaly_id id) {
    struct watch_event *event = begin(rules, WATCH_BROKEN, broken->frame, broken->time);
    if (event == NULL)
        return;
    event->address = broken->source;
    event->port = broken->source_port;
    event->raised_as = (uint8_t)id;
    tell(rules);
}
