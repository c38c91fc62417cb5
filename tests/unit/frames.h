/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef FINWAIT_TESTS_UNIT_FRAMES_H
#define FINWAIT_TESTS_UNIT_FRAMES_H

/* Builds frames octet by octet for the tests of the input. Each layer is appended behind the ones before it; lengths
 * and checksums of the layers around are set right by finish_ipv4, finish_ipv6 and finish_tcp. */

#include <stdint.h>
#include <string.h>

struct octets {
    uint8_t at[70000];
    uint32_t length;
};

static inline void put(struct octets *frame, const void *octets, uint32_t count) {
    if (count != 0)
        memcpy(frame->at + frame->length, octets, count);
    frame->length += count;
}

static inline void put8(struct octets *frame, unsigned value) {
    frame->at[frame->length++] = (uint8_t)value;
}

static inline void put16(struct octets *frame, unsigned value) {
    put8(frame, value >> 8);
    put8(frame, value);
}

static inline void put32(struct octets *frame, uint32_t value) {
    put16(frame, value >> 16);
    put16(frame, value);
}

static inline void put_zeros(struct octets *frame, uint32_t count) {
    memset(frame->at + frame->length, 0, count);
    frame->length += count;
}

static inline void set16(struct octets *frame, uint32_t where, unsigned value) {
    frame->at[where] = (uint8_t)(value >> 8);
    frame->at[where + 1] = (uint8_t)value;
}

static inline unsigned get16(const struct octets *frame, uint32_t where) {
    return (unsigned)(frame->at[where] << 8 | frame->at[where + 1]);
}

/* Puts an Ethernet header in front that names the type of what follows. */
static inline void put_ethernet(struct octets *frame, unsigned type) {
    put(frame, "\x02\0\0\0\0\x02\x02\0\0\0\0\x01", 12);
    put16(frame, type);
}

/* 192.0.2.1 to 198.51.100.2, identification 0x1234, TTL 64. Returns where the header begins. */
static inline uint32_t put_ipv4(struct octets *frame, unsigned protocol, const void *options, uint32_t option_octets) {
    uint32_t where = frame->length;

    put8(frame, 0x40 | (20 + option_octets) / 4);
    put8(frame, 0);
    put16(frame, 0);
    put16(frame, 0x1234);
    put16(frame, 0x4000);
    put8(frame, 64);
    put8(frame, protocol);
    put16(frame, 0);
    put(frame, "\xc0\0\x02\x01\xc6\x33\x64\x02", 8);
    put(frame, options, option_octets);
    return where;
}

/* 2001:db8::1 to 2001:db8::2, flow label 0x54321, hop limit 63. */
static inline uint32_t put_ipv6(struct octets *frame, unsigned next_header) {
    uint32_t where = frame->length;

    put32(frame, 0x60054321);
    put16(frame, 0);
    put8(frame, next_header);
    put8(frame, 63);
    put(frame, "\x20\x01\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\x01", 16);
    put(frame, "\x20\x01\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\x02", 16);
    return where;
}

/* Ports 40000 to 80, sequence 0x10203040, acknowledgement 0x50607080, window 8192; the option octets are a multiple of
 * four. */
static inline uint32_t put_tcp(struct octets *frame, unsigned flags, const void *options, uint32_t option_octets) {
    uint32_t where = frame->length;

    put16(frame, 40000);
    put16(frame, 80);
    put32(frame, 0x10203040);
    put32(frame, 0x50607080);
    put16(frame, (20 + option_octets) / 4 << 12 | flags);
    put16(frame, 8192);
    put16(frame, 0);
    put16(frame, 0);
    put(frame, options, option_octets);
    return where;
}

static inline void finish_ipv4(struct octets *frame, uint32_t where) {
    set16(frame, where + 2, frame->length - where);
}

static inline void finish_ipv6(struct octets *frame, uint32_t where) {
    set16(frame, where + 4, frame->length - where - 40);
}

/* The plain way of RFC 1071, to hold the decoder's against. */
static inline uint32_t reference_sum(const uint8_t *octets, uint32_t length) {
    uint32_t sum = 0;

    for (uint32_t i = 0; i < length; i++)
        sum += i % 2 == 0 ? (uint32_t)octets[i] << 8 : octets[i];
    return sum;
}

static inline unsigned reference_fold(uint32_t sum) {
    while (sum > 0xffff)
        sum = (sum & 0xffff) + (sum >> 16);
    return sum;
}

/* The sum of the pseudo-header of a segment of `length` octets in the IP packet at `ip`. */
static inline uint32_t pseudo_sum(const struct octets *frame, uint32_t ip, uint32_t length) {
    uint32_t addresses =
        frame->at[ip] >> 4 == 4 ? reference_sum(frame->at + ip + 12, 8) : reference_sum(frame->at + ip + 8, 32);

    return addresses + 6 + (length >> 16) + (length & 0xffff);
}

/* Fills in the checksum of the segment that goes from `tcp` to the end of the frame. */
static inline void finish_tcp(struct octets *frame, uint32_t ip, uint32_t tcp) {
    uint32_t length = frame->length - tcp;

    set16(frame, tcp + 16, 0);
    set16(frame, tcp + 16,
          ~reference_fold(pseudo_sum(frame, ip, length) + reference_sum(frame->at + tcp, length)) & 0xffff);
}

#endif
