/* SPDX-License-Identifier: BSD-3-Clause */
#include "model/reset.h"

/* RST: whether its claimed sender sent it and from which state, whether its receiver obeys it, and what it answers (RFC
 * 9293 3.5.2, 3.10.7; RFC 5961 3.2; inference.md A.9, A.16 rules 5 to 7). */

enum {
    MILLISECOND = 1000000,
    ANSWER_SLACK = 50 * MILLISECOND, /* an answer may take so much longer than the least round trip */
    LARGEST_WINDOW = 65535 << 14,
};

/* A RST in answer to a segment takes its SEQ from that segment's ACK, or acknowledges it where it had none (RFC
 * 9293 3.10.7.1). */
static bool may_answer(const struct segment *rst, const struct recent_segment *recent) {
    if (recent->frame == 0 || (recent->flags & TCP_RST) != 0) {
        return false;
    }
    if ((recent->flags & TCP_ACK) != 0) {
        return recent->raw_ack == rst->seq;
    }
    return (rst->flags & TCP_ACK) != 0 && rst->ack == recent->raw_seq + recent->length + 1;
}

/* The latest segment with that ACK, however old: what passed after it has not been met. */
static const struct recent_segment *find_quoted(const struct arrival *arrival) {
    const struct endpoint *y = arrival->y;
    for (int i = 0; i < RECENT_SEGMENTS; i++) {
        const struct recent_segment *recent = &y->recent[(y->recent_latest + RECENT_SEGMENTS - i) % RECENT_SEGMENTS];
        if (may_answer(arrival->segment, recent)) {
            return recent;
        }
    }
    return NULL;
}

static bool occupies(const struct recent_segment *recent) {
    return recent->length > 0 || (recent->flags & (TCP_FIN | TCP_SYN)) != 0;
}

/* The pure ACK of y that a RST of x drew, which its receiver could not believe (RFC 5961 3.2). */
static bool is_challenge(const struct arrival *arrival, const struct recent_segment *recent) {
    const struct recent_segment *own = recent_newest(arrival->x);
    return (own->flags & TCP_RST) != 0 && own->challenged && recent->frame > own->frame && !occupies(recent);
}

/* x has acknowledged it since it passed: it met a connection then. */
static bool was_taken(const struct arrival *arrival, const struct recent_segment *recent) {
    const struct endpoint *y = arrival->y;
    int64_t end = endpoint_offset(y, recent->raw_seq) + recent->length + ((recent->flags & (TCP_SYN | TCP_FIN)) != 0);
    return occupies(recent) && y->acknowledged_frame > recent->frame && y->acknowledged >= end;
}

/* The latest segment with octets that had the time to be answered, unless the RST answers a challenge. A connection
 * that lives does not reset for a plain ACK, so one of those is taken only where there is nothing else. */
static const struct recent_segment *find_answered(const struct arrival *arrival) {
    const struct endpoint *y = arrival->y;
    const struct segment *rst = arrival->segment;
    int64_t since = rst->time - guard_of(arrival->x) - ANSWER_SLACK;
    int64_t until = rst->time - arrival->x->round_trip / 4 * 3;
    const struct recent_segment *best = NULL;
    int best_rank = -1;
    for (int i = 0; i < RECENT_SEGMENTS; i++) {
        const struct recent_segment *recent = &y->recent[(y->recent_latest + RECENT_SEGMENTS - i) % RECENT_SEGMENTS];
        if (!may_answer(rst, recent) || recent->time < since || was_taken(arrival, recent)) {
            continue;
        }
        int rank = (occupies(recent) ? 2 : 0) + (recent->time <= until ? 1 : 0);
        rank += is_challenge(arrival, recent) ? 4 : 0;
        if (rank > best_rank) {
            best = recent;
            best_rank = rank;
        }
    }
    return best;
}

/* It has not as many hops left as what x sent before: it may be forged on the way, by a censor or a firewall. Some
 * stacks give another hop limit to what no socket of theirs sends, so it may be honest, too. */
static bool comes_from_elsewhere(const struct arrival *arrival) {
    const struct endpoint *x = arrival->x;
    bool another = x->provenance.known && arrival->segment->hop_limit != x->hop_limit;
    arrival->observation->other_hop_limit = another ? x->hop_limit : 0;
    return another;
}

