/* SPDX-License-Identifier: BSD-3-Clause */
#include "model/internal.h"

/* What a segment proves of things that its sender was presumed to have received (inference.md A.4 rule 3, A.16 rule 2).
 */

enum {
    IDLE_STAMPED = 2000000, /* ns: two ticks of a timestamp clock apart is not the same instant */
    IDLE_ARRIVED = 5000000  /* nor are arrivals so far apart, where nothing lies between */
};

bool covers_fin(const struct arrival *arrival) {
    return arrival->has_ack && arrival->y->fin_frame != 0 && arrival->ack > arrival->y->fin;
}

bool event_precedes(const struct endpoint *endpoint, enum event_kind one, enum event_kind other) {
    const struct path_event *first = path_find(&endpoint->path, one);
    const struct path_event *second = path_find(&endpoint->path, other);
    return first != NULL && second != NULL && first < second;
}

/* Where nothing of y passed, its numbers may be later ones than those of its SYN/ACK. */
bool may_have_unseen_fin(const struct endpoint *x, const struct endpoint *y) {
    bool skipped = y->unseen_fin != 0 && y->unseen_fin == y->next && x->ack_sent >= y->next;
    bool never_passed = y->frames == 0 && x->syn_ack_frame == 0;
    /* What passed behind the gap, and x has not acknowledged, may be no segment of y. */
    return y->fin_frame == 0 && (y->next_acked > y->next || skipped || never_passed || y->acked_in_gap);
}

static bool is_confirmed(const struct endpoint *endpoint, enum event_kind kind) {
    const struct path_event *event = path_find(&endpoint->path, kind);
    return event != NULL && event->certainty >= CERTAINTY_CONFIRMED;
}

/* A bare ACK of the SYN proves nothing: RFC 9293 3.10.7.4 lets SYN_RECEIVED answer an unacceptable segment by exactly
 * that one. Where Fast Open data was taken, data and its ACK may come from SYN_RECEIVED too. */
static bool only_established_sends(const struct arrival *arrival) {
    const struct endpoint *y = arrival->y;
    bool fast_open = arrival->x->fast_open_taken;
    if (arrival->segment->length > 0 && !fast_open) {
        return true;
    }
    /* Where a FIN may leave from SYN_RECEIVED (RFC 9293 3.10.4), it proves something only behind data: it may be the
     * repetition of one that did not pass here, with an ACK that came later. Where data may leave from there, too, it
     * proves something where it is the first. */
    if (arrival->fin) {
        bool first = fast_open ? arrival->ack > 1 + (int64_t)y->syn_data && fin_is_too_soon_to_be_repeated(arrival)
                               : arrival->seq > 1;
        return arrival->x->path.request_socket || first;
    }
    return arrival->has_ack && arrival->ack > 1 + (fast_open ? (int64_t)y->syn_data : 0);
}

static bool infer(struct arrival *arrival, enum event_kind kind, enum certainty certainty) {
    struct path_event event = event_of(arrival, kind, certainty);
    event.inferred = true;
    return path_append(&arrival->x->path, &event);
}

/* SYN_SENT or beyond by a SYN/ACK: any segment but SYN and RST comes from ESTABLISHED, unless the side answered a
 * crossing SYN. */
static bool confirm_active_open(struct arrival *arrival) {
    struct endpoint *x = arrival->x;
    bool answered_syn = x->syn_ack_frame != 0;
    if (answered_syn && !only_established_sends(arrival)) {
        return true;
    }
    path_confirm(&x->path, EVENT_SENT_SYN, arrival->segment->frame);
    bool may_have_answered = arrival->side == SIDE_CLIENT || !arrival->model->stack->splits_handshake;
    if (has_event(x, EVENT_RECEIVED_SYN) && !answered_syn && may_have_answered) {
        return true; /* its answer to the crossing SYN may have been lost before it could pass here */
    }
    if (!answered_syn && has_event(x, EVENT_RECEIVED_SYN)) {
        /* It answers in the split manner, or its SYN/ACK was lost before it could pass here: a guess. */
        path_remove(&x->path, EVENT_RECEIVED_SYN);
        path_find(&x->path, EVENT_RECEIVED_SYN_ACK)->guessed = 1;
        return true;
    }
    path_confirm(&x->path, EVENT_RECEIVED_SYN_ACK, arrival->segment->frame);
    return true;
}

