/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef FINWAIT_MODEL_LANE_LINKS_H
#define FINWAIT_MODEL_LANE_LINKS_H

#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>

/* Numbers for the few values of segment.link_source that a capture has, so that a record holds two octets instead of
 * eight. No number is ever given back. */
enum { LINKS = 1 << 16, LINK_TRIES = 16 };
struct links {
    uint64_t source[LINKS]; /* by number: 0 stands for none, and elsewhere for a free place */
};

/* NULL when memory is out. What is not used of it is not touched. */
static inline struct links *links_new(void) {
    return calloc(1, sizeof(struct links));
}
static inline void links_free(struct links *links) {
    free(links);
}

static inline uint64_t link_source(const struct links *links, uint16_t number) {
    return links->source[number];
}

/* The number of a source; false where there is no room for one more near its place. */
bool link_number(struct links *links, uint64_t source, uint16_t *number);

#endif
