/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef FINWAIT_MODEL_FLOW_TABLE_H
#define FINWAIT_MODEL_FLOW_TABLE_H

#include "model/connection.h"
#include "model/flow_hash.h"

/* A keyed hash table from 4-tuple and network to the newest connection on it; both directions find the same one.
 * Open addressing: one cache line holds a group of four slots, with the first of which every search begins, and a
 * connection is touched only where all 64 bits of its hash agree. */

/* Stands for whatever network, in a table that is kept without. */
#define ANY_NETWORK UINT32_MAX

struct flow_slot {
    uint64_t hash;
    struct connection *connection; /* NULL: free */
};

enum { FLOW_GROUP = 4 };

struct flow_table {
    struct flow_slot *slots; /* owned; at a line of the cache */
    uint64_t slot_count;     /* a power of two, at most half of them taken */
    uint64_t count;
    uint64_t changes; /* so many times, and one more, something was added, removed or replaced */
    struct flow_key key;
};

/* False when memory is out. seed: see flow_key_init. */
bool flow_table_init(struct flow_table *table, const uint64_t seed[2]);
void flow_table_free(struct flow_table *table);  /* the connections stay */
void flow_table_empty(struct flow_table *table); /* likewise */

/* flow_key_hash under the table's key. */
uint64_t flow_hash(const struct flow_table *table, const struct address *one, uint16_t one_port,
                   const struct address *other, uint16_t other_port, uint32_t network);

/* --- inline, for every segment is looked up --- */

static inline uint64_t flow_table_home(const struct flow_table *table, uint64_t hash) {
    return (hash >> 16) & (table->slot_count - FLOW_GROUP);
}

static inline uint64_t flow_table_after(const struct flow_table *table, uint64_t at) {
    return (at + 1) & (table->slot_count - 1);
}

static inline bool connection_ends_at(const struct connection *connection, enum side side,
                                      const struct address *address, uint16_t port) {
    if (connection->port[side] != port) {
        return false;
    }
    if (!connection->in_lane || connection->ipv6) {
        const struct address end = connection_address(connection, side);
        return address_equal(&end, address);
    }
    return address->version == 4 && flow_word_of(address->octets, 0) == flow_word_of(connection->octets[side], 0);
}

static inline bool connection_is_of_flow(const struct connection *connection, const struct address *source,
                                         uint16_t source_port, const struct address *destination,
                                         uint16_t destination_port, uint32_t network) {
    if (connection->network != network && network != ANY_NETWORK &&
        (connection->in_lane || connection->network_back != network)) {
        return false;
    }
    return (connection_ends_at(connection, SIDE_CLIENT, source, source_port) &&
            connection_ends_at(connection, SIDE_SERVER, destination, destination_port)) ||
           (connection_ends_at(connection, SIDE_SERVER, source, source_port) &&
            connection_ends_at(connection, SIDE_CLIENT, destination, destination_port));
}

/* The newest connection of the segment's flow, or NULL. */
__attribute__((always_inline)) static inline struct connection *
flow_table_find(const struct flow_table *table, uint64_t hash, const struct address *source, uint16_t source_port,
                const struct address *destination, uint16_t destination_port, uint32_t network) {
    for (uint64_t at = flow_table_home(table, hash); table->slots[at].connection != NULL;
         at = flow_table_after(table, at)) {
        if (table->slots[at].hash == hash && connection_is_of_flow(table->slots[at].connection, source, source_port,
                                                                   destination, destination_port, network)) {
            return table->slots[at].connection;
        }
    }
    return NULL;
}

/* The first slot in which that hash may stand. */
static inline const struct flow_slot *flow_table_slot(const struct flow_table *table, uint64_t hash) {
    return &table->slots[flow_table_home(table, hash)];
}

/* Starts to fetch it. */
static inline void flow_table_prefetch(const struct flow_table *table, uint64_t hash) {
    __builtin_prefetch(flow_table_slot(table, hash));
}

/* Some connection with that hash, or NULL, without touching it; slot: of flow_table_slot. In which slot of its group it
 * stands nobody could foretell: there is no branch for that. */
static inline struct connection *flow_table_seek_from(const struct flow_table *table, const struct flow_slot *slot,
                                                      uint64_t hash) {
    const unsigned second = slot[1].hash == hash, third = slot[2].hash == hash, fourth = slot[3].hash == hash;
    const unsigned at = (third | fourth) << 1 | second | fourth;
    if (slot[at].hash == hash && slot[at].connection != NULL) {
        return slot[at].connection;
    }
    const struct flow_slot *end = table->slots + table->slot_count;
    while (slot->hash != hash && slot->connection != NULL) {
        slot = slot + 1 < end ? slot + 1 : table->slots;
    }
    return slot->connection;
}
static inline struct connection *flow_table_seek(const struct flow_table *table, uint64_t hash) {
    return flow_table_seek_from(table, flow_table_slot(table, hash), hash);
}

/* --- */

/* Adds a connection under a hash, or puts it in the place of `replaced`, which must be there (same flow). A connection
 * whose directions are carried differently stands under two. False when memory is out. */
bool flow_table_add(struct flow_table *table, uint64_t hash, struct connection *connection);
void flow_table_replace(struct flow_table *table, uint64_t hash, const struct connection *replaced,
                        struct connection *connection);
bool flow_table_holds(const struct flow_table *table, uint64_t hash, const struct connection *connection);
/* The connection must be in the table under that hash. */
void flow_table_remove(struct flow_table *table, uint64_t hash, const struct connection *connection);

#endif
