/* SPDX-License-Identifier: BSD-3-Clause */
#include "model/internal.h"

/* Table A-1: what a segment other than SYN and RST proves of its sender. Sending is certain; what was presumed and does
 * not fit is rolled back (inference.md A.4 rules 4 and 5, A.16 rules 3 to 6). */

enum { MILLISECOND = 1000000, RETRANSMISSION_TIMEOUT_LEAST = 150 * MILLISECOND };

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
    bool ok = true;
    if (latest != NULL && latest->frame > again.frame && latest->time > since) {
        again.frame = latest->frame;
        again.time = latest->time;
        again.certainty = CERTAINTY_PRESUMED;
        again.settled_by = 0;
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
    return arrival->sent - guard_of(arrival->x);
}

/* The event is presumed, and the segment that would have caused it passed before that moment. */
static bool passed_before(const struct endpoint *endpoint, enum event_kind kind, int64_t since) {
    const struct path_event *event = path_find(&endpoint->path, kind);
    return event != NULL && event->certainty <= CERTAINTY_PRESUMED && event->time < since;
}

/* --- first FIN --- */

/* x had not received the FIN of y when it sent its own. */
static bool fin_without_peer_fin(struct arrival *arrival) {
    struct endpoint *x = arrival->x;
    const struct path_event *received = path_find(&x->path, EVENT_RECEIVED_FIN);
    if (received == NULL || received->certainty >= CERTAINTY_CONFIRMED) {
        return append(arrival, EVENT_SENT_FIN, received == NULL ? CERTAINTY_CERTAIN : CERTAINTY_PRESUMED);
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
        ok = ok && path_append(&x->path, &again);
    } else {
        arrival->observation->refuted[arrival->side].events |= EVENT_BIT(EVENT_RECEIVED_FIN);
        arrival->observation->refuted[arrival->side].frame = again.frame;
        arrival->observation->refuted[arrival->side].time = again.time;
        arrival->observation->facts |= FACT_REFUTED;
    }
    return path_change_end(&change, &x->path, arrival->segment->frame) && ok;
}

/* A.16 rule 3 (b): by x's own clock this FIN followed its last fresh segment too soon to be the repetition of one that
 * was lost. */
static bool fin_is_too_soon_to_be_repeated(const struct arrival *arrival) {
    const struct endpoint *x = arrival->x;
    const struct endpoint *y = arrival->y;
    if ((arrival->segment->options.present & OPTION_TIMESTAMPS) == 0 || x->fresh_time == 0 ||
        !clock_is_trusted(x, arrival->segment->time)) {
        return false;
    }
    int64_t gap = (int64_t)(int32_t)(arrival->segment->options.timestamp_value - x->fresh_tsval) * MILLISECOND;
    bool both_measured = x->round_trip != 0 && y->round_trip != 0;
    if (both_measured && gap < 2 * (x->round_trip + y->round_trip)) {
        return true; /* a tail loss probe takes longer */
    }
    return arrival->model->settings.profile == PROFILE_LINUX && x->fresh_all_acknowledged &&
           gap < RETRANSMISSION_TIMEOUT_LEAST;
}

/* A.16 rule 3 (c): a segment of x stood behind a FIN that never passed here, and this is its repetition; it had closed
 * at once. */
static bool closed_before_unseen_fin_was_lost(const struct arrival *arrival) {
    const struct endpoint *x = arrival->x;
    return x->unseen_fin == arrival->fin_octet + 1 && x->unseen_fin_covered && x->fin_passed_first.frame != 0 &&
           x->unseen_fin_time - x->fin_passed_first.time < guard_of(x);
}

static bool fin_after_peer_fin(struct arrival *arrival) {
    struct endpoint *x = arrival->x;
    const struct path_event *received = path_find(&x->path, EVENT_RECEIVED_FIN);
    if (received == NULL) {
        struct path_event event = event_of(arrival, EVENT_RECEIVED_FIN, CERTAINTY_PRESUMED);
        event.inferred = true;
        if (!path_append(&x->path, &event)) {
            return false;
        }
    }
    bool unseen = x->unseen_fin != 0 && x->unseen_fin == arrival->fin_octet + 1;
    if (!unseen && received != NULL && received->certainty >= CERTAINTY_CONFIRMED) {
        return append(arrival, EVENT_SENT_FIN, CERTAINTY_CERTAIN);
    }
    if (!unseen && received != NULL && fin_is_too_soon_to_be_repeated(arrival)) {
        path_confirm(&x->path, EVENT_RECEIVED_FIN, arrival->segment->frame);
        return append(arrival, EVENT_SENT_FIN, CERTAINTY_CERTAIN);
    }
    if (!closed_before_unseen_fin_was_lost(arrival)) {
        return append(arrival, EVENT_SENT_FIN, CERTAINTY_PRESUMED);
    }
    struct path_change change;
    if (!path_change_begin(&change, &x->path)) {
        return false;
    }
    bool ok = append(arrival, EVENT_SENT_FIN, CERTAINTY_PRESUMED);
    path_move_last(&x->path, EVENT_RECEIVED_FIN);
    return path_change_end(&change, &x->path, arrival->segment->frame) && ok;
}

static bool first_fin(struct arrival *arrival) {
    struct endpoint *x = arrival->x;
    struct connection *connection = arrival->connection;
    x->fin = arrival->fin_octet;
    x->fin_frame = x->fin_last_frame = arrival->segment->frame;
    x->fin_time = x->fin_last_time = arrival->segment->time;
    arrival->observation->facts |= FACT_FIN;
    if (connection->before_close_time == 0) {
        connection->before_close_time = connection->last_time;
    }
    bool covering = covers_fin(arrival);
    if (!covering && arrival->y->fin_frame != 0) {
        arrival->observation->more |= MORE_SIMULTANEOUS_CLOSE;
    }
    return (covering ? fin_after_peer_fin(arrival) : fin_without_peer_fin(arrival)) &&
           receive_early_ack_of_fin(arrival);
}

