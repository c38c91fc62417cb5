/* SPDX-License-Identifier: BSD-3-Clause */
#include "base/decimal.h"

#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static void assert_digits(uint64_t value) {
    char text[DECIMAL_ROOM + 1], expected[DECIMAL_ROOM + 1];

    memset(text, '!', sizeof text);
    char *end = decimal_put(text, value);
    assert_int_equal(text[DECIMAL_ROOM], '!');
    *end = '\0';
    snprintf(expected, sizeof expected, "%" PRIu64, value);
    assert_string_equal(text, expected);
}

static void numbers_of_each_length(void **state) {
    (void)state;
    assert_digits(0);
    for (uint64_t power = 1; power < UINT64_MAX / 10; power *= 10) {
        assert_digits(power - 1);
        assert_digits(power);
        assert_digits(power + 1);
        assert_digits(7 * power);
    }
    assert_digits(UINT32_MAX);
    assert_digits(INT64_MAX);
    assert_digits(UINT64_MAX);
    for (uint64_t value = 1; value < UINT64_MAX / 3; value = value * 3 + value / 7 + 1)
        assert_digits(value);
}

/* Each division by a factor. */
static void all_that_is_below_10000(void **state) {
    (void)state;
    for (uint32_t value = 0; value < 10000; value++) {
        assert_digits(value);
        assert_digits(value * UINT64_C(10000) + 9999);
    }
}

static void eight_digits(void **state) {
    char text[] = "xxxxxxxx!";

    (void)state;
    assert_ptr_equal(decimal_put_8(text, 1203), text + 8);
    assert_string_equal(text, "00001203!");
    decimal_put_8(text, 99999999);
    assert_string_equal(text, "99999999!");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(numbers_of_each_length),
        cmocka_unit_test(all_that_is_below_10000),
        cmocka_unit_test(eight_digits),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
