/* SPDX-License-Identifier: BSD-3-Clause */
#include "check/position.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static const char text[] = "{\n"                                /* 1 */
                           "  \"why\": \"a \\\" quote, {[\",\n" /* 2 */
                           "  \"connections\": [\n"             /* 3 */
                           "    {\"id\": 1},\n"                 /* 4 */
                           "    {\n"                            /* 5 */
                           "      \"client\": {\"port\": 80,\n" /* 6 */
                           "                 \"path\": [\n"     /* 7 */
                           "                   \"CLOSED\",\n"   /* 8 */
                           "                   \"LISTEN\"]},\n" /* 9 */
                           "      \"a/b~c\"\n"                  /* 10 */
                           "        : true\n"                   /* 11 */
                           "    }\n"                            /* 12 */
                           "  ], \"summary\": {}\n"             /* 13 */
                           "}\n";

static void lines_of_members(void **state) {
    (void)state;
    assert_int_equal(position_line(text, ""), 1);
    assert_int_equal(position_line(text, "/why"), 2);
    assert_int_equal(position_line(text, "/connections"), 3);
    assert_int_equal(position_line(text, "/connections/0"), 4);
    assert_int_equal(position_line(text, "/connections/0/id"), 4);
    assert_int_equal(position_line(text, "/connections/1"), 5);
    assert_int_equal(position_line(text, "/connections/1/client/port"), 6);
    assert_int_equal(position_line(text, "/connections/1/client/path"), 7);
    assert_int_equal(position_line(text, "/connections/1/client/path/1"), 9);
    assert_int_equal(position_line(text, "/connections/1/a~1b~0c"), 10);
    assert_int_equal(position_line(text, "/summary"), 13);
}

/* What is not there has the line of the last member on the way to it. */
static void lines_of_nothing(void **state) {
    (void)state;
    assert_int_equal(position_line(text, "/nothing"), 1);
    assert_int_equal(position_line(text, "/connections/1/client/nothing"), 6);
    assert_int_equal(position_line(text, "/connections/7"), 3);
    assert_int_equal(position_line(text, "/connections/0/id/deeper"), 4);
    assert_int_equal(position_line("\n\n[[], [\n1]]", "/1/0"), 4);
}

static void pointers(void **state) {
    (void)state;
    char pointer[POINTER_SIZE], words[POINTER_SIZE];

    pointer_to_member(pointer, "", "a/b~c");
    assert_string_equal(pointer, "/a~1b~0c");
    pointer_to_element(pointer, "/connections", 12);
    assert_string_equal(pointer, "/connections/12");
    pointer_to_member(pointer, pointer, "teardown"); /* in place */
    assert_string_equal(pointer, "/connections/12/teardown");
    pointer_words(words, pointer);
    assert_string_equal(words, "connections[12].teardown");
    pointer_words(words, "");
    assert_string_equal(words, "");
    pointer_words(words, "/summary/frames");
    assert_string_equal(words, "summary.frames");
}

/* However long, everything stays within its bounds and terminated. */
static void long_names(void **state) {
    (void)state;
    char name[2 * POINTER_SIZE], pointer[POINTER_SIZE], words[POINTER_SIZE];

    memset(name, '~', sizeof name);
    name[sizeof name - 1] = '\0';
    pointer_to_member(pointer, "", name);
    assert_in_range(strlen(pointer), POINTER_SIZE - 4, POINTER_SIZE - 1);
    for (int i = 0; i < 400; i++)
        pointer_to_element(pointer, pointer, 123456789);
    assert_in_range(strlen(pointer), POINTER_SIZE - 4, POINTER_SIZE - 1);
    pointer_words(words, pointer);
    assert_true(strlen(words) < POINTER_SIZE);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lines_of_members),
        cmocka_unit_test(lines_of_nothing),
        cmocka_unit_test(pointers),
        cmocka_unit_test(long_names),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
