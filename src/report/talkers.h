/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef FINWAIT_REPORT_TALKERS_H
#define FINWAIT_REPORT_TALKERS_H

#include "base/address.h"

/* The addresses that come most often, of any number of them, in little memory (Metwally, Agrawal and El Abbadi,
 * "Efficient computation of frequent and top-k elements in data streams"): an address that makes up more than one in
 * TALKERS of all is among them. */
enum { TALKERS = 16, TALKERS_TOLD = 4, TALKERS_SHARE = 100 };

struct talker {
    struct address address;
    uint64_t count; /* at most so often, */
    uint64_t over;  /* and at least so much less */
};

struct talkers {
    struct talker items[TALKERS];
    unsigned count;
};

void talkers_add(struct talkers *talkers, const struct address *address);

/* The first ones by how often they came at least, equal ones by address, of those that are at least one in
 * TALKERS_SHARE of all; returns how many there are, up to TALKERS_TOLD. least[i]: at least so often, 1 or more. */
unsigned talkers_first(const struct talkers *talkers, const struct talker *first[TALKERS_TOLD],
                       uint64_t least[TALKERS_TOLD]);

#endif
