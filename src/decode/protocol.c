/* SPDX-License-Identifier: BSD-3-Clause */
/* What an IP protocol number stands for, one row of a table each, and the headers that name one after them. */
#include "decode/fragments.h"
#include "decode/ipcomp.h"

enum {
    OPTION_PAD1 = 0,
    OPTION_JUMBO = 0xc2,
};

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
const uint8_t *routing_destination(const uint8_t *header, uint32_t length) {
    enum { SOURCE_ROUTE = 0, MOBILE = 2, SEGMENTS = 4 }; /* the last lists the addresses backwards (RFC 8754 2) */

    if (header[3] == 0 || length < 8 + 16)
        return NULL;
    if (header[2] == SOURCE_ROUTE || header[2] == MOBILE)
        return header + (length - 8) / 16 * 16 + 8 - 16;
    return header[2] == SEGMENTS ? header + 8 : NULL;
}

static enum decode_result walk_routing(struct walk *walk, const uint8_t *header, uint32_t length) {
    const uint8_t *destination = routing_destination(header, length);

    if (destination != NULL)
        walk->destination = destination;
    return walk_protocol(walk, header[0]);
}

/* A fragment that is the whole stands for itself, whatever others say (RFC 6946). */
static enum decode_result walk_ipv6_fragment(struct walk *walk, const uint8_t *header, uint32_t length) {
    uint16_t where = octets_u16(header + 2);
    const struct fragment fragment = {
        .id = octets_u32(header + 4),
        .offset = where & 0xfff8u,
        .protocol = header[0],
        .more = (where & 1) != 0,
    };

    (void)length;
    if (fragment.offset == 0 && !fragment.more)
        return walk_protocol(walk, header[0]);
    return walk_fragment(walk, &fragment);
}

static enum decode_result walk_over(struct walk *walk, const uint8_t *header, uint32_t length) {
    (void)length;
    return walk_protocol(walk, header[0]);
}

/* --- packets in packets ------------------------------------------------------------------------------------------ */

static enum decode_result walk_ipv4_in_ip(struct walk *walk) {
    if (!walk_note(walk, walk->version == 4 ? ENCAPSULATION_4IN4 : ENCAPSULATION_4IN6, 0))
        return DECODE_SKIPPED;
    return walk_ipv4(walk);
}

static enum decode_result walk_ipv6_in_ip(struct walk *walk) {
    if (!walk_note(walk, walk->version == 4 ? ENCAPSULATION_6IN4 : ENCAPSULATION_6IN6, 0))
        return DECODE_SKIPPED;
    return walk_ipv6(walk);
}

/* RFC 3378: version 3 in the first four bits, twelve that are 0. */
static enum decode_result walk_etherip(struct walk *walk) {
    const uint8_t *header = walk_open(walk, 2);

    if (header == NULL || !walk_note(walk, ENCAPSULATION_ETHERIP, 0))
        return DECODE_SKIPPED;
    return header[0] >> 4 == 3 ? walk_ethernet(walk) : walk_skip(walk, SKIP_UNSUPPORTED);
}

static enum decode_result walk_ethernet_in_ip(struct walk *walk) {
    return walk_note(walk, ENCAPSULATION_ETHERNET_IN_IP, 0) ? walk_ethernet(walk) : DECODE_SKIPPED;
}

/* RFC 2004: what the tunnel changed in the one IP header there is. */
static enum decode_result walk_minimal(struct walk *walk) {
    const uint8_t *header = walk_open(walk, 8), *source;

    if (header == NULL || !walk_note(walk, ENCAPSULATION_MINIMAL, 0))
        return DECODE_SKIPPED;
    walk->destination = header + 4;
    if ((header[1] & 0x80) != 0) {
        source = walk_open(walk, 4);
        if (source == NULL)
            return DECODE_SKIPPED;
        walk->source = source;
    }
    return walk_protocol(walk, header[0]);
}

