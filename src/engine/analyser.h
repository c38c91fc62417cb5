/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef FINWAIT_ENGINE_ANALYSER_H
#define FINWAIT_ENGINE_ANALYSER_H

#include "engine/arrived.h"
#include "model/model.h"
#include "rules/rules.h"
#include "rules/watch.h"

/* An analyser has some of the partitions and takes their segments in the order of the frames. */

/* How many there are under these limits: fewer, one in the end, where a share of them would be small. */
unsigned partitions_under(const struct model_settings *settings);

/* Where an analyser is: what it tells belongs there in the order of all. */
enum phase {
    PHASE_BEFORE, /* the frame has come */
    PHASE_DUE,    /* what is due by its time ends, by deadline then id */
    PHASE_FRAME,  /* what it does */
    PHASE_LEFT,   /* behind the last: what is left ends, by id */
};
struct place {
    uint32_t at; /* number of the frame in whatever count the caller has */
    uint8_t phase;
    int64_t deadline; /* 0 but in PHASE_DUE */
    uint64_t id;      /* 0 but in PHASE_DUE and PHASE_LEFT */
};

/* A false return stops the analyser. */
struct analyser_events {
    void *context;
    struct watch_queue *queue;    /* for what is told across connections */
    bool (*began)(void *context); /* one connection more is held */
    /* Its findings are complete. It is freed after the call, or by analyser_forget: see analyser_settings.keeps_ended
     */
    bool (*ended)(void *context, struct connection *connection);
    bool (*dropped)(void *context, const struct connection *connection); /* it was none, and is freed after the call */
    bool (*observed)(void *context, const struct observation *observation); /* see engine_sink; may be NULL */
    bool (*applied)(void *context, const struct observation *observation);  /* likewise */
    /* A connection of some kind has ended: true if nobody needs more of it than that, else `ended` follows. May be
     * NULL. */
    bool (*alike)(void *context, const struct ordinary_end *end);
};

struct analyser_settings {
    const struct model_settings *model; /* the limits are those of all partitions together */
    const struct rule_settings *rules;
    unsigned partitions; /* in all: a power of two */
    unsigned analysers;  /* in all */
    unsigned number;     /* of this one: it has the partitions whose number modulo analysers is that */
    bool keeps_ended;    /* an ended connection stays until analyser_forget */
    bool late;           /* `observed` may be called later than the segment came (model.h) */
};

struct analyser;

/* NULL when memory is out. settings and events are copied. */
struct analyser *analyser_new(const struct analyser_settings *settings, const struct analyser_events *events);
void analyser_free(struct analyser *analyser); /* may be NULL; connections still held are not told of */

/* Frame number `at` has come, at that time (ns since 1970): ends what is due by then. */
bool analyser_pass(struct analyser *analyser, uint32_t at, int64_t time);

/* Whether anything may be, by that time. */
bool analyser_is_due(const struct analyser *analyser, int64_t time);

/* Looks at what a frame holds of a partition of this analyser, some frames before it is taken. Then analyser_approach
 * of up to ANALYSER_AHEAD of them, before the first of these is taken, so that while what one is about comes from
 * memory, so does what others are about. Of what is skipped arrived->place.slot is NULL instead. analyser_expect: of a
 * segment; analyser_expect_any: of whatever is not skipped. */
enum { ANALYSER_AHEAD = 64 };
void analyser_expect(struct analyser *analyser, struct arrived *arrived);
void analyser_expect_any(struct analyser *analyser, struct arrived *arrived);
void analyser_approach(struct arrived *arrived, unsigned count);

/* Takes what that frame holds, which has been passed. */
bool analyser_take(struct analyser *analyser, uint32_t at, const struct arrived *arrived);

/* Passes and takes one that is unopened, where the analyser counts none (at: 0). */
bool analyser_take_unopened(struct analyser *analyser, const struct arrived *arrived);

/* The id of the connection that what was taken last belongs to, 0: none. arrived: the same. */
uint64_t analyser_owner(const struct analyser *analyser, const struct arrived *arrived);

/* The capture is over at that time: ends everything that is left, what is due first. */
bool analyser_finish(struct analyser *analyser, uint32_t at, int64_t end_time);

/* Frees a connection that has ended, and its findings. */
void analyser_forget(struct analyser *analyser, struct connection *connection);

void analyser_note_begin(struct analyser *analyser, int64_t time);                    /* see rules_note_begin */
void analyser_note_dropped(struct analyser *analyser, uint64_t frames, int64_t time); /* see rules_note_dropped */
/* Where in the capture it stands; borrowed, moves on with the analyser. */
const struct place *analyser_place(const struct analyser *analyser);

/* Adds what there is in its partitions. */
struct analyser_counts {
    uint64_t opening;
    uint64_t open;
    uint64_t closed;
    uint64_t sides[TCP_STATES];
    uint64_t evicted;
    uint64_t ordinary;
    uint64_t uncompared;
};
void analyser_count(const struct analyser *analyser, struct analyser_counts *counts);

#endif
