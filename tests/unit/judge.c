/* SPDX-License-Identifier: BSD-3-Clause */
#include "check/judge.h"

#include "check/words.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static json_t *parse(const char *text) {
    json_t *value = json_loads(text, JSON_DECODE_ANY, NULL);

    assert_non_null(value);
    return value;
}

static bool is(const char *expected, const char *seen) {
    json_t *wanted = parse(expected);
    json_t *found = seen != NULL ? parse(seen) : NULL;
    bool good = is_as_expected(wanted, found);

    json_decref(wanted);
    json_decref(found);
    return good;
}

static void plain_values(void **state) {
    (void)state;
    assert_true(is("1", "1") && is("1.0", "1") && is("null", "null") && is("\"a\"", "\"a\"") && is("true", "true"));
    assert_false(is("1", "2") || is("1", "\"1\"") || is("null", NULL) || is("\"a\"", "\"A\"") || is("true", "1"));
    assert_true(is("[1, 2]", "[1, 2]") && is("[]", "[]"));
    assert_false(is("[1]", "[1, 2]") || is("[2, 1]", "[1, 2]") || is("[]", "null") || is("[]", NULL));
    assert_true(is("{\"a\": 1, \"why\": \"so\"}", "{\"a\": 1, \"b\": 2}") && is("{}", "{}"));
    assert_false(is("{\"a\": 1}", "{\"b\": 1}") || is("{}", "[]") || is("{\"a\": null}", "{}"));
}

static void bounds(void **state) {
    (void)state;
    assert_true(is("{\"min\": 3}", "3") && is("{\"max\": 3}", "3") && is("{\"min\": 2.5, \"max\": 3.5}", "3"));
    assert_false(is("{\"min\": 3}", "2") || is("{\"max\": 3}", "4") || is("{\"min\": 1, \"max\": 3}", "4"));
    assert_false(is("{\"min\": 0}", "null") || is("{\"max\": 9}", "\"1\"") || is("{\"min\": 0}", NULL));
    assert_true(is("{\"one-of\": [1, null, {\"min\": 7}]}", "8") && is("{\"one-of\": [1, null]}", "null"));
    assert_false(is("{\"one-of\": []}", "1") || is("{\"one-of\": [1, 2]}", "3"));
    assert_true(is("{\"not\": 1}", "2") && is("{\"not\": {\"min\": 5}}", "4") && is("{\"not\": 1}", NULL));
    assert_false(is("{\"not\": null}", "null") || is("{\"not\": {\"one-of\": [1, 2]}}", "2"));
    assert_true(is("{\"contains\": \"b\"}", "\"abc\"") && is("{\"contains\": 2}", "[1, 2]"));
    assert_true(is("{\"contains\": [2, 1]}", "[1, 2, 3]") &&
                is("{\"contains\": [{\"a\": 1}]}", "[{\"a\": 1, \"b\": 2}]"));
    assert_false(is("{\"contains\": \"d\"}", "\"abc\"") || is("{\"contains\": 4}", "[1]") ||
                 is("{\"contains\": [1, 4]}", "[1]"));
    assert_false(is("{\"contains\": 1}", "1") || is("{\"contains\": \"a\"}", NULL) || is("{\"contains\": []}", "1"));
    assert_true(is("{\"min\": 1, \"not\": 5, \"why\": \"two at once\"}", "4"));
    assert_false(is("{\"min\": 1, \"not\": 5}", "5") || is("{\"min\": 6, \"not\": 5}", "4"));
}

/* Two incarnations of one pair (ids 1 and 9) around another connection (5), in the order of their ends. */
static const char report_text[] =
    "{\"connections\": ["
    " {\"id\": 5, \"client\": {\"address\": \"c\", \"port\": 2}, \"server\": {\"address\": \"s\", \"port\": 80}},"
    " {\"id\": 1, \"client\": {\"address\": \"c\", \"port\": 1}, \"server\": {\"address\": \"s\", \"port\": 80}},"
    " {\"id\": 9, \"client\": {\"address\": \"c\", \"port\": 1}, \"server\": {\"address\": \"s\", \"port\": 80}}]}";

