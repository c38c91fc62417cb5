/* SPDX-License-Identifier: BSD-3-Clause */
#include "model/rest.h"

#include "base/pack.h"
#include "model/budget.h"
#include "model/carriage.h"
#include "model/deadlines.h"
#include "model/lane.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

enum {
    HEAD = offsetof(struct connection, side),
    WORDS = (sizeof(struct connection) - HEAD) / sizeof(uint64_t),
    SLACK = sizeof(uint64_t), /* unpack_words looks that far behind the end */
    LOOKED_AT = 8,            /* connections, before rest_one gives up */
};
_Static_assert(HEAD + PACK_ROOM(WORDS) + SLACK <= UINT16_MAX, "rest_octets holds it");
_Static_assert(HEAD % sizeof(uint64_t) == 0 && sizeof(struct connection) % sizeof(uint64_t) == 0, "made of words");

enum { SHARE_MANY = 128 }; /* of the connections that may be held: so many awake are very many */

/* Each is looked at so often, ns. */
static int64_t look_after(unsigned list) {
    return list == AWAKE_CLOSED ? 100000000 : 200000000;
}

/* One whose ends have both closed gets a last ACK or two, if anything. Others rest as soon where very many are awake.
 */
static int64_t patience(const struct model *model, unsigned list) {
    bool patient = list != AWAKE_CLOSED && model->awake[list].count <= model->settings.max_connections / SHARE_MANY;
    return patient ? 2000000000 : look_after(list);
}

/* It is not worth the work to lay any to rest. */
static bool are_few(const struct model *model) {
    return model->awake_count <= model->budget.idle_awake_most;
}

void rest_await(struct model *model, struct connection *connection, int64_t since) {
    static const uint8_t lists[QUEUES] = {
        [QUEUE_EMBRYONIC] = AWAKE_EMBRYONIC, [QUEUE_CLOSED] = AWAKE_CLOSED, [QUEUE_OPEN] = AWAKE_OPEN};
    unsigned list = lists[connection->queue];
    struct awake *awake = &model->awake[list];
    if (!model->settings.may_move) {
        return;
    }
    connection->awake = (uint8_t)(list + 1);
    awake->count++;
    model->awake_count++;
    connection->rest_due = since + look_after(list);
    connection->earlier = awake->last;
    connection->later = NULL;
    *(awake->last != NULL ? &awake->last->later : &awake->first) = connection;
    awake->last = connection;
    awake->due = awake->first->rest_due;
    if (!are_few(model) && awake->due < model->rest_due) {
        model->rest_due = awake->due;
    }
}

void rest_never(struct model *model, struct connection *connection) {
    if (connection->awake == 0) {
        return;
    }
    struct awake *awake = &model->awake[connection->awake - 1];
    *(connection->earlier != NULL ? &connection->earlier->later : &awake->first) = connection->later;
    *(connection->later != NULL ? &connection->later->earlier : &awake->last) = connection->earlier;
    connection->earlier = connection->later = NULL;
    connection->awake = 0;
    awake->count--;
    model->awake_count--;
    awake->due = awake->first != NULL ? awake->first->rest_due : 0;
}

/* It stands elsewhere now. */
static void move(struct model *model, const struct connection *from, struct connection *to) {
    flow_table_replace(&model->table, to->hash, from, to);
    deadlines_replace(model->queues[to->queue], to);
    carriage_moved(model, from, to);
}

/* Others point to one that hangs on a newer incarnation, or that two hashes find. */
static bool may_rest(const struct model *model, const struct connection *connection) {
    return connection->older == NULL && connection->network_back == connection->network &&
           flow_table_holds(&model->table, connection->hash, connection);
}

/* So much more would be needed if pointers took the most that they can: where things stand in memory must not bear on
 * what is evicted. */
static size_t pointers_excess(const struct connection *connection) {
    const struct endpoint *client = &connection->side[SIDE_CLIENT], *server = &connection->side[SIDE_SERVER];
    const void *const pointers[] = {
        client->path.events,  client->kept,         client->incidents,   client->holes.items, server->path.events,
        server->kept,         server->incidents,    server->holes.items, connection->before,  connection->liveness,
        connection->findings, connection->oddities, connection->log.rows};
    size_t excess = 0;
    for (size_t i = 0; i < sizeof pointers / sizeof pointers[0]; i++) {
        excess += pointers[i] == NULL
                      ? 0
                      : PACK_WORD_MOST - pack_word_octets((uintptr_t)pointers[i], (uint64_t)connection->last_time);
    }
    return excess;
}

