/* SPDX-License-Identifier: BSD-3-Clause */
#include "base/slab.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

enum {
    LINE = 64,
    GRAIN = 16,
    GRAINED = 512,
    LARGE = 2048,
    PAGE = 4096,
    FIRST_CHUNK = 64 * 1024,
    MIDDLE_CHUNK = 512 * 1024,
    CHUNK = 2 * 1024 * 1024
};

#if defined(__SANITIZE_ADDRESS__)
#define EACH_ALONE true
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define EACH_ALONE true
#endif
#endif
#ifndef EACH_ALONE
#define EACH_ALONE false
#endif

struct given {
    struct given *next;
};

struct chunk {
    struct chunk *next;
    size_t size;
};

struct slab {
    size_t size;
    size_t alignment;
    struct given *given;  /* records to take before any fresh one */
    struct chunk *chunks; /* the newest first: fresh records come from it */
    char *fresh;          /* the next of them */
    size_t room;          /* octets from there to the end of the newest chunk */
    size_t chunk_count;
};

struct slab *slab_new(size_t size) {
    struct slab *slab = calloc(1, sizeof *slab);
    if (slab != NULL) {
        size_t unit = size < GRAINED ? GRAIN : LINE;
        slab->size = (size + unit - 1) / unit * unit;
        bool power = (slab->size & (slab->size - 1)) == 0 && slab->size <= PAGE;
        slab->alignment = power && slab->size > LINE ? slab->size : LINE;
    }
    return slab;
}

void slab_free(struct slab *slab) {
    if (slab == NULL) {
        return;
    }
    while (slab->chunks != NULL) {
        struct chunk *next = slab->chunks->next;
        munmap(slab->chunks, slab->chunks->size);
        slab->chunks = next;
    }
    free(slab);
}

bool slab_frees_all(void) {
    return !EACH_ALONE;
}

/* A huge page needs its alignment: what stands out on either side of it goes back at once. */
static void *map_aligned(size_t size) {
    char *at = mmap(NULL, size * 2, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (at == MAP_FAILED) {
        return NULL;
    }
    size_t before = (size - (uintptr_t)at % size) % size;
    if (before > 0) {
        munmap(at, before);
    }
    munmap(at + before + size, size - before);
    madvise(at + before, size, MADV_HUGEPAGE);
#ifdef MADV_POPULATE_WRITE
    /* Where no huge page is to be had: one call instead of a fault for each small one. */
    madvise(at + before, size, MADV_POPULATE_WRITE);
#endif
    return at + before;
}

/* A huge page is taken whole: only for as many records as fill one, or where half of one is in use already. */
static size_t next_chunk(const struct slab *slab) {
    size_t small = slab->size < LARGE ? FIRST_CHUNK : MIDDLE_CHUNK;
    if (slab->chunk_count == 0) {
        return FIRST_CHUNK;
    }
    return slab->chunk_count < (slab->size < LARGE ? CHUNK / 2 : CHUNK) / small ? small : CHUNK;
}

static bool add_chunk(struct slab *slab) {
    size_t size = next_chunk(slab);
    struct chunk *chunk;
    if (size == CHUNK) {
        chunk = map_aligned(size);
    } else {
        /* Where there is a second chunk all of it will be used: one call instead of a fault for each page. */
        int at_once = slab->chunks == NULL ? 0 : MAP_POPULATE;
        void *at = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | at_once, -1, 0);
        chunk = at == MAP_FAILED ? NULL : at;
    }
    if (chunk == NULL) {
        return false;
    }
    chunk->next = slab->chunks;
    chunk->size = size;
    slab->chunks = chunk;
    slab->chunk_count++;
    slab->fresh = (char *)chunk + slab->alignment;
    slab->room = size - slab->alignment;
    return true;
}

static void *take_alone(const struct slab *slab) {
    size_t unit = slab->alignment;
    size_t whole = (slab->size + unit - 1) / unit * unit; /* C11 7.22.3.1: a multiple of the alignment */
    void *record = aligned_alloc(unit, whole);
    return record == NULL ? NULL : memset(record, 0, slab->size);
}

static struct given *take_given(struct slab *slab) {
    struct given *record = slab->given;
    slab->given = record->next;
    __builtin_prefetch(slab->given, 1); /* the next to be taken, which nobody has touched lately */
    return record;
}

/* Fresh pages are zero. */
static void *take_fresh(struct slab *slab) {
    char *record = slab->fresh;
    slab->fresh += slab->size;
    slab->room -= slab->size;
    __builtin_prefetch(slab->fresh, 1);
    return record;
}

__attribute__((noinline)) static void *take_of_new_chunk(struct slab *slab) {
    return add_chunk(slab) ? take_fresh(slab) : NULL;
}

/* Not one that was given back: filled with zeros. */
static inline void *take_zeros(struct slab *slab) {
    if (EACH_ALONE) {
        return take_alone(slab);
    }
    return slab->room >= slab->size ? take_fresh(slab) : take_of_new_chunk(slab);
}

void *slab_take(struct slab *slab) {
    return slab_has_given(slab) ? memset(take_given(slab), 0, slab->size) : take_zeros(slab);
}

void *slab_take_any(struct slab *slab) {
    return slab_has_given(slab) ? take_given(slab) : take_zeros(slab);
}

void slab_give(struct slab *slab, void *record) {
    if (EACH_ALONE) {
        free(record);
        return;
    }
    struct given *given = record;
    given->next = slab->given;
    slab->given = given;
}

bool slab_has_given(const struct slab *slab) {
    return slab->given != NULL;
}
