/* SPDX-License-Identifier: BSD-3-Clause */
#include "engine/crew_internal.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>

/* --- an analyser's thread --- */

static struct note *write_note(struct worker *worker, enum note_kind kind) {
    struct note *note = stream_write(&worker->stream, worker->analyser, kind);

    worker->closed = worker->closed || note == NULL;
    return note;
}

static bool began(void *context) {
    return write_note(context, NOTE_BEGAN) != NULL;
}

/* One event at a time, with its place. */
static bool told(void *context, struct watch_queue *queue) {
    struct worker *worker = context;
    struct note *note = write_note(worker, NOTE_TOLD);

    queue->next = &worker->event;
    if (note != NULL)
        note->of.event = worker->event;
    return note != NULL;
}

static bool alike(void *context, const struct ordinary_end *end) {
    struct worker *worker = context;
    uint64_t id = end->connection->id;
    struct note *note = NULL;

    if (kinds_know(&worker->known, &worker->crew->published_kinds, end->kind))
        note = write_note(worker, NOTE_ALIKE);
    if (note != NULL) {
        note->of.alike.connection = id;
        note->of.alike.time = end->time;
        note->of.alike.kind = *end->kind;
        connection_get_address(end->connection, SIDE_CLIENT, &note->of.alike.ends[SIDE_CLIENT]);
        connection_get_address(end->connection, SIDE_SERVER, &note->of.alike.ends[SIDE_SERVER]);
        return true;
    }
    worker->kind = *end->kind;
    worker->kind_of = id;
    return false;
}

static bool ended(void *context, struct connection *connection) {
    struct worker *worker = context;
    struct note *note = write_note(worker, NOTE_ENDED);

    if (note == NULL) {
        analyser_forget(worker->analyser, connection);
        return false;
    }
    note->of.ended.connection = connection;
    note->of.ended.has_kind = connection->id == worker->kind_of;
    if (note->of.ended.has_kind)
        note->of.ended.kind = worker->kind;
    return true;
}

static bool dropped(void *context, const struct connection *connection) {
    struct note *note = write_note(context, NOTE_JOINED);

    if (note == NULL)
        return false;
    note->of.joined.connection = connection->id;
    note->of.joined.other = connection->previous;
    return true;
}

static bool note_opening(struct worker *worker, const struct arrived *arrived, uint64_t owner) {
    struct opening_segment opened;

    if (!views_ask(arrived->of.segment, owner, &opened))
        return true;
    struct note *note = write_note(worker, NOTE_OPENED);
    if (note != NULL)
        note->of.opened = opened;
    return note != NULL;
}

static bool note_done(struct worker *worker, const struct batch *batch, const struct handed *handed, uint64_t owner) {
    struct note *note = write_note(worker, NOTE_DONE);

    if (note == NULL)
        return false;
    note->of.done.frame = batch->first_number + handed->at;
    note->of.done.owner = owner;
    note->of.done.arrived = handed->as == HANDED_OPENED ? handed->what : NULL;
    return true;
}

static bool take(struct worker *worker, const struct batch *batch, const struct handed *handed,
                 const struct arrived *arrived) {
    const bool syn = arrived_has_syn(arrived);
    uint64_t owner;

    if (!analyser_take(worker->analyser, handed->at, arrived))
        return false;
    if (!syn && !worker->crew->every_frame)
        return true;
    owner = analyser_owner(worker->analyser, arrived);
    return owner == 0 || ((!syn || note_opening(worker, arrived, owner)) &&
                          (!worker->crew->every_frame || note_done(worker, batch, handed, owner)));
}

/* Takes part in the passing of frames up to and with `at`: *passed have passed. Where time does not go back, nothing is
 * due before it is at that frame. */
static inline bool pass(struct worker *worker, const struct batch *batch, unsigned *passed, unsigned at, int64_t time) {
    if (!batch->backward && !analyser_is_due(worker->analyser, time))
        *passed = at + 1;
    for (; *passed <= at; ++*passed)
        if (!analyser_pass(worker->analyser, *passed, batch->times[*passed]))
            return false;
    return true;
}

