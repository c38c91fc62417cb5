/* SPDX-License-Identifier: BSD-3-Clause */
#include "model/verdict.h"

/* The words of report-format.md for what became of a connection (inference.md A.14). */

const char *handshake_outcome_name(enum handshake_outcome outcome) {
    static const char *const names[HANDSHAKE_OUTCOMES] = {"complete",  "fast-open", "simultaneous", "split",
                                                          "half-open", "refused",   "unanswered",   "filtered",
                                                          "abandoned", "midstream"};
    return names[outcome];
}

const char *teardown_outcome_name(enum teardown_outcome outcome) {
    static const char *const names[TEARDOWN_OUTCOMES] = {"graceful",        "simultaneous", "reset",      "late-reset",
                                                         "half-open-reset", "timed-out",    "incomplete", "none",
                                                         "unknown"};
    return names[outcome];
}

const char *which_side_name(enum which_side which) {
    static const char *const names[] = {NULL, "client", "server", "both", "none"};
    return names[which];
}

const char *two_msl_name(enum two_msl value) {
    static const char *const names[] = {"not-observed", "respected", "truncated"};
    return names[value];
}

static enum which_side which(enum side side) {
    return side == SIDE_CLIENT ? WHICH_CLIENT : WHICH_SERVER;
}

/* The walk of one side, as far as verdicts ask for it. */
struct walked {
    const struct step *steps;
    size_t count; /* refuted ones left out */
};

/* held: a copy of the others where some are refuted. */
static struct walked walk_side(const struct endpoint *side, struct side_steps *all, struct side_steps *held) {
    bool refuted = false;
    all->count = path_steps(&side->path, all->steps);
    for (size_t i = 0; i < all->count; i++) {
        refuted |= all->steps[i].certainty == CERTAINTY_REFUTED;
    }
    if (!refuted) {
        return (struct walked){all->steps, all->count};
    }
    held->count = 0;
    for (size_t i = 0; i < all->count; i++) {
        if (all->steps[i].certainty != CERTAINTY_REFUTED) {
            held->steps[held->count++] = all->steps[i];
        }
    }
    return (struct walked){held->steps, held->count};
}

static const struct step *step_to(const struct walked *walked, enum tcp_state state) {
    for (size_t i = 0; i < walked->count; i++) {
        if (walked->steps[i].to == state) {
            return &walked->steps[i];
        }
    }
    return NULL;
}

static bool has_reached(const struct walked *walked, enum tcp_state state) {
    return step_to(walked, state) != NULL;
}

static const struct step *step_by(const struct walked *walked, enum event_kind event) {
    for (size_t i = 0; i < walked->count; i++) {
        if (walked->steps[i].event == event) {
            return &walked->steps[i];
        }
    }
    return NULL;
}

/* --- handshake --- */

static bool was_open(const struct walked *walked) {
    for (size_t i = 0; i < walked->count; i++) {
        if (state_is_synchronised((enum tcp_state)walked->steps[i].to)) {
            return true;
        }
    }
    return false;
}

static bool open_is_proven(const struct walked *walked) {
    for (size_t i = 0; i < walked->count; i++) {
        const struct step *step = &walked->steps[i];
        if (state_is_synchronised((enum tcp_state)step->to) && step->certainty != CERTAINTY_PRESUMED &&
            step->certainty != CERTAINTY_ASSUMED) {
            return true;
        }
    }
    return false;
}

/* Who aborts from SYN_RECEIVED has answered, though its SYN/ACK did not pass. */
static enum handshake_outcome handshake_without_answer(const struct connection *connection,
                                                       const struct walked *server) {
    if (connection->filtered) {
        return HANDSHAKE_FILTERED;
    }
    if (connection->reset.frame != 0 && connection->reset.by == SIDE_SERVER) {
        return has_reached(server, STATE_SYN_RECEIVED) ? HANDSHAKE_HALF_OPEN : HANDSHAKE_REFUSED;
    }
    if (connection->reset.frame != 0) {
        return HANDSHAKE_ABANDONED;
    }
    return HANDSHAKE_UNANSWERED;
}

