/* SPDX-License-Identifier: BSD-3-Clause */
#include "engine/crew.h"

#include "engine/kinds.h"
#include "engine/notes.h"
#include "model/flow_hash.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>

enum {
    BATCH_FRAMES = 2048,
    BATCH_OCTETS = 1 << 19, /* of what the frames hold, unless a single one has more */
    BATCHES = 4,            /* decoded ahead */
    AHEAD = ANALYSER_AHEAD, /* frames that an analyser calls for in memory before it takes them */
    NOBODY = UINT8_MAX,
};

struct batch {
    unsigned count;
    bool last;        /* no frames: what is left ends */
    int64_t end_time; /* then, ns */
    int64_t times[BATCH_FRAMES];
    uint64_t numbers[BATCH_FRAMES];
    uint8_t whose[BATCH_FRAMES]; /* number of the analyser; NOBODY */
    struct arrived arrived[BATCH_FRAMES];
    struct unopened unopened[BATCH_FRAMES]; /* direct.packet is NULL where it has been opened */
    struct note own[2 * BATCH_FRAMES];      /* what the decoding thread knows, in order */
    unsigned own_count;
    uint8_t *octets; /* owned: what the frames hold, side by side: the fewer lines go from cache to cache, the better */
    size_t room;
    size_t used;
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
    bool failed; /* memory was out */
    bool closed; /* the crew ends */
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
    struct worker workers[ANALYSERS_MAX];
    struct batch *batches[BATCHES]; /* owned; a ring */
    uint64_t merged;                /* batches; all of them but the published ones are the caller's */
    pthread_mutex_t lock;
    pthread_cond_t more;
    uint64_t published; /* batches, guarded by lock as is closed */
    bool closed;
    bool stopped; /* an event said so, or memory was out */
    struct kinds_known known;
    struct kinds_published published_kinds;
};

/* --- an analyser's thread --- */

static struct note *write_note(struct worker *worker, enum note_kind kind) {
    struct note *note = stream_write(&worker->stream, worker->analyser, kind);

    worker->closed = worker->closed || note == NULL;
    return note;
}

static bool began(void *context) {
    return write_note(context, NOTE_BEGAN) != NULL;
}

static struct watch_event *room(void *context) {
    struct note *note = write_note(context, NOTE_TOLD);

    return note == NULL ? NULL : &note->of.event;
}

/* It was written where it is read. */
static bool told(void *context, const struct watch_event *event) {
    (void)context;
    (void)event;
    return true;
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
        memcpy(note->of.alike.ends, end->connection->address, sizeof note->of.alike.ends);
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

static bool take(struct worker *worker, unsigned at, const struct arrived *arrived) {
    uint64_t owner;

    if (!analyser_take(worker->analyser, at, arrived))
        return false;
    if (!arrived_has_syn(arrived) && !worker->crew->every_frame)
        return true;
    owner = analyser_owner(worker->analyser, arrived);
    if (owner == 0)
        return true;
    struct note *note = write_note(worker, NOTE_DONE);
    if (note != NULL)
        note->of.owner = owner;
    return note != NULL;
}

/* Another processor has written it. */
static void call_for(const struct batch *batch, unsigned at) {
    enum { LINE = 64 };
    const struct arrived *arrived = &batch->arrived[at];
    const char *packet = (const char *)batch->unopened[at].direct.packet;

    if (packet != NULL)
        for (size_t line = 0; line < 2; line++)
            __builtin_prefetch(packet + line * LINE);
    else if (arrived->result == DECODE_SEGMENT)
        for (size_t octet = 0; octet < sizeof(struct segment) + LINE; octet += LINE)
            __builtin_prefetch((const char *)arrived->of.segment + octet);
}

static void open_unopened(const struct crew *crew, const struct batch *batch, unsigned at, struct segment *segment,
                          struct arrived *arrived) {
    const struct unopened *unopened = &batch->unopened[at];

    segment = unopened->syn != NULL ? unopened->syn : segment;
    direct_open(&unopened->direct, unopened->path, batch->numbers[at], batch->times[at], segment);
    arrived->of.segment = segment;
    arrived->hash = flow_key_hash(&crew->key, &segment->source, segment->source_port, &segment->destination,
                                  segment->destination_port, segment->network);
}

/* Opens its frames from `begin` to before `end`, and says how many these are. */
static unsigned open_own(struct worker *worker, const struct batch *batch, unsigned begin, unsigned end) {
    struct taken *taken = &worker->taken;
    unsigned self = (unsigned)(worker - worker->crew->workers), count = 0;

    for (unsigned at = begin; at < end; at++) {
        if (batch->whose[at] != self)
            continue;
        taken->arrived[count] = batch->arrived[at];
        if (batch->unopened[at].direct.packet != NULL)
            open_unopened(worker->crew, batch, at, &taken->segments[count], &taken->arrived[count]);
        analyser_expect(worker->analyser, &taken->arrived[count]);
        count++;
    }
    return count;
}

/* Takes the frames from `begin` to before `end`, AHEAD at most. */
static bool take_some(struct worker *worker, const struct batch *batch, unsigned begin, unsigned end) {
    unsigned self = (unsigned)(worker - worker->crew->workers);
    const struct arrived *own = worker->taken.arrived;

    for (unsigned at = end; at < end + AHEAD && at < batch->count; at++)
        if (batch->whose[at] == self)
            call_for(batch, at);
    analyser_approach(worker->analyser, own, open_own(worker, batch, begin, end));
    for (unsigned at = begin; at < end; at++)
        if (!analyser_pass(worker->analyser, at, batch->times[at]) ||
            (batch->whose[at] == self && !take(worker, at, own++)))
            return false;
    return true;
}

static bool take_batch(struct worker *worker, const struct batch *batch) {
    if (batch->last)
        return analyser_finish(worker->analyser, 0, batch->end_time);
    for (unsigned begin = 0; begin < batch->count; begin += AHEAD) {
        unsigned end = begin + AHEAD < batch->count ? begin + AHEAD : batch->count;
        if (!take_some(worker, batch, begin, end))
            return false;
    }
    return true;
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
    }
    return NULL;
}

