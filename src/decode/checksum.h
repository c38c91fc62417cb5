/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef FINWAIT_DECODE_CHECKSUM_H
#define FINWAIT_DECODE_CHECKSUM_H

#include <stdint.h>

/* The Internet checksum's ones' complement sum (RFC 1071) of octets, added to an earlier sum (0 to begin with). The
 * sum stands in the machine's byte order of the 16-bit words as they lie in memory. An odd length counts as if a zero
 * octet followed. */
uint64_t checksum_add(uint64_t sum, const uint8_t *octets, uint32_t length);

/* Adds a number as if its octets stood there in network order. */
uint64_t checksum_add_number(uint64_t sum, uint32_t number);

/* The sum in 16 bits, still in memory order. 0 only when nothing but zeros were added. */
uint16_t checksum_fold(uint64_t sum);

#endif
