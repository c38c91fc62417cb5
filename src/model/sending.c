/* SPDX-License-Identifier: BSD-3-Clause */
#include "model/internal.h"

/* Table A-1: what a segment other than SYN and RST proves of its sender. Sending is certain; what was presumed and does
 * not fit is rolled back (inference.md A.4 rules 4 and 5, A.16 rules 3 to 6). */

enum { MILLISECOND = 1000000 };

/* A side that was not open has taken nothing that came later. */
static void forget_what_followed(struct endpoint *endpoint, uint64_t frame) {
    static const uint8_t received[] = {EVENT_RECEIVED_SYN_ACK, EVENT_RECEIVED_ACK_OF_SYN, EVENT_RECEIVED_FIN,
                                       EVENT_RECEIVED_RST};
    for (unsigned i = 0; i < sizeof received; i++) {
        const struct path_event *event = path_find(&endpoint->path, (enum event_kind)received[i]);
        if (event != NULL && event->certainty <= CERTAINTY_PRESUMED && event->frame >= frame) {
            path_remove(&endpoint->path, (enum event_kind)received[i]);
        }
    }
}

bool refute(struct arrival *arrival, struct endpoint *endpoint, enum event_kind kind, const struct passed *latest,
            int64_t since) {
    const struct path_event *event = path_find(&endpoint->path, kind);
    struct path_change change;
    if (event == NULL || !path_change_begin(&change, &endpoint->path)) {
        return event == NULL;
    }
    enum side side = endpoint == &arrival->connection->side[SIDE_CLIENT] ? SIDE_CLIENT : SIDE_SERVER;
    struct refuted *refuted = &arrival->observation->refuted[side];
    struct path_event again = *event;
    refuted->events |= EVENT_BIT(kind);
    refuted->frame = again.frame;
    refuted->time = again.time;
    arrival->observation->facts |= FACT_REFUTED;
    path_remove(&endpoint->path, kind);
    if (kind == EVENT_RECEIVED_SYN || kind == EVENT_RECEIVED_SYN_ACK || kind == EVENT_RECEIVED_ACK_OF_SYN) {
        forget_what_followed(endpoint, again.frame);
    }
    bool ok = true;
    if (latest != NULL && latest->frame > again.frame && latest->time > since) {
        again.frame = latest->frame;
        again.time = latest->time;
        again.certainty = CERTAINTY_PRESUMED;
        ok = path_append(&endpoint->path, &again);
    }
    return path_change_end(&change, &endpoint->path, arrival->segment->frame) && ok;
}

static bool append(struct arrival *arrival, enum event_kind kind, enum certainty certainty) {
    struct path_event event = event_of(arrival, kind, certainty);
    return path_append(&arrival->x->path, &event);
}

/* The latest moment at which a segment may have passed here and still not have reached x when it sent this one. */
static int64_t guarded_since(const struct arrival *arrival) {
    return arrival->sent - guard_of_late(arrival->x);
}

/* The event is presumed, and the segment that would have caused it passed before that moment. */
static bool passed_before(const struct endpoint *endpoint, enum event_kind kind, int64_t since) {
    const struct path_event *event = path_find(&endpoint->path, kind);
    return event != NULL && event->certainty <= CERTAINTY_PRESUMED && event->time < since;
}

/* --- first FIN --- */

/* What y sends from there on tells that it was not. */
static bool note_unseen_cover(struct arrival *arrival) {
    struct incidents *incidents = incidents_for(arrival, arrival->x);
    if (incidents != NULL) {
        incidents->unseen_cover = arrival->ack;
    }
    return incidents != NULL;
}

/* Each copy of y's FIN that has passed acknowledged the FIN of x, which passes only now: by the copy that comes, x
 * learns first that its own was received. */
static bool peer_fin_covers(const struct endpoint *x) {
    return x->fin_passed_first.frame != 0 && x->peer_fin_ack > x->fin;
}

