/* SPDX-License-Identifier: BSD-3-Clause */
#include "model/flow_table.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

enum { FIRST_SLOTS = 2048, LINE = 64 };
_Static_assert(LINE % (FLOW_GROUP * sizeof(struct flow_slot)) == 0, "in one line of the cache");

/* splitmix64: stretches the seed; the secrecy is the seed's. */
static uint64_t stretch(uint64_t *state) {
    uint64_t z = (*state += 0x9e3779b97f4a7c15u);
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return z ^ (z >> 31);
}

/* The word of the key at i: the second half of the seed is stirred in half way as well. */
static uint64_t key_word(uint64_t *state, int i, uint64_t second) {
    *state ^= i == FLOW_KEY_WORDS / 2 ? second : 0;
    return stretch(state) ^ second;
}

void flow_key_init(struct flow_key *key, const uint64_t seed[2]) {
    uint64_t state = seed[0];
    for (int i = 0; i < FLOW_KEY_WORDS; i++) {
        key->words[i] = key_word(&state, i, seed[1]);
    }
}

/* All free; NULL when memory is out. */
static struct flow_slot *new_slots(uint64_t count) {
    struct flow_slot *slots = aligned_alloc(LINE, count * sizeof *slots);
    if (slots != NULL) {
        memset(slots, 0, count * sizeof *slots);
    }
    return slots;
}

bool flow_table_init(struct flow_table *table, const uint64_t seed[2], bool of_tuples) {
    flow_key_init(&table->key, seed);
    table->of_tuples = of_tuples;
    table->count = 0;
    table->changes = 1;
    table->slot_count = FIRST_SLOTS;
    table->slots = new_slots(FIRST_SLOTS);
    return table->slots != NULL;
}

void flow_table_free(struct flow_table *table) {
    free(table->slots);
    table->slots = NULL;
}

/* To take a small table costs less than to clear a large one, which may never be needed again. */
void flow_table_empty(struct flow_table *table) {
    struct flow_slot *slots = table->slot_count > FIRST_SLOTS ? new_slots(FIRST_SLOTS) : NULL;
    if (slots != NULL) {
        free(table->slots);
        table->slots = slots;
        table->slot_count = FIRST_SLOTS;
    } else {
        memset(table->slots, 0, table->slot_count * sizeof *table->slots);
    }
    table->count = 0;
    table->changes++;
}

bool flow_follows(unsigned version, const uint8_t *one, const uint8_t *other) {
    unsigned at = 0;
    while (version == 6 && at < 3 && flow_word_of(one, at) == flow_word_of(other, at)) {
        at++;
    }
    return flow_word_of(one, at) > flow_word_of(other, at);
}

uint64_t flow_hash(const struct flow_table *table, const struct address *one, uint16_t one_port,
                   const struct address *other, uint16_t other_port, uint32_t network) {
    return flow_key_hash(&table->key, one, one_port, other, other_port, network);
}

static struct flow_slot slot_for(const struct flow_table *table, uint64_t hash, const struct connection *connection,
                                 uint64_t behind) {
    uint64_t back = !table->of_tuples && hash != connection->hash, address = (uintptr_t)connection;
    uint64_t least = behind < FLOW_BEHIND_MOST ? behind : FLOW_BEHIND_MOST;
    struct flow_slot slot = {hash << FLOW_PRINT_AT | back << FLOW_BACK_AT | address | least};
    assert(flow_slot_connection(slot) == connection); /* else it would be another one that is found */
    return slot;
}

static void put(struct flow_table *table, uint64_t hash, const struct connection *connection) {
    uint64_t at = flow_table_home(table, hash), behind = 0;
    while (table->slots[at].word != 0) {
        at = flow_table_after(table, at);
        behind++;
    }
    table->slots[at] = slot_for(table, hash, connection, behind);
}

