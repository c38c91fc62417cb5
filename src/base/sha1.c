/* SPDX-License-Identifier: BSD-3-Clause */
#include "base/sha1.h"

#include "base/cursor.h"

#include <stdbool.h>
#include <string.h>

#if defined(__x86_64__) && !defined(__clang__) /* which cannot be asked what the processor has before version 18 */
#include <immintrin.h>
#define HAS_INSTRUCTIONS __builtin_cpu_supports("sha")
#else
#define HAS_INSTRUCTIONS false
#endif

enum { BLOCK = 64, LENGTH_AT = 56, ROUNDS = 80 };

static uint32_t rotate(uint32_t word, unsigned bits) {
    return word << bits | word >> (32 - bits);
}

static void put_u32(uint8_t *octets, uint32_t value) {
    octets[0] = (uint8_t)(value >> 24);
    octets[1] = (uint8_t)(value >> 16);
    octets[2] = (uint8_t)(value >> 8);
    octets[3] = (uint8_t)value;
}

/* f and K of FIPS 180-4 4.1.1 and 4.2.1, added up. */
static inline uint32_t choose(uint32_t b, uint32_t c, uint32_t d) {
    return (d ^ (b & (c ^ d))) + 0x5a827999;
}

static inline uint32_t differ(uint32_t b, uint32_t c, uint32_t d) {
    return (b ^ c ^ d) + 0x6ed9eba1;
}

static inline uint32_t agree(uint32_t b, uint32_t c, uint32_t d) {
    return ((b & c) | (d & (b | c))) + 0x8f1bbcdc;
}

static inline uint32_t differ_again(uint32_t b, uint32_t c, uint32_t d) {
    return (b ^ c ^ d) + 0xca62c1d6;
}

/* A round, and twenty of them: after five each variable has its name again. */
#define ROUND(mix, a, b, c, d, e, word)                                                                                \
    do {                                                                                                               \
        (e) += rotate(a, 5) + mix(b, c, d) + (word);                                                                   \
        (b) = rotate(b, 30);                                                                                           \
    } while (0)
#define ROUNDS_OF(mix, from)                                                                                           \
    for (unsigned i = (from); i < (from) + 20; i += 5) {                                                               \
        ROUND(mix, a, b, c, d, e, schedule[i]);                                                                        \
        ROUND(mix, e, a, b, c, d, schedule[i + 1]);                                                                    \
        ROUND(mix, d, e, a, b, c, schedule[i + 2]);                                                                    \
        ROUND(mix, c, d, e, a, b, schedule[i + 3]);                                                                    \
        ROUND(mix, b, c, d, e, a, schedule[i + 4]);                                                                    \
    }

static void digest_block(uint32_t hash[5], const uint8_t block[BLOCK]) {
    uint32_t schedule[ROUNDS];
    uint32_t a = hash[0], b = hash[1], c = hash[2], d = hash[3], e = hash[4];

    for (unsigned i = 0; i < 16; i++) {
        schedule[i] = octets_u32(block + i * 4);
    }
    for (unsigned i = 16; i < 32; i++) {
        schedule[i] = rotate(schedule[i - 3] ^ schedule[i - 8] ^ schedule[i - 14] ^ schedule[i - 16], 1);
    }
    /* The same twice over, of words that are further back: four at once. */
    for (unsigned i = 32; i < ROUNDS; i++) {
        schedule[i] = rotate(schedule[i - 6] ^ schedule[i - 16] ^ schedule[i - 28] ^ schedule[i - 32], 2);
    }
    ROUNDS_OF(choose, 0)
    ROUNDS_OF(differ, 20)
    ROUNDS_OF(agree, 40)
    ROUNDS_OF(differ_again, 60)
    hash[0] += a;
    hash[1] += b;
    hash[2] += c;
    hash[3] += d;
    hash[4] += e;
}

