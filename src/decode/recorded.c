/* SPDX-License-Identifier: BSD-3-Clause */
/* Headers that a firewall, a router or a capture card puts before what it recorded. */
#include "decode/walk.h"

/* A header whose length alone is of interest, before an IP packet that tells its version itself. */
static enum decode_result ip_behind(struct walk *walk, uint32_t length) {
    return walk_open(walk, length) == NULL ? DECODE_SKIPPED : walk_ip(walk);
}

/* The packet filter of the BSDs. The first octet says how long the header is (45 in 2001, 61 and more since), but not
 * the padding to a multiple of four; the address families differ between the systems, the version does not. */
enum decode_result walk_pflog(struct walk *walk) {
    enum { SHORTEST = 45 };
    enum cursor_status status = cursor_check(&walk->rest, 1);
    uint32_t length;

    if (status != CURSOR_OK)
        return walk_stop(walk, status);
    length = walk->rest.at[0];
    return length < SHORTEST ? walk_skip(walk, SKIP_MALFORMED) : ip_behind(walk, (length + 3) / 4 * 4);
}

enum decode_result walk_old_pflog(struct walk *walk) {
    return ip_behind(walk, 28);
}

/* OpenBSD: address family, security parameter index, flags. */
enum decode_result walk_enc(struct walk *walk) {
    return ip_behind(walk, 12);
}

/* --- the log of Linux netfilter ---------------------------------------------------------------------------------- */

/* Steps to the attribute that holds the packet and cuts the cursor to it; its numbers are those of the machine that
 * captured. */
static enum cursor_status find_nflog_packet(struct cursor *cursor, bool little, bool *found) {
    enum { ATTRIBUTE = 4, PACKET = 9 };
    enum cursor_status status = CURSOR_OK;
    const uint8_t *header;

    *found = false;
    while (status == CURSOR_OK && cursor->claimed > 0) {
        status = cursor_check(cursor, ATTRIBUTE);
        if (status != CURSOR_OK)
            break;
        uint32_t length = little ? octets_little16(cursor->at) : octets_u16(cursor->at);
        uint32_t type = little ? octets_little16(cursor->at + 2) : octets_u16(cursor->at + 2);
        if (length < ATTRIBUTE)
            return CURSOR_MALFORMED;
        if (type == PACKET) {
            *found = true;
            cursor_take(cursor, ATTRIBUTE, &header);
            return cursor_claim(cursor, length - ATTRIBUTE);
        }
        status = cursor_take(cursor, (length + 3) / 4 * 4, &header);
    }
    return status;
}

enum decode_result walk_nflog(struct walk *walk) {
    enum { FAMILY_IPV4 = 2, FAMILY_IPV6 = 10 };
    const uint8_t *header = walk_open(walk, 4);
    struct cursor attributes;
    enum cursor_status status;
    bool found;

    if (header == NULL)
        return DECODE_SKIPPED;
    if (header[0] != FAMILY_IPV4 && header[0] != FAMILY_IPV6)
        return walk_skip(walk, SKIP_NOT_IP);
    attributes = walk->rest;
    status = find_nflog_packet(&attributes, true, &found);
    if (status == CURSOR_MALFORMED) {
        attributes = walk->rest;
        status = find_nflog_packet(&attributes, false, &found);
    }
    if (status != CURSOR_OK)
        return walk_stop(walk, status);
    if (!found)
        return walk_skip(walk, SKIP_NOT_IP);
    walk->rest = attributes;
    return walk_ip(walk);
}

/* --- macOS ------------------------------------------------------------------------------------------------------- */

/* The header names its length and the link type of what follows. */
enum decode_result walk_pktap(struct walk *walk) {
    enum { SHORTEST = 108, LINK_TYPE_AT = 8 };
    enum cursor_status status = cursor_check(&walk->rest, 4);
    layer_function *link;
    const uint8_t *header;
    uint32_t length;

    if (status != CURSOR_OK)
        return walk_stop(walk, status);
    length = octets_little32(walk->rest.at);
    if (length < SHORTEST)
        return walk_skip(walk, SKIP_MALFORMED);
    header = walk_open(walk, length);
    if (header == NULL)
        return DECODE_SKIPPED;
    link = link_layer((int)(octets_little32(header + LINK_TYPE_AT) & 0x7fffffff));
    return link == NULL ? walk_skip(walk, SKIP_UNSUPPORTED_LINK) : link(walk);
}

/* --- Endace capture cards ---------------------------------------------------------------------------------------- */

static enum decode_result walk_erf_ethernet(struct walk *walk) {
    return walk_open(walk, 2) == NULL ? DECODE_SKIPPED : walk_ethernet(walk);
}

static const struct {
    uint8_t type;
    layer_function *layer;
} erf_types[] = {
    {1, walk_ppp_serial},   {10, walk_ppp_serial},   {15, walk_ppp_serial},   {19, walk_ppp_serial},
    {2, walk_erf_ethernet}, {11, walk_erf_ethernet}, {16, walk_erf_ethernet}, {20, walk_erf_ethernet},
    {22, walk_ipv4},        {23, walk_ipv6},
};

/* Sixteen octets, and eight more for each extension: the first bit of each says whether another follows. */
enum decode_result walk_erf(struct walk *walk) {
    enum { TYPE_AT = 8, EXTENDED = 0x80, TYPE = 0x7f };
    const uint8_t *header = walk_open(walk, 16), *extension;
    bool more;

    if (header == NULL)
        return DECODE_SKIPPED;
    for (more = (header[TYPE_AT] & EXTENDED) != 0; more; more = (extension[0] & EXTENDED) != 0) {
        extension = walk_open(walk, 8);
        if (extension == NULL)
            return DECODE_SKIPPED;
    }
    for (size_t i = 0; i < sizeof erf_types / sizeof *erf_types; i++)
        if (erf_types[i].type == (header[TYPE_AT] & TYPE))
            return erf_types[i].layer(walk);
    return walk_skip(walk, SKIP_UNSUPPORTED);
}

/* --- Juniper routers --------------------------------------------------------------------------------------------- */

/* A magic number, flags, perhaps extensions. A packet without its link layer has four octets more and is IP. */
static enum decode_result walk_juniper(struct walk *walk, layer_function *layer) {
    enum { MAGIC = 0x4d4743, NO_LINK_LAYER = 0x02, EXTENDED = 0x80 };
    const uint8_t *header = walk_open(walk, 4), *extension;
    uint8_t flags;

    if (header == NULL)
        return DECODE_SKIPPED;
    if (octets_u32(header) >> 8 != MAGIC)
        return walk_skip(walk, SKIP_MALFORMED);
    flags = header[3];
    if ((flags & EXTENDED) != 0) {
        extension = walk_open(walk, 2);
        if (extension == NULL || walk_open(walk, octets_u16(extension)) == NULL)
            return DECODE_SKIPPED;
    }
    return (flags & NO_LINK_LAYER) != 0 ? ip_behind(walk, 4) : layer(walk);
}

enum decode_result walk_juniper_ethernet(struct walk *walk) {
    return walk_juniper(walk, walk_ethernet);
}

enum decode_result walk_juniper_ppp(struct walk *walk) {
    return walk_juniper(walk, walk_ppp);
}

enum decode_result walk_juniper_hdlc(struct walk *walk) {
    return walk_juniper(walk, walk_hdlc);
}

enum decode_result walk_juniper_frame_relay(struct walk *walk) {
    return walk_juniper(walk, walk_frame_relay);
}
