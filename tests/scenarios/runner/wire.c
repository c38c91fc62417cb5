/* SPDX-License-Identifier: BSD-3-Clause */
#include "wire.h"

#include <pcap/pcap.h>
#include <stdio.h>
#include <string.h>

enum {
    ROOM = 70000,
    PROTOCOL_TCP = 6,
    PROTOCOL_ICMP = 1,
    PROTOCOL_ICMPV6 = 58,
    TYPE_IPV4 = 0x0800,
    TYPE_IPV6 = 0x86dd,
    TYPE_ARP = 0x0806,
    TYPE_VLAN = 0x8100,
    TYPE_PROVIDER_VLAN = 0x88a8,
};

/* Octets of a frame as they are put together. */
struct writer {
    uint8_t octets[ROOM];
    size_t used;
};

static void put8(struct writer *writer, unsigned value) {
    writer->octets[writer->used++] = (uint8_t)value;
}

static void put16(struct writer *writer, unsigned value) {
    put8(writer, value >> 8);
    put8(writer, value & 0xff);
}

static void put32(struct writer *writer, uint32_t value) {
    put16(writer, value >> 16);
    put16(writer, value & 0xffff);
}

static void put_octets(struct writer *writer, const uint8_t *octets, size_t count) {
    memcpy(writer->octets + writer->used, octets, count);
    writer->used += count;
}

/* The Internet checksum (RFC 1071), continued from sum and not yet complemented. */
static uint32_t add_sum(uint32_t sum, const uint8_t *octets, size_t count) {
    for (size_t i = 0; i < count; i++)
        sum += i % 2 == 0 ? (uint32_t)octets[i] << 8 : octets[i];
    return sum;
}

static uint16_t folded(uint32_t sum) {
    while (sum >> 16 != 0)
        sum = (sum & 0xffff) + (sum >> 16);
    return (uint16_t)~sum;
}

static size_t address_octets(const struct address *address) {
    return address->version == 6 ? 16 : 4;
}

static uint32_t pseudo_header(const struct segment *segment, unsigned protocol, size_t length) {
    size_t octets = address_octets(&segment->source);
    uint32_t sum = add_sum(0, segment->source.octets, octets);
    sum = add_sum(sum, segment->destination.octets, octets);
    return sum + protocol + (uint32_t)length;
}

static void store16(struct writer *writer, size_t at, uint16_t value) {
    writer->octets[at] = (uint8_t)(value >> 8);
    writer->octets[at + 1] = (uint8_t)(value & 0xff);
}

static void put_ip(struct writer *writer, const struct segment *segment, unsigned protocol, size_t length) {
    size_t start = writer->used;
    if (segment->source.version == 6) {
        put32(writer, 0x60000000u | segment->ip_id);
        put16(writer, (unsigned)length);
        put8(writer, protocol);
        put8(writer, segment->hop_limit);
    } else {
        put16(writer, 0x4500);
        put16(writer, (unsigned)length + 20);
        put16(writer, segment->ip_id);
        put16(writer, 0x4000);
        put8(writer, segment->hop_limit);
        put8(writer, protocol);
        put16(writer, 0);
    }
    put_octets(writer, segment->source.octets, address_octets(&segment->source));
    put_octets(writer, segment->destination.octets, address_octets(&segment->source));
    if (segment->source.version == 4)
        store16(writer, start + 10, folded(add_sum(0, writer->octets + start, 20)));
}

static void put_sack(struct writer *writer, const struct tcp_options *options) {
    put8(writer, 5);
    put8(writer, 2u + 8u * options->sack_count);
    for (unsigned i = 0; i < options->sack_count; i++) {
        put32(writer, options->sack[i].begin);
        put32(writer, options->sack[i].end);
    }
}

