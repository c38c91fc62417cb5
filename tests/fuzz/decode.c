/* SPDX-License-Identifier: BSD-3-Clause */
/* libFuzzer target: one decoder over some frames. Each frame is a head of six octets (link type, what was captured,
 * what was on the wire beyond that, tenths of a second since the frame before) and the octets themselves. */
#include "decode/decode.h"

#include <stdlib.h>
#include <string.h>

enum { HEAD = 6, FRAMES = 64 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* What must hold of any result. */
static void check(enum decode_result result, const struct decoded *decoded, uint32_t frames) {
    const struct segment *segment = &decoded->segment;

    if (decoded->joined >= frames)
        abort();
    if (result == DECODE_SEGMENT && (segment->payload_captured > segment->length || segment->header_octets < 20))
        abort();
    if ((result == DECODE_SKIPPED || result == DECODE_BROKEN) &&
        (decoded->skipped <= SKIP_FILTERED || decoded->skipped >= SKIP_REASONS))
        abort();
    if (result == DECODE_SEGMENT && segment->payload_captured > 0) {
        volatile uint8_t last = segment->payload[segment->payload_captured - 1];
        (void)last;
    }
}

/* A decoder serves many inputs, for its tables are large. Each input begins hours after the one before, so that no
 * fragment of that one is of use to it. */
static struct decoder *renewed_decoder(void) {
    enum { INPUTS = 512 };
    static struct decoder *decoder;
    static unsigned inputs;

    if (inputs++ % INPUTS == 0) {
        decoder_free(decoder);
        decoder = decoder_new();
    }
    return decoder;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct decoder *decoder = renewed_decoder();
    static int64_t start;
    struct frame frame = {.time = start += INT64_C(10000000000000)};
    struct decoded decoded;

    if (decoder == NULL)
        return 0;
    while (size >= HEAD && frame.number < FRAMES) {
        uint32_t captured = (uint32_t)(data[2] | (data[3] & 0x7f) << 8);
        frame.link_type = data[0] | (data[1] & 1) << 8;
        frame.captured = captured < size - HEAD ? captured : (uint32_t)(size - HEAD);
        frame.wire_length = frame.captured + ((data[3] & 0x80) != 0 ? data[4] : 0);
        frame.time += data[5] * INT64_C(100000000);
        frame.number++;
        /* A buffer of just that size, so that a read beyond it is seen. */
        uint8_t *octets = malloc(frame.captured == 0 ? 1 : frame.captured);
        if (octets == NULL)
            break;
        memcpy(octets, data + HEAD, frame.captured);
        frame.bytes = octets;
        check(decode_frame(decoder, &frame, &decoded), &decoded, (uint32_t)frame.number);
        free(octets);
        data += HEAD + frame.captured;
        size -= HEAD + frame.captured;
    }
    return 0;
}
