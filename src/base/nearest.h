/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef FINWAIT_BASE_NEAREST_H
#define FINWAIT_BASE_NEAREST_H

#include <stddef.h>

/* Finds among the words that are offered the one that was most likely meant by a mistyped one: the fewest letters to
 * insert, delete, replace or swap with their neighbour, without regard to case; the first of several. Three letters or
 * more that a word begins with are as good as one letter wrong. */
struct nearest {
    const char *mistyped; /* borrowed */
    const char *word;     /* borrowed: the best so far; NULL: none is near enough */
    size_t distance;      /* only a word nearer than that is taken */
};

/* Begins a search, without any word yet. Offered words are read at once, and of them the best is borrowed. */
struct nearest nearest_to(const char *mistyped);
void nearest_offer(struct nearest *nearest, const char *word);

#endif
