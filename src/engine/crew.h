/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef FINWAIT_ENGINE_CREW_H
#define FINWAIT_ENGINE_CREW_H

#include "capture/frame.h"
#include "decode/direct.h"
#include "engine/analyser.h"
#include "rules/views.h"

/* Analysers on threads of their own. The caller's thread puts frames into batches; each analyser takes every batch, and
 * of its frames those of its partitions. Those for which there is a short way it opens itself. What they tell is handed
 * on in the caller's thread, in the order of the frames: the same calls, in the same order, as if one analyser had all
 * partitions. */
struct crew;

enum { ANALYSERS_MAX = PARTITIONS_MAX };

/* As struct analyser_events; called while the caller is in crew_add, crew_drain or crew_finish. A false return stops
 * the crew. */
struct crew_events {
    void *context;
    bool (*began)(void *context);
    bool (*told)(void *context, const struct watch_event *event);
    bool (*ended)(void *context, struct connection *connection);
    bool (*joined)(void *context, uint64_t connection, uint64_t other); /* it was none */
    /* A connection of some kind, between these ends, is over at that time (ns): true if nobody needs more of it than
     * that. Then this must be so of all of that kind that end later. Else it is handed to `ended`. May be NULL. */
    bool (*alike)(void *context, const struct ordinary_kind *kind, uint64_t connection,
                  const struct address ends[SIDES], int64_t time);
    bool (*backward)(void *context, uint64_t frame, int64_t time, int64_t before); /* see crew_add */
    bool (*opened)(void *context, const struct opening_segment *segment);          /* see views_take */
    /* A frame is done; owner: id of its connection, not 0. Only as crew_settings says. made_whole: see struct decoded.
     */
    bool (*done)(void *context, uint64_t frame, const uint64_t *made_whole, unsigned made_whole_count, uint64_t owner);
};

struct crew_settings {
    struct analyser_settings analyser; /* of each; number and keeps_ended are the crew's */
    bool every_frame;                  /* done is called for every frame that belongs to something */
};

/* NULL: memory is out, or no thread can be had. settings and events are copied. */
struct crew *crew_new(const struct crew_settings *settings, const struct crew_events *events);
void crew_free(struct crew *crew); /* may be NULL; whatever it was doing */

/* A frame that has been decoded. fragment_of: see struct decoded; before: the time of the frame before it, ns. What is
 * needed of it is copied, with all that it points to. False: stopped, or memory is out. */
bool crew_add(struct crew *crew, const struct frame *frame, const struct arrived *arrived, uint64_t fragment_of,
              int64_t before);

/* The same of a frame that has been looked at, and if direct_look_plain did so is plain, and belongs to that partition.
 * good_checksum: see struct arrived; it must hold whatever this one's checksum is. */
bool crew_add_direct(struct crew *crew, const struct frame *frame, const struct direct *direct, bool plain,
                     unsigned partition, bool good_checksum, int64_t before);

/* All that was added has been taken, and told of, when this returns. False likewise. */
bool crew_drain(struct crew *crew);

/* The same, and all connections that are left end at that time. */
bool crew_finish(struct crew *crew, int64_t end_time);

/* Before the first frame. */
void crew_note_begin(struct crew *crew, int64_t time);

/* Only between crew_drain or crew_finish and the next frame. */
void crew_note_dropped(struct crew *crew, uint64_t frames, int64_t time);
void crew_count(const struct crew *crew, struct analyser_counts *counts);
uint64_t crew_octets(const struct crew *crew); /* see watch_queue: those that `told` does not tell of */

#endif
