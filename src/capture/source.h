/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef FINWAIT_CAPTURE_SOURCE_H
#define FINWAIT_CAPTURE_SOURCE_H

#include "capture/capture.h"
#include "capture/input.h"

#include <string.h>

/* What a reader of one format is to capture.c. A new format is a row in source.c and a file with these functions. */
struct source;

struct source_methods {
    /* Fills in all of 1 to `room` (at least 1) frames, numbers them on from source->number, and says how many: the
     * octets of all of them can be read until the next call. 0: *end is CAPTURE_END, or CAPTURE_ERROR with failure
     * filled in. Every frame comes with its time within the bounds of frame.time, capture = 0 and filtered = false. */
    unsigned (*next)(struct source *source, struct frame *frames, unsigned room, enum capture_status *end);
    /* Releases the reader's own record, but not its input. */
    void (*free)(struct source *source);
};

struct source_failure {
    uint64_t offset; /* octets from the start of the input */
    bool truncated;  /* the input ends there, within a frame */
    struct message reason;
};

/* The head of every reader's own record. */
struct source {
    const struct source_methods *methods;
    const char *format;
    struct input *input;                        /* borrowed */
    const struct capture_interface *interfaces; /* owned by the reader; may move and grow while frames are read */
    size_t interface_count;
    uint64_t number; /* of the frame that next reads: set by capture.c before the first, counted on by next */
    bool drops_known;
    uint64_t dropped; /* frames, of the whole capture; valid where drops_known */
    bool failed;      /* something was noted: the end is then CAPTURE_ERROR */
    struct source_failure failure;
};

/* Begins to read what the input holds, in whatever format it is. NULL: *error says why it cannot be read, without the
 * path. The input stays the caller's. */
struct source *source_open(struct input *input, struct message *error);

/* --- for the readers --- */

/* Notes what could not be read, at that offset; only the first counts, for the others may follow from it. */
void source_note(struct source *source, uint64_t offset, const char *format, ...) __attribute__((format(printf, 3, 4)));

/* The input has no more. within: inside a frame, where it should not end. */
enum capture_status source_end(struct source *source, bool within);

/* Files that were joined octet by octet: whether the header of another one begins where a record or block should stand,
 * of which 12 octets lie in the window at least. Then it is noted. */
bool source_note_joined(struct source *source);

/* Why a header of so many octets could not be read. */
void source_header_missing(const struct input *input, size_t octets, struct message *error);

/* The DLT_ value of a link type as files number them. */
int link_type_of_file(uint32_t link_type);

/* Whether octets of frames of that link type stand in the byte order of the machine that captured them; such frames are
 * turned into this machine's byte order by pseudo_header_swap, as libpcap does. Link types that never carry IP (USB,
 * CAN) are left as they are. */
bool pseudo_header_depends(int link_type);
void pseudo_header_swap(int link_type, uint8_t *bytes, uint32_t captured);

/* Within 1824 and 2116: the sum of any two such times, and some hours, can be told in 64 bits. For readers of formats
 * that can hold others. */
static const int64_t latest_time = INT64_MAX / 2 - 1000000000000000;

static inline int64_t bounded_time(int64_t time) {
    return time > latest_time ? latest_time : time < -latest_time ? -latest_time : time;
}

enum { LONGEST_FRAME = 262144 }; /* octets: no capture program writes longer ones unless its snaplen says so */

/* Fields of a file in either byte order. */
static inline uint32_t field32(const uint8_t *octets, bool swapped) {
    uint32_t value;

    memcpy(&value, octets, sizeof value);
    return swapped ? __builtin_bswap32(value) : value;
}

static inline uint16_t field16(const uint8_t *octets, bool swapped) {
    uint16_t value;

    memcpy(&value, octets, sizeof value);
    return swapped ? __builtin_bswap16(value) : value;
}

static inline uint32_t big32(const uint8_t *octets) {
    return (uint32_t)octets[0] << 24 | (uint32_t)octets[1] << 16 | (uint32_t)octets[2] << 8 | octets[3];
}

/* --- the formats: whether what begins like that (the first octets of the input, FORMAT_HEAD of them where there are so
 * many) is one, and the reader --- */
enum { FORMAT_HEAD = 16 };

bool pcap_fits(const uint8_t *head, size_t length);
/* Of 8 octets: stricter, since they stand where a record or block could. */
bool pcap_is_header(const uint8_t *head);
struct source *pcap_open_source(struct input *input, struct message *error);
bool pcapng_fits(const uint8_t *head, size_t length);
bool pcapng_is_header(const uint8_t *head); /* likewise, of 12 */
struct source *pcapng_open_source(struct input *input, struct message *error);
bool snoop_fits(const uint8_t *head, size_t length);
struct source *snoop_open_source(struct input *input, struct message *error);
bool erf_fits(const uint8_t *head, size_t length);
struct source *erf_open_source(struct input *input, struct message *error);

#endif
