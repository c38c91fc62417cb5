/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef FINWAIT_ENGINE_NOTES_H
#define FINWAIT_ENGINE_NOTES_H

#include "engine/analyser.h"
#include "rules/views.h"

#include <pthread.h>

/* What an analyser on a thread of its own tells, as a bounded stream from that thread to the one that merges. */

enum note_kind {
    NOTE_BEGAN,
    NOTE_TOLD,
    NOTE_ENDED,
    NOTE_ALIKE,
    NOTE_JOINED,
    NOTE_BACKWARD,
    NOTE_OPENED,
    NOTE_DONE,
    NOTE_OVER, /* the analyser is through with the batch */
};

struct note {
    struct place place;
    uint8_t kind; /* enum note_kind */
    union {
        struct watch_event event; /* told */
        struct {
            struct connection *connection; /* stays until the note has been read and its place is needed again */
            bool has_kind;
            struct ordinary_kind kind;
        } ended;
        struct {
            uint64_t connection; /* id */
            int64_t time;        /* of its end */
            struct ordinary_kind kind;
            struct address ends[SIDES];
        } alike;
        struct {
            uint64_t connection;
            uint64_t other;
        } joined;
        int64_t before; /* backward: ns */
        struct opening_segment opened;
        struct {
            uint64_t frame; /* number */
            uint64_t owner;
            const struct arrived *arrived; /* in the batch; NULL: it made no fragments whole */
        } done;
        bool failed; /* over: memory was out */
    } of;
};

/* Whether what happened at one place comes before the other. */
bool place_precedes(const struct place *one, const struct place *other);

/* Notes go from hand to hand in chunks: the lock is taken once for each. Connections that have ended are large: no more
 * of them should wait than a cache holds. */
enum { CHUNK_NOTES = 64, CHUNK_ENDED = 8, STREAM_CHUNKS = 16 };

struct chunk {
    struct note notes[CHUNK_NOTES];
    unsigned count;
    unsigned ended; /* of them */
};

struct stream {
    pthread_mutex_t *lock; /* borrowed; guards filled, emptied and *closed */
    const bool *closed;    /* borrowed: nobody reads on */
    pthread_cond_t moved;  /* filled or emptied has changed, or *closed */
    uint64_t filled;       /* chunks handed over */
    uint64_t emptied;      /* chunks given back */
    struct chunk *chunks;  /* owned */
    struct chunk *writing; /* of the writer's thread; NULL: none */
    struct chunk *reading; /* of the reader's thread; NULL: none */
    unsigned next;         /* in it */
};

bool stream_init(struct stream *stream, pthread_mutex_t *lock, const bool *closed); /* false: memory is out */
void stream_destroy(struct stream *stream);

/* Room for a note, which is in the stream with the call; NULL: it was closed. forget is called with each connection
 * that had ended and been read about. */
struct note *stream_write(struct stream *stream, struct analyser *analyser, enum note_kind kind);
void stream_flush(struct stream *stream); /* what was written can be read */

/* The next note; waits for it. stream_read: done with it. */
const struct note *stream_head(struct stream *stream);
void stream_read(struct stream *stream);

/* Forgets the connections in it; nobody writes or reads any more. */
void stream_forget(struct stream *stream, struct analyser *analyser);

#endif
