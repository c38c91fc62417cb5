/* SPDX-License-Identifier: BSD-3-Clause */
#include "decode/checksum.h"

#include <string.h>

static uint64_t load(const uint8_t *octets) {
    uint64_t word;

    memcpy(&word, octets, sizeof word);
    return word;
}

/* Fewer than eight octets. Each part begins at an even place, so that it may be added as a number of its own; none of
 * the additions can carry out of 64 bits, because the parts hold 32 bits at most. */
static uint64_t tail(const uint8_t *octets, uint32_t length) {
    uint64_t sum = 0;
    uint32_t four;
    uint16_t two;

    if ((length & 4) != 0) {
        memcpy(&four, octets, sizeof four);
        sum = four;
        octets += 4;
    }
    if ((length & 2) != 0) {
        memcpy(&two, octets, sizeof two);
        sum += two;
        octets += 2;
    }
    if ((length & 1) != 0)
        sum += htons((uint16_t)(*octets << 8));
    return sum;
}

uint64_t checksum_add(uint64_t sum, const uint8_t *octets, uint32_t length) {
    unsigned __int128 whole = sum, second = 0; /* the carries add up above: nothing waits for them */

    for (; length >= 32; octets += 32, length -= 32) {
        whole += load(octets);
        second += load(octets + 8);
        whole += load(octets + 16);
        second += load(octets + 24);
    }
    for (; length >= 8; octets += 8, length -= 8)
        second += load(octets);
    whole += second + tail(octets, length);
    return checksum_add_word((uint64_t)whole, (uint64_t)(whole >> 64));
}
