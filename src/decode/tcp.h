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

enum { TCP_HEADER = 20, TCP_OFFSET_AT = 12, TCP_FLAGS_AT = 13, TCP_CHECKSUM_AT = 16 };

/* octets: 4 or 16 by the version. All of it is written in words, for it is read in words right after. */
static inline void fill_address(struct address *address, uint8_t version, const uint8_t *octets) {
    uint64_t halves[2] = {0, 0};

    address->version = version;
    memcpy(halves, octets, version == 4 ? 4 : sizeof halves);
    memcpy(address->octets, halves, sizeof address->octets);
}

/* Of a segment of so many octets that is all there and has not the right checksum: CHECKSUM_OFFLOADED or CHECKSUM_BAD,
 * and then what is expected. addresses: see checksum_is_right. */
__attribute__((noinline)) enum checksum_status wrong_checksum(struct segment *segment, const uint8_t *tcp,
                                                              uint32_t octets, uint64_t addresses);

/* Whether the checksum of a segment that is all there is right (RFC 9293 3.1, RFC 8200 8.1). addresses: their sum;
 * payload: that of the payload. */
__attribute__((always_inline)) static inline bool
checksum_is_right(const uint8_t *tcp, uint32_t octets, uint32_t header, uint64_t addresses, uint64_t payload) {
    enum { STAMPED = 32 /* octets of a header with timestamps alone */, PROTOCOL = 6 };
    uint64_t sum = checksum_add_word(addresses, payload);

    sum = checksum_add_word(sum, (uint64_t)htonl(PROTOCOL) + htonl(octets)); /* the rest of the pseudo-header */
    sum = checksum_add_word(sum, checksum_load(tcp));
    sum = checksum_add_word(sum, checksum_load(tcp + 8));
    if (header == STAMPED) {
        sum = checksum_add_word(sum, checksum_load(tcp + 16));
        sum = checksum_add_word(sum, checksum_load(tcp + 24));
    } else if (header == TCP_HEADER) {
        sum = checksum_add_word(sum, checksum_load_half(tcp + 16));
    } else {
        for (uint32_t at = 16; at + 8 <= header; at += 8)
            sum = checksum_add_word(sum, checksum_load(tcp + at));
        if (header % 8 != 0)
            sum = checksum_add_word(sum, checksum_load_half(tcp + header - 4));
    }
    return checksum_holds(sum);
}

/* What the 20 octets say that every header has. */
__attribute__((always_inline)) static inline void fill_header(struct segment *segment, const uint8_t *tcp) {
    const uint32_t ports = octets_u32(tcp);
    const uint64_t numbers = octets_u64(tcp + 4), control = octets_u64(tcp + 12) & UINT64_C(0x01ffffffffffffff);

    segment->source_port = (uint16_t)(ports >> 16);
    segment->destination_port = (uint16_t)ports;
    segment->ack = (uint32_t)numbers;
    segment->seq = (uint32_t)(numbers >> 32);
    segment->urgent = (uint16_t)control;
    segment->checksum_seen = (uint16_t)(control >> 16);
    segment->window = (uint16_t)(control >> 32);
    segment->flags = (uint16_t)(control >> 48);
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

/* The checksum, and what is odd about it all, once everything else has been filled in. addresses: their sum, of a
 * segment that is all there; no_length: the IP header leaves it out. */
__attribute__((always_inline)) static inline void judge(struct segment *segment, const struct cursor *whole,
                                                        uint32_t header, uint64_t addresses, bool no_length) {
    bool verifiable = whole->captured == whole->claimed;
    bool long_one = segment->payload_captured > PAYLOAD_HEAD;
    enum checksum_status status = CHECKSUM_UNVERIFIED;
    uint64_t sum = 0;

    if (long_one || (verifiable && segment->payload_captured != 0))
        sum = checksum_add(0, segment->payload, segment->payload_captured);
    segment->payload_sum = long_one ? sum : 0;
    if (verifiable)
        status = checksum_is_right(whole->at, whole->claimed, header, addresses, sum)
                     ? CHECKSUM_GOOD
                     : wrong_checksum(segment, whole->at, whole->claimed, addresses);
    segment->checksum = (uint8_t)status;
    segment->odd = no_length && segment->length > 0 ? ODD_NO_LENGTH : 0;
    segment->odd = segment_oddities(segment);
}

#endif
