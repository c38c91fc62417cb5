/* SPDX-License-Identifier: BSD-3-Clause */
/* Tunnels over UDP, one row of a table each, by the port. Other traffic may use such a port too: what does not begin as
 * the tunnel must is just not TCP. */
#include "decode/walk.h"

enum { UDP_HEADER = 8 };

/* RFC 7348. The first flag octet must say that the number is valid; in the generic extension a protocol may follow. */
static enum decode_result walk_vxlan_header(struct walk *walk, bool generic) {
    static layer_function *const next[] = {NULL, walk_ipv4, walk_ipv6, walk_ethernet, walk_nsh, walk_mpls};
    enum { VALID = 0x08, TYPED = 0x04 };
    const uint8_t *header = walk_open(walk, 8);

    if (header == NULL)
        return DECODE_SKIPPED;
    if ((header[0] & VALID) == 0)
        return walk_skip(walk, SKIP_NOT_TCP);
    if (!walk_note(walk, ENCAPSULATION_VXLAN, octets_u32(header + 4) >> 8))
        return DECODE_SKIPPED;
    if (!generic || (header[0] & TYPED) == 0)
        return walk_ethernet(walk);
    if (header[3] >= sizeof next / sizeof *next || next[header[3]] == NULL)
        return walk_skip(walk, SKIP_UNSUPPORTED);
    return next[header[3]](walk);
}

static enum decode_result walk_vxlan(struct walk *walk) {
    return walk_vxlan_header(walk, false);
}

static enum decode_result walk_vxlan_generic(struct walk *walk) {
    return walk_vxlan_header(walk, true);
}

/* RFC 8926 3.4 */
static enum decode_result walk_geneve(struct walk *walk) {
    enum { VERSION = 0xc0, OPTION_WORDS = 0x3f, TYPE_FIRST = 0x600 };
    const uint8_t *header = walk_open(walk, 8);

    if (header == NULL)
        return DECODE_SKIPPED;
    if ((header[0] & VERSION) != 0 || octets_u16(header + 2) < TYPE_FIRST)
        return walk_skip(walk, SKIP_NOT_TCP);
    if (!walk_note(walk, ENCAPSULATION_GENEVE, octets_u32(header + 4) >> 8) ||
        walk_open(walk, (header[0] & OPTION_WORDS) * 4u) == NULL)
        return DECODE_SKIPPED;
    return walk_ethertype(walk, octets_u16(header + 2));
}

/* Generic UDP encapsulation: an IP protocol behind a header, or a bare packet, whose version looks like another one. */
static enum decode_result walk_gue(struct walk *walk) {
    enum { VERSION_SHIFT = 6, CONTROL = 0x20, WORDS = 0x1f };
    enum cursor_status status = cursor_check(&walk->rest, 4);
    const uint8_t *header;

    if (status != CURSOR_OK)
        return walk_stop(walk, status);
    if (walk->rest.at[0] >> VERSION_SHIFT == 1 && looks_like_ip(&walk->rest, 0))
        return walk_note(walk, ENCAPSULATION_GUE, 0) ? walk_ip(walk) : DECODE_SKIPPED;
    if (walk->rest.at[0] >> VERSION_SHIFT != 0 || (walk->rest.at[0] & CONTROL) != 0)
        return walk_skip(walk, SKIP_NOT_TCP);
    header = walk_open(walk, 4 + (walk->rest.at[0] & WORDS) * 4u);
    if (header == NULL || !walk_note(walk, ENCAPSULATION_GUE, 0))
        return DECODE_SKIPPED;
    return walk_protocol(walk, header[1]);
}

/* --- GTP-U (3GPP TS 29.281) -------------------------------------------------------------------------------------- */

/* Extension headers: a length in words first, the type of the next one last. */
static bool skip_gtp_extensions(struct walk *walk, uint8_t next) {
    while (next != 0) {
        enum cursor_status status = cursor_check(&walk->rest, 1);
        uint32_t length;

        if (status == CURSOR_OK && walk->rest.at[0] == 0)
            status = CURSOR_MALFORMED;
        if (status != CURSOR_OK) {
            walk_stop(walk, status);
            return false;
        }
        length = walk->rest.at[0] * 4u;
        const uint8_t *extension = walk_open(walk, length);
        if (extension == NULL)
            return false;
        next = extension[length - 1];
    }
    return true;
}

/* A user's packet: IP, or the frame of one who was given Ethernet. */
static enum decode_result walk_user_packet(struct walk *walk) {
    enum cursor_status status = cursor_check(&walk->rest, 1);

    if (status != CURSOR_OK)
        return walk_stop(walk, status);
    if (looks_like_ethernet(&walk->rest, 0) && !looks_like_ip(&walk->rest, 0))
        return walk_ethernet(walk);
    return walk_ip(walk);
}

