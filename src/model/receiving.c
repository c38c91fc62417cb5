/* SPDX-License-Identifier: BSD-3-Clause */
#include "model/internal.h"

/* Table A-2: what a segment other than SYN and RST is presumed to do to the side toward which it passed, in the order
 * in which RFC 9293 3.10.7.4 looks at it: ACK of the SYN, ACK of the FIN, FIN. */

static bool append(struct arrival *arrival, enum event_kind kind) {
    struct path_event event = event_of(arrival, kind, CERTAINTY_PRESUMED);
    return path_append(&arrival->y->path, &event);
}

static bool receive_ack_of_syn(struct arrival *arrival) {
    struct endpoint *y = arrival->y;
    struct connection *connection = arrival->connection;
    bool asked = y->syn_ack_frame != 0 || y->isn_known == ISN_INFERRED || y->syn_frame != 0 || y->fast_open_taken;
    if (!arrival->has_ack || arrival->ack < 1 || !asked) {
        return true;
    }
    if (connection->handshake_ack_frame == 0 && y->syn_ack_frame != 0) {
        connection->handshake_ack_frame = arrival->segment->frame;
        connection->handshake_ack_time = arrival->segment->time;
        arrival->observation->facts |= FACT_HANDSHAKE_ACK;
        /* Where the SYNs crossed, a copy of y's SYN draws the same ACK. */
        if (y->syn_ack_count == 1 && !connection->simultaneous_open) {
            round_trip_sample(arrival->x, arrival->segment->time - y->syn_ack_time);
        }
    }
    y->opening = (struct passed){arrival->segment->frame, arrival->segment->time};
    /* Behind a RST that it may have overtaken it counts where that RST turns out not to have come. */
    bool behind_reset =
        endpoint_state(y) == STATE_CLOSED && is_pending(y, EVENT_RECEIVED_RST) && !has_event(y, EVENT_RECEIVED_SYN_ACK);
    if ((endpoint_state(y) != STATE_SYN_RECEIVED && !behind_reset) || has_event(y, EVENT_RECEIVED_ACK_OF_SYN)) {
        return true;
    }
    return append(arrival, EVENT_RECEIVED_ACK_OF_SYN);
}

/* Octets of x that passed first in a segment that acknowledged y's FIN: y acknowledging them has seen that segment. */
static void note_covering_octets(struct arrival *arrival) {
    struct endpoint *y = arrival->y;
    if (y->covering_octets_known) {
        return;
    }
    if (arrival->observation->fresh_octets > 0) {
        bool reaches_beyond = arrival->data + arrival->segment->length > arrival->next_before;
        y->covering_octets =
            reaches_beyond && arrival->data < arrival->next_before ? arrival->next_before : arrival->data;
        y->covering_octets_known = true;
    } else if (arrival->fin && arrival->x->fin_frame == arrival->segment->frame) {
        y->covering_octets = arrival->fin_octet;
        y->covering_octets_known = true;
    }
}

static void note_first_cover(struct arrival *arrival) {
    struct endpoint *x = arrival->x;
    struct endpoint *y = arrival->y;
    y->fin_ack_passed_first = y->fin_ack_passed;
    y->covering_tsval_known = (arrival->segment->options.present & OPTION_TIMESTAMPS) != 0 && x->tsval_known;
    y->covering_tsval = arrival->segment->options.timestamp_value;
    y->uncovering_tsval = x->tsval_max;
    bool newer = (int32_t)(y->covering_tsval - x->tsval_max) > 0;
    y->covered_behind_fin = y->covering_tsval_known && newer && x->fin_frame != 0 && arrival->seq > x->fin &&
                            y->fin_passed.frame != 0 && y->fin_passed.frame == y->fin_passed_first.frame;
    arrival->observation->facts |= FACT_FIN_ACKED;
}

/* Another segment with the same TSval would leave the same echo; and one that acknowledges y's FIN or carries x's, so
 * soon that it may have overtaken the first that covered, may have come before it. */
static void judge_first_cover(struct arrival *arrival) {
    struct endpoint *y = arrival->y;
    const struct segment *segment = arrival->segment;
    if (!y->covered_behind_fin) {
        return;
    }
    bool alike =
        (segment->options.present & OPTION_TIMESTAMPS) != 0 && segment->options.timestamp_value == y->covering_tsval;
    bool closes = arrival->fin || (arrival->has_ack && arrival->ack > y->fin);
    bool soon = segment->time - y->fin_ack_passed_first.time <= guard_of(y);
    y->covered_behind_fin = !alike && !(closes && soon);
}

