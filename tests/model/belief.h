/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef TESTS_MODEL_BELIEF_H
#define TESTS_MODEL_BELIEF_H

#include "world.h"

/* All worlds that have shown the same so far, each once: of two that differ in their budget alone the richer one has
 * every future of the other. */
struct belief {
    struct world *worlds; /* owned */
    size_t count;
};

/* The worlds in which nothing has happened yet. False: memory is out. */
bool belief_begin(struct belief *belief, const struct beginning *beginnings, uint16_t count,
                  const struct budget *budget);
void belief_free(struct belief *belief);

/* What may be seen next: the continuations of every world, ordered so that those with the same sighting stand together,
 * without those that another one makes superfluous. search: only those that go on as it says; NULL: all. */
struct futures {
    struct continuations all;           /* owned */
    const struct continuation **sorted; /* owned */
    size_t count;
};
/* False: memory is out, or a bound of the reference was reached; futures is empty then. */
bool belief_continue(const struct belief *belief, const struct beginning *beginnings, const struct channel *channel,
                     const struct search *search, struct futures *futures);
void futures_free(struct futures *futures);

/* How many from there on share its sighting. */
size_t futures_alike(const struct futures *futures, size_t from);

/* The belief after that sighting. */
bool belief_after(struct belief *belief, const struct futures *futures, size_t from, size_t count);

#endif
