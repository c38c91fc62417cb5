/* SPDX-License-Identifier: BSD-3-Clause */
#include "tcp.h"

#include <string.h>

const char *const reference_state_names[REF_STATES] = {"CLOSED",      "LISTEN",     "SYN_SENT",   "SYN_RECEIVED",
                                                       "ESTABLISHED", "FIN_WAIT_1", "FIN_WAIT_2", "CLOSE_WAIT",
                                                       "CLOSING",     "LAST_ACK",   "TIME_WAIT"};

static void enter(struct turn *turn, enum reference_state state, bool by_segment) {
    struct peer *peer = turn->peer;
    peer->state = (uint8_t)state;
    if (peer->truths < TRUTH_MAX) {
        peer->truth[peer->truths++] = (struct truth){turn->frames, (uint8_t)state, by_segment ? turn->frame : 0, 0};
    }
}

/* Deletes the TCB; the history stays. A passive TCB that goes back to LISTEN (3.10.7.4) is deleted too: the connection
 * is over. */
static void delete_tcb(struct turn *turn, bool by_segment) {
    struct peer *peer = turn->peer;
    struct peer empty = {.truths = peer->truths, .app_step = APP_STEPS};
    memcpy(empty.truth, peer->truth, sizeof empty.truth);
    *peer = empty;
    turn->ack_due = false;
    enter(turn, REF_CLOSED, by_segment);
}

/* --- sending ----------------------------------------------------------------------------------------------------- */

static struct packet *depart(struct turn *turn, unsigned flags, uint16_t seq, uint16_t length) {
    struct peer *peer = turn->peer;
    struct packet *packet = &turn->departs[turn->count];
    uint32_t at = turn->now + (uint32_t)turn->count * BURST_GAP_US;
    *packet = (struct packet){.at = at, .seq = seq, .length = length, .flags = (uint8_t)flags, .sender = turn->side};
    turn->count = (uint8_t)(turn->count + (turn->count < DEPARTURES - 1));
    if ((flags & BIT_ACK) != 0) {
        packet->ack = peer->rcv_nxt;
        peer->last_ack_sent = peer->rcv_nxt;
        peer->delayed_ack_at = NEVER;
        turn->ack_due = false;
    }
    if (turn->stack->timestamps && (flags & BIT_RST) == 0) {
        packet->tsval = at / 1000 + (turn->side == SIDE_A ? 1000 : 500000);
        packet->tsecr = (flags & BIT_ACK) != 0 ? peer->ts_recent : 0;
    }
    return packet;
}

static void start_retransmission(struct turn *turn) {
    struct peer *peer = turn->peer;
    if (peer->retransmit_at == NEVER) {
        peer->retransmit_at = turn->now + ((uint32_t)RTO_US << peer->backoff);
    }
}

static bool fin_is_sent(const struct peer *peer) {
    return peer->closing && peer->nxt > peer->end;
}

/* New octets and the FIN, which goes with the last of them when both wait. */
static void output(struct turn *turn) {
    struct peer *peer = turn->peer;
    bool may_send = peer->state == REF_ESTABLISHED || peer->state == REF_CLOSE_WAIT;
    bool may_close = may_send || (peer->state == REF_SYN_RECEIVED && peer->end == 1);
    while ((may_send && peer->nxt < peer->end) || (may_close && peer->closing && peer->nxt == peer->end)) {
        uint16_t left = (uint16_t)(peer->end - peer->nxt);
        uint16_t length = left < SEGMENT_OCTETS ? left : SEGMENT_OCTETS;
        bool fin = peer->closing && length == left;
        depart(turn, BIT_ACK | (length > 0 ? BIT_PSH : 0u) | (fin ? BIT_FIN : 0u), peer->nxt, length);
        peer->nxt = (uint16_t)(peer->nxt + length + fin);
        start_retransmission(turn);
        if (fin) {
            enter(turn, peer->state == REF_CLOSE_WAIT ? REF_LAST_ACK : REF_FIN_WAIT_1, false);
            return;
        }
    }
}