static enum handshake_outcome handshake_of(const struct connection *connection, const struct walked walked[SIDES]) {
    const struct endpoint *client = &connection->side[SIDE_CLIENT];
    const struct endpoint *server = &connection->side[SIDE_SERVER];
    if (connection->midstream) {
        return HANDSHAKE_MIDSTREAM;
    }
    bool opened = was_open(&walked[SIDE_CLIENT]) && was_open(&walked[SIDE_SERVER]);
    bool client_went_on = connection->handshake_ack_frame != 0 || open_is_proven(&walked[SIDE_CLIENT]);
    if (connection->simultaneous_open && opened) {
        return connection->split_handshake ? HANDSHAKE_SPLIT : HANDSHAKE_SIMULTANEOUS;
    }
    if (server->fast_open_taken && (opened || server->fin_frame != 0)) {
        return HANDSHAKE_FAST_OPEN;
    }
    if (opened || (client_went_on && was_open(&walked[SIDE_CLIENT]))) {
        return opened && connection->reset.kind != RESET_COOKIE_ACK_LOST ? HANDSHAKE_COMPLETE : HANDSHAKE_HALF_OPEN;
    }
    if (server->syn_ack_frame == 0 && !open_is_proven(&walked[SIDE_SERVER])) {
        return handshake_without_answer(connection, &walked[SIDE_SERVER]);
    }
    if (connection->reset.frame != 0 && connection->reset.by == SIDE_CLIENT) {
        return HANDSHAKE_ABANDONED;
    }
    if (open_is_proven(&walked[SIDE_SERVER])) {
        return HANDSHAKE_COMPLETE;
    }
    /* Half-open would say that the initiator did not answer; one of whom nothing was seen may well have. */
    return client->frames == 0 ? HANDSHAKE_MIDSTREAM : HANDSHAKE_HALF_OPEN;
}

static enum certainty least(enum certainty one, enum certainty other) {
    enum certainty a = one == CERTAINTY_CONFIRMED ? CERTAINTY_CERTAIN : one;
    enum certainty b = other == CERTAINTY_CONFIRMED ? CERTAINTY_CERTAIN : other;
    return a < b ? a : b;
}

/* As sure as the less sure of the two openings. */
static enum certainty handshake_certainty(const struct connection *connection, enum handshake_outcome outcome,
                                          const struct walked walked[SIDES]) {
    if (outcome == HANDSHAKE_MIDSTREAM) {
        return CERTAINTY_ASSUMED;
    }
    if (outcome == HANDSHAKE_REFUSED || outcome == HANDSHAKE_ABANDONED || outcome == HANDSHAKE_UNANSWERED) {
        return CERTAINTY_CERTAIN;
    }
    const struct step *client = step_to(&walked[SIDE_CLIENT], STATE_ESTABLISHED);
    const struct step *server = step_to(&walked[SIDE_SERVER], STATE_ESTABLISHED);
    if (client == NULL || server == NULL || !connection->initiator_seen) {
        return CERTAINTY_PRESUMED;
    }
    return least((enum certainty)client->certainty, (enum certainty)server->certainty);
}

/* The first segment of the client that acknowledged the server's SYN; frame 0: none. Where the capture lacks the
 * SYN/ACK it is the one that is taken to have opened the server. */
static struct passed handshake_ack(const struct connection *connection, const struct walked walked[SIDES]) {
    struct passed ack = {connection->handshake_ack_frame, connection->handshake_ack_time};
    const struct step *opened = step_by(&walked[SIDE_SERVER], EVENT_RECEIVED_ACK_OF_SYN);
    bool syn_ack_missed = connection->side[SIDE_SERVER].syn_ack_frame == 0 && !connection->simultaneous_open;
    if (ack.frame == 0 && syn_ack_missed && opened != NULL && opened->cause == CAUSE_RECEIVED) {
        ack = (struct passed){opened->frame, opened->time};
    }
    return ack;
}