static bool is_an_ack_of(const struct endpoint *y, const struct endpoint *x, int64_t seq) {
    for (int i = 0; i < RECENT_SEGMENTS; i++) {
        if (y->recent[i].frame != 0 && (y->recent[i].flags & TCP_ACK) != 0 &&
            y->recent[i].raw_ack == endpoint_raw(x, seq)) {
            return true;
        }
    }
    return seq == y->ack_sent || seq == y->last_ack;
}

/* Any other RST was not produced by this connection of x. */
static bool is_plausible(const struct arrival *arrival) {
    const struct endpoint *x = arrival->x;
    int64_t seq = arrival->seq;
    return !x->sent_any || seq == x->next || seq == x->next_acked || (seq >= x->acknowledged && seq <= x->next) ||
           is_an_ack_of(arrival->y, x, seq);
}

static enum validity validity_when_synchronised(const struct arrival *arrival) {
    const struct endpoint *y = arrival->y;
    int64_t expected = contiguous_end(arrival->x, y);
    int64_t lowest = y->ack_sent < expected ? y->ack_sent : expected;
    enum tcp_state state = endpoint_state(y);
    bool took_fin = state == STATE_CLOSE_WAIT || state == STATE_CLOSING || state == STATE_LAST_ACK;
    bool lenient = arrival->model->stack->resets_before_fin;
    bool proven = arrival->x->next_acked > expected && arrival->seq == arrival->x->next_acked; /* y acknowledged more */
    if (proven || (arrival->seq >= lowest && arrival->seq <= expected) ||
        (lenient && took_fin && arrival->seq == lowest - 1) ||
        (lenient && y->sack_edge != 0 && arrival->seq == y->sack_edge)) {
        return VALID;
    }
    int64_t edge = y->scale_known || arrival->connection->midstream ? y->window_edge : expected + LARGEST_WINDOW;
    return arrival->seq > expected && arrival->seq < edge ? INEXACT : OUT_OF_WINDOW;
}

static enum validity validity_of(const struct arrival *arrival) {
    const struct endpoint *y = arrival->y;
    switch (endpoint_state(y)) {
    case STATE_UNKNOWN:
    case STATE_CLOSED:
    case STATE_LISTEN:
        return NOBODY;
    case STATE_SYN_SENT:
        return arrival->has_ack && arrival->ack >= 1 && arrival->ack <= y->next ? VALID : UNACCEPTABLE;
    default:
        return validity_when_synchronised(arrival);
    }
}

/* --- what it does to its sender --- */

static bool append_sent(struct reset *reset, enum certainty certainty) {
    bool doubted = reset->elsewhere && certainty > CERTAINTY_PRESUMED;
    certainty = doubted ? CERTAINTY_PRESUMED : certainty;
    struct path_event event = event_of(reset->arrival, EVENT_SENT_RST, certainty);
    return path_append(&reset->arrival->x->path, &event);
}

static void forget(struct endpoint *x, enum event_kind kind, uint64_t from_frame) {
    const struct path_event *event = path_find(&x->path, kind);
    if (event != NULL && event->certainty <= CERTAINTY_PRESUMED && event->frame >= from_frame) {
        path_remove(&x->path, kind);
    }
}

/* What S and the segments after it were presumed to cause at x did not happen, for x met S without a connection. Only
 * payload may be refused by a socket that was closed but took the ACK before it (RFC 9293 3.10.7.4, 3.6.1); and a side
 * that had the FIN of y would have acknowledged it. */
static void forget_since(const struct arrival *arrival, const struct recent_segment *answered) {
    struct endpoint *x = arrival->x;
    bool behind_octets = (answered->flags & TCP_FIN) != 0 && x->ack_sent < arrival->y->fin;
    bool ack_was_taken = (answered->length > 0 || behind_octets) && x->fin_frame != 0;
    forget(x, EVENT_RECEIVED_SYN, answered->frame);
    forget(x, EVENT_RECEIVED_SYN_ACK, answered->frame);
    forget(x, EVENT_RECEIVED_ACK_OF_SYN, answered->frame);
    forget(x, EVENT_RECEIVED_ACK_OF_FIN, ack_was_taken ? answered->frame + 1 : answered->frame);
    if (arrival->y->fin_frame == 0 || x->ack_sent <= arrival->y->fin) {
        forget(x, EVENT_RECEIVED_FIN, answered->frame);
    }
}

/* It quotes an ACK from before x's FIN was covered: most likely no ACK of that FIN had arrived. What it answers may
 * also have been overtaken on the way, so nothing is refuted, and what follows is presumed. */
