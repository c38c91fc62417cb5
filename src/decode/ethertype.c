/* SPDX-License-Identifier: BSD-3-Clause */
/* Ethernet, IEEE 802.2, and what an Ethernet type stands for, one row of a table each. */
#include "decode/walk.h"

enum {
    ETHERTYPE_FIRST = 0x600, /* lower values of the field are the length of an IEEE 802.3 frame */
    ETHERNET_HEADER = 14,
    SOURCE_AT = 6,
    TYPE_AT = 12,
};

static enum decode_result walk_type_or_length(struct walk *walk, uint16_t value);

enum decode_result walk_not_ip(struct walk *walk) {
    return walk_skip(walk, SKIP_NOT_IP);
}

enum decode_result walk_vlan(struct walk *walk) {
    const uint8_t *tag = walk_open(walk, 4);
    uint16_t id;

    if (tag == NULL)
        return DECODE_SKIPPED;
    id = octets_u16(tag) & VLAN_ID;
    /* 0 carries a priority only: the frame is in no VLAN (IEEE 802.1Q 9.6). */
    if (id != 0 && !walk_note(walk, ENCAPSULATION_VLAN, id))
        return DECODE_SKIPPED;
    return walk_type_or_length(walk, octets_u16(tag + 2));
}

static enum decode_result skip_tag(struct walk *walk, uint32_t length) {
    const uint8_t *tag = walk_open(walk, length + 2);

    return tag == NULL ? DECODE_SKIPPED : walk_type_or_length(walk, octets_u16(tag + length));
}

enum decode_result walk_skip_4(struct walk *walk) {
    return skip_tag(walk, 4);
}

enum decode_result walk_skip_6(struct walk *walk) {
    return skip_tag(walk, 6);
}

/* IEEE 802.1AE: the security tag is followed by an ordinary frame only where the frame is signed and not encrypted. */
static enum decode_result walk_macsec(struct walk *walk) {
    enum { CHANGED = 0x0c, CHANNEL = 0x20, TAG = 6, CHANNEL_OCTETS = 8 };
    enum cursor_status status = cursor_check(&walk->rest, TAG);

    if (status != CURSOR_OK)
        return walk_stop(walk, status);
    if ((walk->rest.at[0] & CHANGED) != 0)
        return walk_skip(walk, SKIP_UNSUPPORTED);
    return skip_tag(walk, (walk->rest.at[0] & CHANNEL) != 0 ? TAG + CHANNEL_OCTETS : TAG);
}

static enum decode_result walk_backbone(struct walk *walk) {
    const uint8_t *tag = walk_open(walk, 4);

    if (tag == NULL || !walk_note(walk, ENCAPSULATION_BACKBONE, octets_u32(tag) & 0xffffff))
        return DECODE_SKIPPED;
    return walk_ethernet(walk);
}

static enum decode_result walk_fabricpath(struct walk *walk) {
    const uint8_t *tag = walk_open(walk, 2);

    if (tag == NULL || !walk_note(walk, ENCAPSULATION_FABRICPATH, 0))
        return DECODE_SKIPPED;
    return walk_ethernet(walk);
}

/* RFC 6325 3: six octets, and as many words of options as five bits of the first two say. */
static enum decode_result walk_trill(struct walk *walk) {
    const uint8_t *header = walk_open(walk, 6), *options;

    if (header == NULL || !walk_note(walk, ENCAPSULATION_TRILL, 0))
        return DECODE_SKIPPED;
    options = walk_open(walk, (octets_u16(header) >> 6 & 0x1fu) * 4);
    return options == NULL ? DECODE_SKIPPED : walk_ethernet(walk);
}

enum decode_result walk_nsh(struct walk *walk) {
    static layer_function *const next[] = {NULL, walk_ipv4, walk_ipv6, walk_ethernet, walk_nsh, walk_mpls};
    enum cursor_status status = cursor_check(&walk->rest, 4);
    const uint8_t *header;

    if (status != CURSOR_OK)
        return walk_stop(walk, status);
    header = walk_open(walk, (walk->rest.at[1] & 0x3fu) * 4);
    if (header == NULL || !walk_note(walk, ENCAPSULATION_NSH, 0))
        return DECODE_SKIPPED;
    if ((header[1] & 0x3f) < 2)
        return walk_skip(walk, SKIP_MALFORMED);
    if (header[3] >= sizeof next / sizeof *next || next[header[3]] == NULL)
        return walk_skip(walk, SKIP_UNSUPPORTED);
    return next[header[3]](walk);
}

