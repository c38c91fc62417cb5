/* SPDX-License-Identifier: BSD-3-Clause */
#include "model/flow_table.h"

#include <stdlib.h>
#include <string.h>

enum { FIRST_BUCKETS = 1024 };

/* splitmix64: stretches the seed; the secrecy is the seed's. */
static uint64_t stretch(uint64_t *state) {
    uint64_t z = (*state += 0x9e3779b97f4a7c15u);
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return z ^ (z >> 31);
}

bool flow_table_init(struct flow_table *table, const uint64_t seed[2]) {
    uint64_t state = seed[0];
    for (int i = 0; i < FLOW_KEY_WORDS; i++) {
        state ^= i == FLOW_KEY_WORDS / 2 ? seed[1] : 0;
        table->key[i] = stretch(&state) ^ seed[1];
    }
    table->count = 0;
    table->bucket_count = FIRST_BUCKETS;
    table->buckets = calloc(FIRST_BUCKETS, sizeof *table->buckets);
    return table->buckets != NULL;
}

void flow_table_free(struct flow_table *table) {
    free(table->buckets);
    table->buckets = NULL;
}

/* Multilinear hashing over 32-bit words by pairs (Lemire and Kaser, "Strongly universal string hashing is fast"). */
static uint64_t mix_address(const uint64_t *key, const struct address *address, uint16_t port) {
    uint32_t words[6];
    memcpy(words, address->octets, 16);
    words[4] = port;
    words[5] = address->version;
    uint64_t sum = (key[0] + words[0]) * (key[1] + words[4]);
    if (address->version == 6) {
        sum += (key[2] + words[1]) * (key[3] + words[2]);
        sum += (key[4] + words[3]) * (key[5] + words[5]);
    }
    return sum;
}

/* Whether the first of two ends stands first in the order in which both directions are hashed. */
static bool stands_first(const struct address *one, uint16_t one_port, const struct address *other,
                         uint16_t other_port) {
    int order = memcmp(one->octets, other->octets, one->version == 4 ? 4 : sizeof one->octets);
    return order < 0 || (order == 0 && one_port <= other_port);
}

uint64_t flow_hash(const struct flow_table *table, const struct address *one, uint16_t one_port,
                   const struct address *other, uint16_t other_port, uint32_t encapsulation) {
    bool first = stands_first(one, one_port, other, other_port);
    const struct address *low = first ? one : other;
    const struct address *high = first ? other : one;
    uint64_t sum = table->key[22] + (table->key[20] + encapsulation) * table->key[21];
    sum += mix_address(&table->key[0], low, first ? one_port : other_port);
    sum += mix_address(&table->key[8], high, first ? other_port : one_port);
    return sum ^ (sum >> 32);
}

static bool same_end(const struct address *one, uint16_t one_port, const struct address *other, uint16_t other_port) {
    return one_port == other_port && memcmp(one, other, sizeof *one) == 0;
}

static struct connection **bucket_of(const struct flow_table *table, uint64_t hash) {
    return &table->buckets[(hash >> 16) & (table->bucket_count - 1)];
}

struct connection *flow_table_find(const struct flow_table *table, uint64_t hash, const struct address *source,
                                   uint16_t source_port, const struct address *destination, uint16_t destination_port,
                                   uint32_t encapsulation) {
    for (struct connection *at = *bucket_of(table, hash); at != NULL; at = at->next_in_bucket) {
        if (at->hash != hash || at->encapsulation != encapsulation) {
            continue;
        }
        if (same_end(&at->address[0], at->port[0], source, source_port) &&
            same_end(&at->address[1], at->port[1], destination, destination_port)) {
            return at;
        }
        if (same_end(&at->address[1], at->port[1], source, source_port) &&
            same_end(&at->address[0], at->port[0], destination, destination_port)) {
            return at;
        }
    }
    return NULL;
}

static bool grow(struct flow_table *table) {
    struct flow_table larger = *table;
    larger.bucket_count *= 2;
    larger.buckets = calloc(larger.bucket_count, sizeof *larger.buckets);
    if (larger.buckets == NULL) {
        return false;
    }
    for (uint64_t i = 0; i < table->bucket_count; i++) {
        while (table->buckets[i] != NULL) {
            struct connection *moved = table->buckets[i];
            table->buckets[i] = moved->next_in_bucket;
            struct connection **bucket = bucket_of(&larger, moved->hash);
            moved->next_in_bucket = *bucket;
            *bucket = moved;
        }
    }
    free(table->buckets);
    *table = larger;
    return true;
}

bool flow_table_add(struct flow_table *table, struct connection *connection) {
    if (table->count >= table->bucket_count && !grow(table)) {
        return false;
    }
    struct connection **bucket = bucket_of(table, connection->hash);
    connection->next_in_bucket = *bucket;
    *bucket = connection;
    table->count++;
    return true;
}

static struct connection **link_to(const struct flow_table *table, const struct connection *connection) {
    struct connection **link = bucket_of(table, connection->hash);
    while (*link != NULL && *link != connection) {
        link = &(*link)->next_in_bucket;
    }
    return link;
}

void flow_table_replace(struct flow_table *table, struct connection *replaced, struct connection *connection) {
    struct connection **link = link_to(table, replaced);
    connection->next_in_bucket = replaced->next_in_bucket;
    *link = connection;
}

void flow_table_remove(struct flow_table *table, struct connection *connection) {
    struct connection **link = link_to(table, connection);
    if (*link != NULL) {
        *link = connection->next_in_bucket;
        table->count--;
    }
}
