/* SPDX-License-Identifier: BSD-3-Clause */
#include "config.h"

#include "model/internal.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

/* Round trips and timestamp clocks, without any connection. */

enum { MS = 1000000 };

static void test_guard(void **state) {
    (void)state;
    struct endpoint endpoint = {0};
    assert_int_equal(guard_of(&endpoint), 1000 * (int64_t)MS); /* not measured: RFC 6298 2.1 */
    round_trip_sample(&endpoint, 0);
    round_trip_sample(&endpoint, -5 * MS);
    round_trip_sample(&endpoint, INT64_C(3600000) * MS);
    assert_int_equal(endpoint.round_trip, 0);
    round_trip_sample(&endpoint, 40 * MS);
    assert_int_equal(guard_of(&endpoint), 60 * MS);
    round_trip_sample(&endpoint, 50 * MS); /* the least counts */
    assert_int_equal(guard_of(&endpoint), 60 * MS);
    round_trip_sample(&endpoint, 4 * MS);
    assert_int_equal(guard_of(&endpoint), 9 * MS); /* a margin of at least 5 ms */
}

static struct segment stamped(int64_t time, uint32_t value) {
    return (struct segment){.time = time, .options = {.present = OPTION_TIMESTAMPS, .timestamp_value = value}};
}

/* A segment that is later than its timestamp says left its sender earlier. */
static void test_time_sent(void **state) {
    (void)state;
    struct endpoint endpoint = {0};
    struct segment first = stamped(1000 * (int64_t)MS, UINT32_MAX - 9);
    clock_note(&endpoint, &first);
    struct segment second = stamped(1020 * (int64_t)MS, 10); /* 20 ms later, behind the wrap */
    clock_note(&endpoint, &second);
    assert_int_equal(time_sent(&endpoint, &second), second.time);
    struct segment late = stamped(1070 * (int64_t)MS, 30);
    assert_int_equal(time_sent(&endpoint, &late), 1040 * (int64_t)MS);
    struct segment tick = stamped(1041 * (int64_t)MS, 30); /* no more than the clock's resolution */
    assert_int_equal(time_sent(&endpoint, &tick), tick.time);
    struct segment bare = {.time = 1070 * (int64_t)MS};
    assert_int_equal(time_sent(&endpoint, &bare), bare.time);
}

/* A clock that ticks once in 10 ms is not taken for one of 1 ms. */
static void test_slow_clock(void **state) {
    (void)state;
    struct endpoint endpoint = {0};
    for (int i = 0; i <= 100; i++) {
        struct segment segment = stamped((1000 + 10 * (int64_t)i) * MS, 7 + (uint32_t)i);
        clock_note(&endpoint, &segment);
    }
    struct segment last = stamped(2000 * (int64_t)MS, 107);
    assert_false(clock_is_trusted(&endpoint, last.time));
    assert_int_equal(time_sent(&endpoint, &last), last.time);
}

/* One that keeps time is trusted for good. */
static void test_proved_clock(void **state) {
    (void)state;
    struct endpoint endpoint = {0};
    struct segment first = stamped(1000 * (int64_t)MS, 7);
    struct segment second = stamped(1100 * (int64_t)MS, 107);
    clock_note(&endpoint, &first);
    clock_note(&endpoint, &second);
    assert_true(clock_is_trusted(&endpoint, 99000 * (int64_t)MS));
    struct segment late = stamped(9000 * (int64_t)MS, 7007);
    assert_int_equal(time_sent(&endpoint, &late), 8000 * (int64_t)MS);
}

/* Only where the profile says what no timer does. */
static void test_too_soon(void **state) {
    (void)state;
    struct model model = {.stack = profile_stack(PROFILE_LINUX)};
    struct arrival arrival = {.model = &model, .sent = 1149 * (int64_t)MS};
    assert_true(is_too_soon_for_timer(&arrival, 1000 * (int64_t)MS));
    assert_false(is_too_soon_for_timer(&arrival, 999 * (int64_t)MS));
    assert_false(is_too_soon_for_timer(&arrival, arrival.sent));
    model.stack = profile_stack(PROFILE_RFC);
    assert_false(is_too_soon_for_timer(&arrival, 1000 * (int64_t)MS));
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_guard), cmocka_unit_test(test_time_sent),
                                       cmocka_unit_test(test_slow_clock), cmocka_unit_test(test_proved_clock),
                                       cmocka_unit_test(test_too_soon)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