static void put_options(struct writer *writer, const struct tcp_options *options, size_t end) {
    if ((options->present & OPTION_MSS) != 0) {
        put16(writer, 0x0204);
        put16(writer, options->mss);
    }
    if ((options->present & OPTION_SACK_PERMITTED) != 0)
        put16(writer, 0x0402);
    if ((options->present & OPTION_TIMESTAMPS) != 0) {
        put16(writer, 0x080a);
        put32(writer, options->timestamp_value);
        put32(writer, options->timestamp_echo);
    }
    if ((options->present & OPTION_WINDOW_SCALE) != 0) {
        put16(writer, 0x0303);
        put8(writer, options->window_scale);
    }
    if ((options->present & OPTION_FAST_OPEN) != 0) {
        put8(writer, 34);
        put8(writer, 2u + options->fast_open_cookie_length);
        for (unsigned i = 0; i < options->fast_open_cookie_length; i++)
            put8(writer, 0xc0u + i);
    }
    if ((options->present & OPTION_SACK) != 0)
        put_sack(writer, options);
    while (writer->used < end)
        put8(writer, 1); /* no-operation */
}

static void put_tcp(struct writer *writer, const struct packet *packet) {
    const struct segment *segment = &packet->segment;
    size_t start = writer->used;
    put16(writer, segment->source_port);
    put16(writer, segment->destination_port);
    put32(writer, segment->seq);
    put32(writer, segment->ack);
    unsigned offset = packet->data_offset >= 0 ? (unsigned)packet->data_offset : segment->header_octets / 4u;
    put16(writer, offset << 12 | segment->flags);
    put16(writer, segment->window);
    put16(writer, 0);
    put16(writer, segment->urgent);
    if (packet->raw_options != NULL)
        put_octets(writer, packet->raw_options, segment->header_octets - 20u);
    else
        put_options(writer, &segment->options, start + segment->header_octets);
    put_octets(writer, segment->payload, segment->length);
    store16(writer, start + 16, segment->checksum_seen);
}

void wire_checksum(struct packet *packet) {
    struct segment *segment = &packet->segment;
    struct writer writer;
    writer.used = 0;
    segment->checksum_seen = 0;
    put_tcp(&writer, packet);
    uint32_t sum = add_sum(pseudo_header(segment, PROTOCOL_TCP, writer.used), writer.octets, writer.used);
    segment->checksum_seen = segment->checksum_expected = folded(sum);
    if (segment->checksum == CHECKSUM_BAD)
        segment->checksum_seen ^= 0x1234;
    else
        segment->checksum_expected = 0;
    if (segment->checksum == CHECKSUM_OFFLOADED)
        segment->checksum_seen = (uint16_t)~folded(pseudo_header(segment, PROTOCOL_TCP, writer.used));
}

static void put_segment(struct writer *writer, const struct packet *packet) {
    const struct segment *segment = &packet->segment;
    put_ip(writer, segment, PROTOCOL_TCP, (size_t)segment->header_octets + segment->length);
    put_tcp(writer, packet);
}

/* The error goes back to the sender of what it quotes: IP header and the first eight octets (RFC 792), or all of it
 * (RFC 4443). */
static void put_icmp(struct writer *writer, const struct packet *packet) {
    bool ipv6 = packet->segment.source.version == 6;
    struct writer quoted = {.used = 0};
    put_segment(&quoted, packet);
    if (!ipv6)
        quoted.used = 28;
    struct segment outer = {.hop_limit = 64, .ip_id = ipv6 ? 0x777u : 900u};
    outer.source = packet->segment.destination;
    outer.destination = packet->segment.source;
    outer.source.octets[ipv6 ? 15 : 3] = 254; /* a router before the addressee */
    unsigned protocol = ipv6 ? PROTOCOL_ICMPV6 : PROTOCOL_ICMP;
    size_t length = 8 + quoted.used;
    put_ip(writer, &outer, protocol, length);
    size_t start = writer->used;
    put8(writer, packet->icmp_type);
    put8(writer, packet->icmp_code);
    put16(writer, 0);
    put32(writer, 0);
    put_octets(writer, quoted.octets, quoted.used);
    uint32_t sum = ipv6 ? pseudo_header(&outer, protocol, length) : 0;
    store16(writer, start + 2, folded(add_sum(sum, writer->octets + start, length)));
}

