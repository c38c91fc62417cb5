/* SPDX-License-Identifier: BSD-3-Clause */
#include "decode/decode.h"

#include "decode/direct.h"
#include "decode/fragments.h"
#include "decode/ipcomp.h"
#include "decode/pairing.h"

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
    struct decoder *decoder = calloc(1, sizeof *decoder);

    if (decoder == NULL)
        return NULL;
    decoder->encapsulations = encapsulations_new();
    decoder->networks = encapsulations_new();
    decoder->fragments = fragments_new();
    decoder->pairing = pairing_new();
    decoder->ipcomp = ipcomp_new();
    if (decoder->encapsulations == NULL || decoder->networks == NULL || decoder->fragments == NULL ||
        decoder->pairing == NULL || decoder->ipcomp == NULL) {
        decoder_free(decoder);
        return NULL;
    }
    decoder->link_type = INT_MIN;
    return decoder;
}

void decoder_free(struct decoder *decoder) {
    if (decoder == NULL)
        return;
    encapsulations_free(decoder->encapsulations);
    encapsulations_free(decoder->networks);
    fragments_free(decoder->fragments);
    pairing_free(decoder->pairing);
    ipcomp_free(decoder->ipcomp);
    free(decoder);
}

void decoder_seed(struct decoder *decoder, uint64_t seed) {
    encapsulations_seed(decoder->encapsulations, seed);
    encapsulations_seed(decoder->networks, seed);
    fragments_seed(decoder->fragments, seed);
    pairing_seed(decoder->pairing, seed);
}

void decoder_close_tunnels(struct decoder *decoder) {
    decoder->tunnels_closed = true;
}

bool walk_note(struct walk *walk, enum encapsulation_kind kind, uint32_t id) {
    struct encapsulation *path = &walk->path;

    if (path->count == ENCAPSULATION_LAYERS) {
        walk_skip(walk, SKIP_UNSUPPORTED);
        return false;
    }
    path->layers[path->count].kind = (uint8_t)kind;
    path->layers[path->count].id = id;
    path->count++;
    return true;
}

static uint32_t intern_network(const struct walk *walk, bool paired_too) {
    const struct encapsulation network = encapsulation_network(&walk->path, paired_too);

    return encapsulations_intern(walk->decoder->networks, &network);
}

uint32_t walk_network(const struct walk *walk) {
    return walk->path.count == 0 ? 0 : intern_network(walk, true);
}

static bool is_paired(const struct walk *walk, struct passage *passage) {
    passage->own = intern_network(walk, true);
    if (!encapsulation_is_paired(&walk->path))
        return false;
    passage->symmetric = intern_network(walk, false);
    return true;
}

uint32_t network_of_segment(const struct walk *walk, const struct segment *segment) {
    struct passage passage = {
        .source = &segment->source,
        .destination = &segment->destination,
        .source_port = segment->source_port,
        .destination_port = segment->destination_port,
        .opens = (segment->flags & (TCP_SYN | TCP_ACK)) == TCP_SYN,
    };

    return is_paired(walk, &passage) ? pairing_network(walk->decoder->pairing, &passage) : passage.own;
}

uint32_t network_of_broken(const struct walk *walk, const struct broken_segment *broken) {
    struct passage passage = {
        .source = &broken->source,
        .destination = &broken->destination,
        .source_port = broken->source_port,
        .destination_port = broken->destination_port,
    };

    return is_paired(walk, &passage) ? pairing_find(walk->decoder->pairing, &passage) : passage.own;
}

/* An error travels to whoever sent what it quotes: as a segment of the other direction would. */
uint32_t network_of_error(const struct walk *walk, const struct icmp_error *error) {
    struct passage passage = {
        .source = &error->destination,
        .destination = &error->source,
        .source_port = error->destination_port,
        .destination_port = error->source_port,
    };

    return is_paired(walk, &passage) ? pairing_find(walk->decoder->pairing, &passage) : passage.own;
}

const struct encapsulations *decoder_encapsulations(const struct decoder *decoder) {
    return decoder->encapsulations;
}

bool decode_knows_link(int link_type) {
    return link_layer(link_type) != NULL;
}

static void forget_fragments(struct decoded *decoded) {
    decoded->joined = 0;
    decoded->made_whole_count = 0;
    decoded->fragment_of = 0;
    decoded->transient = false;
}

enum decode_result decode_walk(struct decoder *decoder, const struct frame *frame, struct decoded *decoded) {
    struct walk walk;

    forget_fragments(decoded);
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
    walk.version = 0;
    walk.bounded = false;
    if (decoder->link == NULL)
        return walk_skip(&walk, SKIP_UNSUPPORTED_LINK);
    walk.rest = frame_cursor(frame);
    return decoder->link(&walk);
}

enum decode_result decode_frame(struct decoder *decoder, const struct frame *frame, struct decoded *decoded) {
    if (!decode_direct(decoder, frame, &decoded->segment))
        return decode_walk(decoder, frame, decoded);
    forget_fragments(decoded);
    return DECODE_SEGMENT;
}