/* False when memory is out: then it stays awake. */
static bool lay_down(struct model *model, struct connection *connection) {
    uint8_t packed[PACK_ROOM(WORDS)];
    const uint8_t *end = pack_words(packed, connection->side, WORDS, (uint64_t)connection->last_time);
    size_t octets = (size_t)(end - packed);
    size_t size = HEAD + octets + SLACK;
    struct connection *resting = pool_take_within(model->pool, size, model->settings.memory_budget / SHARE_POOL);
    bool pooled = resting != NULL;
    if (!pooled && (resting = malloc(size)) == NULL) {
        return false;
    }
    memcpy(resting, connection, HEAD);
    memcpy((char *)resting + HEAD, packed, octets);
    memset((char *)resting + HEAD + octets, 0, SLACK);
    resting->at_rest = true;
    resting->rest_octets = pooled ? (uint16_t)size : 0;
    move(model, connection, resting);
    budget_laid_down(model, resting, size + pointers_excess(connection));
    slab_give(model->connections, connection);
    return true;
}

/* What points into the record itself points into the new one. */
static void get_up(struct connection *connection, const struct connection *resting) {
    memcpy(connection, resting, HEAD);
    connection->at_rest = false;
    unpack_words((const uint8_t *)resting + HEAD, connection->side, WORDS, (uint64_t)connection->last_time);
    for (int i = 0; i < SIDES; i++) {
        struct endpoint *side = &connection->side[i];
        side->path.events = side->path.owned ? side->path.events : side->first_events;
    }
    log_moved(connection);
    connection->oddities = connection->oddities == NULL ? NULL : connection->first_oddities;
}

/* What is left of it where it stood is given back. NULL when memory is out. */
static struct connection *get_up_elsewhere(struct model *model, struct connection *connection) {
    struct connection *awake = slab_take_any(model->connections);
    if (awake == NULL) {
        return NULL;
    }
    if (!connection->in_lane) {
        get_up(awake, connection);
        move(model, connection, awake);
        pool_give(model->pool, connection, connection->rest_octets);
    } else if (lane_replay(model, connection, false, awake)) {
        move(model, connection, awake);
        lane_free(model, connection);
    } else {
        slab_give(model->connections, awake);
        return NULL;
    }
    return awake;
}

struct connection *connection_awake(struct model *model, struct connection *connection) {
    if (connection == NULL || (!connection->at_rest && !connection->in_lane)) {
        return connection;
    }
    struct connection *awake = get_up_elsewhere(model, connection);
    if (awake == NULL) {
        return NULL;
    }
    rest_await(model, awake, awake->last_time);
    budget_charge(model, awake);
    return awake;
}

struct connection *rest_spare(struct model *model, struct connection *connection) {
    get_up(model->spare, connection);
    pool_give(model->pool, connection, connection->rest_octets);
    return model->spare;
}

static void advance(struct model *model, unsigned list, int64_t time) {
    const struct awake *awake = &model->awake[list];
    while (awake->first != NULL && awake->due <= time && !are_few(model)) {
        struct connection *connection = awake->first;
        bool rests = connection->last_time + patience(model, list) <= time && may_rest(model, connection);
        rest_never(model, connection);
        if (!rests || !lay_down(model, connection)) {
            rest_await(model, connection, time);
        }
    }
}

void rest_advance(struct model *model, int64_t time) {
    int64_t due = INT64_MAX;
    for (unsigned list = 0; list < AWAKE_LISTS; list++) {
        const struct awake *awake = &model->awake[list];
        advance(model, list, time);
        due = awake->first != NULL && awake->due < due ? awake->due : due;
    }
    model->rest_due = are_few(model) ? INT64_MAX : due;
}

bool rest_one(struct model *model, unsigned list) {
    const struct awake *awake = &model->awake[list];
    for (unsigned tries = 0; tries < LOOKED_AT && awake->first != NULL; tries++) {
        struct connection *connection = awake->first;
        bool rests = may_rest(model, connection);
        rest_never(model, connection);
        if (rests && lay_down(model, connection)) {
            return true;
        }
        rest_await(model, connection, connection->last_time);
    }
    return false;
}
