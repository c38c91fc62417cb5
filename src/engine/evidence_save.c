/* SPDX-License-Identifier: BSD-3-Clause */
#include "engine/evidence_internal.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { BATCH = 32 };

/* Seven bits an octet, the lowest first; the highest bit says that another follows. */
static bool get_number(FILE *file, uint64_t *number) {
    int octet;

    *number = 0;
    for (unsigned shift = 0; shift < 64; shift += 7) {
        if ((octet = getc_unlocked(file)) == EOF)
            return false;
        *number |= (uint64_t)(octet & 0x7f) << shift;
        if (octet < 0x80)
            return true;
    }
    return false;
}

static int by_number(const void *one, const void *other) {
    uint64_t a = *(const uint64_t *)one, b = *(const uint64_t *)other;

    return a < b ? -1 : a > b;
}

static int by_frame(const void *one, const void *other) {
    const struct comment *a = one, *b = other;

    if (a->frame != b->frame)
        return a->frame < b->frame ? -1 : 1;
    return a->order < b->order ? -1 : 1;
}

static void *find(const struct table *table, size_t size, uint64_t number) {
    return table->count == 0 ? NULL : bsearch(&number, table->items, table->count, size, by_number);
}

static bool holds(const struct evidence *evidence, uint64_t connection) {
    const struct table *joins = &evidence->joins;

    for (size_t i = 0; i <= joins->count; i++) {
        const struct join *join;

        if (find(&evidence->chosen, sizeof connection, connection) != NULL)
            return true;
        join = find(joins, sizeof *join, connection); /* by its first member */
        if (join == NULL)
            return false;
        connection = join->other;
    }
    return false;
}

static void sort(struct table *table, size_t size, int (*compare)(const void *, const void *)) {
    if (table->count != 0)
        qsort(table->items, table->count, size, compare);
}

/* Marks the frames of the chosen connections. */
static bool mark_wanted(struct evidence *evidence) {
    uint64_t frame = 0, step, back;

    evidence->wanted = calloc(evidence->log_frame / 8 + 1, 1);
    if (evidence->wanted == NULL) {
        evidence_fail(evidence, "the frames cannot be saved", ENOMEM);
        return false;
    }
    if (fflush(evidence->log) != 0 || fseek(evidence->log, 0, SEEK_SET) != 0 || ferror(evidence->log)) {
        evidence_fail(evidence, "what belongs together could not be noted", errno);
        return false;
    }
    while (get_number(evidence->log, &step) && get_number(evidence->log, &back)) {
        frame += step;
        if (holds(evidence, frame - back))
            evidence->wanted[frame / 8] |= (uint8_t)(1 << frame % 8);
    }
    return true;
}

static bool is_wanted(const struct evidence *evidence, uint64_t frame) {
    return frame <= evidence->log_frame && (evidence->wanted[frame / 8] >> frame % 8 & 1) != 0;
}

static struct capture *open_again(void *context, size_t index, struct message *error) {
    struct evidence *evidence = context;
    struct spool *spool = &evidence->spools[index];
    const char *path = evidence->settings->paths[index];
    int descriptor;

    if (spool->file == NULL && spool->start < 0)
        return capture_open(path, error);
    if (spool->file != NULL && fflush(spool->file) != 0)
        evidence_fail(evidence, "frames for the time being could not be kept", errno);
    descriptor = fcntl(spool->file != NULL ? fileno(spool->file) : STDIN_FILENO, F_DUPFD_CLOEXEC, 3);
    if (descriptor < 0 || lseek(descriptor, spool->file != NULL ? 0 : spool->start, SEEK_SET) < 0) {
        message_set(error, "cannot be read again: %s", strerror(errno));
        if (descriptor >= 0)
            close(descriptor);
        return NULL;
    }
    return capture_open_descriptor(path, descriptor, error);
}

/* Comments of this frame; *at moves on over them. */
static size_t comments_of(const struct evidence *evidence, uint64_t frame, size_t *at, const char *texts[BATCH]) {
    const struct comment *comments = evidence->comments.items;
    size_t count = 0;

    while (*at < evidence->comments.count && comments[*at].frame <= frame) {
        if (comments[*at].frame == frame && count < BATCH)
            texts[count++] = comments[*at].text;
        ++*at;
    }
    return count;
}