/* --- birth and end --- */

static struct batch *batch_new(void) {
    struct batch *batch = malloc(sizeof *batch);

    if (batch == NULL)
        return NULL;
    batch->count = batch->own_count = 0;
    batch->last = false;
    batch->used = 0;
    batch->room = BATCH_OCTETS;
    batch->octets = malloc(batch->room);
    if (batch->octets == NULL) {
        free(batch);
        return NULL;
    }
    return batch;
}

static bool make_worker(struct crew *crew, const struct analyser_settings *settings) {
    struct worker *worker = &crew->workers[crew->count];
    struct analyser_settings own = *settings;
    const struct analyser_events events = {
        .context = worker,
        .began = began,
        .room = room,
        .told = told,
        .ended = ended,
        .dropped = dropped,
        .alike = crew->events.alike != NULL ? alike : NULL,
    };

    own.number = crew->count;
    own.keeps_ended = true;
    worker->crew = crew;
    if (!stream_init(&worker->stream, &crew->lock, &crew->closed))
        return false;
    crew->count++;
    worker->analyser = analyser_new(&own, &events);
    return worker->analyser != NULL;
}

/* Signals are for the caller's thread: they wake its reading. */
static bool start_threads(struct crew *crew) {
    sigset_t all, before;
    bool good = true;

    sigfillset(&all);
    if (pthread_sigmask(SIG_SETMASK, &all, &before) != 0)
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
        if ((crew->batches[i] = batch_new()) == NULL)
            return false;
    for (unsigned i = 0; i < settings->analyser.analysers; i++)
        if (!make_worker(crew, &settings->analyser))
            return false;
    return start_threads(crew);
}

struct crew *crew_new(const struct crew_settings *settings, const struct crew_events *events) {
    struct crew *crew = calloc(1, sizeof *crew);

    if (crew == NULL)
        return NULL;
    crew->events = *events;
    crew->every_frame = settings->every_frame;
    flow_key_init(&crew->key, settings->analyser.model->hash_key);
    pthread_mutex_init(&crew->lock, NULL);
    pthread_cond_init(&crew->more, NULL);
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
    for (unsigned i = 0; i < BATCHES; i++) {
        if (crew->batches[i] != NULL)
            free(crew->batches[i]->octets);
        free(crew->batches[i]);
    }
    pthread_cond_destroy(&crew->more);
    pthread_mutex_destroy(&crew->lock);
    free(crew);
}

/* --- the merge --- */

/* One of which all is there is of no use where its kind is enough: the analysers need not hand on the next. */
static bool deliver_end(struct crew *crew, const struct note *note) {
    const struct crew_events *events = &crew->events;
    struct connection *connection = note->of.ended.connection;

    if (!note->of.ended.has_kind || !events->alike(events->context, &note->of.ended.kind, connection->id,
                                                   connection->address, connection->end_time))
        return events->ended(events->context, connection);
    kinds_publish(&crew->known, &crew->published_kinds, &note->of.ended.kind);
    return true;
}