const struct recent_segment *answer_to_unseen_syn(const struct endpoint *x, const struct endpoint *y) {
    const uint16_t opens = TCP_SYN | TCP_ACK;
    for (int i = 0; i < RECENT_SEGMENTS; i++) {
        const struct recent_segment *recent = &x->recent[i];
        if (recent->frame != 0 && (recent->flags & (opens | TCP_RST)) == opens &&
            recent->raw_ack == endpoint_raw(y, 1)) {
            return recent;
        }
    }
    return NULL;
}

/* x was in SYN_SENT as far as was seen, and sends what SYN_RECEIVED or ESTABLISHED does. Where it has sent a SYN/ACK
 * before, that answered a SYN, and y had opened actively. */
static bool infer_open(struct arrival *arrival) {
    struct endpoint *x = arrival->x;
    struct endpoint *y = arrival->y;
    const struct recent_segment *answer = answer_to_unseen_syn(x, y);
    if (answer == NULL) {
        return infer(arrival, EVENT_RECEIVED_SYN_ACK, CERTAINTY_CERTAIN);
    }
    x->syn_ack_frame = answer->frame;
    x->syn_ack_time = x->syn_ack_last_time = answer->time;
    x->syn_ack_count = 1;
    arrival->connection->simultaneous_open = true;
    if (!has_event(y, EVENT_SENT_SYN) && !put_syn_first(arrival, y, true)) {
        return false;
    }
    struct path_event received = event_of(arrival, EVENT_RECEIVED_SYN, CERTAINTY_CERTAIN);
    received.frame = answer->frame;
    received.time = answer->time;
    received.flags = answer->flags;
    received.inferred = true;
    return path_append(&x->path, &received) &&
           infer(arrival, EVENT_RECEIVED_SYN_ACK,
                 only_established_sends(arrival) ? CERTAINTY_CERTAIN : CERTAINTY_PRESUMED);
}

/* Octets of the SYN are acknowledged, and neither a SYN/ACK has passed nor its ACK: x has taken them with the SYN, with
 * a cookie or without (RFC 7413 4.2.2), and sends before it is ESTABLISHED. */
static void note_unseen_fast_open(struct arrival *arrival) {
    struct endpoint *x = arrival->x;
    bool passive = x->syn_frame == 0 && x->syn_ack_frame == 0 && endpoint_state(x) == STATE_SYN_RECEIVED;
    if (passive && !x->fast_open_taken && arrival->y->syn_data > 0 && arrival->has_ack && arrival->ack > 1) {
        x->fast_open_taken = true;
        x->path.request_socket = false;
        path_confirm(&x->path, EVENT_RECEIVED_SYN, arrival->segment->frame);
    }
}

bool confirm_open(struct arrival *arrival) {
    struct endpoint *x = arrival->x;
    note_unseen_fast_open(arrival);
    enum tcp_state state = endpoint_state(x);
    if (state == STATE_SYN_SENT && arrival->has_ack && arrival->ack >= 1 && arrival->seq >= 1) {
        path_confirm(&x->path, EVENT_SENT_SYN, arrival->segment->frame);
        return infer_open(arrival);
    }
    if (is_pending(x, EVENT_RECEIVED_SYN_ACK)) {
        return confirm_active_open(arrival);
    }
    /* Where a FIN may leave from SYN_RECEIVED, an octet that did not pass here may be that FIN. */
    bool open_before_fin = x->fin_frame == 0 || (x->fin > 1 && !x->fast_open_taken);
    bool queues = x->fast_open_taken && !(arrival->next_before <= 1 || never_had_to_wait(arrival));
    bool whole = x->path.request_socket || (arrival->seq <= arrival->next_before && x->unseen_fin == 0 &&
                                            x->holes.count == 0 && open_before_fin && !queues);
    bool proof = whole && only_established_sends(arrival);
    if (proof && is_pending(x, EVENT_RECEIVED_ACK_OF_SYN)) {
        path_confirm(&x->path, EVENT_RECEIVED_ACK_OF_SYN, arrival->segment->frame);
    } else if (proof && state == STATE_SYN_RECEIVED && (x->path.request_socket || !arrival->fin)) {
        arrival->observation->facts |= FACT_ACK_SKIPPED;
        return infer(arrival, EVENT_RECEIVED_ACK_OF_SYN, CERTAINTY_CERTAIN);
    }
    return true;
}

