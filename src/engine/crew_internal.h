/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef FINWAIT_ENGINE_CREW_INTERNAL_H
#define FINWAIT_ENGINE_CREW_INTERNAL_H

#include "engine/batch.h"
#include "engine/crew.h"
#include "engine/kinds.h"
#include "engine/notes.h"

/* For crew.c and merge.c. */

enum {
    BATCHES = 8,                /* read ahead */
    MERGED_AT_ONCE = 4,         /* of them, where nobody is stuck */
    AHEAD = ANALYSER_AHEAD / 2, /* frames that an analyser calls for in memory before it takes them */
};

/* The frames of an analyser among those that it takes next. */
struct taken {
    struct arrived arrived[AHEAD]; /* points into the other, or into the batch */
    struct segment segments[AHEAD];
};

struct worker {
    struct crew *crew;
    struct analyser *analyser;
    struct stream stream;
    pthread_t thread;
    bool started;
    bool failed;              /* memory was out */
    bool closed;              /* the crew ends */
    struct watch_queue queue; /* of one event: */
    struct watch_event event;
    uint64_t octets;  /* see watch_queue */
    uint64_t through; /* with so many batches; guarded by the crew's lock */
    struct kinds_known known;
    struct ordinary_kind kind; /* of the connection that ends next, if it is this one: */
    uint64_t kind_of;
    struct taken taken;
};

struct crew {
    struct crew_events events;
    struct flow_key key; /* that all models hash flows under */
    bool every_frame;
    unsigned count;
    uint8_t whose[PARTITIONS_MAX]; /* partitions: the number modulo count */
    struct worker workers[ANALYSERS_MAX];
    struct batch *batches[BATCHES]; /* owned; a ring */
    uint64_t merged;                /* batches; all of them but the published ones are the caller's */
    pthread_mutex_t lock;
    pthread_cond_t more;
    pthread_cond_t progress; /* an analyser is through with a batch, or stuck */
    uint64_t published;      /* batches, guarded by lock as is closed */
    bool closed;
    bool stopped; /* an event said so, or memory was out */
    struct kinds_known known;
    struct kinds_published published_kinds;
};

/* Tells all that was written of the oldest batch that is not merged, which has been published; waits for it. False: an
 * event said stop, or memory was out. */
bool crew_merge_oldest(struct crew *crew);

/* Makes room for batches: of more than one at a time, so that threads do not wait for each other batch by batch. All
 * are published. False likewise. */
bool crew_merge_some(struct crew *crew);

#endif