static bool quotes_before_own_fin(const struct reset *reset) {
    const struct arrival *arrival = reset->arrival;
    return reset->bare && arrival->x->fin_frame != 0 && arrival->seq <= arrival->x->fin &&
           is_pending(arrival->x, EVENT_RECEIVED_ACK_OF_FIN);
}

/* A side taken to be in TIME_WAIT that answers with a RST keeps no such state, whatever it has sent before
 * (tcp_max_tw_buckets). */
static void forget_time_wait(struct reset *reset) {
    struct endpoint *x = reset->arrival->x;
    bool fin_last = event_precedes(x, EVENT_RECEIVED_ACK_OF_FIN, EVENT_RECEIVED_FIN);
    path_remove(&x->path, fin_last ? EVENT_RECEIVED_FIN : EVENT_RECEIVED_ACK_OF_FIN);
    reset->arrival->observation->more |= MORE_TIME_WAIT_MISSING;
}

/* What provoked the RST did not pass here, and may have ended TIME_WAIT before: both are left open. */
static void doubt_time_wait(const struct reset *reset) {
    struct endpoint *x = reset->arrival->x;
    bool fin_last = event_precedes(x, EVENT_RECEIVED_ACK_OF_FIN, EVENT_RECEIVED_FIN);
    struct path_event *last = path_find(&x->path, fin_last ? EVENT_RECEIVED_FIN : EVENT_RECEIVED_ACK_OF_FIN);
    if (reset->bare && endpoint_state(x) == STATE_TIME_WAIT && last != NULL) {
        last->certainty = last->certainty > CERTAINTY_PRESUMED ? CERTAINTY_PRESUMED : last->certainty;
        last->settled_by = 0;
        path_update(&x->path);
    }
}

/* Where an abort looks like an answer (RFC 9293 3.10.5): it passes behind a FIN of y sooner than any answer can, so x
 * aborted before that came. The least round trip seen may have been a slow one, so this is the better guess, and
 * refutes nothing. */
static void forget_fin_under_way(struct reset *reset) {
    struct endpoint *x = reset->arrival->x;
    const struct path_event *received = path_find(&x->path, EVENT_RECEIVED_FIN);
    bool aborts = !reset->arrival->model->stack->aborts_with_ack && reset->bare && reset->arrival->seq == x->next;
    if (!aborts || received == NULL || received->certainty != CERTAINTY_PRESUMED ||
        reset->arrival->sent - received->time >= soonest_answer(x)) {
        return;
    }
    if (reset->answered != NULL && reset->answered->frame == received->frame) {
        reset->answered = NULL;
    }
    path_remove(&x->path, EVENT_RECEIVED_FIN);
    reset->sender_state = endpoint_state(x);
}

/* Two answers to the latest SYN of x have passed: x may have opened by the first, and be gone when the other came. */
static bool may_have_opened(const struct endpoint *x, const struct endpoint *y) {
    const uint16_t opens = TCP_SYN | TCP_ACK;
    unsigned answers = y->copies > x->copies; /* else all may be recorded twice */
    for (int i = 0; i < RECENT_SEGMENTS; i++) {
        const struct recent_segment *recent = &y->recent[i];
        answers += recent->frame != 0 && (recent->flags & opens) == opens && recent->time > x->syn_last_time;
    }
    return answers > 1 && !is_at_host(x);
}

/* Nothing but a connection that is gone answers with a bare RST: x had closed or aborted by something that did not pass
 * here. Where the RST is called for by the challenge that another drew, that was it; but a FIN that did not pass may
 * stand before an abort that was not exact, and of a stack whose aborts carry no ACK before any. A request
 * that is given up sends nothing, and what else x may have sent does not escape a capture on its host. */
static bool left_unseen(const struct reset *reset) {
    const struct endpoint *x = reset->arrival->x;
    bool abort_seen = reset->arrival->model->stack->aborts_with_ack && is_challenge(reset->arrival, reset->answered) &&
                      (recent_newest(x)->flags & TCP_ACK) == 0;
    enum tcp_state state = endpoint_state(x);
    bool request = state == STATE_SYN_RECEIVED && !is_at_host(x);
    /* It had opened by segments that did not pass where the peer goes on, or where it has sent a RST before. */
    const struct endpoint *y = reset->arrival->y;
    bool opened = state == STATE_SYN_SENT && (x->sent_rst || y->next > 1 || may_have_opened(x, y));
    return x->fin_frame == 0 && !abort_seen && (state_is_synchronised(state) || request || opened);
}