#if defined(__x86_64__) && !defined(__clang__)
/* Four rounds, and twenty of them, by the instructions that some processors have for this: `now` and `before` are a to
 * d, `words` the last sixteen of the schedule. */
#define FOUR_ROUNDS(at, mix)                                                                                           \
    do {                                                                                                               \
        if ((at) >= 4)                                                                                                 \
            words[(at) % 4] = _mm_sha1msg2_epu32(                                                                      \
                _mm_xor_si128(_mm_sha1msg1_epu32(words[(at) % 4], words[((at) + 1) % 4]), words[((at) + 2) % 4]),      \
                words[((at) + 3) % 4]);                                                                                \
        e = (at) == 0 ? _mm_add_epi32(e, words[0]) : _mm_sha1nexte_epu32(before, words[(at) % 4]);                     \
        before = now;                                                                                                  \
        now = _mm_sha1rnds4_epu32(now, e, mix);                                                                        \
    } while (0)
#define TWENTY_ROUNDS(from, mix)                                                                                       \
    FOUR_ROUNDS(from, mix);                                                                                            \
    FOUR_ROUNDS((from) + 1, mix);                                                                                      \
    FOUR_ROUNDS((from) + 2, mix);                                                                                      \
    FOUR_ROUNDS((from) + 3, mix);                                                                                      \
    FOUR_ROUNDS((from) + 4, mix)

__attribute__((target("sha,sse4.1"))) static void digest_by_instructions(uint32_t hash[5], const uint8_t block[BLOCK]) {
    const __m128i backwards = _mm_set_epi64x(INT64_C(0x0001020304050607), INT64_C(0x08090a0b0c0d0e0f));
    __m128i words[4];
    __m128i e = _mm_set_epi32((int)hash[4], 0, 0, 0), first_e = e;
    __m128i now = _mm_shuffle_epi32(_mm_loadu_si128((const __m128i *)(const void *)hash), 0x1b), first = now, before;

    for (unsigned i = 0; i < 4; i++) {
        words[i] = _mm_shuffle_epi8(_mm_loadu_si128((const __m128i *)(const void *)(block + 16 * i)), backwards);
    }
    TWENTY_ROUNDS(0, 0);
    TWENTY_ROUNDS(5, 1);
    TWENTY_ROUNDS(10, 2);
    TWENTY_ROUNDS(15, 3);
    e = _mm_sha1nexte_epu32(before, first_e);
    now = _mm_shuffle_epi32(_mm_add_epi32(now, first), 0x1b);
    _mm_storeu_si128((__m128i *)(void *)hash, now);
    hash[4] = (uint32_t)_mm_extract_epi32(e, 3);
}
#else
static void digest_by_instructions(uint32_t hash[5], const uint8_t block[BLOCK]) {
    digest_block(hash, block);
}
#endif

void sha1(const uint8_t *message, size_t size, uint8_t digest[SHA1_SIZE]) {
    uint32_t hash[5] = {0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476, 0xc3d2e1f0};
    uint64_t bits = (uint64_t)size * 8;
    uint8_t last[2 * BLOCK] = {0};
    size_t last_size;
    void (*digest_next)(uint32_t[5], const uint8_t[BLOCK]) = HAS_INSTRUCTIONS ? digest_by_instructions : digest_block;

    for (; size >= BLOCK; size -= BLOCK, message += BLOCK) {
        digest_next(hash, message);
    }
    if (size > 0) {
        memcpy(last, message, size);
    }
    last[size] = 0x80;
    last_size = size < LENGTH_AT ? BLOCK : 2 * BLOCK;
    put_u32(last + last_size - 8, (uint32_t)(bits >> 32));
    put_u32(last + last_size - 4, (uint32_t)bits);
    for (size_t at = 0; at < last_size; at += BLOCK) {
        digest_next(hash, last + at);
    }
    for (unsigned i = 0; i < 5; i++) {
        put_u32(digest + i * 4, hash[i]);
    }
}
