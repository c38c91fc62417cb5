/* SPDX-License-Identifier: BSD-3-Clause */
#include "model/state.h"

#include <stddef.h>

static const char *const state_names[TCP_STATES] = {
    [STATE_UNKNOWN] = "UNKNOWN",
    [STATE_CLOSED] = "CLOSED",
    [STATE_LISTEN] = "LISTEN",
    [STATE_SYN_SENT] = "SYN_SENT",
    [STATE_SYN_RECEIVED] = "SYN_RECEIVED",
    [STATE_ESTABLISHED] = "ESTABLISHED",
    [STATE_FIN_WAIT_1] = "FIN_WAIT_1",
    [STATE_FIN_WAIT_2] = "FIN_WAIT_2",
    [STATE_CLOSE_WAIT] = "CLOSE_WAIT",
    [STATE_CLOSING] = "CLOSING",
    [STATE_LAST_ACK] = "LAST_ACK",
    [STATE_TIME_WAIT] = "TIME_WAIT",
};

const char *state_name(enum tcp_state state) {
    return state < TCP_STATES ? state_names[state] : "UNKNOWN";
}

const char *certainty_name(enum certainty certainty) {
    static const char *const names[] = {"assumed", "presumed", "confirmed", "certain", "refuted"};
    return names[certainty];
}

/* The states that a side can leave to, as a bit set; CLOSED is reachable from every state by a reset, an abort or
 * reuse. */
#define BIT(state) (1u << (state))
static const uint16_t legal_edges[TCP_STATES] = {
    [STATE_UNKNOWN] = 0xffff,
    [STATE_CLOSED] = BIT(STATE_LISTEN) | BIT(STATE_SYN_SENT),
    [STATE_LISTEN] = BIT(STATE_SYN_RECEIVED) | BIT(STATE_SYN_SENT),
    [STATE_SYN_SENT] = BIT(STATE_SYN_RECEIVED) | BIT(STATE_ESTABLISHED),
    [STATE_SYN_RECEIVED] = BIT(STATE_ESTABLISHED) | BIT(STATE_FIN_WAIT_1) | BIT(STATE_LISTEN),
    [STATE_ESTABLISHED] = BIT(STATE_FIN_WAIT_1) | BIT(STATE_CLOSE_WAIT),
    [STATE_FIN_WAIT_1] = BIT(STATE_FIN_WAIT_2) | BIT(STATE_CLOSING),
    [STATE_FIN_WAIT_2] = BIT(STATE_TIME_WAIT),
    [STATE_CLOSE_WAIT] = BIT(STATE_LAST_ACK),
    [STATE_CLOSING] = BIT(STATE_TIME_WAIT),
    [STATE_LAST_ACK] = 0,
    [STATE_TIME_WAIT] = 0,
};

bool state_edge_is_legal(enum tcp_state from, enum tcp_state to) {
    if (from >= TCP_STATES || to >= TCP_STATES || from == to) {
        return false;
    }
    return to == STATE_CLOSED || (legal_edges[from] & BIT(to)) != 0;
}

static struct state_edges stay(void) {
    return (struct state_edges){.count = 0};
}

static struct state_edges to(enum tcp_state state) {
    return (struct state_edges){.count = 1, .to = {(uint8_t)state}};
}

static struct state_edges through(enum tcp_state first, enum tcp_state second) {
    return (struct state_edges){.count = 2, .to = {(uint8_t)first, (uint8_t)second}};
}

static struct state_edges in_unknown(enum event_kind event) {
    switch (event) {
    case EVENT_MIDSTREAM:
        return to(STATE_ESTABLISHED);
    case EVENT_SENT_SYN:
        return to(STATE_SYN_SENT);
    case EVENT_SENT_SYN_ACK:
        return to(STATE_SYN_RECEIVED);
    default:
        return stay();
    }
}

/* RFC 9293 3.10.1 and 3.10.7.1 */
static struct state_edges in_closed(enum event_kind event) {
    return event == EVENT_SENT_SYN ? to(STATE_SYN_SENT) : stay();
}

/* RFC 9293 3.10.7.2 */
static struct state_edges in_listen(enum event_kind event) {
    switch (event) {
    case EVENT_RECEIVED_SYN:
    case EVENT_SENT_SYN_ACK:
        return to(STATE_SYN_RECEIVED);
    case EVENT_SENT_SYN:
        return to(STATE_SYN_SENT);
    default:
        return stay();
    }
}

