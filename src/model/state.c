/* SPDX-License-Identifier: BSD-3-Clause */
#include "model/state.h"

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

#define TO(state)                                                                                                      \
    {                                                                                                                  \
        1, {                                                                                                           \
            (state), 0                                                                                                 \
        }                                                                                                              \
    }
#define THROUGH(first, second)                                                                                         \
    {                                                                                                                  \
        2, {                                                                                                           \
            (first), (second)                                                                                          \
        }                                                                                                              \
    }
/* A reset or abort, and the tuple's reuse, end every state (RFC 9293 3.10.4, 3.10.5, 3.10.7). */
#define ENDS                                                                                                           \
    [EVENT_SENT_RST] = TO(STATE_CLOSED), [EVENT_RECEIVED_RST] = TO(STATE_CLOSED),                                      \
    [EVENT_RECEIVED_ICMP] = TO(STATE_CLOSED), [EVENT_REPLACED] = TO(STATE_CLOSED)

const struct state_edges state_close_through_established = THROUGH(STATE_ESTABLISHED, STATE_FIN_WAIT_1);

const struct state_edges state_table[TCP_STATES][EVENT_KINDS] = {
    [STATE_UNKNOWN] = {ENDS, [EVENT_MIDSTREAM] = TO(STATE_ESTABLISHED), [EVENT_SENT_SYN] = TO(STATE_SYN_SENT),
                       [EVENT_SENT_SYN_ACK] = TO(STATE_SYN_RECEIVED)},
    /* 3.10.1, 3.10.7.1 */
    [STATE_CLOSED] = {[EVENT_SENT_SYN] = TO(STATE_SYN_SENT)},
    /* 3.10.7.2 */
    [STATE_LISTEN] = {ENDS, [EVENT_RECEIVED_SYN] = TO(STATE_SYN_RECEIVED),
                      [EVENT_SENT_SYN_ACK] = TO(STATE_SYN_RECEIVED), [EVENT_SENT_SYN] = TO(STATE_SYN_SENT)},
    /* 3.10.7.3 */
    [STATE_SYN_SENT] =
        {ENDS, [EVENT_RECEIVED_SYN] = TO(STATE_SYN_RECEIVED), [EVENT_SENT_SYN_ACK] = TO(STATE_SYN_RECEIVED),
         [EVENT_RECEIVED_SYN_ACK] = TO(STATE_ESTABLISHED)},
    /* 3.10.4, 3.10.7.4; a SYN/ACK completes a simultaneous open, figure 7 */
    [STATE_SYN_RECEIVED] =
        {ENDS, [EVENT_RECEIVED_SYN_ACK] = TO(STATE_ESTABLISHED), [EVENT_RECEIVED_ACK_OF_SYN] = TO(STATE_ESTABLISHED),
         [EVENT_SENT_FIN] = TO(STATE_FIN_WAIT_1), [EVENT_RECEIVED_FIN] = THROUGH(STATE_ESTABLISHED, STATE_CLOSE_WAIT)},
    /* 3.10.4, 3.10.7.4, likewise the rest */
    [STATE_ESTABLISHED] = {ENDS, [EVENT_SENT_FIN] = TO(STATE_FIN_WAIT_1), [EVENT_RECEIVED_FIN] = TO(STATE_CLOSE_WAIT)},
    [STATE_FIN_WAIT_1] =
        {ENDS, [EVENT_RECEIVED_ACK_OF_FIN] = TO(STATE_FIN_WAIT_2), [EVENT_RECEIVED_FIN] = TO(STATE_CLOSING)},
    [STATE_FIN_WAIT_2] = {ENDS, [EVENT_RECEIVED_FIN] = TO(STATE_TIME_WAIT)},
    [STATE_CLOSE_WAIT] = {ENDS, [EVENT_SENT_FIN] = TO(STATE_LAST_ACK)},
    [STATE_CLOSING] = {ENDS, [EVENT_RECEIVED_ACK_OF_FIN] = TO(STATE_TIME_WAIT)},
    [STATE_LAST_ACK] = {ENDS, [EVENT_RECEIVED_ACK_OF_FIN] = TO(STATE_CLOSED)},
    [STATE_TIME_WAIT] = {ENDS, [EVENT_TIME_WAIT_TIMEOUT] = TO(STATE_CLOSED)},
};
