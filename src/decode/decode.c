/* SPDX-License-Identifier: BSD-3-Clause */
#include "decode/decode.h"

#include "decode/walk.h"

#include <limits.h>
#include <stdlib.h>

const char *skip_name(enum skip_reason reason) {
    static const char *const names[SKIP_REASONS] = {
        [SKIP_NONE] = "none",
        [SKIP_FILTERED] = "filtered",
        [SKIP_NOT_IP] = "not-ip",
        [SKIP_NOT_TCP] = "not-tcp",
        [SKIP_FRAGMENT] = "fragment",
        [SKIP_TRUNCATED] = "truncated",
        [SKIP_MALFORMED] = "malformed",
        [SKIP_UNSUPPORTED_LINK] = "unsupported-link",
        [SKIP_UNSUPPORTED] = "unsupported",
    };

    return (unsigned)reason < SKIP_REASONS ? names[reason] : "none";
}

struct decoder *decoder_new(void) {
    struct decoder *decoder = malloc(sizeof *decoder);

    if (decoder == NULL)
        return NULL;
    decoder->encapsulations = encapsulations_new();
    if (decoder->encapsulations == NULL) {
        free(decoder);
        return NULL;
    }
    decoder->link_type = INT_MIN;
    decoder->link = NULL;
    return decoder;
}

void decoder_free(struct decoder *decoder) {
    if (decoder == NULL)
        return;
    encapsulations_free(decoder->encapsulations);
    free(decoder);
}

void decoder_seed(struct decoder *decoder, uint64_t seed) {
    encapsulations_seed(decoder->encapsulations, seed);
}

const struct encapsulations *decoder_encapsulations(const struct decoder *decoder) {
    return decoder->encapsulations;
}

bool decode_knows_link(int link_type) {
    return link_layer(link_type) != NULL;
}

enum decode_result decode_frame(struct decoder *decoder, const struct frame *frame, struct decoded *decoded) {
    struct walk walk;

    if (frame->link_type != decoder->link_type) {
        decoder->link_type = frame->link_type;
        decoder->link = link_layer(frame->link_type);
    }
    walk.frame = frame;
    walk.decoder = decoder;
    walk.decoded = decoded;
    walk.headers = 0;
    walk.path.count = 0;
    walk.link_source = 0;
    if (decoder->link == NULL)
        return walk_skip(&walk, SKIP_UNSUPPORTED_LINK);
    /* Some tools write a wire length below the captured one, or none: then what is there is the frame. */
    walk.rest = cursor_over(frame->bytes, frame->captured,
                            frame->wire_length < frame->captured ? frame->captured : frame->wire_length);
    return decoder->link(&walk);
}