static bool deliver(struct crew *crew, const struct batch *batch, const struct note *note) {
    const struct crew_events *events = &crew->events;
    uint32_t at = note->place.at;

    switch ((enum note_kind)note->kind) {
    case NOTE_BEGAN:
        return events->began(events->context);
    case NOTE_TOLD:
        return events->told(events->context, &note->of.event);
    case NOTE_ENDED:
        return deliver_end(crew, note);
    case NOTE_ALIKE:
        return events->alike(events->context, &note->of.alike.kind, note->of.alike.connection, note->of.alike.ends,
                             note->of.alike.time);
    case NOTE_JOINED:
        return events->joined(events->context, note->of.joined.connection, note->of.joined.other);
    case NOTE_BACKWARD:
        return events->backward(events->context, batch->numbers[at], batch->times[at], note->of.before);
    case NOTE_DONE:
        return events->done(events->context, batch->numbers[at], &batch->arrived[at], note->of.owner);
    case NOTE_OVER:
        break;
    }
    return true;
}

struct merge {
    bool over[ANALYSERS_MAX];
    bool failed;
    unsigned own; /* of the batch's own notes, so many are told */
};

/* The note that comes first, and whose it is: number of the analyser, or NOBODY for the batch's own. NULL: all are
 * told.
 */
static const struct note *first_note(struct crew *crew, const struct batch *batch, struct merge *merge,
                                     unsigned *whose) {
    const struct note *first = merge->own < batch->own_count ? &batch->own[merge->own] : NULL;

    *whose = NOBODY;
    for (unsigned i = 0; i < crew->count; i++) {
        struct stream *stream = &crew->workers[i].stream;
        if (merge->over[i])
            continue;
        const struct note *note = stream_head(stream);
        if (note->kind == NOTE_OVER) {
            merge->failed = merge->failed || note->of.failed;
            merge->over[i] = true;
            stream_read(stream);
        } else if (first == NULL || place_precedes(&note->place, &first->place)) {
            first = note;
            *whose = i;
        }
    }
    return first;
}

static bool merge_oldest(struct crew *crew) {
    struct batch *batch = crew->batches[crew->merged % BATCHES];
    struct merge merge = {.own = 0};
    const struct note *note;
    unsigned whose;

    while ((note = first_note(crew, batch, &merge, &whose)) != NULL) {
        if (!deliver(crew, batch, note)) {
            crew->stopped = true;
            return false;
        }
        if (whose == NOBODY)
            merge.own++;
        else
            stream_read(&crew->workers[whose].stream);
    }
    crew->merged++;
    batch->count = batch->own_count = 0;
    batch->used = 0;
    batch->last = false;
    crew->stopped = merge.failed;
    return !merge.failed;
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
    return crew->published - crew->merged < BATCHES || merge_oldest(crew);
}

enum { ALIGNMENT = 8 };

