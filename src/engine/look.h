/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef FINWAIT_ENGINE_LOOK_H
#define FINWAIT_ENGINE_LOOK_H

#include "engine/analyser.h"
#include "engine/engine.h"

/* Looks at frames in their order, before anybody takes them: what they hold, and where it belongs. */

struct look {
    struct decoder *decoder;   /* owned by the engine, like all of it */
    struct analyser *analyser; /* of all partitions; NULL: others look again */
    struct engine_totals *totals;
    unsigned partitions;
    struct flow_key key; /* that all models hash flows under */
};

/* Frames that have been looked at. */
struct looked {
    struct arrived arrived[ENGINE_BATCH]; /* points into the others */
    struct segment segments[ENGINE_BATCH];
    struct decoded decoded[ENGINE_BATCH]; /* of those for which there is no short way */
};

/* Counts what frames hold, together with the fragments before them that they complete, and finds out where it
 * belongs; what is not usual is opened. Goes up to a frame whose payload would be gone with the next, and returns how
 * many these are. */
unsigned look_at_frames(struct look *look, const struct frame *frames, unsigned count, struct looked *looked);

/* What a frame that gave nothing is a fragment of, or 0. */
static inline uint64_t look_fragment_of(const struct looked *looked, unsigned at) {
    return looked->arrived[at].result == DECODE_SKIPPED ? looked->decoded[at].fragment_of : 0;
}

/* The steps of that, for one frame. Whether there is a short way: the plainest, or another. */
static inline bool look_plainly(const struct frame *frame, struct direct *direct) {
    return !frame->filtered && direct_look_plain(frame, direct);
}
bool look_further(const struct look *look, const struct frame *frame, struct direct *direct);
/* Opens a packet to which there is one, arrived->direct. */
void look_open(const struct look *look, struct segment *segment, struct arrived *arrived);
/* Where there is none; counts what is no segment. */
void look_walk(struct look *look, const struct frame *frame, struct decoded *decoded, struct arrived *arrived);

#endif
