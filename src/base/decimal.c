/* SPDX-License-Identifier: BSD-3-Clause */
#include "base/decimal.h"

#include <endian.h>
#include <string.h>

enum { TEN_TO_4 = 10000, TEN_TO_8 = 100000000 };

/* The eight digits of a number, the first of them in the lowest octet: all are worked out at once, by halves of halves.
 * The factors divide by 100 and 10 what is below 10,000 and 100. */
static inline uint64_t digits_of(uint32_t value) {
    uint64_t fours = value / TEN_TO_4 | (uint64_t)(value % TEN_TO_4) << 32;
    uint64_t hundreds = (fours * 5243 >> 19) & UINT64_C(0x0000007f0000007f);
    uint64_t twos = hundreds | (fours - 100 * hundreds) << 16;
    uint64_t tens = (twos * 103 >> 10) & UINT64_C(0x000f000f000f000f);

    return tens | (twos - 10 * tens) << 8;
}

static const uint64_t zeros = UINT64_C(0x3030303030303030);

static inline char *put_digits(char *at, uint64_t digits) {
    digits = htole64(digits);
    memcpy(at, &digits, sizeof digits);
    return at + sizeof digits;
}

char *decimal_put_8(char *at, uint32_t value) {
    return put_digits(at, digits_of(value) | zeros);
}

/* Without zeros before it. */
static inline char *put_first(char *at, uint32_t value) {
    uint64_t digits = digits_of(value);
    unsigned leading = (unsigned)__builtin_ctzll(digits | UINT64_C(1) << 56) / 8;

    return put_digits(at, (digits | zeros) >> 8 * leading) - leading;
}

char *decimal_put(char *at, uint64_t value) {
    uint64_t above = value / TEN_TO_8;

    if (above == 0)
        return put_first(at, (uint32_t)value);
    if (above < 10)
        *at++ = (char)('0' + above);
    else if (above < TEN_TO_8)
        at = put_first(at, (uint32_t)above);
    else
        at = decimal_put_8(put_first(at, (uint32_t)(above / TEN_TO_8)), (uint32_t)(above % TEN_TO_8));
    return put_digits(at, digits_of((uint32_t)(value - above * TEN_TO_8)) | zeros);
}
