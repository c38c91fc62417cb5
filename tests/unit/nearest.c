/* SPDX-License-Identifier: BSD-3-Clause */
#include "base/nearest.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static const char *pick(const char *mistyped) {
    static const char *const words[] = {"format", "filter", "fin-timeout", "a", "read", "fin-wait-2-timeout"};
    struct nearest nearest = nearest_to(mistyped);

    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        nearest_offer(&nearest, words[i]);
    return nearest.word;
}

static void letters_wrong(void **state) {
    (void)state;
    assert_string_equal(pick("fromat"), "format"); /* swapped */
    assert_string_equal(pick("fomat"), "format");
    assert_string_equal(pick("formatt"), "format");
    assert_string_equal(pick("vormat"), "format");
    assert_string_equal(pick("FORMAT"), "format");
    assert_string_equal(pick("raed"), "read");
    assert_string_equal(pick("format"), "format");
    assert_string_equal(pick("fin-wait2-timeout"), "fin-wait-2-timeout");
}

static void beginnings(void **state) {
    (void)state;
    assert_string_equal(pick("fin-"), "fin-timeout");
    assert_string_equal(pick("Fin-w"), "fin-wait-2-timeout");
    assert_null(pick("xfo")); /* no beginning, and three letters of which one is wrong are another word */
}

static void other_words(void **state) {
    char word[200];

    (void)state;
    assert_null(pick("xyzzy"));
    assert_null(pick("timeout-of-the-fin"));
    memset(word, 'f', sizeof word - 1);
    word[sizeof word - 1] = '\0';
    assert_null(pick(word));
    assert_string_equal(pick(""), "a"); /* one letter away */
}

/* A swap costs one, two exchanged letters that are no neighbours cost two; of equally near words the first counts. */
static void nearest_wins(void **state) {
    struct nearest nearest = nearest_to("abcdef");

    (void)state;
    nearest_offer(&nearest, "cbadef");
    assert_string_equal(nearest.word, "cbadef");
    nearest_offer(&nearest, "bacdef");
    assert_string_equal(nearest.word, "bacdef");
    nearest_offer(&nearest, "abcdfe");
    assert_string_equal(nearest.word, "bacdef");
    nearest_offer(&nearest, "abcdef");
    assert_string_equal(nearest.word, "abcdef");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(letters_wrong),
        cmocka_unit_test(beginnings),
        cmocka_unit_test(other_words),
        cmocka_unit_test(nearest_wins),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