/* RFC 9293 3.10.7.3. An act that needs ESTABLISHED is preceded by the event that led there, see path_insert. */
static struct state_edges in_syn_sent(enum event_kind event) {
    switch (event) {
    case EVENT_RECEIVED_SYN:
    case EVENT_SENT_SYN_ACK:
        return to(STATE_SYN_RECEIVED);
    case EVENT_RECEIVED_SYN_ACK:
        return to(STATE_ESTABLISHED);
    default:
        return stay();
    }
}

/* RFC 9293 3.10.7.4, 3.10.4 */
static struct state_edges in_syn_received(enum event_kind event, bool request_socket) {
    switch (event) {
    case EVENT_RECEIVED_SYN_ACK: /* simultaneous open, figure 7 */
    case EVENT_RECEIVED_ACK_OF_SYN:
        return to(STATE_ESTABLISHED);
    case EVENT_SENT_FIN:
        return request_socket ? through(STATE_ESTABLISHED, STATE_FIN_WAIT_1) : to(STATE_FIN_WAIT_1);
    case EVENT_RECEIVED_FIN:
        return through(STATE_ESTABLISHED, STATE_CLOSE_WAIT);
    default:
        return stay();
    }
}

/* RFC 9293 3.10.4, 3.10.7.4 */
static struct state_edges in_established(enum event_kind event) {
    switch (event) {
    case EVENT_SENT_FIN:
        return to(STATE_FIN_WAIT_1);
    case EVENT_RECEIVED_FIN:
        return to(STATE_CLOSE_WAIT);
    default:
        return stay();
    }
}

static struct state_edges in_fin_wait_1(enum event_kind event) {
    switch (event) {
    case EVENT_RECEIVED_ACK_OF_FIN:
        return to(STATE_FIN_WAIT_2);
    case EVENT_RECEIVED_FIN:
        return to(STATE_CLOSING);
    default:
        return stay();
    }
}

static struct state_edges in_fin_wait_2(enum event_kind event) {
    return event == EVENT_RECEIVED_FIN ? to(STATE_TIME_WAIT) : stay();
}

static struct state_edges in_close_wait(enum event_kind event) {
    return event == EVENT_SENT_FIN ? to(STATE_LAST_ACK) : stay();
}

static struct state_edges in_closing(enum event_kind event) {
    return event == EVENT_RECEIVED_ACK_OF_FIN ? to(STATE_TIME_WAIT) : stay();
}

static struct state_edges in_last_ack(enum event_kind event) {
    return event == EVENT_RECEIVED_ACK_OF_FIN ? to(STATE_CLOSED) : stay();
}

static struct state_edges in_time_wait(enum event_kind event) {
    return event == EVENT_TIME_WAIT_TIMEOUT ? to(STATE_CLOSED) : stay();
}

struct state_edges state_after(enum tcp_state state, enum event_kind event, bool request_socket) {
    const uint32_t ends = EVENT_BIT(EVENT_SENT_RST) | EVENT_BIT(EVENT_RECEIVED_RST) | EVENT_BIT(EVENT_RECEIVED_ICMP) |
                          EVENT_BIT(EVENT_REPLACED);
    if ((EVENT_BIT(event) & ends) != 0) {
        return state == STATE_CLOSED ? stay() : to(STATE_CLOSED);
    }
    switch (state) {
    case STATE_UNKNOWN:
        return in_unknown(event);
    case STATE_CLOSED:
        return in_closed(event);
    case STATE_LISTEN:
        return in_listen(event);
    case STATE_SYN_SENT:
        return in_syn_sent(event);
    case STATE_SYN_RECEIVED:
        return in_syn_received(event, request_socket);
    case STATE_ESTABLISHED:
        return in_established(event);
    case STATE_FIN_WAIT_1:
        return in_fin_wait_1(event);
    case STATE_FIN_WAIT_2:
        return in_fin_wait_2(event);
    case STATE_CLOSE_WAIT:
        return in_close_wait(event);
    case STATE_CLOSING:
        return in_closing(event);
    case STATE_LAST_ACK:
        return in_last_ack(event);
    case STATE_TIME_WAIT:
        return in_time_wait(event);
    default:
        return stay();
    }
}
