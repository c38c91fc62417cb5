/* SPDX-License-Identifier: BSD-3-Clause */
#include "rules/rule.h"
#include "rules/watch.h"

#include <string.h>

/* Rules across connections: here they only tell what happened on one (watch.h). */

static void tell(struct rules *rules, const struct watch_event *event) {
    if (rules->told != NULL && !rules->told_already && !rules->told(rules->told_context, event))
        rules->failed = true;
}

static struct watch_event event_of(const struct connection *connection, uint64_t frame, int64_t time,
                                   enum watch_kind kind, enum side side) {
    return (struct watch_event){
        .frame = frame,
        .time = time,
        .connection = connection->id,
        .address = connection->address[side],
        .port = connection->port[side],
        .kind = (uint8_t)kind,
    };
}

static struct watch_event event_about(const struct observation *seen, enum watch_kind kind, enum side side) {
    return event_of(seen->connection, seen->frame, seen->time, kind, side);
}

/* --- attempts --- */

/* Tells apart where a SYN comes from; two that differ have different ones but for chance. */
static uint64_t source_of(const struct segment *segment) {
    uint64_t halves[2];
    memcpy(halves, segment->source.octets, sizeof halves);
    return (halves[0] * 31 + halves[1]) * 31 + segment->seq;
}

void rule_syn_flood_suspected(struct rules *rules, const struct observation *seen, enum anomaly_id id) {
    (void)id;
    if ((seen->facts & FACT_SYN) != 0 && seen->sender == SIDE_CLIENT) {
        struct watch_event event = event_about(seen, WATCH_SYN, SIDE_SERVER);
        event.source = source_of(seen->segment);
        tell(rules, &event);
    } else if ((seen->facts & (FACT_HANDSHAKE_ACK | FACT_ACK_SKIPPED)) != 0) {
        struct watch_event event = event_about(seen, WATCH_COMPLETED, SIDE_SERVER);
        event.since = seen->connection->side[SIDE_CLIENT].syn_time;
        tell(rules, &event);
    }
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

void rule_scan_suspected(struct rules *rules, const struct observation *seen, enum anomaly_id id) {
    (void)id;
    const struct finding *finding = failure_of(seen->connection);
    if (finding == NULL)
        return;
    struct watch_event event = event_about(seen, WATCH_FAILED, SIDE_CLIENT);
    event.frame = finding->frame;
    event.time = finding->time;
    event.port = seen->connection->port[SIDE_SERVER];
    event.raised_as = finding->id;
    tell(rules, &event);
}

/* --- sides that wait --- */

static void tell_of_state(struct rules *rules, struct watch_event event, enum tcp_state state) {
    event.port = 0;
    event.raised_as = state == STATE_CLOSE_WAIT ? ANOMALY_CLOSE_WAIT_PILE_UP : ANOMALY_TIME_WAIT_PILE_UP;
    tell(rules, &event);
}

static void tell_state(struct rules *rules, const struct observation *seen, enum side side, enum tcp_state state,
                       enum watch_kind kind) {
    tell_of_state(rules, event_about(seen, kind, side), state);
}

/* What has been told is held against what is so now: a step that is refuted is taken back by that alone. */
static void tell_states(struct rules *rules, const struct observation *seen, bool over) {
    for (unsigned side = 0; side < SIDES; side++) {
        enum tcp_state state = endpoint_state(&seen->connection->side[side]);
        bool waits = !over && (state == STATE_CLOSE_WAIT || state == STATE_TIME_WAIT);
        enum tcp_state told = (enum tcp_state)seen->connection->told_states[side];
        enum tcp_state now = waits ? state : STATE_UNKNOWN;
        if (told == now)
            continue;
        if (told != STATE_UNKNOWN)
            tell_state(rules, seen, (enum side)side, told, WATCH_LEFT);
        if (now != STATE_UNKNOWN)
            tell_state(rules, seen, (enum side)side, now, WATCH_ENTERED);
        seen->connection->told_states[side] = (uint8_t)now;
    }
}

void rule_close_wait_pile_up(struct rules *rules, const struct observation *seen, enum anomaly_id id) {
    (void)id;
    tell_states(rules, seen, (seen->more & MORE_AT_END) != 0);
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

/* --- what is told before it is observed --- */

static struct watch_event event_of_milestone(const struct milestone *milestone, enum watch_kind kind, enum side side) {
    return event_of(milestone->connection, milestone->segment->frame, milestone->segment->time, kind, side);
}

bool rules_milestone(struct rules *rules, const struct milestone *milestone) {
    static const uint8_t kinds[] = {[MILESTONE_OPENED] = WATCH_SYN,
                                    [MILESTONE_COMPLETED] = WATCH_COMPLETED,
                                    [MILESTONE_ENTERED] = WATCH_ENTERED,
                                    [MILESTONE_LEFT] = WATCH_LEFT};
    enum watch_kind kind = (enum watch_kind)kinds[milestone->kind];
    struct watch_event event;
    switch ((enum milestone_kind)milestone->kind) {
    case MILESTONE_OPENED:
    case MILESTONE_COMPLETED:
        event = event_of_milestone(milestone, kind, SIDE_SERVER);
        event.source = kind == WATCH_SYN ? source_of(milestone->segment) : 0;
        event.since = milestone->since;
        tell(rules, &event);
        break;
    case MILESTONE_ENTERED:
    case MILESTONE_LEFT:
        event = event_of_milestone(milestone, kind, (enum side)milestone->side);
        tell_of_state(rules, event, (enum tcp_state)milestone->state);
        break;
    }
    return !rules->failed;
}

bool rules_have_kinds(const struct rules *rules) {
    const int64_t least = 1000000000;
    const struct rule_settings *settings = &rules->settings;
    return rules->dropped == 0 && settings->ack_timeout >= least && settings->syn_timeout >= least &&
           settings->fin_timeout >= least && settings->close_wait_notice >= least &&
           settings->close_wait_warning >= least && settings->fin_wait_2_timeout >= least &&
           settings->slow_handshake >= least;
}

bool rules_end_alike(struct rules *rules, const struct ordinary_end *end) {
    const struct connection *connection = end->connection;
    struct watch_event event = event_of(connection, connection->last_frame, end->time, WATCH_ENDED, SIDE_CLIENT);
    event.octets = end->octets;
    tell(rules, &event);
    if (attempt_is_unanswered(end->kind)) {
        event = event_of(connection, connection->last_frame, connection->last_time, WATCH_FAILED, SIDE_CLIENT);
        event.port = connection->port[SIDE_SERVER];
        event.raised_as = ANOMALY_SYN_UNANSWERED;
        tell(rules, &event);
    }
    for (unsigned side = 0; side < SIDES; side++) {
        enum tcp_state state = (enum tcp_state)connection->counted[side];
        if (state == STATE_CLOSE_WAIT || state == STATE_TIME_WAIT) {
            event = event_of(connection, connection->last_frame, end->time, WATCH_LEFT, (enum side)side);
            tell_of_state(rules, event, state);
        }
    }
    return !rules->failed;
}

/* --- the capture --- */

void rule_capture_drop(struct rules *rules, const struct observation *seen, enum anomaly_id id) {
    (void)id;
    const struct connection *connection = seen->connection;
    const struct finding *unseen = find_finding(connection, ANOMALY_ACKED_UNSEEN_SEGMENT);
    struct watch_event event = event_about(seen, WATCH_ENDED, SIDE_CLIENT);
    event.octets = connection->side[SIDE_CLIENT].bytes + connection->side[SIDE_SERVER].bytes;
    /* An ACK of another responder's numbers is no gap. */
    bool two_responders = find_finding(connection, ANOMALY_SYNACK_SEQ_CHANGED) != NULL;
    if (unseen != NULL && !rules->one_direction && !two_responders) {
        event.frame = unseen->frame;
        event.time = unseen->time;
        event.unseen = unseen->count;
        event.missing = connection->side[SIDE_CLIENT].missing_bytes + connection->side[SIDE_SERVER].missing_bytes;
    }
    tell(rules, &event);
}

void rule_capture_timestamp_backward(struct rules *rules, const struct observation *seen, enum anomaly_id id) {
    (void)id;
    const struct watch_event event = {
        .frame = seen->frame, .time = seen->time, .kind = WATCH_BACKWARD, .since = seen->provoked_time};
    tell(rules, &event);
}

void tell_stray(struct rules *rules, const struct broken_segment *broken, enum anomaly_id id) {
    const struct watch_event event = {
        .frame = broken->frame,
        .time = broken->time,
        .address = broken->source,
        .port = broken->source_port,
        .kind = WATCH_BROKEN,
        .raised_as = (uint8_t)id,
    };
    tell(rules, &event);
}
