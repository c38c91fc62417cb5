/* SPDX-License-Identifier: BSD-3-Clause */
#include "report/style.h"

#include "base/utf8.h"

static const struct glyphs unicode_glyphs = {
    .arrow = "\u2192",
    .line = "\u2500",
    .right = "\u25b6",
    .left = "\u25c0",
    .dot = "\u00b7",
    .more = "\u2026",
    .marker = "\u25c0",
};

static const struct glyphs ascii_glyphs = {
    .arrow = "->",
    .line = "-",
    .right = ">",
    .left = "<",
    .dot = "|",
    .more = "...",
    .marker = "<",
};

struct style style_new(struct output *output, bool ascii, bool color) {
    return (struct style){output, ascii ? &ascii_glyphs : &unicode_glyphs, ascii, color, false, TEXT_WIDTH};
}

void style_fit(struct style *style, unsigned columns) {
    if (columns > 0 && columns < TEXT_WIDTH)
        style->width = columns > LEAST_WIDTH ? columns : LEAST_WIDTH;
}

enum color severity_color(enum severity severity) {
    static const uint8_t colors[SEVERITIES] = {
        [SEVERITY_INFO] = DIM, [SEVERITY_NOTICE] = CYAN, [SEVERITY_WARNING] = YELLOW, [SEVERITY_ERROR] = RED};

    return (enum color)colors[severity];
}

static const char *color_code(enum color color) {
    static const char *const codes[COLORS] = {[PLAIN] = "",         [BOLD] = "\033[1m",    [DIM] = "\033[2m",
                                              [RED] = "\033[1;31m", [YELLOW] = "\033[33m", [CYAN] = "\033[36m"};

    return codes[color];
}

unsigned text_columns(const char *text) {
    unsigned columns = 0;

    while (*text != '\0') {
        uint32_t character;
        unsigned size = utf8_next(text, &character);

        text += size > 0 ? size : 1;
        columns++;
    }
    return columns;
}

/* One character of a text; steps over it. */
static void put_character(struct style *style, const char **text) {
    uint32_t character;
    unsigned size = utf8_next(*text, &character);

    if (size == 0 || utf8_steers(character) || (style->ascii && size > 1)) {
        output_char(style->output, '?');
    } else {
        output_bytes(style->output, *text, size);
    }
    *text += size > 0 ? size : 1;
}

static unsigned put_text(struct style *style, const char *text) {
    unsigned columns = 0;

    for (; *text != '\0'; columns++) {
        put_character(style, &text);
    }
    return columns;
}

unsigned style_text(struct style *style, enum color color, const char *text) {
    unsigned columns;

    if (!style->color || color == PLAIN) {
        return put_text(style, text);
    }
    output_text(style->output, color_code(color));
    columns = put_text(style, text);
    output_text(style->output, "\033[0m");
    return columns;
}

unsigned style_blanks(struct style *style, unsigned count) {
    output_repeat(style->output, " ", count);
    return count;
}

unsigned style_cell(struct style *style, enum color color, const char *text, unsigned width) {
    unsigned columns = style_text(style, color, text);

    return columns < width ? columns + style_blanks(style, width - columns) : columns;
}

unsigned style_cell_right(struct style *style, enum color color, const char *text, unsigned width) {
    unsigned columns = text_columns(text);
    unsigned blanks = columns < width ? style_blanks(style, width - columns) : 0;

    return blanks + style_text(style, color, text);
}

unsigned unsigned_columns(uint64_t value) {
    unsigned columns = 1;

    for (; value >= 10; value /= 10) {
        columns++;
    }
    return columns;
}

unsigned style_unsigned(struct style *style, uint64_t value) {
    output_unsigned(style->output, value);
    return unsigned_columns(value);
}

unsigned style_count(struct style *style, uint64_t count, const char *noun) {
    unsigned columns = style_unsigned(style, count) + style_blanks(style, 1) + style_text(style, PLAIN, noun);

    return count == 1 ? columns : columns + style_text(style, PLAIN, "s");
}

/* Columns of the word at the start of a text. */
static unsigned word_columns(const char *text) {
    unsigned columns = 0;

    while (*text != '\0' && *text != ' ') {
        uint32_t character;
        unsigned size = utf8_next(text, &character);

        text += size > 0 ? size : 1;
        columns++;
    }
    return columns;
}

unsigned style_paragraph(struct style *style, const char *text, unsigned indent, unsigned column) {
    while (*text == ' ') {
        text++;
    }
    while (*text != '\0') {
        unsigned columns = word_columns(text);

        if (column > indent && column + 1 + columns > style->width) {
            style_newline(style);
            column = 0;
        }
        if (column < indent) {
            column += style_blanks(style, indent - column);
        } else if (column > indent) {
            column += style_blanks(style, 1);
        }
        column += columns;
        while (columns-- > 0) {
            put_character(style, &text);
        }
        while (*text == ' ') {
            text++;
        }
    }
    return column;
}

void style_newline(struct style *style) {
    output_char(style->output, '\n');
}

const char *state_text(struct style *style, enum tcp_state state, enum certainty certainty, bool then,
                       char text[STATE_TEXT_SIZE]) {
    const char *name = state_name(state);
    size_t size = strlen(name);
    char mark = '\0';

    if (certainty == CERTAINTY_ASSUMED) {
        mark = '?';
    } else if (certainty == CERTAINTY_PRESUMED || (then && certainty == CERTAINTY_CONFIRMED)) {
        mark = '~';
    }
    memcpy(text, name, size + 1);
    if (mark != '\0') {
        text[size] = ' ';
        text[size + 1] = mark;
        text[size + 2] = '\0';
        style->marks_used = true;
    }
    return text;
}
