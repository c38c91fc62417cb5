/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef FINWAIT_MODEL_FLOW_TABLE_H
#define FINWAIT_MODEL_FLOW_TABLE_H

#include "model/connection.h"
#include "model/flow_hash.h"

/* A keyed hash table from 4-tuple and network to the newest connection on it; both directions find the same one.
 * Open addressing: one cache line holds two groups of four slots, every search begins with the first of a group, and
 * hardly any connection is touched that has another hash. */

/* Stands for whatever network, in a table that is kept without. */
#define ANY_NETWORK UINT32_MAX

/* A connection, whose address is a multiple of 8 and below 2^48, before it some bits of its hash and whether that is
 * its second one, and behind it by how many slots it stands behind its home. 0: free. Where the system gives a program
 * memory above that unasked the table cannot be used: whoever fills one has to look first (flow_slot_reaches). */
struct flow_slot {
    uint64_t word;
};
enum { FLOW_PRINT_AT = 49, FLOW_BACK_AT = 48, FLOW_BEHIND_MOST = 7 /* or more */ };
static inline struct connection *flow_slot_connection(struct flow_slot slot) {
    const uint64_t address = (UINT64_C(1) << FLOW_BACK_AT) - 1 - FLOW_BEHIND_MOST;
    return (struct connection *)(uintptr_t)(slot.word & address);
}
/* A connection can stand there; what cannot is met by abort(). */
static inline bool flow_slot_reaches(const void *memory) {
    return flow_slot_connection((struct flow_slot){(uintptr_t)memory}) == memory;
}
/* What stands there, if anything does, may have that hash. */
static inline bool flow_slot_is_like(struct flow_slot slot, uint64_t hash) {
    return (slot.word ^ hash << FLOW_PRINT_AT) >> FLOW_PRINT_AT == 0;
}

enum { FLOW_GROUP = 4 };

struct flow_table {
    bool of_tuples;          /* kept without networks: a connection stands under another hash than its own */
    struct flow_slot *slots; /* owned; at a line of the cache */
    uint64_t slot_count;     /* a power of two, at most half of them taken */
    uint64_t count;
    uint64_t changes; /* so many times, and one more, something was added, removed or replaced */
    struct flow_key key;
};

/* False when memory is out. seed: see flow_key_init. */
bool flow_table_init(struct flow_table *table, const uint64_t seed[2], bool of_tuples);
void flow_table_free(struct flow_table *table);  /* the connections stay */
void flow_table_empty(struct flow_table *table); /* likewise */

/* flow_key_hash under the table's key. */
uint64_t flow_hash(const struct flow_table *table, const struct address *one, uint16_t one_port,
                   const struct address *other, uint16_t other_port, uint32_t network);

/* Under which a connection stands in a table of tuples. */
uint64_t flow_tuple_hash(const struct flow_table *table, const struct connection *connection);

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
    for (uint64_t at = flow_table_home(table, hash); table->slots[at].word != 0; at = flow_table_after(table, at)) {
        struct connection *connection = flow_slot_connection(table->slots[at]);
        if (flow_slot_is_like(table->slots[at], hash) &&
            connection_is_of_flow(connection, source, source_port, destination, destination_port, network)) {
            return connection;
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

/* Some connection that may have that hash, or NULL, where none has it; without touching it. slot: of flow_table_slot.
 * In which slot of its group it stands nobody could foretell: there is no branch for that. */
static inline struct connection *flow_table_seek_from(const struct flow_table *table, const struct flow_slot *slot,
                                                      uint64_t hash) {
    const unsigned second = flow_slot_is_like(slot[1], hash), third = flow_slot_is_like(slot[2], hash);
    const unsigned fourth = flow_slot_is_like(slot[3], hash), at = (third | fourth) << 1 | second | fourth;
    if (flow_slot_is_like(slot[at], hash) && slot[at].word != 0) {
        return flow_slot_connection(slot[at]);
    }
    const struct flow_slot *end = table->slots + table->slot_count;
    while (!flow_slot_is_like(*slot, hash) && slot->word != 0) {
        slot = slot + 1 < end ? slot + 1 : table->slots;
    }
    return flow_slot_connection(*slot);
}
static inline struct connection *flow_table_seek(const struct flow_table *table, uint64_t hash) {
    return flow_table_seek_from(table, flow_table_slot(table, hash), hash);
}

/* --- */

/* Adds a connection under its hash, or puts it in the place of `replaced`, which must be there (same flow). A
 * connection whose directions are carried differently stands under two. False when memory is out. */
bool flow_table_add(struct flow_table *table, uint64_t hash, struct connection *connection);
void flow_table_replace(struct flow_table *table, uint64_t hash, const struct connection *replaced,
                        struct connection *connection);
bool flow_table_holds(const struct flow_table *table, uint64_t hash, const struct connection *connection);
/* The connection must be in the table under that hash. */
void flow_table_remove(struct flow_table *table, uint64_t hash, const struct connection *connection);

#endif