static const struct {
    uint16_t type;
    layer_function *layer;
} ethertypes[] = {
    {TYPE_IPV4, walk_ipv4},    {TYPE_IPV6, walk_ipv6}, {TYPE_VLAN, walk_vlan}, /* IEEE 802.1Q */
    {0x88a8, walk_vlan},                                                       /* IEEE 802.1ad */
    {0x9100, walk_vlan},                                                       /* stacked tags before 802.1ad */
    {0x9200, walk_vlan},                                                       /* likewise */
    {0x0806, walk_not_ip},                                                     /* ARP */
    {0x8847, walk_mpls},       {0x8848, walk_mpls}, /* with a label of the upstream router, or multicast */
    {0x8864, walk_pppoe},      {0x880b, walk_ppp},     {0x88e7, walk_backbone}, /* IEEE 802.1ah */
    {0x88e5, walk_macsec},     {0x893f, walk_skip_6},                           /* IEEE 802.1BR: E-TAG */
    {0x8926, walk_skip_4},                                                      /* VN-Tag */
    {0x892f, walk_skip_4},                                                      /* HSR (IEC 62439-3) */
    {0x8903, walk_fabricpath}, {0x22f3, walk_trill},   {0x6558, walk_ethernet}, /* transparent Ethernet bridging */
    {0x894f, walk_nsh},
};

enum decode_result walk_ethertype(struct walk *walk, uint16_t type) {
    for (size_t i = 0; i < sizeof ethertypes / sizeof *ethertypes; i++)
        if (ethertypes[i].type == type)
            return ethertypes[i].layer(walk);
    return walk_skip(walk, SKIP_NOT_IP);
}

static enum decode_result walk_type_or_length(struct walk *walk, uint16_t value) {
    enum cursor_status status;

    if (value >= ETHERTYPE_FIRST)
        return walk_ethertype(walk, value);
    status = cursor_claim(&walk->rest, value);
    return status == CURSOR_OK ? walk_llc(walk) : walk_stop(walk, status);
}

bool is_known_ethertype(uint16_t type) {
    for (size_t i = 0; i < sizeof ethertypes / sizeof *ethertypes; i++)
        if (ethertypes[i].type == type)
            return true;
    return false;
}

enum decode_result walk_ethernet(struct walk *walk) {
    const uint8_t *header;
    enum cursor_status status = cursor_take(&walk->rest, ETHERNET_HEADER, &header);

    if (status != CURSOR_OK)
        return walk_stop(walk, status);
    walk->link_source = link_source_of(walk->frame, header + SOURCE_AT);
    return walk_type_or_length(walk, octets_u16(header + TYPE_AT));
}

bool looks_like_ethernet(const struct cursor *cursor, uint32_t offset) {
    if (offset > cursor->captured || cursor->captured - offset < ETHERNET_HEADER)
        return false;
    return is_known_ethertype(octets_u16(cursor->at + offset + TYPE_AT));
}

bool looks_like_frame_with_ip(const struct cursor *cursor, uint32_t offset) {
    uint16_t type;

    if (!looks_like_ethernet(cursor, offset))
        return false;
    type = octets_u16(cursor->at + offset + TYPE_AT);
    return (type == TYPE_IPV4 || type == TYPE_IPV6) && looks_like_ip(cursor, offset + ETHERNET_HEADER);
}

/* --- IEEE 802.2 -------------------------------------------------------------------------------------------------- */

enum { LLC_SNAP = 0xaaaa03, LLC_IP = 0x060603, LLC_NLPID = 0xfefe03, NLPID_IPV4 = 0xcc, NLPID_IPV6 = 0x8e };

static uint32_t u24(const uint8_t *octets) {
    return (uint32_t)octets_u16(octets) << 8 | octets[2];
}

/* An organisation and its own kind of protocol. 0 means Ethernet types (RFC 1042), 0x0000f8 likewise where a bridge
 * made it of an Ethernet frame, 0x0080c2 a whole frame of some LAN (RFC 2427 4.2, RFC 2684 6.1), on ATM with padding.
 */
