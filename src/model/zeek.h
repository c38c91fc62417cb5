/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef FINWAIT_MODEL_ZEEK_H
#define FINWAIT_MODEL_ZEEK_H

#include <stdbool.h>
#include <stdint.h>

/* A connection in the words of Zeek's conn.log: conn_state and history. Zeek follows each side through seven states of
 * its own, by the flags of what passed and whatever the numbers say; what it calls originator and responder is the
 * client and the server here. Segments that an ordinary exchange repeats leave nothing new in it: see endpoint.h,
 * data_seen and pure_ack_seen. */

enum zeek_state {
    ZEEK_INACTIVE,
    ZEEK_SYN_SENT,
    ZEEK_SYN_ACK_SENT,
    ZEEK_PARTIAL,
    ZEEK_ESTABLISHED,
    ZEEK_CLOSED,
    ZEEK_RESET
};

/* What the history counts and writes down at the 1st, 10th, 100th, ... time. */
enum zeek_count { ZEEK_GAPS, ZEEK_DAMAGED, ZEEK_REPEATS, ZEEK_ZERO_WINDOWS, ZEEK_COUNTS };

/* One side. Numbers are raw. */
struct zeek_side {
    uint32_t start;    /* of its octets: the SYN */
    uint32_t end;      /* after the highest octet; on the fast path SND.NXT has gone on */
    uint32_t acked;    /* highest ACK of the other side */
    uint32_t last_syn; /* relative numbers of the latest such segments */
    uint32_t last_fin;
    uint32_t last_reset;
    uint32_t counts[ZEEK_COUNTS];
    uint8_t letters;      /* bit set: which of those that are written once have been */
    uint8_t state;        /* enum zeek_state */
    uint8_t state_before; /* the one before it */
    bool fin_sent;
};

enum { ZEEK_HISTORY_MAX = 47 };

/* All zero is a connection of which nothing has passed. */
struct zeek {
    struct zeek_side side[2]; /* by enum side */
    uint8_t length;
    char history[ZEEK_HISTORY_MAX +
                 1]; /* ended by 0; beyond the last place it ends in X or x, Zeek's "limit exceeded" */
};

/* "S0", "SF", "RSTO", ... as scripts/base/protocols/conn of Zeek defines them. Static. */
const char *zeek_conn_state(const struct zeek *zeek);

#endif
