/* SPDX-License-Identifier: BSD-3-Clause */
#include "check/layout.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>

enum { WIDTH = 118, STEP = 2 };

static void write_value(struct output *output, const json_t *value, size_t indent, size_t column);

static void write_plain(struct output *output, const json_t *value) {
    char *text = json_dumps(value, JSON_ENCODE_ANY);

    if (text != NULL)
        output_text(output, text);
    else
        output_fail(output, ENOMEM);
    free(text);
}

static bool fits(const json_t *value, size_t column) {
    char *text = json_dumps(value, JSON_ENCODE_ANY);
    bool good = text == NULL || column + strlen(text) <= WIDTH;

    free(text);
    return good;
}

static void begin_line(struct output *output, size_t indent) {
    output_char(output, '\n');
    output_repeat(output, " ", indent);
}

static void write_object(struct output *output, const json_t *object, size_t indent) {
    const char *separator = "{";
    const char *name;
    json_t *member;

    json_object_foreach((json_t *)(uintptr_t)object, name, member) {
        json_t *word = json_string(name);
        output_text(output, separator);
        begin_line(output, indent + STEP);
        write_plain(output, word);
        output_text(output, ": ");
        write_value(output, member, indent + STEP, indent + STEP + strlen(name) + 4);
        json_decref(word);
        separator = ",";
    }
    begin_line(output, indent);
    output_char(output, '}');
}

static void write_array(struct output *output, const json_t *array, size_t indent) {
    size_t i;
    json_t *element;

    json_array_foreach(array, i, element) {
        output_text(output, i == 0 ? "[" : ",");
        begin_line(output, indent + STEP);
        write_value(output, element, indent + STEP, indent + STEP);
    }
    begin_line(output, indent);
    output_char(output, ']');
}

static void write_value(struct output *output, const json_t *value, size_t indent, size_t column) {
    bool whole = column == 0 && json_object_size(value) > 0;

    if (!whole && fits(value, column))
        write_plain(output, value);
    else if (json_is_object(value))
        write_object(output, value, indent);
    else if (json_is_array(value))
        write_array(output, value, indent);
    else
        write_plain(output, value);
}

void layout_json(struct output *output, const json_t *value) {
    write_value(output, value, 0, 0);
    output_char(output, '\n');
}
