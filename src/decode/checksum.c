/* SPDX-License-Identifier: BSD-3-Clause */
#include "decode/checksum.h"

#include <stdbool.h>

enum { WIDE = 64 };

/* Fewer than eight octets. Each part begins at an even place, so that it may be added as a number of its own; none of
 * the additions can carry out of 64 bits, because the parts hold 32 bits at most. */
static uint64_t few(const uint8_t *octets, uint32_t length) {
    uint64_t sum = 0;
    uint16_t two;

    if ((length & 4) != 0) {
        sum = checksum_load_half(octets);
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

/* The last one to seven of the eight octets that end there, as a word with zeros behind them. */
static inline uint64_t last(const uint8_t *end, uint32_t length) {
    uint64_t word = checksum_load(end - sizeof word);

#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
    return word >> (64 - 8 * length);
#else
    return word << (64 - 8 * length);
#endif
}

#if defined(__x86_64__)
/* Four words at a time, which the octets of a bulk transfer are worth. Beside the words, which carry out of their
 * lanes, their upper halves add up, which do not: what these leave of the former is what the lower halves come to. */
__attribute__((target("avx2"))) static unsigned __int128 add_wide(const uint8_t *octets, uint32_t length) {
    /* What comes next of a capture lies behind, some twenty such packets until it is added up. */
    enum { AHEAD = 1 << 15 };
    typedef uint64_t words __attribute__((vector_size(WIDE / 2)));
    words all = {0}, high = {0};

    for (; length >= WIDE; octets += WIDE, length -= WIDE) {
        words one, other;

        __builtin_prefetch(octets + AHEAD, 0, 2);
        memcpy(&one, octets, sizeof one);
        memcpy(&other, octets + sizeof one, sizeof other);
        all += one + other;
        high += (one >> 32) + (other >> 32);
    }
    words low = all - (high << 32);
    return ((unsigned __int128)(high[0] + high[1] + high[2] + high[3]) << 32) + low[0] + low[1] + low[2] + low[3];
}

static bool is_worth_wide(uint32_t length) {
    return length >= 4 * WIDE && __builtin_cpu_supports("avx2");
}
#else
static unsigned __int128 add_wide(const uint8_t *octets, uint32_t length) {
    (void)octets;
    (void)length;
    return 0;
}

static bool is_worth_wide(uint32_t length) {
    (void)length;
    return false;
}
#endif

uint64_t checksum_add(uint64_t sum, const uint8_t *octets, uint32_t length) {
    unsigned __int128 whole = sum, second = 0; /* the carries add up above: nothing waits for them */

    if (length < 8)
        return checksum_add_word(sum, few(octets, length));
    if (is_worth_wide(length)) {
        second = add_wide(octets, length);
        octets += length - length % WIDE;
        length %= WIDE;
    }
    for (; length >= 32; octets += 32, length -= 32) {
        whole += checksum_load(octets);
        second += checksum_load(octets + 8);
        whole += checksum_load(octets + 16);
        second += checksum_load(octets + 24);
    }
    if ((length & 16) != 0) {
        whole += checksum_load(octets);
        second += checksum_load(octets + 8);
        octets += 16;
    }
    if ((length & 8) != 0) {
        whole += checksum_load(octets);
        octets += 8;
    }
    length %= 8;
    if (length != 0)
        second += last(octets + length, length);
    whole += second;
    return checksum_add_word((uint64_t)whole, (uint64_t)(whole >> 64));
}
