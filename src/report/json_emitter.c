/* SPDX-License-Identifier: BSD-3-Clause */
#include "report/json_emitter.h"

#include "base/utf8.h"

static const char replacement[] = "\xef\xbf\xbd"; /* U+FFFD */

static void value_begin(struct emitter *emitter) {
    if (emitter->separate) {
        output_char(emitter->output, ',');
    }
    emitter->separate = true;
}

static void nest(struct emitter *emitter, char bracket) {
    value_begin(emitter);
    output_char(emitter->output, bracket);
    emitter->separate = false;
}

static void unnest(struct emitter *emitter, char bracket) {
    output_char(emitter->output, bracket);
    emitter->separate = true;
}

void emit_object_begin(struct emitter *emitter) {
    nest(emitter, '{');
}

void emit_object_end(struct emitter *emitter) {
    unnest(emitter, '}');
}

void emit_array_begin(struct emitter *emitter) {
    nest(emitter, '[');
}

void emit_array_end(struct emitter *emitter) {
    unnest(emitter, ']');
}

void emit_word(struct emitter *emitter, const char *word) {
    if (word == NULL) {
        emit_null(emitter);
        return;
    }
    value_begin(emitter);
    output_char(emitter->output, '"');
    output_text(emitter->output, word);
    output_char(emitter->output, '"');
}

static void escape(struct output *output, unsigned char octet) {
    static const char hex[] = "0123456789abcdef";
    char text[6] = {'\\', 'u', '0', '0', hex[octet >> 4], hex[octet & 15]};

    switch (octet) {
    case '"':
    case '\\':
        text[1] = (char)octet;
        break;
    case '\n':
        text[1] = 'n';
        break;
    case '\t':
        text[1] = 't';
        break;
    case '\r':
        text[1] = 'r';
        break;
    default:
        output_bytes(output, text, 6);
        return;
    }
    output_bytes(output, text, 2);
}

static bool is_special(unsigned char octet) {
    return octet < 0x20 || octet >= 0x7f || octet == '"' || octet == '\\';
}

/* Whether one of so many octets does not stand for itself alone. */
enum { AT_ONCE = 16 };
static bool has_special(const char *text) {
    typedef unsigned char octets __attribute__((vector_size(AT_ONCE)));
    octets of;
    uint64_t halves[2];

    memcpy(&of, text, sizeof of);
    of = (octets)((of - 0x20 >= 0x7f - 0x20) | (of == '"') | (of == '\\'));
    memcpy(halves, &of, sizeof of);
    return (halves[0] | halves[1]) != 0;
}

/* Octets up to the first that does not stand for itself alone, or the end. */
static size_t plain_octets(const char *text, size_t size) {
    size_t at = 0;

    if (size >= AT_ONCE) {
        while (at + AT_ONCE <= size && !has_special(text + at)) {
            at += AT_ONCE;
        }
        if (at + AT_ONCE > size && !has_special(text + size - AT_ONCE)) {
            return size;
        }
    }
    while (at < size && !is_special((unsigned char)text[at])) {
        at++;
    }
    return at;
}

void emit_string(struct emitter *emitter, const char *text) {
    if (text == NULL) {
        emit_null(emitter);
        return;
    }
    value_begin(emitter);
    output_char(emitter->output, '"');
    for (const char *end = text + strlen(text);;) {
        uint32_t character;
        size_t plain = plain_octets(text, (size_t)(end - text));

        output_bytes(emitter->output, text, plain);
        text += plain;
        if (text == end) {
            break;
        }
        unsigned size = utf8_next(text, &character);

        if (size == 0) {
            output_text(emitter->output, replacement);
            size = 1;
        } else if (character < 0x20 || (character >= 0x7f && character < 0xa0) || character == '"' ||
                   character == '\\') {
            escape(emitter->output, (unsigned char)character);
        } else {
            output_bytes(emitter->output, text, size);
        }
        text += size;
    }
    output_char(emitter->output, '"');
}

void emit_unsigned(struct emitter *emitter, uint64_t value) {
    value_begin(emitter);
    output_unsigned(emitter->output, value);
}

void emit_signed(struct emitter *emitter, int64_t value) {
    value_begin(emitter);
    output_signed(emitter->output, value);
}

void emit_bool(struct emitter *emitter, bool value) {
    value_begin(emitter);
    output_text(emitter->output, value ? "true" : "false");
}

void emit_null(struct emitter *emitter) {
    value_begin(emitter);
    output_bytes(emitter->output, "null", 4);
}

void emit_seconds(struct emitter *emitter, int64_t span) {
    uint64_t size = span < 0 ? 0 - (uint64_t)span : (uint64_t)span;
    uint64_t rest = size % 1000000000;

    value_begin(emitter);
    if (span < 0) {
        output_char(emitter->output, '-');
    }
    output_unsigned(emitter->output, size / 1000000000);
    if (rest > 0) {
        output_char(emitter->output, '.');
        for (uint64_t unit = 100000000; rest > 0; unit /= 10) {
            output_char(emitter->output, (char)('0' + rest / unit));
            rest %= unit;
        }
    }
}

void emit_splice(struct emitter *emitter, const char *bytes, size_t size) {
    if (size > 0) {
        value_begin(emitter);
        output_bytes(emitter->output, bytes, size);
    }
}

void emit_newline(struct emitter *emitter) {
    if (emitter->one_line) {
        return;
    }
    if (emitter->separate) {
        output_char(emitter->output, ',');
        emitter->separate = false;
    }
    output_char(emitter->output, '\n');
}
