/* SPDX-License-Identifier: BSD-3-Clause */
/* ICMP (RFC 792) and ICMPv6 (RFC 4443) errors, as far as they quote a TCP segment. */
#include "decode/tcp.h"
#include "decode/walk.h"

enum {
    ICMP_HEADER = 8,
    IPV4_HEADER = 20,
    IPV6_HEADER = 40,
    QUOTED_TCP = 8, /* ports and sequence number: all that a router must quote */
};

/* A bit for each type that says that a packet was not delivered: destination unreachable, source quench, time exceeded
 * and parameter problem; in ICMPv6 destination unreachable, packet too big, time exceeded, parameter problem. */
static bool is_error(uint8_t version, uint8_t type) {
    uint32_t errors = version == 4 ? 1u << 3 | 1u << 4 | 1u << 11 | 1u << 12 : 1u << 1 | 1u << 2 | 1u << 3 | 1u << 4;

    return type < 32 && (errors >> type & 1) != 0;
}

struct quote {
    struct cursor rest; /* ends where the error ends, whatever the quoted headers claim */
    uint8_t version;
    uint8_t protocol; /* of what stands at rest */
    bool later_fragment;
    const uint8_t *source, *destination;
};

static enum cursor_status quoted_ipv4(struct quote *quote) {
    const uint8_t *header, *options;
    enum cursor_status status = cursor_take(&quote->rest, IPV4_HEADER, &header);
    uint32_t length;

    if (status != CURSOR_OK)
        return status;
    length = (header[0] & 0x0fu) * 4;
    if (header[0] >> 4 != 4 || length < IPV4_HEADER)
        return CURSOR_MALFORMED;
    quote->protocol = header[9];
    quote->later_fragment = (octets_u16(header + 6) & 0x1fff) != 0;
    quote->source = header + 12;
    quote->destination = header + 16;
    return cursor_take(&quote->rest, length - IPV4_HEADER, &options);
}

static enum cursor_status quoted_ipv6(struct quote *quote) {
    const uint8_t *header, *destination;
    enum cursor_status status = cursor_take(&quote->rest, IPV6_HEADER, &header);
    uint32_t length;

    if (status != CURSOR_OK)
        return status;
    if (header[0] >> 4 != 6)
        return CURSOR_MALFORMED;
    quote->protocol = header[6];
    quote->source = header + 8;
    quote->destination = header + 24;
    for (unsigned i = 0; i < WALK_HEADERS && is_extension(quote->protocol, 6); i++) {
        status = take_extension(&quote->rest, quote->protocol, &header, &length);
        if (status != CURSOR_OK)
            return status;
        destination = quote->protocol == PROTOCOL_ROUTING ? routing_destination(header, length) : NULL;
        if (destination != NULL)
            quote->destination = destination;
        if (quote->protocol == PROTOCOL_FRAGMENT && octets_u16(header + 2) >> 3 != 0)
            quote->later_fragment = true;
        quote->protocol = header[0];
    }
    return CURSOR_OK;
}

static enum decode_result fill_error(const struct walk *walk, const uint8_t *icmp, const struct quote *quote,
                                     const uint8_t *tcp) {
    struct icmp_error *error = &walk->decoded->icmp_error;

    error->frame = walk->frame->number;
    error->time = walk->frame->time;
    fill_address(&error->reporter, walk->version, walk->source);
    fill_address(&error->source, quote->version, quote->source);
    fill_address(&error->destination, quote->version, quote->destination);
    error->source_port = octets_u16(tcp);
    error->destination_port = octets_u16(tcp + 2);
    error->seq = octets_u32(tcp + 4);
    error->type = icmp[0];
    error->code = icmp[1];
    error->network = walk->path.count == 0 ? 0 : network_of_error(walk, error);
    return DECODE_ICMP_ERROR;
}

/* An error is no TCP itself: whatever is wrong within its quote, or missing there, makes it one that says nothing about
 * a connection. Only where the snapshot ends is the reason another. */
enum decode_result walk_icmp(struct walk *walk) {
    struct quote quote = {.version = walk->version};
    const uint8_t *icmp, *tcp;
    enum cursor_status status = cursor_take(&walk->rest, ICMP_HEADER, &icmp);

    if (status == CURSOR_OK && !is_error(walk->version, icmp[0]))
        return walk_skip(walk, SKIP_NOT_TCP);
    quote.rest = walk->rest;
    if (status == CURSOR_OK)
        status = quote.version == 4 ? quoted_ipv4(&quote) : quoted_ipv6(&quote);
    if (status == CURSOR_OK && (quote.protocol != PROTOCOL_TCP || quote.later_fragment))
        return walk_skip(walk, SKIP_NOT_TCP);
    if (status == CURSOR_OK)
        status = cursor_take(&quote.rest, QUOTED_TCP, &tcp);
    if (status != CURSOR_OK)
        return walk_skip(walk, status == CURSOR_TRUNCATED ? SKIP_TRUNCATED : SKIP_NOT_TCP);
    return fill_error(walk, icmp, &quote, tcp);
}
