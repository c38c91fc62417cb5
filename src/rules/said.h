/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef FINWAIT_RULES_SAID_H
#define FINWAIT_RULES_SAID_H

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

/* What a finding says, as its rule said it: a format and its arguments. Most of what is said nobody reads, or is said
 * again before anybody does; it is put into words when somebody asks. */
struct said {
    const char *format; /* borrowed for good: a literal */
    uint16_t octets;    /* of the arguments */
    uint16_t room;      /* for them */
    unsigned char arguments[];
};

/* Takes the arguments; strings are copied. The format is one of printf, with no conversions but %s, %d, %u and %x, also
 * of longer types, and %%; numbers may have zeros before them up to a width. Writes over `said`, or makes another and
 * frees it (it may be NULL). NULL when memory is out: `said` is left as it was. */
struct said *said_take(struct said *said, const char *format, va_list arguments);

/* Writes it as snprintf would, at most `size` octets with the end. */
void said_write(const struct said *said, char *text, size_t size);

/* The same at once of arguments that nobody keeps: what snprintf would write, in a third of the time. */
void said_print(char *text, size_t size, const char *format, ...) __attribute__((format(printf, 3, 4)));

#endif
