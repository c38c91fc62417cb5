/* SPDX-License-Identifier: BSD-3-Clause */
#include "capture/reading.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum { BATCH = 32 /* frames read of one capture at a time when several are merged */ };

/* A capture among those that are merged. */
struct member {
    struct capture *capture; /* NULL: not open yet, or not any more */
    bool opened;
    bool timed;         /* first_time is known: it has a frame */
    int64_t first_time; /* of the first frame in the file */
    uint64_t first_frame;
    unsigned count; /* of frames */
    unsigned at;    /* the first of them that was not given yet */
    struct frame frames[BATCH];
};

struct reading {
    struct reading_settings settings;
    uint64_t number; /* of the frame that comes next */
    bool stopped;
    size_t current;           /* the capture that is read, or comes next */
    struct capture *capture;  /* that; NULL: none is open */
    struct capture *ended;    /* to be freed with the next call */
    struct capture_info info; /* of the capture that ended */
    struct message reason;    /* why it could not be opened */

    /* --- merging --- */
    struct member **members; /* owned, one for each capture */
    size_t *waiting;         /* members that were not opened yet, by the time of their first frames, the last first */
    size_t waiting_count;
    size_t *heap; /* members that have a frame to give, the earliest first */
    size_t heap_count;
    size_t empty; /* the member whose frames have all been given, to be read on */
    bool has_empty;
    bool looked; /* at the first frames of all */
};

/* --- opening --- */

static struct capture *open_capture(struct reading *reading, size_t index) {
    const struct reading_settings *settings = &reading->settings;
    struct capture *capture = settings->open != NULL ? settings->open(settings->context, index, &reading->reason)
                                                     : capture_open(settings->paths[index], &reading->reason);

    /* It may be right for other files, and only not for this one's link type. */
    if (capture != NULL && settings->filter != NULL && !capture_filter(capture, settings->filter, &reading->reason)) {
        capture_free(capture);
        return NULL;
    }
    return capture;
}

static const struct capture_info *unopened(struct reading *reading, size_t index) {
    reading->info = (struct capture_info){
        .path = reading->settings.paths[index],
        .first_frame = reading->number,
        .failed = true,
        .error = reading->reason.text,
    };
    return &reading->info;
}

static void forget_ended(struct reading *reading) {
    capture_free(reading->ended);
    reading->ended = NULL;
}

/* --- one behind the other --- */

static void end_current(struct reading *reading, const struct capture_info **ended) {
    *ended = capture_info(reading->capture);
    reading->ended = reading->capture;
    reading->capture = NULL;
    reading->current++;
}

static unsigned next_in_turn(struct reading *reading, struct frame *frames, unsigned room,
                             const struct capture_info **ended) {
    enum capture_status status;
    unsigned count;

    if (reading->capture == NULL) {
        if (reading->current == reading->settings.count)
            return 0;
        reading->capture = open_capture(reading, reading->current);
        if (reading->capture == NULL) {
            *ended = unopened(reading, reading->current++);
            return 0;
        }
        capture_number_from(reading->capture, reading->number);
    }
    count = capture_next_batch(reading->capture, frames, room, &status);
    reading->number += count;
    for (unsigned i = 0; i < count && reading->current != 0; i++)
        frames[i].capture = (uint32_t)reading->current;
    if (count == 0)
        end_current(reading, ended);
    return count;
}

/* --- by time --- */

static int64_t time_of(const struct reading *reading, size_t index) {
    const struct member *member = reading->members[index];

    return member->frames[member->at].time;
}

static bool is_earlier(const struct reading *reading, size_t one, size_t other) {
    int64_t first = time_of(reading, one), second = time_of(reading, other);

    return first != second ? first < second : one < other;
}

static void swap(size_t *one, size_t *other) {
    size_t value = *one;

    *one = *other;
    *other = value;
}

static void heap_push(struct reading *reading, size_t index) {
    size_t *heap = reading->heap, at = reading->heap_count++;

    heap[at] = index;
    while (at > 0 && is_earlier(reading, heap[at], heap[(at - 1) / 2])) {
        swap(&heap[at], &heap[(at - 1) / 2]);
        at = (at - 1) / 2;
    }
}

/* The first has another frame to give now. */
static void heap_sink(struct reading *reading) {
    size_t *heap = reading->heap, at = 0;

    for (;;) {
        size_t least = at;

        for (size_t child = 2 * at + 1; child <= 2 * at + 2 && child < reading->heap_count; child++)
            if (is_earlier(reading, heap[child], heap[least]))
                least = child;
        if (least == at)
            return;
        swap(&heap[at], &heap[least]);
        at = least;
    }
}

static void heap_pop(struct reading *reading) {
    reading->heap[0] = reading->heap[--reading->heap_count];
    heap_sink(reading);
}

static void end_member(struct reading *reading, struct member *member, const struct capture_info **ended) {
    reading->ended = member->capture;
    member->capture = NULL;
    reading->info = *capture_info(reading->ended);
    reading->info.first_frame = member->first_frame != 0 ? member->first_frame : reading->number;
    *ended = &reading->info;
}

/* Reads a member's next frames. false: it has ended; *ended tells. */
static bool fill(struct reading *reading, size_t index, const struct capture_info **ended) {
    struct member *member = reading->members[index];
    enum capture_status status;

    member->at = 0;
    member->count = capture_next_batch(member->capture, member->frames, BATCH, &status);
    if (member->count != 0) {
        heap_push(reading, index);
        return true;
    }
    end_member(reading, member, ended);
    return false;
}

static bool is_regular(const char *path) {
    struct stat status;

    return strcmp(path, "-") != 0 && stat(path, &status) == 0 && S_ISREG(status.st_mode);
}