/* That FIN had come to y, then, before it sent any copy of its own that is in the capture. An earlier one may not be: a
 * better guess. */
static bool place_before_peer_fin(struct arrival *arrival) {
    struct endpoint *y = arrival->y;
    const struct path_event *sent = path_find(&y->path, EVENT_SENT_FIN);
    if (sent == NULL || sent->certainty > CERTAINTY_PRESUMED || has_event(y, EVENT_RECEIVED_FIN)) {
        return true;
    }
    struct path_event received = *sent;
    received.kind = EVENT_RECEIVED_FIN;
    received.inferred = 1;
    received.guessed = 1;
    bool ok = path_append(&y->path, &received);
    path_move_last(&y->path, EVENT_SENT_FIN);
    path_move_last(&y->path, EVENT_RECEIVED_ACK_OF_FIN);
    return ok;
}

/* The FIN of y is under way, or was when x sent its own. */
static bool receive_again(struct arrival *arrival, const struct path_event *fin) {
    struct endpoint *x = arrival->x;
    if (peer_fin_covers(x)) {
        struct path_event acked = *fin;
        acked.kind = EVENT_RECEIVED_ACK_OF_FIN;
        bool ok = receive_early_ack_of_fin(arrival);
        if (!ok || (!has_event(x, EVENT_RECEIVED_ACK_OF_FIN) && !path_append(&x->path, &acked))) {
            return false;
        }
    }
    return path_append(&x->path, fin);
}

/* x had not received the FIN of y when it sent its own. */
static bool fin_without_peer_fin(struct arrival *arrival) {
    struct endpoint *x = arrival->x;
    const struct path_event *received = path_find(&x->path, EVENT_RECEIVED_FIN);
    if (received != NULL && received->certainty >= CERTAINTY_CONFIRMED) {
        return append(arrival, EVENT_SENT_FIN, CERTAINTY_PRESUMED);
    }
    if (received == NULL) {
        bool unseen = may_have_unseen_fin(x, arrival->y);
        return (!unseen || note_unseen_cover(arrival)) &&
               append(arrival, EVENT_SENT_FIN, unseen ? CERTAINTY_PRESUMED : CERTAINTY_CERTAIN);
    }
    struct path_change change;
    if (!path_change_begin(&change, &x->path)) {
        return false;
    }
    struct path_event again = *received;
    path_remove(&x->path, EVENT_RECEIVED_FIN);
    bool ok = append(arrival, EVENT_SENT_FIN, CERTAINTY_CERTAIN);
    if (x->fin_passed.time > guarded_since(arrival)) {
        again.frame = x->fin_passed.frame;
        again.time = x->fin_passed.time;
        ok = ok && receive_again(arrival, &again);
    } else {
        arrival->observation->refuted[arrival->side].events |= EVENT_BIT(EVENT_RECEIVED_FIN);
        arrival->observation->refuted[arrival->side].frame = again.frame;
        arrival->observation->refuted[arrival->side].time = again.time;
        arrival->observation->facts |= FACT_REFUTED;
    }
    return path_change_end(&change, &x->path, arrival->segment->frame) && ok;
}

/* Nothing of x was in flight when it sent its latest fresh segment, as far as it knew. */
static bool nothing_was_in_flight(const struct arrival *arrival) {
    const struct endpoint *x = arrival->x;
    const struct recent_segment *last = recent_newest(x);
    return x->fresh_all_acknowledged ||
           (last->time == x->fresh_time && knows_by_octets(arrival, endpoint_offset(arrival->y, last->raw_ack)));
}

/* A.16 rule 3 (b): by x's own clock this FIN followed its last fresh segment too soon to be the repetition of one that
 * was lost, and x had nothing in flight then for which a FIN, once CLOSE was called, would have waited. */
