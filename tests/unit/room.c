/* SPDX-License-Identifier: BSD-3-Clause */
#include "base/room.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

enum { LEAST = 3, ITEMS = 100 };

/* The linker puts this in the place of realloc. */
void *__real_realloc(void *items, size_t size);
void *__wrap_realloc(void *items, size_t size);

static bool memory_is_out;

void *__wrap_realloc(void *items, size_t size) {
    return memory_is_out ? NULL : __real_realloc(items, size);
}

/* What was added stays; the array is moved when it is full, and then has room for twice as many. */
static void grows_when_it_is_full(void **state) {
    uint64_t *items = NULL;
    size_t capacity = 0, moves = 0;

    (void)state;
    for (size_t count = 0; count < ITEMS; count++) {
        size_t before = capacity;
        items = room_for_one_more(items, count, &capacity, LEAST, sizeof *items);
        assert_non_null(items);
        assert_true(capacity > count);
        assert_int_equal(capacity, count < before ? before : before == 0 ? LEAST : 2 * before);
        moves += capacity != before;
        items[count] = count * count;
    }
    assert_int_equal(capacity, 192);
    assert_int_equal(moves, 7);
    for (size_t i = 0; i < ITEMS; i++)
        assert_int_equal(items[i], i * i);
    free(items);
}

static void stays_when_memory_is_out(void **state) {
    size_t capacity = 1;
    char *items = malloc(1);

    (void)state;
    assert_non_null(items);
    items[0] = 'x';
    memory_is_out = true;
    assert_null(room_for_one_more(items, 1, &capacity, LEAST, 1));
    memory_is_out = false;
    assert_int_equal(capacity, 1);
    assert_int_equal(items[0], 'x');
    free(items);
}

int main(void) {
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(grows_when_it_is_full),
        cmocka_unit_test(stays_when_memory_is_out),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
