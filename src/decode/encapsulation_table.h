/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef FINWAIT_DECODE_ENCAPSULATION_TABLE_H
#define FINWAIT_DECODE_ENCAPSULATION_TABLE_H

#include "decode/encapsulation.h"

#include <stdbool.h>

/* The decoder's side of the table of encapsulations. It holds 65,536 different ones; all others share one entry. */

struct encapsulations *encapsulations_new(void); /* NULL when memory is out */
void encapsulations_free(struct encapsulations *table);

/* Makes the places in the hash table unpredictable. Call it before the first encapsulations_intern. */
void encapsulations_seed(struct encapsulations *table, uint64_t seed);

/* The index of the entry equal to *entry, added if need be. 0 for one without layers. */
uint32_t encapsulations_intern(struct encapsulations *table, const struct encapsulation *entry);

#endif
