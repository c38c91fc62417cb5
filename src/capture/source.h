/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef FINWAIT_CAPTURE_SOURCE_H
#define FINWAIT_CAPTURE_SOURCE_H

#include "capture/capture.h"

/* What a reader of one kind of capture is to capture.c: savefiles through libpcap, and pcap files mapped. Others take
 * their place behind the same two functions. */
struct source;

struct source_methods {
    /* Fills in all of 1 to `room` (at least 1) frames, numbers them on from source->number, and says how many: the
     * octets of all of them can be read until the next call. 0: *end is CAPTURE_END, or CAPTURE_ERROR with failure
     * filled in. Every frame comes with filtered = false. */
    unsigned (*next)(struct source *source, struct frame *frames, unsigned room, enum capture_status *end);
    /* Closes the file. The record and its interfaces stay until capture.c frees it with free(). */
    void (*close)(struct source *source);
};

struct source_failure {
    uint64_t offset; /* octets from the start of the file */
    bool truncated;  /* the file ends there, within a frame */
    struct message reason;
};

/* The head of every reader's own record. */
struct source {
    const struct source_methods *methods;
    const char *format;
    const struct capture_interface *interfaces; /* owned by the reader; may grow while frames are read */
    size_t interface_count;
    uint64_t number; /* of the frame that next reads: set by capture.c before the first, counted on by next */
    struct source_failure failure;
};

/* Opens a pcap or pcapng savefile with libpcap. NULL: *error says why, without the path. */
struct source *savefile_open(const char *path, struct message *error);

enum { PCAP_HEADER = 24 }; /* octets of the header of a pcap file */

/* Opens what is left of a pcap file with libpcap: the records from offset on, under that header. Offsets in messages
 * are the file's. fd is the source's from now on, also when the answer is NULL. */
struct source *savefile_resume(int fd, const uint8_t header[PCAP_HEADER], uint64_t offset, struct message *error);

/* Opens a regular file in the plain pcap format, version 2.4, to be read through a mapping. NULL: it is not such a
 * file, or cannot be opened, which libpcap knows better how to say. */
struct source *mapped_open(const char *path);

#endif
