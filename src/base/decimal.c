/* SPDX-License-Identifier: BSD-3-Clause */
#include "base/decimal.h"

/* A number of hundreds of millions, of which there are at least a hundred. */
static char *put_larger(char *at, uint64_t above) {
    if (above >= DECIMAL_TEN_TO_8)
        return decimal_put_8(decimal_put_small(at, (uint32_t)(above / DECIMAL_TEN_TO_8)),
                             (uint32_t)(above % DECIMAL_TEN_TO_8));
    return decimal_put_small(at, (uint32_t)above);
}

char *decimal_put_large(char *at, uint64_t value) {
    uint64_t above = value / DECIMAL_TEN_TO_8;

    if (above >= 100) {
        at = put_larger(at, above);
    } else { /* a number of 32 bits, or a few seconds in nanoseconds */
        uint64_t ten = above * 103 >> 10;

        *at = (char)('0' + ten);
        at += ten > 0;
        *at++ = (char)('0' + (above - 10 * ten));
    }
    return decimal_put_8(at, (uint32_t)(value - above * DECIMAL_TEN_TO_8));
}
