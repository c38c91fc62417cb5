/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef FINWAIT_MODEL_STATE_H
#define FINWAIT_MODEL_STATE_H

#include <stdbool.h>
#include <stdint.h>

/* The states of RFC 9293 3.3.2, and UNKNOWN before the first evidence of a connection whose start was not captured. */
enum tcp_state {
    STATE_UNKNOWN,
    STATE_CLOSED,
    STATE_LISTEN,
    STATE_SYN_SENT,
    STATE_SYN_RECEIVED,
    STATE_ESTABLISHED,
    STATE_FIN_WAIT_1,
    STATE_FIN_WAIT_2,
    STATE_CLOSE_WAIT,
    STATE_CLOSING,
    STATE_LAST_ACK,
    STATE_TIME_WAIT,
    TCP_STATES
};

/* "FIN_WAIT_1"; static text. */
const char *state_name(enum tcp_state state);

/* How sure a step or state is. Everything from CONFIRMED up counts as certain. */
enum certainty {
    CERTAINTY_ASSUMED,   /* no evidence from the start of the connection */
    CERTAINTY_PRESUMED,  /* a segment that would cause it passed the capture point */
    CERTAINTY_CONFIRMED, /* was presumed, and the side later sent something that needs it */
    CERTAINTY_CERTAIN,   /* the side sent a segment that only a TCP in this state sends */
    CERTAINTY_REFUTED    /* was presumed, and the side showed that it did not happen */
};
const char *certainty_name(enum certainty certainty);

/* What happened to a side, in the order in which it happened there. A path of states is the walk through these events.
 */
enum event_kind {
    EVENT_MIDSTREAM, /* UNKNOWN > ESTABLISHED: the capture began in the middle */
    EVENT_SENT_SYN,
    EVENT_SENT_SYN_ACK,
    EVENT_SENT_FIN,
    EVENT_SENT_RST,
    EVENT_RECEIVED_SYN,
    EVENT_RECEIVED_SYN_ACK,
    EVENT_RECEIVED_ACK_OF_SYN,
    EVENT_RECEIVED_FIN,
    EVENT_RECEIVED_ACK_OF_FIN,
    EVENT_RECEIVED_RST,
    EVENT_RECEIVED_ICMP,     /* an ICMP error that ends a connection attempt */
    EVENT_TIME_WAIT_TIMEOUT, /* 2MSL is over */
    EVENT_REPLACED,          /* a newer incarnation of the 4-tuple has taken its place */
    EVENT_REFUTED_STEP,      /* a step that was shown once and turned out not to have happened */
    EVENT_KINDS
};
#define EVENT_BIT(kind) (1u << (kind))

/* The states that one event leads through: at most two steps (RFC 9293 3.10.7.4: the ACK is read before the FIN). */
struct state_edges {
    uint8_t count; /* 0: the event changes nothing in this state */
    uint8_t to[2];
};

/* What an event does in a state. request_socket: a passive open that cannot be closed before it is ESTABLISHED, as on
 * Linux; elsewhere a FIN may leave from SYN_RECEIVED (RFC 9293 3.10.4). */
extern const struct state_edges state_table[TCP_STATES][EVENT_KINDS];
extern const struct state_edges state_close_through_established;
static inline const struct state_edges *state_after(enum tcp_state state, enum event_kind event, bool request_socket) {
    bool waits = request_socket && state == STATE_SYN_RECEIVED && event == EVENT_SENT_FIN;
    return waits ? &state_close_through_established : &state_table[state][event];
}

/* True for the edges of RFC 9293 3.3.2 and 3.10 (with any state > CLOSED by a reset, abort or reuse). */
bool state_edge_is_legal(enum tcp_state from, enum tcp_state to);

/* ESTABLISHED and every state after it (RFC 9293: the synchronised states). */
static inline bool state_is_synchronised(enum tcp_state state) {
    return state >= STATE_ESTABLISHED;
}

#endif
