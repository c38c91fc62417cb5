/* SPDX-License-Identifier: BSD-3-Clause */
#include "base/sha1.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void expect_digest(const char *message, size_t size, const char *digest) {
    uint8_t octets[SHA1_SIZE];
    char text[2 * SHA1_SIZE + 1];

    sha1((const uint8_t *)message, size, octets);
    for (unsigned i = 0; i < SHA1_SIZE; i++) {
        snprintf(text + i * 2, 3, "%02x", octets[i]);
    }
    assert_string_equal(text, digest);
}

/* The examples that NIST gives for FIPS 180. */
static void test_published_digests(void **state) {
    static const char two_blocks[] = "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq";

    (void)state;
    expect_digest("", 0, "da39a3ee5e6b4b0d3255bfef95601890afd80709");
    expect_digest("abc", 3, "a9993e364706816aba3e25717850c26c9cd0d89d");
    expect_digest(two_blocks, strlen(two_blocks), "84983e441c3bd26ebaae4aa1f95129e5e54670f1");
}

static void test_a_million_octets(void **state) {
    enum { SIZE = 1000000 };
    char *message = malloc(SIZE);

    (void)state;
    assert_non_null(message);
    memset(message, 'a', SIZE);
    expect_digest(message, SIZE, "34aa973cd4c4daa4f61eeb2bdbad27316534016f");
    free(message);
}

/* The length takes the last 8 octets of a block: around 56 and 64 octets the padding changes its shape. */
static void test_sizes_around_the_padding(void **state) {
    char message[64];

    (void)state;
    memset(message, 'a', sizeof message);
    expect_digest(message, 55, "c1c8bbdc22796e28c0e15163d20899b65621d65a");
    expect_digest(message, 56, "c2db330f6083854c99d4b5bfb6e8f29f201be699");
    expect_digest(message, 63, "03f09f5b158a7a8cdad920bddc29b81c18a551f5");
    expect_digest(message, 64, "0098ba824b5c16427bd7a1122a5a442a25ec644d");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_published_digests),
        cmocka_unit_test(test_a_million_octets),
        cmocka_unit_test(test_sizes_around_the_padding),
    };

    return cmocka_run_group_tests_name("sha1", tests, NULL, NULL);
}
