/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef FINWAIT_MODEL_LANE_READ_H
#define FINWAIT_MODEL_LANE_READ_H

#include "model/lane_log.h"
#include "model/lane_write.h"

/* How what lane_write.h has written is read, for the files of the lane only. */

#define ALWAYS_INLINE static inline __attribute__((always_inline))

ALWAYS_INLINE uint64_t get(const uint8_t *from, unsigned octets) {
    uint64_t ordered;
    memcpy(&ordered, from, sizeof ordered);
    return le64toh(ordered) & UINT64_MAX >> (64 - 8 * octets);
}

static inline const uint8_t *get_growing(const uint8_t *from, unsigned most, uint64_t *number) {
    if ((*from & 1) == 0) {
        *number = *from >> 1;
        return from + 1;
    }
    unsigned octets = (*from & 2) == 0 ? 2 : (*from & 4) == 0 ? GROWN : most;
    *number = get(from, octets) >> (octets < GROWN ? octets : GROWN);
    return from + octets;
}

static inline const uint8_t *skip_growing(const uint8_t *from, unsigned most) {
    if ((*from & 1) == 0) {
        return from + 1;
    }
    return from + ((*from & 2) == 0 ? 2 : (*from & 4) == 0 ? GROWN : most);
}

static inline const uint8_t *get_grown(const uint8_t *from, uint32_t *number) {
    uint64_t whole;
    from = get_growing(from, GROWN_MOST, &whole);
    *number = (uint32_t)whole;
    return from;
}

static inline const uint8_t *get_short(const uint8_t *from, uint32_t *number) {
    *number = (uint32_t)get(from, sizeof(uint16_t));
    from += sizeof(uint16_t);
    if (*number == SHORT) {
        *number = (uint32_t)get(from, sizeof *number);
        from += sizeof *number;
    }
    return from;
}

/* How much of a payload was captured follows its length; then its first octets, of which *payload is where they stand,
 * and the sum of all where there are more. Without MARK_PAYLOAD it has no length. */
ALWAYS_INLINE const uint8_t *get_payload(const uint8_t *from, unsigned marks, uint32_t *length, uint32_t *captured,
                                         const uint8_t **payload) {
    *length = *captured = 0;
    if ((marks & MARK_PAYLOAD) == 0) {
        return from;
    }
    from = get_short(from, length);
    *captured = *length;
    *payload = from = (marks & MARK_CUT) == 0 ? from : get_grown(from, captured);
    return from + (*captured > KEPT_HEAD ? KEPT_HEAD + sizeof(uint64_t) : *captured);
}

static inline enum side sender_of(unsigned marks) {
    return (marks & MARK_SERVER) != 0 ? SIDE_SERVER : SIDE_CLIENT;
}

/* Of one that segment_is_told_apart the checksum is not there. */
static inline bool has_checksum(unsigned marks) {
    return (marks & (MARK_SYN | MARK_PAYLOAD | MARK_SACK | MARKS_CHECKSUM)) != CHECKSUM_GOOD * MARK_CHECKSUM;
}

ALWAYS_INLINE const uint8_t *get_time(const uint8_t *from, unsigned marks, uint64_t *passed) {
    unsigned octets = (marks & MARK_FAR) != 0 ? FAR : TIME;
    *passed = get(from, octets);
    return from + octets;
}

#endif
