/* SPDX-License-Identifier: BSD-3-Clause */
/* What analysers have written of a batch is told in the order of its frames, in the caller's thread. */
#include "engine/crew_internal.h"

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

static bool deliver_done(const struct crew *crew, const struct note *note) {
    const struct arrived *arrived = note->of.done.arrived;

    return crew->events.done(crew->events.context, note->of.done.frame, arrived != NULL ? arrived->made_whole : NULL,
                             arrived != NULL ? arrived->made_whole_count : 0, note->of.done.owner);
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
        return events->backward(events->context, batch->first_number + at, batch->times[at], note->of.before);
    case NOTE_OPENED:
        return events->opened(events->context, &note->of.opened);
    case NOTE_DONE:
        return deliver_done(crew, note);
    case NOTE_OVER:
        break;
    }
    return true;
}

/* What is left of a batch's notes, by who has written them; behind the analysers' stand the batch's own. */
struct merge {
    struct crew *crew;
    struct batch *batch;
    const struct note *heads[ANALYSERS_MAX + 1]; /* NULL: all are told */
    unsigned own;                                /* so many of the batch's own are told */
    bool failed;
};

/* Where the next note of that one is found. */
static void find_head(struct merge *merge, unsigned whose) {
    const struct batch *batch = merge->batch;

    if (whose == merge->crew->count) {
        merge->heads[whose] = merge->own < batch->own_count ? &batch->own[merge->own] : NULL;
        return;
    }
    struct stream *stream = &merge->crew->workers[whose].stream;
    const struct note *head = stream_head(stream);
    if (head->kind == NOTE_OVER) {
        merge->failed = merge->failed || head->of.failed;
        stream_read(stream);
        head = NULL;
    }
    merge->heads[whose] = head;
}

/* Whose note comes first, and which of another comes next: NULL if there is none. NOBODY: all are told. */
static unsigned find_first(const struct merge *merge, const struct note **next) {
    unsigned first = NOBODY;

    *next = NULL;
    for (unsigned i = 0; i <= merge->crew->count; i++) {
        const struct note *head = merge->heads[i];
        if (head == NULL)
            continue;
        if (first == NOBODY || place_precedes(&head->place, &merge->heads[first]->place)) {
            *next = first == NOBODY ? NULL : merge->heads[first];
            first = i;
        } else if (*next == NULL || place_precedes(&head->place, &(*next)->place)) {
            *next = head;
        }
    }
    return first;
}

/* Tells what that one has written, up to that note of another. */
static bool deliver_until(struct merge *merge, unsigned whose, const struct note *next) {
    do {
        if (!deliver(merge->crew, merge->batch, merge->heads[whose]))
            return false;
        if (whose == merge->crew->count)
            merge->own++;
        else
            stream_read(&merge->crew->workers[whose].stream);
        find_head(merge, whose);
    } while (merge->heads[whose] != NULL &&
             (next == NULL || place_precedes(&merge->heads[whose]->place, &next->place)));
    return true;
}

bool crew_merge_oldest(struct crew *crew) {
    struct merge merge = {.crew = crew, .batch = crew->batches[crew->merged % BATCHES]};
    const struct note *next;

    for (unsigned i = 0; i <= crew->count; i++)
        find_head(&merge, i);
    for (unsigned whose; (whose = find_first(&merge, &next)) != NOBODY;) {
        if (!deliver_until(&merge, whose, next)) {
            crew->stopped = true;
            return false;
        }
    }
    crew->merged++;
    batch_clear(merge.batch);
    crew->stopped = merge.failed;
    return !merge.failed;
}

/* Batches that all analysers are through with. */
static uint64_t batches_taken(const struct crew *crew) {
    uint64_t taken = UINT64_MAX;

    for (unsigned i = 0; i < crew->count; i++)
        taken = crew->workers[i].through < taken ? crew->workers[i].through : taken;
    return taken;
}

static bool is_stuck(const struct crew *crew) {
    for (unsigned i = 0; i < crew->count; i++)
        if (crew->workers[i].stream.stuck)
            return true;
    return false;
}

bool crew_merge_some(struct crew *crew) {
    bool good;

    pthread_mutex_lock(&crew->lock);
    while (batches_taken(crew) < crew->merged + MERGED_AT_ONCE && !is_stuck(crew))
        pthread_cond_wait(&crew->progress, &crew->lock);
    uint64_t taken = batches_taken(crew);
    pthread_mutex_unlock(&crew->lock);
    do
        good = crew_merge_oldest(crew);
    while (good && crew->merged < taken);
    return good;
}
