/* SPDX-License-Identifier: BSD-3-Clause */
#include "report/output.h"

#include "base/decimal.h"

#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

enum { DESCRIPTOR_BUFFER = 65536, MEMORY_BUFFER = OUTPUT_ROOM };

static struct output *output_new(int descriptor, size_t capacity) {
    struct output *output = calloc(1, sizeof *output);

    if (output == NULL) {
        return NULL;
    }
    output->bytes = malloc(capacity);
    if (output->bytes == NULL) {
        free(output);
        return NULL;
    }
    output->capacity = capacity;
    output->descriptor = descriptor;
    return output;
}

struct output *output_to_descriptor(int descriptor) {
    return output_new(descriptor, DESCRIPTOR_BUFFER);
}

struct output *output_to_memory(void) {
    return output_new(-1, MEMORY_BUFFER);
}

void output_free(struct output *output) {
    if (output != NULL) {
        free(output->bytes);
        free(output);
    }
}

/* Octets are dropped from here on, so that the buffer always has room. */
bool output_fail(struct output *output, int error) {
    if (output->error == 0)
        output->error = error;
    output->used = 0;
    return false;
}

/* What is in the buffer from there on will not be written. */
static bool lose(struct output *output, size_t from, int error) {
    output->lost = output->used - from;
    for (size_t i = from; i < output->used; i++)
        output->lost_lines += output->bytes[i] == '\n';
    return output_fail(output, error);
}

static int64_t now_ms(void) {
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* How many octets can be written without waiting longer than patience allows; 0: none. */
static size_t writable(const struct output *output, size_t size) {
    struct pollfd polled = {.fd = output->descriptor, .events = POLLOUT};
    int64_t until = now_ms() + output->patience;
    int ready;

    if (output->patience == 0)
        return size;
    do {
        int64_t left = until - now_ms();

        ready = poll(&polled, 1, left > 0 ? (int)left : 0);
    } while (ready < 0 && errno == EINTR);
    return ready == 0 ? 0 : size < PIPE_BUF ? size : PIPE_BUF;
}

bool output_flush(struct output *output) {
    size_t done = 0;

    if (output->error != 0) {
        return false;
    }
    if (output->descriptor < 0) {
        return true;
    }
    if (output->used > 0 && output->before != NULL)
        output->before();
    while (done < output->used) {
        size_t size = writable(output, output->used - done);
        if (size == 0) {
            return lose(output, done, ETIMEDOUT);
        }
        ssize_t written = write(output->descriptor, output->bytes + done, size);

        if (written < 0 && errno == EINTR) {
            continue;
        }
        if (written <= 0) {
            return lose(output, done, written < 0 ? errno : EIO);
        }
        done += (size_t)written;
    }
    output->used = 0;
    return true;
}

static bool grow(struct output *output, size_t size) {
    size_t capacity = output->capacity;
    char *bytes;

    while (capacity - output->used < size) {
        if (capacity > SIZE_MAX / 2) {
            return output_fail(output, ENOMEM);
        }
        capacity *= 2;
    }
    bytes = realloc(output->bytes, capacity);
    if (bytes == NULL) {
        return output_fail(output, ENOMEM);
    }
    output->bytes = bytes;
    output->capacity = capacity;
    return true;
}

bool output_reserve(struct output *output, size_t size) {
    if (output->error != 0) {
        output->used = 0;
        return false;
    }
    if (output->capacity - output->used >= size) {
        return true;
    }
    return output->descriptor < 0 ? grow(output, size) : output_flush(output);
}

void output_spill(struct output *output, const char *bytes, size_t size) {
    while (size > 0) {
        size_t part = size < OUTPUT_ROOM ? size : OUTPUT_ROOM;

        if (!output_reserve(output, part)) {
            return;
        }
        memcpy(output->bytes + output->used, bytes, part);
        output->used += part;
        bytes += part;
        size -= part;
    }
}

void output_repeat(struct output *output, const char *text, size_t times) {
    size_t size = strlen(text);

    while (times-- > 0) {
        output_bytes(output, text, size);
    }
}

void output_unsigned(struct output *output, uint64_t value) {
    if (output_reserve_quickly(output, DECIMAL_ROOM)) {
        const char *end = decimal_put(output->bytes + output->used, value);

        output->used = (size_t)(end - output->bytes);
    }
}

void output_signed(struct output *output, int64_t value) {
    if (value < 0) {
        output_char(output, '-');
        output_unsigned(output, 0 - (uint64_t)value);
    } else {
        output_unsigned(output, (uint64_t)value);
    }
}
