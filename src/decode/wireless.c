/* SPDX-License-Identifier: BSD-3-Clause */
/* IEEE 802.11 and the headers that capture devices put before it; their numbers are little-endian. */
#include "decode/walk.h"

/* The frame control field, first octet in the low bits. */
enum {
    TYPE_AND_VERSION = 0x000f,
    DATA = 0x0008,
    SUBTYPE_NULL = 0x0040, /* carries nothing */
    SUBTYPE_QOS = 0x0080,
    TO_AND_FROM = 0x0300,
    MORE_FRAGMENTS = 0x0400,
    PROTECTED = 0x4000,
    ORDER = 0x8000, /* of a QoS frame: four more octets */
};

/* Length of the header of a data frame. */
static uint32_t header_length(uint16_t control) {
    uint32_t length = (control & TO_AND_FROM) == TO_AND_FROM ? 30 : 24;

    if ((control & SUBTYPE_QOS) != 0)
        length += (control & ORDER) != 0 ? 6 : 2;
    return length;
}

/* A data frame under that control field, whose header is filled up to a multiple of `alignment`. */
static enum decode_result walk_data(struct walk *walk, uint16_t control, uint32_t alignment) {
    enum { SEQUENCE_AT = 22, FRAGMENT = 0x0f, AGGREGATE = 0x80 };
    uint32_t length = header_length(control), padding = (alignment - length % alignment) % alignment;
    const uint8_t *header;

    if ((control & TYPE_AND_VERSION) != DATA || (control & SUBTYPE_NULL) != 0)
        return walk_skip(walk, SKIP_NOT_IP);
    header = walk_open(walk, length);
    if (header == NULL)
        return DECODE_SKIPPED;
    if ((control & PROTECTED) != 0)
        return walk_skip(walk, SKIP_UNSUPPORTED);
    if ((control & MORE_FRAGMENTS) != 0 || (header[SEQUENCE_AT] & FRAGMENT) != 0)
        return walk_skip(walk, SKIP_FRAGMENT);
    if ((control & SUBTYPE_QOS) != 0 && (header[length - ((control & ORDER) != 0 ? 6 : 2)] & AGGREGATE) != 0)
        return walk_skip(walk, SKIP_UNSUPPORTED); /* several frames in one */
    return walk_open(walk, padding) == NULL ? DECODE_SKIPPED : walk_llc(walk);
}

/* Some senders of CAPWAP turn the two octets of the frame control field round. */
enum decode_result walk_wireless(struct walk *walk) {
    enum cursor_status status = cursor_check(&walk->rest, 2);
    uint16_t control;

    if (status != CURSOR_OK)
        return walk_stop(walk, status);
    control = octets_little16(walk->rest.at);
    if (walk->version != 0 && (control & TYPE_AND_VERSION) != DATA)
        control = octets_u16(walk->rest.at);
    return walk_data(walk, control, 1);
}

/* Where the octet with the flags stands in a radiotap header of `length` octets; 0 when it has none. */
static uint32_t radiotap_flags_at(const uint8_t *header, uint32_t length) {
    enum { FIRST = 8, HAS_TIME = 1, HAS_FLAGS = 2 };
    uint32_t present = octets_little32(header + 4), at = FIRST;

    if ((present & HAS_FLAGS) == 0)
        return 0;
    for (uint32_t word = present; word >> 31 != 0; at += 4) {
        if (at + 4 > length)
            return 0;
        word = octets_little32(header + at);
    }
    if ((present & HAS_TIME) != 0)
        at = (at + 7) / 8 * 8 + 8;
    return at < length ? at : 0;
}

enum decode_result walk_radiotap(struct walk *walk) {
    enum { HEADER = 8, PADDED = 0x20, DAMAGED = 0x40 };
    enum cursor_status status = cursor_check(&walk->rest, HEADER);
    const uint8_t *header;
    uint32_t length, flags_at;
    uint8_t flags;

    if (status != CURSOR_OK)
        return walk_stop(walk, status);
    length = octets_little16(walk->rest.at + 2);
    if (walk->rest.at[0] != 0 || length < HEADER)
        return walk_skip(walk, SKIP_MALFORMED);
    header = walk_open(walk, length);
    if (header == NULL)
        return DECODE_SKIPPED;
    flags_at = radiotap_flags_at(header, length);
    flags = flags_at == 0 ? 0 : header[flags_at];
    if ((flags & DAMAGED) != 0)
        return walk_skip(walk, SKIP_MALFORMED);
    status = cursor_check(&walk->rest, 2);
    return status == CURSOR_OK ? walk_data(walk, octets_little16(walk->rest.at), (flags & PADDED) != 0 ? 4 : 1)
                               : walk_stop(walk, status);
}

/* Per-packet information: a header that tells its length and the link type of what follows. */
enum decode_result walk_ppi(struct walk *walk) {
    enum { HEADER = 8, VERSION = 0 };
    enum cursor_status status = cursor_check(&walk->rest, HEADER);
    layer_function *link;
    const uint8_t *header;
    uint32_t length;

    if (status != CURSOR_OK)
        return walk_stop(walk, status);
    length = octets_little16(walk->rest.at + 2);
    if (walk->rest.at[0] != VERSION || length < HEADER)
        return walk_skip(walk, SKIP_MALFORMED);
    header = walk_open(walk, length);
    if (header == NULL)
        return DECODE_SKIPPED;
    link = link_layer((int)(octets_little32(header + 4) & 0x7fffffff));
    return link == NULL ? walk_skip(walk, SKIP_UNSUPPORTED_LINK) : link(walk);
}

static enum decode_result behind_radio_header(struct walk *walk, uint32_t length) {
    return walk_open(walk, length) == NULL ? DECODE_SKIPPED : walk_wireless(walk);
}

enum decode_result walk_avs(struct walk *walk) {
    enum { HEADER = 8 };
    enum cursor_status status = cursor_check(&walk->rest, HEADER);
    uint32_t length;

    if (status != CURSOR_OK)
        return walk_stop(walk, status);
    length = octets_u32(walk->rest.at + 4);
    return length < HEADER ? walk_skip(walk, SKIP_MALFORMED) : behind_radio_header(walk, length);
}

/* The old fixed header; devices that had the AVS one used this link type too. */
enum decode_result walk_prism(struct walk *walk) {
    enum { HEADER = 144, AVS = 0x80211000 };
    enum cursor_status status = cursor_check(&walk->rest, 4);

    if (status != CURSOR_OK)
        return walk_stop(walk, status);
    if ((octets_u32(walk->rest.at) & 0xfffff000) == (uint32_t)AVS)
        return walk_avs(walk);
    return behind_radio_header(walk, HEADER);
}
