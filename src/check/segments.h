/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef FINWAIT_CHECK_SEGMENTS_H
#define FINWAIT_CHECK_SEGMENTS_H

#include "model/observation.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What is kept of a segment to know it again at another capture point. */
struct kept_segment {
    uint64_t connection; /* id */
    uint64_t frame;
    int64_t time; /* ns since 1970 */
    uint32_t seq; /* raw, as ack */
    uint32_t ack; /* 0 without the ACK flag */
    uint32_t length;
    uint32_t ip_id;     /* these two tell a repetition from what it repeats */
    uint32_t timestamp; /* TSval; 0 without the option */
    uint16_t flags;
    uint8_t side; /* enum side */
};

/* All segments of a capture that belong to connections; frames that were recorded twice count once. Begins all zero. */
struct segments {
    struct kept_segment *items; /* owned */
    size_t count;
    size_t room;
    struct kept_join *joins; /* owned: connections that were parts of others */
    size_t join_count;
    size_t join_room;
};

/* Both return false when memory is out. */
bool segments_add(struct segments *segments, const struct observation *observation);
bool segments_join(struct segments *segments, uint64_t connection, uint64_t other);

/* To be called once, when all are there and before segments_of. */
void segments_sort(struct segments *segments);

/* Those of a connection by frame, borrowed; *count may be 0. */
const struct kept_segment *segments_of(const struct segments *segments, uint64_t connection, size_t *count);
void segments_free(struct segments *segments);

#endif
