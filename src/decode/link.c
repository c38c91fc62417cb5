/* SPDX-License-Identifier: BSD-3-Clause */
/* Link layers, one row of a table each, and what an Ethernet type stands for, one row each too. */
#include "decode/walk.h"

#include <stddef.h>

enum {
    ETHERTYPE_FIRST = 0x600, /* lower values of the field are the length of an IEEE 802.3 frame */
    VLAN_ID = 0x0fff,
};

static enum decode_result walk_vlan(struct walk *walk) {
    struct encapsulation *path = &walk->path;
    const uint8_t *tag;
    enum cursor_status status = cursor_take(&walk->rest, 4, &tag);
    uint16_t id;

    if (status != CURSOR_OK)
        return walk_stop(walk, status);
    id = octets_u16(tag) & VLAN_ID;
    if (++walk->headers > WALK_HEADERS)
        return walk_skip(walk, SKIP_UNSUPPORTED);
    if (id != 0) { /* 0 carries a priority only: the frame is in no VLAN (IEEE 802.1Q 9.6) */
        if (path->count == ENCAPSULATION_LAYERS)
            return walk_skip(walk, SKIP_UNSUPPORTED);
        path->layers[path->count].kind = ENCAPSULATION_VLAN;
        path->layers[path->count].id = id;
        path->count++;
    }
    return walk_ethertype(walk, octets_u16(tag + 2));
}

/* SNAP (RFC 1042): an Ethernet type behind an organisation that means "Ethernet". */
static enum decode_result walk_snap(struct walk *walk) {
    const uint8_t *header;
    enum cursor_status status = cursor_take(&walk->rest, 5, &header);
    uint32_t organisation;

    if (status != CURSOR_OK)
        return walk_stop(walk, status);
    organisation = octets_u32(header) >> 8;
    if (organisation != 0 && organisation != 0x0000f8)
        return walk_skip(walk, SKIP_NOT_IP);
    if (octets_u16(header + 3) < ETHERTYPE_FIRST)
        return walk_skip(walk, SKIP_NOT_IP);
    return walk_ethertype(walk, octets_u16(header + 3));
}

/* IEEE 802.2: destination and source access point, control. */
static enum decode_result walk_llc(struct walk *walk) {
    const uint8_t *header;
    enum cursor_status status = cursor_take(&walk->rest, 3, &header);

    if (status != CURSOR_OK)
        return walk_stop(walk, status);
    if (++walk->headers > WALK_HEADERS)
        return walk_skip(walk, SKIP_UNSUPPORTED);
    switch (octets_u32((const uint8_t[]){0, header[0], header[1], header[2]})) {
    case 0xaaaa03:
        return walk_snap(walk);
    case 0x060603:
        return walk_ipv4(walk);
    default:
        return walk_skip(walk, SKIP_NOT_IP);
    }
}

static enum decode_result walk_unsupported(struct walk *walk) {
    return walk_skip(walk, SKIP_UNSUPPORTED);
}

static const struct {
    uint16_t type;
    layer_function *layer;
} ethertypes[] = {
    {0x0800, walk_ipv4},        {0x86dd, walk_ipv6}, {0x8100, walk_vlan}, /* IEEE 802.1Q */
    {0x88a8, walk_vlan},                                                  /* IEEE 802.1ad */
    {0x9100, walk_vlan},                                                  /* stacked tags before 802.1ad */
    {0x9200, walk_vlan},                                                  /* likewise */
    {0x8847, walk_unsupported},                                           /* MPLS */
    {0x8848, walk_unsupported},                                           /* MPLS multicast */
    {0x8864, walk_unsupported},                                           /* PPPoE session */
    {0x880b, walk_unsupported},                                           /* PPP */
    {0x88e7, walk_unsupported},                                           /* IEEE 802.1ah */
    {0x88e5, walk_unsupported},                                           /* MACsec */
    {0x8903, walk_unsupported},                                           /* FabricPath */
    {0x22f3, walk_unsupported},                                           /* TRILL */
    {0x6558, walk_unsupported},                                           /* transparent Ethernet bridging */
    {0x894f, walk_unsupported},                                           /* network service header */
};