static void judge_handshake(const struct connection *connection, int64_t now, const struct walked walked[SIDES],
                            struct verdict *verdict) {
    const struct endpoint *client = &connection->side[SIDE_CLIENT];
    const struct endpoint *server = &connection->side[SIDE_SERVER];
    verdict->handshake = handshake_of(connection, walked);
    verdict->handshake_certainty = handshake_certainty(connection, verdict->handshake, walked);
    verdict->syn_frame = client->syn_frame;
    verdict->syn_ack_frame = server->syn_ack_frame;
    struct passed handshake_acked = handshake_ack(connection, walked);
    verdict->ack_frame = handshake_acked.frame;
    verdict->syn_count = client->syn_count;
    verdict->syn_ack_count = server->syn_ack_count;
    bool syn = client->syn_frame != 0;
    bool syn_ack = server->syn_ack_frame != 0;
    bool ack = handshake_acked.frame != 0;
    verdict->handshake_duration = syn && ack ? handshake_acked.time - client->syn_time : -1;
    verdict->rtt_server = syn && syn_ack && client->syn_count == 1 ? server->syn_ack_time - client->syn_time : -1;
    verdict->rtt_client =
        syn_ack && ack && server->syn_ack_count == 1 ? handshake_acked.time - server->syn_ack_time : -1;
    struct cookie_marks marks;
    verdict->cookies_suspected =
        connection->reset.kind == RESET_COOKIE_ACK_LOST || cookie_marks_of(connection, now, &marks);
}

/* --- teardown --- */

static bool fin_is_acknowledged(const struct endpoint *side) {
    return side->fin_inferred || (side->fin_frame != 0 && side->fin_ack_passed_first.frame != 0);
}

static bool closed_itself(const struct walked *walked) {
    return has_reached(walked, STATE_FIN_WAIT_1);
}

/* A reset of this side that ended a connection which it had not closed, nor heard its peer close. One that had never
 * been open, and had given up waiting, has left nothing when it refuses the FIN of its peer. */
static bool aborted_itself(const struct connection *connection, enum side side, const struct walked *walked) {
    if (walked->count == 0) {
        return false;
    }
    const struct step *last = &walked->steps[walked->count - 1];
    const struct endpoint *peer = &connection->side[other_side(side)];
    bool gone = connection->reset.sender_was_gone && connection->reset.by == side;
    bool embryonic = last->from == STATE_SYN_RECEIVED && !(gone && peer->fin_frame != 0);
    bool opened = last->from == STATE_ESTABLISHED || embryonic || last->from == STATE_SYN_SENT ||
                  (gone && peer->fin_ack_passed_first.frame == 0 && last->from != STATE_SYN_RECEIVED);
    return last->event == EVENT_SENT_RST && opened && connection->side[side].rst_frame != 0;
}

/* When this side left its connection by a close or an abort of its own: the frame that shows it, 0 if it did not. A
 * bare RST shows that it had left before all that is seen here (A.16 rule 15). */
static uint64_t left_at(const struct connection *connection, enum side side, const struct walked *walked) {
    if (closed_itself(walked)) {
        return connection->side[side].fin_frame;
    }
    if (!aborted_itself(connection, side, walked)) {
        return 0;
    }
    bool gone = connection->reset.sender_was_gone && connection->reset.by == side;
    return gone ? 1 : connection->reset.by == side ? connection->reset.frame : connection->side[side].rst_frame;
}

/* Neither side closed or aborted in view: one that had forgotten the connection (it opened anew), or had obeyed a
 * forged reset and answers what comes later with its own. */