static void open_some(struct worker *worker, const struct batch *batch, const struct handed *handed, unsigned count) {
    struct taken *taken = &worker->taken;

    for (unsigned i = 0; i < count; i++) {
        batch_open(batch, &handed[i], &worker->crew->key, &taken->segments[i], &taken->arrived[i]);
        analyser_expect_any(worker->analyser, &taken->arrived[i]);
    }
    analyser_approach(taken->arrived, count);
}

static bool take_some(struct worker *worker, const struct batch *batch, const struct handed *handed, unsigned count,
                      unsigned *passed) {
    open_some(worker, batch, handed, count);
    for (unsigned i = 0; i < count; i++)
        if (!pass(worker, batch, passed, handed[i].at, handed[i].time) ||
            !take(worker, batch, &handed[i], &worker->taken.arrived[i]))
            return false;
    return true;
}

static bool take_frames(struct worker *worker, const struct batch *batch) {
    const struct hand *hand = &batch->hands[worker - worker->crew->workers];
    unsigned passed = 0, called = 0;

    for (unsigned begin = 0; begin < hand->count; begin += AHEAD) {
        unsigned left = hand->count - begin;
        for (; called < begin + 2 * AHEAD && called < hand->count; called++)
            batch_call_for(&hand->frames[called]);
        if (!take_some(worker, batch, &hand->frames[begin], left < AHEAD ? left : AHEAD, &passed))
            return false;
    }
    return batch->count == 0 || pass(worker, batch, &passed, batch->count - 1, batch->times[batch->count - 1]);
}

static bool take_batch(struct worker *worker, const struct batch *batch) {
    if (batch->last)
        return analyser_finish(worker->analyser, 0, batch->end_time);
    return take_frames(worker, batch);
}

/* NULL: the crew ends. */
static struct batch *wait_for_batch(struct crew *crew, uint64_t number) {
    pthread_mutex_lock(&crew->lock);
    while (crew->published == number && !crew->closed)
        pthread_cond_wait(&crew->more, &crew->lock);
    bool closed = crew->closed;
    pthread_mutex_unlock(&crew->lock);
    return closed ? NULL : crew->batches[number % BATCHES];
}

static void note_through(struct worker *worker) {
    struct crew *crew = worker->crew;

    pthread_mutex_lock(&crew->lock);
    worker->through++;
    pthread_cond_signal(&crew->progress);
    pthread_mutex_unlock(&crew->lock);
}

static void *work(void *context) {
    struct worker *worker = context;
    struct batch *batch;

    for (uint64_t number = 0; !worker->closed && (batch = wait_for_batch(worker->crew, number)) != NULL; number++) {
        worker->failed = worker->failed || !take_batch(worker, batch);
        struct note *note = write_note(worker, NOTE_OVER);
        if (note == NULL)
            break;
        note->of.failed = worker->failed;
        stream_flush(&worker->stream);
        note_through(worker);
    }
    return NULL;
}

/* --- birth and end --- */

static bool make_worker(struct crew *crew, const struct analyser_settings *settings) {
    struct worker *worker = &crew->workers[crew->count];
    struct analyser_settings own = *settings;
    const struct analyser_events events = {
        .context = worker,
        .began = began,
        .queue = &worker->queue,
        .ended = ended,
        .dropped = dropped,
        .alike = crew->events.alike != NULL ? alike : NULL,
    };

    own.number = crew->count;
    own.keeps_ended = true;
    worker->crew = crew;
    worker->queue = (struct watch_queue){&worker->event, &worker->event + 1, told, worker, &worker->octets};
    if (!stream_init(&worker->stream, &crew->lock, &crew->closed, &crew->progress))
        return false;
    crew->count++;
    worker->analyser = analyser_new(&own, &events);
    return worker->analyser != NULL;
}

