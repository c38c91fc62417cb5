/* SPDX-License-Identifier: BSD-3-Clause */
/* IP payload compression (RFC 3173) by DEFLATE (RFC 2394). */
#include <config.h>

#include "decode/ipcomp.h"

#include <stdlib.h>

#ifdef HAVE_ZLIB
#define ZLIB_CONST
#include <zlib.h>

enum {
    CPI_DEFLATE = 2,
    CPI_NEGOTIATED = 256, /* from there on the ends have agreed on what it means: DEFLATE is tried */
    RAW_DEFLATE = -15,    /* no head, windows of up to 32 KiB */
    LARGEST = 65535,      /* octets of what comes out */
    /* What a few octets claim to be costs as much as many packets would: a run of one octet comes out 73 times as long
     * in a segment of usual size, which the first of these gives room for. */
    AT_ONCE = 2048,
    RATIO = 16,
};

struct ipcomp {
    z_stream stream;
    uint8_t octets[LARGEST];
};

struct ipcomp *ipcomp_new(void) {
    struct ipcomp *ipcomp = malloc(sizeof *ipcomp);

    if (ipcomp == NULL)
        return NULL;
    ipcomp->stream = (z_stream){0};
    if (inflateInit2(&ipcomp->stream, RAW_DEFLATE) == Z_OK)
        return ipcomp;
    free(ipcomp);
    return NULL;
}

void ipcomp_free(struct ipcomp *ipcomp) {
    if (ipcomp != NULL)
        inflateEnd(&ipcomp->stream);
    free(ipcomp);
}

static bool is_deflate(uint16_t cpi) {
    return cpi == CPI_DEFLATE || cpi >= CPI_NEGOTIATED;
}

/* One in another would be written over while it is read. */
static bool is_unpacked_already(const struct ipcomp *ipcomp, const uint8_t *octets) {
    return octets >= ipcomp->octets && octets < ipcomp->octets + LARGEST;
}

/* All of it, in one go; 0: it cannot be unpacked. */
static uint32_t unpack(struct ipcomp *ipcomp, const struct cursor *packed) {
    z_stream *stream = &ipcomp->stream;
    uint64_t room = AT_ONCE + (uint64_t)packed->captured * RATIO;

    if (inflateReset(stream) != Z_OK)
        return 0;
    stream->next_in = packed->at;
    stream->avail_in = packed->captured;
    stream->next_out = ipcomp->octets;
    stream->avail_out = room < LARGEST ? (uInt)room : LARGEST;
    return inflate(stream, Z_FINISH) == Z_STREAM_END ? (uint32_t)stream->total_out : 0;
}

enum decode_result walk_ipcomp(struct walk *walk) {
    struct ipcomp *ipcomp = walk->decoder->ipcomp;
    const uint8_t *header = walk_open(walk, 4);
    uint32_t length;

    if (header == NULL || !walk_note(walk, ENCAPSULATION_IPCOMP, 0))
        return DECODE_SKIPPED;
    if (!is_deflate(octets_u16(header + 2)) || is_unpacked_already(ipcomp, header))
        return walk_skip(walk, SKIP_UNSUPPORTED);
    if (walk->rest.captured < walk->rest.claimed)
        return walk_skip(walk, SKIP_TRUNCATED);
    walk->decoded->transient = true;
    length = unpack(ipcomp, &walk->rest);
    if (length == 0)
        return walk_skip(walk, SKIP_UNSUPPORTED);
    walk->rest = cursor_over(ipcomp->octets, length, length);
    walk->bounded = true;
    walk->length_from_wire = false;
    return walk_protocol(walk, header[0]);
}
#else
struct ipcomp {
    char nothing;
};

struct ipcomp *ipcomp_new(void) {
    return calloc(1, sizeof(struct ipcomp));
}

void ipcomp_free(struct ipcomp *ipcomp) {
    free(ipcomp);
}

enum decode_result walk_ipcomp(struct walk *walk) {
    return walk_skip(walk, SKIP_UNSUPPORTED);
}
#endif
