/* SPDX-License-Identifier: BSD-3-Clause */
#include "engine/look.h"

static inline void set_partition(const struct look *look, struct arrived *arrived, const struct address *one,
                                 uint16_t one_port, const struct address *other, uint16_t other_port) {
    arrived->partition = (uint8_t)(partition_of(one, one_port, other, other_port) & (look->partitions - 1));
}

static void look_at_segment(const struct look *look, const struct segment *segment, struct arrived *arrived) {
    arrived->of.segment = segment;
    arrived->place.hash = flow_key_hash(&look->key, &segment->source, segment->source_port, &segment->destination,
                                        segment->destination_port, segment->network);
    set_partition(look, arrived, &segment->source, segment->source_port, &segment->destination,
                  segment->destination_port);
}

static void look_at_error(const struct look *look, const struct icmp_error *error, struct arrived *arrived) {
    arrived->of.icmp_error = error;
    set_partition(look, arrived, &error->source, error->source_port, &error->destination, error->destination_port);
}

static void look_at_broken(const struct look *look, const struct broken_segment *broken, struct arrived *arrived) {
    arrived->of.broken = broken;
    set_partition(look, arrived, &broken->source, broken->source_port, &broken->destination, broken->destination_port);
}

/* What is no segment. */
static void look_at_other(struct look *look, const struct decoded *decoded, struct arrived *arrived) {
    enum skip_reason reason = arrived->result == DECODE_ICMP_ERROR ? SKIP_NOT_TCP : decoded->skipped;

    look->totals->skipped[reason] += 1 + decoded->joined;
    if (arrived->result == DECODE_ICMP_ERROR)
        look_at_error(look, &decoded->icmp_error, arrived);
    else if (arrived->result == DECODE_BROKEN)
        look_at_broken(look, &decoded->broken, arrived);
}

static enum decode_result pass_over(struct decoded *decoded) {
    decoded->skipped = SKIP_FILTERED;
    decoded->joined = 0;
    decoded->made_whole_count = 0;
    decoded->fragment_of = 0;
    decoded->transient = false;
    return DECODE_SKIPPED;
}

__attribute__((noinline)) void look_walk(struct look *look, const struct frame *frame, struct decoded *decoded,
                                         struct arrived *arrived) {
    enum decode_result result = frame->filtered ? pass_over(decoded) : decode_walk(look->decoder, frame, decoded);

    arrived->result = (uint8_t)result;
    arrived->unopened = false;
    arrived->made_whole = decoded->made_whole;
    arrived->made_whole_count = decoded->made_whole_count;
    look->totals->skipped[SKIP_FRAGMENT] -= decoded->joined;
    if (result == DECODE_SEGMENT)
        look_at_segment(look, &decoded->segment, arrived);
    else
        look_at_other(look, decoded, arrived);
}

bool look_further(const struct look *look, const struct frame *frame, struct direct *direct) {
    return !frame->filtered && direct_look_other(look->decoder, frame, direct);
}

/* Where a packet belongs to which there is a short way: see packet_hash. */
__attribute__((always_inline)) static inline void find_place(const struct look *look, const uint8_t *packet,
                                                             unsigned version, uint32_t network, bool unopened,
                                                             struct arrived *arrived) {
    const uint64_t hash = packet_hash(packet, version, network, &look->key);
    const unsigned partition = packet_partition(packet, version) & (look->partitions - 1);

    arrived->result = DECODE_SEGMENT;
    arrived->unopened = unopened;
    arrived->good_checksum = false; /* all frames are the analyser's */
    arrived->made_whole_count = 0;
    arrived->partition = (uint8_t)partition;
    arrived->place.hash = hash;
}

static void find_place_of_any(const struct look *look, bool unopened, struct arrived *arrived) {
    const struct direct *direct = &arrived->direct;

    if (direct->version == 4)
        find_place(look, direct->packet, 4, direct->path.network, unopened, arrived);
    else
        find_place(look, direct->packet, 6, direct->path.network, unopened, arrived);
}

void look_open(const struct look *look, struct segment *segment, struct arrived *arrived) {
    find_place_of_any(look, false, arrived);
    arrived->of.segment = segment;
    direct_open_any(&arrived->direct, segment);
}

/* What is not plain. False: its payload is gone with the next. */
__attribute__((noinline)) static bool look_closer(struct look *look, const struct frame *frame, struct looked *looked,
                                                  struct arrived *arrived) {
    const struct direct *direct = &arrived->direct;
    const ptrdiff_t at = arrived - looked->arrived;
    struct decoded *decoded = &looked->decoded[at];
    bool short_way = look_further(look, frame, &arrived->direct);

    if (!short_way) {
        look_walk(look, frame, decoded, arrived);
        arrived->good_checksum = false;
    } else if (direct_is_usual(direct, direct->version)) {
        find_place_of_any(look, true, arrived);
    } else {
        look_open(look, &looked->segments[at], arrived);
    }
    if (arrived->result != DECODE_SKIPPED)
        analyser_expect_any(look->analyser, arrived);
    else
        arrived->place.slot = NULL;
    return short_way || !decoded->transient;
}

__attribute__((noinline)) unsigned look_at_frames(struct look *look, const struct frame *frames, unsigned count,
                                                  struct looked *looked) {
    const struct frame *end = frames + count;
    struct arrived *arrived = looked->arrived;
    unsigned others = 0;

    for (const struct frame *frame = frames; frame < end; frame++, arrived++) {
        if (look_plainly(frame, &arrived->direct)) {
            bool usual = direct_is_usual(&arrived->direct, 4);

            find_place(look, frame->bytes + DIRECT_ETHERNET_HEADER, 4, 0, usual, arrived);
            analyser_expect(look->analyser, arrived);
            if (!usual) {
                arrived->of.segment = &looked->segments[arrived - looked->arrived];
                direct_open_any(&arrived->direct, &looked->segments[arrived - looked->arrived]);
            }
            continue;
        }
        if (!look_closer(look, frame, looked, arrived))
            end = frame + 1;
        others += arrived->result != DECODE_SEGMENT;
    }
    count = (unsigned)(arrived - looked->arrived);
    look->totals->tcp_segments += count - others;
    return count;
}
