/* SPDX-License-Identifier: BSD-3-Clause */
/* One decoder over the frames of the input. */
#include "fuzz.h"
#include "segments.h"

#include "decode/direct.h"
#include "decode/walk.h"

#include <stdlib.h>

/* What must hold of any result. */
static void check(enum decode_result result, const struct decoded *decoded, uint64_t frames) {
    const struct segment *segment = &decoded->segment;

    if (decoded->joined >= frames)
        fuzz_fail("more frames are joined than there were");
    if (result == DECODE_SEGMENT && (segment->payload_captured > segment->length || segment->header_octets < 20))
        fuzz_fail("a segment contradicts itself");
    if ((result == DECODE_SKIPPED || result == DECODE_BROKEN) &&
        (decoded->skipped <= SKIP_FILTERED || decoded->skipped >= SKIP_REASONS))
        fuzz_fail("a frame is skipped without a reason");
    if (result == DECODE_SEGMENT && segment->payload_captured > 0) {
        volatile uint8_t last = segment->payload[segment->payload_captured - 1];
        (void)last;
    }
}

/* A frame that has a short way must come to the same by the long one. */
static void check_both_ways(struct decoder *decoder, const struct frame *frame) {
    struct segment direct;
    struct decoded walked;

    if (!decode_direct(decoder, frame, &direct))
        return;
    if (decode_walk(decoder, frame, &walked) != DECODE_SEGMENT || segments_differ(&direct, &walked.segment) != NULL)
        fuzz_fail("the two ways through a frame differ");
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
    struct fuzz_frames frames = fuzz_frames_of(data, size, start += INT64_C(10000000000000));
    struct decoded decoded;

    if (start > INT64_C(4000000000000000000))
        start = 0;
    while (decoder != NULL && fuzz_frames_next(&frames)) {
        check(decode_frame(decoder, &frames.frame, &decoded), &decoded, frames.frame.number);
        check_both_ways(decoder, &frames.frame);
    }
    return 0;
}
