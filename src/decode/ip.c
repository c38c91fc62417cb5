/* SPDX-License-Identifier: BSD-3-Clause */
/* IPv4 and IPv6. */
#include "decode/fragments.h"

enum {
    IPV4_HEADER = 20,
    IPV6_HEADER = 40,
    ETHERNET_PADDED = 46, /* a shorter payload of Ethernet is padded to this */
    FRAGMENT_MORE = 0x2000,
    FRAGMENT_OFFSET = 0x1fff,
};

/* Length 0 is what segmentation offload and packets beyond 65,535 octets leave in the header: then what follows goes on
 * to the end of the frame. Not so in a frame as short as those that Ethernet pads: it needs no offload. */
static bool claim_to_end(struct walk *walk, uint32_t header) {
    walk->length_from_wire = true;
    return header + walk->rest.claimed > ETHERNET_PADDED;
}

static enum cursor_status claim_payload(struct walk *walk, uint32_t length) {
    walk->length_from_wire = false;
    return walk_claim(walk, length);
}

static enum decode_result walk_ipv4_fragment(struct walk *walk, const uint8_t *header, uint32_t where) {
    const struct fragment fragment = {
        .id = walk->ip_id,
        .offset = (where & FRAGMENT_OFFSET) * 8,
        .protocol = header[9],
        .more = (where & FRAGMENT_MORE) != 0,
    };

    return walk_fragment(walk, &fragment);
}

enum decode_result walk_ipv4(struct walk *walk) {
    const uint8_t *header, *options;
    enum cursor_status status = cursor_take(&walk->rest, IPV4_HEADER, &header);
    uint32_t header_length, total, where;

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
    walk->version = 4;
    walk->hop_limit = header[8];
    walk->ip_id = octets_u16(header + 4);
    walk->source = header + 12;
    walk->destination = header + 16;
    where = octets_u16(header + 6);
    if ((where & (FRAGMENT_OFFSET | FRAGMENT_MORE)) != 0)
        return walk_ipv4_fragment(walk, header, where);
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

bool looks_like_ip(const struct cursor *cursor, uint32_t offset) {
    const uint8_t *header = cursor->at + offset;
    uint32_t length;

    if (offset > cursor->captured || cursor->captured - offset < IPV4_HEADER)
        return false;
    if (header[0] >> 4 == 6) {
        length = octets_u16(header + 4);
        return length <= cursor->claimed - offset && length + IPV6_HEADER <= cursor->claimed - offset;
    }
    length = octets_u16(header + 2);
    return header[0] >> 4 == 4 && (header[0] & 0x0f) >= 5 && length >= IPV4_HEADER &&
           length <= cursor->claimed - offset;
}