/* A frame that is read again is numbered as before, also behind a capture of which not everything was kept. */
static void renumber(struct evidence *evidence, struct frame *frame) {
    if (!evidence->settings->merge)
        frame->number = evidence->spools[frame->capture].next++;
}

static bool write_frame(struct evidence *evidence, struct writer *writer, const struct frame *frame,
                        const struct reading *reading, size_t *comment) {
    const char *texts[BATCH];
    size_t count = comments_of(evidence, frame->number, comment, texts);

    evidence->wanted[frame->number / 8] &= (uint8_t) ~(1 << frame->number % 8);
    if (writer_frame(writer, frame, reading_info(reading, frame->capture), texts, count))
        return true;
    evidence_fail(evidence, "the frames cannot be written", errno);
    return false;
}

/* Reads the captures again and writes what is wanted. */
static bool copy_frames(struct evidence *evidence, struct reading *reading, struct writer *writer) {
    const struct capture_info *ended;
    struct frame frames[BATCH];
    size_t comment = 0;
    unsigned count;

    do {
        count = reading_next(reading, frames, BATCH, &ended);
        for (unsigned i = 0; i < count; i++) {
            renumber(evidence, &frames[i]);
            if (is_wanted(evidence, frames[i].number) && !write_frame(evidence, writer, &frames[i], reading, &comment))
                return false;
        }
    } while ((count != 0 && frames[count - 1].number < evidence->log_frame) || (count == 0 && ended != NULL));
    return true;
}

static uint64_t count_left(const struct evidence *evidence) {
    uint64_t left = 0;

    for (uint64_t i = 0; i <= evidence->log_frame / 8; i++)
        left += (uint64_t)__builtin_popcount(evidence->wanted[i]);
    return left;
}

static bool save(struct evidence *evidence, FILE *file) {
    const struct evidence_settings *settings = evidence->settings;
    const struct reading_settings again = {.paths = settings->paths,
                                           .count = settings->count,
                                           .merge = settings->merge,
                                           .open = open_again,
                                           .context = evidence};
    struct writer *writer = writer_new(file, settings->application);
    struct reading *reading = reading_new(&again);
    bool good = writer != NULL && reading != NULL;

    if (!good)
        evidence_fail(evidence, "the frames cannot be saved", ENOMEM);
    good = good && copy_frames(evidence, reading, writer);
    reading_free(reading);
    writer_free(writer);
    return good;
}

static bool finish(struct evidence *evidence, struct message *error) {
    uint64_t left = evidence->wanted == NULL ? 0 : count_left(evidence);
    bool limited = false;

    for (size_t i = 0; i < evidence->settings->count; i++)
        limited = limited || evidence->spools[i].first_lost != 0;
    if (evidence->failed)
        *error = evidence->reason;
    else if (left != 0 && limited)
        message_set(error,
                    "%llu frames are missing: not more than %llu bytes were kept of what cannot be read twice; "
                    "--spool-limit sets how many",
                    (unsigned long long)left, (unsigned long long)evidence->settings->spool_limit);
    else if (left != 0)
        message_set(error, "%llu frames are missing: a capture could not be read a second time",
                    (unsigned long long)left);
    return !evidence->failed && left == 0;
}

bool evidence_save(struct evidence *evidence, struct message *error) {
    int descriptor = fcntl(evidence->settings->descriptor, F_DUPFD_CLOEXEC, 3);
    FILE *file = descriptor < 0 ? NULL : fdopen(descriptor, "w");

    if (file == NULL) {
        evidence_fail(evidence, "the frames cannot be written", errno);
        if (descriptor >= 0)
            close(descriptor);
        return finish(evidence, error);
    }
    sort(&evidence->chosen, sizeof(uint64_t), by_number);
    sort(&evidence->joins, sizeof(struct join), by_number);
    sort(&evidence->comments, sizeof(struct comment), by_frame);
    if (mark_wanted(evidence))
        save(evidence, file);
    if (fclose(file) != 0)
        evidence_fail(evidence, "the frames cannot be written", errno);
    return finish(evidence, error);
}