static enum which_side left_without_closing(const struct connection *connection, const struct walked walked[SIDES]) {
    for (int i = 0; i < SIDES && connection->half_open; i++) {
        const struct walked *side = &walked[i];
        if (side->count > 0 && side->steps[side->count - 1].event == EVENT_REPLACED) {
            return which((enum side)i);
        }
    }
    bool opened = was_open(&walked[SIDE_CLIENT]) || was_open(&walked[SIDE_SERVER]);
    return connection->reset.frame != 0 && opened ? which((enum side)connection->reset.by) : WHICH_UNKNOWN;
}

/* When that side's FIN or abort was sent: half a round trip before it passed here. Where neither answers the other, the
 * order in which they passed is not that in which they were sent. */
static int64_t sent_at(const struct connection *connection, enum side side, const struct walked *walked) {
    const struct endpoint *endpoint = &connection->side[side];
    int64_t abort = connection->reset.by == side ? connection->reset.time : endpoint->rst_time;
    return (closed_itself(walked) ? endpoint->fin_time : abort) - endpoint->round_trip / 2;
}

/* Who left first by a close or an abort of its own (A.14). */
static enum which_side closed_first(const struct connection *connection, const struct walked walked[SIDES]) {
    uint64_t client = left_at(connection, SIDE_CLIENT, &walked[SIDE_CLIENT]);
    uint64_t server = left_at(connection, SIDE_SERVER, &walked[SIDE_SERVER]);
    if (connection->reset.frame != 0 && connection->reset.kind == RESET_REFUSED) {
        return WHICH_UNKNOWN;
    }
    if (client == 0 && server == 0) {
        return left_without_closing(connection, walked);
    }
    if (client == 0 || server == 0) {
        return client != 0 ? WHICH_CLIENT : WHICH_SERVER;
    }
    if (closed_itself(&walked[SIDE_CLIENT]) && closed_itself(&walked[SIDE_SERVER])) {
        return WHICH_BOTH;
    }
    bool seen = client > 1 && server > 1;
    int64_t lead =
        sent_at(connection, SIDE_SERVER, &walked[SIDE_SERVER]) - sent_at(connection, SIDE_CLIENT, &walked[SIDE_CLIENT]);
    bool client_first = seen && lead != 0 ? lead > 0 : client < server;
    return client_first ? WHICH_CLIENT : WHICH_SERVER;
}

static enum teardown_outcome teardown_after_reset(const struct connection *connection) {
    const struct endpoint *client = &connection->side[SIDE_CLIENT];
    const struct endpoint *server = &connection->side[SIDE_SERVER];
    bool both_fins = client->fin_frame != 0 && server->fin_frame != 0 && client->fin_frame < connection->reset.frame &&
                     server->fin_frame < connection->reset.frame;
    if (connection->half_open) {
        return TEARDOWN_HALF_OPEN_RESET;
    }
    if (connection->reset.kind == RESET_ON_LATE_FIN || both_fins) {
        return TEARDOWN_LATE_RESET;
    }
    if (connection->reset.kind == RESET_KEEP_ALIVE_TIMEOUT || connection->reset.kind == RESET_USER_TIMEOUT) {
        return TEARDOWN_TIMED_OUT;
    }
    if (connection->reset.kind == RESET_REFUSED || connection->reset.kind == RESET_SYN_ACK_BY_INITIATOR) {
        return TEARDOWN_NONE;
    }
    return TEARDOWN_RESET;
}

/* A stack that still tried would have tried again: no retransmission timeout in use is longer than the 120 s of Linux
 * (TCP_RTO_MAX; its timer may be late by two more), and RFC 6298 2.5 asks for a bound of at least 60 s only. */
static const int64_t longest_timeout = INT64_C(125000000000);

static bool fell_silent(const struct connection *connection, enum side side, int64_t since, int64_t now) {
    const struct endpoint *sender = &connection->side[side];
    const struct endpoint *peer = &connection->side[other_side(side)];
    return sender->rst_frame == 0 && peer->rst_frame == 0 && state_is_synchronised(endpoint_state(sender)) &&
           sender->last_sent_frame > peer->last_sent_frame && now - sender->last_sent_time > since;
}

