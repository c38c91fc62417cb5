/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef FINWAIT_REPORT_JSON_EMITTER_H
#define FINWAIT_REPORT_JSON_EMITTER_H

#include "report/output.h"

/* Writes JSON (RFC 8259) value by value; commas come by themselves. Whatever the input, the output is valid UTF-8. The
 * caller keeps begin and end, and key and value, in pairs; nothing is allocated. */
struct emitter {
    struct output *output; /* borrowed */
    bool separate;         /* the next value or key needs a comma before it */
    bool one_line;         /* emit_newline does nothing */
};

static inline struct emitter emitter_to(struct output *output) {
    return (struct emitter){.output = output};
}

void emit_object_begin(struct emitter *emitter);
void emit_object_end(struct emitter *emitter);
void emit_array_begin(struct emitter *emitter);
void emit_array_end(struct emitter *emitter);

/* A member's name: ASCII without anything to escape, as all names of the report are. A value follows. */
static inline void emit_key(struct emitter *emitter, const char *name) {
    size_t size = strlen(name);
    char *at;

    if (!output_reserve_quickly(emitter->output, size + 4)) {
        return;
    }
    at = emitter->output->bytes + emitter->output->used;
    if (emitter->separate) {
        *at++ = ',';
    }
    *at++ = '"';
    memcpy(at, name, size);
    at += size;
    *at++ = '"';
    *at++ = ':';
    emitter->output->used = (size_t)(at - emitter->output->bytes);
    emitter->separate = false;
}

/* A text of any octets: control characters escaped, octets that are no UTF-8 replaced by U+FFFD. NULL gives null. */
void emit_string(struct emitter *emitter, const char *text);

/* A text known to be printable ASCII without quote and backslash. NULL gives null. */
void emit_word(struct emitter *emitter, const char *word);

void emit_unsigned(struct emitter *emitter, uint64_t value);
void emit_signed(struct emitter *emitter, int64_t value);
void emit_bool(struct emitter *emitter, bool value);
void emit_null(struct emitter *emitter);

/* Members: key and value in one. */
static inline void json_word(struct emitter *emitter, const char *name, const char *word) {
    emit_key(emitter, name);
    emit_word(emitter, word);
}
static inline void json_unsigned(struct emitter *emitter, const char *name, uint64_t value) {
    emit_key(emitter, name);
    emit_unsigned(emitter, value);
}
static inline void json_signed(struct emitter *emitter, const char *name, int64_t value) {
    emit_key(emitter, name);
    emit_signed(emitter, value);
}
static inline void json_bool(struct emitter *emitter, const char *name, bool value) {
    emit_key(emitter, name);
    emit_bool(emitter, value);
}

/* A time span in ns as a number of seconds, exact: 0.001, 7440. */
void emit_seconds(struct emitter *emitter, int64_t span);

/* Splices in what another emitter wrote as elements or members. Nothing is written for size 0. */
void emit_splice(struct emitter *emitter, const char *bytes, size_t size);

/* Where the next value or members go, so many octets of them at most, less than OUTPUT_ROOM: to be put down as
 * json_put.h does. emit_put takes the place behind them. */
static inline char *emit_room(struct emitter *emitter, size_t size) {
    char *at = output_room(emitter->output, size + 1);

    *at = ',';
    return at + emitter->separate;
}
static inline void emit_put(struct emitter *emitter, const char *at) {
    emitter->separate = at[-1] == ',';
    emitter->output->used = (size_t)(at - emitter->output->bytes) - emitter->separate;
}

/* Starts a new line before the next value, for people who look at the file. */
void emit_newline(struct emitter *emitter);

#endif
