/* SPDX-License-Identifier: BSD-3-Clause */
#include "decode/fragments.h"

#include <stdlib.h>

enum {
    DATAGRAMS = 1024,
    SLOTS = 2048, /* of the hash table: a power of two */
    CHUNK = 2048, /* octets */
    CHUNKS = 4096,
    LARGEST = 65535, /* octets of a datagram without its first header */
    UNIT = 8,        /* octets; offsets count in them */
    WORDS = (LARGEST + UNIT - 1) / UNIT / 64 + 1,
    CHUNKS_EACH = (LARGEST + CHUNK - 1) / CHUNK,
    NONE = 0xffff, /* no datagram, no chunk */
};

#define LIFETIME    INT64_C(30000000000) /* ns: what Linux gives it; RFC 8200 allows 60 s */
#define COPY_WITHIN INT64_C(1000000)     /* ns: a copy of the last fragment comes within that, another datagram later */

enum datagram_state {
    COLLECTING,
    WHOLE,   /* handed on */
    REFUSED, /* its fragments overlap */
};

struct key {
    uint8_t addresses[32];
    uint32_t id;
    uint32_t network;
    uint8_t version;
    uint8_t protocol; /* of IPv4 */
};

struct datagram {
    struct key key;
    uint8_t state; /* enum datagram_state */
    uint8_t protocol;
    bool total_known;
    uint16_t chained;      /* next one in its slot of the hash table */
    uint16_t older, newer; /* by the latest fragment; of the free ones only newer, the next of them */
    int64_t time;          /* of the first fragment; when it is WHOLE of the last one, ns */
    uint64_t first;        /* number of the frame that held the first one */
    uint32_t frames;       /* that hold fragments of it */
    uint32_t total;        /* octets */
    uint32_t extent;       /* where the farthest fragment ends */
    uint32_t units;        /* that are there */
    uint32_t readable;     /* octets from the start that the snapshot length has not cut away */
    uint32_t last_begin, last_end;
    uint16_t chunks[CHUNKS_EACH];
    uint64_t covered[WORDS]; /* units */
    uint64_t begins[WORDS];  /* units with which a fragment begins */
};

struct fragments {
    uint64_t seed;
    uint16_t slots[SLOTS];
    uint16_t oldest, newest; /* in use */
    uint16_t free_datagram;
    uint16_t fresh_datagrams; /* from this one on never used */
    uint16_t free_chunk;
    uint16_t fresh_chunks;
    uint16_t next_free[CHUNKS];
    struct datagram datagrams[DATAGRAMS];
    uint8_t octets[CHUNKS][CHUNK];
    uint8_t whole[LARGEST + 1]; /* the datagram that became whole last */
};

struct fragments *fragments_new(void) {
    struct fragments *fragments = malloc(sizeof *fragments);

    if (fragments == NULL)
        return NULL;
    fragments->seed = 0;
    memset(fragments->slots, 0xff, sizeof fragments->slots);
    fragments->oldest = fragments->newest = NONE;
    fragments->free_datagram = fragments->free_chunk = NONE;
    fragments->fresh_datagrams = fragments->fresh_chunks = 0;
    return fragments;
}

void fragments_free(struct fragments *fragments) {
    free(fragments);
}

void fragments_seed(struct fragments *fragments, uint64_t seed) {
    fragments->seed = seed;
}

/* --- bit maps ---------------------------------------------------------------------------------------------------- */

/* The bits of word number `word` that lie in [begin, end). */
static uint64_t mask(uint32_t word, uint32_t begin, uint32_t end) {
    uint64_t bits = ~UINT64_C(0);

    if (word == begin / 64)
        bits &= ~UINT64_C(0) << begin % 64;
    if (word == (end - 1) / 64)
        bits &= ~UINT64_C(0) >> (63 - (end - 1) % 64);
    return bits;
}

static void set_bits(uint64_t *map, uint32_t begin, uint32_t end) {
    for (uint32_t word = begin / 64; begin < end && word <= (end - 1) / 64; word++)
        map[word] |= mask(word, begin, end);
}

static bool any_bit(const uint64_t *map, uint32_t begin, uint32_t end) {
    for (uint32_t word = begin / 64; begin < end && word <= (end - 1) / 64; word++)
        if ((map[word] & mask(word, begin, end)) != 0)
            return true;
    return false;
}