bool side_gave_up_repeating(const struct connection *connection, enum side side, int64_t now) {
    const struct endpoint *sender = &connection->side[side];
    return sender->repeats_without_progress >= RETRANSMISSIONS_BEFORE_GIVING_UP &&
           sender->acknowledged < sender->next && fell_silent(connection, side, longest_timeout, now);
}

bool side_gave_up_asking(const struct connection *connection, enum side side, int64_t now) {
    struct keep_alive_rhythm rhythm;
    uint32_t answered;
    if (connection->side[side].keep_alives_unanswered < KEEP_ALIVES_BEFORE_GIVING_UP ||
        !keep_alives_of(connection, side, &rhythm, &answered)) {
        return false;
    }
    int64_t pause = 2 * rhythm.interval; /* whoever still asks would have asked again */
    return fell_silent(connection, side, pause > longest_timeout ? pause : longest_timeout, now);
}

static bool gave_up(const struct connection *connection, int64_t now) {
    bool gave_up = false;
    for (unsigned side = 0; side < SIDES; side++) {
        gave_up = gave_up || side_gave_up_repeating(connection, (enum side)side, now) ||
                  side_gave_up_asking(connection, (enum side)side, now);
    }
    return gave_up;
}

static enum teardown_outcome teardown_of(const struct connection *connection, const struct walked walked[SIDES],
                                         int64_t now) {
    const struct endpoint *client = &connection->side[SIDE_CLIENT];
    const struct endpoint *server = &connection->side[SIDE_SERVER];
    bool one_direction = client->frames == 0 || server->frames == 0;
    bool any_fin = client->fin_frame != 0 || server->fin_frame != 0;
    bool both_acknowledged = fin_is_acknowledged(client) && fin_is_acknowledged(server);
    if (connection->half_open) {
        return TEARDOWN_HALF_OPEN_RESET;
    }
    if (connection->reset.frame != 0 && !(both_acknowledged && connection->reset.kind == RESET_TIME_WAIT)) {
        return teardown_after_reset(connection);
    }
    if (both_acknowledged) {
        bool both_first = closed_itself(&walked[SIDE_CLIENT]) && closed_itself(&walked[SIDE_SERVER]);
        return both_first ? TEARDOWN_SIMULTANEOUS : TEARDOWN_GRACEFUL;
    }
    if (any_fin) {
        return one_direction || connection->midstream ? TEARDOWN_UNKNOWN : TEARDOWN_INCOMPLETE;
    }
    return !one_direction && gave_up(connection, now) ? TEARDOWN_TIMED_OUT : TEARDOWN_NONE;
}

static enum certainty teardown_certainty(const struct connection *connection, enum teardown_outcome outcome) {
    bool silent = outcome == TEARDOWN_TIMED_OUT && connection->reset.frame == 0;
    enum certainty sure = silent ? CERTAINTY_PRESUMED : CERTAINTY_CERTAIN;
    for (int i = 0; i < SIDES; i++) {
        sure = least(sure, (enum certainty)connection->side[i].path.certainty);
    }
    return sure;
}

/* Four segments, or three where the second FIN rode on the ACK of the first. */
static int segments_of(const struct connection *connection, enum teardown_outcome outcome) {
    if (outcome != TEARDOWN_GRACEFUL) {
        return 0;
    }
    const struct endpoint *client = &connection->side[SIDE_CLIENT];
    const struct endpoint *server = &connection->side[SIDE_SERVER];
    if (client->fin_frame == 0 || server->fin_frame == 0) {
        return 4; /* one is inferred from an ACK of its own */
    }
    const struct endpoint *first = client->fin_frame < server->fin_frame ? client : server;
    const struct endpoint *second = first == client ? server : client;
    return first->fin_ack_passed_first.frame == second->fin_frame ? 3 : 4;
}