static bool receive_ack_of_fin(struct arrival *arrival) {
    struct endpoint *y = arrival->y;
    if (y->fin_frame == 0 || !arrival->has_ack) {
        return true;
    }
    if (arrival->ack != y->fin + 1) {
        uint32_t tsval = arrival->segment->options.timestamp_value;
        if (y->covering_tsval_known && arrival->ack <= y->fin && (int32_t)(tsval - y->uncovering_tsval) > 0) {
            y->uncovering_tsval = tsval;
        }
        return true;
    }
    y->fin_ack_passed = (struct passed){arrival->segment->frame, arrival->segment->time};
    if (y->fin_ack_recent.frame == 0 || arrival->segment->time - y->fin_ack_recent.time > guard_of(y)) {
        y->fin_ack_recent = y->fin_ack_passed;
    }
    if (y->fin_ack_passed_first.frame == 0) {
        note_first_cover(arrival);
    }
    note_covering_octets(arrival);
    if (has_event(y, EVENT_RECEIVED_ACK_OF_FIN) || !has_event(y, EVENT_SENT_FIN)) {
        return true;
    }
    return append(arrival, EVENT_RECEIVED_ACK_OF_FIN);
}

bool receive_early_ack_of_fin(struct arrival *arrival) {
    struct endpoint *x = arrival->x;
    if (arrival->y->ack_sent <= x->fin || has_event(x, EVENT_RECEIVED_ACK_OF_FIN)) {
        return true;
    }
    bool known = x->early_ack_frame != 0;
    if (known && x->early_ack_time < arrival->sent - guard_of(x)) {
        return true; /* it repeats a FIN that the capture lacks: that ACK did not arrive */
    }
    struct path_event event = event_of(arrival, EVENT_RECEIVED_ACK_OF_FIN, CERTAINTY_PRESUMED);
    event.frame = known ? x->early_ack_frame : event.frame;
    event.time = known ? x->early_ack_time : event.time;
    event.flags = known ? TCP_ACK : event.flags;
    event.inferred = !known;
    x->fin_ack_passed = x->fin_ack_passed_first = (struct passed){event.frame, event.time};
    return path_append(&x->path, &event);
}

/* A FIN that stands behind octets which have not passed is held by its receiver (RFC 9293 3.10.7.4). */
static bool fin_is_in_order(const struct arrival *arrival) {
    const struct endpoint *x = arrival->x;
    return ranges_first(&x->holes, x->fin + 1) > x->fin;
}

static bool receive_fin(struct arrival *arrival) {
    struct endpoint *x = arrival->x;
    struct endpoint *y = arrival->y;
    if (x->fin_frame == 0) {
        return true;
    }
    bool carries = arrival->fin && arrival->fin_octet == x->fin;
    if (carries && y->fin_passed_first.frame == 0) {
        y->fin_passed_first = (struct passed){arrival->segment->frame, arrival->segment->time};
        y->peer_fin_ack = arrival->ack;
    }
    y->peer_fin_ack = carries && arrival->ack < y->peer_fin_ack ? arrival->ack : y->peer_fin_ack;
    if (carries && (y->fin_frame == 0 || !arrival->has_ack || arrival->ack <= y->fin)) {
        y->peer_fin_uncovering = true;
    }
    if (carries) {
        y->fin_passed = (struct passed){arrival->segment->frame, arrival->segment->time};
    }
    if (!fin_is_in_order(arrival)) {
        arrival->observation->facts |= x->fin_frame == arrival->segment->frame ? FACT_FIN_BEYOND_HOLE : 0;
        return true;
    }
    bool held = endpoint_incidents(y)->held_fin.frame != 0 && !y->incidents->fin_released;
    bool completes = held ? releases_fin(arrival) : carries || (arrival->observation->facts & FACT_HOLE_FILLED) != 0;
    if (!completes || has_event(y, EVENT_RECEIVED_FIN)) {
        return true;
    }
    if (held) {
        y->incidents->fin_released = true;
    }
    const struct state_edges *edges = state_after(endpoint_state(y), EVENT_RECEIVED_FIN, y->path.request_socket);
    return edges->count == 0 || append(arrival, EVENT_RECEIVED_FIN);
}

bool receiving_apply(struct arrival *arrival) {
    judge_first_cover(arrival);
    if (arrival->discarded) {
        return true;
    }
    return receive_ack_of_syn(arrival) && receive_ack_of_fin(arrival) && receive_fin(arrival);
}
