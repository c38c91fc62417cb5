/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef FINWAIT_DECODE_TCP_H
#define FINWAIT_DECODE_TCP_H

#include "base/cursor.h"
#include "decode/checksum.h"
#include "decode/oddities.h"
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

/* The sum of a TCP header of that many octets. Nearly all have no options, or timestamps alone. */
static inline uint64_t sum_header(const uint8_t *tcp, uint32_t header) {
    enum { STAMPED = 32 };
    uint64_t sum = checksum_add_word(checksum_load(tcp), checksum_load(tcp + 8));

    if (header == TCP_HEADER)
        return checksum_add_word(sum, checksum_load_half(tcp + 16));
    if (header == STAMPED)
        return checksum_add_word(checksum_add_word(sum, checksum_load(tcp + 16)), checksum_load(tcp + 24));
    return checksum_add(sum, tcp + 16, header - 16);
}

/* What is wrong with a checksum. lengthless: the sum of the pseudo-header without its length; sum: of it all. What
 * offload leaves in the field is the folded sum of the pseudo-header, with the length, or, where the card cuts the
 * segment up, without. */
__attribute__((noinline)) void note_wrong_checksum(struct segment *segment, const struct cursor *whole,
                                                   uint64_t lengthless, uint64_t sum);

/* Judges the checksum of a segment that is all there (RFC 9293 3.1, RFC 8200 8.1). lengthless: as above; payload: the
 * sum of the payload. */
static inline void verify_checksum(struct segment *segment, const struct cursor *whole, uint64_t lengthless,
                                   uint64_t payload) {
    uint64_t pseudo = checksum_add_number(lengthless, whole->claimed);
    uint64_t sum = checksum_add_word(checksum_add_word(pseudo, payload), sum_header(whole->at, segment->header_octets));

    if (checksum_holds(sum))
        segment->checksum = CHECKSUM_GOOD;
    else
        note_wrong_checksum(segment, whole, lengthless, sum);
}

/* What the 20 octets say that every header has. */
static inline void fill_header(struct segment *segment, const uint8_t *tcp) {
    const uint32_t ports = octets_u32(tcp), control = octets_u32(tcp + 12), rest = octets_u32(tcp + 16);

    segment->source_port = (uint16_t)(ports >> 16);
    segment->destination_port = (uint16_t)ports;
    segment->seq = octets_u32(tcp + 4);
    segment->ack = octets_u32(tcp + 8);
    segment->flags = control >> 16 & 0x1ff;
    segment->window = (uint16_t)control;
    segment->checksum_seen = (uint16_t)(rest >> 16);
    segment->urgent = (uint16_t)rest;
}

/* All that follows the 20 octets: lengths by the IP header, contents as far as they were captured. whole: the segment;
 * header: the octets of its header, by the data offset. */
static inline void fill_rest(struct segment *segment, const struct cursor *whole, uint32_t header) {
    uint32_t present = whole->captured < header ? whole->captured : header;

    segment->header_octets = (uint8_t)header;
    segment->length = whole->claimed - header;
    segment->payload = whole->at + present;
    segment->payload_captured = whole->captured - present;
    options_read(&segment->options, whole->at + TCP_HEADER, present - TCP_HEADER, header - TCP_HEADER);
}

/* The checksum, and what is odd about it all, once everything else has been filled in. lengthless: see
 * verify_checksum, of a segment that is all there; no_length: the IP header leaves it out. */
__attribute__((always_inline)) static inline void judge(struct segment *segment, const struct cursor *whole,
                                                        uint64_t lengthless, bool no_length) {
    bool verifiable = whole->captured == whole->claimed;
    bool long_one = segment->payload_captured > PAYLOAD_HEAD;
    uint64_t sum = 0;

    if (long_one || (verifiable && segment->payload_captured != 0))
        sum = checksum_add(0, segment->payload, segment->payload_captured);
    segment->payload_sum = long_one ? sum : 0;
    segment->checksum = CHECKSUM_UNVERIFIED;
    if (verifiable)
        verify_checksum(segment, whole, lengthless, sum);
    segment->odd = no_length && segment->length > 0 ? ODD_NO_LENGTH : 0;
    segment->odd = segment_oddities(segment);
}

#endif
