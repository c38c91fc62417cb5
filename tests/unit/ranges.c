/* SPDX-License-Identifier: BSD-3-Clause */
#include "base/ranges.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

/* Held against a plain array of octets. */
enum { OCTETS = 4096, STEPS = 200000 };

static uint8_t plain[OCTETS];
static uint32_t state = 1;

static uint32_t chance(uint32_t limit) {
    state = state * 1664525 + 1013904223;
    return (state >> 8) % limit;
}

static int64_t count(int64_t begin, int64_t end) {
    int64_t sum = 0;
    for (int64_t i = begin; i < end; i++)
        sum += plain[i];
    return sum;
}

static void look_at(const struct ranges *set) {
    assert_in_range(set->count, 0, RANGES_MAX);
    for (unsigned i = 0; i < set->count; i++) {
        assert_true(set->items[i].begin < set->items[i].end);
        assert_true(i == 0 || set->items[i - 1].end < set->items[i].begin);
    }
}

static void step(struct ranges *set, uint32_t longest) {
    int64_t begin = chance(OCTETS), end = begin + 1 + chance(longest);
    end = end > OCTETS ? OCTETS : end;
    if (chance(2) == 0) {
        assert_true(ranges_add(set, begin, end));
        memset(plain + begin, 1, (size_t)(end - begin));
        return;
    }
    int64_t there = count(begin, end), removed = ranges_remove(set, begin, end);
    assert_true(set->inexact > 0 ? removed >= there : removed == there);
    memset(plain + begin, 0, (size_t)(end - begin));
}

static void few_are_exact(void **context) {
    struct ranges set = {0};
    (void)context;
    memset(plain, 0, sizeof plain);
    for (int i = 0; i < STEPS; i++) {
        step(&set, 300);
        look_at(&set);
        int64_t begin = chance(OCTETS), end = begin + chance((uint32_t)(OCTETS - begin));
        assert_int_equal(ranges_overlap(&set, begin, end), count(begin, end));
    }
    assert_int_equal(set.inexact, 0);
    ranges_free(&set);
}

/* Beyond the limit nothing that was added is ever missing. */
static void many_hold_all(void **context) {
    struct ranges set = {0};
    (void)context;
    memset(plain, 0, sizeof plain);
    for (int i = 0; i < STEPS; i++) {
        step(&set, 3);
        look_at(&set);
        int64_t begin = chance(OCTETS - 64), end = begin + chance(64);
        assert_true(ranges_overlap(&set, begin, end) >= count(begin, end));
    }
    assert_true(set.inexact > 0);
    ranges_free(&set);
}

/* Every second octet is missing; then the others come. */
static void gaps_fill_from_the_middle(void **context) {
    struct ranges set = {0};
    (void)context;
    for (int64_t i = 0; i < 2 * RANGES_MAX; i++)
        assert_true(ranges_add(&set, 2 * i, 2 * i + 1));
    assert_int_equal(set.count, RANGES_MAX);
    assert_int_equal(set.inexact, RANGES_MAX);
    int64_t stretch = 2 * RANGES_MAX; /* within the range that has grown */
    assert_int_equal(ranges_remove(&set, stretch, stretch + 1), 1);
    assert_int_equal(ranges_overlap(&set, stretch, stretch + 1), 1);
    assert_int_equal(ranges_overlap(&set, stretch + 2, stretch + 3), 1);
    assert_int_equal(ranges_remove(&set, 0, 4 * RANGES_MAX), 3 * RANGES_MAX);
    assert_int_equal(set.count, 0);
    ranges_free(&set);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(few_are_exact),
        cmocka_unit_test(many_hold_all),
        cmocka_unit_test(gaps_fill_from_the_middle),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
