/* SPDX-License-Identifier: BSD-3-Clause */
#include "report/style.h"

#include "handmade.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

static struct output *output;

static int setup(void **state) {
    (void)state;
    output = output_to_memory();
    return output == NULL;
}

static int teardown(void **state) {
    (void)state;
    output_free(output);
    return 0;
}

static void test_nothing_steers_the_terminal(void **state) {
    struct style style = style_new(output, false, false);

    (void)state;
    style_text(&style, PLAIN,
               "a\033[2Jb\nc\177d\xc2\x9b"
               "e\xe2\x80\xae"
               "f\xff"
               "g\xc3\xa4\n");
    expect_output(output, "a?[2Jb?c?d?e?f?g\xc3\xa4?");
}

static void test_ascii_prints_nothing_else(void **state) {
    struct style style = style_new(output, true, false);

    (void)state;
    assert_int_equal(style_text(&style, BOLD, "K\xc3\xa4se \xe2\x86\x92"), 6);
    expect_output(output, "K?se ?");
}

static void test_colour_takes_no_columns(void **state) {
    struct style style = style_new(output, false, true);

    (void)state;
    assert_int_equal(style_cell(&style, severity_color(SEVERITY_ERROR), "error", 7), 7);
    assert_int_equal(style_text(&style, PLAIN, "x"), 1);
    expect_output(output, "\033[1;31merror\033[0m  x");
}

static void test_cells(void **state) {
    struct style style = style_new(output, false, false);

    (void)state;
    assert_int_equal(style_cell(&style, PLAIN, "\xe2\x80\xa6", 3), 3);
    assert_int_equal(style_cell_right(&style, PLAIN, "\xe2\x80\xa6", 3), 3);
    assert_int_equal(style_cell(&style, PLAIN, "long", 3), 4);
    assert_int_equal(style_cell_right(&style, PLAIN, "long", 3), 4);
    assert_int_equal(style_count(&style, 1, "byte"), 6);
    assert_int_equal(style_count(&style, 20, "byte"), 8);
    expect_output(output, "\xe2\x80\xa6    \xe2\x80\xa6longlong1 byte20 bytes");
}

static void test_paragraphs_break_at_blanks(void **state) {
    struct style style = style_new(output, false, false);
    char text[300], expected[400];

    (void)state;
    /* words of 9 characters: 10 columns each, the last of a line without its blank: 4 + 10 * 10 - 1 <= 112 */
    for (unsigned i = 0; i < 25; i++) {
        memcpy(text + i * 10, "abcdefghi ", 10);
    }
    text[250] = '\0';
    assert_int_equal(style_paragraph(&style, text, 4, 0), 4 + 5 * 10 - 1);
    memset(expected, 0, sizeof expected);
    for (unsigned line = 0; line < 3; line++) {
        strcat(expected, line > 0 ? "\n    " : "    ");
        for (unsigned word = 0; word < (line < 2 ? 10U : 5U); word++) {
            strcat(expected, word > 0 ? " abcdefghi" : "abcdefghi");
        }
    }
    expect_output(output, expected);
}

/* A terminal that is narrower than a paragraph, no wider one, and none that leaves no room for words. */
static void test_paragraphs_fit_the_terminal(void **state) {
    static const struct {
        unsigned columns;
        unsigned width;
    } terminals[] = {{0, TEXT_WIDTH}, {1, LEAST_WIDTH}, {40, 40},   {41, 41},
                     {80, 80},        {111, 111},       {112, 112}, {300, 112}};

    (void)state;
    for (size_t i = 0; i < sizeof terminals / sizeof *terminals; i++) {
        struct style style = style_new(output, false, false);
        char words[401];

        style_fit(&style, terminals[i].columns);
        for (unsigned k = 0; k < 400; k++) /* words of one letter: a line is full to its last but one column at least */
            words[k] = k % 2 == 0 ? 'a' : ' ';
        words[400] = '\0';
        output->used = 0;
        style_paragraph(&style, words, 6, 0);
        const char *end = memchr(output->bytes, '\n', output->used);
        assert_non_null(end);
        assert_in_range(end - output->bytes, terminals[i].width - 1, terminals[i].width);
    }
}

static void test_states_carry_their_marks(void **state) {
    struct style style = style_new(output, false, false);
    char text[STATE_TEXT_SIZE];

    (void)state;
    assert_string_equal(state_text(&style, STATE_SYN_RECEIVED, CERTAINTY_CERTAIN, true, text), "SYN_RECEIVED");
    assert_string_equal(state_text(&style, STATE_SYN_RECEIVED, CERTAINTY_CONFIRMED, false, text), "SYN_RECEIVED");
    assert_false(style.marks_used);
    assert_string_equal(state_text(&style, STATE_SYN_RECEIVED, CERTAINTY_CONFIRMED, true, text), "SYN_RECEIVED ~");
    assert_true(style.marks_used);
    assert_string_equal(state_text(&style, STATE_ESTABLISHED, CERTAINTY_PRESUMED, false, text), "ESTABLISHED ~");
    assert_string_equal(state_text(&style, STATE_ESTABLISHED, CERTAINTY_ASSUMED, false, text), "ESTABLISHED ?");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_nothing_steers_the_terminal, setup, teardown),
        cmocka_unit_test_setup_teardown(test_ascii_prints_nothing_else, setup, teardown),
        cmocka_unit_test_setup_teardown(test_colour_takes_no_columns, setup, teardown),
        cmocka_unit_test_setup_teardown(test_cells, setup, teardown),
        cmocka_unit_test_setup_teardown(test_paragraphs_break_at_blanks, setup, teardown),
        cmocka_unit_test_setup_teardown(test_paragraphs_fit_the_terminal, setup, teardown),
        cmocka_unit_test_setup_teardown(test_states_carry_their_marks, setup, teardown),
    };

    return cmocka_run_group_tests_name("style", tests, NULL, NULL);
}
