/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef FINWAIT_BASE_CURSOR_H
#define FINWAIT_BASE_CURSOR_H

#include <stdint.h>
#include <string.h>

/* The way to read octets of a capture. A cursor stands in one layer of a frame and knows two lengths: how many octets
 * can be read (captured) and how many the layer around says there are (claimed). captured never exceeds claimed. */
struct cursor {
    const uint8_t *at;
    uint32_t captured;
    uint32_t claimed;
};

enum cursor_status {
    CURSOR_OK,
    CURSOR_TRUNCATED, /* the octets exist, but the snapshot ended before them */
    CURSOR_MALFORMED, /* the layer around says that there are no such octets */
};

/* A cursor over the captured octets of something that is `claimed` octets long. */
static inline struct cursor cursor_over(const uint8_t *bytes, uint32_t captured, uint32_t claimed) {
    return (struct cursor){.at = bytes, .captured = captured < claimed ? captured : claimed, .claimed = claimed};
}

/* The layer's own header says that exactly `length` octets follow from here: what lies behind (padding, a trailer) is
 * cut off. Malformed, and nothing changes, where the layer around has less. */
static inline enum cursor_status cursor_claim(struct cursor *cursor, uint32_t length) {
    if (length > cursor->claimed)
        return CURSOR_MALFORMED;
    cursor->claimed = length;
    if (cursor->captured > length)
        cursor->captured = length;
    return CURSOR_OK;
}

/* The layer around is wrong about its length: there are `length` octets from here, though no more can be read. Does
 * nothing where length is not above what was claimed. */
static inline void cursor_stretch(struct cursor *cursor, uint32_t length) {
    if (length > cursor->claimed)
        cursor->claimed = length;
}

/* Why `count` octets cannot be read here; CURSOR_OK when they can. */
static inline enum cursor_status cursor_check(const struct cursor *cursor, uint32_t count) {
    if (count <= cursor->captured)
        return CURSOR_OK;
    return count <= cursor->claimed ? CURSOR_TRUNCATED : CURSOR_MALFORMED;
}

/* Steps over `count` octets and hands them out in *header; they can be read only when CURSOR_OK comes back, else the
 * cursor has not moved. */
static inline enum cursor_status cursor_take(struct cursor *cursor, uint32_t count, const uint8_t **header) {
    if (count > cursor->captured)
        return cursor_check(cursor, count);
    *header = cursor->at;
    cursor->at += count;
    cursor->captured -= count;
    cursor->claimed -= count;
    return CURSOR_OK;
}

/* Reads of network order (big-endian) numbers within octets that cursor_take or cursor_check has vouched for. */
static inline uint16_t octets_u16(const uint8_t *octets) {
    return (uint16_t)(octets[0] << 8 | octets[1]);
}

/* As it lies in memory, to be compared with one in network order. */
static inline uint16_t octets_raw16(const uint8_t *octets) {
    uint16_t value;

    memcpy(&value, octets, sizeof value);
    return value;
}

static inline uint32_t octets_u32(const uint8_t *octets) {
    uint32_t value;

    memcpy(&value, octets, sizeof value);
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
    value = __builtin_bswap32(value);
#endif
    return value;
}

static inline uint64_t octets_u64(const uint8_t *octets) {
    uint64_t value;

    memcpy(&value, octets, sizeof value);
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
    value = __builtin_bswap64(value);
#endif
    return value;
}

#endif
