/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef FINWAIT_BASE_DECIMAL_H
#define FINWAIT_BASE_DECIMAL_H

#include <endian.h>
#include <stdint.h>
#include <string.h>

enum { DECIMAL_TEN_TO_4 = 10000, DECIMAL_TEN_TO_8 = 100000000 };

/* Room that decimal_put asks for, octets. */
enum { DECIMAL_ROOM = 24 };

/* The eight digits of a number below 100,000,000, the first of them in the lowest octet: all are worked out at once, by
 * halves of halves. The factors divide by 100 and 10 what is below 10,000 and 100. */
static inline uint64_t decimal_digits(uint32_t value) {
    uint64_t fours = value / DECIMAL_TEN_TO_4 | (uint64_t)(value % DECIMAL_TEN_TO_4) << 32;
    uint64_t hundreds = (fours * 5243 >> 19) & UINT64_C(0x0000007f0000007f);
    uint64_t twos = hundreds | (fours - 100 * hundreds) << 16;
    uint64_t tens = (twos * 103 >> 10) & UINT64_C(0x000f000f000f000f);

    return tens | (twos - 10 * tens) << 8;
}

/* Writes eight digits, as text but for the zero of ASCII, and returns the place behind them. */
static inline char *decimal_put_digits(char *at, uint64_t digits) {
    digits = htole64(digits);
    memcpy(at, &digits, sizeof digits);
    return at + sizeof digits;
}

#define DECIMAL_ZEROS UINT64_C(0x3030303030303030)

/* Writes a number below 100,000,000 in decimal, without an end, and returns the place behind it. What stands there,
 * within DECIMAL_ROOM of `at`, may be written over. */
static inline char *decimal_put_small(char *at, uint32_t value) {
    uint64_t digits = decimal_digits(value);
    unsigned leading = (unsigned)__builtin_ctzll(digits | UINT64_C(1) << 56) / 8;

    return decimal_put_digits(at, (digits | DECIMAL_ZEROS) >> 8 * leading) - leading;
}

/* The same with zeros before it: 8 octets. */
static inline char *decimal_put_8(char *at, uint32_t value) {
    return decimal_put_digits(at, decimal_digits(value) | DECIMAL_ZEROS);
}

/* The same of any number. */
char *decimal_put_large(char *at, uint64_t value);

static inline char *decimal_put(char *at, uint64_t value) {
    return value < DECIMAL_TEN_TO_8 ? decimal_put_small(at, (uint32_t)value) : decimal_put_large(at, value);
}

#endif
