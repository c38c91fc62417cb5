/* SPDX-License-Identifier: BSD-3-Clause */
#include "base/decimal.h"

char *decimal_put_8(char *at, uint32_t value) {
    return decimal_put_digits(at, decimal_digits(value) | DECIMAL_ZEROS);
}

char *decimal_put_large(char *at, uint64_t value) {
    uint64_t above = value / DECIMAL_TEN_TO_8;

    if (above >= DECIMAL_TEN_TO_8)
        at = decimal_put_8(decimal_put_small(at, (uint32_t)(above / DECIMAL_TEN_TO_8)),
                           (uint32_t)(above % DECIMAL_TEN_TO_8));
    else if (above >= 10)
        at = decimal_put_small(at, (uint32_t)above);
    else
        *at++ = (char)('0' + above); /* a second or two, in nanoseconds */
    return decimal_put_8(at, (uint32_t)(value - above * DECIMAL_TEN_TO_8));
}