enum decode_result walk_unsupported(struct walk *walk) {
    return walk_skip(walk, SKIP_UNSUPPORTED);
}

enum { OVER_4 = 1, OVER_6 = 2, OVER_BOTH = 3 };

/* A row has either a layer, or an extension: a header that names the one after it. */
static const struct protocol_row {
    uint8_t protocol;
    uint8_t over; /* the IP versions over which it means this */
    bool tunnel;  /* a packet of another network follows: see decoder_close_tunnels */
    layer_function *layer;
    enum decode_result (*extension)(struct walk *walk, const uint8_t *header, uint32_t length);
} protocols[] = {
    {PROTOCOL_TCP, OVER_BOTH, false, walk_tcp, NULL},
    {PROTOCOL_UDP, OVER_BOTH, false, walk_udp, NULL},
    {PROTOCOL_ICMP, OVER_4, false, walk_icmp, NULL},
    {PROTOCOL_ICMPV6, OVER_6, false, walk_icmp, NULL},
    {PROTOCOL_HOP_BY_HOP, OVER_6, false, NULL, walk_hop_by_hop},
    {PROTOCOL_ROUTING, OVER_6, false, NULL, walk_routing},
    {PROTOCOL_FRAGMENT, OVER_6, false, NULL, walk_ipv6_fragment},
    {PROTOCOL_DESTINATION_OPTIONS, OVER_6, false, NULL, walk_over},
    {PROTOCOL_AUTHENTICATION, OVER_BOTH, false, NULL, walk_over},
    {135, OVER_6, false, NULL, walk_over}, /* mobility */
    {139, OVER_6, false, NULL, walk_over}, /* host identity */
    {140, OVER_6, false, NULL, walk_over}, /* shim6 */
    {PROTOCOL_IPV4, OVER_BOTH, true, walk_ipv4_in_ip, NULL},
    {94, OVER_BOTH, true, walk_ipv4_in_ip, NULL}, /* likewise, of amateur radio */
    {PROTOCOL_IPV6, OVER_BOTH, true, walk_ipv6_in_ip, NULL},
    {PROTOCOL_GRE, OVER_BOTH, true, walk_gre, NULL},
    {PROTOCOL_MINIMAL, OVER_4, true, walk_minimal, NULL},
    {97, OVER_BOTH, true, walk_etherip, NULL},
    {115, OVER_BOTH, true, walk_l2tp_ip, NULL},
    {PROTOCOL_MPLS, OVER_BOTH, true, walk_mpls, NULL},
    {143, OVER_BOTH, true, walk_ethernet_in_ip, NULL}, /* RFC 8986 10.1 */
    {50, OVER_BOTH, false, walk_unsupported, NULL},    /* ESP: encrypted */
    {108, OVER_BOTH, false, walk_ipcomp, NULL},
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

bool is_opened_protocol(uint8_t protocol, uint8_t version) {
    return find_protocol(protocol, version) != NULL;
}

enum decode_result walk_protocol(struct walk *walk, uint8_t protocol) {
    const struct protocol_row *row;
    enum cursor_status status;
    const uint8_t *header;
    uint32_t length;

    if (protocol == PROTOCOL_TCP) /* nearly always: not worth a search */
        return walk_tcp(walk);
    row = find_protocol(protocol, walk->version);
    if (row == NULL)
        return walk_skip(walk, SKIP_NOT_TCP);
    if (row->tunnel && walk->decoder->tunnels_closed)
        return walk_skip(walk, SKIP_UNSUPPORTED);
    if (row->layer != NULL)
        return row->layer(walk);
    if (++walk->headers > WALK_HEADERS)
        return walk_skip(walk, SKIP_UNSUPPORTED);
    status = take_extension(&walk->rest, protocol, &header, &length);
    return status == CURSOR_OK ? row->extension(walk, header, length) : walk_stop(walk, status);
}
