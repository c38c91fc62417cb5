/* SPDX-License-Identifier: BSD-3-Clause */
#include "model/reset.h"

/* What a RST is: whether it ends a connection, and why it came. */

static bool from_early_state(enum tcp_state state) {
    return state == STATE_LISTEN || state == STATE_SYN_SENT || state == STATE_SYN_RECEIVED;
}

/* The SYN/ACK that opens its sender passed so lately that it may not have come. */
static bool may_be_early(const struct reset *reset) {
    const struct endpoint *x = reset->arrival->x;
    const struct path_event *opened = path_find(&x->path, EVENT_RECEIVED_SYN_ACK);
    bool under_way = reset->sender_state == STATE_ESTABLISHED && opened != NULL &&
                     opened->certainty == CERTAINTY_PRESUMED &&
                     opened->time > reset->arrival->segment->time - guard_of(x);
    return under_way || from_early_state(reset->sender_state);
}

bool reset_rejects_one_segment(const struct reset *reset) {
    if (!reset->bare || reset->answered == NULL) {
        return false;
    }
    uint64_t stray = reset->arrival->x->stray_syn_ack;
    bool listener = stray != 0 && reset->answered->frame > stray && reset->sender_state == STATE_CLOSED;
    return listener || (reset->answered->rejected && may_be_early(reset));
}

/* Who has no connection answers a SYN with SEQ 0 (RFC 9293 3.10.7.1); another number is that of a SYN/ACK which did not
 * pass, of a side that took the octets of the SYN and aborted. */
static bool aborts_fast_open(const struct arrival *arrival) {
    const struct endpoint *y = arrival->y;
    return y->syn_data > 0 && arrival->ack == 1 + (int64_t)y->syn_data && arrival->segment->seq != 0;
}

bool reset_is_refusal(const struct reset *reset) {
    const struct arrival *arrival = reset->arrival;
    const struct endpoint *x = arrival->x;
    bool silent = x->syn_ack_frame == 0 && x->syn_frame == 0 && !x->fast_open_taken && !aborts_fast_open(arrival);
    return !reset->bare && reset->receiver_state == STATE_SYN_SENT && silent && reset->validity == VALID;
}

static bool own_fin_acknowledged(const struct endpoint *x) {
    return x->fin_frame != 0 && x->acknowledged > x->fin;
}

static bool answers_fin(const struct reset *reset) {
    return reset->answered != NULL && (reset->answered->flags & TCP_FIN) != 0;
}

static bool is_on_late_fin(const struct reset *reset) {
    const struct endpoint *x = reset->arrival->x;
    bool past = reset->sender_state == STATE_FIN_WAIT_2 || reset->sender_state == STATE_TIME_WAIT ||
                (reset->sender_state == STATE_CLOSED && (own_fin_acknowledged(x) || x->rst_frame != 0));
    return (answers_fin(reset) && past) || reset->late;
}

static bool is_reset_by_initiator(const struct reset *reset) {
    const struct arrival *arrival = reset->arrival;
    return arrival->side == SIDE_CLIENT && arrival->connection->handshake_ack_frame == 0 &&
           arrival->y->syn_ack_frame != 0 && reset->answered != NULL && (reset->answered->flags & TCP_SYN) != 0;
}

static bool is_cookie_ack_lost(const struct reset *reset) {
    const struct endpoint *x = reset->arrival->x;
    return reset->bare && reset->answered != NULL && reset->answered->length > 0 && x->syn_ack_count == 1 &&
           reset->sender_state == STATE_ESTABLISHED && is_pending(x, EVENT_RECEIVED_ACK_OF_SYN);
}

static enum reset_kind kind_of_abort(const struct reset *reset) {
    const struct endpoint *x = reset->arrival->x;
    if (reset->answered != NULL && reset->answered->keep_alive && reset->bare) {
        return RESET_KEEP_ALIVE;
    }
    if (x->keep_alives_unanswered >= KEEP_ALIVES_BEFORE_GIVING_UP) {
        return RESET_KEEP_ALIVE_TIMEOUT;
    }
    if (x->repeats_without_progress >= RETRANSMISSIONS_BEFORE_GIVING_UP && x->acknowledged < x->next &&
        reset->answered == NULL) {
        return RESET_USER_TIMEOUT;
    }
    if (reset->receiver_state == STATE_TIME_WAIT) {
        return RESET_TIME_WAIT;
    }
    if (is_cookie_ack_lost(reset)) {
        return RESET_COOKIE_ACK_LOST;
    }
    if (is_reset_by_initiator(reset)) {
        return RESET_SYN_ACK_BY_INITIATOR;
    }
    if (reset->sender_state == STATE_CLOSED) {
        return RESET_REPEATED;
    }
    return x->fin_frame != 0 ? RESET_AFTER_FIN : RESET_ABORT;
}

enum reset_kind reset_kind_of(const struct reset *reset) {
    const struct arrival *arrival = reset->arrival;
    const struct connection_reset *earlier = &arrival->connection->reset;
    bool nothing_else = earlier->kind == RESET_NO_CONNECTION && reset->sender_state == STATE_UNKNOWN;
    if ((arrival->observation->facts & FACT_FIRST) != 0 || nothing_else) {
        return RESET_NO_CONNECTION;
    }
    if (reset_rejects_one_segment(reset)) {
        return RESET_ANSWERS_BAD_ACK;
    }
    if (reset_is_refusal(reset)) {
        return RESET_REFUSED;
    }
    if (is_on_late_fin(reset)) {
        return RESET_ON_LATE_FIN;
    }
    if (reset->validity == UNACCEPTABLE) {
        return RESET_UNACCEPTABLE;
    }
    if (reset->validity == INEXACT || reset->validity == OUT_OF_WINDOW) {
        return reset->validity == INEXACT ? RESET_INEXACT : RESET_OUT_OF_WINDOW;
    }
    if (reset->answered != NULL && reset->answered->length > 0 && arrival->x->fin_frame != 0) {
        return RESET_DATA_AFTER_CLOSE;
    }
    if (answers_fin(reset) && arrival->x->fin_frame == 0 && reset->sender_state != STATE_CLOSED) {
        return RESET_ANSWERS_FIN;
    }
    return kind_of_abort(reset);
}
