/* SPDX-License-Identifier: BSD-3-Clause */
#include "rules/said.h"

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

static bool has_room(const struct taking *taking) {
    return sizeof taking->octets - taking->count > sizeof(uint64_t);
}

struct said *said_take(struct said *said, const char *format, va_list arguments) {
    struct taking taking;
    struct conversion conversion;
    taking.count = 0;
    for (const char *at = strchr(format, '%'); at != NULL && has_room(&taking); at = strchr(at, '%')) {
        at = read_conversion(at + 1, &conversion);
        if (conversion.kind == 's') {
            take_string(&taking, va_arg(arguments, const char *));
        } else if (conversion.kind != '%' && conversion.longs == 0) {
            int number = va_arg(arguments, int);
            take_number(&taking, conversion.kind == 'd' ? (uint64_t)number : (unsigned)number);
        } else if (conversion.kind != '%') {
            take_number(&taking, conversion.longs == 1 ? va_arg(arguments, unsigned long)
                                                       : va_arg(arguments, unsigned long long));
        }
    }
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
    const unsigned char *argument;
    const unsigned char *end;
};

static void write_octets(struct writing *writing, const void *octets, size_t count) {
    count = count < writing->left ? count : writing->left;
    memcpy(writing->text, octets, count);
    writing->text += count;
    writing->left -= count;
}

static void write_string(struct writing *writing) {
    uint16_t length;
    memcpy(&length, writing->argument, sizeof length);
    writing->argument += sizeof length;
    write_octets(writing, writing->argument, length);
    writing->argument += length;
}

static void write_number(struct writing *writing, const struct conversion *conversion) {
    char digits[24];
    char *at = digits + sizeof digits;
    uint64_t number;
    memcpy(&number, writing->argument, sizeof number);
    writing->argument += sizeof number;
    bool negative = conversion->kind == 'd' && (int64_t)number < 0;
    number = negative ? 0 - number : number;
    unsigned base = conversion->kind == 'x' ? 16 : 10;
    do {
        *--at = "0123456789abcdef"[number % base];
        number /= base;
    } while (number != 0);
    while (digits + sizeof digits - at < conversion->width && at > digits) {
        *--at = '0';
    }
    if (negative) {
        *--at = '-';
    }
    write_octets(writing, at, (size_t)(digits + sizeof digits - at));
}

void said_write(const struct said *said, char *text, size_t size) {
    struct writing writing = {text, size - 1, said->arguments, said->arguments + said->octets};
    struct conversion conversion;
    const char *from = said->format;
    for (const char *at = strchr(from, '%'); at != NULL; at = strchr(from, '%')) {
        write_octets(&writing, from, (size_t)(at - from));
        from = read_conversion(at + 1, &conversion);
        if (conversion.kind == '%') {
            write_octets(&writing, "%", 1);
        } else if (writing.argument >= writing.end) {
            break; /* so much was said that the rest was left out */
        } else if (conversion.kind == 's') {
            write_string(&writing);
        } else {
            write_number(&writing, &conversion);
        }
    }
    write_octets(&writing, from, strlen(from));
    *writing.text = '\0';
}
