/* SPDX-License-Identifier: BSD-3-Clause */
#include "model/ended.h"

#include <stdlib.h>
#include <string.h>

enum { FIRST_BUCKETS = 256, ENDED_MAX = 1 << 20, ALLOCATION = 16 };

struct ended_flows {
    struct ended_flow **buckets; /* owned; newest first in each */
    uint64_t bucket_count;       /* a power of two */
    uint64_t count;
    uint64_t most;
    struct ended_flow *oldest;
    struct ended_flow *newest;
};

struct ended_flows *ended_flows_new(uint64_t most) {
    struct ended_flows *flows = calloc(1, sizeof *flows);
    if (flows == NULL) {
        return NULL;
    }
    most /= sizeof(struct ended_flow) + ALLOCATION + 2 * sizeof *flows->buckets;
    flows->most = most < ENDED_MAX ? most : ENDED_MAX;
    flows->bucket_count = FIRST_BUCKETS;
    flows->buckets = calloc(FIRST_BUCKETS, sizeof *flows->buckets);
    if (flows->buckets == NULL) {
        free(flows);
        return NULL;
    }
    return flows;
}

void ended_flows_free(struct ended_flows *flows) {
    if (flows == NULL) {
        return;
    }
    while (flows->oldest != NULL) {
        struct ended_flow *next = flows->oldest->next_ended;
        free(flows->oldest);
        flows->oldest = next;
    }
    free(flows->buckets);
    free(flows);
}

static struct ended_flow **bucket_of(const struct ended_flows *flows, uint64_t hash) {
    return &flows->buckets[(hash >> 16) & (flows->bucket_count - 1)];
}

static void link_in(struct ended_flows *flows, struct ended_flow *flow) {
    struct ended_flow **bucket = bucket_of(flows, flow->hash);
    flow->next_in_bucket = *bucket;
    *bucket = flow;
}

/* Oldest first, so that the newest stands first in its bucket again. Without memory the chains grow longer instead. */
static void grow(struct ended_flows *flows) {
    struct ended_flow **buckets = calloc(flows->bucket_count * 2, sizeof *buckets);
    if (buckets == NULL) {
        return;
    }
    free(flows->buckets);
    flows->buckets = buckets;
    flows->bucket_count *= 2;
    for (struct ended_flow *flow = flows->oldest; flow != NULL; flow = flow->next_ended) {
        link_in(flows, flow);
    }
}

static struct ended_flow note(const struct connection *connection) {
    struct ended_flow flow = {.hash = connection->hash,
                              .id = connection->id,
                              .last_frame = connection->last_frame,
                              .last_time = connection->last_time,
                              .end_time = connection->end_time,
                              .network = connection->network,
                              .incarnation = connection->incarnation,
                              .timestamps = true,
                              .closed = true,
                              .cut_short = connection->end != END_CLOSED};
    for (int i = 0; i < SIDES; i++) {
        const struct endpoint *side = &connection->side[i];
        flow.address[i] = connection->address[i];
        flow.port[i] = connection->port[i];
        flow.isn[i] = side->isn;
        flow.next[i] = endpoint_raw_stop(side);
        flow.tsval[i] = side->tsval_max;
        flow.timestamps = flow.timestamps && side->timestamps_seen;
        flow.closed = flow.closed && side->path.state == STATE_CLOSED;
    }
    return flow;
}

static void unlink_oldest(struct ended_flows *flows) {
    struct ended_flow *flow = flows->oldest;
    struct ended_flow **link = bucket_of(flows, flow->hash);
    while (*link != flow) {
        link = &(*link)->next_in_bucket;
    }
    *link = flow->next_in_bucket;
    flows->oldest = flow->next_ended;
    flows->newest = flows->oldest == NULL ? NULL : flows->newest;
    flows->count--;
    free(flow);
}

void ended_flows_add(struct ended_flows *flows, const struct connection *connection) {
    struct ended_flow flow = note(connection);
    ended_flows_put(flows, &flow);
}

void ended_flows_put(struct ended_flows *flows, const struct ended_flow *noted) {
    struct ended_flow *flow = flows->most > 0 ? malloc(sizeof *flow) : NULL;
    if (flow == NULL) {
        return;
    }
    if (flows->count >= flows->most) {
        unlink_oldest(flows);
    }
    if (flows->count >= flows->bucket_count) {
        grow(flows);
    }
    *flow = *noted;
    flow->next_ended = NULL;
    link_in(flows, flow);
    if (flows->newest != NULL) {
        flows->newest->next_ended = flow;
    } else {
        flows->oldest = flow;
    }
    flows->newest = flow;
    flows->count++;
}

void ended_flows_forget(struct ended_flows *flows, int64_t before) {
    while (flows->oldest != NULL && flows->oldest->end_time <= before) {
        unlink_oldest(flows);
    }
}

__attribute__((noinline)) static bool same_end(const struct ended_flow *flow, int side,
                                               const struct connection *connection, int other) {
    const struct address address = connection_address(connection, (enum side)other);
    return flow->port[side] == connection->port[other] && address_equal(&flow->address[side], &address);
}

const struct ended_flow *ended_flows_find(const struct ended_flows *flows, const struct connection *connection,
                                          int64_t since, bool *same_roles) {
    if (flows->count == 0) {
        return NULL;
    }
    int64_t begins = connection->in_lane ? connection->last_time : connection->first_time;
    for (const struct ended_flow *flow = *bucket_of(flows, connection->hash); flow != NULL;
         flow = flow->next_in_bucket) {
        bool recent = flow->end_time > since && flow->end_time <= begins;
        if (!recent || flow->hash != connection->hash || flow->network != connection->network) {
            continue;
        }
        *same_roles = same_end(flow, 0, connection, 0) && same_end(flow, 1, connection, 1);
        if (*same_roles || (same_end(flow, 0, connection, 1) && same_end(flow, 1, connection, 0))) {
            return flow;
        }
    }
    return NULL;
}
