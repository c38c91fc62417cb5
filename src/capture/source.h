/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef FINWAIT_CAPTURE_SOURCE_H
#define FINWAIT_CAPTURE_SOURCE_H

#include "capture/capture.h"

/* What a reader of one kind of capture is to capture.c: the savefiles of libpcap now; others take their place behind
 * the same two functions. */
struct source;

struct source_methods {
    /* Fills in all of frame. CAPTURE_FILTERED does not come from here. At CAPTURE_ERROR, failure is
     * filled in. */
    enum capture_status (*next)(struct source *source, struct frame *frame);
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
    uint64_t number; /* of the frame that next reads: kept by capture.c, for messages */
    struct source_failure failure;
};

/* Opens a pcap or pcapng savefile with libpcap. NULL: *error says why, without the path. */
struct source *savefile_open(const char *path, struct message *error);

#endif
