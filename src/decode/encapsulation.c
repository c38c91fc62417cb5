/* SPDX-License-Identifier: BSD-3-Clause */
#include "decode/encapsulation_table.h"

#include <stdio.h>
#include <stdlib.h>

enum {
    ENTRIES = 65536,
    OTHER = ENTRIES + 1, /* index of the entry that stands for all beyond the limit */
    SLOTS = 2 * ENTRIES, /* of the hash table: a power of two, never more than half full */
};

/* Entries are handed out from index 1 in the order in which they come up, so that an index never depends on the hash.
 * All memory is taken at once: the system gives real pages only to the part that is used. */
struct encapsulations {
    uint32_t last;  /* index that encapsulations_intern gave last */
    uint32_t count; /* entries in use */
    uint64_t seed;
    uint32_t *slots;                         /* index of an entry, 0: free */
    struct encapsulation entries[OTHER + 1]; /* [0]: nothing */
};

static const struct {
    enum encapsulation_kind kind;
    const char *name;
    bool has_id;
} kinds[] = {
    {ENCAPSULATION_VLAN, "vlan", true},
    {ENCAPSULATION_OTHER, "other", false},
};

struct encapsulations *encapsulations_new(void) {
    struct encapsulations *table = malloc(sizeof *table);

    if (table == NULL)
        return NULL;
    table->slots = calloc(SLOTS, sizeof *table->slots);
    if (table->slots == NULL) {
        free(table);
        return NULL;
    }
    table->last = 0;
    table->count = 0;
    table->seed = 0;
    table->entries[0].count = 0;
    table->entries[OTHER].count = 1;
    table->entries[OTHER].layers[0].kind = ENCAPSULATION_OTHER;
    table->entries[OTHER].layers[0].id = 0;
    return table;
}

void encapsulations_free(struct encapsulations *table) {
    if (table == NULL)
        return;
    free(table->slots);
    free(table);
}

void encapsulations_seed(struct encapsulations *table, uint64_t seed) {
    table->seed = seed;
}

static bool equal(const struct encapsulation *one, const struct encapsulation *two) {
    if (one->count != two->count)
        return false;
    for (unsigned i = 0; i < one->count; i++)
        if (one->layers[i].id != two->layers[i].id || one->layers[i].kind != two->layers[i].kind)
            return false;
    return true;
}

static uint32_t hash(uint64_t seed, const struct encapsulation *entry) {
    uint64_t mixed = seed;

    for (unsigned i = 0; i < entry->count; i++) {
        mixed ^= (uint64_t)entry->layers[i].kind << 32 | entry->layers[i].id;
        mixed = (mixed ^ mixed >> 32) * 0x9E3779B97F4A7C15u + seed;
    }
    return (uint32_t)(mixed >> 32);
}

static uint32_t find_or_add(struct encapsulations *table, const struct encapsulation *entry) {
    uint32_t slot = hash(table->seed, entry) % SLOTS;

    while (table->slots[slot] != 0) {
        if (equal(&table->entries[table->slots[slot]], entry))
            return table->slots[slot];
        slot = (slot + 1) % SLOTS;
    }
    if (table->count == ENTRIES)
        return OTHER;
    table->slots[slot] = ++table->count;
    table->entries[table->count] = *entry;
    return table->count;
}

uint32_t encapsulations_intern(struct encapsulations *table, const struct encapsulation *entry) {
    if (entry->count == 0)
        return 0;
    if (!equal(&table->entries[table->last], entry))
        table->last = find_or_add(table, entry);
    return table->last;
}

const struct encapsulation *encapsulations_get(const struct encapsulations *table, uint32_t index) {
    return &table->entries[index <= table->count || index == OTHER ? index : 0];
}

const char *encapsulation_text(const struct encapsulation *entry, unsigned layer, char text[ENCAPSULATION_TEXT_SIZE]) {
    text[0] = '\0';
    if (layer >= entry->count)
        return text;
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
        if (entry->layers[layer].kind == kinds[i].kind)
            snprintf(text, ENCAPSULATION_TEXT_SIZE, kinds[i].has_id ? "%s:%u" : "%s", kinds[i].name,
                     (unsigned)entry->layers[layer].id);
    return text;
}
