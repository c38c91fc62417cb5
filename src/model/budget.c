/* SPDX-License-Identifier: BSD-3-Clause */
#include "model/budget.h"

#include "model/deadlines.h"
#include "model/kept.h"
#include "model/lane.h"
#include "model/rest.h"

enum {
    UNIT = BUDGET_UNIT,
    TABLES = 96, /* octets for each connection in the flow table and the queues, which grow by doubling */
    LARGEST = UINT16_MAX,
};

static size_t units_of(size_t octets) {
    return (octets + UNIT - 1) / UNIT;
}

static size_t octets_of_side(const struct endpoint *side) {
    size_t octets = (size_t)side->holes.capacity * sizeof *side->holes.items;
    octets += side->path.owned ? side->path.capacity * sizeof *side->path.events : 0;
    octets += side->incidents != NULL ? sizeof *side->incidents : 0;
    octets += side->kept != NULL ? sizeof *side->kept + KEPT_FIRST * sizeof side->kept->ring[0] : 0;
    return octets;
}

/* What the connection owns beside its record; of what is kept of payload only the first places, the others have a
 * bound of their own. */
static size_t octets_owned(const struct connection *connection) {
    size_t octets = connection->findings_octets;
    for (int i = 0; i < SIDES; i++) {
        octets += octets_of_side(&connection->side[i]);
    }
    octets += connection->log.capacity > LOG_ROWS_INLINE ? connection->log.capacity * sizeof *connection->log.rows : 0;
    octets += connection->liveness != NULL ? sizeof *connection->liveness : 0;
    octets += connection->incarnation > 1 ? sizeof *connection->before : 0;
    return octets;
}

void budget_init(struct model *model) {
    const struct model_settings *settings = &model->settings;
    struct budget *budget = &model->budget;
    uint64_t attempts = settings->memory_budget / SHARE_AWAKE_EMBRYONIC / sizeof(struct connection);
    budget->most = settings->memory_budget - settings->memory_budget / SHARE_NOT_HELD;
    budget->attempt_units_most = settings->memory_budget / SHARE_EMBRYONIC / UNIT;
    budget->awake_attempts_most = attempts < settings->max_awake_attempts ? attempts : settings->max_awake_attempts;
    uint64_t idle = settings->memory_budget / SHARE_IDLE_AWAKE / sizeof(struct connection);
    budget->idle_awake_most = idle < settings->max_idle_awake ? idle : settings->max_idle_awake;
    budget->awake_share = settings->memory_budget / SHARE_AWAKE / sizeof(struct connection);
}

static bool too_many_attempts(const struct model *model) {
    return model->budget.units[QUEUE_EMBRYONIC] > model->budget.attempt_units_most;
}

/* Octets of all that is held. A record that was given back stays the program's. */
static uint64_t octets_held(const struct model *model) {
    const struct budget *budget = &model->budget;
    uint64_t units = 0;
    for (int i = 0; i < QUEUES; i++) {
        units += budget->units[i];
    }
    return units * UNIT + (budget->awake_most - model->awake_count) * sizeof(struct connection);
}

static bool is_exceeded(const struct model *model) {
    return octets_held(model) > model->budget.most;
}

static bool too_many_awake(const struct model *model) {
    return model->awake_count > model->budget.awake_share;
}

/* Most attempts are answered within a round trip, or never. */
static bool too_many_attempts_awake(const struct model *model) {
    return model->awake[AWAKE_EMBRYONIC].count > model->budget.awake_attempts_most;
}

static bool should_rest(const struct model *model) {
    return too_many_attempts_awake(model) || too_many_awake(model);
}

void budget_look(struct model *model) {
    uint64_t awake = model->awake_count;
    struct budget *budget = &model->budget;
    budget->awake_most = awake > budget->awake_most ? awake : budget->awake_most;
    budget->tight = should_rest(model) || too_many_attempts(model) || is_exceeded(model);
    budget->headroom = 0;
    if (!budget->tight) {
        uint64_t attempts = budget->attempt_units_most - budget->units[QUEUE_EMBRYONIC];
        uint64_t all = (budget->most - octets_held(model)) / UNIT;
        budget->headroom = attempts < all ? attempts : all;
    }
}