/* Payload beyond SND.NXT from both sides, and no FIN yet: a connection that was picked up in the middle is ESTABLISHED.
 */
static void confirm_midstream(struct arrival *arrival) {
    struct connection *connection = arrival->connection;
    struct endpoint *x = arrival->x;
    struct endpoint *y = arrival->y;
    if (!connection->midstream || x->fin_frame != 0 || y->fin_frame != 0 || arrival->observation->fresh_octets == 0) {
        return;
    }
    x->sent_fresh = true;
    for (int i = 0; i < SIDES && x->sent_fresh && y->sent_fresh; i++) {
        struct path *path = &connection->side[i].path;
        struct path_event *event = path_find(path, EVENT_MIDSTREAM);
        if (event != NULL && event->certainty == CERTAINTY_ASSUMED) {
            event->certainty = CERTAINTY_CONFIRMED;
            event->settled_by = arrival->segment->frame;
            path_update(path);
        }
    }
}

/* The latest octets of x came after a silence: they may be a repetition, and the ACK of them, which passed, be lost
 * beyond. A FIN of y that waited at x for octets before it had been read with its own ACK. */
static bool may_have_repeated_last(const struct endpoint *x, const struct endpoint *y) {
    bool fin_waited = y->text_passed && y->text_time > x->acknowledged_time && y->text_time > y->fin_last_time;
    return x->after_silence && !is_at_host(x) && !fin_waited;
}

/* Nothing that x had sent was in flight when it sent this, as far as it can have known, and y's window was open: octets
 * or a FIN, had there been any to send, would not have waited. In flight they may wait for the congestion window,
 * behind a CLOSE that was called long ago. */
static bool owes_nothing(const struct arrival *arrival) {
    const struct endpoint *x = arrival->x;
    /* A side that has sent nothing yet knows that its SYN was acknowledged. What comes with octets may come because of
     * the ACK that it waited for, and a way may be slower for once. */
    int64_t since = arrival->sent - guard_of(x) * (arrival->observation->fresh_octets > 0 ? 2 : 1);
    bool known = arrival->next_before <= 1 ||
                 (!has_lost(x) && x->acknowledged_time < since && x->octets_time <= x->acknowledged_time &&
                  !may_repeat_unseen(x, arrival->sent) && !may_have_repeated_last(x, arrival->y));
    bool was_open = arrival->y->window_zero_ended == 0 || arrival->y->window_zero_ended < since;
    bool window_open = !arrival->y->window_zero && was_open;
    return known && window_open && x->acknowledged >= arrival->next_before && !arrival->y->window_zero &&
           x->holes.count == 0 && x->missing_bytes == 0 && arrival->seq <= arrival->next_before;
}

/* x opened without repeating its SYN or SYN/ACK: that would have left it a congestion window of one segment (RFC
 * 5681 3.1). A SYN/ACK that passed sooner than a timer behind the first SYN is the first; whether a SYN is, is sure
 * only where nothing can be lost before it passes. */
static bool opened_at_once(const struct endpoint *x, const struct endpoint *y) {
    bool once = x->syn_count <= 1 && x->syn_ack_count <= 1;
    bool active = x->syn_frame != 0;
    bool answered = y->syn_frame != 0 && x->syn_ack_time - y->syn_time < LEAST_FIRST_TIMEOUT;
    return once && (active ? is_at_host(x) : answered);
}

static uint32_t mss_of(const struct arrival *arrival) {
    enum { DEFAULT_MSS = 536 }; /* RFC 9293 3.7.1 */
    uint32_t one = arrival->x->mss;
    uint32_t other = arrival->y->mss;
    return one != 0 && other != 0 ? (one < other ? one : other) : DEFAULT_MSS;
}

