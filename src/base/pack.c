/* SPDX-License-Identifier: BSD-3-Clause */
#include "base/pack.h"

#include <stdbool.h>
#include <string.h>

/* Of every eight words an octet says which are not zero. Each of these is a code and what it needs: a code of 1 to 8 is
 * its number of octets; 9 to 15 stands for 1 to 7 octets of what it is below the base. */
enum { WHOLE = 8, GROUP = 8 };
#define NEAR (UINT64_C(1) << 40) /* of times in ns: 18 minutes */

static unsigned octets_of(uint64_t value) {
    return (71 - (unsigned)__builtin_clzll(value | 1)) / 8;
}

size_t pack_word_octets(uint64_t word, uint64_t base) {
    uint64_t below = base - word;
    return 1 + octets_of(below < NEAR ? below : word);
}

static inline uint8_t *put(uint8_t *to, uint64_t word, uint64_t base) {
    uint64_t below = base - word;
    bool near = below < NEAR;
    uint64_t value = near ? below : word;
    unsigned octets = octets_of(value);
    *to = (uint8_t)(octets + (near ? WHOLE : 0));
    memcpy(to + 1, &value, sizeof value);
    return to + 1 + octets;
}

static inline const uint8_t *take(const uint8_t *from, uint64_t base, uint64_t *word) {
    unsigned code = *from;
    unsigned octets = code > WHOLE ? code - WHOLE : code;
    uint64_t value;
    memcpy(&value, from + 1, sizeof value);
    value &= ~UINT64_C(0) >> (64 - 8 * octets);
    *word = code > WHOLE ? base - value : value;
    return from + 1 + octets;
}

static uint8_t *pack_group(uint8_t *to, const uint64_t words[GROUP], uint64_t base) {
    uint8_t *present = to++;
    unsigned bits = 0;
#pragma GCC unroll 8
    for (unsigned i = 0; i < GROUP; i++) {
        bits |= (unsigned)(words[i] != 0) << i;
    }
    *present = (uint8_t)bits;
    for (; bits != 0; bits &= bits - 1) {
        to = put(to, words[__builtin_ctz(bits)], base);
    }
    return to;
}

uint8_t *pack_words(uint8_t *to, const void *record, size_t words, uint64_t base) {
    const uint8_t *at = record;
    uint64_t group[GROUP] = {0};
    for (; words >= GROUP; words -= GROUP, at += sizeof group) {
        memcpy(group, at, sizeof group);
        to = pack_group(to, group, base);
    }
    if (words == 0) {
        return to;
    }
    memset(group, 0, sizeof group);
    memcpy(group, at, words * sizeof group[0]);
    return pack_group(to, group, base);
}

static inline const uint8_t *unpack_group(const uint8_t *from, uint64_t words[GROUP], uint64_t base) {
    for (unsigned bits = *from++; bits != 0; bits &= bits - 1) {
        from = take(from, base, &words[__builtin_ctz(bits)]);
    }
    return from;
}

const uint8_t *unpack_words(const uint8_t *from, void *record, size_t words, uint64_t base) {
    uint8_t *at = record;
    for (size_t left = words; left > 0;) {
        size_t some = left < GROUP ? left : GROUP;
        uint64_t group[GROUP] = {0};
        from = unpack_group(from, group, base);
        memcpy(at, group, some * sizeof group[0]);
        at += some * sizeof group[0];
        left -= some;
    }
    return from;
}
