/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef FINWAIT_CAPTURE_CAPTURE_H
#define FINWAIT_CAPTURE_CAPTURE_H

#include "base/message.h"
#include "capture/frame.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A source of frames: a savefile (pcap, pcapng, snoop or ERF), also compressed, also through a pipe. The file is open
 * from capture_open until capture_next has said CAPTURE_END or CAPTURE_ERROR; the facts of capture_info stay until
 * capture_free. A file that another program writes is read as far as it goes at the moment its end is met. */
struct capture;

enum capture_status {
    CAPTURE_FRAME,    /* the frame is filled in */
    CAPTURE_FILTERED, /* likewise, but the filter does not want it */
    CAPTURE_END,      /* no more frames */
    CAPTURE_ERROR, /* no more frames, and not all that there were could be read: capture_info has offset and reason */
};

/* Opens a savefile; "-" is standard input. NULL when it cannot be opened or is no capture: *error is then a sentence
 * without the path that names offset where there is one, reason, and the remedy where there is one. path is copied. */
struct capture *capture_open(const char *path, struct message *error);
void capture_free(struct capture *capture);

/* The same of an open descriptor, which is the capture's from now on, also when the answer is NULL; path is only what
 * capture_info names. */
struct capture *capture_open_descriptor(const char *path, int descriptor, struct message *error);

/* Says which number the first frame gets (1 unless said): frames count on through the captures of a run. Call it before
 * the first capture_next. */
void capture_number_from(struct capture *capture, uint64_t first_frame);

/* Sets the filter, in the language of pcap-filter(7); it is compiled for each link type that the capture has. No name
 * of a host or a network is ever looked up: such an expression is refused. false when it is refused or compiles for
 * none of the link types known so far: *error holds the reason, libpcap's own words where they are. Frames of a link
 * type for which it does not compile are not wanted, and make the end a CAPTURE_ERROR. */
bool capture_filter(struct capture *capture, const char *expression, struct message *error);

/* Whether an expression is one at all, for some link type that is read, before any capture is open. Else *error holds
 * the reason. */
bool capture_filter_is_valid(const char *expression, struct message *error);

/* Reads the next frame. Its bytes are borrowed until the next call or capture_free. After CAPTURE_END or CAPTURE_ERROR
 * the answer stays the same. */
enum capture_status capture_next(struct capture *capture, struct frame *frame);

/* Reads the next frames, up to `room` (at least 1) of them, and says how many. Those that the filter does not want are
 * among them, marked frame.filtered. The bytes of all of them are borrowed until the next call or capture_free: they
 * can be read in any order. How many come at once is up to the source. *status is CAPTURE_FRAME;
 * where the answer is 0, it is CAPTURE_END or CAPTURE_ERROR as with capture_next. Both ways of reading may be mixed. */
unsigned capture_next_batch(struct capture *capture, struct frame *frames, unsigned room, enum capture_status *status);

struct capture_interface {
    const char *name;     /* as in the file, not to be trusted; NULL: the file does not say */
    int link_type;        /* DLT_ value */
    uint32_t snaplen;     /* octets; 0: no limit */
    uint64_t ticks;       /* units of its clock a second: 1000000000 where times are nanoseconds */
    int64_t clock_offset; /* seconds that were added to the times in the file */
    bool drops_known;     /* the next member is valid */
    uint64_t dropped;     /* frames that the interface or the system dropped, as counted last */
};

/* What is known of the capture so far. */
struct capture_info {
    const char *path;
    const char *format;                         /* "pcap", "pcapng", "snoop" or "erf" */
    const char *compression;                    /* "gzip", "zstd", ...; NULL: none */
    const struct capture_interface *interfaces; /* those met so far */
    size_t interface_count;
    uint64_t first_frame; /* number that the first frame has or would have */
    uint64_t frames;      /* read so far, filtered-out ones included */
    uint64_t bytes;       /* of these frames on the wire */
    int64_t first_time;   /* ns since 1970 UTC, the earliest and the latest of the frames; 0 without frames */
    int64_t last_time;
    bool truncated;             /* the file ends within a frame */
    bool failed;                /* the next two members are valid */
    bool error_offset_known;    /* likewise the next member; what could not be opened has none */
    uint64_t error_offset;      /* octets from the start of what is read, after unpacking, to where reading failed */
    const char *error;          /* a sentence without the path */
    bool drops_known;           /* the next member is valid */
    uint64_t dropped_by_kernel; /* frames, of all interfaces that say so */
};

/* Borrowed, up to date after each capture_next, valid until capture_free. */
const struct capture_info *capture_info(const struct capture *capture);

/* The distinct link types of the interfaces, in their order, up to `room` of them into link_types; returns how many
 * there are. */
size_t capture_link_types(const struct capture *capture, int *link_types, size_t room);

enum { LINK_TYPE_NAME_SIZE = 16 };
/* "EN10MB" for DLT_EN10MB; the number in text where libpcap knows no name. */
const char *capture_link_type_name(int link_type, char text[LINK_TYPE_NAME_SIZE]);

#endif
