/* SPDX-License-Identifier: BSD-3-Clause */
/* Fragments of a few datagrams, held against a reassembly so plain that it cannot be wrong. Each three octets of the
 * input are a fragment: datagram and whether more follow, offset, length. */
#include "fuzz.h"

#include "decode/decode.h"

#include <string.h>

enum {
    RECORD = 3,
    DATAGRAMS = 4,
    UNIT = 8,
    UNITS = 48, /* the farthest that a fragment reaches */
    IP_HEADER = 20,
    DLT_RAW_IP = 12,
};

/* A datagram as its fragments come. */
struct plain {
    unsigned fragments;
    uint8_t begin[256], end[256]; /* units; only what is no copy */
    uint8_t covered[UNITS];
    unsigned total; /* units; 0: not known */
    bool over;      /* whole, or refused: what comes then is not held against anything */
};

enum fate { FATE_HELD, FATE_WHOLE, FATE_ANY };

static bool is_whole(const struct plain *plain) {
    for (unsigned unit = 0; unit < plain->total; unit++)
        if (!plain->covered[unit])
            return false;
    return plain->total != 0;
}

static bool is_copy(const struct plain *plain, unsigned begin, unsigned end) {
    for (unsigned i = 0; i < plain->fragments; i++)
        if (plain->begin[i] == begin && plain->end[i] == end)
            return true;
    return false;
}

static enum fate plain_take(struct plain *plain, unsigned begin, unsigned end, bool more) {
    bool overlaps = false, beyond = false;

    if (plain->over || plain->fragments == sizeof plain->begin) {
        plain->over = true;
        return FATE_ANY;
    }
    for (unsigned unit = begin; unit < end; unit++)
        overlaps = overlaps || plain->covered[unit];
    for (unsigned unit = end; unit < UNITS && !more; unit++)
        beyond = beyond || plain->covered[unit];
    bool contradicts = plain->total != 0 && (more ? end >= plain->total : end != plain->total);
    if (overlaps || beyond || contradicts) {
        /* A copy does no harm; all else ends the datagram, and nothing of it must come out any more. */
        plain->over = !is_copy(plain, begin, end) || beyond || contradicts;
        return plain->over ? FATE_ANY : FATE_HELD;
    }
    plain->begin[plain->fragments] = (uint8_t)begin;
    plain->end[plain->fragments++] = (uint8_t)end;
    memset(plain->covered + begin, 1, end - begin);
    plain->total = more ? plain->total : end;
    plain->over = is_whole(plain);
    return plain->over ? FATE_WHOLE : FATE_HELD;
}

/* The octet at that place of every datagram: a TCP header, and then what tells one place from another. */
static uint8_t octet_at(unsigned place) {
    static const uint8_t header[] = {0x9c, 0x40, 0, 80, 1, 2, 3, 4, 5, 6, 7, 8, 0x50, 0x10, 0x10, 0, 0, 0, 0, 0};

    return place < sizeof header ? header[place] : (uint8_t)(place * 7 + place / 256);
}

static uint32_t make_frame(uint8_t *octets, unsigned id, unsigned begin, unsigned end, bool more) {
    uint32_t length = IP_HEADER + (end - begin) * UNIT;
    const uint8_t header[IP_HEADER] = {0x45,
                                       0,
                                       (uint8_t)(length >> 8),
                                       (uint8_t)length,
                                       0,
                                       (uint8_t)id,
                                       more ? 0x20 : 0,
                                       (uint8_t)begin,
                                       64,
                                       6,
                                       0,
                                       0,
                                       10,
                                       0,
                                       0,
                                       1,
                                       10,
                                       0,
                                       0,
                                       2};

    memcpy(octets, header, sizeof header);
    for (unsigned i = 0; i < (end - begin) * UNIT; i++)
        octets[IP_HEADER + i] = octet_at(begin * UNIT + i);
    return length;
}

static void check_whole(const struct decoded *decoded, const struct plain *plain) {
    const struct segment *segment = &decoded->segment;

    if (decoded->joined + 1 < plain->fragments)
        fuzz_fail("a datagram is whole without its fragments");
    if (segment->payload_captured != plain->total * UNIT - segment->header_octets)
        fuzz_fail("a datagram has not the length of its fragments");
    for (unsigned i = 0; i < segment->payload_captured; i++)
        if (segment->payload[i] != octet_at(segment->header_octets + i))
            fuzz_fail("a datagram has not the octets of its fragments");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static int64_t start;
    static struct decoder *decoder;
    static uint8_t octets[IP_HEADER + UNITS * UNIT];
    struct plain plain[DATAGRAMS] = {0};
    struct frame frame = {.time = start += INT64_C(60000000000), .bytes = octets, .link_type = DLT_RAW_IP};
    struct decoded decoded;

    if (decoder == NULL)
        decoder = decoder_new();
    for (; size >= RECORD && decoder != NULL; data += RECORD, size -= RECORD) {
        unsigned id = data[0] % DATAGRAMS, begin = data[1] % UNITS;
        unsigned end = begin + 1 + data[2] % (UNITS - begin);
        bool more = (data[0] & 0x80) != 0;
        if (begin == 0 && !more)
            continue; /* no fragment at all */
        frame.number++;
        frame.time += 1000;
        frame.captured = frame.wire_length = make_frame(octets, id, begin, end, more);
        enum decode_result result = decode_frame(decoder, &frame, &decoded);
        enum fate fate = plain_take(&plain[id], begin, end, more);
        /* A datagram of less than a header gives no segment. */
        if (fate == FATE_WHOLE && plain[id].total * UNIT >= 20) {
            if (result != DECODE_SEGMENT)
                fuzz_fail("a datagram whose fragments are all there is not whole");
            check_whole(&decoded, &plain[id]);
        }
        if (fate == FATE_HELD && (result != DECODE_SKIPPED || decoded.skipped != SKIP_FRAGMENT))
            fuzz_fail("a datagram is whole before its fragments are there");
    }
    return 0;
}