/* Octets that x may wait to have room for; where the options of a SYN were cut off, as many as any segment has. */
static uint32_t longest_segment(const struct arrival *arrival) {
    bool cut = ((arrival->x->options_present | arrival->y->options_present) & OPTION_CUT) != 0;
    return cut ? UINT16_MAX : mss_of(arrival);
}

/* One segment of x was in flight, and an ACK of what it had sent before that had come long ago: so its congestion
 * window has room for another, whatever it began with (RFC 5681 3.1). */
static bool one_of_two_in_flight(const struct arrival *arrival) {
    const struct endpoint *x = arrival->x;
    const struct endpoint *y = arrival->y;
    const struct recent_segment *newest = recent_newest(x);
    bool acknowledged = false;
    for (int i = 0; i < RECENT_SEGMENTS; i++) {
        const struct recent_segment *recent = &y->recent[i];
        acknowledged =
            acknowledged || (recent->frame != 0 && (recent->flags & TCP_ACK) != 0 && recent->frame < newest->frame &&
                             recent->raw_ack == newest->raw_seq && recent->time + guard_of(x) < arrival->sent);
    }
    return acknowledged && endpoint_offset(x, newest->raw_seq) > 1 &&
           endpoint_offset(x, newest->raw_seq) + newest->length == arrival->next_before;
}

/* x has sent no more than its initial congestion window, in octets or segments, which no loss has cut: nothing of it
 * had to wait, neither octets nor a FIN. Where the peer's window was open for one more segment, that is; and silence
 * before the latest segment may hide a retransmission that did not pass here, as a gap, even one that was closed since,
 * shows that x had something to send again. */
bool never_had_to_wait(const struct arrival *arrival) {
    const struct endpoint *x = arrival->x;
    const struct endpoint *y = arrival->y;
    uint32_t mss = mss_of(arrival);
    int64_t window = (int64_t)mss * arrival->model->stack->initial_window;
    int64_t room = y->window_room != 0 ? (int64_t)y->window_room - 1 : (int64_t)y->window; /* of its SYN or SYN/ACK */
    bool fits = arrival->next_before + longest_segment(arrival) <= room;
    bool in_time = arrival->next_before <= 1 || !may_repeat_unseen(x, arrival->sent);
    bool wide = arrival->next_before <= 1 ||
                (arrival->next_before + mss <= window &&
                 x->frames - x->copies <= arrival->model->stack->initial_window && opened_at_once(x, y)) ||
                one_of_two_in_flight(arrival);
    return fits && in_time && wide && x->retransmitted_frames == 0 && x->syn_count <= 1 && x->syn_ack_count <= 1 &&
           x->holes.count == 0 && x->missing_bytes == 0 && !x->after_silence && !y->window_zero &&
           arrival->seq <= arrival->next_before && endpoint_incidents(x)->ahead.frame == 0;
}

/* x had acknowledged these octets of y before it acknowledged the FIN behind them. */
static bool acknowledged_before_fin(const struct endpoint *x, const struct endpoint *y, int64_t end) {
    bool found = false;
    for (int i = 0; i < RECENT_SEGMENTS; i++) {
        const struct recent_segment *recent = &x->recent[i];
        int64_t ack = endpoint_offset(y, recent->raw_ack);
        found = found || (recent->frame != 0 && (recent->flags & TCP_ACK) != 0 && ack >= end && ack <= y->fin);
    }
    return found;
}

/* A FIN of y stands in view, and each that does has another timestamp than these octets. */
static bool stamped_apart_from_fin(const struct endpoint *y, const struct recent_segment *octets) {
    int fins = 0;
    for (int i = 0; i < RECENT_SEGMENTS; i++) {
        const struct recent_segment *recent = &y->recent[i];
        bool fin = recent->frame != 0 && (recent->flags & TCP_FIN) != 0;
        if (fin && recent->tsval == octets->tsval) {
            return false;
        }
        fins += fin;
    }
    return fins > 0;
}

/* These octets may have come to x as one piece with the FIN behind them, which it had acknowledged by this: what
 * follows close behind, alike in its options, is joined on receipt (GRO), or while it waits for whoever holds the
 * socket. Of such a piece the FIN is answered before what had waited for its ACK leaves. */
