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

enum { KEPT_HEAD = PAYLOAD_HEAD, KEPT_FIRST = 4, KEPT_MOST = 512, KEPT_GROUP = 16 };

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

/* Where the octets of a group of KEPT_GROUP places stand, or more: one look tells that none of them is meant. Behind
 * the ring, where that is longer than a group. */
struct kept_reach {
    int64_t begin;
    int64_t end;
};

static inline bool kept_has_reaches(const struct kept *kept) {
    return kept->room > KEPT_GROUP;
}
static inline struct kept_reach *kept_reach(struct kept *kept, uint32_t place) {
    return (struct kept_reach *)(void *)&kept->ring[kept->room] + place / KEPT_GROUP;
}
/* Once that place holds another segment. */
void kept_reach_note(struct kept *kept, uint32_t place);

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
    uint32_t at = kept->next++ & (kept->size - 1);
    struct kept_segment *place = &kept->ring[at];
    place->begin = begin;
    place->sum = segment->payload_sum;
    place->frame = segment->frame;
    place->captured = segment->payload_captured;
    memcpy(place->head, segment->payload,
           segment->payload_captured < KEPT_HEAD ? segment->payload_captured : KEPT_HEAD);
    if (kept_has_reaches(kept)) {
        __builtin_prefetch(&kept->ring[(at + KEPT_GROUP + 1) & (kept->room - 1)], 1); /* it is long enough to be cold */
        kept_reach_note(kept, at);
    }
}

#endif
