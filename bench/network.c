/* SPDX-License-Identifier: BSD-3-Clause */
#include "bench/simulation.h"

#include <stdlib.h>
#include <string.h>

enum { CHUNK_ITEMS = 4096, NS_PER_OCTET = 8 /* 1 Gbit/s */, OVERHEAD = 78 };

/* Items are numbered from 1 and stay where they are: handlers may hold one while another is made. */
static void *pool_item(const struct pool *pool, uint32_t number) {
    return (char *)pool->chunks[(number - 1) / CHUNK_ITEMS] + (size_t)((number - 1) % CHUNK_ITEMS) * pool->item_size;
}

static bool pool_grow(struct pool *pool) {
    void **chunks = realloc(pool->chunks, (pool->chunk_count + 1) * sizeof *chunks);
    if (chunks == NULL)
        return false;
    pool->chunks = chunks;
    chunks[pool->chunk_count] = malloc(CHUNK_ITEMS * pool->item_size);
    if (chunks[pool->chunk_count] == NULL)
        return false;
    pool->chunk_count++;
    return true;
}

/* A fresh item with its number, all zero; 0 when memory has run out. */
static uint32_t pool_take(struct pool *pool, uint32_t next_free) {
    if (pool->free != 0) {
        uint32_t number = pool->free;
        pool->free = next_free;
        return number;
    }
    if (pool->used == pool->chunk_count * CHUNK_ITEMS && !pool_grow(pool))
        return 0;
    return ++pool->used;
}

static void pool_free(struct pool *pool) {
    for (size_t i = 0; i < pool->chunk_count; i++)
        free(pool->chunks[i]);
    free(pool->chunks);
}

static struct connection *connection_at(const struct simulation *simulation, uint32_t number) {
    return pool_item(&simulation->connections, number);
}

static struct segment *segment_at(const struct simulation *simulation, uint32_t number) {
    return pool_item(&simulation->segments, number);
}

/* A free connection keeps the number of the next free one in `references`. */
struct connection *connection_new(struct simulation *simulation) {
    struct pool *pool = &simulation->connections;
    uint32_t number = pool_take(pool, pool->free != 0 ? connection_at(simulation, pool->free)->references : 0);
    if (number == 0) {
        simulation->failed = true;
        return NULL;
    }
    struct connection *connection = connection_at(simulation, number);
    *connection = (struct connection){.number = number};
    if (++simulation->live > simulation->peak_live)
        simulation->peak_live = simulation->live;
    return connection;
}

static void connection_release(struct simulation *simulation, struct connection *connection) {
    if (--connection->references != 0)
        return;
    truth_write(simulation, connection);
    simulation->live--;
    simulation->data_repeated += connection->data_repeated;
    simulation->lifetimes += (uint64_t)(connection->last_time - connection->first_time);
    connection->references = simulation->connections.free;
    simulation->connections.free = connection->number;
}

void connection_event(struct simulation *simulation, struct connection *connection, int64_t time, enum event_kind kind,
                      enum side side) {
    connection->references++;
    if (!event_put(&simulation->events, time, kind, connection->number, (uint8_t)side))
        simulation->failed = true;
}

struct segment *segment_new(struct simulation *simulation) {
    struct pool *pool = &simulation->segments;
    uint32_t number = pool_take(pool, pool->free != 0 ? segment_at(simulation, pool->free)->next_free : 0);
    if (number == 0) {
        simulation->failed = true;
        return NULL;
    }
    struct segment *segment = segment_at(simulation, number);
    *segment = (struct segment){.next_free = number};
    return segment;
}

/* While a segment is in use, `next_free` holds its own number. */
static void segment_release(struct simulation *simulation, struct segment *segment) {
    uint32_t number = segment->next_free;
    segment->next_free = simulation->segments.free;
    simulation->segments.free = number;
}

/* A leg's delay, give or take 20 %. */
static int64_t delay(struct simulation *simulation, int64_t leg) {
    return leg - leg / 5 + random_between(&simulation->random, 0, 2 * (leg / 5));
}

/* When a segment that leaves now is through, behind the one that left before it. */
static int64_t in_order(int64_t *clock, int64_t time, uint32_t length) {
    int64_t earliest = *clock + (int64_t)(length + OVERHEAD) * NS_PER_OCTET;
    *clock = time > earliest ? time : earliest;
    return *clock;
}

void network_send(struct simulation *simulation, struct connection *connection, struct segment *segment) {
    enum side side = segment->side;
    int64_t time = simulation->now + delay(simulation, connection->plan.leg[side]);
    time = in_order(&connection->pass_clock[side], time, segment->length);
    connection->references++;
    if (!event_put(&simulation->events, time, EVENT_PASS, segment->next_free, segment->side))
        simulation->failed = true;
}

static void put32(uint8_t *at, uint32_t value) {
    for (int i = 0; i < 4; i++)
        at[i] = (uint8_t)(value >> (24 - 8 * i));
}

