/* SPDX-License-Identifier: BSD-3-Clause */
#include "engine/batch.h"

#include <stdlib.h>
#include <string.h>

enum {
    ALIGNMENT = 8,
    LINE = 64,
    OPENED = offsetof(struct arrived, direct), /* octets of struct arrived that are written of what is opened */
};

static size_t aligned(size_t octets) {
    return (octets + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
}

struct batch *batch_new(unsigned analysers) {
    struct batch *batch = calloc(1, sizeof *batch);

    if (batch == NULL)
        return NULL;
    batch->analysers = analysers;
    batch->room = BATCH_OCTETS;
    batch->octets = malloc(batch->room);
    batch->hands = aligned_alloc(LINE, analysers * sizeof *batch->hands);
    if (batch->octets == NULL || batch->hands == NULL) {
        batch_free(batch);
        return NULL;
    }
    batch_clear(batch);
    return batch;
}

void batch_free(struct batch *batch) {
    if (batch == NULL)
        return;
    free(batch->hands);
    free(batch->octets);
    free(batch);
}

void batch_clear(struct batch *batch) {
    batch->count = batch->own_count = 0;
    batch->used = 0;
    batch->last = batch->backward = false;
    for (unsigned i = 0; i < batch->analysers; i++)
        batch->hands[i].count = 0;
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
    return aligned(sizeof *direct) + aligned(direct_octets(direct));
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

static void begin(struct batch *batch, const struct frame *frame) {
    unsigned at = batch->count++;

    if (at == 0)
        batch->first_number = frame->number;
    else
        batch->backward = batch->backward || frame->time < batch->times[at - 1];
    batch->times[at] = frame->time;
}

static inline struct handed *hand_to(struct batch *batch, const struct frame *frame, uint8_t whose, enum handed_as as,
                                     const void *what) {
    struct hand *hand = &batch->hands[whose];
    struct handed *handed = &hand->frames[hand->count++];

    handed->what = what;
    handed->time = frame->time;
    handed->captured = frame->captured;
    handed->wire_length = frame->wire_length;
    handed->interface = (uint16_t)frame->interface;
    handed->at = (uint16_t)(batch->count - 1);
    handed->as = (uint8_t)as;
    return handed;
}

void batch_add(struct batch *batch, const struct frame *frame, uint8_t whose, const struct arrived *from) {
    begin(batch, frame);
    if (whose == NOBODY)
        return;
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
    hand_to(batch, frame, whose, HANDED_OPENED, arrived);
}

static const void *copy_direct(struct batch *batch, const struct direct *direct) {
    struct direct *own = copy(batch, direct, sizeof *direct);

    own->packet = copy(batch, direct->packet, direct_octets(direct));
    return own;
}

void batch_add_direct(struct batch *batch, const struct frame *frame, uint8_t whose, const struct direct *direct,
                      bool plain, uint8_t partition, bool good_checksum) {
    struct handed *handed;

    begin(batch, frame);
    if (plain) {
        const void *octets = copy(batch, frame->bytes, DIRECT_ETHERNET_HEADER + direct_octets(direct));
        handed = hand_to(batch, frame, whose, HANDED_PLAIN, octets);
    } else {
        handed = hand_to(batch, frame, whose, HANDED_LOOKED, copy_direct(batch, direct));
    }
    handed->partition = partition;
    handed->good_checksum = good_checksum;
}

/* --- what is read --- */

/* version: direct->version. */
__attribute__((always_inline)) static inline void find_place(unsigned version, const struct flow_key *key,
                                                             struct arrived *arrived) {
    const struct direct *direct = &arrived->direct;

    arrived->place.hash = packet_hash(direct->packet, version, direct->path.network, key);
    arrived->unopened = direct_is_usual(direct, version);
}

static inline void look_again(const struct batch *batch, const struct handed *handed, struct direct *direct) {
    const struct frame frame = {.number = batch->first_number + handed->at,
                                .time = handed->time,
                                .bytes = handed->what,
                                .captured = handed->captured,
                                .wire_length = handed->wire_length,
                                .link_type = DIRECT_ETHERNET,
                                .interface = handed->interface};

    direct_look_plain(&frame, direct);
}

void batch_open(const struct batch *batch, const struct handed *handed, const struct flow_key *key,
                struct segment *segment, struct arrived *arrived) {
    if (handed->as == HANDED_OPENED) {
        memcpy(arrived, handed->what, OPENED);
        return;
    }
    arrived->result = DECODE_SEGMENT;
    arrived->partition = handed->partition;
    arrived->good_checksum = handed->good_checksum;
    arrived->made_whole_count = 0;
    if (handed->as == HANDED_PLAIN)
        look_again(batch, handed, &arrived->direct);
    else
        arrived->direct = *(const struct direct *)handed->what;
    if (arrived->direct.version == 4)
        find_place(4, key, arrived);
    else
        find_place(6, key, arrived);
    if (arrived->unopened)
        return;
    direct_open(&arrived->direct, segment);
    arrived->of.segment = segment;
}