bool fin_is_too_soon_to_be_repeated(const struct arrival *arrival) {
    const struct endpoint *x = arrival->x;
    const struct endpoint *y = arrival->y;
    bool stamped = (arrival->segment->options.present & OPTION_TIMESTAMPS) != 0 && x->fresh_known;
    bool idle = nothing_was_in_flight(arrival);
    bool could_wait = !idle && !never_had_to_wait(arrival);
    if (!stamped || could_wait || y->window_zero || arrival->segment->length > 0 ||
        !clock_is_trusted(x, arrival->segment->time)) {
        return false;
    }
    int64_t gap = (int64_t)(int32_t)(arrival->segment->options.timestamp_value - x->fresh_tsval) * MILLISECOND;
    bool both_measured = x->round_trip != 0 && y->round_trip != 0;
    if (both_measured && gap < 2 * (x->round_trip + y->round_trip)) {
        return true; /* a tail loss probe takes longer */
    }
    return idle && gap < arrival->model->stack->retransmission_least;
}

/* A.16 rule 3 (c): a segment of x stood behind this FIN before any copy of it passed here. */
static bool fin_was_out(const struct arrival *arrival) {
    return arrival->x->unseen_fin != 0 && arrival->x->unseen_fin > arrival->fin_octet;
}

/* That segment did not acknowledge the FIN of y, or was the immediate answer to it: x had closed by itself. */
static bool had_closed_before_peer_fin(const struct arrival *arrival) {
    const struct endpoint *x = arrival->x;
    if (!x->unseen_fin_covered) {
        return true;
    }
    /* Where no round trip was measured, it is hardly the answer to a copy that was sent again meanwhile. */
    bool answered = x->round_trip != 0 || x->fin_passed.frame == x->fin_passed_first.frame;
    return x->fin_passed_first.frame != 0 && x->unseen_fin_first_cover && answered &&
           x->unseen_fin_time - x->fin_passed_first.time < guard_of(x);
}

static bool peer_fin_first(struct arrival *arrival, enum certainty certainty) {
    return append(arrival, EVENT_SENT_FIN, certainty);
}

/* The likelier order, not a proven one: nothing is refuted by it. */
static bool own_fin_first(struct arrival *arrival) {
    struct endpoint *x = arrival->x;
    struct path_event *received = path_find(&x->path, EVENT_RECEIVED_FIN);
    received->guessed = 1;
    bool ok = append(arrival, EVENT_SENT_FIN, CERTAINTY_PRESUMED);
    path_move_last(&x->path, EVENT_RECEIVED_FIN);
    return ok;
}

static bool fin_after_peer_fin(struct arrival *arrival) {
    struct endpoint *x = arrival->x;
    bool received = has_event(x, EVENT_RECEIVED_FIN);
    if (!received) {
        struct path_event event = event_of(arrival, EVENT_RECEIVED_FIN, CERTAINTY_PRESUMED);
        event.inferred = true;
        if (!path_append(&x->path, &event)) {
            return false;
        }
    }
    if (peer_fin_covers(x) && is_pending(x, EVENT_RECEIVED_FIN)) {
        bool ok = own_fin_first(arrival) && receive_early_ack_of_fin(arrival);
        path_move_last(&x->path, EVENT_RECEIVED_FIN); /* which brought that ACK at the latest */
        return ok;
    }
    if (fin_was_out(arrival)) {
        return had_closed_before_peer_fin(arrival) ? own_fin_first(arrival)
                                                   : peer_fin_first(arrival, CERTAINTY_PRESUMED);
    }
    settle_idle_cover(arrival);
    if (received && !is_pending(x, EVENT_RECEIVED_FIN)) {
        return peer_fin_first(arrival, CERTAINTY_CERTAIN);
    }
    if (received && fin_is_too_soon_to_be_repeated(arrival)) {
        path_confirm(&x->path, EVENT_RECEIVED_FIN, arrival->segment->frame);
        return peer_fin_first(arrival, is_pending(x, EVENT_RECEIVED_FIN) ? CERTAINTY_PRESUMED : CERTAINTY_CERTAIN);
    }
    return peer_fin_first(arrival, CERTAINTY_PRESUMED);
}

