/* SPDX-License-Identifier: BSD-3-Clause */
#include "report/markup.h"

#include "handmade.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

static void expect_markup(void (*write)(struct output *output, const char *text), const char *text,
                          const char *expected) {
    struct output *output = output_to_memory();

    assert_non_null(output);
    write(output, text);
    expect_output(output, expected);
    output_free(output);
}

static void test_markup_is_escaped(void **state) {
    (void)state;
    expect_markup(markup_text, "</text><script x='1' y=\"2\">&",
                  "&lt;/text&gt;&lt;script x=&#39;1&#39; y=&quot;2&quot;&gt;&amp;");
}

static void test_what_xml_forbids_is_replaced(void **state) {
    (void)state;
    expect_markup(markup_text, "a\x01\x1b[0m\x7f\n", "a\xef\xbf\xbd\xef\xbf\xbd[0m\xef\xbf\xbd\xef\xbf\xbd");
    expect_markup(markup_text, "\xff\xc0\x80z\xef\xbf\xbf", "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbdz\xef\xbf\xbd");
}

static void test_other_characters_stay(void **state) {
    (void)state;
    expect_markup(markup_text, "Größe → 𝄞", "Größe → 𝄞");
    expect_markup(markup_text, "", "");
}

static void test_dot(void **state) {
    (void)state;
    expect_markup(dot_text, "a\"b\\n<&", "a\\\"b\\\\n<&");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_markup_is_escaped),
        cmocka_unit_test(test_what_xml_forbids_is_replaced),
        cmocka_unit_test(test_other_characters_stay),
        cmocka_unit_test(test_dot),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
