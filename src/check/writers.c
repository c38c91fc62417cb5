/* SPDX-License-Identifier: BSD-3-Clause */
#include "config.h"

#include "check/writer.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static const struct check_writer *const writers[CHECK_FORMATS] = {
    [CHECK_TEXT] = &check_text_writer, [CHECK_TAP] = &check_tap_writer,     [CHECK_GITHUB] = &check_github_writer,
    [CHECK_JSON] = &check_json_writer, [CHECK_JUNIT] = &check_junit_writer,
};

const struct check_writer *check_writer(enum check_format format) {
    return writers[format];
}

bool check_format_from_name(const char *name, enum check_format *format) {
    for (int i = 0; i < CHECK_FORMATS; i++) {
        if (strcmp(name, writers[i]->name) == 0) {
            *format = (enum check_format)i;
            return true;
        }
    }
    return false;
}

const char *result_text(const json_t *object, const char *member) {
    const char *text = json_string_value(json_object_get(object, member));

    return text != NULL ? text : "";
}

void check_page_add(struct check_page *page, const struct check_writer *writer, json_t *results, const json_t *result) {
    page->totals.captures++;
    page->totals.outcomes[check_outcome_of(result)]++;
    page->totals.updated += strcmp(result_text(result, "outcome"), "updated") == 0;
    page->totals.conditions += (uint64_t)json_integer_value(json_object_get(result, "conditions"));
    if (json_array_append(results, (json_t *)(uintptr_t)result) != 0)
        output_fail(page->output, ENOMEM); /* documents are made of these */
    if (writer->capture != NULL)
        writer->capture(page, result);
}

char *failure_line(struct output *output, const json_t *failure) {
    struct output *line = output_to_memory();
    const json_t *connection = json_object_get(failure, "connection");
    const json_t *frames = json_object_get(failure, "frames");
    char *text = NULL;
    size_t i;
    json_t *frame;

    if (line == NULL) {
        output_fail(output, ENOMEM);
        return NULL;
    }
    if (json_is_integer(connection)) {
        output_text(line, "#");
        output_signed(line, json_integer_value(connection));
        output_text(line, ": ");
    }
    output_text(line, result_text(failure, "message"));
    json_array_foreach(frames, i, frame) {
        output_text(line, i == 0 ? (json_array_size(frames) > 1 ? " (frames " : " (frame ") : ", ");
        output_signed(line, json_integer_value(frame));
    }
    output_text(line, json_array_size(frames) > 0 ? ")" : "");
    if (output_error(line) == 0)
        text = strndup(line->bytes != NULL ? line->bytes : "", line->used);
    if (text == NULL)
        output_fail(output, ENOMEM);
    output_free(line);
    return text;
}