static bool all_bits(const uint64_t *map, uint32_t begin, uint32_t end) {
    for (uint32_t word = begin / 64; begin < end && word <= (end - 1) / 64; word++)
        if ((~map[word] & mask(word, begin, end)) != 0)
            return false;
    return true;
}

static bool bit(const uint64_t *map, uint32_t at) {
    return (map[at / 64] >> at % 64 & 1) != 0;
}

/* --- the table of datagrams -------------------------------------------------------------------------------------- */

static uint16_t *slot_of(struct fragments *fragments, const struct key *key) {
    uint64_t mixed = fragments->seed, word;

    for (unsigned i = 0; i < sizeof key->addresses; i += sizeof word) {
        memcpy(&word, key->addresses + i, sizeof word);
        mixed = ((mixed ^ word) ^ (mixed ^ word) >> 32) * 0x9E3779B97F4A7C15u + fragments->seed;
    }
    word = (uint64_t)key->id << 32 ^ key->network ^ (uint64_t)key->protocol << 16;
    mixed = ((mixed ^ word) ^ (mixed ^ word) >> 32) * 0x9E3779B97F4A7C15u;
    return &fragments->slots[(mixed >> 40) % SLOTS];
}

static bool same_key(const struct key *one, const struct key *two) {
    return one->id == two->id && one->network == two->network && one->version == two->version &&
           one->protocol == two->protocol && memcmp(one->addresses, two->addresses, sizeof one->addresses) == 0;
}

static struct datagram *find(struct fragments *fragments, const struct key *key) {
    for (uint16_t at = *slot_of(fragments, key); at != NONE; at = fragments->datagrams[at].chained)
        if (same_key(&fragments->datagrams[at].key, key))
            return &fragments->datagrams[at];
    return NULL;
}

static void unlink_age(struct fragments *fragments, struct datagram *datagram) {
    if (datagram->older == NONE)
        fragments->oldest = datagram->newer;
    else
        fragments->datagrams[datagram->older].newer = datagram->newer;
    if (datagram->newer == NONE)
        fragments->newest = datagram->older;
    else
        fragments->datagrams[datagram->newer].older = datagram->older;
}

static void make_newest(struct fragments *fragments, struct datagram *datagram) {
    uint16_t index = (uint16_t)(datagram - fragments->datagrams);

    datagram->older = fragments->newest;
    datagram->newer = NONE;
    if (fragments->newest == NONE)
        fragments->oldest = index;
    else
        fragments->datagrams[fragments->newest].newer = index;
    fragments->newest = index;
}

static void drop_octets(struct fragments *fragments, struct datagram *datagram) {
    for (unsigned i = 0; i < CHUNKS_EACH; i++) {
        if (datagram->chunks[i] == NONE)
            continue;
        fragments->next_free[datagram->chunks[i]] = fragments->free_chunk;
        fragments->free_chunk = datagram->chunks[i];
        datagram->chunks[i] = NONE;
    }
}

static void forget_oldest(struct fragments *fragments) {
    uint16_t index = fragments->oldest;
    struct datagram *datagram = &fragments->datagrams[index];
    uint16_t *link = slot_of(fragments, &datagram->key);

    while (*link != index)
        link = &fragments->datagrams[*link].chained;
    *link = datagram->chained;
    drop_octets(fragments, datagram);
    unlink_age(fragments, datagram);
    datagram->newer = fragments->free_datagram;
    fragments->free_datagram = index;
}

static struct datagram *take_datagram(struct fragments *fragments) {
    struct datagram *datagram;

    if (fragments->fresh_datagrams < DATAGRAMS) {
        datagram = &fragments->datagrams[fragments->fresh_datagrams++];
        memset(datagram->chunks, 0xff, sizeof datagram->chunks);
        return datagram;
    }
    if (fragments->free_datagram == NONE)
        forget_oldest(fragments);
    datagram = &fragments->datagrams[fragments->free_datagram];
    fragments->free_datagram = datagram->newer;
    return datagram;
}