/* What x answers acknowledges its FIN, and so may have something that came before it and did not pass here: x was in
 * FIN_WAIT_2 then, and gave that up. */
static bool may_have_passed_fin_wait_2(const struct reset *reset) {
    const struct endpoint *x = reset->arrival->x;
    return endpoint_state(x) == STATE_FIN_WAIT_1 && endpoint_offset(x, reset->answered->raw_ack) > x->fin;
}

static bool bare_answer(struct reset *reset) {
    struct endpoint *x = reset->arrival->x;
    /* Elsewhere an abort may look the same (RFC 9293 3.10.5): SEQ = SND.NXT and no ACK. */
    bool may_abort = reset->sender_state != STATE_TIME_WAIT && reset->sender_state != STATE_CLOSING &&
                     reset->sender_state != STATE_LAST_ACK;
    if (!reset->arrival->model->stack->aborts_with_ack && reset->arrival->seq == x->next && may_abort) {
        return append_sent(reset, CERTAINTY_PRESUMED);
    }
    forget_since(reset->arrival, reset->answered);
    if (endpoint_state(x) == STATE_TIME_WAIT) {
        forget_time_wait(reset);
        return append_sent(reset, CERTAINTY_PRESUMED);
    }
    bool unseen = !has_event(x, EVENT_RECEIVED_FIN) && may_have_unseen_fin(x, reset->arrival->y);
    bool stray = x->fin_frame != 0 && (reset->answered->flags & TCP_SYN) != 0; /* x was gone, by what did not pass */
    bool presumed = left_unseen(reset) || reset->guessed || may_have_passed_fin_wait_2(reset) || unseen || stray;
    return append_sent(reset, presumed ? CERTAINTY_PRESUMED : CERTAINTY_CERTAIN);
}

/* x had received what y sent last, or something of the same tick. */
static bool echoes_latest(const struct arrival *arrival) {
    const struct tcp_options *options = &arrival->segment->options;
    return (options->present & OPTION_TIMESTAMPS) != 0 && arrival->y->tsval_known &&
           options->timestamp_echo == arrival->y->tsval_max;
}

/* With octets in flight, as far as x can have known, more may be queued behind them, and a CLOSE behind those. With
 * octets that did not pass here, so may the FIN. */
static bool nothing_in_flight(const struct arrival *arrival) {
    const struct endpoint *x = arrival->x;
    bool long_ago = x->octets_time <= x->acknowledged_time && x->acknowledged_time + guard_of(x) < arrival->sent;
    bool known = x->next <= 1 || (long_ago && (echoes_latest(arrival) || !has_lost(x)));
    return known && x->acknowledged >= x->next && x->holes.count == 0 && x->missing_bytes == 0 &&
           arrival->seq <= x->next && !arrival->y->window_zero;
}

/* An abort carries an ACK number, which tells whether the FIN of y had come. */
static bool abort_with_ack(struct reset *reset) {
    struct arrival *arrival = reset->arrival;
    struct endpoint *x = arrival->x;
    const struct endpoint *y = arrival->y;
    if (reset->elsewhere) {
        return append_sent(reset, CERTAINTY_PRESUMED); /* what it acknowledges may be what passed, and not what came */
    }
    if (arrival->ack <= y->next && arrival->ack > x->ack_sent) {
        x->ack_sent = arrival->ack;
    }
    if (arrival->ack >= 1) {
        path_confirm(&x->path, EVENT_SENT_SYN, arrival->segment->frame);
        path_confirm(&x->path, EVENT_RECEIVED_SYN_ACK, arrival->segment->frame);
    }
    forget(x, EVENT_RECEIVED_RST, 0); /* it was still alive to abort by itself */
    if (endpoint_state(x) == STATE_CLOSED) {
        forget(x, EVENT_RECEIVED_ACK_OF_FIN, 0);
    }
    int64_t of_syn = 1 + (x->fast_open_taken ? (int64_t)y->syn_data : 0);
    if (arrival->ack > of_syn || (arrival->model->stack->request_socket && !x->fast_open_taken && arrival->ack == 1)) {
        path_confirm(&x->path, EVENT_RECEIVED_ACK_OF_SYN, arrival->segment->frame);
    }
    bool idle = x->fin_frame != 0 || nothing_in_flight(arrival) || never_had_to_wait(arrival);
    if (covers_fin(arrival) && idle) {
        path_confirm(&x->path, EVENT_RECEIVED_FIN, arrival->segment->frame);
    } else if (!covers_fin(arrival) && y->fin_frame != 0 && is_pending(x, EVENT_RECEIVED_FIN)) {
        path_remove(&x->path, EVENT_RECEIVED_FIN);
    }
    bool unseen = !has_event(x, EVENT_RECEIVED_FIN) && (arrival->ack > y->next || may_have_unseen_fin(x, y));
    return append_sent(reset, idle && !unseen ? CERTAINTY_CERTAIN : CERTAINTY_PRESUMED);
}

