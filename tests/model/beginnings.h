/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef TESTS_MODEL_BEGINNINGS_H
#define TESTS_MODEL_BEGINNINGS_H

#include "world.h"

/* The behaviours of applications that are explored. */

/* What a run varies besides the faults of the channel. The observer knows none of it: all are explored together, and
 * an observation is explained by any of them. */
struct variety {
    const char *only; /* comma-separated names of behaviours; NULL: all */
    uint8_t octets_a; /* up to so many segments of data from A, from B */
    uint8_t octets_b;
    bool timestamps; /* this the observer sees: it is one or the other for a whole run */
    bool stacks;     /* every kind of stack; else only the plain one */
};

/* All beginnings of that variety, owned by the caller; NULL when memory is out. */
struct beginning *beginnings_make(const struct variety *variety, uint16_t *count);

/* Applications that do anything that this observation could come from: they wake whenever a segment of theirs that was
 * seen may have been sent, now or a retransmission time-out or two before, once between
 * any two sightings, and may act at whatever happens to them.
 * Whether both open, B listens or does not is left open too, and on which of the stacks each of them runs. */
struct beginning *beginnings_free(const struct variety *variety, const struct channel *channel,
                                  const struct sighting *seen, uint8_t frames, uint16_t *count);

#endif
