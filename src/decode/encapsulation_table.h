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

/* Only those layers whose number stands for a network: the same addresses under another such number are other machines.
 * Left out are layers without a number and those whose number says nothing of the kind (an MPLS label changes with the
 * path). Numbers that may differ between the two directions of a connection (TEID, L2TP session, GRE key) are there
 * only when they are asked for; see pairing.h. */
struct encapsulation encapsulation_network(const struct encapsulation *entry, bool paired_too);
bool encapsulation_is_paired(const struct encapsulation *entry);

#endif