enum decode_result walk_ethertype(struct walk *walk, uint16_t type) {
    for (size_t i = 0; i < sizeof ethertypes / sizeof *ethertypes; i++)
        if (ethertypes[i].type == type)
            return ethertypes[i].layer(walk);
    if (type < ETHERTYPE_FIRST) {
        enum cursor_status status = cursor_claim(&walk->rest, type);

        return status == CURSOR_OK ? walk_llc(walk) : walk_stop(walk, status);
    }
    return walk_skip(walk, SKIP_NOT_IP);
}

/* Two interfaces of one capture may see a packet before and after a router: their addresses cannot be compared. */
static void note_link_source(struct walk *walk, const uint8_t *address) {
    walk->link_source = (uint64_t)(uint16_t)walk->frame->interface << 48 | (uint64_t)octets_u16(address) << 32 |
                        octets_u32(address + 2);
}

static enum decode_result walk_ethernet(struct walk *walk) {
    const uint8_t *header;
    enum cursor_status status = cursor_take(&walk->rest, 14, &header);

    if (status != CURSOR_OK)
        return walk_stop(walk, status);
    note_link_source(walk, header + 6);
    return walk_ethertype(walk, octets_u16(header + 12));
}

enum { ARPHRD_NETLINK_MESSAGES = 824, SLL_PROTOCOL_802_2 = 4 };

/* The protocol of a Linux cooked header: an Ethernet type, unless the device is no network, or a small number. */
static enum decode_result walk_cooked(struct walk *walk, uint16_t device, uint16_t protocol) {
    if (device == ARPHRD_NETLINK_MESSAGES)
        return walk_skip(walk, SKIP_NOT_IP);
    if (protocol == SLL_PROTOCOL_802_2)
        return walk_llc(walk);
    if (protocol < ETHERTYPE_FIRST)
        return walk_skip(walk, SKIP_NOT_IP);
    return walk_ethertype(walk, protocol);
}

static enum decode_result walk_sll(struct walk *walk) {
    const uint8_t *header;
    enum cursor_status status = cursor_take(&walk->rest, 16, &header);

    if (status != CURSOR_OK)
        return walk_stop(walk, status);
    return walk_cooked(walk, octets_u16(header + 2), octets_u16(header + 14));
}

static enum decode_result walk_sll2(struct walk *walk) {
    const uint8_t *header;
    enum cursor_status status = cursor_take(&walk->rest, 20, &header);

    if (status != CURSOR_OK)
        return walk_stop(walk, status);
    return walk_cooked(walk, octets_u16(header + 8), octets_u16(header));
}

static const struct {
    uint32_t family;
    layer_function *layer;
} families[] = {
    {2, walk_ipv4},  {10, walk_ipv6}, /* Linux */
    {23, walk_ipv6},                  /* Windows */
    {24, walk_ipv6},                  /* NetBSD, OpenBSD */
    {26, walk_ipv6},                  /* Solaris */
    {28, walk_ipv6},                  /* FreeBSD */
    {30, walk_ipv6},                  /* macOS */
};

/* BSD loopback: an address family in the byte order of whatever machine captured. */
static enum decode_result walk_loopback(struct walk *walk) {
    const uint8_t *header;
    enum cursor_status status = cursor_take(&walk->rest, 4, &header);
    uint32_t family;

    if (status != CURSOR_OK)
        return walk_stop(walk, status);
    family = octets_u32(header);
    if (family > 0xffff)
        family = __builtin_bswap32(family);
    for (size_t i = 0; i < sizeof families / sizeof *families; i++)
        if (families[i].family == family)
            return families[i].layer(walk);
    return walk_skip(walk, SKIP_NOT_IP);
}

static const struct {
    int link_type; /* DLT_ values; where they differ from LINKTYPE_ values, both */
    layer_function *layer;
} links[] = {
    {1, walk_ethernet},   /* EN10MB */
    {0, walk_loopback},   /* NULL */
    {108, walk_loopback}, /* LOOP */
    {12, walk_ip},        /* RAW */
    {14, walk_ip},        /* RAW on OpenBSD */
    {101, walk_ip},       /* RAW as LINKTYPE_ */
    {228, walk_ipv4},     /* IPV4 */
    {229, walk_ipv6},     /* IPV6 */
    {113, walk_sll},      /* LINUX_SLL */
    {276, walk_sll2},     /* LINUX_SLL2 */
};

layer_function *link_layer(int link_type) {
    for (size_t i = 0; i < sizeof links / sizeof *links; i++)
        if (links[i].link_type == link_type)
            return links[i].layer;
    return NULL;
}