static enum decode_result walk_gtp(struct walk *walk) {
    enum { KIND = 0xf0, VERSION_1 = 0x30, EXTENDED = 0x04, OPTIONAL = 0x07, USER_DATA = 255 };
    const uint8_t *header = walk_open(walk, 8), *optional;
    enum cursor_status status;

    if (header == NULL)
        return DECODE_SKIPPED;
    if ((header[0] & KIND) != VERSION_1 || header[1] != USER_DATA)
        return walk_skip(walk, SKIP_NOT_TCP);
    if (!walk_note(walk, ENCAPSULATION_GTP, octets_u32(header + 4)))
        return DECODE_SKIPPED;
    status = walk_claim(walk, octets_u16(header + 2));
    if (status != CURSOR_OK)
        return walk_stop(walk, status);
    if ((header[0] & OPTIONAL) != 0) {
        optional = walk_open(walk, 4);
        if (optional == NULL || ((header[0] & EXTENDED) != 0 && !skip_gtp_extensions(walk, optional[3])))
            return DECODE_SKIPPED;
    }
    return walk_user_packet(walk);
}

/* --- IPv6 for those who have none -------------------------------------------------------------------------------- */

/* RFC 4380 5.1.1: perhaps an authentication, perhaps the origin, then an IPv6 packet. */
static enum decode_result walk_teredo(struct walk *walk) {
    enum { AUTHENTICATION = 1, AUTHENTICATION_FIXED = 4 + 9, ORIGIN = 0, ORIGIN_LENGTH = 8 };
    enum cursor_status status = cursor_check(&walk->rest, 4);

    if (status != CURSOR_OK)
        return walk_stop(walk, status);
    if (octets_u16(walk->rest.at) == AUTHENTICATION &&
        walk_open(walk, AUTHENTICATION_FIXED + walk->rest.at[2] + walk->rest.at[3]) == NULL)
        return DECODE_SKIPPED;
    status = cursor_check(&walk->rest, 2);
    if (status != CURSOR_OK)
        return walk_stop(walk, status);
    if (octets_u16(walk->rest.at) == ORIGIN && walk_open(walk, ORIGIN_LENGTH) == NULL)
        return DECODE_SKIPPED;
    status = cursor_check(&walk->rest, 40);
    if (status == CURSOR_TRUNCATED)
        return walk_stop(walk, status);
    if (status != CURSOR_OK || walk->rest.at[0] >> 4 != 6 || !looks_like_ip(&walk->rest, 0))
        return walk_skip(walk, SKIP_NOT_TCP);
    return walk_note(walk, ENCAPSULATION_TEREDO, 0) ? walk_ipv6(walk) : DECODE_SKIPPED;
}

/* Anything in anything: the lengths of an identity (as a power of two) and a signature, which are skipped, and an IP
 * protocol. */
static enum decode_result walk_ayiya(struct walk *walk) {
    enum { FORWARD = 1, LONGEST_IDENTITY = 8 };
    const uint8_t *header = walk_open(walk, 8);
    uint32_t identity;

    if (header == NULL)
        return DECODE_SKIPPED;
    identity = header[0] >> 4;
    if ((header[2] & 0x0f) != FORWARD || identity > LONGEST_IDENTITY ||
        (header[3] != PROTOCOL_IPV6 && header[3] != PROTOCOL_IPV4))
        return walk_skip(walk, SKIP_NOT_TCP);
    if (!walk_note(walk, ENCAPSULATION_AYIYA, 0) || walk_open(walk, (1u << identity) + (header[1] >> 4) * 4u) == NULL)
        return DECODE_SKIPPED;
    return header[3] == PROTOCOL_IPV6 ? walk_ipv6(walk) : walk_ipv4(walk);
}

/* --- others ------------------------------------------------------------------------------------------------------ */

/* RFC 5415 4: the channel for data between access points and their controller. */
static enum decode_result walk_capwap(struct walk *walk) {
    enum { NATIVE = 0x100, FRAGMENT = 0x80, KEEP_ALIVE = 0x08, WIRELESS = 1, ENCRYPTED = 1 };
    enum cursor_status status = cursor_check(&walk->rest, 8);
    const uint8_t *header;
    uint32_t bits, length;

    if (status != CURSOR_OK)
        return walk_stop(walk, status);
    bits = octets_u32(walk->rest.at) & 0xffffff;
    length = (bits >> 19) * 4;
    if (walk->rest.at[0] == ENCRYPTED)
        return walk_skip(walk, SKIP_UNSUPPORTED);
    if (walk->rest.at[0] != 0 || length < 8 || (bits & KEEP_ALIVE) != 0)
        return walk_skip(walk, SKIP_NOT_TCP);
    header = walk_open(walk, length);
    if (header == NULL || !walk_note(walk, ENCAPSULATION_CAPWAP, 0))
        return DECODE_SKIPPED;
    if ((bits & FRAGMENT) != 0)
        return walk_skip(walk, SKIP_FRAGMENT);
    if ((bits & NATIVE) == 0)
        return walk_ethernet(walk);
    return (bits >> 9 & 0x1f) == WIRELESS ? walk_wireless(walk) : walk_skip(walk, SKIP_UNSUPPORTED);
}

