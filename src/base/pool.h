/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef FINWAIT_BASE_POOL_H
#define FINWAIT_BASE_POOL_H

#include <stddef.h>
#include <stdint.h>

/* Small pieces of memory of many sizes, each taken from a slab (base/slab.h) of its size: where millions of them come
 * and go in any order, a general allocator spends its time on joining and splitting them. Who gives a piece back says
 * how large it is. */
struct pool;

struct pool *pool_new(void);       /* NULL when memory is out */
void pool_free(struct pool *pool); /* and the slabs with all that was taken from them; may be NULL */

/* A piece filled with anything, aligned to 16 octets; NULL when memory is out. */
void *pool_take(struct pool *pool, size_t octets);
/* The same, but NULL also where the slabs would grow beyond `most` octets for it: what was given back serves only
 * pieces of its own size, so that pieces which change theirs would leave ever more behind. */
void *pool_take_within(struct pool *pool, size_t octets, uint64_t most);
/* octets: as many as were asked for. A piece that is NULL is ignored. */
void pool_give(struct pool *pool, void *piece, size_t octets);

#endif
