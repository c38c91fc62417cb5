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

enum handed_as {
    HANDED_PLAIN,  /* as the capture has it: direct_look_plain finds a short way */
    HANDED_LOOKED, /* it has been looked at */
    HANDED_OPENED,
};

/* A frame for an analyser: half a line of the cache. */
struct handed {
    const void
        *what; /* HANDED_PLAIN: octets of the frame; HANDED_LOOKED: struct direct; HANDED_OPENED: struct arrived */
    int64_t time;
    uint32_t captured; /* as in struct frame, of a plain one: */
    uint32_t wire_length;
    uint16_t interface;
    uint16_t at; /* its place in the batch */
    uint8_t partition;
    uint8_t as;         /* enum handed_as */
    bool good_checksum; /* see struct arrived */
};

/* Those of one analyser. */
struct hand {
    _Alignas(64) unsigned count;
    _Alignas(64) struct handed frames[BATCH_FRAMES];
};

struct batch {
    unsigned count;
    bool last;             /* no frames: what is left ends */
    bool backward;         /* a frame is older than the one before it */
    int64_t end_time;      /* if it is the last, ns */
    uint64_t first_number; /* of the first frame: those of the others follow */
    int64_t times[BATCH_FRAMES];
    struct note own[2 * BATCH_FRAMES]; /* what the reading thread knows, in order */
    unsigned own_count;
    unsigned analysers;
    struct hand *hands; /* owned, one for each analyser */
    uint8_t *octets;    /* owned */
    size_t room;
    size_t used;
};

/* NULL: memory is out. */
struct batch *batch_new(unsigned analysers);
void batch_free(struct batch *batch); /* may be NULL */
void batch_clear(struct batch *batch);

/* Whether a frame of that number can be the next. */
static inline bool batch_continues(const struct batch *batch, uint64_t number) {
    return batch->count == 0 || number == batch->first_number + batch->count;
}

/* Octets that are written for a frame. batch_make_room: sees to it that an empty batch has room for so many; false:
 * memory is out. */
size_t batch_octets_of(const struct arrived *arrived);
size_t batch_octets_of_direct(const struct direct *direct);
bool batch_make_room(struct batch *batch, size_t octets);

/* Adds a frame, for which there is room. What is needed of it is copied, with all that it points to. */
void batch_add(struct batch *batch, const struct frame *frame, uint8_t whose, const struct arrived *arrived);

/* The same of one that has been looked at, and if direct_look_plain did so is plain, and belongs to that partition.
 * good_checksum: see struct arrived; it must hold whatever this one's checksum is. */
void batch_add_direct(struct batch *batch, const struct frame *frame, uint8_t whose, const struct direct *direct,
                      bool plain, uint8_t partition, bool good_checksum);

/* A frame as its analyser takes it, with the hash under that key. What is neither opened nor usual is opened, into
 * *segment. */
void batch_open(const struct batch *batch, const struct handed *handed, const struct flow_key *key,
                struct segment *segment, struct arrived *arrived);

/* Calls for what is to be opened, and for the frames of the list that come some behind it: another processor has it. */
static inline void batch_call_for(const struct handed *handed) {
    enum { LINE = 64, AHEAD = 32 * sizeof *handed };

    __builtin_prefetch((const uint8_t *)handed + AHEAD);
    __builtin_prefetch(handed->what);
    __builtin_prefetch((const uint8_t *)handed->what + LINE);
}

#endif