static enum which_side time_wait_of(const struct walked walked[SIDES], enum teardown_outcome outcome) {
    bool client = has_reached(&walked[SIDE_CLIENT], STATE_TIME_WAIT);
    bool server = has_reached(&walked[SIDE_SERVER], STATE_TIME_WAIT);
    if (client || server) {
        return client && server ? WHICH_BOTH : client ? WHICH_CLIENT : WHICH_SERVER;
    }
    bool reset = outcome == TEARDOWN_RESET || outcome == TEARDOWN_LATE_RESET || outcome == TEARDOWN_HALF_OPEN_RESET;
    return reset ? WHICH_NONE : WHICH_UNKNOWN;
}

/* From the proof that a side has the peer's FIN to its own FIN or RST. */
static int64_t close_wait_of(const struct connection *connection, const struct walked walked[SIDES]) {
    for (int i = 0; i < SIDES; i++) {
        const struct endpoint *side = &connection->side[i];
        const struct endpoint *peer = &connection->side[1 - i];
        int64_t left = side->fin_frame != 0 ? side->fin_time : side->rst_time;
        bool has_left = side->fin_frame != 0 || side->rst_frame != 0;
        if (has_reached(&walked[i], STATE_CLOSE_WAIT) && peer->fin_ack_passed_first.frame != 0 && has_left) {
            int64_t waited = left - peer->fin_ack_passed_first.time;
            return waited > 0 ? waited : 0;
        }
    }
    return -1;
}

static int64_t later(int64_t one, int64_t other) {
    return one > other ? one : other;
}

/* What settled a side's FIN: the ACK of its last copy, once both sides have sent theirs; until then every segment of a
 * half-close acknowledges it, and the first one counts. `otherwise` where it sent none. */
static int64_t fin_settled(const struct endpoint *side, const struct endpoint *peer, int64_t otherwise) {
    if (side->fin_frame == 0) {
        return otherwise;
    }
    if (side->fin_ack_passed_first.frame == 0) {
        return side->fin_last_time;
    }
    return peer->fin_frame != 0 ? side->fin_ack_passed.time : side->fin_ack_passed_first.time;
}

/* The first FIN; frame 0: none passed. */
static struct passed first_fin(const struct endpoint *client, const struct endpoint *server) {
    bool of_client = client->fin_frame != 0 && (server->fin_frame == 0 || client->fin_time < server->fin_time);
    const struct endpoint *first = of_client ? client : server;
    return (struct passed){first->fin_frame, first->fin_time};
}

static int64_t teardown_duration(const struct connection *connection) {
    const struct endpoint *client = &connection->side[SIDE_CLIENT];
    const struct endpoint *server = &connection->side[SIDE_SERVER];
    struct passed begin = first_fin(client, server);
    if (begin.frame == 0) {
        return connection->reset.frame != 0 ? 0 : -1;
    }
    int64_t end = later(fin_settled(client, server, begin.time), fin_settled(server, client, begin.time));
    end = connection->reset.frame != 0 ? later(end, connection->reset.time) : end;
    return end - begin.time;
}

/* How long nothing had passed when the first FIN or RST did; -1: none has. */
static int64_t idle_before_close(const struct connection *connection) {
    struct passed begin = first_fin(&connection->side[SIDE_CLIENT], &connection->side[SIDE_SERVER]);
    const struct connection_reset *reset = &connection->reset;
    if (reset->frame != 0 && (begin.frame == 0 || reset->time < begin.time)) {
        begin = (struct passed){reset->frame, reset->time};
    }
    return begin.frame != 0 && connection->closing ? begin.time - connection->before_close_time : -1;
}

