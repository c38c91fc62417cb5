/* SPDX-License-Identifier: BSD-3-Clause */
#include "decode/checksum.h"
#include "decode/options.h"
#include "decode/walk.h"

#include <arpa/inet.h>
#include <string.h>

enum { TCP_HEADER = 20, CHECKSUM_AT = 16, PORTS = 4 };

void fill_address(struct address *address, uint8_t version, const uint8_t *octets) {
    address->version = version;
    if (version == 4) {
        memset(address->octets, 0, sizeof address->octets);
        memcpy(address->octets, octets, 4);
    } else {
        memcpy(address->octets, octets, sizeof address->octets);
    }
}

/* The pseudo-header without its length (RFC 9293 3.1, RFC 8200 8.1). */
static uint64_t sum_pseudo_header(const struct walk *walk) {
    uint32_t octets = walk->version == 4 ? 4 : 16;
    uint64_t sum;

    if (walk->destination == walk->source + octets) /* but for routing headers */
        sum = checksum_add(0, walk->source, 2 * octets);
    else
        sum = checksum_add(checksum_add(0, walk->source, octets), walk->destination, octets);
    return checksum_add_number(sum, PROTOCOL_TCP);
}

/* Judges the checksum of a segment that is all there. What offload leaves in the field is the folded sum of the
 * pseudo-header, with the length, or, where the card cuts the segment up, without. */
static void verify_checksum(struct segment *segment, const struct walk *walk, const uint8_t *tcp, uint32_t octets) {
    uint64_t lengthless = sum_pseudo_header(walk);
    uint64_t pseudo = checksum_add_number(lengthless, octets);
    uint64_t whole = checksum_add_word(checksum_add(pseudo, tcp, segment->header_octets), segment->payload_sum);
    uint16_t field, expected;

    if (checksum_fold(whole) == 0xffff) {
        segment->checksum = CHECKSUM_GOOD;
        return;
    }
    memcpy(&field, tcp + CHECKSUM_AT, sizeof field);
    if (field == checksum_fold(pseudo) || field == checksum_fold(lengthless)) {
        segment->checksum = CHECKSUM_OFFLOADED;
        return;
    }
    expected = (uint16_t)~checksum_fold((uint64_t)checksum_fold(whole) + (uint16_t)~field);
    segment->checksum = CHECKSUM_BAD;
    segment->checksum_expected = ntohs(expected);
}

static void fill_header(struct segment *segment, const struct walk *walk, const uint8_t *tcp) {
    segment->frame = walk->frame->number;
    segment->time = walk->frame->time;
    fill_address(&segment->source, walk->version, walk->source);
    fill_address(&segment->destination, walk->version, walk->destination);
    segment->source_port = octets_u16(tcp);
    segment->destination_port = octets_u16(tcp + 2);
    segment->seq = octets_u32(tcp + 4);
    segment->ack = octets_u32(tcp + 8);
    segment->flags = octets_u16(tcp + 12) & 0x1ff;
    segment->window = octets_u16(tcp + 14);
    segment->checksum_seen = octets_u16(tcp + CHECKSUM_AT);
    segment->urgent = octets_u16(tcp + 18);
    segment->hop_limit = walk->hop_limit;
    segment->link_source = walk->link_source;
    segment->ip_id = walk->ip_id;
    segment->encapsulation = encapsulations_intern(walk->decoder->encapsulations, &walk->path);
    segment->network = walk->path.count == 0 ? 0 : network_of_segment(walk, segment);
}

/* All that follows the 20 octets: lengths by the IP header, contents as far as they were captured. */
static void fill_rest(struct segment *segment, const struct cursor *whole, uint32_t header) {
    uint32_t present = whole->captured < header ? whole->captured : header;

    segment->header_octets = (uint8_t)header;
    segment->length = whole->claimed - header;
    segment->payload = whole->at + present;
    segment->payload_captured = whole->captured - present;
    segment->payload_sum = checksum_add(0, segment->payload, segment->payload_captured);
    options_read(&segment->options, whole->at + TCP_HEADER, present - TCP_HEADER, header - TCP_HEADER);
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
    fill_header(segment, walk, tcp);
    fill_rest(segment, whole, header);
    segment->checksum = CHECKSUM_UNVERIFIED;
    if (whole->captured == whole->claimed)
        verify_checksum(segment, walk, tcp, whole->claimed);
    segment->odd = walk->length_from_wire && segment->length > 0 ? ODD_NO_LENGTH : 0;
    segment->odd = segment_oddities(segment);
    return DECODE_SEGMENT;
}
