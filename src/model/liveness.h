/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef FINWAIT_MODEL_LIVENESS_H
#define FINWAIT_MODEL_LIVENESS_H

#include <stdbool.h>
#include <stdint.h>

/* Silence on a connection and what breaks it: keep-alives (RFC 9293 3.8.4), heartbeats of the application, and segments
 * that find nobody left. Only a segment after a second or more without any other is looked at, so that a busy
 * connection pays nothing. */

/* Keep-alives of one side. */
struct keep_alive_rhythm {
    uint32_t probes;
    uint32_t unanswered; /* by anything before the next one; the last of them apart */
    int64_t idle;        /* ns, latest silence before the first of a row of probes; 0: none */
    int64_t interval;    /* ns, latest time between two probes of which the first had no answer; 0: none */
    int64_t last_time;   /* ns since 1970 */
    uint64_t last_frame;
};

/* Small segments of one side that come at regular times. */
struct heartbeat {
    uint32_t beats;
    uint32_t answered;  /* beats after which the other side sent something before the next */
    uint32_t octets;    /* of the largest */
    int64_t first_time; /* ns since 1970 */
    int64_t last_time;
    int64_t gap_least; /* ns */
    int64_t gap_most;
    uint64_t last_frame;
    uint64_t last_answered_frame; /* latest beat that was answered; 0: none */
};
enum { HEARTBEAT_BEATS = 4, HEARTBEAT_OCTETS = 256 }; /* fewer beats are no rhythm, a larger segment is no beat */

/* The first segment after a silence in which a middlebox may have forgotten the connection. */
struct awakening {
    uint64_t frame;  /* 0: none */
    int64_t time;    /* ns since 1970 */
    int64_t silence; /* ns */
    int64_t next;    /* SND.NXT of its sender before it */
    uint8_t side;    /* enum side: who broke the silence */
};

/* A side that asks fewer times in vain has not given up. */
enum { KEEP_ALIVES_BEFORE_GIVING_UP = 2 };

struct liveness {
    struct keep_alive_rhythm keep_alive[2]; /* by enum side */
    struct heartbeat beating[2];            /* the rhythm that is going on */
    struct heartbeat heartbeat[2];          /* the longest there was, HEARTBEAT_BEATS or more; beats 0: none */
    struct awakening awakening;             /* the latest that nobody has answered, or the latest */
};

struct connection;

/* What was seen of one side (enum side) up to now. False, and nothing written, where there was none. */
bool keep_alives_of(const struct connection *connection, unsigned side, struct keep_alive_rhythm *rhythm,
                    uint32_t *answered);
bool heartbeat_of(const struct connection *connection, unsigned side, struct heartbeat *heartbeat);

/* Time between beats on average, ns; 0 for less than two. */
int64_t heartbeat_period(const struct heartbeat *heartbeat);

#endif
