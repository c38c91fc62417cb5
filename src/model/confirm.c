/* SPDX-License-Identifier: BSD-3-Clause */
#include "model/internal.h"

/* What a segment proves of things that its sender was presumed to have received (inference.md A.4 rule 3, A.16 rule 2).
 */

bool covers_fin(const struct arrival *arrival) {
    return arrival->has_ack && arrival->y->fin_frame != 0 && arrival->ack > arrival->y->fin;
}

bool event_precedes(const struct endpoint *endpoint, enum event_kind one, enum event_kind other) {
    const struct path_event *first = path_find(&endpoint->path, one);
    const struct path_event *second = path_find(&endpoint->path, other);
    return first != NULL && second != NULL && first < second;
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
    if (arrival->fin || (arrival->segment->length > 0 && !fast_open)) {
        return true;
    }
    return arrival->has_ack && arrival->ack > 1 + (fast_open ? (int64_t)y->syn_data : 0);
}

static bool infer(struct arrival *arrival, enum event_kind kind, enum certainty certainty) {
    struct path_event event = event_of(arrival, kind, certainty);
    event.inferred = true;
    event.settled_by = 0;
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
    if (!answered_syn && has_event(x, EVENT_RECEIVED_SYN)) {
        struct path_change change;
        if (!path_change_begin(&change, &x->path)) {
            return false;
        }
        path_remove(&x->path, EVENT_RECEIVED_SYN);
        if (!path_change_end(&change, &x->path, arrival->segment->frame)) {
            return false;
        }
    }
    path_confirm(&x->path, EVENT_RECEIVED_SYN_ACK, arrival->segment->frame);
    return true;
}

bool confirm_open(struct arrival *arrival) {
    struct endpoint *x = arrival->x;
    enum tcp_state state = endpoint_state(x);
    if (state == STATE_SYN_SENT && arrival->has_ack && arrival->ack >= 1) {
        path_confirm(&x->path, EVENT_SENT_SYN, arrival->segment->frame);
        return infer(arrival, EVENT_RECEIVED_SYN_ACK, CERTAINTY_CERTAIN);
    }
    if (is_pending(x, EVENT_RECEIVED_SYN_ACK)) {
        return confirm_active_open(arrival);
    }
    bool proof = only_established_sends(arrival);
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

/* x acknowledges the FIN of y. In CLOSING that shows only that the FIN came, not that it came before the ACK of x's
 * own. */
static bool confirm_fin(struct arrival *arrival) {
    struct endpoint *x = arrival->x;
    if (!covers_fin(arrival) || arrival->seq > arrival->next_before || x->fin_frame == arrival->segment->frame ||
        (x->unseen_fin != 0 && x->fin_frame == 0)) {
        return true; /* a first FIN: sending.c has judged it */
    }
    const struct path_event *own = path_find(&x->path, EVENT_SENT_FIN);
    if (own != NULL && own->certainty <= CERTAINTY_PRESUMED && event_precedes(x, EVENT_RECEIVED_FIN, EVENT_SENT_FIN)) {
        return true; /* which of the two FINs came first is open */
    }
    if (!has_event(x, EVENT_RECEIVED_FIN)) {
        bool can = state_is_synchronised(endpoint_state(x));
        return !can || infer(arrival, EVENT_RECEIVED_FIN, CERTAINTY_CERTAIN);
    }
    bool closing = event_precedes(x, EVENT_SENT_FIN, EVENT_RECEIVED_FIN) &&
                   !event_precedes(x, EVENT_RECEIVED_ACK_OF_FIN, EVENT_RECEIVED_FIN);
    bool repeats_fin = arrival->fin && arrival->fin_octet == x->fin;
    if (!closing || repeats_fin || x->fin_ack_passed_first.frame == 0) {
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
    bool octets = arrival->has_ack && x->covering_octets_known && arrival->ack > x->covering_octets;
    if (!octets && !echoes_covering_segment(arrival)) {
        return true;
    }
    bool order_known =
        event_precedes(x, EVENT_RECEIVED_FIN, EVENT_RECEIVED_ACK_OF_FIN) && is_confirmed(x, EVENT_RECEIVED_FIN);
    if (x->peer_fin_before_cover && !order_known) {
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

bool confirm_close(struct arrival *arrival) {
    confirm_midstream(arrival);
    return confirm_fin(arrival) && confirm_ack_of_fin(arrival);
}

void confirm_in_arrears(struct arrival *arrival) {
    struct endpoint *x = arrival->x;
    struct endpoint *y = arrival->y;
    if (x->fin_frame == arrival->segment->frame && y->ack_sent > x->fin && x->early_ack_frame != 0) {
        path_confirm(&y->path, EVENT_RECEIVED_FIN, x->early_ack_frame);
        if (y->covering_octets_known && y->ack_sent > y->covering_octets && !y->peer_fin_before_cover) {
            path_confirm(&y->path, EVENT_RECEIVED_ACK_OF_FIN, x->early_ack_frame);
        }
    }
}
