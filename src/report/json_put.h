/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef FINWAIT_REPORT_JSON_PUT_H
#define FINWAIT_REPORT_JSON_PUT_H

#include "base/decimal.h"
#include "report/json_emitter.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

/* JSON of which there is much: values put down where there is room for them (emit_room), without a look at each whether
 * there is. All return the place behind. Behind each value stands a comma; put_end, or emit_put, takes back the last.
 * Names and words are ASCII with nothing to escape. */

/* Octets of a number, DECIMAL_ROOM of them, and a word need no more than that with its quotes and comma. */
enum { PUT_NUMBER = DECIMAL_ROOM + 2, PUT_WORD = 48 };

static inline char *put_octets(char *at, const char *octets, size_t size) {
    memcpy(at, octets, size);
    return at + size;
}

/* A literal as it is, and a member's name, likewise a literal, before its value. */
#define PUT(at, literal)  put_octets(at, literal, sizeof(literal) - 1)
#define PUT_KEY(at, name) PUT(at, "\"" name "\":")

static inline char *put_begin(char *at, char bracket) {
    *at = bracket;
    return at + 1;
}

static inline char *put_end(char *at, char bracket) {
    at -= at[-1] == ',';
    at[0] = bracket;
    at[1] = ',';
    return at + 2;
}

static inline char *put_null(char *at) {
    return PUT(at, "null,");
}

static inline char *put_bool(char *at, bool value) {
    return value ? PUT(at, "true,") : PUT(at, "false,");
}

static inline char *put_unsigned(char *at, uint64_t value) {
    if (value < 10)
        *at++ = (char)('0' + value);
    else
        at = decimal_put(at, value);
    *at = ',';
    return at + 1;
}

static inline char *put_signed(char *at, int64_t value) {
    if (value >= 0)
        return put_unsigned(at, (uint64_t)value);
    *at++ = '-';
    return put_unsigned(at, 0 - (uint64_t)value);
}

/* null for NULL. */
static inline char *put_word(char *at, const char *word) {
    if (word == NULL)
        return put_null(at);
    *at++ = '"';
    return PUT(stpcpy(at, word), "\",");
}

/* A frame number; null for 0. */
static inline char *put_frame(char *at, uint64_t frame) {
    return frame == 0 ? put_null(at) : put_unsigned(at, frame);
}

/* A time span in ns; null for -1. */
static inline char *put_span(char *at, int64_t span) {
    return span == -1 ? put_null(at) : put_signed(at, span);
}

#endif
