/* SPDX-License-Identifier: BSD-3-Clause */
#include "report/time_text.h"

#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <time.h>

#include <cmocka.h>

static const int64_t second = 1000000000;

static void expect_timestamp(int64_t time, const char *expected) {
    char text[TIMESTAMP_SIZE];

    assert_string_equal(timestamp_text(time, text), expected);
}

static void test_timestamps(void **state) {
    (void)state;
    expect_timestamp(0, "1970-01-01T00:00:00.000000000Z");
    expect_timestamp(-1, "1969-12-31T23:59:59.999999999Z");
    expect_timestamp(-second, "1969-12-31T23:59:59.000000000Z");
    expect_timestamp(INT64_C(951782399999999999), "2000-02-28T23:59:59.999999999Z");
    expect_timestamp(INT64_C(951868799000000001), "2000-02-29T23:59:59.000000001Z");
    expect_timestamp(INT64_C(4107542400) * second, "2100-03-01T00:00:00.000000000Z"); /* 2100 is no leap year */
    expect_timestamp(INT64_MAX, "2262-04-11T23:47:16.854775807Z");
    expect_timestamp(INT64_MIN, "1677-09-21T00:12:43.145224192Z");
}

static void test_dates(void **state) {
    char text[TIME_TEXT_SIZE];

    (void)state;
    assert_string_equal(date_text(0, text), "1970-01-01 00:00:00.000000 UTC");
    assert_string_equal(date_text(-1, text), "1969-12-31 23:59:59.999999 UTC");
    assert_string_equal(date_text(INT64_C(951868799000001999), text), "2000-02-29 23:59:59.000001 UTC");
    assert_string_equal(date_text(INT64_MIN, text), "1677-09-21 00:12:43.145224 UTC");
}

/* Every day of 584 years against the C library. */
static void test_every_day(void **state) {
    char text[TIMESTAMP_SIZE], expected[TIMESTAMP_SIZE + 40];

    (void)state;
    for (int64_t day = -106751; day <= 106750; day++) {
        time_t seconds = (time_t)(day * 86400 + 12345);
        struct tm broken;

        assert_non_null(gmtime_r(&seconds, &broken));
        snprintf(expected, sizeof expected, "%04d-%02d-%02dT%02d:%02d:%02d.000000007Z", broken.tm_year + 1900,
                 broken.tm_mon + 1, broken.tm_mday, broken.tm_hour, broken.tm_min, broken.tm_sec);
        assert_string_equal(timestamp_text((int64_t)seconds * second + 7, text), expected);
    }
}

static void expect_duration(int64_t span, const char *expected) {
    char text[TIME_TEXT_SIZE];

    assert_string_equal(duration_text(span, text), expected);
}

static void test_durations(void **state) {
    (void)state;
    expect_duration(0, "0 ms");
    expect_duration(420, "420 ns");
    expect_duration(9999, "9999 ns");
    expect_duration(420000, "0.42 ms");
    expect_duration(400000, "0.4 ms");
    expect_duration(9994999, "9.99 ms");
    expect_duration(9995000, "10 ms");
    expect_duration(12340000, "12.3 ms");
    expect_duration(99949999, "99.9 ms");
    expect_duration(99950000, "100 ms");
    expect_duration(201000000, "201 ms");
    expect_duration(999499999, "999 ms");
    expect_duration(999500000, "1 s");
    expect_duration(2010000000, "2.01 s");
    expect_duration(INT64_C(9994999999), "9.99 s");
    expect_duration(INT64_C(9995000000), "10 s");
    expect_duration(INT64_C(31200000000), "31.2 s");
    expect_duration(INT64_C(99950000000), "100 s");
    expect_duration(INT64_C(130400000000), "130 s");
    expect_duration(INT64_C(7199000000000), "7199 s");
    expect_duration(INT64_C(7200000000000), "2 hours");
    expect_duration(INT64_C(9000000000000), "2.5 hours");
    expect_duration(INT64_C(1162755000000000), "13.5 days");
    expect_duration(-201000000, "-201 ms");
    expect_duration(INT64_MAX, "106752 days");
    expect_duration(INT64_MIN, "-106752 days");
}

static void expect_seconds(int64_t span, unsigned decimals, const char *expected) {
    char text[TIME_TEXT_SIZE];

    assert_string_equal(seconds_text(span, decimals, text), expected);
}

static void test_seconds(void **state) {
    (void)state;
    expect_seconds(0, 6, "0.000000");
    expect_seconds(20000, 6, "0.000020");
    expect_seconds(801000000, 6, "0.801000");
    expect_seconds(1999, 6, "0.000001");
    expect_seconds(-1999, 6, "-0.000001");
    expect_seconds(-1, 6, "0.000000");
    expect_seconds(-1, 9, "-0.000000001");
    expect_seconds(-2500000000, 0, "-2");
    expect_seconds(INT64_MIN, 9, "-9223372036.854775808");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_timestamps), cmocka_unit_test(test_dates),   cmocka_unit_test(test_every_day),
        cmocka_unit_test(test_durations),  cmocka_unit_test(test_seconds),
    };

    return cmocka_run_group_tests_name("time_text", tests, NULL, NULL);
}