/* What passed toward x behind a RST may have come before it. */
static bool passed_behind_reset(const struct endpoint *x) {
    bool ack = x->fin_ack_passed_first.frame != 0 && !event_precedes(x, EVENT_RECEIVED_ACK_OF_FIN, EVENT_RECEIVED_RST);
    bool fin = x->fin_passed_first.frame != 0 && !event_precedes(x, EVENT_RECEIVED_FIN, EVENT_RECEIVED_RST);
    return ack || fin;
}

/* What the RST answers met no socket: it was an ACK before it that ended LAST_ACK, whatever has refuted that since. */
static void take_earlier_ack(const struct reset *reset) {
    struct endpoint *x = reset->arrival->x;
    struct path_event *acked = path_find(&x->path, EVENT_RECEIVED_ACK_OF_FIN);
    const struct passed *first = &x->fin_ack_passed_first;
    if (acked == NULL || acked->frame != reset->answered->frame || acked->certainty != CERTAINTY_PRESUMED ||
        first->frame == 0 || first->frame >= acked->frame) {
        return;
    }
    acked->frame = first->frame;
    acked->time = first->time;
    path_remove_since(&x->path, EVENT_BIT(EVENT_REFUTED_STEP), first->frame);
    reset->arrival->observation->more |= MORE_ACK_OF_FIN_CAME;
}

/* The ACK of x's FIN met no socket, and no other passed that the RST may answer instead: another copy of it may have
 * come, or x had aborted in LAST_ACK, where that sends nothing (RFC 9293 3.10.5). */
static void doubt_ack_of_fin(const struct reset *reset) {
    const struct endpoint *x = reset->arrival->x;
    struct path_event *acked = path_find(&reset->arrival->x->path, EVENT_RECEIVED_ACK_OF_FIN);
    const struct passed *latest = &x->fin_ack_passed;
    bool in_time = is_at_host(x) || reset->arrival->sent - latest->time >= soonest_answer(x);
    if (acked != NULL && acked->frame == reset->answered->frame && !(latest->frame > acked->frame && in_time)) {
        acked->guessed = 1;
    }
}

/* x had been CLOSED. A bare RST in answer to a segment shows that it is, by what closed it if that had come before what
 * is answered. A RST that x took may have met it behind a FIN that did not pass here, so its edge stays presumed unless
 * x's FIN is known. */
static void confirm_closed(const struct reset *reset) {
    const struct arrival *arrival = reset->arrival;
    struct endpoint *x = arrival->x;
    const struct recent_segment *answered = reset->answered;
    const struct path_event *taken = path_find(&x->path, EVENT_RECEIVED_RST);
    bool own = x->fin_frame != 0 && arrival->seq > x->fin;
    if (answered == NULL || !reset->bare || !own || reset->elsewhere || has_event(x, EVENT_SENT_RST)) {
        return;
    }
    if (taken == NULL) {
        take_earlier_ack(reset);
        doubt_ack_of_fin(reset);
        path_confirm(&x->path, EVENT_RECEIVED_ACK_OF_FIN, arrival->segment->frame);
    } else if (taken->frame < answered->frame && !passed_behind_reset(x)) {
        path_confirm(&x->path, EVENT_RECEIVED_RST, arrival->segment->frame);
    }
}

/* A side that was taken to be in TIME_WAIT quotes the ACK of the FIN that would have led it there, later than an answer
 * should take. */
static bool is_late_answer(const struct reset *reset) {
    const struct recent_segment *quoted =
        reset->bare && reset->sender_state == STATE_TIME_WAIT ? find_quoted(reset->arrival) : NULL;
    return quoted != NULL && (quoted->flags & TCP_FIN) != 0 && is_pending(reset->arrival->x, EVENT_RECEIVED_FIN);
}