static bool may_be_joined_with_fin(const struct arrival *arrival, const struct recent_segment *octets, int64_t end,
                                   int64_t ack) {
    const struct endpoint *x = arrival->x;
    const struct endpoint *y = arrival->y;
    return y->fin_frame != 0 && ack > y->fin && !acknowledged_before_fin(x, y, end) &&
           !stamped_apart_from_fin(y, octets);
}

/* Octets of y, which x had acknowledged by this, came with the ACK of all that x had sent: x knows that nothing of it
 * is in flight. What y sends again may have come with an older ACK; beside a FIN the ACK may not have been acted upon.
 */
bool knows_by_octets(const struct arrival *arrival, int64_t ack) {
    const struct endpoint *y = arrival->y;
    uint32_t all = endpoint_raw(arrival->x, arrival->next_before);
    bool knows = false;
    for (int i = 0; i < RECENT_SEGMENTS; i++) {
        const struct recent_segment *recent = &y->recent[i];
        int64_t end = endpoint_offset(y, recent->raw_seq) + recent->length;
        knows = knows || (recent->frame != 0 && recent->length > 0 && end <= ack && recent->raw_ack == all &&
                          (recent->flags & (TCP_SYN | TCP_RST | TCP_FIN)) == 0 &&
                          !may_be_joined_with_fin(arrival, recent, end, ack));
    }
    return knows && y->retransmitted_frames == 0 && !y->window_zero &&
           arrival->next_before + longest_segment(arrival) < y->window_room;
}

/* Whether what x then sent next, at this segment, had waited since: it left at once or it did not exist. */
void settle_idle_cover(struct arrival *arrival) {
    struct endpoint *x = arrival->x;
    const struct segment *segment = arrival->segment;
    if (!x->covered_when_idle) {
        return;
    }
    bool stamped = (segment->options.present & OPTION_TIMESTAMPS) != 0 && clock_is_trusted(x, segment->time);
    int64_t gap = stamped ? (int64_t)(int32_t)(segment->options.timestamp_value - x->covered_idle_tsval) * 1000000
                          : segment->time - x->covered_idle;
    /* Later it may be the repetition of what was sent at once, where anything is lost: no tail loss probe comes within
     * two round trips. */
    int64_t round_trips =
        x->round_trip != 0 && arrival->y->round_trip != 0 ? x->round_trip + arrival->y->round_trip : 0;
    int64_t idle = stamped ? IDLE_STAMPED : is_at_host(x) ? IDLE_ARRIVED : guard_of(x);
    if (arrival->seq == arrival->next_before && gap >= idle &&
        (gap < 2 * round_trips || !(has_lost(x) || has_lost(arrival->y)))) {
        path_confirm(&x->path, EVENT_RECEIVED_FIN, segment->frame);
    }
    x->covered_when_idle = false;
}

/* The FIN of y itself acknowledged all that x has sent: x knew that when it acknowledged the FIN. */
static void note_idle_cover(struct arrival *arrival) {
    struct endpoint *x = arrival->x;
    const struct segment *segment = arrival->segment;
    if (!x->covered_when_idle && segment->length == 0 && x->peer_fin_ack >= arrival->next_before &&
        arrival->seq == arrival->next_before && !arrival->y->window_zero && x->missing_bytes == 0) {
        x->covered_when_idle = true;
        x->covered_idle = segment->time;
        x->covered_idle_tsval = segment->options.timestamp_value;
    }
}

static bool is_captured_whole(const struct endpoint *endpoint) {
    return endpoint->isn_known == ISN_SEEN && endpoint->missing_bytes == 0 && endpoint->holes.count == 0 &&
           endpoint->next_acked <= endpoint->next;
}

/* The first copy of y's FIN did not pass here, and x acknowledges it so late behind the one that passed last that it
 * may not answer that. */
static bool may_answer_unseen_fin(const struct arrival *arrival) {
    const struct endpoint *x = arrival->x;
    int64_t answer = x->round_trip != 0 ? guard_of(x) : LEAST_TIMEOUT;
    return arrival->y->unseen_fin > arrival->y->fin && arrival->segment->time - x->fin_passed.time > answer;
}

/* x acknowledges the FIN of y, and no ACK of its own has passed: that is to come, unless the capture, which lacks other
 * segments, lacks it too: it may have overtaken that FIN, or come with another copy. */
