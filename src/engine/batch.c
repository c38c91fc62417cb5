/* SPDX-License-Identifier: BSD-3-Clause */
#include "engine/batch.h"

#include <stdlib.h>
#include <string.h>

enum {
    ALIGNMENT = 8,
    LINE = 64,
    OPENED = offsetof(struct arrived, direct), /* octets of struct arrived that are written of what is opened */
};

/* What is written for a frame that its analyser is to open; behind it stand the packet and, if it is a SYN, room for
 * the segment. */
struct unopened {
    uint64_t link_source;
    struct direct_path path;
    uint32_t claimed;
    uint32_t captured;
    uint8_t header;
    uint8_t version;
    uint8_t partition;
    bool good_checksum;
    bool syn;
};

static size_t aligned(size_t octets) {
    return (octets + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
}

struct batch *batch_new(void) {
    struct batch *batch = malloc(sizeof *batch);

    if (batch == NULL)
        return NULL;
    batch_clear(batch);
    batch->room = BATCH_OCTETS;
    batch->octets = malloc(batch->room);
    if (batch->octets == NULL) {
        free(batch);
        return NULL;
    }
    return batch;
}

void batch_free(struct batch *batch) {
    if (batch != NULL)
        free(batch->octets);
    free(batch);
}

void batch_clear(struct batch *batch) {
    batch->count = batch->own_count = 0;
    batch->used = 0;
    batch->last = false;
}

bool batch_make_room(struct batch *batch, size_t octets) {
    if (batch->room >= octets)
        return true;
    uint8_t *larger = realloc(batch->octets, octets);
    if (larger == NULL)
        return false;
    batch->octets = larger;
    batch->room = octets;
    return true;
}

/* --- what is written --- */

static size_t size_of_what(const struct arrived *arrived) {
    switch ((enum decode_result)arrived->result) {
    case DECODE_SEGMENT:
        return sizeof(struct segment);
    case DECODE_ICMP_ERROR:
        return sizeof(struct icmp_error);
    case DECODE_BROKEN:
        return sizeof(struct broken_segment);
    case DECODE_SKIPPED:
        break;
    }
    return 0;
}

size_t batch_octets_of(const struct arrived *arrived) {
    size_t payload = arrived->result == DECODE_SEGMENT ? arrived->of.segment->payload_captured : 0;

    return aligned(OPENED) + aligned(size_of_what(arrived)) + aligned(payload) +
           arrived->made_whole_count * sizeof *arrived->made_whole;
}

size_t batch_octets_of_direct(const struct direct *direct) {
    return aligned(sizeof(struct unopened)) + aligned(direct_octets(direct)) +
           (direct_has_syn(direct) ? aligned(sizeof(struct segment)) : 0);
}

static void *reserve(struct batch *batch, size_t octets) {
    void *room = batch->octets + batch->used;

    batch->used += aligned(octets);
    return room;
}

static void *copy(struct batch *batch, const void *from, size_t octets) {
    void *to = reserve(batch, octets);

    if (octets > 0)
        memcpy(to, from, octets);
    return to;
}

static void begin(struct batch *batch, const struct frame *frame, uint8_t whose, bool unopened) {
    unsigned at = batch->count++;

    batch->times[at] = frame->time;
    batch->numbers[at] = frame->number;
    batch->whose[at] = whose;
    batch->unopened[at] = unopened;
    batch->starts[at] = (uint32_t)batch->used;
}

void batch_add(struct batch *batch, const struct frame *frame, uint8_t whose, const struct arrived *from) {
    begin(batch, frame, whose, false);
    struct arrived *arrived = copy(batch, from, OPENED);
    if (from->result == DECODE_SEGMENT) {
        struct segment *segment = copy(batch, from->of.segment, sizeof *segment);
        segment->payload = copy(batch, segment->payload, segment->payload_captured);
        arrived->of.segment = segment;
    } else if (from->result == DECODE_ICMP_ERROR) {
        arrived->of.icmp_error = copy(batch, from->of.icmp_error, sizeof *from->of.icmp_error);
    } else if (from->result == DECODE_BROKEN) {
        arrived->of.broken = copy(batch, from->of.broken, sizeof *from->of.broken);
    }
    if (from->made_whole_count > 0)
        arrived->made_whole = copy(batch, from->made_whole, from->made_whole_count * sizeof *from->made_whole);
}

void batch_add_direct(struct batch *batch, const struct frame *frame, uint8_t whose, const struct direct *direct,
                      uint8_t partition, bool good_checksum) {
    begin(batch, frame, whose, true);
    struct unopened *unopened = reserve(batch, sizeof *unopened);
    unopened->link_source = direct->link_source;
    unopened->path.encapsulation = direct->path.encapsulation;
    unopened->path.network = direct->path.network;
    unopened->claimed = direct->claimed;
    unopened->captured = direct->captured;
    unopened->header = (uint8_t)direct->header;
    unopened->version = direct->version;
    unopened->partition = partition;
    unopened->good_checksum = good_checksum;
    unopened->syn = direct_has_syn(direct);
    copy(batch, direct->packet, direct_octets(direct));
    if (unopened->syn)
        reserve(batch, sizeof(struct segment));
}

/* --- what is read --- */

static struct direct direct_of(const struct batch *batch, unsigned at) {
    const struct unopened *unopened = (const struct unopened *)(batch->octets + batch->starts[at]);

    return (struct direct){.packet = (const uint8_t *)unopened + aligned(sizeof *unopened),
                           .frame = batch->numbers[at],
                           .time = batch->times[at],
                           .link_source = unopened->link_source,
                           .path = unopened->path,
                           .captured = unopened->captured,
                           .claimed = unopened->claimed,
                           .header = unopened->header,
                           .version = unopened->version};
}

/* Of a SYN. */
static struct segment *segment_in(const struct batch *batch, unsigned at) {
    const struct direct direct = direct_of(batch, at);
    uint8_t *start = batch->octets + batch->starts[at];

    return (struct segment *)(start + aligned(sizeof(struct unopened)) + aligned(direct_octets(&direct)));
}

void batch_call_for(const struct batch *batch, unsigned at) {
    const uint8_t *start = batch->octets + batch->starts[at];
    uint32_t octets = (at + 1 < batch->count ? batch->starts[at + 1] : (uint32_t)batch->used) - batch->starts[at];

    for (uint32_t line = 0; line < octets && line < 4 * LINE; line += LINE)
        __builtin_prefetch(start + line);
}

void batch_open(const struct batch *batch, unsigned at, const struct flow_key *key, struct segment *segment,
                struct arrived *arrived) {
    const uint8_t *start = batch->octets + batch->starts[at];
    const struct unopened *unopened = (const struct unopened *)start;
    struct direct *direct = &arrived->direct;

    if (!batch->unopened[at]) {
        memcpy(arrived, start, OPENED);
        return;
    }
    *direct = direct_of(batch, at);
    arrived->result = DECODE_SEGMENT;
    arrived->partition = unopened->partition;
    arrived->good_checksum = unopened->good_checksum;
    arrived->made_whole_count = 0;
    arrived->place.changes = 0;
    arrived->place.hash = packet_hash(direct->packet, direct->version, direct->path.network, key);
    arrived->unopened = direct_is_usual(direct, direct->version);
    if (arrived->unopened)
        return;
    segment = unopened->syn ? segment_in(batch, at) : segment;
    direct_open(direct, segment);
    arrived->of.segment = segment;
}

struct arrived batch_arrived(const struct batch *batch, unsigned at) {
    static const struct segment no_syn;
    const uint8_t *start = batch->octets + batch->starts[at];
    struct arrived arrived = {.result = DECODE_SEGMENT, .of.segment = &no_syn};

    if (!batch->unopened[at])
        memcpy(&arrived, start, OPENED);
    else if (((const struct unopened *)start)->syn)
        arrived.of.segment = segment_in(batch, at);
    return arrived;
}
