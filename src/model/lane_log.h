/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef FINWAIT_MODEL_LANE_LOG_H
#define FINWAIT_MODEL_LANE_LOG_H

#include "model/connection.h"
#include "model/lane_pieces.h"

/* The segments of an ordinary connection (lane.h), written down as few octets each: what differs from what the segment
 * before it of the same side makes likely. Reading gives all that the model looks at, in particular of the payload the
 * first KEPT_HEAD octets. */

/* The log begins at the end of the record of its connection and goes on in pieces, at the front of each the one before
 * it, for that has not been touched for long when another is needed: one that is small, for a connection that is open
 * needs little more for long, and behind it larger ones. Where no more is to come, the last one is as small as will do.
 * Each of them ends at a multiple of its size, and the record at one of the largest, so that where the log ends tells
 * how full it is there. */
enum { LANE_FIRST = 111 };

struct lane_log {
    uint8_t *end; /* where the next segment goes or, where what is there is full, next to it */
    uint8_t last; /* size of the last piece, or of the largest, less one */
    uint8_t first[LANE_FIRST];
};

/* Behind so many octets that stand there already. */
static inline void lane_log_begin(struct lane_log *log, unsigned octets) {
    log->end = log->first + octets;
    log->last = LANE_PIECE - 1;
}
/* Octets that the last piece, or the record, can still take. */
static inline size_t lane_log_room(const struct lane_log *log) {
    return log->last - (((uintptr_t)log->end - 1) & log->last);
}
static inline bool lane_log_is_in_record(const struct lane_log *log) {
    return (uintptr_t)log->end - (uintptr_t)log->first <= LANE_FIRST;
}
/* The mark of the last piece; NULL: there is none yet. */
static inline uint8_t *lane_log_last(const struct lane_log *log) {
    uint8_t *piece = log->end - 1 - (((uintptr_t)log->end - 1) & log->last);
    return lane_log_is_in_record(log) ? NULL : lane_piece_mark((struct lane_piece *)(void *)piece, log->last + 1U);
}

/* Version of IP of one in the lane. */
static inline uint8_t lane_version(const struct connection *connection) {
    return connection->ipv6 ? 6 : 4;
}

/* A side as it stands before a segment. */
struct lane_side {
    uint32_t next;     /* raw SND.NXT */
    uint32_t acked;    /* raw: highest ACK of its peer */
    uint32_t tsval;    /* of its latest segment */
    uint32_t ip_id;    /* likewise */
    uint16_t window;   /* likewise, as in the header */
    uint8_t hop_limit; /* of all of its segments */
    uint8_t shift;     /* of its latest window, as far as both sides have agreed on that */
};

/* Where a walk through the segments stands. */
struct lane_walk {
    uint64_t frame; /* of the segment before */
    int64_t time;
    bool ipv6;
    struct lane_side side[SIDES];
};

/* Calls for the piece of a mark, if there is one: a hint. Returns the mark. */
static inline uint8_t *lane_piece_call(uint8_t *mark) {
    enum { LINE = 64 };
    if (mark != NULL) {
        for (unsigned at = 0; at < lane_piece_size(mark); at += LINE) {
            __builtin_prefetch((const char *)lane_piece_at(mark) + at);
        }
    }
    return mark;
}

/* What passes later than that many octets of ns can tell behind the segment before it has no place in the log. */
enum { LANE_FAR = 6 };

void lane_log_free(struct lane_log *log, struct lane_pieces *pieces);

/* The log in one stretch, to be read: it is copied before `end`, behind which so many octets must be there, and begins
 * where the answer says. */
enum { LANE_COPY_SLACK = sizeof(uint64_t) };
const uint8_t *lane_log_copy(const struct lane_log *log, uint8_t *end);

/* Reads the segment at `from` into that of its side, without addresses, ports, network and what of a SYN is the
 * caller's to keep, which stay as they are, and moves the walk on behind it; returns where the next one stands. Its
 * payload points there; checksum_seen is 0 where segment_is_told_apart. The walk begins with next and acked of both
 * sides at their initial sequence numbers and with the windows of their SYNs. */
const uint8_t *lane_log_next(const uint8_t *from, struct lane_walk *walk, struct segment *const segments[SIDES],
                             enum side *side);

/* A segment behind the one that begins the log, as far as it may be something sent again, or ask for that. */
struct lane_passed {
    int64_t time;
    const uint8_t *payload; /* as it stands in the log: its head and, of a longer one, its sum */
    const uint8_t *blocks;  /* of SACK; NULL: none */
    uint32_t seq;
    uint32_t ack;
    uint32_t length;
    uint32_t captured;
    uint16_t window;
    uint16_t imprint; /* segment_imprint */
    uint8_t side;     /* enum side */
    bool again;       /* octets that were sent before */
    bool repeats;     /* an ACK alone of what was acknowledged before */
    bool opens;       /* a SYN */
};
/* The same of that; of the walk frame and ip_id stay as they are. */
const uint8_t *lane_log_pass(const uint8_t *from, struct lane_walk *walk, struct lane_passed *passed);
/* Reads its blocks, if there are any. */
void lane_passed_blocks(const struct lane_passed *passed, struct tcp_options *options);
/* How much of its payload stands in the log. */
size_t lane_passed_octets(const struct lane_passed *passed);

/* Whether each of so many segments that has octets in common with this one of that side is as long as it. Of others
 * more would have to be there to compare them than is written down. */
bool lane_log_repeats(const uint8_t *from, uint64_t segments, const struct lane_walk *begin, enum side side,
                      const struct segment *segment);

/* What octets of a side tell, after so many segments; ns. */
struct lane_text {
    int64_t round_trip; /* of its peer: of the octets of one segment at a time until all are acknowledged, the shortest;
                           0: none */
    int64_t passed;     /* when the last of them passed, a FIN apart */
    int64_t timed_since; /* when those passed whose round trip is not over yet; INT64_MAX: there are none */
};
/* There are some of that side; the last of these segments passed at last_time, ns. */
struct lane_text lane_log_time(const uint8_t *from, uint64_t segments, const struct lane_walk *begin, enum side of,
                               int64_t last_time);
/* From the first of so many segments to the last, ns. */
int64_t lane_log_took(const uint8_t *from, uint64_t segments);

#endif