/* The FIN follows the ACK of x's SYN/ACK sooner than that can have come, so x closed in SYN_RECEIVED (RFC 9293 3.10.4).
 * The least round trip seen may have been a slow one, so this is the better guess, and refutes nothing. */
static bool closed_before_open(const struct arrival *arrival) {
    const struct endpoint *x = arrival->x;
    const struct path_event *opened = path_find(&x->path, EVENT_RECEIVED_ACK_OF_SYN);
    bool may_close = !x->path.request_socket && arrival->ack <= 1 + (int64_t)arrival->y->syn_data;
    return may_close && opened != NULL && opened->certainty == CERTAINTY_PRESUMED &&
           arrival->sent - opened->time < soonest_answer(x);
}

static bool close_before_open(struct arrival *arrival) {
    struct path *path = &arrival->x->path;
    path_remove(path, EVENT_RECEIVED_ACK_OF_SYN);
    bool ok = append(arrival, EVENT_SENT_FIN, CERTAINTY_PRESUMED);
    path_move_last(path, EVENT_RECEIVED_FIN);
    return ok;
}

static bool first_fin(struct arrival *arrival) {
    struct endpoint *x = arrival->x;
    struct connection *connection = arrival->connection;
    x->fin = arrival->fin_octet;
    x->fin_frame = x->fin_last_frame = arrival->segment->frame;
    x->fin_time = x->fin_last_time = arrival->segment->time;
    x->fin_alone = arrival->segment->length == 0 && x->acknowledged >= x->fin;
    arrival->observation->facts |= FACT_FIN;
    connection_begin_close(connection, connection->last_time);
    bool covering = covers_fin(arrival);
    bool crossing = !covering && !peer_fin_covers(x);
    if (crossing && arrival->y->fin_frame != 0 && arrival->sent - arrival->y->fin_time <= LONGEST_CROSSING) {
        arrival->observation->more |= MORE_SIMULTANEOUS_CLOSE;
    }
    if (peer_fin_covers(x)) {
        x->peer_fin_uncovering = false;
        x->covering_octets = x->covering_octets_known ? x->covering_octets : arrival->y->fin;
        x->covering_octets_known = true;
        if (!place_before_peer_fin(arrival)) {
            return false;
        }
    }
    if (!covering && closed_before_open(arrival)) {
        return close_before_open(arrival) && receive_early_ack_of_fin(arrival);
    }
    return (covering ? fin_after_peer_fin(arrival) : fin_without_peer_fin(arrival)) &&
           receive_early_ack_of_fin(arrival);
}

/* --- repeated FIN --- */

/* The first copy of the ACK of x's FIN that may still be under way, or the latest of all. */
static const struct passed *ack_under_way(const struct endpoint *x, int64_t since) {
    return x->fin_ack_recent.time > since ? &x->fin_ack_recent : &x->fin_ack_passed;
}

/* A.16 rule 4a: as long as y has not acknowledged the FIN, the repetition stands for it: what an earlier copy was
 * presumed to do at y is taken back, and the repetition is applied in its place by receiving_apply. */
static bool take_back_earlier_copy(struct arrival *arrival) {
    struct endpoint *y = arrival->y;
    const struct path_event *received = path_find(&y->path, EVENT_RECEIVED_FIN);
    if (received == NULL || received->certainty >= CERTAINTY_CONFIRMED || y->ack_sent > arrival->x->fin ||
        arrival->discarded || !event_precedes(y, EVENT_RECEIVED_FIN, EVENT_RECEIVED_ACK_OF_FIN)) {
        return true;
    }
    /* y's answer to the earlier copy may also have been lost before it could pass here: a better guess, and no
     * refutation. */
    struct path_event again = *received;
    again.frame = arrival->segment->frame;
    again.time = arrival->segment->time;
    again.guessed = 1;
    path_remove(&y->path, EVENT_RECEIVED_FIN);
    return path_append(&y->path, &again);
}