static size_t aligned(size_t octets) {
    return (octets + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
}

static size_t size_of_what(const struct arrived *arrived) {
    switch ((enum decode_result)arrived->result) {
    case DECODE_SEGMENT:
        return sizeof(struct segment);
    case DECODE_ICMP_ERROR:
        return sizeof(struct icmp_error);
    case DECODE_BROKEN:
        return sizeof(struct broken_segment);
    case DECODE_SKIPPED:
        break;
    }
    return 0;
}

static size_t octets_of(const struct arrived *arrived) {
    size_t payload = arrived->result == DECODE_SEGMENT ? arrived->of.segment->payload_captured : 0;

    return aligned(size_of_what(arrived)) + aligned(payload) + arrived->made_whole_count * sizeof *arrived->made_whole;
}

/* The open batch, or the next one where so much has no room in it. NULL: stopped, or memory is out. */
static struct batch *batch_with_room(struct crew *crew, size_t octets) {
    struct batch *batch = open_batch(crew);

    if (batch->room - batch->used >= octets)
        return batch;
    if (batch->count > 0 && !publish(crew))
        return NULL;
    batch = open_batch(crew);
    if (batch->room < octets) {
        uint8_t *larger = realloc(batch->octets, octets);
        crew->stopped = crew->stopped || larger == NULL;
        if (larger == NULL)
            return NULL;
        batch->octets = larger;
        batch->room = octets;
    }
    return batch;
}

static void *reserve(struct batch *batch, size_t octets) {
    void *room = batch->octets + batch->used;

    batch->used += aligned(octets);
    return room;
}

static void *copy(struct batch *batch, const void *from, size_t octets) {
    void *to = reserve(batch, octets);

    if (octets > 0)
        memcpy(to, from, octets);
    return to;
}

static void copy_arrived(struct batch *batch, const struct arrived *from) {
    struct arrived *arrived = &batch->arrived[batch->count];

    *arrived = *from;
    if (from->result == DECODE_SEGMENT) {
        struct segment *segment = copy(batch, from->of.segment, sizeof *segment);
        segment->payload = copy(batch, segment->payload, segment->payload_captured);
        arrived->of.segment = segment;
    } else if (from->result == DECODE_ICMP_ERROR) {
        arrived->of.icmp_error = copy(batch, from->of.icmp_error, sizeof *from->of.icmp_error);
    } else if (from->result == DECODE_BROKEN) {
        arrived->of.broken = copy(batch, from->of.broken, sizeof *from->of.broken);
    }
    if (from->made_whole_count > 0)
        arrived->made_whole = copy(batch, from->made_whole, from->made_whole_count * sizeof *from->made_whole);
}

static struct note *own_note(struct batch *batch, enum phase phase, enum note_kind kind) {
    struct note *note = &batch->own[batch->own_count++];

    note->place = (struct place){.at = batch->count, .phase = (uint8_t)phase};
    note->kind = (uint8_t)kind;
    return note;
}

/* Notes what is the same of all frames. */
static unsigned begin_frame(struct batch *batch, const struct frame *frame, uint8_t whose, int64_t before) {
    unsigned at = batch->count;

    batch->times[at] = frame->time;
    batch->numbers[at] = frame->number;
    batch->whose[at] = whose;
    if (frame->time < before)
        own_note(batch, PHASE_BEFORE, NOTE_BACKWARD)->of.before = before;
    return at;
}

static bool end_frame(struct crew *crew, struct batch *batch) {
    return ++batch->count < BATCH_FRAMES || publish(crew);
}

bool crew_add(struct crew *crew, const struct frame *frame, const struct arrived *arrived, uint64_t fragment_of,
              int64_t before) {
    bool skipped = arrived->result == DECODE_SKIPPED;
    struct batch *batch = crew->stopped ? NULL : batch_with_room(crew, octets_of(arrived));

    if (batch == NULL)
        return false;
    unsigned at = begin_frame(batch, frame, skipped ? NOBODY : (uint8_t)(arrived->partition % crew->count), before);
    copy_arrived(batch, arrived);
    batch->unopened[at].direct.packet = NULL;
    if (skipped && fragment_of != 0 && crew->every_frame)
        own_note(batch, PHASE_FRAME, NOTE_DONE)->of.owner = fragment_of;
    return end_frame(crew, batch);
}

struct unopened *crew_place(struct crew *crew) {
    struct batch *batch = open_batch(crew);

    return &batch->unopened[batch->count];
}

/* A SYN is looked at by others too: the analyser puts it where it stays. */
bool crew_add_direct(struct crew *crew, const struct frame *frame, int64_t before) {
    static const struct segment no_syn;
    struct unopened *looked_at = crew_place(crew);
    const bool syn = direct_has_syn(&looked_at->direct);
    const uint32_t octets = direct_octets(&looked_at->direct);
    struct batch *batch =
        crew->stopped ? NULL : batch_with_room(crew, aligned(octets) + (syn ? aligned(sizeof(struct segment)) : 0));

    if (batch == NULL)
        return false;
    unsigned at = begin_frame(batch, frame, (uint8_t)(looked_at->partition % crew->count), before);
    struct unopened *unopened = &batch->unopened[at];
    if (unopened != looked_at)
        *unopened = *looked_at; /* that batch was full */
    unopened->direct.packet = copy(batch, unopened->direct.packet, octets);
    unopened->syn = syn ? reserve(batch, sizeof(struct segment)) : NULL;
    batch->arrived[at] = (struct arrived){.result = DECODE_SEGMENT,
                                          .partition = unopened->partition,
                                          .good_checksum = unopened->good_checksum,
                                          .of.segment = syn ? unopened->syn : &no_syn};
    return end_frame(crew, batch);
}

bool crew_drain(struct crew *crew) {
    bool good = !crew->stopped && (open_batch(crew)->count == 0 || publish(crew));

    while (good && crew->merged < crew->published)
        good = merge_oldest(crew);
    return good;
}

bool crew_finish(struct crew *crew, int64_t end_time) {
    if (!crew_drain(crew))
        return false;
    open_batch(crew)->last = true;
    open_batch(crew)->end_time = end_time;
    return publish(crew) && crew_drain(crew);
}

void crew_note_dropped(struct crew *crew, uint64_t frames, int64_t time) {
    for (unsigned i = 0; i < crew->count; i++)
        analyser_note_dropped(crew->workers[i].analyser, frames, time);
}

void crew_count(const struct crew *crew, struct analyser_counts *counts) {
    for (unsigned i = 0; i < crew->count; i++)
        analyser_count(crew->workers[i].analyser, counts);
}
