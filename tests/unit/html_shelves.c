/* SPDX-License-Identifier: BSD-3-Clause */
#include "report/html_shelves.h"

#include "report/base64.h"
#include "report/deflate.h"

#include "handmade.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

/* Puts connections on a shelf, whose texts are their numbers, from first up. */
static void add(struct shelves *shelves, unsigned shelf, unsigned first, unsigned count) {
    struct output *object = output_to_memory();
    struct output *row = output_to_memory();

    for (unsigned i = first; i < first + count; i++) {
        object->used = row->used = 0;
        output_unsigned(object, i);
        output_char(row, 'r');
        output_unsigned(row, i);
        assert_true(shelves_add(shelves, shelf, object, row));
    }
    output_free(object);
    output_free(row);
}

/* What stands on a shelf, unpacked: numbers from first up, objects and rows alike. */
static void expect_shelf(const struct shelves *shelves, unsigned index, unsigned first, unsigned count) {
    const struct shelf *shelf = &shelves->shelf[index];
    struct output *objects = output_to_memory();
    struct output *rows = output_to_memory();
    struct output *expected_objects = output_to_memory();
    struct output *expected_rows = output_to_memory();
    unsigned counted = 0;

    assert_int_equal(shelf->kept, count);
    for (size_t i = 0; i < shelf->count; i++) {
        assert_true(inflate_write(objects, shelf->blocks[i].packed->bytes, shelf->blocks[i].packed->used));
        output_bytes(rows, shelf->blocks[i].rows->bytes, shelf->blocks[i].rows->used);
        assert_true(shelf->blocks[i].count <= BLOCK_CONNECTIONS);
        counted += shelf->blocks[i].count;
    }
    assert_int_equal(counted, count);
    for (unsigned i = first; i < first + count; i++) {
        output_unsigned(expected_objects, i);
        output_char(expected_objects, '\n');
        output_char(expected_rows, 'r');
        output_unsigned(expected_rows, i);
        output_char(expected_rows, '\n');
    }
    output_char(expected_objects, '\0');
    output_char(expected_rows, '\0');
    expect_output(objects, expected_objects->bytes);
    expect_output(rows, expected_rows->bytes);
    output_free(objects);
    output_free(rows);
    output_free(expected_objects);
    output_free(expected_rows);
}

static void test_all_are_kept_below_the_limit(void **state) {
    struct shelves shelves;

    (void)state;
    shelves_init(&shelves, 2000);
    add(&shelves, 0, 0, 300);
    add(&shelves, 4, 1000, 256);
    add(&shelves, 0, 300, 300);
    assert_true(shelves_finish(&shelves));
    expect_shelf(&shelves, 0, 0, 600);
    expect_shelf(&shelves, 4, 1000, 256);
    assert_int_equal(shelves.shelf[0].count, 3);
    assert_int_equal(shelves.shelf[4].count, 1);
    shelves_free(&shelves);
}

static void test_the_last_of_the_least_give_way(void **state) {
    struct shelves shelves;

    (void)state;
    shelves_init(&shelves, 700);
    add(&shelves, 0, 0, 900);
    add(&shelves, 2, 5000, 300);
    add(&shelves, 0, 900, 5);
    assert_true(shelves_finish(&shelves));
    expect_shelf(&shelves, 2, 5000, 300);
    expect_shelf(&shelves, 0, 0, 400);
    assert_int_equal(shelves.shelf[0].seen, 905);
    assert_int_equal(shelves.kept, 700);
    shelves_free(&shelves);
}

static void test_findings_alone_are_over_the_limit(void **state) {
    struct shelves shelves;

    (void)state;
    shelves_init(&shelves, 10);
    add(&shelves, 0, 0, 3);
    add(&shelves, 3, 100, 700);
    add(&shelves, 4, 9000, 4);
    assert_true(shelves_finish(&shelves));
    expect_shelf(&shelves, 0, 0, 0);
    expect_shelf(&shelves, 3, 100, 6);
    expect_shelf(&shelves, 4, 9000, 4);
    shelves_free(&shelves);
}

/* However many come, not many more than the limit are held. */
static void test_what_is_held_is_bounded(void **state) {
    enum { LIMIT = 512, ROUNDS = 40 };
    struct shelves shelves;

    (void)state;
    shelves_init(&shelves, LIMIT);
    for (unsigned round = 0; round < ROUNDS; round++) {
        add(&shelves, round % SHELVES, round * 1000, 200);
        assert_true(shelves.kept < LIMIT + BLOCK_CONNECTIONS);
    }
    assert_true(shelves_finish(&shelves));
    assert_int_equal(shelves.kept, LIMIT);
    shelves_free(&shelves);
}

static void test_none(void **state) {
    struct shelves shelves;

    (void)state;
    shelves_init(&shelves, 1);
    assert_true(shelves_finish(&shelves));
    expect_shelf(&shelves, 0, 0, 0);
    shelves_free(&shelves);
}

static void expect_round_trip(const char *text, size_t size) {
    struct output *packed = output_to_memory();
    struct output *unpacked = output_to_memory();

    assert_true(deflate_write(packed, text, size));
    assert_true(inflate_write(unpacked, packed->bytes, packed->used));
    assert_int_equal(unpacked->used, size);
    assert_memory_equal(unpacked->bytes, text, size);
    output_free(packed);
    output_free(unpacked);
}

static void test_deflate_and_back(void **state) {
    enum { LARGE = 300000 };
    char *text = malloc(LARGE);
    unsigned random = 1;

    (void)state;
    assert_non_null(text);
    for (unsigned i = 0; i < LARGE; i++) {
        random = random * 1103515245u + 12345u;
        text[i] = (char)(random >> 16);
    }
    expect_round_trip("", 0);
    expect_round_trip("a", 1);
    expect_round_trip(text, 65535);
    expect_round_trip(text, 65536);
    expect_round_trip(text, LARGE);
    memset(text, 'x', LARGE);
    expect_round_trip(text, LARGE);
    free(text);
}

/* The examples of RFC 4648 10. */
static void test_base64(void **state) {
    static const char *const expected[] = {"", "Zg==", "Zm8=", "Zm9v", "Zm9vYg==", "Zm9vYmE=", "Zm9vYmFy"};

    (void)state;
    for (size_t size = 0; size < sizeof expected / sizeof *expected; size++) {
        struct output *output = output_to_memory();
        base64_write(output, (const uint8_t *)"foobar", size);
        expect_output(output, expected[size]);
        output_free(output);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_all_are_kept_below_the_limit),
        cmocka_unit_test(test_the_last_of_the_least_give_way),
        cmocka_unit_test(test_findings_alone_are_over_the_limit),
        cmocka_unit_test(test_what_is_held_is_bounded),
        cmocka_unit_test(test_none),
        cmocka_unit_test(test_deflate_and_back),
        cmocka_unit_test(test_base64),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
