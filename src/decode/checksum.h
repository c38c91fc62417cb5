/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef FINWAIT_DECODE_CHECKSUM_H
#define FINWAIT_DECODE_CHECKSUM_H

#include <arpa/inet.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

/* The Internet checksum (RFC 1071) as a sum of 64-bit words with end-around carry: any wider word serves, because 2^16
 * is 1 modulo 65535. A sum stands in the machine's byte order of the octets as they lie in memory. */

static inline uint64_t checksum_add_word(uint64_t sum, uint64_t word) {
    sum += word;
    return sum + (sum < word);
}

/* Eight octets, or four, as they lie in memory. */
static inline uint64_t checksum_load(const uint8_t *octets) {
    uint64_t word;

    memcpy(&word, octets, sizeof word);
    return word;
}

static inline uint64_t checksum_load_half(const uint8_t *octets) {
    uint32_t half;

    memcpy(&half, octets, sizeof half);
    return half;
}

/* Adds octets to an earlier sum, 0 to begin with. An odd length counts as if a zero octet followed. */
uint64_t checksum_add(uint64_t sum, const uint8_t *octets, uint32_t length);

/* Adds a number as if its octets stood there in network order. */
static inline uint64_t checksum_add_number(uint64_t sum, uint32_t number) {
    return checksum_add_word(sum, htonl(number));
}

/* The sum in 16 bits, still in memory order. 0 only when nothing but zeros were added. */
static inline uint16_t checksum_fold(uint64_t sum) {
    sum = (sum & 0xffffffff) + (sum >> 32);
    sum = (sum & 0xffff) + (sum >> 16 & 0xffff) + (sum >> 32);
    sum = (sum & 0xffff) + (sum >> 16);
    return (uint16_t)sum;
}

/* Whether a sum that is not 0 folds to 0xffff, as that of data with their right checksum does. */
static inline bool checksum_holds(uint64_t sum) {
    return sum % 0xffff == 0;
}

#endif
