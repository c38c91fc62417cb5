/* SPDX-License-Identifier: BSD-3-Clause */
#include "rules/said.h"

#include "base/decimal.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

enum { MOST = 768 }; /* octets of arguments: what reaches beyond would not be read */

/* What stands behind a '%'. */
struct conversion {
    char kind;
    uint8_t width; /* of a number, filled up by zeros */
    uint8_t longs; /* how often 'l' stands before the kind */
};

/* Reads it and returns what follows. */
static const char *read_conversion(const char *from, struct conversion *conversion) {
    *conversion = (struct conversion){0};
    for (; *from >= '0' && *from <= '9'; from++) {
        conversion->width = (uint8_t)(10 * conversion->width + (*from - '0'));
    }
    for (; *from == 'l'; from++) {
        conversion->longs++;
    }
    conversion->kind = *from;
    return from + 1;
}

/* --- taking --- */

struct taking {
    unsigned char octets[MOST];
    size_t count;
};

static void take_octets(struct taking *taking, const void *octets, size_t count) {
    memcpy(taking->octets + taking->count, octets, count);
    taking->count += count;
}

static void take_string(struct taking *taking, const char *string) {
    uint16_t taken;
    size_t length = strlen(string), room = sizeof taking->octets - taking->count - sizeof taken;
    taken = (uint16_t)(length < room ? length : room);
    take_octets(taking, &taken, sizeof taken);
    take_octets(taking, string, taken);
}

static void take_number(struct taking *taking, uint64_t number) {
    take_octets(taking, &number, sizeof number);
}

/* Arguments as they were passed, in a record so that their state can be handed on. */
struct passed_arguments {
    va_list list;
};

static uint64_t take_passed(struct passed_arguments *passed, const struct conversion *conversion) {
    if (conversion->longs == 0) {
        int number = va_arg(passed->list, int);
        return conversion->kind == 'd' ? (uint64_t)number : (unsigned)number;
    }
    return conversion->longs == 1 ? va_arg(passed->list, unsigned long) : va_arg(passed->list, unsigned long long);
}

static bool has_room(const struct taking *taking) {
    return sizeof taking->octets - taking->count > sizeof(uint64_t);
}

struct said *said_take(struct said *said, const char *format, va_list arguments) {
    struct taking taking;
    struct conversion conversion;
    struct passed_arguments passed;
    va_copy(passed.list, arguments);
    taking.count = 0;
    for (const char *at = strchr(format, '%'); at != NULL && has_room(&taking); at = strchr(at, '%')) {
        at = read_conversion(at + 1, &conversion);
        if (conversion.kind == 's') {
            take_string(&taking, va_arg(passed.list, const char *));
        } else if (conversion.kind != '%') {
            take_number(&taking, take_passed(&passed, &conversion));
        }
    }
    va_end(passed.list);
    struct said *taken = said;
    if (said == NULL || said->room < taking.count) {
        taken = malloc(sizeof *taken + taking.count);
        if (taken == NULL) {
            return NULL;
        }
        free(said);
        taken->room = (uint16_t)taking.count;
    }
    taken->format = format;
    taken->octets = (uint16_t)taking.count;
    memcpy(taken->arguments, taking.octets, taking.count);
    return taken;
}

/* --- writing --- */

struct writing {
    char *text;
    size_t left; /* without the end */
};

static void write_octets(struct writing *writing, const void *octets, size_t count) {
    count = count < writing->left ? count : writing->left;
    memcpy(writing->text, octets, count);
    writing->text += count;
    writing->left -= count;
}

static char *put_hexadecimal(char *at, uint64_t number) {
    int shift = number == 0 ? 0 : (63 - __builtin_clzll(number)) / 4 * 4;
    for (; shift >= 0; shift -= 4) {
        *at++ = "0123456789abcdef"[number >> shift & 15];
    }
    return at;
}

static void write_number(struct writing *writing, const struct conversion *conversion, uint64_t number) {
    char digits[DECIMAL_ROOM];
    if (conversion->kind == 'd' && (int64_t)number < 0) {
        write_octets(writing, "-", 1);
        number = 0 - number;
    }
    const char *end = conversion->kind == 'x' ? put_hexadecimal(digits, number) : decimal_put(digits, number);
    for (ptrdiff_t count = end - digits; count < conversion->width; count++) {
        write_octets(writing, "0", 1);
    }
    write_octets(writing, digits, (size_t)(end - digits));
}

/* Where the arguments are. */
struct arguments {
    const unsigned char *at;
    const unsigned char *end;
};

static void write_string(struct writing *writing, struct arguments *arguments) {
    uint16_t length;
    memcpy(&length, arguments->at, sizeof length);
    write_octets(writing, arguments->at + sizeof length, length);
    arguments->at += sizeof length + length;
}

static uint64_t next_number(struct arguments *arguments) {
    uint64_t number;
    memcpy(&number, arguments->at, sizeof number);
    arguments->at += sizeof number;
    return number;
}

void said_write(const struct said *said, char *text, size_t size) {
    struct writing writing = {text, size - 1};
    struct arguments arguments = {said->arguments, said->arguments + said->octets};
    struct conversion conversion;
    const char *from = said->format;
    for (const char *at = strchr(from, '%'); at != NULL; at = strchr(from, '%')) {
        write_octets(&writing, from, (size_t)(at - from));
        from = read_conversion(at + 1, &conversion);
        if (conversion.kind == '%') {
            write_octets(&writing, "%", 1);
        } else if (arguments.at >= arguments.end) {
            break; /* so much was said that the rest was left out */
        } else if (conversion.kind == 's') {
            write_string(&writing, &arguments);
        } else {
            write_number(&writing, &conversion, next_number(&arguments));
        }
    }
    write_octets(&writing, from, strlen(from));
    *writing.text = '\0';
}

void said_print(char *text, size_t size, const char *format, ...) {
    struct writing writing = {text, size - 1};
    struct passed_arguments passed;
    struct conversion conversion;
    const char *from = format;
    va_start(passed.list, format);
    for (const char *at = strchr(from, '%'); at != NULL; at = strchr(from, '%')) {
        write_octets(&writing, from, (size_t)(at - from));
        from = read_conversion(at + 1, &conversion);
        if (conversion.kind == '%') {
            write_octets(&writing, "%", 1);
        } else if (conversion.kind == 's') {
            const char *string = va_arg(passed.list, const char *);
            write_octets(&writing, string, strlen(string));
        } else {
            write_number(&writing, &conversion, take_passed(&passed, &conversion));
        }
    }
    va_end(passed.list);
    write_octets(&writing, from, strlen(from));
    *writing.text = '\0';
}
