/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef TESTS_MODEL_WORLD_H
#define TESTS_MODEL_WORLD_H

#include "tcp.h"

#include <stddef.h>

/* Both ends, what is under way between them, and a clock. The capture point divides the way of each segment into two
 * legs; A's side of it is the leg A > point and the leg point > A. */

/* How often the channel may still misbehave on each side of the point. */
enum fault { FAULT_LOSS, FAULT_DUPLICATE, FAULT_REORDER, FAULTS };
struct budget {
    uint8_t left[PEERS][FAULTS];
    uint8_t total; /* of all of them together */
    uint8_t deeds; /* how often free applications may still do something */
};

/* The channel of a run. */
struct channel {
    uint32_t leg[PEERS]; /* us: one way between A and the point, between B and the point */
    uint8_t syn_percent; /* of that for SYN and SYN/ACK, 80 to 120 */
    uint8_t percent;     /* for everything else */
    uint32_t late;       /* us added to what is reordered: 0 keeps each leg within 20 % of its delay */
};

/* One pair of applications, each on its kind of stack: where an execution begins. */
struct beginning {
    const char *name;
    struct app app[PEERS];
    struct stack stack[PEERS];
};

enum { UNDER_WAY = 12 };

/* No padding: compared and hashed as bytes, the budget apart. */
struct world {
    struct peer peer[PEERS];
    struct packet packet[UNDER_WAY]; /* by time of arrival, then by time of sending */
    uint32_t now;
    uint16_t beginning; /* index */
    uint8_t packets;
    uint8_t frames; /* that have passed the point */
    struct budget budget;
};
enum { WORLD_KEY_SIZE = offsetof(struct world, budget) };

/* What the point sees of a segment. */
struct sighting {
    uint32_t at; /* us */
    struct packet packet;
};

/* An observation that is looked for: then each delay within 20 % is free, and on the leg to the point only those count
 * that fit a sighting. */
struct search {
    const struct sighting *seen;
    uint8_t frames;
    /* False where no future of that world can be what is looked for; NULL: not asked. */
    bool (*may_lead_there)(const void *goal, const struct world *world);
    const void *goal;
};

/* What follows from a world until the next segment passes the point. */
struct continuation {
    struct sighting seen; /* packet.frame is 0 where nothing follows any more: the execution is over */
    struct world world;
};
struct continuations {
    const struct search *search; /* nothing else is of interest; NULL: everything is */
    struct continuation *items;  /* owned */
    size_t count;
    size_t capacity;
    bool out_of_room; /* a bound of the reference was reached, or memory is out: the run is void */
};

/* The world before anything happened. */
void world_begin(struct world *world, const struct beginning *beginning, uint16_t index, const struct budget *budget);

/* Adds every way in which the world can go on until the next segment passes, or to its end. */
void world_continue(const struct world *world, const struct beginning *beginnings, const struct channel *channel,
                    struct continuations *continuations);

/* Orders sightings; 0: the same. */
int sighting_compare(const struct sighting *one, const struct sighting *other);

#endif