static void put_link(struct writer *writer, const struct layout *layout, unsigned vlan_tags, unsigned type,
                     uint64_t source) {
    static const uint8_t mac[2][6] = {{2, 0, 0, 0, 0, 1}, {2, 0, 0, 0, 0, 2}};
    if (layout->link == LINK_RAW)
        return;
    if (layout->link == LINK_SLL2) {
        put16(writer, type);
        put16(writer, 0);
        put32(writer, 3); /* interface index */
        put16(writer, 1); /* ARPHRD_ETHER */
        put8(writer, 0);  /* to this host */
        put8(writer, 6);  /* length of the address */
        put_octets(writer, mac[0], 6);
        put16(writer, 0);
        return;
    }
    put_octets(writer, mac[1], 6);
    put16(writer, (unsigned)(source >> 32) & 0xffff);
    put32(writer, (uint32_t)source);
    for (unsigned i = vlan_tags; i > 0; i--) {
        put16(writer, i == 2 ? TYPE_PROVIDER_VLAN : TYPE_VLAN);
        put16(writer, i == 2 ? 200 : 10);
    }
    put16(writer, type);
}

/* Between 10.255.0.1 and 10.255.0.2, or their like in IPv6, with room for the length. */
static void put_outer_ip(struct writer *writer, const struct carrier *carrier, bool back) {
    bool ipv6 = carrier->around == CARRIED_OVER_IPV6;
    struct segment outer = {.hop_limit = 64, .ip_id = 77};
    uint8_t last = ipv6 ? 15 : 3;
    outer.source = (struct address){ipv6 ? 6 : 4, {10, 255}};
    outer.destination = outer.source;
    outer.source.octets[last] = back ? 2 : 1;
    outer.destination.octets[last] = back ? 1 : 2;
    put_ip(writer, &outer, carrier->around == CARRIED_OVER_UDP ? 17 : carrier->number, 0);
}

static void put_packet_itself(struct writer *writer, const struct packet *packet) {
    if (packet->kind == PACKET_ICMP)
        put_icmp(writer, packet);
    else
        put_segment(writer, packet);
}

/* Where the parts of a frame begin, to fill in the lengths once all is there. */
static void put_carried(struct writer *writer, const struct packet *packet, const struct carrier *carrier) {
    const struct segment *segment = &packet->segment;
    bool back = memcmp(segment->source.octets, segment->destination.octets, sizeof segment->source.octets) > 0;
    put_octets(writer, (const uint8_t *)carrier->link, carrier->link_octets);
    size_t outer = writer->used;
    if (carrier->around != CARRIED_BARE)
        put_outer_ip(writer, carrier, back);
    size_t udp = writer->used;
    if (carrier->around == CARRIED_OVER_UDP) {
        put16(writer, 49152);
        put16(writer, carrier->number);
        put32(writer, 0);
    }
    size_t head = writer->used;
    if (carrier->head_octets != 0)
        put_octets(writer, (const uint8_t *)carrier->head[back], carrier->head_octets);
    put_packet_itself(writer, packet);
    if (carrier->has_length)
        store16(writer, head + carrier->length_at, (uint16_t)(writer->used - head - carrier->length_from));
    if (carrier->around == CARRIED_OVER_UDP)
        store16(writer, udp + 4, (uint16_t)(writer->used - udp));
    if (carrier->around == CARRIED_OVER_IPV6)
        store16(writer, outer + 4, (uint16_t)(writer->used - outer - 40));
    else if (carrier->around != CARRIED_BARE)
        store16(writer, outer + 2, (uint16_t)(writer->used - outer));
}