/* x repeats its FIN with the FIN of y acknowledged: the FIN of y came before the ACK of x's own, if that ever came. */
static bool order_fin_before_ack(struct arrival *arrival) {
    struct endpoint *x = arrival->x;
    if (!covers_fin(arrival) || !x->peer_fin_uncovering ||
        !event_precedes(x, EVENT_RECEIVED_ACK_OF_FIN, EVENT_RECEIVED_FIN) ||
        !is_pending(x, EVENT_RECEIVED_ACK_OF_FIN)) {
        return true;
    }
    struct path_change change;
    if (!path_change_begin(&change, &x->path)) {
        return false;
    }
    path_move_last(&x->path, EVENT_RECEIVED_ACK_OF_FIN);
    return path_change_end(&change, &x->path, arrival->segment->frame);
}

/* Each copy of y's FIN, or the one that counts now, carried the ACK of x's own: the ACK is read first. */
static bool ack_came_no_later(const struct endpoint *x) {
    const struct path_event *acked = path_find(&x->path, EVENT_RECEIVED_ACK_OF_FIN);
    const struct path_event *received = path_find(&x->path, EVENT_RECEIVED_FIN);
    const struct path_event *sent = path_find(&x->path, EVENT_SENT_FIN);
    if (acked == NULL || received == NULL || sent == NULL || received < sent || received > acked) {
        return false;
    }
    return !x->peer_fin_uncovering || received->frame == acked->frame;
}

/* A RST of x has overtaken this copy of its FIN, or x's ACK of y's. The copy then left before the FIN that x answered
 * came, and so before an ACK that came with that or behind it. */
static bool was_overtaken(const struct arrival *arrival) {
    const struct endpoint *x = arrival->x;
    const struct endpoint *y = arrival->y;
    return has_event(x, EVENT_SENT_RST) || (y->fin_frame != 0 && x->ack_sent > y->fin && !covers_fin(arrival));
}

/* What x was presumed to have received, and had not when it repeated its FIN. */
static bool refute_by_repeated_fin(struct arrival *arrival) {
    struct endpoint *x = arrival->x;
    int64_t since = guarded_since(arrival);
    bool ok = passed_before(x, EVENT_RECEIVED_ACK_OF_FIN, since)
                  ? refute(arrival, x, EVENT_RECEIVED_ACK_OF_FIN, ack_under_way(x, since), since)
                  : order_fin_before_ack(arrival);
    if (ack_came_no_later(x)) {
        path_move_last(&x->path, EVENT_RECEIVED_FIN);
    }
    if (!covers_fin(arrival) && passed_before(x, EVENT_RECEIVED_FIN, since)) {
        ok = ok && refute(arrival, x, EVENT_RECEIVED_FIN, &x->fin_passed, since);
    }
    return ok;
}

static bool repeated_fin(struct arrival *arrival) {
    struct endpoint *x = arrival->x;
    if (x->fin_alone && is_too_soon_for_timer(arrival, x->fin_last_time)) {
        arrival->sent = is_too_soon_for_timer(arrival, x->fin_time) ? x->fin_time : x->fin_last_time;
    }
    arrival->observation->facts |= FACT_FIN_REPEATED;
    x->fin_last_frame = arrival->segment->frame;
    x->fin_last_time = arrival->segment->time;
    if (was_overtaken(arrival)) {
        return has_event(x, EVENT_SENT_RST) || take_back_earlier_copy(arrival);
    }
    struct path_change change;
    bool ok = path_change_begin(&change, &x->path) && refute_by_repeated_fin(arrival);
    ok = path_change_end(&change, &x->path, arrival->segment->frame) && ok;
    return ok && take_back_earlier_copy(arrival);
}

/* --- anything else --- */

/* A closed socket sends no ACK: the ACK of x's FIN that would have closed it had not arrived. An old segment that comes
 * late says nothing; nor does one that a RST of x has overtaken. */
