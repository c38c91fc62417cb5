/* SPDX-License-Identifier: BSD-3-Clause */
/* GRE (RFC 2784, RFC 2890, RFC 1701, RFC 2637) and what mirrors and overlays put into it. */
#include "decode/walk.h"

enum {
    CHECKSUM = 0x8000,
    ROUTING = 0x4000,
    KEY = 0x2000,
    SEQUENCE = 0x1000,
    ACKNOWLEDGEMENT = 0x0080, /* of version 1 */
    VERSION = 0x0007,

    TYPE_ETHERNET = 0x6558,
    TYPE_ERSPAN = 0x88be,
    TYPE_ERSPAN_3 = 0x22eb,
    TYPE_PPP = 0x880b,
    TYPE_REDIRECTED = 0x883e, /* WCCP */
};

/* A mirror session's number tells no networks apart: what it copies may be the two directions of one connection. */
static enum decode_result walk_erspan(struct walk *walk, uint16_t flags) {
    const uint8_t *header = NULL;

    if ((flags & SEQUENCE) != 0) { /* type II; type I has no header */
        header = walk_open(walk, 8);
        if (header == NULL)
            return DECODE_SKIPPED;
        if (header[0] >> 4 != 1)
            return walk_skip(walk, SKIP_UNSUPPORTED);
    }
    if (!walk_note(walk, ENCAPSULATION_ERSPAN, header == NULL ? 0 : octets_u16(header + 2) & 0x3ff))
        return DECODE_SKIPPED;
    return walk_ethernet(walk);
}

static enum decode_result walk_erspan_3(struct walk *walk) {
    enum { MORE = 1, FRAME_TYPE = 0x1f, FRAME_ETHERNET = 0, FRAME_IP = 2 };
    const uint8_t *header = walk_open(walk, 12);
    uint16_t flags;

    if (header == NULL || !walk_note(walk, ENCAPSULATION_ERSPAN, octets_u16(header + 2) & 0x3ff))
        return DECODE_SKIPPED;
    if (header[0] >> 4 != 2)
        return walk_skip(walk, SKIP_UNSUPPORTED);
    flags = octets_u16(header + 10);
    if ((flags & MORE) != 0 && walk_open(walk, 8) == NULL)
        return DECODE_SKIPPED;
    switch (flags >> 10 & FRAME_TYPE) {
    case FRAME_ETHERNET:
        return walk_ethernet(walk);
    case FRAME_IP:
        return walk_ip(walk);
    default:
        return walk_skip(walk, SKIP_UNSUPPORTED);
    }
}

/* The second version of the protocol puts four octets before the packet. */
static enum decode_result walk_redirected(struct walk *walk) {
    enum cursor_status status = cursor_check(&walk->rest, 1);

    if (status != CURSOR_OK)
        return walk_stop(walk, status);
    if (walk->rest.at[0] >> 4 == 0 && walk_open(walk, 4) == NULL)
        return DECODE_SKIPPED;
    return walk_ip(walk);
}

static enum decode_result walk_gre_payload(struct walk *walk, uint16_t flags, uint16_t type) {
    switch (type) {
    case TYPE_ERSPAN:
        return walk_erspan(walk, flags);
    case TYPE_ERSPAN_3:
        return walk_erspan_3(walk);
    case TYPE_REDIRECTED:
        return walk_redirected(walk);
    default:
        return walk_ethertype(walk, type);
    }
}

/* The key of an NVGRE frame (RFC 7637 3.2) is the number of a subnet, from 4,096 up, and eight bits that differ from
 * flow to flow; any other key is a number of its own. */
static bool note_gre(struct walk *walk, const uint8_t *key, uint16_t flags, uint16_t type) {
    enum { NVGRE_FIRST = 0x1000 };

    if (key == NULL)
        return walk_note(walk, ENCAPSULATION_GRE, 0);
    if (type == TYPE_ETHERNET && (flags & (CHECKSUM | SEQUENCE)) == 0 && octets_u32(key) >> 8 >= NVGRE_FIRST)
        return walk_note(walk, ENCAPSULATION_NVGRE, octets_u32(key) >> 8);
    return walk_note(walk, ENCAPSULATION_GRE_KEY, octets_u32(key));
}

/* RFC 1701: entries of a source route, up to one of family 0 and length 0. */
static bool skip_routing(struct walk *walk) {
    const uint8_t *entry;

    do {
        entry = walk_open(walk, 4);
        if (entry == NULL || (entry[3] != 0 && walk_open(walk, entry[3]) == NULL))
            return false;
    } while (octets_u16(entry) != 0 || entry[3] != 0);
    return true;
}

static enum decode_result walk_plain(struct walk *walk, uint16_t flags, uint16_t type) {
    const uint8_t *key = NULL;

    if ((flags & (CHECKSUM | ROUTING)) != 0 && walk_open(walk, 4) == NULL)
        return DECODE_SKIPPED;
    if ((flags & KEY) != 0) {
        key = walk_open(walk, 4);
        if (key == NULL)
            return DECODE_SKIPPED;
    }
    if ((flags & SEQUENCE) != 0 && walk_open(walk, 4) == NULL)
        return DECODE_SKIPPED;
    if (!note_gre(walk, key, flags, type) || ((flags & ROUTING) != 0 && !skip_routing(walk)))
        return DECODE_SKIPPED;
    return walk_gre_payload(walk, flags, type);
}

/* PPTP: the key is the length of the payload and the call's number, which the receiver chose. */
static enum decode_result walk_enhanced(struct walk *walk, uint16_t flags, uint16_t type) {
    const uint8_t *key = walk_open(walk, 4);
    enum cursor_status status;

    if (key == NULL || !walk_note(walk, ENCAPSULATION_PPTP, octets_u16(key + 2)))
        return DECODE_SKIPPED;
    if (type != TYPE_PPP)
        return walk_skip(walk, SKIP_UNSUPPORTED);
    if ((flags & SEQUENCE) == 0)
        return walk_skip(walk, SKIP_NOT_IP); /* nothing but an acknowledgement */
    if (walk_open(walk, 4) == NULL || ((flags & ACKNOWLEDGEMENT) != 0 && walk_open(walk, 4) == NULL))
        return DECODE_SKIPPED;
    status = walk_claim(walk, octets_u16(key));
    return status == CURSOR_OK ? walk_ppp(walk) : walk_stop(walk, status);
}

enum decode_result walk_gre(struct walk *walk) {
    const uint8_t *header = walk_open(walk, 4);
    uint16_t flags;

    if (header == NULL)
        return DECODE_SKIPPED;
    flags = octets_u16(header);
    switch (flags & VERSION) {
    case 0:
        return walk_plain(walk, flags, octets_u16(header + 2));
    case 1:
        return walk_enhanced(walk, flags, octets_u16(header + 2));
    default:
        return walk_skip(walk, SKIP_UNSUPPORTED);
    }
}
