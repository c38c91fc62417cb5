/* SPDX-License-Identifier: BSD-3-Clause */
#include "rules/subjects.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

enum { MOST = 512, ADDRESSES = 2000, STEPS = 200000 };

struct noted {
    struct subject subject;
    int number;
};

/* What the table should hold, kept in the plainest way: when each address was asked for last, 0: not held. */
static struct {
    long asked[ADDRESSES];
    int held;
    int forgotten; /* the one that was forgotten last, -1: none since it was looked at */
    int count;     /* of those forgotten */
} plain;

static struct address address_of(int number) {
    struct address address = {.version = 4};
    address.octets[0] = 10;
    address.octets[2] = (uint8_t)(number >> 8);
    address.octets[3] = (uint8_t)number;
    return address;
}

static int oldest(void) {
    int found = -1;
    for (int i = 0; i < ADDRESSES; i++) {
        if (plain.asked[i] != 0 && (found < 0 || plain.asked[i] < plain.asked[found])) {
            found = i;
        }
    }
    return found;
}

static void forget(void *context, struct subject *subject) {
    (void)context;
    plain.forgotten = ((const struct noted *)subject)->number;
    plain.count++;
    assert_int_equal(plain.forgotten, oldest());
    plain.asked[plain.forgotten] = 0;
    plain.held--;
}

static void ask(struct subjects *subjects, int number, long step, int get) {
    struct address address = address_of(number);
    int was_held = plain.asked[number] != 0;
    uint64_t hash = subjects_hash(subjects, &address, 7);
    struct noted *noted =
        (struct noted *)(get ? subjects_get(subjects, hash, &address, 7) : subjects_find(subjects, hash, &address, 7));
    assert_int_equal(noted != NULL, get || was_held);
    if (noted == NULL) {
        return;
    }
    assert_int_equal(noted->number, was_held ? number : 0);
    noted->number = number;
    plain.held += !was_held;
    plain.asked[number] = step;
}

/* At every step the table holds what it should, and whoever gives way was not asked for longest. */
static void oldest_gives_way(void **state) {
    const uint64_t key[2] = {3, 5};
    struct subjects *subjects = subjects_new(sizeof(struct noted), MOST, key);
    uint64_t random = 1;
    (void)state;
    assert_non_null(subjects);
    subjects_on_forget(subjects, forget, NULL);
    for (long step = 1; step <= STEPS; step++) {
        random = random * UINT64_C(6364136223846793005) + 1442695040888963407u;
        int few = (random >> 40) % 4 != 0; /* most are asked for again and again */
        ask(subjects, 1 + (int)((random >> 33) % (few ? MOST / 2 : ADDRESSES - 1)), step, (random >> 60) % 4 != 0);
        assert_true(plain.held <= MOST);
    }
    assert_true(plain.count > 10 * MOST);
    subjects_free(subjects); /* the rest is forgotten in the same order: see forget */
    assert_int_equal(plain.held, 0);
}

static void port_tells_apart(void **state) {
    const uint64_t key[2] = {0, 0};
    struct subjects *subjects = subjects_new(sizeof(struct noted), MOST, key);
    struct address address = address_of(1);
    (void)state;
    assert_non_null(subjects);
    const uint64_t hash = 9; /* that all three would have in common */
    struct subject *one = subjects_get(subjects, hash, &address, 1);
    assert_ptr_not_equal(one, subjects_get(subjects, hash, &address, 2));
    assert_ptr_equal(one, subjects_find(subjects, hash, &address, 1));
    assert_null(subjects_find(subjects, hash, &address, 3));
    subjects_free(subjects);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(oldest_gives_way), cmocka_unit_test(port_tells_apart)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