static bool fins_crossed(const struct arrival *arrival) {
    return arrival->x->fin_ack_passed_first.frame == 0 && is_captured_whole(arrival->x) &&
           is_captured_whole(arrival->y);
}

/* Had x called CLOSE before it acknowledged the FIN of y, its own would have left by then. */
static bool fin_would_be_out(const struct arrival *arrival) {
    return owes_nothing(arrival) ||
           (arrival->segment->length == 0 && (never_had_to_wait(arrival) || knows_by_octets(arrival, arrival->ack)));
}

/* Every copy of y's FIN that passed acknowledged x's own: whichever came did both, the ACK first. */
static bool infer_ack_and_fin(struct arrival *arrival) {
    struct endpoint *x = arrival->x;
    bool fin_out = has_event(x, EVENT_SENT_FIN);
    bool comes_with_fin = x->fin_passed_first.frame != 0 && !x->peer_fin_uncovering;
    bool ack_passed = x->fin_ack_passed_first.frame != 0 || comes_with_fin;
    bool uncovering = x->peer_fin_uncovering || may_answer_unseen_fin(arrival);
    if (fin_out && ack_passed && !uncovering && !has_event(x, EVENT_RECEIVED_ACK_OF_FIN) &&
        !infer(arrival, EVENT_RECEIVED_ACK_OF_FIN, CERTAINTY_CERTAIN)) {
        return false;
    }
    bool order_open = fin_out && (ack_passed ? uncovering : !fins_crossed(arrival));
    bool open = order_open || (!fin_out && !fin_would_be_out(arrival));
    return infer(arrival, EVENT_RECEIVED_FIN, open ? CERTAINTY_PRESUMED : CERTAINTY_CERTAIN);
}

/* x acknowledges the FIN of y before its own: CLOSE_WAIT, if it had not called CLOSE with octets still to send. */
static void confirm_close_wait(struct arrival *arrival) {
    struct endpoint *x = arrival->x;
    if (fin_would_be_out(arrival)) {
        path_confirm(&x->path, EVENT_RECEIVED_FIN, arrival->segment->frame);
        return;
    }
    if (arrival->observation->fresh_octets > 0) {
        settle_idle_cover(arrival);
    } else {
        note_idle_cover(arrival);
    }
}

/* x acknowledges the FIN of y. In CLOSING that shows only that the FIN came, not that it came before the ACK of x's
 * own. */
static bool confirm_fin(struct arrival *arrival) {
    struct endpoint *x = arrival->x;
    if (!covers_fin(arrival) || arrival->seq > arrival->next_before || x->fin_frame == arrival->segment->frame ||
        (x->unseen_fin != 0 && x->fin_frame == 0)) {
        return true; /* a first FIN: sending.c has judged it */
    }
    if (!has_event(x, EVENT_RECEIVED_FIN)) {
        bool can = state_is_synchronised(endpoint_state(x));
        return !can || infer_ack_and_fin(arrival);
    }
    if (!has_event(x, EVENT_SENT_FIN)) {
        confirm_close_wait(arrival);
        return true;
    }
    const struct path_event *own = path_find(&x->path, EVENT_SENT_FIN);
    if (own->certainty <= CERTAINTY_PRESUMED && event_precedes(x, EVENT_RECEIVED_FIN, EVENT_SENT_FIN)) {
        return true; /* which of the two FINs came first is open */
    }
    bool closing = event_precedes(x, EVENT_SENT_FIN, EVENT_RECEIVED_FIN) &&
                   !event_precedes(x, EVENT_RECEIVED_ACK_OF_FIN, EVENT_RECEIVED_FIN);
    bool repeats_fin = arrival->fin && arrival->fin_octet == x->fin;
    if (!closing || repeats_fin || fins_crossed(arrival)) {
        path_confirm(&x->path, EVENT_RECEIVED_FIN, arrival->segment->frame);
    }
    return true;
}

