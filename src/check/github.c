/* SPDX-License-Identifier: BSD-3-Clause */
#include "check/writer.h"

#include "base/utf8.h"

#include <stdlib.h>
#include <string.h>

/* Workflow commands of GitHub Actions: an annotation a failure, at the line of the expectation. */

/* Properties may hold no colon and no comma besides. */
static void print_escaped(struct output *output, const char *text, bool property) {
    static const char hex[] = "0123456789ABCDEF";

    const char *shown;

    while (*text != '\0') {
        bool special = *text == '%' || *text == '\r' || *text == '\n' || (property && (*text == ':' || *text == ','));
        if (!special) {
            unsigned size = utf8_take(&text, &shown);
            output_bytes(output, shown, size);
            continue;
        }
        output_char(output, '%');
        output_char(output, hex[(unsigned char)*text >> 4]);
        output_char(output, hex[(unsigned char)*text & 15]);
        text++;
    }
}

static void annotate(struct output *output, const char *file, json_int_t line, const char *capture, const char *text) {
    output_text(output, "::error file=");
    print_escaped(output, file, true);
    if (line > 0) {
        output_text(output, ",line=");
        output_signed(output, line);
    }
    output_text(output, ",title=");
    print_escaped(output, capture, true);
    output_text(output, "::");
    print_escaped(output, text, false);
    output_char(output, '\n');
}

static void github_capture(struct check_page *page, const json_t *result) {
    const char *capture = result_text(result, "capture");
    size_t i;
    json_t *one;

    json_array_foreach(json_object_get(result, "troubles"), i, one) {
        annotate(page->output, capture, 0, capture, json_string_value(one));
    }
    json_array_foreach(json_object_get(result, "failures"), i, one) {
        bool written = json_object_get(one, "file") != NULL;
        char *line = failure_line(page->output, one);
        annotate(page->output, written ? result_text(one, "file") : capture,
                 json_integer_value(json_object_get(one, "line")), capture, line != NULL ? line : "");
        free(line);
    }
    output_flush(page->output);
}

static void github_end(struct check_page *page) {
    output_unsigned(page->output, page->totals.captures);
    output_text(page->output, page->totals.captures == 1 ? " capture, " : " captures, ");
    output_unsigned(page->output, page->totals.outcomes[CHECK_FAILS]);
    output_text(page->output, page->totals.outcomes[CHECK_FAILS] == 1 ? " fails, " : " fail, ");
    output_unsigned(page->output, page->totals.outcomes[CHECK_TROUBLE]);
    output_text(page->output, " could not be judged\n");
}

const struct check_writer check_github_writer = {"github", NULL, github_capture, github_end};
