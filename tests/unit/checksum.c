/* SPDX-License-Identifier: BSD-3-Clause */
#include "decode/checksum.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

/* RFC 1071 as it stands there: 16 bits at a time. */
static uint16_t plain_sum(const uint8_t *octets, uint32_t length) {
    uint64_t sum = 0;

    for (uint32_t i = 0; i < length; i++)
        sum += i % 2 == 0 ? (uint64_t)octets[i] << 8 : octets[i];
    while (sum >> 16 != 0)
        sum = (sum & 0xffff) + (sum >> 16);
    return (uint16_t)sum;
}

/* Word by word, from eight octets on: the whole sum, as payloads are compared by it, where 0 and all ones are one. */
static uint64_t words_sum(const uint8_t *octets, uint32_t length) {
    uint64_t sum = 0;

    for (; length >= 8; octets += 8, length -= 8)
        sum = checksum_add_word(sum, checksum_load(octets));
    if (length > 0) {
        uint8_t rest[8] = {0};
        memcpy(rest, octets, length);
        sum = checksum_add_word(sum, checksum_load(rest));
    }
    return sum;
}

enum { MOST = 1600 };

static void fill(uint8_t *octets, uint32_t count, uint32_t seed) {
    for (uint32_t i = 0; i < count; i++) {
        seed = seed * 1103515245 + 12345;
        octets[i] = (uint8_t)(seed >> 16);
    }
}

static void expect_sums(const uint8_t *octets, uint32_t length) {
    uint64_t sum = checksum_add(0, octets, length);

    assert_int_equal(ntohs(checksum_fold(sum)), plain_sum(octets, length));
    assert_true(length < 8 || (sum - words_sum(octets, length)) % UINT64_MAX == 0);
}

/* Each in memory of exactly that size, so that a sanitizer sees what is read beyond. */
static void test_every_length(void **state) {
    (void)state;
    for (uint32_t length = 0; length <= MOST; length++) {
        uint8_t *octets = malloc(length + 1);
        assert_non_null(octets);
        fill(octets + 1, length, length);
        expect_sums(octets + 1, length);
        free(octets);
    }
}

static void test_nothing_is_lost_of_the_greatest_numbers(void **state) {
    static uint8_t octets[65536 + 64];

    (void)state;
    memset(octets, 0xff, sizeof octets);
    expect_sums(octets, 65535);
    expect_sums(octets + 3, sizeof octets - 3);
    for (uint32_t length = 0; length < MOST; length += 7)
        expect_sums(octets + 1, length);
}

static void test_sums_go_on(void **state) {
    uint8_t octets[MOST];

    (void)state;
    fill(octets, MOST, 7);
    for (uint32_t first = 0; first <= MOST; first += 8)
        assert_true(checksum_add(checksum_add(0, octets, first), octets + first, MOST - first) ==
                    words_sum(octets, MOST));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_length),
        cmocka_unit_test(test_nothing_is_lost_of_the_greatest_numbers),
        cmocka_unit_test(test_sums_go_on),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
