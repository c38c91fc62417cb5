/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef FINWAIT_DECODE_DIRECT_H
#define FINWAIT_DECODE_DIRECT_H

#include "decode/decode.h"
#include "decode/tcp.h"

/* The short way past the layers, for the frames of which nearly every capture is made: TCP over IPv4 without options or
 * IPv6 without extension headers, in no fragments, on Ethernet with at most one VLAN tag, in a Linux cooked header, or
 * bare.
 *
 * In two steps: a look says whether there is a short way, and what has been looked at can be opened by itself, in any
 * order and on any thread. Inline, for both are done for nearly every frame. */

/* The numbers of what is around such a packet: segment.encapsulation and segment.network. */
struct direct_path {
    uint32_t encapsulation;
    uint32_t network;
};

/* All that is asked of a frame but what its packet says. */
struct direct {
    const uint8_t *packet; /* borrowed from the frame: an IP header, and a TCP header that is there to its end */
    uint64_t frame;        /* number */
    int64_t time;          /* ns */
    uint64_t link_source;  /* as in struct segment */
    struct direct_path path;
    uint32_t captured; /* octets of the segment that can be read */
    uint32_t claimed;  /* and that there are by the IP header */
    uint32_t header;   /* of them those of the TCP header */
    uint8_t version;   /* of IP */
};

enum {
    DIRECT_ETHERNET = 1, /* DLT_EN10MB */
    DIRECT_ETHERNET_HEADER = 14,
    DIRECT_IPV4 = 20, /* octets of the header */
    DIRECT_IPV6 = 40,
};

/* A packet of which so many octets can be read, those of both headers without options at least, and that is so long by
 * what is around it. */
static inline bool direct_look_ipv4(const uint8_t *packet, uint32_t captured, int64_t claimed, struct direct *direct) {
    enum { VERSION = 0x45, FRAGMENT_AT = 6, IN_FRAGMENTS = 0x3fff, PROTOCOL_AT = 9, PROTOCOL = 6 };
    const uint32_t total = octets_u16(packet + 2), header = packet[DIRECT_IPV4 + TCP_OFFSET_AT] >> 2 & 0x3c;

    if (packet[0] != VERSION || (octets_raw16(packet + FRAGMENT_AT) & htons(IN_FRAGMENTS)) != 0 ||
        packet[PROTOCOL_AT] != PROTOCOL)
        return false;
    if (captured > total)
        captured = total;
    else if (claimed < total)
        return false;
    direct->packet = packet;
    direct->captured = captured - DIRECT_IPV4;
    direct->claimed = total - DIRECT_IPV4;
    direct->header = header;
    direct->version = 4;
    return header >= TCP_HEADER && header + DIRECT_IPV4 <= captured;
}

/* Whether there is a short way through a frame: with nothing but an Ethernet header around IPv4, as most are, or with
 * anything else. *direct may have changed in any case. */
static inline bool direct_look_plain(const struct frame *frame, struct direct *direct) {
    enum { AROUND = DIRECT_ETHERNET_HEADER, TYPE_AT = 12, IPV4 = 0x0800 };
    const uint8_t *header = frame->bytes;
    const uint32_t captured = frame->captured;

    if (frame->link_type != DIRECT_ETHERNET || captured < AROUND + DIRECT_IPV4 + TCP_HEADER ||
        octets_raw16(header + TYPE_AT) != htons(IPV4))
        return false;
    direct->frame = frame->number;
    direct->time = frame->time;
    direct->path = (struct direct_path){0, 0};
    direct->link_source = (uint64_t)(uint16_t)frame->interface << 48 | octets_u64(header + 6) >> 16;
    return direct_look_ipv4(header + AROUND, captured - AROUND, (int64_t)frame->wire_length - AROUND, direct);
}
/* To be asked in the order of the frames, for the numbers of what is around them. */
bool direct_look_other(struct decoder *decoder, const struct frame *frame, struct direct *direct);

static inline const uint8_t *direct_segment(const struct direct *direct) {
    return direct->packet + (direct->version == 4 ? DIRECT_IPV4 : DIRECT_IPV6);
}

/* An ACK with or without octets, between different ports, without options or with timestamps as they mostly come:
 * nothing of it can be odd but that it was cut, or its checksum. version: direct->version. */
static inline bool direct_is_usual(const struct direct *direct, unsigned version) {
    enum { STAMPED = TCP_HEADER + OPTIONS_STAMPED, URGENT_AT = 18 };
    const unsigned asked = TCP_SYN | TCP_RST | TCP_URG | TCP_ACK;
    const uint8_t *tcp = direct->packet + (version == 4 ? DIRECT_IPV4 : DIRECT_IPV6);

    return (tcp[TCP_FLAGS_AT] & asked) == TCP_ACK && octets_raw16(tcp + URGENT_AT) == 0 &&
           octets_raw16(tcp) != octets_raw16(tcp + 2) &&
           (direct->header == TCP_HEADER || (direct->header == STAMPED && options_are_stamps(tcp + TCP_HEADER)));
}