/* In the order in which Linux writes them. Returns the end. */
static uint8_t *put_syn_options(uint8_t *at, const struct plan *plan, const struct segment *segment) {
    enum { SCALE = 7 };
    const uint8_t mss[4] = {2, 4, (uint8_t)(plan->mss >> 8), (uint8_t)plan->mss};
    memcpy(at, mss, sizeof mss);
    at += sizeof mss;
    if (plan->sack || segment->timestamps) {
        const uint8_t permitted[2] = {plan->sack ? 4 : 1, plan->sack ? 2 : 1};
        memcpy(at, permitted, sizeof permitted);
        at += sizeof permitted;
        if (!segment->timestamps) {
            at[0] = at[1] = 1;
            at += 2;
        }
    }
    if (segment->timestamps) {
        at[0] = 8;
        at[1] = 10;
        put32(at + 2, segment->tsval);
        put32(at + 6, segment->tsecr);
        at += 10;
    }
    if (plan->scaling) {
        const uint8_t scale[4] = {1, 3, 3, SCALE};
        memcpy(at, scale, sizeof scale);
        at += sizeof scale;
    }
    return at;
}

static uint8_t *put_options(uint8_t *at, const struct segment *segment, uint32_t peer_iss) {
    if (segment->timestamps) {
        const uint8_t start[4] = {1, 1, 8, 10};
        memcpy(at, start, sizeof start);
        put32(at + 4, segment->tsval);
        put32(at + 8, segment->tsecr);
        at += 12;
    }
    if (segment->sack_count != 0) {
        const uint8_t start[4] = {1, 1, 5, (uint8_t)(2 + 8 * segment->sack_count)};
        memcpy(at, start, sizeof start);
        at += 4;
        for (unsigned i = 0; i < segment->sack_count; i++, at += 8) {
            put32(at, peer_iss + segment->sack[i].from);
            put32(at + 4, peer_iss + segment->sack[i].to);
        }
    }
    return at;
}

static bool write_frame(struct simulation *simulation, struct connection *connection, const struct segment *segment) {
    const struct plan *plan = &connection->plan;
    const struct endpoint *sender = &connection->ends[segment->side], *peer = &connection->ends[!segment->side];
    struct wire_end ends[2];
    wire_ends(connection, ends);
    struct wire_segment wire = {
        .source = ends[segment->side],
        .destination = ends[!segment->side],
        .seq = sender->iss + segment->offset,
        .ack = (segment->flags & FLAG_ACK) != 0 ? peer->iss + segment->ack : 0,
        .payload_length = segment->length,
        .payload_position = sender->iss + segment->offset,
        .window = segment->window,
        .ip_id = segment->ip_id,
        .flags = segment->flags,
        .hop_limit = (uint8_t)(64 - plan->hops[segment->side]),
        .ipv6 = plan->ipv6,
    };
    const uint8_t *end = (segment->flags & FLAG_SYN) != 0 ? put_syn_options(wire.options, plan, segment)
                                                          : put_options(wire.options, segment, peer->iss);
    wire.option_length = (uint8_t)(end - wire.options);
    return savefile_write(simulation->output, simulation->now, &wire);
}

/* The segment is at the capture point: write it down, then let it go on or not. */
static void segment_passes(struct simulation *simulation, struct segment *segment, uint32_t number) {
    struct connection *connection = connection_at(simulation, segment->connection);
    enum side side = segment->side;
    if (segment->fate != NOT_CAPTURED) {
        if (!write_frame(simulation, connection, segment))
            simulation->failed = true;
        if (connection->first_frame == 0) {
            connection->first_frame = simulation->output->frames;
            connection->first_time = simulation->now;
        }
        connection->last_time = simulation->last_frame = simulation->now;
        connection->frames[side]++;
    }
    if (segment->fate == LOST_BEYOND_POINT) {
        segment_release(simulation, segment);
        connection_release(simulation, connection);
        return;
    }
    int64_t time = simulation->now + delay(simulation, connection->plan.leg[!side]);
    time = in_order(&connection->arrive_clock[side], time, segment->length);
    if (!event_put(&simulation->events, time, EVENT_ARRIVE, number, (uint8_t)!side))
        simulation->failed = true;
}

static void segment_arrives(struct simulation *simulation, struct segment *segment, enum side side) {
    struct connection *connection = connection_at(simulation, segment->connection);
    struct segment copy = *segment;
    segment_release(simulation, segment);
    endpoint_receive(simulation, connection, side, &copy);
    connection_release(simulation, connection);
}

static void handle(struct simulation *simulation, const struct event *event) {
    if (event->kind == EVENT_START) {
        workload_start(simulation);
    } else if (event->kind == EVENT_PASS) {
        segment_passes(simulation, segment_at(simulation, event->subject), event->subject);
    } else if (event->kind == EVENT_ARRIVE) {
        segment_arrives(simulation, segment_at(simulation, event->subject), event->side);
    } else {
        struct connection *connection = connection_at(simulation, event->subject);
        if (event->kind == EVENT_RETRANSMIT || event->kind == EVENT_DELAYED_ACK)
            endpoint_timer(simulation, connection, event->side, event->kind);
        else
            workload_event(simulation, connection, event);
        connection_release(simulation, connection);
    }
}

bool simulation_run(struct simulation *simulation) {
    struct event event = {.time = 0};
    simulation->connections.item_size = sizeof(struct connection);
    simulation->segments.item_size = sizeof(struct segment);
    if (!event_put(&simulation->events, 1, EVENT_START, 0, CLIENT)) /* time 0 means "never" in timers */
        return false;
    while (!simulation->failed && event_take(&simulation->events, &event)) {
        simulation->now = event.time;
        handle(simulation, &event);
    }
    return !simulation->failed;
}

void simulation_free(struct simulation *simulation) {
    event_queue_free(&simulation->events);
    pool_free(&simulation->connections);
    pool_free(&simulation->segments);
}