/* The ids that the elements of a list mean, in order: "1 9|5" for two elements. */
static void assert_selects(const char *list_text, const char *ids) {
    json_t *report = parse(report_text);
    json_t *list = parse(list_text);
    struct selector selector;
    char seen[64] = "";

    assert_true(selector_begin(&selector, report, list));
    for (size_t i = 0; i < json_array_size(list); i++) {
        json_t *selected = selector_next(&selector);
        if (i > 0)
            strcat(seen, "|");
        for (size_t k = 0; k < json_array_size(selected); k++) {
            char id[8];
            snprintf(id, sizeof id, "%s%d", k > 0 ? " " : "",
                     (int)json_integer_value(json_object_get(json_array_get(selected, k), "id")));
            strcat(seen, id);
        }
        json_decref(selected);
    }
    assert_string_equal(seen, ids);
    selector_end(&selector);
    json_decref(report);
    json_decref(list);
}

#define ENDS(port)                                                                                                     \
    "\"client\": {\"address\": \"c\", \"port\": " port "}, \"server\": {\"address\": \"s\", \"port\": 80}"

static void selection(void **state) {
    (void)state;
    assert_selects("[{}, {}, {}, {}]", "1|5|9|");
    assert_selects("[{\"select\": {}}]", "1 5 9");
    assert_selects("[{\"select\": {\"port\": 1}}, {\"select\": {\"port\": 80, \"address\": \"s\"}}]", "1 9|1 5 9");
    assert_selects("[{\"select\": {\"port\": 1, \"address\": \"s\"}}]", ""); /* of one side both */
    assert_selects("[{\"select\": {\"order\": 2}}, {\"select\": {\"order\": 4}}, {\"select\": {\"id\": 9}}]", "5||9");
    assert_selects("[{\"select\": {\"order\": 1, \"port\": 2}}]", "");
    assert_selects("[{" ENDS("2") "}, {" ENDS("1") "}, {" ENDS("1") "}, {" ENDS("1") "}]", "5|1|9|");
    assert_selects("[{\"id\": 9, " ENDS("1") "}, {\"id\": 9, " ENDS("2") "}, {\"id\": 7}]", "9||");
    assert_selects("[{" ENDS("1") "}, {\"id\": 9, " ENDS("1") "}]", "1|9"); /* an id counts no incarnation */
    assert_selects("[{\"client\": {\"port\": 2}}, {\"client\": {\"port\": {\"min\": 1}}}]",
                   "1|5"); /* not all: by place */
}

static void assert_criteria(const char *wanted_text, const char *criteria_text) {
    json_t *wanted = parse(wanted_text);
    json_t *expected = parse(criteria_text);
    json_t *criteria = selector_criteria(wanted, 4);

    assert_true(json_equal(criteria, expected));
    json_decref(criteria);
    json_decref(expected);
    json_decref(wanted);
}

static void criteria(void **state) {
    (void)state;
    assert_criteria("{\"select\": {\"port\": 1}, \"id\": 3}", "{\"port\": 1}");
    assert_criteria("{}", "{\"order\": 5}");
    assert_criteria("{\"client\": {\"port\": 1}, \"why\": \"w\"}", "{\"order\": 5}");
    assert_criteria("{\"id\": 3, \"client\": {\"port\": {\"min\": 1}}, \"handshake\": {}}", "{\"id\": 3}");
    assert_criteria("{\"id\": {\"min\": 3}, " ENDS("1") "}", "{" ENDS("1") "}");
    assert_criteria("{\"id\": 3, \"client\": {\"port\": 2, \"path\": []}}", "{\"id\": 3, \"client\": {\"port\": 2}}");
}