static void retransmit(struct turn *turn) {
    struct peer *peer = turn->peer;
    peer->backoff++;
    peer->retransmit_at = NEVER;
    start_retransmission(turn);
    if (peer->una == 0) {
        depart(turn, peer->state == REF_SYN_SENT ? BIT_SYN : BIT_SYN | BIT_ACK, 0, 0);
        return;
    }
    uint16_t sent_end = fin_is_sent(peer) ? peer->end : peer->nxt;
    uint16_t left = (uint16_t)(sent_end - peer->una);
    uint16_t length = left < SEGMENT_OCTETS || turn->stack->coalesces ? left : SEGMENT_OCTETS;
    bool fin = fin_is_sent(peer) && (left == 0 || (turn->stack->coalesces && length == left));
    depart(turn, BIT_ACK | (length > 0 ? BIT_PSH : 0u) | (fin ? BIT_FIN : 0u), peer->una, length);
}

/* --- the application --------------------------------------------------------------------------------------------- */

static bool is_triggered(const struct peer *peer, uint8_t trigger) {
    static const uint8_t needs[] = {0, GOT_SYN, GOT_ESTABLISHED, GOT_DATA, GOT_FIN};
    return (peer->got & needs[trigger]) == needs[trigger];
}

/* 3.10.5 */
static void abort_call(struct turn *turn) {
    struct peer *peer = turn->peer;
    bool tells = peer->state == REF_SYN_RECEIVED || peer->state == REF_ESTABLISHED || peer->state == REF_FIN_WAIT_1 ||
                 peer->state == REF_FIN_WAIT_2 || peer->state == REF_CLOSE_WAIT;
    if (tells) {
        depart(turn, BIT_RST | (turn->stack->abort_with_ack ? BIT_ACK : 0u), peer->nxt, 0);
    }
    delete_tcb(turn, false);
}

/* 3.10.1 to 3.10.5 */
static void call(struct turn *turn, const struct app_step *step) {
    struct peer *peer = turn->peer;
    switch (step->act) {
    case ACT_LISTEN:
        peer->state = REF_LISTEN; /* where the history begins */
        peer->passive = true;
        break;
    case ACT_OPEN:
        peer->nxt = 1;
        peer->end = 1;
        enter(turn, REF_SYN_SENT, false);
        depart(turn, BIT_SYN, 0, 0);
        start_retransmission(turn);
        break;
    case ACT_SEND:
        peer->end = (uint16_t)(peer->end + step->segments * SEGMENT_OCTETS);
        break;
    case ACT_CLOSE:
        if (peer->state == REF_LISTEN || peer->state == REF_SYN_SENT) {
            delete_tcb(turn, false);
        } else {
            peer->closing = true;
        }
        break;
    default:
        abort_call(turn);
    }
}

/* Takes every step of the application that is due. */
static void follow_script(struct turn *turn) {
    struct peer *peer = turn->peer;
    uint8_t steps = turn->app->free ? 1 : APP_STEPS;
    while (peer->app_step < steps && turn->app->step[peer->app_step].act != ACT_NONE) {
        const struct app_step *step = &turn->app->step[peer->app_step];
        if (!is_triggered(peer, step->trigger)) {
            break;
        }
        if (peer->app_at == NEVER) {
            peer->app_at = turn->now + step->delay;
        }
        if (peer->app_at > turn->now) {
            break;
        }
        peer->app_at = NEVER;
        peer->app_step++;
        call(turn, step);
    }
}

/* The next time at which a free application wakes; its first step counts as one. */
static void sleep_on(struct turn *turn) {
    struct peer *peer = turn->peer;
    const struct app *app = turn->app;
    if (!app->free || peer->app_step == 0 || peer->state == REF_CLOSED) {
        return;
    }
    while (peer->app_step <= app->wakes && app->wake[peer->app_step - 1] <= turn->now) {
        peer->app_step++;
    }
    peer->app_at = peer->app_step <= app->wakes ? app->wake[peer->app_step - 1] : NEVER;
}

