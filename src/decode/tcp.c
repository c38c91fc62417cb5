/* SPDX-License-Identifier: BSD-3-Clause */
#include "decode/tcp.h"

#include "decode/walk.h"

enum { PORTS = 4 };

static uint64_t sum_addresses(const struct walk *walk) {
    uint32_t octets = walk->version == 4 ? 4 : 16;

    if (walk->destination == walk->source + octets) /* but for routing headers */
        return checksum_add(0, walk->source, 2 * octets);
    return checksum_add(checksum_add(0, walk->source, octets), walk->destination, octets);
}

/* What the layers around the segment say. Addresses, ports and flags come first. */
static void fill_surroundings(struct segment *segment, const struct walk *walk) {
    segment->frame = walk->frame->number;
    segment->time = walk->frame->time;
    segment->hop_limit = walk->hop_limit;
    segment->link_source = walk->link_source;
    segment->ip_id = walk->ip_id;
    segment->encapsulation = encapsulations_intern(walk->decoder->encapsulations, &walk->path);
    segment->network = walk->path.count == 0 ? 0 : network_of_segment(walk, segment);
}

/* A header that cannot be read. Where the ports can, the segment belongs to a connection all the same. */
static enum decode_result broken(struct walk *walk, enum header_fault fault, enum skip_reason reason) {
    const struct cursor *whole = &walk->rest;
    struct broken_segment *broken = &walk->decoded->broken;

    if (whole->captured < PORTS)
        return walk_skip(walk, reason);
    broken->frame = walk->frame->number;
    broken->time = walk->frame->time;
    fill_address(&broken->source, walk->version, walk->source);
    fill_address(&broken->destination, walk->version, walk->destination);
    broken->source_port = octets_u16(whole->at);
    broken->destination_port = octets_u16(whole->at + 2);
    broken->network = walk->path.count == 0 ? 0 : network_of_broken(walk, broken);
    broken->octets = fault == HEADER_CUT ? whole->captured : whole->claimed;
    broken->offset = fault == HEADER_OFFSET_LOW || fault == HEADER_OFFSET_BEYOND ? whole->at[12] >> 4 : 0;
    broken->fault = (uint8_t)fault;
    walk->decoded->skipped = reason;
    return DECODE_BROKEN;
}

/* What offload leaves in the field is the folded sum of the pseudo-header, with the length, or, where the card cuts the
 * segment up, without. */
enum checksum_status wrong_checksum(struct segment *segment, const uint8_t *tcp, uint32_t octets, uint64_t addresses) {
    uint64_t lengthless = checksum_add_number(addresses, PROTOCOL_TCP);
    uint64_t pseudo = checksum_add_number(lengthless, octets);
    uint16_t field, expected;

    memcpy(&field, tcp + TCP_CHECKSUM_AT, sizeof field);
    if (field == checksum_fold(pseudo) || field == checksum_fold(lengthless))
        return CHECKSUM_OFFLOADED;
    expected = checksum_fold(checksum_add(pseudo, tcp, octets));
    expected = (uint16_t)~checksum_fold((uint64_t)expected + (uint16_t)~field);
    segment->checksum_expected = ntohs(expected);
    return CHECKSUM_BAD;
}

enum decode_result walk_tcp(struct walk *walk) {
    struct segment *segment = &walk->decoded->segment;
    const struct cursor *whole = &walk->rest;
    enum cursor_status status = cursor_check(whole, TCP_HEADER);
    const uint8_t *tcp = whole->at;
    uint32_t header;

    if (status == CURSOR_MALFORMED)
        return broken(walk, HEADER_SHORT, SKIP_MALFORMED);
    if (status == CURSOR_TRUNCATED)
        return broken(walk, HEADER_CUT, SKIP_TRUNCATED);
    header = (tcp[12] >> 4) * 4u;
    if (header < TCP_HEADER)
        return broken(walk, HEADER_OFFSET_LOW, SKIP_MALFORMED);
    if (header > whole->claimed)
        return broken(walk, HEADER_OFFSET_BEYOND, SKIP_MALFORMED);
    fill_address(&segment->source, walk->version, walk->source);
    fill_address(&segment->destination, walk->version, walk->destination);
    fill_header(segment, tcp);
    fill_surroundings(segment, walk);
    fill_rest(segment, whole, header);
    judge(segment, whole, header, sum_addresses(walk), walk->length_from_wire);
    return DECODE_SEGMENT;
}
