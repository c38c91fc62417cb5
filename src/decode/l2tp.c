/* SPDX-License-Identifier: BSD-3-Clause */
/* L2TP, version 2 (RFC 2661) and 3 (RFC 3931). */
#include "decode/walk.h"

enum {
    CONTROL = 0x8000,
    LENGTH = 0x4000,
    SEQUENCE = 0x0800,
    OFFSET = 0x0200,
    RESERVED = 0x34f0,
    VERSION = 0x000f,
};

/* Whether an IP packet of just the right length stands there. */
static bool is_packet(const struct cursor *cursor, uint32_t offset) {
    const uint8_t *header = cursor->at + offset;

    if (!looks_like_ip(cursor, offset))
        return false;
    return cursor->claimed - offset == (header[0] >> 4 == 4 ? octets_u16(header + 2) : octets_u16(header + 4) + 40u);
}

/* Whether a frame stands there; one that says it holds IP must. */
static bool is_frame(const struct cursor *cursor, uint32_t offset) {
    enum { TYPE_AT = 12, IPV4 = 0x0800, IPV6 = 0x86dd };
    uint16_t type;

    if (!looks_like_ethernet(cursor, offset))
        return false;
    type = octets_u16(cursor->at + offset + TYPE_AT);
    return (type != IPV4 && type != IPV6) || looks_like_frame_with_ip(cursor, offset);
}

/* Only the control connection said what follows: a cookie of 0, 4 or 8 octets, perhaps a sublayer of 4, and frames of
 * some kind. So it is looked for where it can be: Ethernet, or a packet behind at most 4 octets of PPP or HDLC. */
static enum decode_result walk_session(struct walk *walk, uint32_t session) {
    enum { FRAME_FARTHEST = 12, PACKET_FARTHEST = 16 };

    if (!walk_note(walk, ENCAPSULATION_L2TPV3, session))
        return DECODE_SKIPPED;
    for (uint32_t offset = 0; offset <= FRAME_FARTHEST; offset += 4)
        if (is_frame(&walk->rest, offset))
            return walk_open(walk, offset) == NULL ? DECODE_SKIPPED : walk_ethernet(walk);
    for (uint32_t offset = 0; offset <= PACKET_FARTHEST; offset += 4)
        if (is_packet(&walk->rest, offset))
            return walk_open(walk, offset) == NULL ? DECODE_SKIPPED : walk_ip(walk);
    return walk_skip(walk, SKIP_UNSUPPORTED);
}

/* Session 0 is the control connection. */
enum decode_result walk_l2tp_ip(struct walk *walk) {
    const uint8_t *header = walk_open(walk, 4);

    if (header == NULL)
        return DECODE_SKIPPED;
    return octets_u32(header) == 0 ? walk_skip(walk, SKIP_NOT_TCP) : walk_session(walk, octets_u32(header));
}

static enum decode_result walk_version_3(struct walk *walk) {
    const uint8_t *header = walk_open(walk, 8);

    return header == NULL ? DECODE_SKIPPED : walk_session(walk, octets_u32(header + 4));
}

static enum decode_result walk_version_2(struct walk *walk, uint16_t flags) {
    const uint8_t *header = walk_open(walk, (flags & LENGTH) != 0 ? 8 : 6), *offset;
    enum cursor_status status = CURSOR_OK;
    uint32_t length;

    if (header == NULL)
        return DECODE_SKIPPED;
    if ((flags & LENGTH) != 0) {
        length = octets_u16(header + 2);
        header += 2;
        status = length < 8 ? CURSOR_MALFORMED : walk_claim(walk, length - 8);
    }
    if (status != CURSOR_OK)
        return walk_stop(walk, status);
    if (!walk_note(walk, ENCAPSULATION_L2TP, octets_u32(header + 2)))
        return DECODE_SKIPPED;
    if ((flags & SEQUENCE) != 0 && walk_open(walk, 4) == NULL)
        return DECODE_SKIPPED;
    if ((flags & OFFSET) != 0) {
        offset = walk_open(walk, 2);
        if (offset == NULL || walk_open(walk, octets_u16(offset)) == NULL)
            return DECODE_SKIPPED;
    }
    return walk_ppp(walk);
}

enum decode_result walk_l2tp_udp(struct walk *walk) {
    enum cursor_status status = cursor_check(&walk->rest, 2);
    uint16_t flags;

    if (status != CURSOR_OK)
        return walk_stop(walk, status);
    flags = octets_u16(walk->rest.at);
    if ((flags & (CONTROL | RESERVED)) != 0)
        return walk_skip(walk, SKIP_NOT_TCP);
    switch (flags & VERSION) {
    case 2:
        return walk_version_2(walk, flags);
    case 3:
        return walk_version_3(walk);
    default:
        return walk_skip(walk, SKIP_NOT_TCP);
    }
}