/* RFC 9300 5: the number of the network counts where a flag says that it is one. */
static enum decode_result walk_lisp(struct walk *walk) {
    enum { HAS_INSTANCE = 0x08 };
    const uint8_t *header = walk_open(walk, 8);

    if (header == NULL)
        return DECODE_SKIPPED;
    if (!looks_like_ip(&walk->rest, 0))
        return walk_skip(walk, SKIP_NOT_TCP);
    if (!walk_note(walk, ENCAPSULATION_LISP, (header[0] & HAS_INSTANCE) != 0 ? octets_u32(header + 4) >> 8 : 0))
        return DECODE_SKIPPED;
    return walk_ip(walk);
}

/* TaZmen sniffer protocol: version, type, protocol of the frame, and tags up to the one that ends them. */
static enum decode_result walk_tzsp(struct walk *walk) {
    enum { VERSION = 1, RECEIVED = 0, TRANSMIT = 1, ETHERNET = 1, WIRELESS = 18, TAG_PADDING = 0, TAG_END = 1 };
    const uint8_t *header = walk_open(walk, 4), *tag;
    uint16_t protocol;

    if (header == NULL)
        return DECODE_SKIPPED;
    protocol = octets_u16(header + 2);
    if (header[0] != VERSION || (header[1] != RECEIVED && header[1] != TRANSMIT) ||
        (protocol != ETHERNET && protocol != WIRELESS))
        return walk_skip(walk, SKIP_NOT_TCP);
    for (;;) {
        tag = walk_open(walk, 1);
        if (tag == NULL)
            return DECODE_SKIPPED;
        if (tag[0] == TAG_END)
            break;
        if (tag[0] == TAG_PADDING)
            continue;
        tag = walk_open(walk, 1);
        if (tag == NULL || walk_open(walk, tag[0]) == NULL)
            return DECODE_SKIPPED;
    }
    if (!walk_note(walk, ENCAPSULATION_TZSP, 0))
        return DECODE_SKIPPED;
    return protocol == ETHERNET ? walk_ethernet(walk) : walk_wireless(walk);
}

static const struct udp_row {
    uint16_t port;
    bool from_too; /* the port may also be the source's alone: answers come from it */
    layer_function *layer;
} tunnels[] = {
    {4789, false, walk_vxlan},         {8472, false, walk_vxlan}, /* Linux before the port was assigned */
    {4790, false, walk_vxlan_generic}, {6081, false, walk_geneve}, {2152, false, walk_gtp},
    {1701, true, walk_l2tp_udp},       {3544, true, walk_teredo},  {5072, true, walk_ayiya},
    {5247, true, walk_capwap},         {4341, false, walk_lisp},   {6635, false, walk_mpls}, /* RFC 7510 */
    {6080, false, walk_gue},           {37008, false, walk_tzsp},
};

static const struct udp_row *find_tunnel(uint16_t source, uint16_t destination) {
    for (size_t i = 0; i < sizeof tunnels / sizeof *tunnels; i++)
        if (tunnels[i].port == destination || (tunnels[i].from_too && tunnels[i].port == source))
            return &tunnels[i];
    return NULL;
}

bool is_tunnel_port(uint16_t port) {
    return find_tunnel(0, port) != NULL;
}

/* A length of 0 is what offload and packets beyond 65,535 octets leave. */
enum decode_result walk_udp(struct walk *walk) {
    const struct udp_row *tunnel;
    const uint8_t *header;
    enum cursor_status status = cursor_take(&walk->rest, UDP_HEADER, &header);
    uint32_t length;

    if (status != CURSOR_OK)
        return walk_skip(walk, status == CURSOR_TRUNCATED ? SKIP_TRUNCATED : SKIP_NOT_TCP);
    tunnel = find_tunnel(octets_u16(header), octets_u16(header + 2));
    if (tunnel == NULL)
        return walk_skip(walk, SKIP_NOT_TCP);
    if (walk->decoder->tunnels_closed || ++walk->headers > WALK_HEADERS)
        return walk_skip(walk, SKIP_UNSUPPORTED);
    length = octets_u16(header + 4);
    if (length != 0 && !walk->length_from_wire)
        status = length < UDP_HEADER ? CURSOR_MALFORMED : walk_claim(walk, length - UDP_HEADER);
    return status == CURSOR_OK ? tunnel->layer(walk) : walk_skip(walk, SKIP_NOT_TCP);
}
