/* SPDX-License-Identifier: BSD-3-Clause */
#include "check/writer.h"

#include "base/utf8.h"

#include <stdlib.h>
#include <string.h>

/* The Test Anything Protocol, version 13, as prove(1) and automake's driver read it: a test a capture. */

static void tap_begin(struct check_page *page, size_t captures) {
    output_text(page->output, "TAP version 13\n1..");
    output_unsigned(page->output, captures);
    output_char(page->output, '\n');
}

/* Diagnostics: every line behind a #. */
static void print_comment(struct output *output, const char *text) {
    const char *shown;

    output_text(output, "# ");
    while (*text != '\0') {
        if (*text == '\n') {
            output_text(output, "\n# ");
            text++;
            continue;
        }
        unsigned size = utf8_take(&text, &shown);
        output_bytes(output, shown, size);
    }
    output_char(output, '\n');
}

/* In a description # begins a directive, and a backslash escapes it. */
static void print_description(struct output *output, const char *text) {
    const char *shown;

    while (*text != '\0') {
        if (*text == '#' || *text == '\\')
            output_char(output, '\\');
        unsigned size = utf8_take(&text, &shown);
        output_bytes(output, shown, size);
    }
}

static void tap_capture(struct check_page *page, const json_t *result) {
    struct output *output = page->output;
    size_t i;
    json_t *one;

    output_text(output, check_outcome_of(result) == CHECK_HOLDS ? "ok " : "not ok ");
    output_unsigned(output, page->totals.captures);
    output_text(output, " - ");
    print_description(output, result_text(result, "capture"));
    output_char(output, '\n');
    json_array_foreach(json_object_get(result, "troubles"), i, one) {
        print_comment(output, json_string_value(one));
    }
    json_array_foreach(json_object_get(result, "changes"), i, one) {
        print_comment(output, json_string_value(one));
    }
    json_array_foreach(json_object_get(result, "failures"), i, one) {
        char *line = failure_line(output, one);
        print_comment(output, line != NULL ? line : "");
        free(line);
    }
    output_flush(output);
}

static void tap_end(struct check_page *page) {
    output_flush(page->output);
}

const struct check_writer check_tap_writer = {"tap", tap_begin, tap_capture, tap_end};
