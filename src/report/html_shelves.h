/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef FINWAIT_REPORT_HTML_SHELVES_H
#define FINWAIT_REPORT_HTML_SHELVES_H

#include "report/output.h"
#include "rules/catalogue.h"

/* The connections of a page: finished text, packed in blocks, kept until it is known which of them there is room for.
 * They stand on a shelf for each severity that the worst of their findings has, and on one for those without; what has
 * to give way is the last of the least. */

enum { BLOCK_CONNECTIONS = 256, SHELVES = SEVERITIES + 1 }; /* shelf 0: without a finding; then by enum severity */

struct block {
    struct output *packed; /* owned: CONNECTION objects, a line each, deflated */
    struct output *rows;   /* owned: their rows of the index, a line each */
    unsigned count;
};

struct shelf {
    struct block *blocks; /* owned */
    size_t count;
    size_t capacity;
    struct output *objects; /* owned: those that make no block yet; NULL: none */
    struct output *rows;    /* likewise */
    unsigned open;          /* how many they are */
    uint64_t seen;
    uint64_t kept;
};

struct shelves {
    struct shelf shelf[SHELVES];
    uint64_t limit;
    uint64_t kept;
};

/* All of it is zero before; limit: how many may be kept, at least 1. */
void shelves_init(struct shelves *shelves, uint64_t limit);
void shelves_free(struct shelves *shelves);

/* Puts a connection on a shelf. object and row: text without a newline, copied. False when memory is out. */
bool shelves_add(struct shelves *shelves, unsigned shelf, const struct output *object, const struct output *row);

/* Nothing more comes: keeps no more than the limit, and makes blocks of all. False when memory is out. */
bool shelves_finish(struct shelves *shelves);

#endif
