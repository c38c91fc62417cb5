/* SPDX-License-Identifier: BSD-3-Clause */
#include "decode/encapsulation_table.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static struct encapsulations *table;

static int set_up(void **state) {
    (void)state;
    table = encapsulations_new();
    return table == NULL;
}

static int tear_down(void **state) {
    (void)state;
    encapsulations_free(table);
    return 0;
}

static uint32_t intern(unsigned outer, unsigned inner) {
    struct encapsulation entry = {.count = inner == 0 ? 1 : 2,
                                  .layers = {{ENCAPSULATION_VLAN, outer}, {ENCAPSULATION_VLAN, inner}}};

    return encapsulations_intern(table, &entry);
}

static void nothing_is_index_0(void **state) {
    const struct encapsulation nothing = {.count = 0};

    (void)state;
    assert_int_equal(encapsulations_intern(table, &nothing), 0);
    assert_int_equal(encapsulations_get(table, 0)->count, 0);
    assert_int_equal(encapsulations_get(table, 1)->count, 0);
    assert_int_equal(encapsulations_get(table, UINT32_MAX)->count, 0);
}

static void equal_stacks_share_an_index(void **state) {
    char text[ENCAPSULATION_TEXT_SIZE];
    uint32_t one = intern(10, 0), two = intern(10, 20), three = intern(20, 10);

    (void)state;
    assert_int_equal(one, 1); /* in the order in which they come up */
    assert_int_equal(two, 2);
    assert_int_equal(three, 3);
    assert_int_equal(intern(10, 0), one);
    assert_int_equal(intern(20, 10), three);
    assert_int_equal(intern(20, 10), three);
    assert_int_equal(intern(10, 20), two);
    assert_int_equal(encapsulations_get(table, two)->count, 2);
    assert_string_equal(encapsulation_text(encapsulations_get(table, two), 0, text), "vlan:10");
    assert_string_equal(encapsulation_text(encapsulations_get(table, two), 1, text), "vlan:20");
    assert_string_equal(encapsulation_text(encapsulations_get(table, two), 2, text), "");
}

static void indexes_do_not_depend_on_the_seed(void **state) {
    (void)state;
    encapsulations_seed(table, 0x123456789abcdef1);
    for (unsigned i = 1; i <= 3000; i++)
        assert_int_equal(intern(i, 7), i);
    for (unsigned i = 3000; i >= 1; i--)
        assert_int_equal(intern(i, 7), i);
}

static void full_table_shares_one_entry(void **state) {
    char text[ENCAPSULATION_TEXT_SIZE];
    uint32_t other;

    (void)state;
    for (unsigned i = 0; i < 65536; i++)
        assert_int_equal(intern(1 + i / 4000, 1 + i % 4000), i + 1);
    other = intern(100, 0);
    assert_int_equal(other, 65537);
    assert_int_equal(intern(101, 0), other);
    assert_int_equal(intern(1, 1), 1);
    assert_int_equal(intern(101, 0), other);
    assert_int_equal(encapsulations_get(table, other)->count, 1);
    assert_string_equal(encapsulation_text(encapsulations_get(table, other), 0, text), "other");
    assert_int_equal(encapsulations_get(table, 65536)->count, 2);
    assert_int_equal(encapsulations_get(table, 65538)->count, 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(nothing_is_index_0, set_up, tear_down),
        cmocka_unit_test_setup_teardown(equal_stacks_share_an_index, set_up, tear_down),
        cmocka_unit_test_setup_teardown(indexes_do_not_depend_on_the_seed, set_up, tear_down),
        cmocka_unit_test_setup_teardown(full_table_shares_one_entry, set_up, tear_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
