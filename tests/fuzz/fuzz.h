/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef FINWAIT_FUZZ_H
#define FINWAIT_FUZZ_H

#include "capture/frame.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What the targets for libFuzzer share. Each target is one file with LLVMFuzzerTestOneInput; a build with
 * --enable-fuzzing links libFuzzer, every other one replay.c, which runs the inputs that are kept. A target aborts when
 * what must hold of any input does not. */

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Stops the target, with the reason. */
void fuzz_fail(const char *reason) __attribute__((noreturn));

/* An input as frames: each has a head of six octets (link type, what was captured, what was on the wire beyond that,
 * tenths of a second since the frame before) and the octets themselves. */
struct fuzz_frames {
    const uint8_t *data;
    size_t size;
    struct frame frame; /* the one that fuzz_frames_next gave last */
    uint8_t *octets;    /* owned: a buffer of just its size, so that a read beyond it is seen */
};
enum { FUZZ_FRAMES = 64 };

/* The first frame comes about at that time, ns since 1970. */
struct fuzz_frames fuzz_frames_of(const uint8_t *data, size_t size, int64_t start);
/* False: there are no more, and nothing is left to be freed. */
bool fuzz_frames_next(struct fuzz_frames *frames);

/* A file of its own in memory that holds these octets, to be read from its start; -1 when there is none. */
int fuzz_descriptor(const uint8_t *data, size_t size);

/* Analyses a capture and writes a report in one of so many ways: as text or as JSON with all segments, which must be
 * JSON; with the lane for ordinary connections and without it, or with one thread and several, which must be the same.
 */
enum { FUZZ_WAYS = 4 };
void fuzz_report(const char *path, size_t way);

/* Reads frames from a capture until its end and touches each octet. */
void fuzz_read(const uint8_t *data, size_t size);

#endif