static bool echoes_covering_segment(const struct arrival *arrival) {
    const struct endpoint *x = arrival->x;
    uint32_t echo = arrival->segment->options.timestamp_echo;
    return x->covering_tsval_known && (arrival->segment->options.present & OPTION_TIMESTAMPS) != 0 &&
           arrival->has_ack && (int32_t)(echo - x->covering_tsval) >= 0 && (int32_t)(echo - x->uncovering_tsval) > 0;
}

/* "My FIN was acknowledged". */
static bool confirm_ack_of_fin(struct arrival *arrival) {
    struct endpoint *x = arrival->x;
    if (!is_pending(x, EVENT_RECEIVED_ACK_OF_FIN)) {
        return true;
    }
    /* It may have come without acknowledging x's. */
    if (covers_fin(arrival) && may_answer_unseen_fin(arrival)) {
        x->peer_fin_uncovering = true;
    }
    bool octets = arrival->has_ack && x->covering_octets_known && arrival->ack > x->covering_octets;
    if (!octets && !echoes_covering_segment(arrival)) {
        return true;
    }
    if (may_have_unseen_fin(x, arrival->y)) {
        return true; /* it may have come before that ACK */
    }
    bool order_known =
        event_precedes(x, EVENT_RECEIVED_FIN, EVENT_RECEIVED_ACK_OF_FIN) && is_confirmed(x, EVENT_RECEIVED_FIN);
    /* A FIN that does not cover x's own was sent before the first segment that does, whatever passed first here. */
    if (x->peer_fin_uncovering && !order_known) {
        if (covers_fin(arrival)) {
            return true;
        }
        struct path_change change;
        if (!path_change_begin(&change, &x->path)) {
            return false;
        }
        path_move_last(&x->path, EVENT_RECEIVED_FIN);
        if (!path_change_end(&change, &x->path, arrival->segment->frame)) {
            return false;
        }
    }
    path_confirm(&x->path, EVENT_RECEIVED_ACK_OF_FIN, arrival->segment->frame);
    return true;
}

/* x echoes the TSval of the first segment that acknowledged its FIN, which stood behind y's FIN. TS.Recent is not taken
 * from beyond Last.ACK.sent (RFC 7323 4.3): x had acknowledged that FIN when the segment came, and so had received it,
 * by the one copy that had passed. */
static bool echo_tells_order(const struct arrival *arrival) {
    const struct endpoint *x = arrival->x;
    const struct segment *segment = arrival->segment;
    const struct path_event *own = path_find(&x->path, EVENT_SENT_FIN);
    return x->covered_behind_fin && covers_fin(arrival) && (segment->options.present & OPTION_TIMESTAMPS) != 0 &&
           segment->options.timestamp_echo == x->covering_tsval && own != NULL &&
           own->certainty >= CERTAINTY_CONFIRMED && event_precedes(x, EVENT_SENT_FIN, EVENT_RECEIVED_FIN) &&
           has_event(x, EVENT_RECEIVED_ACK_OF_FIN);
}

static void move_to(struct path_event *event, const struct passed *passed, bool guessed) {
    event->frame = passed->frame;
    event->time = passed->time;
    event->guessed = guessed;
}

/* The FIN came before the ACK of x's own, unless a copy of that ACK overtook it and another came behind it. With delays
 * that differ by 20 % to either side that takes less than a quarter of a round trip between the two; the margin of the
 * guard, at least half of one, settles it. */
static bool order_close_by_echo(struct arrival *arrival) {
    struct endpoint *x = arrival->x;
    if (!echo_tells_order(arrival) || is_confirmed(x, EVENT_RECEIVED_FIN) ||
        is_confirmed(x, EVENT_RECEIVED_ACK_OF_FIN)) {
        return true;
    }
    bool settled = x->fin_ack_passed_first.time - x->fin_passed_first.time > guard_of(x) - x->round_trip;
    struct path_change change = {0};
    if (settled && !path_change_begin(&change, &x->path)) {
        return false;
    }
    move_to(path_find(&x->path, EVENT_RECEIVED_FIN), &x->fin_passed_first, !settled);
    move_to(path_find(&x->path, EVENT_RECEIVED_ACK_OF_FIN), &x->fin_ack_passed_first, !settled);
    if (event_precedes(x, EVENT_RECEIVED_ACK_OF_FIN, EVENT_RECEIVED_FIN)) {
        path_move_last(&x->path, EVENT_RECEIVED_ACK_OF_FIN);
    }
    path_update(&x->path);
    if (!settled) {
        return true;
    }
    path_confirm(&x->path, EVENT_RECEIVED_FIN, arrival->segment->frame);
    path_confirm(&x->path, EVENT_RECEIVED_ACK_OF_FIN, arrival->segment->frame);
    return path_change_end(&change, &x->path, arrival->segment->frame);
}

