/* SPDX-License-Identifier: BSD-3-Clause */
#include "decode/direct.h"

#include "decode/tcp.h"
#include "decode/walk.h"

enum {
    LINK_ETHERNET = 1, /* DLT_ values: see link.c */
    LINK_SLL = 113,
    LINK_SLL2 = 276,
    ETHERNET_HEADER = 14,
    TAG = 4,
    IPV4_HEADER = 20,
    IPV6_HEADER = 40,
};

/* What stands around the packet. */
struct around {
    uint64_t link_source;
    uint32_t octets; /* before the packet */
    uint16_t type;   /* of the packet: an Ethernet type */
    uint16_t vlan;   /* 0: none */
};

/* Each of these looks at what a link layer says: false where that leaves it to the walk. */
static bool open_tagged(const struct frame *frame, struct around *around) {
    const uint8_t *header = frame->bytes;

    if (frame->captured < ETHERNET_HEADER + TAG)
        return false;
    *around = (struct around){
        .link_source = link_source_of(frame, header + 6), .octets = ETHERNET_HEADER, .type = octets_u16(header + 12)};
    if (around->type == TYPE_VLAN) {
        around->vlan = octets_u16(header + 14) & VLAN_ID;
        around->type = octets_u16(header + 16);
        around->octets = ETHERNET_HEADER + TAG;
    }
    return true;
}

static bool open_cooked(const struct frame *frame, uint32_t octets, uint32_t device_at, uint32_t type_at,
                        struct around *around) {
    if (frame->captured < octets || !is_network_device(octets_u16(frame->bytes + device_at)))
        return false;
    *around = (struct around){.octets = octets, .type = octets_u16(frame->bytes + type_at)};
    return true;
}

static bool open_raw(const struct frame *frame, struct around *around) {
    if (frame->captured == 0)
        return false;
    *around = (struct around){.octets = 0, .type = frame->bytes[0] >> 4 == 4 ? TYPE_IPV4 : TYPE_IPV6};
    return true;
}

static bool open_other(const struct frame *frame, struct around *around) {
    switch (frame->link_type) {
    case LINK_ETHERNET:
        return open_tagged(frame, around);
    case 12: /* RAW, in all its numbers */
    case 14:
    case 101:
        return open_raw(frame, around);
    case LINK_SLL:
        return open_cooked(frame, 16, 2, 14, around);
    case LINK_SLL2:
        return open_cooked(frame, 20, 8, 0, around);
    default:
        return false;
    }
}

/* Steps over the header of a packet, to the segment with its lengths by that header. */
static inline bool open_ipv4(struct cursor *rest, struct segment *segment) {
    const uint8_t *header = rest->at;
    uint32_t total;

    if (rest->captured < IPV4_HEADER + TCP_HEADER || header[0] != 0x45 || header[9] != PROTOCOL_TCP ||
        (octets_u16(header + 6) & 0x3fff) != 0)
        return false;
    total = octets_u16(header + 2);
    if (total < IPV4_HEADER + TCP_HEADER || total > rest->claimed)
        return false;
    *rest = cursor_over(header + IPV4_HEADER, rest->captured - IPV4_HEADER, total - IPV4_HEADER);
    segment->hop_limit = header[8];
    segment->ip_id = octets_u16(header + 4);
    fill_address(&segment->source, 4, header + 12);
    fill_address(&segment->destination, 4, header + 16);
    return true;
}

static inline bool open_ipv6(struct cursor *rest, struct segment *segment) {
    const uint8_t *header = rest->at;
    uint32_t length;

    if (rest->captured < IPV6_HEADER + TCP_HEADER || header[0] >> 4 != 6 || header[6] != PROTOCOL_TCP)
        return false;
    length = octets_u16(header + 4);
    if (length > rest->claimed - IPV6_HEADER)
        return false;
    *rest = cursor_over(header + IPV6_HEADER, rest->captured - IPV6_HEADER, length);
    segment->hop_limit = header[7];
    segment->ip_id = octets_u32(header) & 0xfffff;
    fill_address(&segment->source, 6, header + 8);
    fill_address(&segment->destination, 6, header + 24);
    return true;
}

__attribute__((noinline)) static void look_up_vlan(struct decoder *decoder, uint16_t vlan) {
    struct encapsulation path;

    path.count = 1;
    path.layers[0].kind = ENCAPSULATION_VLAN;
    path.layers[0].id = vlan;
    decoder->vlan = vlan;
    decoder->vlan_encapsulation = encapsulations_intern(decoder->encapsulations, &path);
    decoder->vlan_network = encapsulations_intern(decoder->networks, &path);
}

static inline void fill_vlan(struct decoder *decoder, struct segment *segment, uint16_t vlan) {
    if (vlan != decoder->vlan)
        look_up_vlan(decoder, vlan);
    segment->encapsulation = decoder->vlan_encapsulation;
    segment->network = decoder->vlan_network;
}

/* They stand right before the segment. */
static inline uint64_t sum_addresses(const uint8_t *tcp, uint16_t type) {
    return type == TYPE_IPV4 ? checksum_load(tcp - 8) : checksum_add(0, tcp - 32, 32);
}

/* Made twice, for what stands around most packets and for the rest. */
__attribute__((always_inline)) static inline bool open_packet(struct decoder *decoder, const struct frame *frame,
                                                              const struct around *around, struct segment *segment) {
    struct cursor rest = frame_cursor(frame);
    uint32_t header;

    rest.at += around->octets;
    rest.captured -= around->octets;
    rest.claimed -= around->octets;
    if (around->type == TYPE_IPV4 ? !open_ipv4(&rest, segment)
                                  : around->type != TYPE_IPV6 || !open_ipv6(&rest, segment))
        return false;
    header = rest.at[12] >> 2 & 0x3c;
    if (header < TCP_HEADER || header > rest.captured)
        return false;
    segment->frame = frame->number;
    segment->time = frame->time;
    segment->link_source = around->link_source;
    segment->encapsulation = segment->network = 0;
    if (around->vlan != 0)
        fill_vlan(decoder, segment, around->vlan);
    fill_header(segment, rest.at);
    fill_rest(segment, &rest, header);
    judge(segment, &rest, header, rest.captured == rest.claimed ? sum_addresses(rest.at, around->type) : 0, false);
    return true;
}

__attribute__((noinline)) static bool open_behind_other(struct decoder *decoder, const struct frame *frame,
                                                        struct segment *segment) {
    struct around around;

    return open_other(frame, &around) && open_packet(decoder, frame, &around, segment);
}

bool decode_direct(struct decoder *decoder, const struct frame *frame, struct segment *segment) {
    const uint8_t *header = frame->bytes;

    if (frame->link_type != LINK_ETHERNET || frame->captured < ETHERNET_HEADER + IPV4_HEADER ||
        octets_u16(header + 12) != TYPE_IPV4)
        return open_behind_other(decoder, frame, segment);
    const struct around around = {
        .link_source = (uint64_t)(uint16_t)frame->interface << 48 | octets_u64(header + 6) >> 16,
        .octets = ETHERNET_HEADER,
        .type = TYPE_IPV4,
    };
    return open_packet(decoder, frame, &around, segment);
}
