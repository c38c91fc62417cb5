/* SPDX-License-Identifier: BSD-3-Clause */
#include "model/internal.h"

/* What a segment shows its sender not to have received. Its ACK is RCV.NXT when it was sent (RFC 9293 3.10.7.4): octets
 * and FINs that passed longer than the guard before and stand behind that have not come, nor has what was sent with
 * them, and a RST behind them was not exact (RFC 5961 3.2).
 *
 * A way may be slower for once than the guard allows for. So this is only noted when it is seen, and refutes at the
 * end, or where a RST changes the path for good, what nothing has confirmed until then. */

static const struct recent_segment *find_recent(const struct endpoint *y, uint64_t frame) {
    for (int i = 0; i < RECENT_SEGMENTS; i++) {
        if (y->recent[i].frame == frame) {
            return &y->recent[i];
        }
    }
    return NULL;
}

/* The segment that is presumed to have caused this at x, as far as it is remembered. */
static const struct recent_segment *presumed_cause(const struct arrival *arrival, enum event_kind kind) {
    const struct path_event *event = is_pending(arrival->x, kind) ? path_find(&arrival->x->path, kind) : NULL;
    return event == NULL ? NULL : find_recent(arrival->y, event->frame);
}

/* A FIN counts behind everything only; it has come in vain if it is held. */
static uint64_t excluded_fin(const struct arrival *arrival) {
    bool missing =
        is_pending(arrival->x, EVENT_RECEIVED_FIN) && arrival->y->fin_frame != 0 && arrival->ack <= arrival->y->fin;
    return missing ? path_find(&arrival->x->path, EVENT_RECEIVED_FIN)->frame : 0;
}

static uint64_t excluded_reset(const struct arrival *arrival) {
    const struct recent_segment *reset = presumed_cause(arrival, EVENT_RECEIVED_RST);
    return reset != NULL && endpoint_offset(arrival->y, reset->raw_seq) > arrival->ack ? reset->frame : 0;
}

/* The only segment since x's SYN/ACK that could acknowledge it, if it began with the octet that x lacks: had it come,
 * x's ACK would be higher. */
static uint64_t excluded_ack_of_syn(const struct arrival *arrival) {
    const struct recent_segment *cause = presumed_cause(arrival, EVENT_RECEIVED_ACK_OF_SYN);
    bool occupies = cause != NULL && (cause->length > 0 || (cause->flags & TCP_FIN) != 0);
    return occupies && arrival->x->opening.frame == cause->frame &&
                   endpoint_offset(arrival->y, cause->raw_seq) == arrival->ack
               ? cause->frame
               : 0;
}

bool note_excluded(struct arrival *arrival) {
    struct endpoint *x = arrival->x;
    const struct endpoint *y = arrival->y;
    const uint16_t open = EVENT_BIT(EVENT_RECEIVED_FIN) | EVENT_BIT(EVENT_RECEIVED_RST);
    /* The numbers of a connection that was picked up in the middle are not sure enough, nor is the age of what stands
     * below SND.NXT. */
    if ((x->path.pending & open) == 0 || arrival->discarded || arrival->connection->midstream ||
        arrival->seq < arrival->next_before || arrival->ack >= y->next ||
        arrival->sent - guard_of(x) <= y->octets_time) {
        return true;
    }
    struct incidents *incidents = incidents_for(arrival, x);
    if (incidents == NULL) {
        return false;
    }
    incidents->excluded = (struct excluded){arrival->segment->frame, arrival->ack, excluded_fin(arrival),
                                            excluded_reset(arrival), excluded_ack_of_syn(arrival)};
    return true;
}

/* Takes the event out if it is still that frame's and presumed; a later copy of what was lost takes its place. */
static bool take_back(struct endpoint *x, enum event_kind kind, uint64_t frame, const struct passed *later) {
    struct path_event *event = frame != 0 && is_pending(x, kind) ? path_find(&x->path, kind) : NULL;
    if (event == NULL || event->frame != frame || event->certainty != CERTAINTY_PRESUMED) {
        return true;
    }
    struct path_event again = *event;
    path_remove(&x->path, kind);
    if (later == NULL || later->frame <= frame) {
        return true;
    }
    again.frame = later->frame;
    again.time = later->time;
    return path_append(&x->path, &again);
}

bool settle_excluded(struct endpoint *x) {
    if (x->incidents == NULL || x->incidents->excluded.by == 0) {
        return true;
    }
    struct excluded excluded = x->incidents->excluded;
    x->incidents->excluded = (struct excluded){0};
    struct path_change change;
    if (x->ack_sent > excluded.from) { /* it received more, and perhaps those very segments, only late */
        return true;
    }
    if (!path_change_begin(&change, &x->path)) {
        return false;
    }
    bool ok = take_back(x, EVENT_RECEIVED_RST, excluded.reset, NULL) &&
              take_back(x, EVENT_RECEIVED_FIN, excluded.fin, &x->fin_passed) &&
              take_back(x, EVENT_RECEIVED_ACK_OF_SYN, excluded.ack_of_syn, NULL);
    return path_change_end(&change, &x->path, excluded.by) && ok;
}

/* --- a FIN behind octets that its receiver lacks ------------------------------------------------------------------ */

/* x asks for octets of y that passed longer than the guard ago, or has what stands behind them. Behind them stands the
 * FIN of y, too. */
static bool lacks_text(const struct arrival *arrival) {
    const struct endpoint *x = arrival->x;
    const struct endpoint *y = arrival->y;
    bool newest = arrival->ack == x->ack_sent && arrival->seq >= arrival->next_before && !arrival->discarded;
    bool long_ago = y->text_passed && arrival->sent - guard_of(x) > y->text_time;
    bool has_more = x->sack_edge > arrival->ack && (!y->text_passed || y->text_time <= y->fin_time);
    return newest && arrival->has_ack && arrival->ack >= 1 && arrival->ack < y->fin && (long_ago || has_more);
}

/* A better guess than that the FIN came, and no refutation: the way may have been slow for once. */
bool hold_fin(struct arrival *arrival) {
    struct endpoint *x = arrival->x;
    const struct path_event *received = path_find(&x->path, EVENT_RECEIVED_FIN);
    if (arrival->y->fin_frame == 0 || received == NULL || received->certainty != CERTAINTY_PRESUMED ||
        arrival->connection->midstream || !lacks_text(arrival)) {
        return true;
    }
    struct incidents *incidents = incidents_for(arrival, x);
    if (incidents == NULL) {
        return false;
    }
    if (incidents->held_fin.frame == 0) {
        incidents->held_fin = *received;
    }
    incidents->fin_released = false;
    path_remove(&x->path, EVENT_RECEIVED_FIN);
    return true;
}

bool releases_fin(const struct arrival *arrival) {
    int64_t lacking = arrival->y->ack_sent;
    return arrival->segment->length > 0 && arrival->seq <= lacking && arrival->fin_octet > lacking;
}

bool restore_held_fin(struct arrival *arrival) {
    struct endpoint *x = arrival->x;
    if (endpoint_incidents(x)->held_fin.frame == 0 || !covers_fin(arrival)) {
        return true;
    }
    struct path_event held = x->incidents->held_fin;
    struct path_event *received = path_find(&x->path, EVENT_RECEIVED_FIN);
    x->incidents->held_fin.frame = 0;
    if (received == NULL) {
        return path_append(&x->path, &held);
    }
    if (received->certainty == CERTAINTY_PRESUMED && arrival->sent - received->time < x->round_trip) {
        received->frame = held.frame; /* what filled the gap cannot have come yet */
        received->time = held.time;
        path_update(&x->path);
    }
    return true;
}
