/* SPDX-License-Identifier: BSD-3-Clause */
#include "base/pool.h"

#include "base/slab.h"

#include <stdlib.h>

/* Sizes go up by 16 octets at first, then by 64; what is larger still is rare and left to malloc. */
enum { FINE = 16, COARSE = 64, FINE_MOST = 512, MOST = 2048, FINE_CLASSES = FINE_MOST / FINE };
enum { CLASSES = FINE_CLASSES + (MOST - FINE_MOST) / COARSE };

struct pool {
    struct slab *slabs[CLASSES];
    uint64_t grown; /* octets of the pieces that were ever cut from the slabs */
};

struct pool *pool_new(void) {
    return calloc(1, sizeof(struct pool));
}

void pool_free(struct pool *pool) {
    for (int i = 0; pool != NULL && i < CLASSES; i++) {
        slab_free(pool->slabs[i]);
    }
    free(pool);
}

/* Of a size from 1 to MOST. */
static unsigned class_of(size_t octets) {
    if (octets <= FINE_MOST) {
        return (unsigned)((octets - 1) / FINE);
    }
    return FINE_CLASSES + (unsigned)((octets - FINE_MOST - 1) / COARSE);
}

static size_t size_of(unsigned class) {
    return class < FINE_CLASSES ? (class + 1) * (size_t)FINE : FINE_MOST + (class - FINE_CLASSES + 1) * (size_t)COARSE;
}

void *pool_take(struct pool *pool, size_t octets) {
    if (octets == 0 || octets > MOST) {
        return malloc(octets);
    }
    return pool_take_within(pool, octets, UINT64_MAX);
}

void *pool_take_within(struct pool *pool, size_t octets, uint64_t most) {
    if (octets == 0 || octets > MOST) {
        return NULL;
    }
    unsigned class = class_of(octets);
    if (pool->slabs[class] == NULL && (pool->slabs[class] = slab_new(size_of(class))) == NULL) {
        return NULL;
    }
    if (!slab_has_given(pool->slabs[class])) {
        if (pool->grown > most) {
            return NULL;
        }
        pool->grown += size_of(class);
    }
    return slab_take_any(pool->slabs[class]);
}

void pool_give(struct pool *pool, void *piece, size_t octets) {
    if (piece == NULL || octets == 0 || octets > MOST) {
        free(piece);
        return;
    }
    slab_give(pool->slabs[class_of(octets)], piece);
}
