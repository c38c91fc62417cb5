/* SPDX-License-Identifier: BSD-3-Clause */
#include "engine/notes.h"

#include <stdlib.h>

bool place_precedes(const struct place *one, const struct place *other) {
    if (one->at != other->at)
        return one->at < other->at;
    if (one->phase != other->phase)
        return one->phase < other->phase;
    if (one->deadline != other->deadline)
        return one->deadline < other->deadline;
    return one->id < other->id;
}

bool stream_init(struct stream *stream, pthread_mutex_t *lock, const bool *closed, pthread_cond_t *progress) {
    *stream = (struct stream){.lock = lock, .closed = closed, .progress = progress};
    stream->chunks = calloc(STREAM_CHUNKS, sizeof *stream->chunks);
    if (stream->chunks == NULL || pthread_cond_init(&stream->moved, NULL) == 0)
        return stream->chunks != NULL;
    free(stream->chunks);
    stream->chunks = NULL;
    return false;
}

void stream_destroy(struct stream *stream) {
    if (stream->chunks != NULL)
        pthread_cond_destroy(&stream->moved);
    free(stream->chunks);
}

/* --- the writer --- */

static void forget_chunk(struct chunk *chunk, struct analyser *analyser) {
    for (unsigned i = 0; i < chunk->count; i++)
        if (chunk->notes[i].kind == NOTE_ENDED)
            analyser_forget(analyser, chunk->notes[i].of.ended.connection);
    chunk->count = chunk->ended = 0;
}

/* NULL: closed. */
static struct chunk *empty_chunk(struct stream *stream) {
    pthread_mutex_lock(stream->lock);
    while (stream->filled - stream->emptied == STREAM_CHUNKS && !*stream->closed) {
        stream->stuck = true;
        pthread_cond_signal(stream->progress);
        pthread_cond_wait(&stream->moved, stream->lock);
    }
    stream->stuck = false;
    bool closed = *stream->closed;
    uint64_t number = stream->filled;
    pthread_mutex_unlock(stream->lock);
    return closed ? NULL : &stream->chunks[number % STREAM_CHUNKS];
}

void stream_flush(struct stream *stream) {
    if (stream->writing == NULL)
        return;
    stream->writing = NULL;
    pthread_mutex_lock(stream->lock);
    stream->filled++;
    pthread_cond_signal(&stream->moved);
    pthread_mutex_unlock(stream->lock);
}

struct note *stream_write(struct stream *stream, struct analyser *analyser, enum note_kind kind) {
    if (stream->writing != NULL && (stream->writing->count == CHUNK_NOTES || stream->writing->ended == CHUNK_ENDED))
        stream_flush(stream);
    if (stream->writing == NULL) {
        struct chunk *chunk = empty_chunk(stream);
        if (chunk == NULL)
            return NULL;
        forget_chunk(chunk, analyser);
        stream->writing = chunk;
    }
    struct note *note = &stream->writing->notes[stream->writing->count++];
    stream->writing->ended += kind == NOTE_ENDED;
    note->place = *analyser_place(analyser);
    note->kind = (uint8_t)kind;
    return note;
}

/* --- the reader --- */

const struct note *stream_wait(struct stream *stream) {
    pthread_mutex_lock(stream->lock);
    while (stream->filled == stream->emptied)
        pthread_cond_wait(&stream->moved, stream->lock);
    stream->reading = &stream->chunks[stream->emptied % STREAM_CHUNKS];
    pthread_mutex_unlock(stream->lock);
    stream->next = 0;
    return &stream->reading->notes[0];
}

/* A writer that is stuck goes on when there is room for much: else both would wait for each other chunk by chunk. */
void stream_give_back(struct stream *stream) {
    stream->reading = NULL;
    pthread_mutex_lock(stream->lock);
    stream->emptied++;
    if (stream->stuck && stream->filled - stream->emptied <= STREAM_CHUNKS / 2)
        pthread_cond_signal(&stream->moved);
    pthread_mutex_unlock(stream->lock);
}

void stream_forget(struct stream *stream, struct analyser *analyser) {
    for (unsigned i = 0; stream->chunks != NULL && i < STREAM_CHUNKS; i++)
        forget_chunk(&stream->chunks[i], analyser);
}
