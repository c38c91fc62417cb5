/* SPDX-License-Identifier: BSD-3-Clause */
#include "decode/encapsulation_table.h"

#include <stdio.h>
#include <stdlib.h>

enum {
    ENTRIES = 65536,
    OTHER = ENTRIES + 1,     /* index of the entry that stands for all beyond the limit */
    INDEX = 2 * ENTRIES - 1, /* the bits of a slot that hold the index of an entry */
    SLOTS = 2 * ENTRIES,     /* of the hash table: a power of two, never more than half full */
};

/* Entries are handed out from index 1 in the order in which they come up, so that an index never depends on the hash.
 * All memory is taken at once: the system gives real pages only to the part that is used. */
struct encapsulations {
    uint32_t last;  /* index that encapsulations_intern gave last */
    uint32_t count; /* entries in use */
    uint64_t seed;
    uint32_t *slots;                         /* see find_or_add; 0: free */
    struct encapsulation entries[OTHER + 1]; /* [0]: nothing */
};

enum {
    SHOWN = 1,     /* the number is shown, and tells nothing: a label changes when a path does */
    SEPARATES = 2, /* it tells networks apart */
    PAIRED = 3,    /* likewise, and may be another one in the other direction */
};

static const struct kind {
    uint8_t kind; /* enum encapsulation_kind */
    uint8_t number;
    const char *name;
} kinds[] = {
    {ENCAPSULATION_VLAN, SEPARATES, "vlan"},
    {ENCAPSULATION_BACKBONE, SEPARATES, "802.1ah"},
    {ENCAPSULATION_MPLS, SHOWN, "mpls"},
    {ENCAPSULATION_PPPOE, SHOWN, "pppoe"},
    {ENCAPSULATION_4IN4, 0, "4in4"},
    {ENCAPSULATION_6IN4, 0, "6in4"},
    {ENCAPSULATION_4IN6, 0, "4in6"},
    {ENCAPSULATION_6IN6, 0, "6in6"},
    {ENCAPSULATION_ETHERIP, 0, "etherip"},
    {ENCAPSULATION_ETHERNET_IN_IP, 0, "ethernet-in-ip"},
    {ENCAPSULATION_MINIMAL, 0, "minimal-ip"},
    {ENCAPSULATION_GRE, 0, "gre"},
    {ENCAPSULATION_GRE_KEY, PAIRED, "gre"},
    {ENCAPSULATION_NVGRE, PAIRED, "nvgre"},
    {ENCAPSULATION_ERSPAN, SHOWN, "erspan"},
    {ENCAPSULATION_PPTP, PAIRED, "pptp"},
    {ENCAPSULATION_VXLAN, SEPARATES, "vxlan"},
    {ENCAPSULATION_GENEVE, SEPARATES, "geneve"},
    {ENCAPSULATION_GUE, 0, "gue"},
    {ENCAPSULATION_GTP, PAIRED, "gtp-u"},
    {ENCAPSULATION_L2TP, PAIRED, "l2tp"},
    {ENCAPSULATION_L2TPV3, PAIRED, "l2tpv3"},
    {ENCAPSULATION_TEREDO, 0, "teredo"},
    {ENCAPSULATION_AYIYA, 0, "ayiya"},
    {ENCAPSULATION_CAPWAP, 0, "capwap"},
    {ENCAPSULATION_LISP, SEPARATES, "lisp"},
    {ENCAPSULATION_TZSP, 0, "tzsp"},
    {ENCAPSULATION_FABRICPATH, 0, "fabricpath"},
    {ENCAPSULATION_TRILL, 0, "trill"},
    {ENCAPSULATION_NSH, 0, "nsh"},
    {ENCAPSULATION_IPCOMP, 0, "ipcomp"},
    {ENCAPSULATION_OTHER, 0, "other"},
};

static const struct kind *find_kind(uint8_t kind) {
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
        if (kinds[i].kind == kind)
            return &kinds[i];
    return NULL;
}

static uint8_t number_of(uint8_t kind) {
    const struct kind *row = find_kind(kind);

    return row == NULL ? 0 : row->number;
}

struct encapsulation encapsulation_network(const struct encapsulation *entry, bool paired_too) {
    struct encapsulation network;

    network.count = 0;
    for (unsigned i = 0; i < entry->count; i++) {
        uint8_t number = number_of(entry->layers[i].kind);
        if (number == SEPARATES || (paired_too && number == PAIRED))
            network.layers[network.count++] = entry->layers[i];
    }
    return network;
}

bool encapsulation_is_paired(const struct encapsulation *entry) {
    for (unsigned i = 0; i < entry->count; i++)
        if (number_of(entry->layers[i].kind) == PAIRED)
            return true;
    return false;
}

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

/* A slot holds the index of an entry below, and above it what of the hash chose no slot: most entries that are not
 * meant need not be looked at. */
static uint32_t find_or_add(struct encapsulations *table, const struct encapsulation *entry) {
    uint32_t mixed = hash(table->seed, entry), slot = mixed % SLOTS;
    const uint32_t tag = mixed & ~(uint32_t)INDEX;

    for (uint32_t held; (held = table->slots[slot]) != 0; slot = (slot + 1) % SLOTS) {
        if ((held & ~(uint32_t)INDEX) == tag && equal(&table->entries[held & INDEX], entry))
            return held & INDEX;
    }
    if (table->count == ENTRIES)
        return OTHER;
    table->slots[slot] = tag | ++table->count;
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
    const struct kind *kind;

    text[0] = '\0';
    if (layer >= entry->count)
        return text;
    kind = find_kind(entry->layers[layer].kind);
    if (kind != NULL && kind->number != 0)
        snprintf(text, ENCAPSULATION_TEXT_SIZE, "%s:%u", kind->name, (unsigned)entry->layers[layer].id);
    else if (kind != NULL)
        snprintf(text, ENCAPSULATION_TEXT_SIZE, "%s", kind->name);
    return text;
}
