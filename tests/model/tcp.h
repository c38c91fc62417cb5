/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef TESTS_MODEL_TCP_H
#define TESTS_MODEL_TCP_H

#include "packet.h"

/* One end of a reference TCP, written from RFC 9293 3.10 alone. It is the judge of finwait's model and shares nothing
 * with it but the names of the states. */
enum reference_state {
    REF_CLOSED,
    REF_LISTEN,
    REF_SYN_SENT,
    REF_SYN_RECEIVED,
    REF_ESTABLISHED,
    REF_FIN_WAIT_1,
    REF_FIN_WAIT_2,
    REF_CLOSE_WAIT,
    REF_CLOSING,
    REF_LAST_ACK,
    REF_TIME_WAIT,
    REF_STATES
};
extern const char *const reference_state_names[REF_STATES];

enum {
    SEGMENT_OCTETS = 100,
    WINDOW = 60000,
    RTO_US = 1000000, /* RFC 6298 2.1 and 2.4 */
    DELAYED_ACK_US = 40000,
    TIME_WAIT_US = 240000000, /* 2 MSL, RFC 9293 3.4.2 */
    BURST_GAP_US = 20,        /* between two segments that one event sends */
    NEVER = 0                 /* of a timer: not set */
};

/* What an implementation may do one way or the other. */
struct stack {
    bool delayed_ack;    /* in-order data is acknowledged after 40 ms, or with the next segment */
    bool timestamps;     /* RFC 7323 with a clock of 1 ms */
    bool reads_old_ack;  /* the ACK of a segment below the window is used (appendix A.2); else the letter of 3.10.7.4 */
    bool abort_with_ack; /* ABORT sends RST,ACK as many stacks do; else the bare RST of 3.10.5 */
    bool coalesces;      /* a retransmission carries all that is outstanding, the FIN too */
};

/* What the application does. The steps are taken in order. */
enum act { ACT_NONE, ACT_LISTEN, ACT_OPEN, ACT_SEND, ACT_CLOSE, ACT_ABORT };
enum trigger { AT_ONCE, WHEN_SYN_RECEIVED, WHEN_ESTABLISHED, WHEN_DATA, WHEN_FIN };
struct app_step {
    uint8_t act;
    uint8_t trigger;
    uint8_t segments; /* of ACT_SEND */
    uint32_t delay;   /* us after the trigger, or after the step before it if that was later */
};
enum { APP_STEPS = 5, WAKES_MAX = 240 };
struct app {
    struct app_step step[APP_STEPS];
    /* A free application does, after its first step, anything at any event and whenever it wakes. */
    bool free;
    uint8_t wakes;
    uint16_t most;            /* it sends no octets from there on */
    uint32_t wake[WAKES_MAX]; /* us, ascending */
};
/* What a free application does at one event. */
struct deed {
    uint8_t octets;
    bool close;
    bool abort;
};

/* A transition that happened. */
struct truth {
    uint8_t after; /* how many frames had passed the point by then: no claim about a capture needs a finer time */
    uint8_t to;    /* enum reference_state */
    uint8_t frame; /* of the segment whose arrival caused it; 0: its own act or a timer */
    uint8_t unused;
};
enum { TRUTH_MAX = 9, HELD_MAX = 3 };

struct held { /* came before what stands in front of it (RFC 9293 3.10.7.4, SHLD-31) */
    uint16_t seq;
    uint16_t length;
    uint16_t fin; /* 1 or 0 */
};

/* A TCB with its history. No padding: it is compared and hashed as bytes, so what no longer matters is zero. */
struct peer {
    uint32_t retransmit_at; /* us, NEVER: not set; likewise the next three */
    uint32_t delayed_ack_at;
    uint32_t time_wait_end;
    uint32_t app_at;
    uint32_t ts_recent;
    uint16_t una; /* SND.UNA */
    uint16_t nxt; /* SND.NXT */
    uint16_t rcv_nxt;
    uint16_t end; /* after the last octet that the application has sent */
    uint16_t last_ack_sent;
    uint8_t state;
    uint8_t passive;
    uint8_t closing; /* CLOSE was called: a FIN follows the octets */
    uint8_t backoff;
    uint8_t app_step; /* next step of the application */
    uint8_t got;      /* GOT_ bits: what the application can wait for */
    uint8_t truths;
    uint8_t held_count;
    uint8_t ts_known;
    uint8_t unused;
    struct held held[HELD_MAX];
    uint16_t unused2;
    struct truth truth[TRUTH_MAX];
};
enum { GOT_SYN = 1, GOT_ESTABLISHED = 2, GOT_DATA = 4, GOT_FIN = 8 };

/* One event at one peer: it may send a few segments, which departs collects. */
enum { DEPARTURES = 6 };
struct turn {
    struct peer *peer;
    const struct app *app;
    const struct stack *stack;
    uint8_t side;
    uint8_t frame;           /* of the segment that arrived; 0: none did */
    uint8_t frames;          /* that have passed the point */
    uint32_t now;            /* us */
    const struct deed *deed; /* of a free application; NULL: nothing */
    bool deed_is_void;       /* it could not be done */
    bool ack_due;
    uint8_t count;
    struct packet departs[DEPARTURES];
};

void tcp_start(struct turn *turn);
void tcp_arrive(struct turn *turn, const struct packet *packet);
/* The earliest timer, or NEVER. */
uint32_t tcp_next_timer(const struct peer *peer);
void tcp_timer(struct turn *turn);

#endif