uint64_t flow_tuple_hash(const struct flow_table *table, const struct connection *connection) {
    const struct address client = connection_address(connection, SIDE_CLIENT);
    const struct address server = connection_address(connection, SIDE_SERVER);
    return flow_hash(table, &client, connection->port[SIDE_CLIENT], &server, connection->port[SIDE_SERVER],
                     ANY_NETWORK);
}

/* The hash of what stands in a slot. */
static uint64_t hash_of(const struct flow_table *table, struct flow_slot slot) {
    const struct connection *connection = flow_slot_connection(slot);
    if (table->of_tuples) {
        return flow_tuple_hash(table, connection);
    }
    return (slot.word >> FLOW_BACK_AT & 1) != 0 ? connection->hash_back : connection->hash;
}

static bool grow(struct flow_table *table) {
    enum { AHEAD = 8 };
    struct flow_table larger = *table;
    larger.slot_count *= 2;
    larger.slots = new_slots(larger.slot_count);
    if (larger.slots == NULL) {
        return false;
    }
    for (uint64_t i = 0; i < table->slot_count; i++) {
        __builtin_prefetch(flow_slot_connection(table->slots[(i + AHEAD) & (table->slot_count - 1)]));
        if (table->slots[i].word != 0) {
            put(&larger, hash_of(table, table->slots[i]), flow_slot_connection(table->slots[i]));
        }
    }
    free(table->slots);
    *table = larger;
    return true;
}

bool flow_table_add(struct flow_table *table, uint64_t hash, struct connection *connection) {
    if (2 * (table->count + 1) > table->slot_count && !grow(table)) {
        return false;
    }
    put(table, hash, connection);
    table->count++;
    table->changes++;
    return true;
}

static uint64_t slot_of(const struct flow_table *table, uint64_t hash, const struct connection *connection) {
    uint64_t at = flow_table_home(table, hash);
    while (!flow_slot_is_like(table->slots[at], hash) || flow_slot_connection(table->slots[at]) != connection) {
        at = flow_table_after(table, at);
    }
    return at;
}

void flow_table_replace(struct flow_table *table, uint64_t hash, const struct connection *replaced,
                        struct connection *connection) {
    struct flow_slot *slot = &table->slots[slot_of(table, hash, replaced)];
    *slot = slot_for(table, hash, connection, slot->word & FLOW_BEHIND_MOST);
    table->changes++;
}

bool flow_table_holds(const struct flow_table *table, uint64_t hash, const struct connection *connection) {
    for (uint64_t at = flow_table_home(table, hash); table->slots[at].word != 0; at = flow_table_after(table, at)) {
        if (flow_slot_is_like(table->slots[at], hash) && flow_slot_connection(table->slots[at]) == connection) {
            return true;
        }
    }
    return false;
}

/* How far what stands there is from its home: a look at it only where that is very far. */
static uint64_t behind_home(const struct flow_table *table, uint64_t at) {
    uint64_t behind = table->slots[at].word & FLOW_BEHIND_MOST;
    return behind < FLOW_BEHIND_MOST
               ? behind
               : (at - flow_table_home(table, hash_of(table, table->slots[at]))) & (table->slot_count - 1);
}

/* The slots behind the gap move up as far as they may, so that no search ends too soon. */
void flow_table_remove(struct flow_table *table, uint64_t hash, const struct connection *connection) {
    uint64_t gap = slot_of(table, hash, connection);
    uint64_t mask = table->slot_count - 1;
    for (uint64_t at = flow_table_after(table, gap); table->slots[at].word != 0; at = flow_table_after(table, at)) {
        uint64_t from_home = behind_home(table, at), from_gap = (at - gap) & mask;
        if (from_home >= from_gap) {
            uint64_t behind = from_home - from_gap < FLOW_BEHIND_MOST ? from_home - from_gap : FLOW_BEHIND_MOST;
            table->slots[gap].word = (table->slots[at].word & ~(uint64_t)FLOW_BEHIND_MOST) | behind;
            gap = at;
        }
    }
    table->slots[gap].word = 0;
    table->count--;
    table->changes++;
}
