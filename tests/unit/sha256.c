/* SPDX-License-Identifier: BSD-3-Clause */
#include "base/sha256.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static void expect_digest(const char *message, const char *digest) {
    uint8_t octets[SHA256_SIZE];
    char text[2 * SHA256_SIZE + 1];

    sha256((const uint8_t *)message, strlen(message), octets);
    for (unsigned i = 0; i < SHA256_SIZE; i++) {
        snprintf(text + (size_t)i * 2, 3, "%02x", octets[i]);
    }
    assert_string_equal(text, digest);
}

/* The examples that NIST gives for FIPS 180. */
static void test_published_digests(void **state) {
    (void)state;
    expect_digest("", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    expect_digest("abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    expect_digest("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
                  "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
}

/* Around the length at which the padding needs a block of its own. */
static void test_lengths_around_a_block(void **state) {
    char text[66];

    (void)state;
    memset(text, 'a', sizeof text);
    text[55] = '\0';
    expect_digest(text, "9f4390f8d30c2dd92ec9f095b65e2b9ae9b0a925a5258e241c9f1e910f734318");
    text[55] = 'a';
    text[56] = '\0';
    expect_digest(text, "b35439a4ac6f0948b6d6f9e3c6af0f5f590ce20f1bde7090ef7970686ec6738a");
    text[56] = 'a';
    text[64] = '\0';
    expect_digest(text, "ffe054fe7ae0cb6dc65c3af9b61d5209f439851db43d0ba5997337df154668eb");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_published_digests),
        cmocka_unit_test(test_lengths_around_a_block),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
