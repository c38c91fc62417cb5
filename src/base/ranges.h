/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef FINWAIT_BASE_RANGES_H
#define FINWAIT_BASE_RANGES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* [begin, end) */
struct range {
    int64_t begin;
    int64_t end;
};

/* A sorted set of disjoint ranges, at most RANGES_MAX of them. All zero is the empty set. */
struct ranges {
    struct range *items; /* owned; NULL when empty from the start */
    uint16_t count;
    uint16_t capacity;
    uint32_t inexact; /* how often RANGES_MAX made the set hold more octets than it should */
};

enum { RANGES_MAX = 256 };

void ranges_free(struct ranges *set);

/* Adds [begin, end). False when memory is out. Where the set would exceed RANGES_MAX the range is merged with its
 * neighbour below, so that no octet that was added is lost, though some between may be added with it. */
bool ranges_add(struct ranges *set, int64_t begin, int64_t end);

/* Removes [begin, end) and returns how many octets of it were in the set. Out of the middle of a range nothing is taken
 * at RANGES_MAX, or when memory is out: the set may hold more than it should, never less. */
int64_t ranges_remove(struct ranges *set, int64_t begin, int64_t end);

/* How many octets of [begin, end) are in the set. */
int64_t ranges_overlap(const struct ranges *set, int64_t begin, int64_t end);

/* The lowest octet of the set, or fallback when it is empty. */
static inline int64_t ranges_first(const struct ranges *set, int64_t fallback) {
    return set->count > 0 ? set->items[0].begin : fallback;
}

#endif
