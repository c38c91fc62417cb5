/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef FINWAIT_DECODE_TCP_H
#define FINWAIT_DECODE_TCP_H

#include "base/cursor.h"
#include "decode/checksum.h"
#include "decode/options.h"

#include <arpa/inet.h>

/* How a segment is filled in from a TCP header, for the walk (tcp.c) and for the short way past it (direct.c): inline,
 * because each of them does it for nearly every frame. */

enum { TCP_HEADER = 20, TCP_CHECKSUM_AT = 16 };

/* octets: 4 or 16 by the version. All of it is written in words, for it is read in words right after. */
static inline void fill_address(struct address *address, uint8_t version, const uint8_t *octets) {
    uint64_t halves[2] = {0, 0};

    address->version = version;
    memcpy(halves, octets, version == 4 ? 4 : sizeof halves);
    memcpy(address->octets, halves, sizeof address->octets);
}

/* Judges the checksum of a segment that is all there. lengthless: the sum of the pseudo-header without its length (RFC
 * 9293 3.1, RFC 8200 8.1). What offload leaves in the field is the folded sum of the pseudo-header, with the length,
 * or, where the card cuts the segment up, without. */
static inline void verify_checksum(struct segment *segment, uint64_t lengthless, const uint8_t *tcp, uint32_t octets) {
    uint64_t pseudo = checksum_add_number(lengthless, octets);
    uint64_t whole = checksum_add_word(checksum_add_word(pseudo, segment->payload_sum),
                                       checksum_add_word(checksum_load(tcp), checksum_load(tcp + 8)));
    uint32_t header = segment->header_octets, at = 16; /* a multiple of four */
    uint16_t field, expected;

    for (; at + 8 <= header; at += 8)
        whole = checksum_add_word(whole, checksum_load(tcp + at));
    if (at < header)
        whole = checksum_add_word(whole, checksum_load_half(tcp + at));
    if (checksum_fold(whole) == 0xffff) {
        segment->checksum = CHECKSUM_GOOD;
        return;
    }
    memcpy(&field, tcp + TCP_CHECKSUM_AT, sizeof field);
    if (field == checksum_fold(pseudo) || field == checksum_fold(lengthless)) {
        segment->checksum = CHECKSUM_OFFLOADED;
        return;
    }
    expected = (uint16_t)~checksum_fold((uint64_t)checksum_fold(whole) + (uint16_t)~field);
    segment->checksum = CHECKSUM_BAD;
    segment->checksum_expected = ntohs(expected);
}

/* What the 20 octets say that every header has. */
static inline void fill_header(struct segment *segment, const uint8_t *tcp) {
    segment->source_port = octets_u16(tcp);
    segment->destination_port = octets_u16(tcp + 2);
    segment->seq = octets_u32(tcp + 4);
    segment->ack = octets_u32(tcp + 8);
    segment->flags = octets_u16(tcp + 12) & 0x1ff;
    segment->window = octets_u16(tcp + 14);
    segment->checksum_seen = octets_u16(tcp + TCP_CHECKSUM_AT);
    segment->urgent = octets_u16(tcp + 18);
}

/* All that follows the 20 octets: lengths by the IP header, contents as far as they were captured. whole: the segment;
 * header: the octets of its header, by the data offset. */
static inline void fill_rest(struct segment *segment, const struct cursor *whole, uint32_t header) {
    uint32_t present = whole->captured < header ? whole->captured : header;

    segment->header_octets = (uint8_t)header;
    segment->length = whole->claimed - header;
    segment->payload = whole->at + present;
    segment->payload_captured = whole->captured - present;
    segment->payload_sum =
        segment->payload_captured == 0 ? 0 : checksum_add(0, segment->payload, segment->payload_captured);
    options_read(&segment->options, whole->at + TCP_HEADER, present - TCP_HEADER, header - TCP_HEADER);
}

/* The checksum, and what is odd about it all, once everything else has been filled in. lengthless: see verify_checksum;
 * no_length: the IP header leaves it out. */
static inline void judge(struct segment *segment, const struct cursor *whole, uint64_t lengthless, bool no_length) {
    segment->checksum = CHECKSUM_UNVERIFIED;
    if (whole->captured == whole->claimed)
        verify_checksum(segment, lengthless, whole->at, whole->claimed);
    segment->odd = no_length && segment->length > 0 ? ODD_NO_LENGTH : 0;
    segment->odd = segment_oddities(segment);
}

#endif