static size_t failures_of(const char *expectation_text, uint64_t *conditions) {
    json_t *report = parse(report_text);
    json_t *expectation = parse(expectation_text);
    json_t *failures = json_array();
    struct judge judge = {.report = report, .source = "e", .text = expectation_text, .failures = failures};

    judge_report(&judge, expectation);
    judge_end(&judge);
    size_t count = json_array_size(failures);
    assert_false(judge.out_of_memory);
    *conditions = judge.conditions;
    json_decref(report);
    json_decref(expectation);
    json_decref(failures);
    return count;
}

static void reports(void **state) {
    (void)state;
    uint64_t conditions;

    assert_int_equal(failures_of("{}", &conditions), 0);
    assert_int_equal(conditions, 0);
    assert_int_equal(failures_of("{\"connections\": [{\"id\": 1}, {\"id\": 5}]}", &conditions), 0);
    assert_int_equal(conditions, 2);
    assert_int_equal(failures_of("{\"connections\": [{\"select\": {}, \"client\": {\"port\": 1}}]}", &conditions), 1);
    assert_int_equal(conditions, 3);
    assert_int_equal(failures_of("{\"connections\": [{\"select\": {\"id\": 7}}, {\"select\": {}}]}", &conditions), 1);
    assert_int_equal(failures_of("{\"summary\": {\"frames\": 1}}", &conditions), 1); /* not in this report */
}

/* The first are listed; the last says how many more. */
static void many_failures(void **state) {
    (void)state;
    enum { TIMES = FAILURES_MAX + 44 };
    json_t *report = parse(report_text);
    json_t *expectation = parse("{\"summary\": {\"frames\": 1}}");
    json_t *failures = json_array();
    struct judge judge = {.report = report, .failures = failures};

    for (int i = 0; i < TIMES; i++)
        judge_report(&judge, expectation);
    judge_end(&judge);
    assert_int_equal(json_array_size(failures), FAILURES_MAX);
    assert_string_equal(json_string_value(json_object_get(json_array_get(failures, FAILURES_MAX - 1), "message")),
                        "45 more do not hold");
    json_decref(report);
    json_decref(expectation);
    json_decref(failures);
}

static void refuted_steps_are_left_out(void **state) {
    (void)state;
    json_t *side = parse("{\"transitions\": ["
                         " {\"from\": \"CLOSED\", \"to\": \"SYN_SENT\", \"certainty\": \"certain\"},"
                         " {\"from\": \"SYN_SENT\", \"to\": \"ESTABLISHED\", \"certainty\": \"refuted\"},"
                         " {\"from\": \"SYN_SENT\", \"to\": \"SYN_RECEIVED\", \"certainty\": \"presumed\"}]}");
    json_t *path = path_of_side(side);
    json_t *wanted = parse("[\"CLOSED\", \"SYN_SENT\", \"SYN_RECEIVED\"]");

    assert_true(json_equal(path, wanted));
    json_decref(side);
    json_decref(path);
    json_decref(wanted);
}

static void words_of_any_text(void **state) {
    (void)state;
    static const char *const texts[][2] = {
        {"", ""},
        {"a\xc3\xa9", "a\xc3\xa9"},
        {"\xff", "\xef\xbf\xbd"},
        {"a\xc3", "a\xef\xbf\xbd"},
        {"\xc0\x80z", "\xef\xbf\xbd\xef\xbf\xbdz"},
    };

    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        json_t *words = json_words(texts[i][0]);
        assert_string_equal(json_string_value(words), texts[i][1]);
        json_decref(words);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(plain_values),
        cmocka_unit_test(bounds),
        cmocka_unit_test(selection),
        cmocka_unit_test(criteria),
        cmocka_unit_test(reports),
        cmocka_unit_test(many_failures),
        cmocka_unit_test(refuted_steps_are_left_out),
        cmocka_unit_test(words_of_any_text),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