/* The closer sent its FIN after it had acknowledged octets of the other side that did not pass here. What stands behind
 * those, or is acknowledged later, tells that none of them was the other side's FIN. */
static void settle_unseen_cover(struct endpoint *closer, int64_t seen_up_to, uint64_t frame) {
    int64_t covered = endpoint_incidents(closer)->unseen_cover;
    if (covered != 0 && seen_up_to > covered) {
        closer->incidents->unseen_cover = 0;
        path_confirm(&closer->path, EVENT_SENT_FIN, frame);
    }
}

bool confirm_close(struct arrival *arrival) {
    confirm_midstream(arrival);
    /* Nothing of this incarnation stands behind the closer's FIN, or acknowledges more than that; and what acknowledges
     * less than has been may be of another. */
    bool reads = !arrival->discarded && arrival->ack <= arrival->y->fin + 1 && arrival->ack >= arrival->y->acknowledged;
    settle_unseen_cover(arrival->y, reads ? arrival->end : 0, arrival->segment->frame);
    bool goes_on = arrival->seq <= arrival->x->fin + 1 && arrival->seq >= arrival->x->acknowledged;
    settle_unseen_cover(arrival->x, goes_on ? arrival->ack : 0, arrival->segment->frame);
    if (!order_close_by_echo(arrival)) {
        return false;
    }
    return confirm_fin(arrival) && confirm_ack_of_fin(arrival);
}

/* y has acknowledged the FIN of x before it passed. Unless that is the capture's disorder, this is its repetition, and
 * what y received is not in the capture. */
static void confirm_early_fin(struct arrival *arrival) {
    const struct endpoint *x = arrival->x;
    struct endpoint *y = arrival->y;
    bool disorder = arrival->segment->time - x->early_ack_time <= arrival->model->settings.reorder_window;
    if (y->unseen_fin != 0 && y->fin_frame == 0) {
        return; /* its own may have been out by then */
    }
    struct path_event *received = path_find(&y->path, EVENT_RECEIVED_FIN);
    if (received != NULL && event_precedes(y, EVENT_RECEIVED_FIN, EVENT_SENT_FIN) && is_pending(y, EVENT_SENT_FIN)) {
        return; /* whether it came first is open */
    }
    if (disorder || received == NULL || received->certainty >= CERTAINTY_CONFIRMED) {
        path_confirm(&y->path, EVENT_RECEIVED_FIN, x->early_ack_frame);
        return;
    }
    received->frame = x->early_ack_frame;
    received->time = x->early_ack_time;
    received->flags = TCP_ACK;
    received->inferred = 1;
    const struct path_event *acked = path_find(&y->path, EVENT_RECEIVED_ACK_OF_FIN);
    bool order_open = has_event(y, EVENT_SENT_FIN) && acked != NULL;
    received->certainty = order_open ? CERTAINTY_PRESUMED : CERTAINTY_CERTAIN;
    received->guessed = order_open;
    y->peer_fin_uncovering = true; /* what came may have */
    if (order_open && acked->frame > x->early_ack_frame && acked < received) {
        path_move_last(&y->path, EVENT_RECEIVED_ACK_OF_FIN);
    }
    path_update(&y->path);
}

void confirm_in_arrears(struct arrival *arrival) {
    struct endpoint *x = arrival->x;
    struct endpoint *y = arrival->y;
    if (x->fin_frame == arrival->segment->frame && y->ack_sent > x->fin && x->early_ack_frame != 0) {
        confirm_early_fin(arrival);
        if (y->covering_octets_known && y->ack_sent > y->covering_octets && !y->peer_fin_uncovering) {
            path_confirm(&y->path, EVENT_RECEIVED_ACK_OF_FIN, x->early_ack_frame);
        }
    }
}
