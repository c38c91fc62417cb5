/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef FINWAIT_CAPTURE_STREAM_H
#define FINWAIT_CAPTURE_STREAM_H

#include "base/message.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

enum {
    STREAM_HEAD = 8,
    STREAM_OWN_HEAD = 24, /* at most, of stream_resume: the header of a pcap file */
};

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

/* A stream of the rest of a file: it gives the head_length octets of head (STREAM_OWN_HEAD at most), then what the file
 * holds from offset (at least head_length) on. Behind the head its ftello is the place in the file. fd is the stream's
 * from now on, also when the answer is false. */
bool stream_resume(struct stream *stream, int fd, const uint8_t *head, size_t head_length, uint64_t offset,
                   struct message *error);

#endif
