/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef FINWAIT_MODEL_KEPT_H
#define FINWAIT_MODEL_KEPT_H

#include "base/ranges.h"
#include "decode/segment.h"

#include <string.h>

/* What is kept of the payload that a side has sent last, to hold a second copy against it: of each segment its
 * beginning and a sum of all of it. A ring that grows while what it holds is not yet acknowledged. Its first places
 * each side has for itself; those beyond are bounded for all sides together (model_settings.max_kept), and what was
 * pushed out for lack of them is counted (model_uncompared). */

enum { KEPT_HEAD = 40, KEPT_FIRST = 4, KEPT_MOST = 512 };

struct kept_segment {
    int64_t begin; /* offset of the first octet */
    uint64_t sum;  /* segment.payload_sum */
    uint64_t frame : 40;
    uint64_t captured : 24; /* octets that could be read, all of which the sum covers; 0: an empty place */
    uint8_t head[KEPT_HEAD];
};

struct kept {
    uint32_t size; /* a power of two */
    uint32_t next; /* counts on; the place is the remainder */
    uint32_t room; /* places there are: as many as size, or fewer as long as next has not come so far */
    struct kept_segment ring[];
};

/* True when the next one has no place, or would push out what its receiver may still lack. */
static inline bool kept_is_full(const struct kept *kept, int64_t acknowledged) {
    if (kept->room < kept->size) {
        return kept->next == kept->room;
    }
    const struct kept_segment *oldest = &kept->ring[kept->next & (kept->size - 1)];
    return oldest->captured != 0 && oldest->begin + (int64_t)oldest->captured > acknowledged && kept->size < KEPT_MOST;
}

/* Keeps a segment whose payload begins at an offset. */
static inline void kept_add(struct kept *kept, const struct segment *segment, int64_t begin) {
    struct kept_segment *place = &kept->ring[kept->next++ & (kept->size - 1)];
    place->begin = begin;
    place->sum = segment->payload_sum;
    place->frame = segment->frame;
    place->captured = segment->payload_captured;
    memcpy(place->head, segment->payload,
           segment->payload_captured < KEPT_HEAD ? segment->payload_captured : KEPT_HEAD);
}

#endif