/* Regular files are closed again after a look at their first frames, so that of a set that follows one another only
 * one is open at a time; what cannot be read twice stays open. */
static void look_at(struct reading *reading, size_t index) {
    struct member *member = reading->members[index];
    struct message unused;
    struct capture *capture;

    if (!is_regular(reading->settings.paths[index]))
        return;
    capture = capture_open(reading->settings.paths[index], &unused);
    if (capture == NULL)
        return;
    member->timed = capture_next(capture, &member->frames[0]) == CAPTURE_FRAME;
    member->first_time = member->timed ? member->frames[0].time : 0;
    capture_free(capture);
}

/* What has no first time must be opened before anything else. */
static bool waits_longer(const struct member *one, const struct member *other) {
    if (!one->timed || !other->timed)
        return one->timed;
    return one->first_time > other->first_time;
}

/* Insertion sort: sets of files mostly come in order, of which this makes short work. */
static void look_at_all(struct reading *reading) {
    reading->looked = true;
    for (size_t i = reading->settings.count; i-- > 0;) {
        size_t at = reading->waiting_count++;

        look_at(reading, i);
        while (at > 0 && waits_longer(reading->members[i], reading->members[reading->waiting[at - 1]])) {
            reading->waiting[at] = reading->waiting[at - 1];
            at--;
        }
        reading->waiting[at] = i;
    }
}

/* A capture that was not opened yet may have the earliest frame. */
static bool must_open(const struct reading *reading) {
    const struct member *member;

    if (reading->waiting_count == 0)
        return false;
    member = reading->members[reading->waiting[reading->waiting_count - 1]];
    return !member->timed || reading->heap_count == 0 || member->first_time <= time_of(reading, reading->heap[0]);
}

/* false: *ended tells of a capture that is over at once. */
static bool open_waiting(struct reading *reading, const struct capture_info **ended) {
    size_t index = reading->waiting[--reading->waiting_count];
    struct member *member = reading->members[index];

    member->capture = open_capture(reading, index);
    if (member->capture == NULL) {
        *ended = unopened(reading, index);
        return false;
    }
    return fill(reading, index, ended);
}

/* Ends before a member has to be read on, for that takes the octets of its frames away. */
static unsigned next_by_time(struct reading *reading, struct frame *frames, unsigned room,
                             const struct capture_info **ended) {
    unsigned count = 0;

    if (!reading->looked)
        look_at_all(reading);
    if (reading->has_empty) {
        reading->has_empty = false;
        if (!fill(reading, reading->empty, ended))
            return 0;
    }
    while (count < room && !reading->has_empty) {
        if (must_open(reading)) {
            /* What may be told of that capture is told for itself. */
            if (count > 0 || !open_waiting(reading, ended))
                return count;
            continue;
        }
        if (reading->heap_count == 0)
            return count;
        size_t index = reading->heap[0];
        struct member *member = reading->members[index];
        frames[count] = member->frames[member->at++];
        frames[count].number = reading->number++;
        frames[count].capture = (uint32_t)index;
        if (member->first_frame == 0)
            member->first_frame = frames[count].number;
        count++;
        reading->has_empty = member->at == member->count;
        reading->empty = index;
        if (reading->has_empty)
            heap_pop(reading);
        else
            heap_sink(reading);
    }
    return count;
}

/* --- both --- */

struct reading *reading_new(const struct reading_settings *settings) {
    struct reading *reading = calloc(1, sizeof *reading);
    bool good = reading != NULL;

    if (!good)
        return NULL;
    reading->settings = *settings;
    reading->number = 1;
    if (settings->merge) {
        reading->members = calloc(settings->count + 1, sizeof *reading->members);
        reading->waiting = calloc(settings->count + 1, sizeof *reading->waiting);
        reading->heap = calloc(settings->count + 1, sizeof *reading->heap);
        good = reading->members != NULL && reading->waiting != NULL && reading->heap != NULL;
    }
    for (size_t i = 0; good && settings->merge && i < settings->count; i++)
        good = (reading->members[i] = calloc(1, sizeof **reading->members)) != NULL;
    if (!good) {
        reading_free(reading);
        return NULL;
    }
    return reading;
}

void reading_free(struct reading *reading) {
    if (reading == NULL)
        return;
    for (size_t i = 0; reading->members != NULL && i < reading->settings.count; i++) {
        if (reading->members[i] != NULL)
            capture_free(reading->members[i]->capture);
        free(reading->members[i]);
    }
    free(reading->members);
    free(reading->waiting);
    free(reading->heap);
    capture_free(reading->capture);
    capture_free(reading->ended);
    free(reading);
}

void reading_stop(struct reading *reading) {
    reading->stopped = true;
}

static void end_open(struct reading *reading, const struct capture_info **ended) {
    if (reading->capture != NULL)
        end_current(reading, ended);
    for (size_t i = 0; reading->members != NULL && *ended == NULL && i < reading->settings.count; i++)
        if (reading->members[i]->capture != NULL)
            end_member(reading, reading->members[i], ended);
}

unsigned reading_next(struct reading *reading, struct frame *frames, unsigned room, const struct capture_info **ended) {
    *ended = NULL;
    forget_ended(reading);
    if (reading->stopped) {
        end_open(reading, ended);
        return 0;
    }
    return reading->settings.merge ? next_by_time(reading, frames, room, ended)
                                   : next_in_turn(reading, frames, room, ended);
}

const struct capture_info *reading_info(const struct reading *reading, uint32_t capture) {
    return capture_info(reading->settings.merge ? reading->members[capture]->capture : reading->capture);
}
