/* SPDX-License-Identifier: BSD-3-Clause */
/* IPv4, IPv6 and what may stand between them and TCP. */
#include "decode/walk.h"

#include <stddef.h>

enum {
    IPV4_HEADER = 20,
    IPV6_HEADER = 40,
    ETHERNET_PADDED = 46, /* a shorter payload of Ethernet is padded to this */
    FRAGMENT_MORE = 0x2000,
    FRAGMENT_OFFSET = 0x1fff,
    OPTION_PAD1 = 0,
    OPTION_JUMBO = 0xc2,
};

/* A file that gives as the length on the wire just what was captured may have lost the true one: tools that cut frames
 * short do that. Such a frame proves no IP header wrong that claims more. */
static bool wire_length_may_be_lost(const struct frame *frame) {
    return frame->wire_length <= frame->captured;
}

/* Cuts the cursor to the length that the IP header gives for what follows. */
static enum cursor_status claim_payload(struct walk *walk, uint32_t length) {
    walk->length_from_wire = false;
    if (wire_length_may_be_lost(walk->frame))
        cursor_stretch(&walk->rest, length);
    return cursor_claim(&walk->rest, length);
}

/* Length 0 is what segmentation offload and packets beyond 65,535 octets leave in the header: then what follows goes on
 * to the end of the frame. Not so in a frame as short as those that Ethernet pads: it needs no offload. */
static bool claim_to_end(struct walk *walk, uint32_t header) {
    walk->length_from_wire = true;
    return header + walk->rest.claimed > ETHERNET_PADDED;
}

enum decode_result walk_ipv4(struct walk *walk) {
    const uint8_t *header, *options;
    enum cursor_status status = cursor_take(&walk->rest, IPV4_HEADER, &header);
    uint32_t header_length, total, fragment;

    if (status != CURSOR_OK)
        return walk_stop(walk, status);
    header_length = (header[0] & 0x0fu) * 4;
    total = octets_u16(header + 2);
    if (header[0] >> 4 != 4 || header_length < IPV4_HEADER || (total != 0 && total < header_length))
        return walk_skip(walk, SKIP_MALFORMED);
    if (total == 0 && !claim_to_end(walk, IPV4_HEADER))
        return walk_skip(walk, SKIP_MALFORMED);
    if (total != 0)
        status = claim_payload(walk, total - IPV4_HEADER);
    if (status == CURSOR_OK)
        status = cursor_take(&walk->rest, header_length - IPV4_HEADER, &options);
    if (status != CURSOR_OK)
        return walk_stop(walk, status);
    fragment = octets_u16(header + 6);
    if ((fragment & FRAGMENT_OFFSET) != 0)
        return walk_skip(walk, SKIP_FRAGMENT);
    walk->first_fragment = (fragment & FRAGMENT_MORE) != 0;
    walk->version = 4;
    walk->hop_limit = header[8];
    walk->ip_id = octets_u16(header + 4);
    walk->source = header + 12;
    walk->destination = header + 16;
    return walk_protocol(walk, header[9]);
}

enum decode_result walk_ipv6(struct walk *walk) {
    const uint8_t *header;
    enum cursor_status status = cursor_take(&walk->rest, IPV6_HEADER, &header);
    uint32_t payload;

    if (status != CURSOR_OK)
        return walk_stop(walk, status);
    if (header[0] >> 4 != 6)
        return walk_skip(walk, SKIP_MALFORMED);
    payload = octets_u16(header + 4);
    if (payload != 0 || !claim_to_end(walk, IPV6_HEADER))
        status = claim_payload(walk, payload);
    if (status != CURSOR_OK)
        return walk_stop(walk, status);
    walk->first_fragment = false;
    walk->version = 6;
    walk->hop_limit = header[7];
    walk->ip_id = octets_u32(header) & 0xfffff;
    walk->source = header + 8;
    walk->destination = header + 24;
    return walk_protocol(walk, header[6]);
}

enum decode_result walk_ip(struct walk *walk) {
    enum cursor_status status = cursor_check(&walk->rest, 1);

    if (status != CURSOR_OK)
        return walk_stop(walk, status);
    switch (*walk->rest.at >> 4) {
    case 4:
        return walk_ipv4(walk);
    case 6:
        return walk_ipv6(walk);
    default:
        return walk_skip(walk, SKIP_MALFORMED);
    }
}

enum cursor_status take_extension(struct cursor *cursor, uint8_t protocol, const uint8_t **header, uint32_t *length) {
    enum cursor_status status = cursor_check(cursor, 2);

    if (status != CURSOR_OK)
        return status;
    if (protocol == PROTOCOL_FRAGMENT)
        *length = 8;
    else if (protocol == PROTOCOL_AUTHENTICATION)
        *length = (cursor->at[1] + 2u) * 4;
    else
        *length = (cursor->at[1] + 1u) * 8;
    return cursor_take(cursor, *length, header);
}

/* The jumbo payload length (RFC 2675) among hop-by-hop options; 0 without one. */
static enum cursor_status jumbo_length(const uint8_t *header, uint32_t length, uint32_t *jumbo) {
    uint32_t at = 2;

    *jumbo = 0;
    while (at < length) {
        if (header[at] == OPTION_PAD1) {
            at++;
            continue;
        }
        if (at + 2 > length || at + 2 + header[at + 1] > length)
            return CURSOR_MALFORMED;
        if (header[at] == OPTION_JUMBO && header[at + 1] == 4)
            *jumbo = octets_u32(header + at + 2);
        at += 2u + header[at + 1];
    }
    return CURSOR_OK;
}

/* Only a packet whose payload length is 0 may carry a jumbo payload length, which counts from behind the IPv6 header.
 */