static void judge_time_wait(const struct connection *connection, const struct walked walked[SIDES], int64_t now,
                            struct verdict *verdict) {
    for (int i = 0; i < SIDES; i++) {
        const struct step *in = step_to(&walked[i], STATE_TIME_WAIT);
        if (in == NULL || verdict->time_wait_details.known) {
            continue;
        }
        const struct step *out = in == &walked[i].steps[walked[i].count - 1] ? NULL : in + 1;
        verdict->time_wait_details.known = connection->side[i].waited;
        verdict->time_wait_details.started = connection->side[i].time_wait_started;
        verdict->time_wait_details.restarts = connection->side[i].time_wait_restarts;
        verdict->time_wait_details.elapsed = (out != NULL ? out->time : now) - verdict->time_wait_details.started;
        if (out == NULL) {
            continue;
        }
        switch (out->event) {
        case EVENT_TIME_WAIT_TIMEOUT:
            verdict->time_wait_details.ended_by = TIME_WAIT_TIMEOUT;
            verdict->two_msl = TWO_MSL_RESPECTED;
            break;
        case EVENT_REPLACED:
            verdict->time_wait_details.ended_by = TIME_WAIT_REUSE;
            verdict->two_msl = TWO_MSL_TRUNCATED;
            break;
        default:
            verdict->time_wait_details.ended_by = TIME_WAIT_RESET;
            verdict->two_msl = TWO_MSL_TRUNCATED;
            break;
        }
    }
}

/* The state in which the sender of the reset gave up, by what is left of its path now: STATE_UNKNOWN where the RST led
 * it nowhere, for then it had left before. */
static enum tcp_state reset_in_state(const struct connection *connection, const struct walked walked[SIDES]) {
    const struct walked *by = &walked[connection->reset.by];
    for (size_t i = by->count; i-- > 0;) {
        if (by->steps[i].event == EVENT_SENT_RST) {
            return (enum tcp_state)by->steps[i].from;
        }
    }
    return STATE_UNKNOWN;
}

static void judge_teardown(const struct connection *connection, const struct walked walked[SIDES], int64_t now,
                           struct verdict *verdict) {
    verdict->teardown = teardown_of(connection, walked, now);
    verdict->teardown_certainty = teardown_certainty(connection, verdict->teardown);
    verdict->segments = segments_of(connection, verdict->teardown);
    verdict->closed_first = closed_first(connection, walked);
    if (connection->reset.frame != 0) {
        verdict->reset_by = connection->reset.by_both ? WHICH_BOTH : which((enum side)connection->reset.by);
        verdict->reset_in_state = reset_in_state(connection, walked);
    }
    verdict->time_wait = time_wait_of(walked, verdict->teardown);
    verdict->half_close_bytes = connection->half_close_bytes;
    verdict->close_wait = close_wait_of(connection, walked);
    verdict->teardown_duration = teardown_duration(connection);
    verdict->idle_before_close = idle_before_close(connection);
}

void connection_verdict(const struct connection *connection, int64_t now, struct verdict *verdict) {
    struct walked walked[SIDES];
    struct side_steps held[SIDES];
    memset(verdict, 0, offsetof(struct verdict, walked));
    for (int i = 0; i < SIDES; i++) {
        walked[i] = walk_side(&connection->side[i], &verdict->walked[i], &held[i]);
    }
    judge_handshake(connection, now, walked, verdict);
    judge_teardown(connection, walked, now, verdict);
    judge_time_wait(connection, walked, now, verdict);
}

void step_durations(const struct step *steps, size_t count, int64_t now, int64_t durations[TCP_STATES]) {
    const struct step *in = NULL; /* the latest that is not refuted */
    memset(durations, 0, TCP_STATES * sizeof *durations);
    for (const struct step *step = steps; step <= steps + count; step++) {
        if (step < steps + count && step->certainty == CERTAINTY_REFUTED) {
            continue;
        }
        int64_t until = step < steps + count ? step->time : now;
        if (in != NULL && until > in->time) {
            durations[in->to] += until - in->time;
        }
        in = step;
    }
}

void side_durations(const struct endpoint *endpoint, int64_t now, int64_t durations[TCP_STATES]) {
    struct step steps[PATH_STEPS_MAX];
    step_durations(steps, path_steps(&endpoint->path, steps), now, durations);
}
