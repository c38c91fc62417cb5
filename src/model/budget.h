/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef FINWAIT_MODEL_BUDGET_H
#define FINWAIT_MODEL_BUDGET_H

#include "model/internal.h"
#include "model/lane_pieces.h"

/* The octets that connections take, held against model_settings.memory_budget. What is counted follows from the
 * segments alone, never from where the system puts a record: what is evicted is part of the report.
 *
 * Shares: the budget divided by these. */
enum {
    SHARE_EMBRYONIC = 32,       /* attempts, and those of them that are awake: a flood takes no more than that */
    SHARE_AWAKE_EMBRYONIC = 64, /* awake: not at rest (rest.h) */
    SHARE_AWAKE = 8,
    SHARE_IDLE_AWAKE = 128, /* awake although they have waited long: it would cost more to lay them to rest */
    SHARE_SPARED = 128,     /* attempts that take less than that do not go first */
    SHARE_ENDED = 16,       /* what is remembered of connections that have ended (ended.h) */
    SHARE_KEPT = 16,        /* what is kept of payload (kept.h) */
    SHARE_POOL = 16,        /* connections at rest that stand in the pool, whose pieces serve one size each */
    SHARE_NOT_HELD = 8,     /* ended and kept: the rest of the budget is for connections that are held */
};

/* Works out the limits that model->settings give. */
void budget_init(struct model *model);

/* Finds out whether the budget is tight, and how much may be added before it is. */
void budget_look(struct model *model);

/* To be called when a connection has been created, when a segment was applied to it, and before it goes. */
void budget_charge(struct model *model, struct connection *connection);
void budget_release(struct model *model, struct connection *connection);

enum {
    BUDGET_UNIT = 16,   /* octets: what connection.charge counts */
    BUDGET_LANE = 4096, /* of one in the lane (lane.h): with more it would take less as any other connection */
};

/* One in the lane has begun, and a piece of so many octets was taken for its segments. */
void budget_lane_begun(struct model *model, struct connection *connection);
void budget_lane_piece(struct model *model, struct connection *connection, unsigned octets);
/* The last of them has so many octets less now. */
void budget_lane_shortened(struct model *model, struct connection *connection, unsigned octets);
/* There is no room for one more segment, which may take so much more. */
static inline bool budget_lane_is_full(const struct connection *connection) {
    return connection->charge > (BUDGET_LANE - LANE_PIECE) / BUDGET_UNIT;
}

/* It is at rest now, in so many octets. */
void budget_laid_down(struct model *model, struct connection *connection, size_t octets);

/* It moves to that queue. */
void budget_requeue(struct model *model, struct connection *connection, enum queue queue);

/* Brings what is taken back within the budget: connections that wait are sent to rest, or are evicted. No pointer to a
 * connection stays valid. False when memory is out or a callback said stop. */
bool budget_enforce(struct model *model);

/* Whether budget_enforce has something to do. */
static inline bool budget_is_tight(const struct model *model) {
    return model->budget.tight;
}

/* Ends the connection that has been silent for longest: an attempt where attempts go first, else one that is closed, or
 * else an open one. Attempts should go first as long as they are more than one in SHARE_SPARED: few are no flood, and
 * where idle connections fill the memory no new one could ever be completed. */
bool evict_one(struct model *model, bool attempts_first);

#endif
