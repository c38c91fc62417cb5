/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef FINWAIT_BASE_SLAB_H
#define FINWAIT_BASE_SLAB_H

#include <stdbool.h>
#include <stddef.h>

/* Records of one size, taken from large chunks. Those of large records the kernel backs with huge pages where it can:
 * scattered over ordinary pages they would cost more in page faults than everything that is done with them. A record
 * that is given back is the next to be taken. Under AddressSanitizer each record is an allocation of its own, so that
 * its use after the end is seen. */
struct slab;

/* NULL when memory is out. size: octets of a record. */
struct slab *slab_new(size_t size);
void slab_free(struct slab *slab); /* and every record with it */
bool slab_frees_all(void);         /* slab_free does: not under AddressSanitizer, which wants each given back */

/* A record filled with zeros, aligned to 64 octets (16 where it has less than 512), or to its own size where that is a
 * power of two up to 4096; NULL when memory is out. */
void *slab_take(struct slab *slab);
void *slab_take_any(struct slab *slab); /* the same, filled with anything */
void slab_give(struct slab *slab, void *record);
bool slab_has_given(const struct slab *slab); /* the next to be taken is one that was given back */

#endif
