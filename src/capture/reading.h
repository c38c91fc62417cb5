/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef FINWAIT_CAPTURE_READING_H
#define FINWAIT_CAPTURE_READING_H

#include "capture/capture.h"

/* Several captures read as one: one behind the other, or their frames in the order of their times. Frames are counted
 * through all of them. */
struct reading;

/* Where the frames come from. Borrowed until reading_free. */
struct reading_settings {
    const char *const *paths; /* "-" is standard input */
    size_t count;
    const char *filter; /* NULL: every frame is wanted */
    bool merge;         /* by time; frames of one time in the order of their captures */
    /* NULL, or opens the capture of that index instead of capture_open. */
    struct capture *(*open)(void *context, size_t index, struct message *error);
    void *context;
};

/* NULL: memory is out. The settings are copied. */
struct reading *reading_new(const struct reading_settings *settings);
void reading_free(struct reading *reading); /* may be NULL */

/* Reads the next frames, up to `room` of them, as capture_next_batch does; frame.capture says which capture each is of.
 * 0: if *ended is not NULL, that capture has been read to its end, or could not be opened or read on; call again, until
 * which it can be looked at. Else all have been read. */
unsigned reading_next(struct reading *reading, struct frame *frames, unsigned room, const struct capture_info **ended);

/* Reads no further: reading_next then only tells of the captures that are still open, as far as they were read. */
void reading_stop(struct reading *reading);

/* What is known of a capture of which frames have just been read. */
const struct capture_info *reading_info(const struct reading *reading, uint32_t capture);

/* The files that the paths name: each path that is a directory is replaced by the captures in it (not in the
 * directories in it), in the order of their first frames' times, then names, so that a set of files that a capture
 * program rotated comes in the order in which it was written. Files that are no captures are passed over, unless their
 * names say that they should be. Where there is none, the path stays as it is. */
struct listing {
    const char **paths; /* owned, and so are the names */
    size_t count;
};
/* false: memory is out, or a directory cannot be read: *error says which, with its path. */
bool listing_make(struct listing *listing, const char *const *paths, size_t count, struct message *error);
void listing_free(struct listing *listing);

#endif