static enum decode_result walk_snap(struct walk *walk, uint32_t padding) {
    enum { BRIDGED_WITH_FCS = 1, BRIDGED = 7 };
    const uint8_t *header = walk_open(walk, 5), *pad;
    uint16_t type;

    if (header == NULL)
        return DECODE_SKIPPED;
    type = octets_u16(header + 3);
    if (u24(header) == 0x0080c2 && (type == BRIDGED || type == BRIDGED_WITH_FCS)) {
        pad = walk_open(walk, padding);
        return pad == NULL ? DECODE_SKIPPED : walk_ethernet(walk);
    }
    return u24(header) == 0 || u24(header) == 0x0000f8 ? walk_ethertype(walk, type) : walk_skip(walk, SKIP_NOT_IP);
}

/* A network layer protocol identifier (ISO/IEC TR 9577). */
static enum decode_result walk_network_protocol(struct walk *walk, uint8_t protocol) {
    if (protocol == NLPID_IPV4)
        return walk_ipv4(walk);
    return protocol == NLPID_IPV6 ? walk_ipv6(walk) : walk_skip(walk, SKIP_NOT_IP);
}

static enum decode_result walk_nlpid(struct walk *walk) {
    const uint8_t *header = walk_open(walk, 1);

    return header == NULL ? DECODE_SKIPPED : walk_network_protocol(walk, header[0]);
}

static enum decode_result open_llc(struct walk *walk, uint32_t snap_padding) {
    const uint8_t *header = walk_open(walk, 3);

    if (header == NULL)
        return DECODE_SKIPPED;
    switch (u24(header)) {
    case LLC_SNAP:
        return walk_snap(walk, snap_padding);
    case LLC_IP:
        return walk_ipv4(walk);
    case LLC_NLPID:
        return walk_nlpid(walk);
    default:
        return walk_skip(walk, SKIP_NOT_IP);
    }
}

enum decode_result walk_llc(struct walk *walk) {
    return open_llc(walk, 0);
}

/* RFC 2684: what is bridged over ATM is padded to a multiple of four octets. */
enum decode_result walk_atm(struct walk *walk) {
    return open_llc(walk, 2);
}

/* RFC 1577 on Linux: LLC, or the bare packet of a circuit that carries nothing else. */
enum decode_result walk_atm_clip(struct walk *walk) {
    enum cursor_status status = cursor_check(&walk->rest, 3);

    if (status != CURSOR_OK)
        return walk_stop(walk, status);
    return u24(walk->rest.at) == LLC_SNAP ? walk_atm(walk) : walk_ip(walk);
}

/* The address of a frame relay frame: two to four octets, the last of them odd. */
static enum cursor_status take_relay_address(struct cursor *cursor) {
    enum cursor_status status = CURSOR_OK;
    const uint8_t *address;

    for (uint32_t length = 2; length <= 4 && status == CURSOR_OK; length++) {
        status = cursor_check(cursor, length);
        if (status == CURSOR_OK && (cursor->at[length - 1] & 1) != 0)
            return cursor_take(cursor, length, &address);
    }
    return status == CURSOR_OK ? CURSOR_MALFORMED : status;
}

/* RFC 2427: address, the control octet of an unnumbered frame, perhaps padding, and what the packet is; some routers
 * put an Ethernet type right behind the address instead. */
enum decode_result walk_frame_relay(struct walk *walk) {
    enum { UNNUMBERED = 3, PADDING = 0, NLPID_SNAP = 0x80 };
    enum cursor_status status = take_relay_address(&walk->rest);
    const uint8_t *header;
    uint8_t next;

    if (status != CURSOR_OK)
        return walk_stop(walk, status);
    header = walk_open(walk, 2);
    if (header == NULL)
        return DECODE_SKIPPED;
    if (header[0] != UNNUMBERED)
        return walk_ethertype(walk, octets_u16(header));
    next = header[1];
    if (next == PADDING) {
        header = walk_open(walk, 1);
        if (header == NULL)
            return DECODE_SKIPPED;
        next = header[0];
    }
    return next == NLPID_SNAP ? walk_snap(walk, 0) : walk_network_protocol(walk, next);
}