static bool still_in_last_ack(struct arrival *arrival) {
    struct endpoint *x = arrival->x;
    if (endpoint_state(x) != STATE_CLOSED || !is_pending(x, EVENT_RECEIVED_ACK_OF_FIN) || arrival->seq != x->next ||
        has_event(x, EVENT_SENT_RST)) {
        return true;
    }
    int64_t since = guarded_since(arrival);
    return (x->fin_ack_passed_first.frame != 0 && x->fin_ack_passed_first.time >= since) ||
           refute(arrival, x, EVENT_RECEIVED_ACK_OF_FIN, ack_under_way(x, since), since);
}

/* A.16 rule 4b: x acknowledges the FIN of y so soon after the first ACK of its own passed here that this ACK has hardly
 * arrived. The least round trip seen may have been a slow one, so this is the better guess, and refutes nothing. */
static void judge_early_cover(struct arrival *arrival) {
    struct endpoint *x = arrival->x;
    struct path_event *acked = path_find(&x->path, EVENT_RECEIVED_ACK_OF_FIN);
    const struct path_event *received = path_find(&x->path, EVENT_RECEIVED_FIN);
    bool covers = covers_fin(arrival) && x->peer_fin_uncovering && acked != NULL && received != NULL;
    if (!covers || acked > received || acked->frame == received->frame || acked->certainty >= CERTAINTY_CONFIRMED ||
        x->fin_ack_passed_first.frame == 0 || arrival->segment->time - x->fin_ack_passed_first.time >= x->round_trip) {
        return;
    }
    acked->guessed = 1;
    path_move_last(&x->path, EVENT_RECEIVED_ACK_OF_FIN);
}

/* A segment beyond SND.NXT: a FIN may be among what was lost before it could pass here (A.16 rule 3 (c)). */
static void note_unseen_fin(struct arrival *arrival) {
    struct endpoint *x = arrival->x;
    enum tcp_state state = endpoint_state(x);
    bool may_close = state_is_synchronised(state) || (state == STATE_SYN_RECEIVED && !x->path.request_socket);
    if (x->fin_frame == 0 && arrival->seq > arrival->next_before && arrival->seq > x->unseen_fin && may_close) {
        x->unseen_fin = arrival->seq;
        x->unseen_fin_time = arrival->segment->time;
        x->unseen_fin_covered = covers_fin(arrival);
        x->unseen_fin_first_cover = arrival->y->fin_ack_passed_first.frame == 0;
    }
}

/* The latest pure ACK at SND.NXT or first transmission: against it the clock of a FIN is held. */
static void note_fresh(struct arrival *arrival) {
    struct endpoint *x = arrival->x;
    if ((arrival->segment->options.present & OPTION_TIMESTAMPS) == 0 || arrival->seq != arrival->next_before ||
        (arrival->observation->facts & (FACT_KEEP_ALIVE | FACT_WINDOW_PROBE)) != 0) {
        return;
    }
    x->fresh_tsval = arrival->segment->options.timestamp_value;
    x->fresh_time = arrival->segment->time;
    x->fresh_known = true;
    x->fresh_all_acknowledged = knows_all_acknowledged(x, arrival->segment->time);
}

void sending_note(struct arrival *arrival) {
    note_unseen_fin(arrival);
    note_fresh(arrival);
}

bool sending_apply(struct arrival *arrival) {
    struct endpoint *x = arrival->x;
    if (!confirm_open(arrival) || !restore_held_fin(arrival)) {
        return false;
    }
    bool ok;
    if (arrival->fin && x->fin_frame == 0) {
        ok = first_fin(arrival);
    } else if (arrival->fin && arrival->fin_octet == x->fin) {
        ok = repeated_fin(arrival);
    } else {
        arrival->observation->facts |= arrival->fin ? FACT_FIN_MOVED : 0;
        note_unseen_fin(arrival);
        ok = still_in_last_ack(arrival);
        judge_early_cover(arrival);
    }
    ok = ok && confirm_close(arrival);
    note_fresh(arrival);
    return ok;
}
