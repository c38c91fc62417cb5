/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef FINWAIT_ENGINE_BATCH_H
#define FINWAIT_ENGINE_BATCH_H

#include "capture/frame.h"
#include "engine/analyser.h"
#include "engine/notes.h"
#include "model/flow_hash.h"

/* Frames on their way from the thread that reads them to those that analyse them. What is written for a frame lies in
 * one stretch behind that of the frame before, as short as can be: each of its lines goes from one processor's cache to
 * another's, which costs more than anything else that is done here. */

enum {
    BATCH_FRAMES = 2048,
    BATCH_OCTETS = 1 << 19, /* of what is written for the frames, unless a single one takes more */
    NOBODY = UINT8_MAX,
};

struct batch {
    unsigned count;
    bool last;        /* no frames: what is left ends */
    int64_t end_time; /* then, ns */
    int64_t times[BATCH_FRAMES];
    uint64_t numbers[BATCH_FRAMES];
    uint8_t whose[BATCH_FRAMES];       /* number of the analyser; NOBODY */
    bool unopened[BATCH_FRAMES];       /* its analyser is to open it */
    uint32_t starts[BATCH_FRAMES];     /* of what is written for it, in octets */
    struct note own[2 * BATCH_FRAMES]; /* what the reading thread knows, in order */
    unsigned own_count;
    uint8_t *octets; /* owned */
    size_t room;
    size_t used;
};

/* NULL: memory is out. */
struct batch *batch_new(void);
void batch_free(struct batch *batch); /* may be NULL */
void batch_clear(struct batch *batch);

/* Octets that are written for a frame. batch_make_room: sees to it that an empty batch has room for so many; false:
 * memory is out. */
size_t batch_octets_of(const struct arrived *arrived);
size_t batch_octets_of_direct(const struct direct *direct);
bool batch_make_room(struct batch *batch, size_t octets);

/* Adds a frame, for which there is room. What is needed of it is copied, with all that it points to. */
void batch_add(struct batch *batch, const struct frame *frame, uint8_t whose, const struct arrived *arrived);

/* The same of one that has been looked at and belongs to that partition. good_checksum: see struct arrived; it must
 * hold whatever this one's checksum is. */
void batch_add_direct(struct batch *batch, const struct frame *frame, uint8_t whose, const struct direct *direct,
                      uint8_t partition, bool good_checksum);

/* Calls for what is written for frame `at`: another processor has it. */
void batch_call_for(const struct batch *batch, unsigned at);

/* Frame `at` as an analyser takes it, with the hash under that key. What is neither opened nor usual is opened, into
 * *segment, or, if it is a SYN, at which others look too, in the batch: by its analyser's thread alone. */
void batch_open(const struct batch *batch, unsigned at, const struct flow_key *key, struct segment *segment,
                struct arrived *arrived);

/* The same for others, after that: of a segment that is no SYN no more is told than that. */
struct arrived batch_arrived(const struct batch *batch, unsigned at);

#endif