static void do_deed(struct turn *turn) {
    struct peer *peer = turn->peer;
    const struct deed *deed = turn->deed;
    if (deed->abort) {
        turn->deed_is_void = peer->state == REF_CLOSED || peer->state == REF_LISTEN || peer->state == REF_TIME_WAIT;
        if (!turn->deed_is_void) {
            abort_call(turn);
        }
        return;
    }
    bool may_send = peer->state == REF_ESTABLISHED || peer->state == REF_CLOSE_WAIT;
    bool may_close = may_send || (peer->state == REF_SYN_RECEIVED && deed->octets == 0);
    unsigned end = (unsigned)peer->end + deed->octets;
    turn->deed_is_void =
        peer->closing || (deed->close ? !may_close : !may_send) || (deed->octets > 0 && end > turn->app->most);
    if (!turn->deed_is_void) {
        peer->end = (uint16_t)end;
        peer->closing = deed->close;
    }
}

/* What the application does, and then what that and the event left to send. */
static void finish(struct turn *turn) {
    follow_script(turn);
    if (turn->deed != NULL) {
        do_deed(turn);
    }
    sleep_on(turn);
    output(turn);
    if (turn->ack_due) {
        depart(turn, BIT_ACK, turn->peer->nxt, 0);
    }
}

void tcp_start(struct turn *turn) {
    finish(turn);
}

/* --- a segment arrives ------------------------------------------------------------------------------------------- */

/* <SEQ=SEG.ACK><CTL=RST> */
static void reject_ack(struct turn *turn, const struct packet *packet) {
    if ((packet->flags & BIT_RST) == 0) {
        depart(turn, BIT_RST, packet->ack, 0);
    }
}

/* 3.10.7.1 */
static void in_closed(struct turn *turn, const struct packet *packet) {
    if ((packet->flags & BIT_RST) != 0) {
        return;
    }
    if ((packet->flags & BIT_ACK) != 0) {
        reject_ack(turn, packet);
        return;
    }
    struct packet *reset = depart(turn, BIT_RST | BIT_ACK, 0, 0);
    reset->raw_zero = 1;
    reset->ack =
        (uint16_t)(packet->seq + packet->length + ((packet->flags & BIT_SYN) != 0) + ((packet->flags & BIT_FIN) != 0));
    turn->peer->last_ack_sent = 0;
}

static void take_timestamp(struct turn *turn, const struct packet *packet) {
    struct peer *peer = turn->peer;
    if (turn->stack->timestamps && packet->tsval != 0 && packet->seq <= peer->last_ack_sent &&
        (!peer->ts_known || packet->tsval >= peer->ts_recent)) {
        peer->ts_recent = packet->tsval;
        peer->ts_known = true;
    }
}

/* 3.10.7.2 */
static void in_listen(struct turn *turn, const struct packet *packet) {
    struct peer *peer = turn->peer;
    if ((packet->flags & BIT_RST) != 0) {
        return;
    }
    if ((packet->flags & BIT_ACK) != 0) {
        reject_ack(turn, packet);
        return;
    }
    if ((packet->flags & BIT_SYN) == 0) {
        return;
    }
    peer->rcv_nxt = 1;
    take_timestamp(turn, packet);
    peer->nxt = 1;
    peer->end = 1;
    peer->got |= GOT_SYN;
    enter(turn, REF_SYN_RECEIVED, true);
    depart(turn, BIT_SYN | BIT_ACK, 0, 0);
    start_retransmission(turn);
}

static void become_established(struct turn *turn) {
    turn->peer->got |= GOT_ESTABLISHED;
    enter(turn, REF_ESTABLISHED, true);
}

/* Moves SND.UNA; the retransmission timer starts anew or stops (RFC 6298 5.2, 5.3). */
static void acknowledged(struct turn *turn, uint16_t ack) {
    struct peer *peer = turn->peer;
    peer->una = ack;
    peer->backoff = 0;
    peer->retransmit_at = NEVER;
    if (peer->una < peer->nxt) {
        start_retransmission(turn);
    }
}

/* 3.10.7.3 */
static void in_syn_sent(struct turn *turn, const struct packet *packet) {
    struct peer *peer = turn->peer;
    bool has_ack = (packet->flags & BIT_ACK) != 0;
    if (has_ack && (packet->ack == 0 || packet->ack > peer->nxt)) {
        reject_ack(turn, packet);
        return;
    }
    if ((packet->flags & BIT_RST) != 0) {
        if (has_ack) {
            delete_tcb(turn, true);
        }
        return;
    }
    if ((packet->flags & BIT_SYN) == 0) {
        return;
    }
    peer->rcv_nxt = 1;
    peer->got |= GOT_SYN;
    take_timestamp(turn, packet);
    if (has_ack) {
        acknowledged(turn, packet->ack);
        become_established(turn);
        turn->ack_due = true;
        return;
    }
    enter(turn, REF_SYN_RECEIVED, true);
    peer->backoff = 0;
    peer->retransmit_at = NEVER;
    depart(turn, BIT_SYN | BIT_ACK, 0, 0);
    start_retransmission(turn);
}

