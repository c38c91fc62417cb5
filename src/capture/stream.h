/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef FINWAIT_CAPTURE_STREAM_H
#define FINWAIT_CAPTURE_STREAM_H

#include "base/message.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

enum { STREAM_HEAD = 8 };

/* A file, a pipe or standard input as a stdio stream whose ftello counts the octets read, also where nothing can be
 * seeked, and whose first octets are known beforehand. */
struct stream {
    FILE *file;
    size_t head_length; /* octets in head: fewer than STREAM_HEAD only where the file has no more */
    uint8_t head[STREAM_HEAD];
};

/* Opens path ("-": standard input). false: *error says why, without the path. Close with fclose(stream->file), which
 * leaves standard input open. */
bool stream_open(struct stream *stream, const char *path, struct message *error);

#endif
