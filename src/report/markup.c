/* SPDX-License-Identifier: BSD-3-Clause */
#include "report/markup.h"

#include "base/utf8.h"

#include <stdarg.h>
#include <stdio.h>

#define REPLACEMENT "\xef\xbf\xbd"

/* XML 1.0, production 2; the tab and the ends of lines, which it allows, say nothing in a drawing. */
static bool is_character(uint32_t character) {
    return character >= 0x20 && character != 0x7f && character != 0xfffe && character != 0xffff;
}

/* The escape of a character of markup; NULL: it stands for itself. */
static const char *entity(uint32_t character) {
    switch (character) {
    case '&':
        return "&amp;";
    case '<':
        return "&lt;";
    case '>':
        return "&gt;";
    case '"':
        return "&quot;";
    case '\'':
        return "&#39;";
    default:
        return NULL;
    }
}

static const char *dot_escape(uint32_t character) {
    return character == '"' ? "\\\"" : character == '\\' ? "\\\\" : NULL;
}

static void write_escaped(struct output *output, const char *text, const char *(*escape)(uint32_t character)) {
    while (*text != '\0') {
        uint32_t character;
        unsigned size = utf8_next(text, &character);
        const char *escaped = size > 0 ? escape(character) : NULL;

        if (size == 0 || !is_character(character)) {
            output_text(output, REPLACEMENT);
        } else if (escaped != NULL) {
            output_text(output, escaped);
        } else {
            output_bytes(output, text, size);
        }
        text += size > 0 ? size : 1;
    }
}

void markup_text(struct output *output, const char *text) {
    write_escaped(output, text, entity);
}

void dot_text(struct output *output, const char *text) {
    write_escaped(output, text, dot_escape);
}

void markup_print(struct output *output, const char *format, ...) {
    char text[MARKUP_MAX];
    va_list arguments;

    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    output_text(output, text);
}
