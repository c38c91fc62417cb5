/* SPDX-License-Identifier: BSD-3-Clause */
#include "decode/pairing.h"

#include <stdlib.h>
#include <string.h>

enum { SETS = 65536, WAYS = 4 };

struct flow {
    uint8_t address[2][16];
    uint16_t port[2];
    uint32_t symmetric;
};

struct entry {
    struct flow flow;
    uint32_t own[2]; /* numbers by direction; 0: none has passed yet */
    uint32_t network;
    uint32_t used; /* 0: the entry is free; else the higher the later */
};

struct pairing {
    uint64_t seed;
    uint32_t clock;
    struct entry sets[SETS][WAYS];
};

struct pairing *pairing_new(void) {
    return calloc(1, sizeof(struct pairing));
}

void pairing_free(struct pairing *pairing) {
    free(pairing);
}

void pairing_seed(struct pairing *pairing, uint64_t seed) {
    pairing->seed = seed;
}

static bool stands_first(const struct passage *passage) {
    int order = memcmp(passage->source->octets, passage->destination->octets, sizeof passage->source->octets);

    return order != 0 ? order < 0 : passage->source_port <= passage->destination_port;
}

/* The flow of a passage, and which of its two directions this is. */
static unsigned flow_of(const struct passage *passage, struct flow *flow) {
    unsigned direction = stands_first(passage) ? 0 : 1;

    memcpy(flow->address[direction], passage->source->octets, sizeof flow->address[0]);
    memcpy(flow->address[1 - direction], passage->destination->octets, sizeof flow->address[0]);
    flow->port[direction] = passage->source_port;
    flow->port[1 - direction] = passage->destination_port;
    flow->symmetric = passage->symmetric;
    return direction;
}

static size_t set_of(const struct pairing *pairing, const struct flow *flow) {
    uint64_t mixed = pairing->seed, word;

    for (size_t at = 0; at < sizeof *flow; at += sizeof word) {
        memcpy(&word, (const uint8_t *)flow + at, sizeof word);
        mixed = ((mixed ^ word) ^ (mixed ^ word) >> 32) * 0x9E3779B97F4A7C15u + pairing->seed;
    }
    return (mixed >> 40) % SETS;
}
_Static_assert(sizeof(struct flow) == 40, "a flow is hashed and compared as whole words without padding");

static bool is_same(const struct entry *entry, const struct flow *flow) {
    return entry->used != 0 && memcmp(&entry->flow, flow, sizeof *flow) == 0;
}

enum fit { FIT_NONE, FIT_CHANGED, FIT_OPEN, FIT_OTHER_WAY, FIT_SAME };

/* How well a passage fits an entry of its flow: its numbers are known in this direction, or are those of the other one,
 * or this direction has none yet, or it may have changed them. */
static enum fit fit_of(const struct entry *entry, unsigned direction, const struct passage *passage) {
    if (entry->own[direction] == passage->own)
        return FIT_SAME;
    if (entry->own[direction] == 0)
        return entry->own[1 - direction] == passage->own ? FIT_OTHER_WAY : FIT_OPEN;
    return passage->opens ? FIT_NONE : FIT_CHANGED;
}

/* The entry that fits best, of two that fit alike the one used last; its place in the set, or WAYS. */
static unsigned find(const struct entry *set, const struct flow *flow, unsigned direction,
                     const struct passage *passage) {
    enum fit best = FIT_NONE;
    unsigned found = WAYS;

    for (unsigned i = 0; i < WAYS; i++) {
        enum fit fit = is_same(&set[i], flow) ? fit_of(&set[i], direction, passage) : FIT_NONE;
        if (fit == FIT_NONE || fit < best || (fit == best && set[i].used < set[found].used))
            continue;
        best = fit;
        found = i;
    }
    return found;
}

static unsigned least_used(const struct entry *set) {
    unsigned least = 0;

    for (unsigned i = 1; i < WAYS; i++)
        if (set[i].used < set[least].used)
            least = i;
    return least;
}

uint32_t pairing_network(struct pairing *pairing, const struct passage *passage) {
    struct flow flow;
    unsigned direction = flow_of(passage, &flow);
    struct entry *set = pairing->sets[set_of(pairing, &flow)], *entry;
    unsigned way = find(set, &flow, direction, passage);

    if (way == WAYS) {
        entry = &set[least_used(set)];
        entry->flow = flow;
        entry->own[1 - direction] = 0;
        entry->network = passage->own;
    } else {
        entry = &set[way];
    }
    entry->own[direction] = passage->own;
    entry->used = ++pairing->clock != 0 ? pairing->clock : ++pairing->clock;
    return entry->network;
}

uint32_t pairing_find(const struct pairing *pairing, const struct passage *passage) {
    struct flow flow;
    unsigned direction = flow_of(passage, &flow);
    const struct entry *set = pairing->sets[set_of(pairing, &flow)];
    unsigned way = find(set, &flow, direction, passage);

    return way == WAYS ? passage->own : set[way].network;
}