static void recharge(struct model *model, struct connection *connection, size_t units) {
    uint16_t charge = units < LARGEST ? (uint16_t)units : LARGEST;
    model->budget.units[connection->queue] += (uint64_t)charge - connection->charge;
    connection->charge = charge;
    budget_look(model);
}

void budget_charge(struct model *model, struct connection *connection) {
    recharge(model, connection, units_of(sizeof *connection) + units_of(octets_owned(connection) + TABLES));
}

/* No need to look as long as there is headroom for it. */
static inline void charge_more(struct model *model, struct connection *connection, size_t units) {
    struct budget *budget = &model->budget;
    budget->units[connection->queue] += units;
    connection->charge = (uint16_t)(connection->charge + units);
    if (budget->headroom < units) {
        budget_look(model);
    } else {
        budget->headroom -= units;
    }
}

void budget_lane_begun(struct model *model, struct connection *connection) {
    charge_more(model, connection, units_of(LANE_RECORD + TABLES));
}

void budget_lane_piece(struct model *model, struct connection *connection, unsigned octets) {
    charge_more(model, connection, octets / UNIT);
}

/* The headroom may be more now than it is said to be. */
void budget_lane_shortened(struct model *model, struct connection *connection, unsigned octets) {
    const unsigned units = octets / UNIT;
    model->budget.units[connection->queue] -= units;
    connection->charge = (uint16_t)(connection->charge - units);
}

void budget_laid_down(struct model *model, struct connection *connection, size_t octets) {
    recharge(model, connection, connection->charge - units_of(sizeof *connection) + units_of(octets));
}

/* The headroom may be more now than it is said to be, which is found out when that is used up. */
void budget_release(struct model *model, struct connection *connection) {
    model->budget.units[connection->queue] -= connection->charge;
    connection->charge = 0;
    if (model->budget.tight) {
        budget_look(model);
    }
}

void budget_requeue(struct model *model, struct connection *connection, enum queue queue) {
    model->budget.units[connection->queue] -= connection->charge;
    model->budget.units[queue] += connection->charge;
    connection->queue = (uint8_t)queue;
    if (model->budget.tight || queue == QUEUE_EMBRYONIC) {
        budget_look(model);
    }
}

/* Where one had to go others will, and they stand anywhere in memory. */
static void call_for_next(const struct model *model, enum queue queue) {
    const struct connection *next = deadlines_expect(model->queues[queue]);
    if (next != NULL) {
        flow_table_prefetch(&model->table, next->hash);
    }
}

bool evict_one(struct model *model, bool attempts_first) {
    static const uint8_t order[] = {QUEUE_EMBRYONIC, QUEUE_CLOSED, QUEUE_OPEN, QUEUE_EMBRYONIC};
    struct connection *victim = NULL;
    enum queue queue = QUEUE_EMBRYONIC;
    for (unsigned i = attempts_first ? 0 : 1; i < sizeof order && victim == NULL; i++) {
        queue = (enum queue)order[i];
        victim = deadlines_first(model->queues[queue]);
    }
    if (victim != NULL && (model->evicted == 0 || victim->last_time > model->evicted_time)) {
        model->evicted_time = victim->last_time;
    }
    model->evicted++;
    bool ok = victim != NULL && connection_end(model, victim, END_EVICTED, victim->last_time);
    call_for_next(model, queue);
    return ok;
}

/* The lists are gone through in the order in which least is lost by it. */
static void send_to_rest(struct model *model) {
    while (too_many_attempts_awake(model) && rest_one(model, AWAKE_EMBRYONIC)) {
    }
    for (unsigned list = 0; list < AWAKE_LISTS; list++) {
        while (too_many_awake(model) && rest_one(model, list)) {
        }
    }
}

bool budget_enforce(struct model *model) {
    send_to_rest(model);
    while (model->held > 0 && (too_many_attempts(model) || is_exceeded(model))) {
        uint64_t attempts = model->budget.units[QUEUE_EMBRYONIC] * UNIT;
        if (!evict_one(model, attempts > model->settings.memory_budget / SHARE_SPARED)) {
            return false;
        }
    }
    budget_look(model);
    return true;
}
