/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef FINWAIT_MODEL_LANE_LOG_H
#define FINWAIT_MODEL_LANE_LOG_H

#include "base/slab.h"
#include "model/connection.h"

/* The segments of an ordinary connection (lane.h), written down as few octets each: what differs from what the segment
 * before it of the same side makes likely. Reading gives all that the model looks at, in particular of the payload the
 * first KEPT_HEAD octets. */

/* The log, in pieces of one size from a slab: at the front of each its successor. */
struct lane_piece {
    struct lane_piece *next;
    uint8_t octets[56];
};
enum { LANE_PIECE = sizeof(((struct lane_piece *)NULL)->octets) };

struct lane_log {
    struct lane_piece *first;
    struct lane_piece *last;
    uint16_t octets; /* in all pieces */
};

/* The numbers of a side as they stand before a segment. */
struct lane_numbers {
    uint32_t next;  /* raw SND.NXT */
    uint32_t acked; /* raw: highest ACK of its peer */
    uint32_t tsval; /* of its latest segment */
    uint32_t ip_id;
    uint16_t window; /* as in the header */
};

/* What is the same in all segments of a side. */
struct lane_constants {
    uint64_t link_source;
    uint8_t hop_limit;
};

/* Where a walk through the segments stands: what has been written, or read, so far. */
struct lane_walk {
    uint64_t frame; /* of the segment before */
    int64_t time;
    struct lane_numbers side[SIDES];
};

/* The segment has passed: the numbers of its sender and of its peer. */
static inline void lane_pass(struct lane_numbers *x, struct lane_numbers *y, const struct segment *segment) {
    x->next = segment->seq + segment->length + ((segment->flags & (TCP_SYN | TCP_FIN)) != 0);
    if ((segment->flags & TCP_ACK) != 0) {
        y->acked = segment->ack;
    }
    if ((segment->options.present & OPTION_TIMESTAMPS) != 0) {
        x->tsval = segment->options.timestamp_value;
    }
    x->ip_id = segment->ip_id;
    x->window = segment->window;
}

/* A segment takes no more octets than that. */
enum { LANE_ENTRY_MOST = 128 };

/* Adds a segment of that side at next, not a RST and without other options than timestamps: those of a SYN are the
 * caller's to keep. False when memory is out. */
bool lane_log_add(struct lane_log *log, struct slab *pieces, const struct lane_walk *walk, enum side side,
                  const struct segment *segment);
void lane_log_free(struct lane_log *log, struct slab *pieces);

/* Copies the whole log to `to`. */
void lane_log_copy(const struct lane_log *log, uint8_t *to);

/* Reads the segment at `from`, without addresses, ports, network and the flags of a SYN, and moves the walk on behind
 * it; returns where the next one stands. segment->payload points into the log. */
const uint8_t *lane_log_read(const uint8_t *from, struct lane_walk *walk, struct segment *segment, enum side *side);

#endif
