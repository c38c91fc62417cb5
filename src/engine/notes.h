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

/* Notes go from hand to hand in chunks: the lock is taken once for each. There is room for those of some batches, so
 * that who writes rarely waits for who reads; but connections that have ended are large, and no more of them should
 * wait than a cache holds. */
enum { CHUNK_NOTES = 64, CHUNK_ENDED = 2, STREAM_CHUNKS = 64 };

struct chunk {
    struct note notes[CHUNK_NOTES];
    unsigned count;
    unsigned ended; /* of them */
};

struct stream {
    pthread_mutex_t *lock;    /* borrowed; guards filled, emptied, stuck and *closed */
    const bool *closed;       /* borrowed: nobody reads on */
    pthread_cond_t *progress; /* borrowed: signalled where the writer is stuck */
    pthread_cond_t moved;     /* filled has changed, or there is much room again, or *closed */
    uint64_t filled;          /* chunks handed over */
    uint64_t emptied;         /* chunks given back */
    bool stuck;               /* the writer waits for room */
    struct chunk *chunks;     /* owned */
    /* Either thread has lines of the cache of its own. */
    _Alignas(64) struct chunk *writing; /* of the writer's thread; NULL: none */
    _Alignas(64) struct chunk *reading; /* of the reader's thread; NULL: none */
    unsigned next;                      /* in it */
};

/* False: memory is out. */
bool stream_init(struct stream *stream, pthread_mutex_t *lock, const bool *closed, pthread_cond_t *progress);
void stream_destroy(struct stream *stream);

/* Room for a note, which is in the stream with the call; NULL: it was closed. forget is called with each connection
 * that had ended and been read about. */
struct note *stream_write(struct stream *stream, struct analyser *analyser, enum note_kind kind);
void stream_flush(struct stream *stream); /* what was written can be read */

/* The next note; waits for it. stream_read: done with it. */
const struct note *stream_wait(struct stream *stream);
void stream_give_back(struct stream *stream); /* the chunk that is read */
static inline const struct note *stream_head(struct stream *stream) {
    return stream->reading != NULL ? &stream->reading->notes[stream->next] : stream_wait(stream);
}
static inline void stream_read(struct stream *stream) {
    enum { AHEAD = 3 * sizeof(struct note), LINE = 64 };
    const uint8_t *note = (const uint8_t *)&stream->reading->notes[stream->next];

    __builtin_prefetch(note + AHEAD); /* another processor has it */
    __builtin_prefetch(note + AHEAD + LINE);
    if (++stream->next == stream->reading->count)
        stream_give_back(stream);
}

/* Forgets the connections in it; nobody writes or reads any more. */
void stream_forget(struct stream *stream, struct analyser *analyser);

#endif