/* Its octets are gone, its key and its places in the lists stay. */
static void begin_anew(struct fragments *fragments, struct datagram *datagram, const struct frame *frame) {
    drop_octets(fragments, datagram);
    datagram->state = COLLECTING;
    datagram->protocol = 0;
    datagram->total_known = false;
    datagram->time = frame->time;
    datagram->first = frame->number;
    datagram->frames = 0;
    datagram->extent = 0;
    datagram->units = 0;
    datagram->readable = LARGEST;
    memset(datagram->covered, 0, sizeof datagram->covered);
    memset(datagram->begins, 0, sizeof datagram->begins);
}

static struct datagram *add(struct fragments *fragments, const struct key *key, const struct frame *frame) {
    struct datagram *datagram = take_datagram(fragments);
    uint16_t *slot = slot_of(fragments, key);

    datagram->key = *key;
    datagram->chained = *slot;
    *slot = (uint16_t)(datagram - fragments->datagrams);
    begin_anew(fragments, datagram, frame);
    make_newest(fragments, datagram);
    return datagram;
}

/* --- one fragment ------------------------------------------------------------------------------------------------ */

static bool is_over(const struct datagram *datagram, const struct fragment *fragment, uint32_t length, int64_t time) {
    int64_t age = time - datagram->time;

    if (datagram->state == WHOLE) {
        bool copy = datagram->last_begin == fragment->offset && datagram->last_end == fragment->offset + length;
        return !copy || age > COPY_WITHIN || age < -COPY_WITHIN;
    }
    return age > LIFETIME || age < -LIFETIME;
}

static struct datagram *datagram_of(struct walk *walk, const struct fragment *fragment) {
    struct fragments *fragments = walk->decoder->fragments;
    uint32_t octets = walk->version == 4 ? 4 : 16;
    struct datagram *datagram;
    struct key key;

    memset(&key, 0, sizeof key);
    memcpy(key.addresses, walk->source, octets);
    memcpy(key.addresses + octets, walk->destination, octets);
    key.id = fragment->id;
    key.network = walk_network(walk);
    key.version = walk->version;
    key.protocol = walk->version == 4 ? fragment->protocol : 0;
    datagram = find(fragments, &key);
    if (datagram == NULL)
        return add(fragments, &key, walk->frame);
    if (is_over(datagram, fragment, walk->rest.claimed, walk->frame->time)) {
        begin_anew(fragments, datagram, walk->frame);
        unlink_age(fragments, datagram);
        make_newest(fragments, datagram);
    }
    return datagram;
}

enum verdict { NEW, COPY, CONTRADICTION };

/* Holds a fragment of the units [begin, end), which goes to octet `extent`, against those before it. */
static enum verdict judge(const struct datagram *datagram, const struct fragment *fragment, uint32_t extent) {
    uint32_t begin = fragment->offset / UNIT, end = (extent + UNIT - 1) / UNIT;

    if (datagram->total_known && (fragment->more ? extent > datagram->total : extent != datagram->total))
        return CONTRADICTION;
    if (!fragment->more && datagram->extent > extent)
        return CONTRADICTION;
    if (!any_bit(datagram->covered, begin, end))
        return NEW;
    if (all_bits(datagram->covered, begin, end) && bit(datagram->begins, begin) &&
        !any_bit(datagram->begins, begin + 1, end) && (bit(datagram->begins, end) || !bit(datagram->covered, end)))
        return COPY;
    return CONTRADICTION;
}

/* A chunk, at the cost of the oldest datagrams if need be: the newest one needs too few to be among them. */
static uint16_t take_chunk(struct fragments *fragments) {
    uint16_t chunk;

    if (fragments->fresh_chunks < CHUNKS)
        return fragments->fresh_chunks++;
    while (fragments->free_chunk == NONE)
        forget_oldest(fragments);
    chunk = fragments->free_chunk;
    fragments->free_chunk = fragments->next_free[chunk];
    return chunk;
}

static void keep_octets(struct fragments *fragments, struct datagram *datagram, uint32_t offset,
                        const struct cursor *from) {
    uint32_t done = 0;

    while (done < from->captured) {
        uint32_t at = offset + done, within = at % CHUNK;
        uint32_t count = CHUNK - within < from->captured - done ? CHUNK - within : from->captured - done;
        uint16_t *chunk = &datagram->chunks[at / CHUNK];

        if (*chunk == NONE)
            *chunk = take_chunk(fragments);
        memcpy(fragments->octets[*chunk] + within, from->at + done, count);
        done += count;
    }
}

