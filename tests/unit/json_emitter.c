/* SPDX-License-Identifier: BSD-3-Clause */
#include "report/json_emitter.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>
#include <jansson.h>

static struct output *output;
static struct emitter json;

static int setup(void **state) {
    (void)state;
    output = output_to_memory();
    json = emitter_to(output);
    return output == NULL;
}

static int teardown(void **state) {
    (void)state;
    output_free(output);
    return 0;
}

static void expect(const char *text) {
    assert_int_equal(output_error(output), 0);
    assert_int_equal(output->used, strlen(text));
    assert_memory_equal(output->bytes, text, output->used);
}

static void test_commas_and_nesting(void **state) {
    (void)state;
    emit_object_begin(&json);
    emit_key(&json, "empty");
    emit_object_begin(&json);
    emit_object_end(&json);
    emit_key(&json, "list");
    emit_array_begin(&json);
    emit_array_begin(&json);
    emit_array_end(&json);
    emit_bool(&json, true);
    emit_bool(&json, false);
    emit_null(&json);
    emit_array_end(&json);
    emit_key(&json, "word");
    emit_word(&json, "TIME_WAIT");
    emit_key(&json, "none");
    emit_word(&json, NULL);
    emit_object_end(&json);
    expect("{\"empty\":{},\"list\":[[],true,false,null],\"word\":\"TIME_WAIT\",\"none\":null}");
}

static void test_numbers(void **state) {
    (void)state;
    emit_array_begin(&json);
    emit_unsigned(&json, 0);
    emit_unsigned(&json, 10);
    emit_unsigned(&json, UINT64_MAX);
    emit_signed(&json, -1);
    emit_signed(&json, INT64_MIN);
    emit_signed(&json, INT64_MAX);
    emit_array_end(&json);
    expect("[0,10,18446744073709551615,-1,-9223372036854775808,9223372036854775807]");
}

static void test_seconds_are_exact(void **state) {
    (void)state;
    emit_array_begin(&json);
    emit_seconds(&json, 0);
    emit_seconds(&json, 1);
    emit_seconds(&json, 1000000);
    emit_seconds(&json, INT64_C(7440000000000));
    emit_seconds(&json, 1500000000);
    emit_seconds(&json, -10);
    emit_seconds(&json, INT64_MIN);
    emit_array_end(&json);
    expect("[0,0.000000001,0.001,7440,1.5,-0.00000001,-9223372036.854775808]");
}

static void test_escapes(void **state) {
    (void)state;
    emit_string(&json, "a\"b\\c/d\n\t\r\001\037\177");
    expect("\"a\\\"b\\\\c/d\\n\\t\\r\\u0001\\u001f\\u007f\"");
}

static void test_utf8_passes(void **state) {
    (void)state;
    emit_string(&json, "\xc2\x80 \xdf\xbf \xe0\xa0\x80 \xed\x9f\xbf \xee\x80\x80 \xf0\x90\x80\x80 \xf4\x8f\xbf\xbf");
    expect("\"\\u0080 \xdf\xbf \xe0\xa0\x80 \xed\x9f\xbf \xee\x80\x80 \xf0\x90\x80\x80 \xf4\x8f\xbf\xbf\"");
}

#define BAD "\xef\xbf\xbd"

static void test_octets_that_are_no_utf8_are_replaced(void **state) {
    static const struct {
        const char *text;
        const char *expected;
    } rows[] = {
        {"\x80", "\"" BAD "\""},                         /* a continuation without start */
        {"\xc3", "\"" BAD "\""},                         /* cut */
        {"\xe2\x82", "\"" BAD BAD "\""},                 /* cut */
        {"\xc0\xaf", "\"" BAD BAD "\""},                 /* longer than needed */
        {"\xe0\x9f\xbf", "\"" BAD BAD BAD "\""},         /* likewise */
        {"\xed\xa0\x80", "\"" BAD BAD BAD "\""},         /* a surrogate */
        {"\xf4\x90\x80\x80", "\"" BAD BAD BAD BAD "\""}, /* beyond U+10FFFF */
        {"\xf8\x88\x80\x80\x80", "\"" BAD BAD BAD BAD BAD "\""},
        {"\xff"
         "a",
         "\"" BAD "a\""},
        {"\xc3"
         "\"",
         "\"" BAD "\\\"\""}, /* the quote is not swallowed */
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        output->used = 0;
        json = emitter_to(output);
        emit_string(&json, rows[i].text);
        expect(rows[i].expected);
    }
}

/* Whatever two octets stand in a string, a parser that checks UTF-8 accepts what comes out. */
static void test_every_pair_of_octets_gives_valid_json(void **state) {
    (void)state;
    for (unsigned first = 1; first < 256; first++) {
        output->used = 0;
        json = emitter_to(output);
        emit_array_begin(&json);
        for (unsigned second = 0; second < 256; second++) {
            char text[3] = {(char)first, (char)second, '\0'};

            emit_string(&json, text);
        }
        emit_array_end(&json);

        json_error_t error;
        json_t *parsed = json_loadb(output->bytes, output->used, 0, &error);

        assert_non_null(parsed);
        assert_int_equal(json_array_size(parsed), 256);
        json_decref(parsed);
    }
}

static void test_lines_and_splices(void **state) {
    (void)state;
    emit_array_begin(&json);
    emit_newline(&json);
    emit_unsigned(&json, 1);
    emit_newline(&json);
    emit_splice(&json, "2,3", 3);
    emit_splice(&json, "", 0);
    emit_unsigned(&json, 4);
    emit_array_end(&json);
    expect("[\n1,\n2,3,4]");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_commas_and_nesting, setup, teardown),
        cmocka_unit_test_setup_teardown(test_numbers, setup, teardown),
        cmocka_unit_test_setup_teardown(test_seconds_are_exact, setup, teardown),
        cmocka_unit_test_setup_teardown(test_escapes, setup, teardown),
        cmocka_unit_test_setup_teardown(test_utf8_passes, setup, teardown),
        cmocka_unit_test_setup_teardown(test_octets_that_are_no_utf8_are_replaced, setup, teardown),
        cmocka_unit_test_setup_teardown(test_every_pair_of_octets_gives_valid_json, setup, teardown),
        cmocka_unit_test_setup_teardown(test_lines_and_splices, setup, teardown),
    };

    return cmocka_run_group_tests_name("json_emitter", tests, NULL, NULL);
}