static enum decode_result walk_hop_by_hop(struct walk *walk, const uint8_t *header, uint32_t length) {
    enum cursor_status status = CURSOR_OK;
    uint32_t jumbo;

    if (!walk->length_from_wire)
        return walk_protocol(walk, header[0]);
    status = jumbo_length(header, length, &jumbo);
    if (status == CURSOR_OK && jumbo != 0)
        status = jumbo < length ? CURSOR_MALFORMED : cursor_claim(&walk->rest, jumbo - length);
    return status == CURSOR_OK ? walk_protocol(walk, header[0]) : walk_stop(walk, status);
}

/* While segments are left, the packet is on its way to the address that the header names last: that one is the end of
 * the connection and stands in the pseudo-header (RFC 8200 8.1). */
static enum decode_result walk_routing(struct walk *walk, const uint8_t *header, uint32_t length) {
    enum { SOURCE_ROUTE = 0, MOBILE = 2, SEGMENTS = 4 }; /* the last lists the addresses backwards (RFC 8754 2) */

    if (header[3] != 0 && length >= 8 + 16) {
        if (header[2] == SOURCE_ROUTE || header[2] == MOBILE)
            walk->destination = header + (length - 8) / 16 * 16 + 8 - 16;
        else if (header[2] == SEGMENTS)
            walk->destination = header + 8;
    }
    return walk_protocol(walk, header[0]);
}

static enum decode_result walk_fragment(struct walk *walk, const uint8_t *header, uint32_t length) {
    uint16_t offset_and_more = octets_u16(header + 2);

    (void)length;
    if (offset_and_more >> 3 != 0)
        return walk_skip(walk, SKIP_FRAGMENT);
    walk->first_fragment = (offset_and_more & 1) != 0;
    return walk_protocol(walk, header[0]);
}

static enum decode_result walk_over(struct walk *walk, const uint8_t *header, uint32_t length) {
    (void)length;
    return walk_protocol(walk, header[0]);
}

static enum decode_result walk_unsupported(struct walk *walk) {
    return walk_skip(walk, SKIP_UNSUPPORTED);
}

enum { OVER_4 = 1, OVER_6 = 2, OVER_BOTH = 3 };

/* A row has either a layer, or an extension: a header that names the one after it. */
static const struct protocol_row {
    uint8_t protocol;
    uint8_t over; /* the IP versions over which it means this */
    layer_function *layer;
    enum decode_result (*extension)(struct walk *walk, const uint8_t *header, uint32_t length);
} protocols[] = {
    {PROTOCOL_TCP, OVER_BOTH, walk_tcp, NULL},
    {PROTOCOL_ICMP, OVER_4, walk_icmp, NULL},
    {PROTOCOL_ICMPV6, OVER_6, walk_icmp, NULL},
    {PROTOCOL_HOP_BY_HOP, OVER_6, NULL, walk_hop_by_hop},
    {PROTOCOL_ROUTING, OVER_6, NULL, walk_routing},
    {PROTOCOL_FRAGMENT, OVER_6, NULL, walk_fragment},
    {PROTOCOL_DESTINATION_OPTIONS, OVER_6, NULL, walk_over},
    {PROTOCOL_AUTHENTICATION, OVER_BOTH, NULL, walk_over},
    {135, OVER_6, NULL, walk_over},           /* mobility */
    {139, OVER_6, NULL, walk_over},           /* host identity */
    {140, OVER_6, NULL, walk_over},           /* shim6 */
    {4, OVER_BOTH, walk_unsupported, NULL},   /* IPv4 in IP */
    {41, OVER_BOTH, walk_unsupported, NULL},  /* IPv6 in IP */
    {47, OVER_BOTH, walk_unsupported, NULL},  /* GRE */
    {50, OVER_BOTH, walk_unsupported, NULL},  /* ESP */
    {55, OVER_BOTH, walk_unsupported, NULL},  /* minimal encapsulation */
    {97, OVER_BOTH, walk_unsupported, NULL},  /* Ethernet in IP */
    {108, OVER_BOTH, walk_unsupported, NULL}, /* IPComp */
    {115, OVER_BOTH, walk_unsupported, NULL}, /* L2TP */
    {137, OVER_BOTH, walk_unsupported, NULL}, /* MPLS in IP */
    {143, OVER_BOTH, walk_unsupported, NULL}, /* Ethernet */
};

static const struct protocol_row *find_protocol(uint8_t protocol, uint8_t version) {
    uint8_t over = version == 4 ? OVER_4 : OVER_6;

    for (size_t i = 0; i < sizeof protocols / sizeof *protocols; i++)
        if (protocols[i].protocol == protocol && (protocols[i].over & over) != 0)
            return &protocols[i];
    return NULL;
}

bool is_extension(uint8_t protocol, uint8_t version) {
    const struct protocol_row *row = find_protocol(protocol, version);

    return row != NULL && row->extension != NULL;
}

enum decode_result walk_protocol(struct walk *walk, uint8_t protocol) {
    const struct protocol_row *row = find_protocol(protocol, walk->version);
    enum cursor_status status;
    const uint8_t *header;
    uint32_t length;

    if (row == NULL)
        return walk_skip(walk, SKIP_NOT_TCP);
    if (row->layer != NULL)
        return row->layer(walk);
    if (++walk->headers > WALK_HEADERS)
        return walk_skip(walk, SKIP_UNSUPPORTED);
    status = take_extension(&walk->rest, protocol, &header, &length);
    if (status == CURSOR_OK)
        return row->extension(walk, header, length);
    /* Headers that go on in the next fragment are no contradiction. */
    if (status == CURSOR_MALFORMED && walk->first_fragment)
        return walk_skip(walk, SKIP_FRAGMENT);
    return walk_stop(walk, status);
}