static uint16_t octets(const struct packet *packet) {
    return (uint16_t)(packet->length + ((packet->flags & BIT_SYN) != 0) + ((packet->flags & BIT_FIN) != 0));
}

/* Table 6, with an open window */
static bool is_acceptable(const struct peer *peer, const struct packet *packet) {
    unsigned from = packet->seq;
    unsigned last = from + octets(packet) - (octets(packet) > 0);
    unsigned edge = (unsigned)peer->rcv_nxt + WINDOW;
    if (packet->raw_zero) {
        return false;
    }
    return (from >= peer->rcv_nxt && from < edge) || (octets(packet) > 0 && last >= peer->rcv_nxt && last < edge);
}

static bool paws_rejects(const struct turn *turn, const struct packet *packet) {
    return turn->stack->timestamps && packet->tsval != 0 && (packet->flags & BIT_RST) == 0 && turn->peer->ts_known &&
           packet->tsval < turn->peer->ts_recent;
}

static void enter_time_wait(struct turn *turn) {
    enter(turn, REF_TIME_WAIT, true);
    turn->peer->retransmit_at = NEVER;
    turn->peer->delayed_ack_at = NEVER;
    turn->peer->time_wait_end = turn->now + TIME_WAIT_US;
}

/* Fifth, the ACK field. False: the segment goes no further. */
static bool read_ack(struct turn *turn, const struct packet *packet) {
    struct peer *peer = turn->peer;
    if (peer->state == REF_SYN_RECEIVED) {
        if (packet->ack <= peer->una || packet->ack > peer->nxt) {
            reject_ack(turn, packet);
            return false;
        }
        become_established(turn);
    }
    if (packet->ack > peer->nxt) {
        turn->ack_due = true;
        return false;
    }
    if (packet->ack <= peer->una) {
        return true;
    }
    acknowledged(turn, packet->ack);
    if (!fin_is_sent(peer) || peer->una <= peer->end) {
        return true;
    }
    switch (peer->state) {
    case REF_FIN_WAIT_1:
        enter(turn, REF_FIN_WAIT_2, true);
        break;
    case REF_CLOSING:
        enter_time_wait(turn);
        break;
    case REF_LAST_ACK:
        delete_tcb(turn, true);
        return false;
    default:
        break;
    }
    return true;
}

static void hold(struct peer *peer, const struct packet *packet) {
    struct held held = {packet->seq, packet->length, (packet->flags & BIT_FIN) != 0};
    for (uint8_t i = 0; i < peer->held_count; i++) {
        if (memcmp(&peer->held[i], &held, sizeof held) == 0) {
            return;
        }
    }
    if (peer->held_count < HELD_MAX) {
        peer->held[peer->held_count++] = held;
    }
}

/* Eighth, the FIN bit. */
static void take_fin(struct turn *turn) {
    struct peer *peer = turn->peer;
    peer->rcv_nxt++;
    peer->got |= GOT_FIN;
    peer->held_count = 0;
    memset(peer->held, 0, sizeof peer->held);
    turn->ack_due = true;
    if (peer->state == REF_ESTABLISHED) {
        enter(turn, REF_CLOSE_WAIT, true);
    } else if (peer->state == REF_FIN_WAIT_1) {
        enter(turn, REF_CLOSING, true);
    } else if (peer->state == REF_FIN_WAIT_2) {
        enter_time_wait(turn);
    }
}

