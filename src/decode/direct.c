/* SPDX-License-Identifier: BSD-3-Clause */
#include "decode/direct.h"

#include "decode/walk.h"

enum {
    LINK_SLL = 113, /* DLT_ values: see link.c */
    LINK_SLL2 = 276,
    TAG = 4,
};

/* What stands around the packet. */
struct around {
    uint32_t octets; /* before the packet */
    uint16_t type;   /* of the packet: an Ethernet type */
    uint16_t vlan;   /* 0: none */
};

/* Each of these looks at what a link layer says: false where that leaves it to the walk. */
static bool look_at_ethernet(const struct frame *frame, struct around *around, struct direct *direct) {
    const uint8_t *header = frame->bytes;

    if (frame->captured < DIRECT_ETHERNET_HEADER + TAG)
        return false;
    direct->link_source = link_source_of(frame, header + 6);
    *around = (struct around){DIRECT_ETHERNET_HEADER, octets_u16(header + 12), 0};
    if (around->type == TYPE_VLAN) {
        *around =
            (struct around){DIRECT_ETHERNET_HEADER + TAG, octets_u16(header + 16), octets_u16(header + 14) & VLAN_ID};
    }
    return true;
}

static bool look_at_cooked(const struct frame *frame, uint32_t octets, uint32_t device_at, uint32_t type_at,
                           struct around *around) {
    if (frame->captured < octets || !is_network_device(octets_u16(frame->bytes + device_at)))
        return false;
    *around = (struct around){octets, octets_u16(frame->bytes + type_at), 0};
    return true;
}

static bool look_at_raw(const struct frame *frame, struct around *around) {
    if (frame->captured == 0)
        return false;
    *around = (struct around){0, frame->bytes[0] >> 4 == 4 ? TYPE_IPV4 : TYPE_IPV6, 0};
    return true;
}

static bool look_around(const struct frame *frame, struct around *around, struct direct *direct) {
    switch (frame->link_type) {
    case DIRECT_ETHERNET:
        return look_at_ethernet(frame, around, direct);
    case 12: /* RAW, in all its numbers */
    case 14:
    case 101:
        return look_at_raw(frame, around);
    case LINK_SLL:
        return look_at_cooked(frame, 16, 2, 14, around);
    case LINK_SLL2:
        return look_at_cooked(frame, 20, 8, 0, around);
    default:
        return false;
    }
}

static bool look_ipv6(const uint8_t *packet, uint32_t captured, uint32_t claimed, struct direct *direct) {
    if (captured < DIRECT_IPV6 + TCP_HEADER)
        return false;
    uint32_t length = octets_u16(packet + 4);
    direct->packet = packet;
    direct->captured = captured - DIRECT_IPV6 < length ? captured - DIRECT_IPV6 : length;
    direct->claimed = length;
    direct->header = packet[DIRECT_IPV6 + TCP_OFFSET_AT] >> 2 & 0x3c;
    direct->version = 6;
    return packet[0] >> 4 == 6 && packet[6] == PROTOCOL_TCP && length <= claimed - DIRECT_IPV6 &&
           direct->header >= TCP_HEADER && direct->header <= direct->captured;
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

static struct direct_path path_of_vlan(struct decoder *decoder, uint16_t vlan) {
    if (vlan == 0)
        return (struct direct_path){0, 0};
    if (vlan != decoder->vlan)
        look_up_vlan(decoder, vlan);
    return (struct direct_path){decoder->vlan_encapsulation, decoder->vlan_network};
}

static bool look_at_packet(const struct frame *frame, const struct around *around, struct direct *direct) {
    const struct cursor whole = frame_cursor(frame);
    const uint8_t *packet = whole.at + around->octets;
    uint32_t captured = whole.captured - around->octets, claimed = whole.claimed - around->octets;

    if (around->type == TYPE_IPV4)
        return captured >= DIRECT_IPV4 + TCP_HEADER && direct_look_ipv4(packet, captured, claimed, direct);
    return around->type == TYPE_IPV6 && look_ipv6(packet, captured, claimed, direct);
}

bool direct_look_other(struct decoder *decoder, const struct frame *frame, struct direct *direct) {
    struct around around;

    direct->link_source = 0;
    if (!look_around(frame, &around, direct) || !look_at_packet(frame, &around, direct))
        return false;
    direct->frame = frame->number;
    direct->time = frame->time;
    direct->path = path_of_vlan(decoder, around.vlan);
    return true;
}

/* version: direct->version. */
__attribute__((always_inline)) static inline void open_any(const struct direct *direct, uint8_t version,
                                                           struct segment *segment) {
    const uint8_t *tcp = direct->packet + (version == 4 ? DIRECT_IPV4 : DIRECT_IPV6);
    const struct cursor whole = {tcp, direct->captured, direct->claimed};

    direct_fill_ends(direct, version, segment);
    direct_fill_numbers(direct, version, segment);
    options_read(&segment->options, tcp + TCP_HEADER, direct->header - TCP_HEADER, direct->header - TCP_HEADER);
    judge(segment, &whole, direct->header, direct_sum_of_ends(tcp, version), false);
}

__attribute__((noinline)) void direct_open_any(const struct direct *direct, struct segment *segment) {
    if (direct->version == 4)
        open_any(direct, 4, segment);
    else
        open_any(direct, 6, segment);
}

bool decode_direct(struct decoder *decoder, const struct frame *frame, struct segment *segment) {
    struct direct direct;

    if (!direct_look_plain(frame, &direct) && !direct_look_other(decoder, frame, &direct))
        return false;
    direct_open(&direct, segment);
    return true;
}
