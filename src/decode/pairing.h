/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef FINWAIT_DECODE_PAIRING_H
#define FINWAIT_DECODE_PAIRING_H

#include "base/address.h"

#include <stdbool.h>
#include <stdint.h>

/* Finds the two directions of a connection together where each carries tunnel numbers of its own: a TEID or a session
 * is chosen by whoever receives under it, a GRE key may be. A first segment founds a network; the first one that comes
 * the other way joins it, unless its own numbers are known for another. Later segments of the same direction belong to
 * the same network if their numbers do. Numbers that change in midst of a connection, as after a handover, change its
 * entry; with a SYN they mean another network. Bounded: 262,144 flows, then the one unused for longest of a set of four
 * is forgotten. */
struct pairing;

struct pairing *pairing_new(void); /* NULL when memory is out */
void pairing_free(struct pairing *pairing);
void pairing_seed(struct pairing *pairing, uint64_t seed); /* of the hash; see decoder_seed */

/* A packet on its way between two ends. */
struct passage {
    const struct address *source, *destination;
    uint16_t source_port, destination_port;
    uint32_t symmetric; /* number of what tells networks apart in both directions alike */
    uint32_t own;       /* the same with the numbers of this direction */
    bool opens;         /* it is a SYN without ACK */
};

/* The network of the passage: the `own` of the one that founded it. */
uint32_t pairing_network(struct pairing *pairing, const struct passage *passage);

/* The same without leaving a trace, for packets that only quote a connection: `own` where none is known. */
uint32_t pairing_find(const struct pairing *pairing, const struct passage *passage);

#endif