/* Something that is not TCP. A raw link carries only IP: there it is an empty UDP datagram. */
static void put_other(struct writer *writer, const struct layout *layout) {
    if (layout->carrier != NULL)
        put_octets(writer, (const uint8_t *)layout->carrier->link, layout->carrier->link_octets);
    if (layout->carrier != NULL || layout->link == LINK_RAW) {
        struct segment datagram = {.hop_limit = 64, .source = {.version = 4}, .destination = {.version = 4}};
        put_ip(writer, &datagram, 17, 8);
        put32(writer, 0);
        put32(writer, 0x00080000);
        return;
    }
    put_link(writer, layout, layout->vlan_tags, TYPE_ARP, UINT64_C(0x020000000001));
    put32(writer, 0x00010800);
    put32(writer, 0x06040001);
    for (int i = 0; i < 5; i++)
        put32(writer, 0x02000000u + (uint32_t)i);
}

/* An ICMP error runs against what it quotes. */
static bool is_from_a(const struct trace *trace, const struct packet *packet) {
    return address_equal(&packet->segment.source, &trace->address[WHO_A]) != (packet->kind == PACKET_ICMP);
}

static void put_packet(struct writer *writer, const struct trace *trace, const struct packet *packet) {
    bool ipv6 = packet->segment.source.version == 6;
    const struct layout *layout = &trace->layout;
    bool tagged = !layout->tagged_from_b_only || !is_from_a(trace, packet);
    if (layout->carrier != NULL) {
        put_carried(writer, packet, layout->carrier);
        return;
    }
    put_link(writer, layout, tagged ? layout->vlan_tags : 0, ipv6 ? TYPE_IPV6 : TYPE_IPV4, packet->segment.link_source);
    put_packet_itself(writer, packet);
}

/* missing: octets at the end that were not captured. */
static void dump(pcap_dumper_t *file, const struct writer *writer, const struct layout *layout, int64_t time,
                 uint32_t missing) {
    struct pcap_pkthdr header = {.len = (bpf_u_int32)writer->used};
    header.caplen = header.len - missing;
    if (layout->snaplen != 0 && layout->snaplen < header.caplen)
        header.caplen = layout->snaplen;
    header.ts.tv_sec = time / 1000000000;
    header.ts.tv_usec = (int32_t)(time % 1000000000); /* nanoseconds in such a file */
    pcap_dump((u_char *)file, &header, writer->octets);
}

static void dump_all(const struct trace *trace, pcap_dumper_t *file, uint64_t first, uint64_t last) {
    int64_t latest = 0;
    for (unsigned i = 0; i < trace->count; i++) {
        const struct packet *packet = &trace->packets[i];
        if (packet->frame == 0)
            continue;
        latest = packet->time;
        if (packet->frame < first || packet->frame > last)
            continue;
        struct writer writer;
        writer.used = 0;
        put_packet(&writer, trace, packet);
        dump(file, &writer, &trace->layout, packet->time, packet->segment.length - packet->segment.payload_captured);
    }
    const struct packet *final = &trace->packets[trace->count - 1];
    if (last < trace->frames || final->frame != 0 || final->time <= latest)
        return;
    struct writer writer = {.used = 0};
    put_other(&writer, &trace->layout);
    dump(file, &writer, &trace->layout, final->time, 0);
}

bool wire_write(const struct trace *trace, const char *path, uint64_t first, uint64_t last) {
    static const int link_types[] = {[LINK_ETHERNET] = DLT_EN10MB, [LINK_SLL2] = DLT_LINUX_SLL2, [LINK_RAW] = DLT_RAW};
    uint32_t snaplen = trace->layout.snaplen != 0 ? trace->layout.snaplen : 262144;
    const struct carrier *carrier = trace->layout.carrier;
    pcap_t *handle =
        pcap_open_dead_with_tstamp_precision(carrier != NULL ? carrier->link_type : link_types[trace->layout.link],
                                             (int)snaplen, PCAP_TSTAMP_PRECISION_NANO);
    if (handle == NULL)
        return false;
    pcap_dumper_t *file = pcap_dump_open(handle, path);
    bool good = file != NULL;
    if (good) {
        dump_all(trace, file, first, last);
        good = pcap_dump_flush(file) == 0;
        pcap_dump_close(file);
    }
    pcap_close(handle);
    return good;
}
