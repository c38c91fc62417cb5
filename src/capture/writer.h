/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef FINWAIT_CAPTURE_WRITER_H
#define FINWAIT_CAPTURE_WRITER_H

#include "capture/capture.h"

#include <stdio.h>

/* Writes frames of any captures as one pcapng file: each interface as its capture has it, with link type, name, snaplen
 * and clock, and each frame with its time to the last digit of that clock, and with its comments. */
struct writer;

/* Writes to file, which stays the caller's. application: what wrote the file. NULL: memory is out. */
struct writer *writer_new(FILE *file, const char *application);
void writer_free(struct writer *writer); /* may be NULL */

/* Writes a frame; info is of its capture. comments (in UTF-8, any number) are put behind those that the frame has. A
 * frame of which bytes is NULL is written without its octets. false: memory is out, or the file cannot be written:
 * errno says which. */
bool writer_frame(struct writer *writer, const struct frame *frame, const struct capture_info *info,
                  const char *const *comments, size_t comment_count);

/* Begins a section of its own, as what is written from now on goes into another file, or behind what another program
 * put into this one. false as above. */
bool writer_begin_anew(struct writer *writer, const char *application);

/* Octets written so far. */
uint64_t writer_octets(const struct writer *writer);

#endif