/* Signals are for the caller's thread: they wake its reading. Not those that a thread brings upon itself: what comes of
 * them while they are blocked is not defined, and whoever would report them is not called. */
static void signals_of_others(sigset_t *signals) {
    static const int own[] = {SIGABRT, SIGBUS, SIGFPE, SIGILL, SIGSEGV, SIGSYS, SIGTRAP};

    sigfillset(signals);
    for (size_t i = 0; i < sizeof own / sizeof own[0]; i++)
        sigdelset(signals, own[i]);
}

static bool start_threads(struct crew *crew) {
    sigset_t others, before;
    bool good = true;

    signals_of_others(&others);
    if (pthread_sigmask(SIG_SETMASK, &others, &before) != 0)
        return false;
    for (unsigned i = 0; i < crew->count && good; i++) {
        struct worker *worker = &crew->workers[i];
        good = worker->started = pthread_create(&worker->thread, NULL, work, worker) == 0;
    }
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    return good;
}

static bool make_parts(struct crew *crew, const struct crew_settings *settings) {
    for (unsigned i = 0; i < BATCHES; i++)
        if ((crew->batches[i] = batch_new(settings->analyser.analysers)) == NULL)
            return false;
    for (unsigned i = 0; i < settings->analyser.analysers; i++)
        if (!make_worker(crew, &settings->analyser))
            return false;
    return start_threads(crew);
}

struct crew *crew_new(const struct crew_settings *settings, const struct crew_events *events) {
    struct crew *crew = aligned_alloc(_Alignof(struct crew), sizeof *crew);

    if (crew == NULL)
        return NULL;
    memset(crew, 0, sizeof *crew);
    crew->events = *events;
    crew->every_frame = settings->every_frame;
    flow_key_init(&crew->key, settings->analyser.model->hash_key);
    pthread_mutex_init(&crew->lock, NULL);
    pthread_cond_init(&crew->more, NULL);
    pthread_cond_init(&crew->progress, NULL);
    for (unsigned i = 0; i < PARTITIONS_MAX; i++)
        crew->whose[i] = (uint8_t)(i % settings->analyser.analysers);
    if (!make_parts(crew, settings)) {
        crew_free(crew);
        return NULL;
    }
    return crew;
}

static void end_threads(struct crew *crew) {
    pthread_mutex_lock(&crew->lock);
    crew->closed = true;
    pthread_cond_broadcast(&crew->more);
    for (unsigned i = 0; i < crew->count; i++)
        pthread_cond_broadcast(&crew->workers[i].stream.moved);
    pthread_mutex_unlock(&crew->lock);
    for (unsigned i = 0; i < crew->count; i++)
        if (crew->workers[i].started)
            pthread_join(crew->workers[i].thread, NULL);
}

void crew_free(struct crew *crew) {
    if (crew == NULL)
        return;
    end_threads(crew);
    for (unsigned i = 0; i < crew->count; i++) {
        struct worker *worker = &crew->workers[i];
        stream_forget(&worker->stream, worker->analyser);
        stream_destroy(&worker->stream);
        analyser_free(worker->analyser);
    }
    for (unsigned i = 0; i < BATCHES; i++)
        batch_free(crew->batches[i]);
    pthread_cond_destroy(&crew->more);
    pthread_cond_destroy(&crew->progress);
    pthread_mutex_destroy(&crew->lock);
    free(crew);
}

/* --- frames --- */

static struct batch *open_batch(struct crew *crew) {
    return crew->batches[crew->published % BATCHES];
}

/* Only this thread changes crew->published. False: stopped. */
static bool publish(struct crew *crew) {
    pthread_mutex_lock(&crew->lock);
    crew->published++;
    pthread_cond_broadcast(&crew->more);
    pthread_mutex_unlock(&crew->lock);
    return crew->published - crew->merged < BATCHES || crew_merge_some(crew);
}

/* The open batch is full. NULL: stopped, or memory is out. */
static struct batch *next_with_room(struct crew *crew, size_t octets) {
    struct batch *batch = open_batch(crew);