/* --- repeated FIN --- */

/* A.16 rule 4a: as long as y has not acknowledged the FIN, the repetition stands for it: what an earlier copy was
 * presumed to do at y is taken back, and the repetition is applied in its place by receiving_apply. */
static bool take_back_earlier_copy(struct arrival *arrival) {
    struct endpoint *y = arrival->y;
    const struct path_event *received = path_find(&y->path, EVENT_RECEIVED_FIN);
    if (received == NULL || received->certainty >= CERTAINTY_CONFIRMED || y->ack_sent > arrival->x->fin ||
        arrival->discarded || !event_precedes(y, EVENT_RECEIVED_FIN, EVENT_RECEIVED_ACK_OF_FIN)) {
        return true;
    }
    struct path_change change;
    if (!path_change_begin(&change, &y->path)) {
        return false;
    }
    struct path_event again = *received;
    again.frame = arrival->segment->frame;
    again.time = arrival->segment->time;
    path_remove(&y->path, EVENT_RECEIVED_FIN);
    bool ok = path_append(&y->path, &again);
    return path_change_end(&change, &y->path, arrival->segment->frame) && ok;
}

/* x repeats its FIN with the FIN of y acknowledged: the FIN of y came before the ACK of x's own, if that ever came. */
static bool order_fin_before_ack(struct arrival *arrival) {
    struct endpoint *x = arrival->x;
    if (!covers_fin(arrival) || !event_precedes(x, EVENT_RECEIVED_ACK_OF_FIN, EVENT_RECEIVED_FIN) ||
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

static bool repeated_fin(struct arrival *arrival) {
    struct endpoint *x = arrival->x;
    int64_t since = guarded_since(arrival);
    struct path_change change;
    bool ok = path_change_begin(&change, &x->path);
    arrival->observation->facts |= FACT_FIN_REPEATED;
    x->fin_last_frame = arrival->segment->frame;
    x->fin_last_time = arrival->segment->time;
    if (passed_before(x, EVENT_RECEIVED_ACK_OF_FIN, since)) {
        ok = ok && refute(arrival, x, EVENT_RECEIVED_ACK_OF_FIN, &x->fin_ack_passed, since);
    } else {
        ok = ok && order_fin_before_ack(arrival);
    }
    if (!covers_fin(arrival) && passed_before(x, EVENT_RECEIVED_FIN, since)) {
        ok = ok && refute(arrival, x, EVENT_RECEIVED_FIN, &x->fin_passed, since);
    }
    ok = ok && path_change_end(&change, &x->path, arrival->segment->frame);
    return ok && take_back_earlier_copy(arrival);
}

/* --- anything else --- */

/* A closed socket sends no ACK: the ACK of x's FIN that would have closed it had not arrived. An old segment that comes
 * late says nothing. */
static bool still_in_last_ack(struct arrival *arrival) {
    struct endpoint *x = arrival->x;
    if (endpoint_state(x) != STATE_CLOSED || !is_pending(x, EVENT_RECEIVED_ACK_OF_FIN) || arrival->seq != x->next) {
        return true;
    }
    int64_t since = guarded_since(arrival);
    return x->fin_ack_passed_first.time >= since ||
           refute(arrival, x, EVENT_RECEIVED_ACK_OF_FIN, &x->fin_ack_passed, since);
}

/* A.16 rule 4b: x acknowledges the FIN of y so soon after the first ACK of its own passed here that this ACK cannot
 * have arrived. */
static bool ack_cannot_have_arrived(struct arrival *arrival) {
    struct endpoint *x = arrival->x;
    const struct path_event *acked = path_find(&x->path, EVENT_RECEIVED_ACK_OF_FIN);
    const struct path_event *received = path_find(&x->path, EVENT_RECEIVED_FIN);
    if (!covers_fin(arrival) || acked == NULL || received == NULL || acked > received ||
        acked->frame == received->frame || acked->certainty >= CERTAINTY_CONFIRMED || x->round_trip == 0 ||
        arrival->segment->time - x->fin_ack_passed_first.time >= x->round_trip) {
        return true;
    }
    struct path_change change;
    if (!path_change_begin(&change, &x->path)) {
        return false;
    }
    path_move_last(&x->path, EVENT_RECEIVED_ACK_OF_FIN);
    return path_change_end(&change, &x->path, arrival->segment->frame);
}

/* A segment one past SND.NXT: a FIN may have been lost before it could pass here (A.16 rule 3 (c)). */
static void note_unseen_fin(struct arrival *arrival) {
    struct endpoint *x = arrival->x;
    if (x->fin_frame == 0 && x->unseen_fin == 0 && arrival->segment->length == 0 &&
        arrival->seq == arrival->next_before + 1 && state_is_synchronised(endpoint_state(x))) {
        x->unseen_fin = arrival->seq;
        x->unseen_fin_time = arrival->segment->time;
        x->unseen_fin_covered = covers_fin(arrival);
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
    x->fresh_all_acknowledged = x->acknowledged >= x->next && x->acknowledged_time != 0 &&
                                x->acknowledged_time + guard_of(x) < arrival->segment->time;
}

void sending_note(struct arrival *arrival) {
    note_unseen_fin(arrival);
    note_fresh(arrival);
}

bool sending_apply(struct arrival *arrival) {
    struct endpoint *x = arrival->x;
    if (!confirm_open(arrival)) {
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
        ok = still_in_last_ack(arrival) && ack_cannot_have_arrived(arrival);
    }
    ok = ok && confirm_close(arrival);
    note_fresh(arrival);
    return ok;
}