static bool apply_to_sender(struct reset *reset) {
    struct arrival *arrival = reset->arrival;
    struct endpoint *x = arrival->x;
    bool stranger = reset->validity == UNACCEPTABLE && reset->answered == NULL;
    if (!reset->plausible || stranger || reset_rejects_one_segment(reset)) {
        return true;
    }
    bool aborts = !reset->bare && (arrival->segment->seq != 0 || arrival->seq == x->next);
    bool by_peer = is_pending(x, EVENT_RECEIVED_RST) || is_pending(x, EVENT_RECEIVED_ACK_OF_FIN);
    if (endpoint_state(x) == STATE_CLOSED && !(aborts && by_peer && !has_event(x, EVENT_SENT_RST))) {
        confirm_closed(reset);
        return true;
    }
    if (quotes_before_own_fin(reset)) {
        forget(x, EVENT_RECEIVED_ACK_OF_FIN, 0);
        reset->guessed = true;
    }
    struct path_change change;
    if (!path_change_begin(&change, &x->path)) {
        return false;
    }
    bool ok = true;
    if (reset_is_refusal(reset)) {
        path_remove(&x->path, EVENT_RECEIVED_SYN);
        x->path.initial = STATE_CLOSED;
    } else if (x->path.initial == STATE_UNKNOWN && x->path.count == 0) {
        ok = append_sent(reset, CERTAINTY_ASSUMED);
    } else if (aborts) {
        ok = abort_with_ack(reset);
    } else if (reset->answered != NULL) {
        ok = bare_answer(reset);
    } else {
        const struct recent_segment *quoted = reset->bare ? find_quoted(arrival) : NULL;
        if (reset->late) {
            forget(x, EVENT_RECEIVED_FIN, quoted->frame); /* TIME_WAIT would have acknowledged it */
        }
        if (quoted != NULL && arrival->model->stack->aborts_with_ack) {
            forget(x, EVENT_RECEIVED_FIN, quoted->frame + 1);
            forget(x, EVENT_RECEIVED_ACK_OF_FIN, quoted->frame + 1);
        }
        doubt_time_wait(reset);
        ok = append_sent(reset, CERTAINTY_PRESUMED);
    }
    return path_change_end(&change, &x->path, arrival->segment->frame) && ok;
}

/* --- what it does to its receiver --- */

static bool apply_to_receiver(struct reset *reset) {
    struct arrival *arrival = reset->arrival;
    struct endpoint *y = arrival->y;
    if (reset->validity != VALID || arrival->discarded || reset->ignored) {
        return true;
    }
    arrival->observation->reset_applied = true;
    y->rst_passed = (struct passed){arrival->segment->frame, arrival->segment->time};
    if (reset->receiver_state == STATE_TIME_WAIT) {
        arrival->observation->more |= MORE_TIME_WAIT_KILLED;
    }
    struct path_event event = event_of(arrival, EVENT_RECEIVED_RST, CERTAINTY_PRESUMED);
    return path_append(&y->path, &event);
}

/* --- what is kept of it --- */

static bool changes_nothing(enum reset_kind kind) {
    return kind == RESET_ANSWERS_BAD_ACK || kind == RESET_OUT_OF_WINDOW || kind == RESET_INEXACT ||
           kind == RESET_UNACCEPTABLE;
}

static void record(struct reset *reset, enum reset_kind kind) {
    struct arrival *arrival = reset->arrival;
    struct connection *connection = arrival->connection;
    struct endpoint *x = arrival->x;
    connection_begin_close(connection, connection->last_time);
    bool took_rst = x->rst_passed.frame != 0;
    if (!changes_nothing(kind) && (reset->plausible || arrival->observation->reset_applied)) {
        x->rst_frame = arrival->segment->frame;
        x->rst_time = arrival->segment->time;
        const struct endpoint *last = arrival->y->last_sent_frame != 0 ? arrival->y : x;
        x->rst_delay = last->last_sent_frame != 0 ? x->rst_time - last->last_sent_time : 0;
        if (reset->ignored) {
            return; /* it ended nothing */
        }
        if (connection->reset.frame == 0) {
            connection->reset.frame = arrival->segment->frame;
            connection->reset.time = arrival->segment->time;
            connection->reset.kind = (uint8_t)kind;
            connection->reset.by = (uint8_t)arrival->side;
            connection->reset.state = (uint8_t)reset->sender_state;
            connection->reset.bare = reset->bare;
            connection->reset.sender_was_gone =
                reset->bare && reset->answered != NULL && x->fin_frame == 0 && !took_rst;
        } else if (connection->reset.by != arrival->side && !took_rst) {
            connection->reset.by_both = true;
        }
    }
}

