/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef FINWAIT_MODEL_LANE_LOG_H
#define FINWAIT_MODEL_LANE_LOG_H

#include "base/slab.h"
#include "model/connection.h"

/* The segments of an ordinary connection (lane.h), written down as few octets each: what differs from what the segment
 * before it of the same side makes likely. Reading gives all that the model looks at, in particular of the payload the
 * first KEPT_HEAD octets. */

/* The log begins at the end of the record of its connection and goes on in pieces of one size from a slab, at the front
 * of each the one before it, for that has not been touched for long when another is needed. Each of them, and the
 * record, ends at a multiple of a piece's size, so that where the log ends tells how full it is there. */
struct lane_piece {
    struct lane_piece *before; /* NULL: before it is what stands in the record */
    uint8_t octets[120];
};
enum { LANE_PIECE = sizeof(((struct lane_piece *)NULL)->octets), LANE_FIRST = 111 };

/* The last one, where no more is to come and this holds what it does. */
struct lane_short_piece {
    struct lane_piece *before;
    uint8_t octets[56];
};
enum { LANE_SHORT_PIECE = sizeof(((struct lane_short_piece *)NULL)->octets) };

struct lane_log {
    uint8_t *end;    /* where the next segment goes or, where what is there is full, next to it */
    bool ends_short; /* no more is to come, and the last piece is a short one */
    uint8_t first[LANE_FIRST];
};

/* Behind so many octets that stand there already. */
static inline void lane_log_begin(struct lane_log *log, unsigned octets) {
    log->end = log->first + octets;
    log->ends_short = false;
}
/* Octets that the last piece, or the record, can still take. */
static inline size_t lane_log_room(const struct lane_log *log) {
    return sizeof(struct lane_piece) - 1 - (((uintptr_t)log->end - 1) & (sizeof(struct lane_piece) - 1));
}
static inline bool lane_log_is_in_record(const struct lane_log *log) {
    return (uintptr_t)log->end - (uintptr_t)log->first <= LANE_FIRST;
}
/* NULL: there is none yet. Of one that ends short only what a short piece has is there. */
static inline struct lane_piece *lane_log_last(const struct lane_log *log) {
    size_t size = log->ends_short ? sizeof(struct lane_short_piece) : sizeof(struct lane_piece);
    uintptr_t last = ((uintptr_t)log->end - 1) / size * size;
    return lane_log_is_in_record(log) ? NULL : (struct lane_piece *)(void *)(log->end - ((uintptr_t)log->end - last));
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

/* Calls for the piece that stands so many before the last one, once those between them have come: a hint. */
static inline void lane_log_call(const struct lane_log *log, unsigned before) {
    const struct lane_piece *piece = lane_log_last(log);
    for (; piece != NULL && before > 0; before--) {
        piece = piece->before;
    }
    if (piece != NULL) {
        __builtin_prefetch(piece);
        __builtin_prefetch((const char *)piece + sizeof *piece / 2);
    }
}

/* What passes later than that many octets of ns can tell behind the segment before it has no place in the log. */
enum { LANE_FAR = 6 };

void lane_log_free(struct lane_log *log, struct slab *pieces, struct slab *short_pieces);

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
