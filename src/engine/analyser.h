/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef FINWAIT_ENGINE_ANALYSER_H
#define FINWAIT_ENGINE_ANALYSER_H

#include "decode/decode.h"
#include "model/model.h"
#include "rules/rules.h"
#include "rules/watch.h"

/* Connections are divided into partitions by a fixed hash of both ends, never by anything that differs from run to run:
 * each is a model with limits of its own, so that what is evicted does not depend on how many threads there are. An
 * analyser has some of the partitions and takes their segments in the order of the frames. */
enum { PARTITIONS_MAX = 16 }; /* a power of two; four times as many cost a fifth more time on one thread */

/* How many there are under these limits: fewer, one in the end, where a share of them would be small. */
unsigned partitions_under(const struct model_settings *settings);

/* Number below PARTITIONS_MAX, the same for both directions; its lower bits serve where there are fewer. */
unsigned partition_of(const struct address *one, uint16_t one_port, const struct address *other, uint16_t other_port);

/* A frame as the decoder has left it. */
struct arrived {
    uint8_t result;     /* enum decode_result */
    uint8_t partition;  /* of what is not DECODE_SKIPPED */
    bool good_checksum; /* an earlier frame, of whatever connection, had one */
    uint8_t made_whole_count;
    const uint64_t *made_whole; /* borrowed, see struct decoded */
    union {                     /* borrowed; which one, result says */
        const struct segment *segment;
        const struct icmp_error *icmp_error;
        const struct broken_segment *broken;
    } of;
};

/* Opens a connection: what is not of one connection alone looks at these. */
static inline bool arrived_has_syn(const struct arrived *arrived) {
    return arrived->result == DECODE_SEGMENT && (arrived->of.segment->flags & TCP_SYN) != 0;
}

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
    bool (*began)(void *context); /* one connection more is held */
    bool (*told)(void *context, const struct watch_event *event);
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
};

struct analyser;

/* NULL when memory is out. settings and events are copied. */
struct analyser *analyser_new(const struct analyser_settings *settings, const struct analyser_events *events);
void analyser_free(struct analyser *analyser); /* may be NULL; connections still held are not told of */

/* Frame number `at` has come, at that time (ns since 1970): ends what is due by then. */
bool analyser_pass(struct analyser *analyser, uint32_t at, int64_t time);

/* What an analyser knows of a segment before it takes it. */
struct expected {
    uint64_t hash;
    const struct connection *connection; /* where a connection of that hash is, for analyser_reach alone */
};

/* Looks at what a frame holds of a partition of this analyser, best some frames before it is taken. analyser_approach
 * of all these frames and then analyser_reach of all of them are mere hints, given before the first of them is taken.
 */
void analyser_expect(struct analyser *analyser, const struct arrived *arrived, struct expected *expected);
void analyser_approach(const struct analyser *analyser, const struct arrived *arrived, struct expected *expected);
void analyser_reach(const struct expected *expected);

/* Takes what that frame holds, which has been passed. *owner: the id of its connection, 0: none. */
bool analyser_take(struct analyser *analyser, uint32_t at, const struct arrived *arrived,
                   const struct expected *expected, uint64_t *owner);

/* The capture is over at that time: ends everything that is left, what is due first. */
bool analyser_finish(struct analyser *analyser, uint32_t at, int64_t end_time);

/* Frees a connection that has ended, and its findings. */
void analyser_forget(struct analyser *analyser, struct connection *connection);

void analyser_note_dropped(struct analyser *analyser, uint64_t frames, int64_t time); /* see rules_note_dropped */
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