bool reset_apply(struct arrival *arrival) {
    if (!settle_excluded(arrival->y)) {
        return false;
    }
    struct reset reset = {.arrival = arrival,
                          .sender_state = endpoint_state(arrival->x),
                          .receiver_state = endpoint_state(arrival->y),
                          .bare = !arrival->has_ack,
                          .elsewhere = comes_from_elsewhere(arrival)};
    reset.answered = find_answered(arrival);
    forget_fin_under_way(&reset);
    reset.validity = validity_of(arrival);
    reset.plausible = is_plausible(arrival);
    reset.late = reset.answered == NULL && is_late_answer(&reset);
    reset.ignored = reset.receiver_state == STATE_TIME_WAIT && !arrival->model->stack->time_wait_obeys_rst;
    enum reset_kind kind = reset_kind_of(&reset);
    arrival->observation->facts |= FACT_RST;
    arrival->observation->reset = (uint8_t)kind;
    arrival->observation->expected_seq = contiguous_end(arrival->x, arrival->y);
    arrival->observation->provoked_by = reset.answered != NULL ? reset.answered->frame : 0;
    arrival->observation->provoked_time = reset.answered != NULL ? reset.answered->time : 0;
    bool ok = apply_to_sender(&reset) && apply_to_receiver(&reset);
    facts_reset(arrival);
    arrival->x->sent_rst = true;
    record(&reset, kind);
    return ok;
}

/* --- segments after a RST --- */

/* x goes on after a RST that claimed to be its own: somebody else sent that. */
static bool contradict(struct arrival *arrival) {
    struct endpoint *x = arrival->x;
    struct connection *connection = arrival->connection;
    struct path_change change;
    if (!path_change_begin(&change, &x->path)) {
        return false;
    }
    path_remove(&x->path, EVENT_SENT_RST);
    arrival->observation->more |= MORE_RST_CONTRADICTED;
    arrival->observation->provoked_by = x->rst_frame;
    arrival->observation->provoked_time = x->rst_time;
    if (connection->reset.frame != 0 && connection->reset.by == arrival->side) {
        connection->reset.frame = 0;
        connection->reset.by_both = false;
    }
    x->rst_frame = 0;
    return path_change_end(&change, &x->path, arrival->segment->frame);
}

bool reset_lift(struct arrival *arrival) {
    struct endpoint *x = arrival->x;
    /* What was sent just before the RST may have been overtaken by it, on the way here or in the capture. Where no
     * round trip was measured, none is longer than x took to follow the peer's latest segment by that RST. */
    int64_t round_trip = x->round_trip != 0 || x->rst_delay > guard_of(x) ? x->round_trip : x->rst_delay;
    int64_t overtaken = round_trip / 2;
    int64_t window = arrival->model->settings.reorder_window;
    int64_t settled = x->rst_time + (overtaken > window ? overtaken : window);
    if (has_event(x, EVENT_SENT_RST) && x->rst_frame != 0 && arrival->sent > settled && arrival->end >= x->next &&
        arrival->seq <= x->next) {
        return contradict(arrival);
    }
    const struct path_event *received = path_find(&x->path, EVENT_RECEIVED_RST);
    if (received == NULL || received->certainty > CERTAINTY_PRESUMED || arrival->end < x->next) {
        return true;
    }
    if (arrival->sent > received->time + guard_of(x)) {
        arrival->observation->more |= MORE_AFTER_RST;
        arrival->observation->provoked_by = received->frame;
        arrival->observation->provoked_time = received->time;
        return refute(arrival, x, EVENT_RECEIVED_RST, NULL, 0);
    }
    arrival->lifted = *received;
    arrival->has_lifted = true;
    return path_change_begin(&arrival->lift, &x->path) && path_remove(&x->path, EVENT_RECEIVED_RST);
}

bool reset_restore(struct arrival *arrival) {
    struct endpoint *x = arrival->x;
    if (!arrival->has_lifted) {
        return true;
    }
    bool ok = path_append(&x->path, &arrival->lifted);
    return path_change_end(&arrival->lift, &x->path, arrival->segment->frame) && ok;
}
