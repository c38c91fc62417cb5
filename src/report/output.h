/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef FINWAIT_REPORT_OUTPUT_H
#define FINWAIT_REPORT_OUTPUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* Where a report goes: a buffer in front of a file descriptor, or memory that grows. The first error is kept and
 * everything after it discarded, so that writers need not look after each line. */
struct output {
    char *bytes; /* owned */
    size_t used;
    size_t capacity;
    int descriptor; /* borrowed; -1: memory only */
    int patience;   /* ms that a reader may leave a pipe or terminal full, then it fails with ETIMEDOUT; 0: for ever */
    void (*before)(void); /* called before octets are written to the descriptor; NULL: nothing is */
    int error;            /* errno of the first failure, 0: none */
    size_t lost;          /* octets that were buffered and could not be written when it failed, */
    size_t lost_lines;    /* and lines that ended in them */
};

/* A buffer in front of a descriptor, which stays the caller's to close. NULL when memory is out. */
struct output *output_to_descriptor(int descriptor);

/* Memory that grows: read it in bytes and used. NULL when memory is out. */
struct output *output_to_memory(void);

/* Frees the buffer; what was not flushed is lost. output may be NULL. */
void output_free(struct output *output);

/* Writes out what is buffered, whole, however many calls of write(2) that takes; a no-op in memory. False once an error
 * has happened, be it earlier. */
bool output_flush(struct output *output);

/* Notes a failure of the writer (ENOMEM), as if the output had failed. Returns false. */
bool output_fail(struct output *output, int error);

/* errno of the first failure (ENOSPC, EPIPE, ENOMEM, ...); 0: none. */
static inline int output_error(const struct output *output) {
    return output->error;
}

/* Makes room for size more octets (at most OUTPUT_ROOM for a descriptor), by writing out or growing. False on error. */
bool output_reserve(struct output *output, size_t size);
enum { OUTPUT_ROOM = 4096 };

static inline bool output_reserve_quickly(struct output *output, size_t size) {
    return size <= output->capacity - output->used || output_reserve(output, size);
}

/* Where so many octets, OUTPUT_ROOM at most, can be written; add to `used` what has been. Never NULL: after an error
 * they go where all goes then. */
static inline char *output_room(struct output *output, size_t size) {
    output_reserve_quickly(output, size);
    return output->bytes + output->used;
}

/* Writes more than there is room for. */
void output_spill(struct output *output, const char *bytes, size_t size);

static inline void output_bytes(struct output *output, const char *bytes, size_t size) {
    if (size > output->capacity - output->used) {
        output_spill(output, bytes, size);
        return;
    }
    memcpy(output->bytes + output->used, bytes, size);
    output->used += size;
}

static inline void output_text(struct output *output, const char *text) {
    output_bytes(output, text, strlen(text));
}

static inline void output_char(struct output *output, char octet) {
    if (output->used < output->capacity || output_reserve(output, 1)) {
        output->bytes[output->used++] = octet;
    }
}

void output_repeat(struct output *output, const char *text, size_t times);

/* In decimal. */
void output_unsigned(struct output *output, uint64_t value);
void output_signed(struct output *output, int64_t value);

#endif