    if (batch->count > 0 && !publish(crew))
        return NULL;
    batch = open_batch(crew);
    crew->stopped = !batch_make_room(batch, octets);
    return crew->stopped ? NULL : batch;
}

/* The open batch, or the next one where so much has no room in it, or a frame of that number no place. NULL: stopped,
 * or memory is out. */
static inline struct batch *batch_with_room(struct crew *crew, uint64_t number, size_t octets) {
    struct batch *batch = open_batch(crew);

    if (crew->stopped)
        return NULL;
    return batch->room - batch->used >= octets && batch_continues(batch, number) ? batch : next_with_room(crew, octets);
}

static struct note *own_note(struct batch *batch, enum phase phase, enum note_kind kind) {
    struct note *note = &batch->own[batch->own_count++];

    note->place = (struct place){.at = batch->count, .phase = (uint8_t)phase};
    note->kind = (uint8_t)kind;
    return note;
}

static bool publish_full(struct crew *crew, const struct batch *batch) {
    return batch->count < BATCH_FRAMES || publish(crew);
}

static void note_backward(struct batch *batch, const struct frame *frame, int64_t before) {
    if (frame->time < before)
        own_note(batch, PHASE_BEFORE, NOTE_BACKWARD)->of.before = before;
}

bool crew_add(struct crew *crew, const struct frame *frame, const struct arrived *arrived, uint64_t fragment_of,
              int64_t before) {
    bool skipped = arrived->result == DECODE_SKIPPED;
    struct batch *batch = batch_with_room(crew, frame->number, batch_octets_of(arrived));

    if (batch == NULL)
        return false;
    note_backward(batch, frame, before);
    if (skipped && fragment_of != 0 && crew->every_frame) {
        struct note *note = own_note(batch, PHASE_FRAME, NOTE_DONE);
        note->of.done.frame = frame->number;
        note->of.done.owner = fragment_of;
        note->of.done.arrived = NULL;
    }
    batch_add(batch, frame, skipped ? NOBODY : crew->whose[arrived->partition], arrived);
    return publish_full(crew, batch);
}

bool crew_add_direct(struct crew *crew, const struct frame *frame, const struct direct *direct, bool plain,
                     unsigned partition, bool good_checksum, int64_t before) {
    struct batch *batch = batch_with_room(crew, frame->number, batch_octets_of_direct(direct));

    if (batch == NULL)
        return false;
    note_backward(batch, frame, before);
    batch_add_direct(batch, frame, crew->whose[partition], direct, plain, (uint8_t)partition, good_checksum);
    return publish_full(crew, batch);
}

bool crew_drain(struct crew *crew) {
    bool good = !crew->stopped && (open_batch(crew)->count == 0 || publish(crew));

    while (good && crew->merged < crew->published)
        good = crew_merge_oldest(crew);
    return good;
}

bool crew_finish(struct crew *crew, int64_t end_time) {
    if (!crew_drain(crew))
        return false;
    open_batch(crew)->last = true;
    open_batch(crew)->end_time = end_time;
    return publish(crew) && crew_drain(crew);
}

void crew_note_begin(struct crew *crew, int64_t time) {
    for (unsigned i = 0; i < crew->count; i++)
        analyser_note_begin(crew->workers[i].analyser, time);
}

void crew_note_dropped(struct crew *crew, uint64_t frames, int64_t time) {
    for (unsigned i = 0; i < crew->count; i++)
        analyser_note_dropped(crew->workers[i].analyser, frames, time);
}

uint64_t crew_octets(const struct crew *crew) {
    uint64_t octets = 0;

    for (unsigned i = 0; i < crew->count; i++)
        octets += crew->workers[i].octets;
    return octets;
}

void crew_count(const struct crew *crew, struct analyser_counts *counts) {
    for (unsigned i = 0; i < crew->count; i++)
        analyser_count(crew->workers[i].analyser, counts);
}