/* Seventh and eighth, with what is held behind it. */
static void take_text(struct turn *turn, uint16_t seq, uint16_t length, bool fin) {
    struct peer *peer = turn->peer;
    uint16_t end = (uint16_t)(seq + length);
    if (length > 0) {
        if (end > peer->rcv_nxt) {
            peer->rcv_nxt = end;
            peer->got |= GOT_DATA;
        }
        if (!turn->stack->delayed_ack || peer->delayed_ack_at != NEVER || peer->held_count > 0) {
            turn->ack_due = true;
        } else {
            peer->delayed_ack_at = turn->now + DELAYED_ACK_US;
        }
    }
    if (fin && end == peer->rcv_nxt) {
        take_fin(turn);
        return;
    }
    for (uint8_t i = 0; i < peer->held_count; i++) {
        struct held next = peer->held[i];
        if (next.seq <= peer->rcv_nxt) {
            peer->held[i] = peer->held[--peer->held_count];
            peer->held[peer->held_count] = (struct held){0, 0, 0};
            turn->ack_due = true;
            take_text(turn, next.seq, next.length, next.fin);
            return;
        }
    }
}

/* A segment below the window is answered and dropped; some read its ACK (appendix A.2). */
static void in_old_segment(struct turn *turn, const struct packet *packet) {
    struct peer *peer = turn->peer;
    if ((packet->flags & BIT_RST) != 0) {
        return;
    }
    turn->ack_due = true;
    if (peer->state == REF_TIME_WAIT && (packet->flags & BIT_FIN) != 0) {
        peer->time_wait_end = turn->now + TIME_WAIT_US;
    }
    bool reads = turn->stack->reads_old_ack && (packet->flags & BIT_ACK) != 0 && packet->ack <= peer->nxt &&
                 packet->ack > peer->una;
    if (reads) {
        read_ack(turn, packet);
    }
}

/* 3.10.7.4 */
static void in_other_states(struct turn *turn, const struct packet *packet) {
    struct peer *peer = turn->peer;
    if (paws_rejects(turn, packet)) {
        turn->ack_due = true;
        return;
    }
    if (!is_acceptable(peer, packet)) {
        in_old_segment(turn, packet);
        return;
    }
    take_timestamp(turn, packet);
    if ((packet->flags & BIT_RST) != 0) {
        if (packet->seq == peer->rcv_nxt) {
            delete_tcb(turn, true);
        } else {
            turn->ack_due = true;
        }
        return;
    }
    if ((packet->flags & BIT_SYN) != 0) {
        turn->ack_due = true;
        return;
    }
    if ((packet->flags & BIT_ACK) == 0 || !read_ack(turn, packet)) {
        return;
    }
    bool reads_text = peer->state == REF_ESTABLISHED || peer->state == REF_FIN_WAIT_1 || peer->state == REF_FIN_WAIT_2;
    if (!reads_text || octets(packet) == 0) {
        return;
    }
    if (packet->seq > peer->rcv_nxt) {
        hold(peer, packet);
        turn->ack_due = true;
        return;
    }
    take_text(turn, packet->seq, packet->length, (packet->flags & BIT_FIN) != 0);
}

void tcp_arrive(struct turn *turn, const struct packet *packet) {
    turn->frame = packet->frame;
    switch (turn->peer->state) {
    case REF_CLOSED:
        in_closed(turn, packet);
        break;
    case REF_LISTEN:
        in_listen(turn, packet);
        break;
    case REF_SYN_SENT:
        in_syn_sent(turn, packet);
        break;
    default:
        in_other_states(turn, packet);
    }
    turn->frame = 0;
    finish(turn);
}

/* --- timers ------------------------------------------------------------------------------------------------------ */

static uint32_t sooner(uint32_t one, uint32_t other) {
    return one == NEVER || (other != NEVER && other < one) ? other : one;
}

uint32_t tcp_next_timer(const struct peer *peer) {
    return sooner(sooner(peer->retransmit_at, peer->delayed_ack_at), sooner(peer->time_wait_end, peer->app_at));
}

/* 3.10.8, and the application's own time */
void tcp_timer(struct turn *turn) {
    struct peer *peer = turn->peer;
    if (peer->time_wait_end == turn->now) {
        delete_tcb(turn, false);
    }
    if (peer->delayed_ack_at != NEVER && peer->delayed_ack_at == turn->now) {
        peer->delayed_ack_at = NEVER;
        turn->ack_due = true;
    }
    if (peer->retransmit_at != NEVER && peer->retransmit_at == turn->now) {
        retransmit(turn);
    }
    finish(turn);
}