/* Fills in the addresses of the segment. version: direct->version. */
static inline void direct_fill_ends(const struct direct *direct, uint8_t version, struct segment *segment) {
    const uint8_t *source = direct->packet + (version == 4 ? 12 : 8);

    fill_address(&segment->source, version, source);
    fill_address(&segment->destination, version, source + (version == 4 ? 4 : 16));
}

/* The rest, up to its options. version: direct->version. */
__attribute__((always_inline)) static inline void direct_fill_numbers(const struct direct *direct, unsigned version,
                                                                      struct segment *segment) {
    const uint8_t *packet = direct->packet, *tcp = packet + (version == 4 ? DIRECT_IPV4 : DIRECT_IPV6);

    segment->frame = direct->frame;
    segment->time = direct->time;
    segment->hop_limit = version == 4 ? packet[8] : packet[7];
    segment->ip_id = version == 4 ? octets_u16(packet + 4) : octets_u32(packet) & 0xfffff;
    segment->link_source = direct->link_source;
    segment->encapsulation = direct->path.encapsulation;
    segment->network = direct->path.network;
    fill_header(segment, tcp);
    segment->header_octets = (uint8_t)direct->header;
    segment->length = direct->claimed - direct->header;
    segment->payload = tcp + direct->header;
    segment->payload_captured = direct->captured - direct->header;
}

/* The sum of both addresses, which stand right before the segment. */
static inline uint64_t direct_sum_of_ends(const uint8_t *tcp, unsigned version) {
    uint64_t sum = checksum_load(tcp - 8);

    for (int at = 16; version == 6 && at <= 32; at += 8)
        sum = checksum_add_word(sum, checksum_load(tcp - at));
    return sum;
}

/* All of a usual one but its addresses; of its options those that it may have. False: its checksum is wrong, of which
 * more must be said. version: direct->version. */
__attribute__((always_inline)) static inline bool direct_read_usual(const struct direct *direct, unsigned version,
                                                                    struct segment *segment) {
    const uint8_t *tcp = direct->packet + (version == 4 ? DIRECT_IPV4 : DIRECT_IPV6);
    const bool whole = direct->captured == direct->claimed;
    uint64_t sum = 0;

    direct_fill_numbers(direct, version, segment);
    segment->options.present = 0;
    segment->options.timestamp_value = segment->options.timestamp_echo = 0;
    if (direct->header != TCP_HEADER)
        options_read_stamps(&segment->options, tcp + TCP_HEADER);
    if (segment->payload_captured > PAYLOAD_HEAD || (whole && segment->payload_captured != 0))
        sum = checksum_add(0, segment->payload, segment->payload_captured);
    segment->payload_sum = segment->payload_captured > PAYLOAD_HEAD ? sum : 0;
    segment->checksum = whole ? CHECKSUM_GOOD : CHECKSUM_UNVERIFIED;
    segment->odd = whole ? 0 : ODD_CUT;
    return !whole || checksum_is_right(tcp, direct->claimed, direct->header, direct_sum_of_ends(tcp, version), sum);
}

/* direct_open of a packet that may be IPv6, or odd, or have any options. */
void direct_open_any(const struct direct *direct, struct segment *segment);

/* The segment is what decode_frame would have made of the frame: DECODE_SEGMENT with nothing but that. A usual one over
 * IPv4. */
static inline void direct_open_usual(const struct direct *direct, struct segment *segment) {
    direct_fill_ends(direct, 4, segment);
    memset(&segment->options, 0, offsetof(struct tcp_options, sack));
    if (!direct_read_usual(direct, 4, segment))
        direct_open_any(direct, segment);
}
static inline void direct_open(const struct direct *direct, struct segment *segment) {
    if (direct->version == 4 && direct_is_usual(direct, 4))
        direct_open_usual(direct, segment);
    else
        direct_open_any(direct, segment);
}

/* Octets from the packet on that opening it looks at. */
static inline uint32_t direct_octets(const struct direct *direct) {
    return (direct->version == 4 ? DIRECT_IPV4 : DIRECT_IPV6) + direct->captured;
}

static inline bool direct_has_syn(const struct direct *direct) {
    return (direct_segment(direct)[TCP_FLAGS_AT] & TCP_SYN) != 0;
}

/* Both steps: true, or the frame is for decode_frame; the segment may have changed. */
bool decode_direct(struct decoder *decoder, const struct frame *frame, struct segment *segment);

/* decode_frame without the short way: through one layer after the other, for every frame. */
enum decode_result decode_walk(struct decoder *decoder, const struct frame *frame, struct decoded *decoded);

#endif