static void keep(struct walk *walk, struct datagram *datagram, const struct fragment *fragment) {
    struct fragments *fragments = walk->decoder->fragments;
    uint32_t extent = fragment->offset + walk->rest.claimed;
    uint32_t begin = fragment->offset / UNIT, end = (extent + UNIT - 1) / UNIT;

    /* The newest is the last to be given up: it stays while room is made for it. */
    unlink_age(fragments, datagram);
    make_newest(fragments, datagram);
    keep_octets(fragments, datagram, fragment->offset, &walk->rest);
    set_bits(datagram->covered, begin, end);
    set_bits(datagram->begins, begin, begin + 1);
    datagram->units += end - begin;
    datagram->frames += 1 + walk->decoded->joined;
    if (walk->rest.captured < walk->rest.claimed && fragment->offset + walk->rest.captured < datagram->readable)
        datagram->readable = fragment->offset + walk->rest.captured;
    if (extent > datagram->extent)
        datagram->extent = extent;
    if (fragment->offset == 0)
        datagram->protocol = fragment->protocol;
    if (!fragment->more) {
        datagram->total_known = true;
        datagram->total = extent;
    }
    datagram->last_begin = fragment->offset;
    datagram->last_end = extent;
}

/* Goes on with the whole of it. Everything that points into the frame, or into the datagram around this one, is left
 * behind first: their octets may be those that are written over. */
static enum decode_result go_on(struct walk *walk, struct datagram *datagram) {
    struct fragments *fragments = walk->decoder->fragments;
    uint32_t readable = datagram->readable < datagram->total ? datagram->readable : datagram->total;

    memcpy(walk->addresses, datagram->key.addresses, sizeof walk->addresses);
    walk->source = walk->addresses;
    walk->destination = walk->addresses + (walk->version == 4 ? 4 : 16);
    for (uint32_t at = 0; at < readable; at += CHUNK)
        memcpy(fragments->whole + at, fragments->octets[datagram->chunks[at / CHUNK]],
               readable - at < CHUNK ? readable - at : CHUNK);
    walk->rest = cursor_over(fragments->whole, readable, datagram->total);
    walk->bounded = true;
    walk->decoded->joined = datagram->frames - 1;
    if (walk->decoded->made_whole_count <= ENCAPSULATION_LAYERS)
        walk->decoded->made_whole[walk->decoded->made_whole_count++] = datagram->first;
    walk->decoded->fragment_of = 0;
    walk->decoded->transient = true;
    datagram->state = WHOLE;
    datagram->time = walk->frame->time;
    drop_octets(fragments, datagram);
    return walk_protocol(walk, datagram->protocol);
}

enum decode_result walk_fragment(struct walk *walk, const struct fragment *fragment) {
    uint32_t length = walk->rest.claimed;
    struct datagram *datagram;

    if (!is_opened_protocol(fragment->protocol, walk->version))
        return walk_skip(walk, SKIP_NOT_TCP);
    if (walk->length_from_wire || length == 0 || (fragment->more && length % UNIT != 0) ||
        length > LARGEST - fragment->offset)
        return walk_skip(walk, SKIP_MALFORMED);
    datagram = datagram_of(walk, fragment);
    walk->decoded->fragment_of = datagram->first;
    if (datagram->state != COLLECTING)
        return walk_skip(walk, SKIP_FRAGMENT);
    switch (judge(datagram, fragment, fragment->offset + length)) {
    case COPY:
        return walk_skip(walk, SKIP_FRAGMENT);
    case CONTRADICTION:
        datagram->state = REFUSED;
        drop_octets(walk->decoder->fragments, datagram);
        return walk_skip(walk, SKIP_FRAGMENT);
    case NEW:
        break;
    }
    keep(walk, datagram, fragment);
    if (datagram->total_known && datagram->units == (datagram->total + UNIT - 1) / UNIT)
        return go_on(walk, datagram);
    return walk_skip(walk, SKIP_FRAGMENT);
}
