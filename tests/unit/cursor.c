/* SPDX-License-Identifier: BSD-3-Clause */
#include "base/cursor.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static const uint8_t octets[8] = {0x01, 0x02, 0x03, 0x04, 0xf5, 0xf6, 0xf7, 0xf8};

static void captured_never_exceeds_claimed(void **state) {
    struct cursor cursor = cursor_over(octets, 8, 5);

    (void)state;
    assert_int_equal(cursor.captured, 5);
    assert_int_equal(cursor.claimed, 5);
    cursor = cursor_over(octets, 8, 1500);
    assert_int_equal(cursor.captured, 8);
    assert_int_equal(cursor.claimed, 1500);
}

static void take_moves_through_what_is_captured(void **state) {
    struct cursor cursor = cursor_over(octets, 8, 20);
    const uint8_t *header = NULL;

    (void)state;
    assert_int_equal(cursor_take(&cursor, 3, &header), CURSOR_OK);
    assert_ptr_equal(header, octets);
    assert_ptr_equal(cursor.at, octets + 3);
    assert_int_equal(cursor.captured, 5);
    assert_int_equal(cursor.claimed, 17);
    assert_int_equal(cursor_take(&cursor, 5, &header), CURSOR_OK);
    assert_int_equal(cursor_take(&cursor, 0, &header), CURSOR_OK);
    assert_int_equal(cursor.captured, 0);
    assert_int_equal(cursor.claimed, 12);
}

static void endings_are_told_apart(void **state) {
    struct cursor cursor = cursor_over(octets, 8, 12);
    const struct cursor before = cursor;
    const uint8_t *header = NULL;

    (void)state;
    assert_int_equal(cursor_check(&cursor, 8), CURSOR_OK);
    assert_int_equal(cursor_check(&cursor, 9), CURSOR_TRUNCATED);
    assert_int_equal(cursor_check(&cursor, 12), CURSOR_TRUNCATED);
    assert_int_equal(cursor_check(&cursor, 13), CURSOR_MALFORMED);
    assert_int_equal(cursor_check(&cursor, UINT32_MAX), CURSOR_MALFORMED);
    assert_int_equal(cursor_take(&cursor, 9, &header), CURSOR_TRUNCATED);
    assert_int_equal(cursor_take(&cursor, UINT32_MAX, &header), CURSOR_MALFORMED);
    assert_null(header);
    assert_memory_equal(&cursor, &before, sizeof before);
}

static void claim_cuts_what_lies_behind(void **state) {
    struct cursor cursor = cursor_over(octets, 8, 12);

    (void)state;
    assert_int_equal(cursor_claim(&cursor, 13), CURSOR_MALFORMED);
    assert_int_equal(cursor.claimed, 12);
    assert_int_equal(cursor_claim(&cursor, 10), CURSOR_OK);
    assert_int_equal(cursor.captured, 8);
    assert_int_equal(cursor_claim(&cursor, 6), CURSOR_OK);
    assert_int_equal(cursor.captured, 6);
    assert_int_equal(cursor.claimed, 6);
    assert_int_equal(cursor_claim(&cursor, 0), CURSOR_OK);
    assert_int_equal(cursor_check(&cursor, 1), CURSOR_MALFORMED);
}

static void stretch_makes_the_rest_truncated(void **state) {
    struct cursor cursor = cursor_over(octets, 8, 8);

    (void)state;
    cursor_stretch(&cursor, 4);
    assert_int_equal(cursor.claimed, 8);
    cursor_stretch(&cursor, 100);
    assert_int_equal(cursor.captured, 8);
    assert_int_equal(cursor_check(&cursor, 9), CURSOR_TRUNCATED);
}

static void numbers_are_in_network_order(void **state) {
    (void)state;
    assert_int_equal(octets_u16(octets), 0x0102);
    assert_int_equal(octets_u16(octets + 3), 0x04f5);
    assert_int_equal(octets_u32(octets + 1), 0x020304f5);
    assert_int_equal(octets_u32(octets + 4), 0xf5f6f7f8);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(captured_never_exceeds_claimed),   cmocka_unit_test(take_moves_through_what_is_captured),
        cmocka_unit_test(endings_are_told_apart),           cmocka_unit_test(claim_cuts_what_lies_behind),
        cmocka_unit_test(stretch_makes_the_rest_truncated), cmocka_unit_test(numbers_are_in_network_order),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
