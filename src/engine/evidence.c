/* SPDX-License-Identifier: BSD-3-Clause */
#include <config.h> /* for O_TMPFILE */

#include "engine/evidence.h"

#include "capture/writer.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { BATCH = 32 };

/* An array that grows. */
struct table {
    void *items; /* owned */
    size_t count;
    size_t room;
};

struct join {
    uint64_t connection;
    uint64_t other;
};

struct comment {
    uint64_t frame;
    size_t order; /* among those of one frame */
    char *text;   /* owned */
};

/* What is kept of a capture that cannot be read twice. */
struct spool {
    FILE *file; /* NULL: it can */
    struct writer *writer;
    int64_t start;       /* of standard input where it is a file: offset at which reading began; -1: it is none */
    uint64_t first_lost; /* frame from which on the limit kept none; 0: all are there */
    uint64_t next;       /* number of the capture's first frame; when it is read again, of the next */
};

struct evidence {
    const struct evidence_settings *settings;
    struct spool *spools; /* owned, one for each capture */
    FILE *log;            /* for each frame that belongs to a connection, two numbers: see evidence_belongs */
    uint64_t log_frame;   /* the latest in it */
    struct table chosen;  /* of uint64_t: ids of connections */
    struct table joins;   /* of struct join */
    struct table comments;
    uint8_t *wanted; /* owned: a bit for each frame up to log_frame */
    uint64_t lost;   /* frames that are wanted and were not kept */
    bool failed;
    struct message reason; /* the first failure */
};

static void fail(struct evidence *evidence, const char *what, int error) {
    if (!evidence->failed)
        message_set(&evidence->reason, "%s: %s", what, strerror(error));
    evidence->failed = true;
}

/* NULL: memory is out, which is noted. */
static void *add(struct evidence *evidence, struct table *table, size_t size) {
    if (table->count == table->room) {
        size_t room = 2 * table->room + 16;
        void *items = realloc(table->items, room * size);

        if (items == NULL) {
            fail(evidence, "the frames cannot be saved", ENOMEM);
            return NULL;
        }
        table->items = items;
        table->room = room;
    }
    return (char *)table->items + table->count++ * size;
}

/* --- files without a name --- */

static FILE *open_nameless(const char *directory) {
    int fd = open(directory, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);

    if (fd < 0) {
        char path[4096];

        if (snprintf(path, sizeof path, "%s/finwait-XXXXXX", directory) >= (int)sizeof path)
            return NULL;
        fd = mkostemp(path, O_CLOEXEC);
        if (fd >= 0)
            unlink(path);
    }
    FILE *file = fd < 0 ? NULL : fdopen(fd, "w+");
    if (file == NULL && fd >= 0)
        close(fd);
    return file;
}

/* Whether a capture can be read again; standard input only where it is a file, from where it stood. */
static bool needs_spool(const char *path, struct spool *spool) {
    bool standard_input = strcmp(path, "-") == 0;
    struct stat status;

    spool->start = -1;
    if ((standard_input ? fstat(STDIN_FILENO, &status) : stat(path, &status)) != 0)
        return false;
    if (standard_input && S_ISREG(status.st_mode))
        spool->start = lseek(STDIN_FILENO, 0, SEEK_CUR);
    return !S_ISREG(status.st_mode) || (standard_input && spool->start < 0);
}

/* By time, the order would be another where not everything was kept. */
static bool any_pipe(const struct evidence_settings *settings) {
    struct spool spool;
    bool any = false;

    for (size_t i = 0; i < settings->count; i++)
        any = any || needs_spool(settings->paths[i], &spool);
    return any;
}

static bool open_spools(struct evidence *evidence) {
    const struct evidence_settings *settings = evidence->settings;

    for (size_t i = 0; i < settings->count; i++) {
        struct spool *spool = &evidence->spools[i];

        if (!needs_spool(settings->paths[i], spool))
            continue;
        /* The order of time would be another where not everything was kept. */
        spool->file = open_nameless(settings->directory);
        spool->writer = spool->file == NULL ? NULL : writer_new(spool->file, settings->application);
        if (spool->writer == NULL)
            return false;
    }
    return true;
}

struct evidence *evidence_new(const struct evidence_settings *settings, struct message *error) {
    struct evidence *evidence = calloc(1, sizeof *evidence);

    errno = ENOMEM;
    if (evidence != NULL) {
        evidence->settings = settings;
        evidence->spools = calloc(settings->count + 1, sizeof *evidence->spools);
        evidence->log = evidence->spools == NULL ? NULL : open_nameless(settings->directory);
    }
    if (evidence != NULL && settings->merge && any_pipe(settings)) {
        message_set(error, "-w with --merge needs files that can be read twice: not standard input, nor a pipe");
        evidence_free(evidence);
        return NULL;
    }
    if (evidence == NULL || evidence->log == NULL || !open_spools(evidence)) {
        message_set(error, "%s: a file for the time being cannot be made: %s", settings->directory, strerror(errno));
        evidence_free(evidence);
        return NULL;
    }
    return evidence;
}

void evidence_free(struct evidence *evidence) {
    if (evidence == NULL)
        return;
    for (size_t i = 0; evidence->spools != NULL && i < evidence->settings->count; i++) {
        writer_free(evidence->spools[i].writer);
        if (evidence->spools[i].file != NULL)
            fclose(evidence->spools[i].file);
    }
    for (size_t i = 0; i < evidence->comments.count; i++)
        free(((struct comment *)evidence->comments.items)[i].text);
    if (evidence->log != NULL)
        fclose(evidence->log);
    free(evidence->spools);
    free(evidence->chosen.items);
    free(evidence->joins.items);
    free(evidence->comments.items);
    free(evidence->wanted);
    free(evidence);
}

/* --- while the captures are read --- */

/* Frames that the filter does not want keep their place, without octets. */
static void keep(struct evidence *evidence, struct spool *spool, const struct frame *frame,
                 const struct capture_info *info) {
    struct frame kept = *frame;

    if (spool->first_lost != 0)
        return;
    if (frame->filtered)
        kept.bytes = NULL;
    if (writer_octets(spool->writer) + frame->captured > evidence->settings->spool_limit)
        spool->first_lost = frame->number;
    else if (!writer_frame(spool->writer, &kept, info, NULL, 0)) {
        fail(evidence, "frames for the time being cannot be kept", errno);
        spool->first_lost = frame->number;
    }
}

void evidence_frames(struct evidence *evidence, const struct frame *frames, unsigned count,
                     const struct reading *reading) {
    for (unsigned i = 0; i < count; i++) {
        struct spool *spool = &evidence->spools[frames[i].capture];

        if (spool->next == 0)
            spool->next = frames[i].number;
        if (spool->file != NULL)
            keep(evidence, spool, &frames[i], reading_info(reading, frames[i].capture));
    }
}

static void put_number(FILE *file, uint64_t number) {
    for (; number >= 0x80; number >>= 7)
        putc_unlocked((int)(number & 0x7f) | 0x80, file);
    putc_unlocked((int)number, file);
}

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

/* Logged as distances: from the frame before, and to the frame with which the connection began. */
void evidence_belongs(struct evidence *evidence, uint64_t frame, uint64_t connection) {
    put_number(evidence->log, frame - evidence->log_frame);
    put_number(evidence->log, frame - connection);
    evidence->log_frame = frame;
}

void evidence_joins(struct evidence *evidence, uint64_t connection, uint64_t other) {
    struct join *join = add(evidence, &evidence->joins, sizeof *join);

    if (join != NULL)
        *join = (struct join){connection, other};
}

/* --- what is said of them --- */

static void comment_on(struct evidence *evidence, uint64_t frame, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

static void comment_on(struct evidence *evidence, uint64_t frame, const char *format, ...) {
    struct comment *comment = add(evidence, &evidence->comments, sizeof *comment);
    va_list values;

    if (comment == NULL)
        return;
    *comment = (struct comment){frame, evidence->comments.count, NULL};
    va_start(values, format);
    if (vasprintf(&comment->text, format, values) < 0) {
        evidence->comments.count--;
        fail(evidence, "the frames cannot be saved", ENOMEM);
    }
    va_end(values);
}

static void comment_finding(struct evidence *evidence, const struct connection *connection,
                            const struct finding *finding) {
    char sentence[FINDING_SENTENCE];
    const struct anomaly_row *row = anomaly_row((enum anomaly_id)finding->id);
    const unsigned long long id = connection->id, frame = finding->frame;

    comment_on(evidence, finding->frame, "finwait: #%llu frame %llu: %s %s: %s", id, frame,
               severity_name((enum severity)finding->severity), row->id,
               finding_sentence(connection, finding, sentence));
    for (unsigned i = 0; i < finding->frame_count; i++)
        if (finding->frames[i] != finding->frame)
            comment_on(evidence, finding->frames[i], "finwait: #%llu frame %llu: see %s in frame %llu", id,
                       (unsigned long long)finding->frames[i], row->id, frame);
}

static bool is_chosen(const struct evidence_settings *settings, const struct connection *connection) {
    if (settings->all)
        return true;
    if (settings->connection != 0)
        return connection->id == settings->connection;
    return connection->findings != NULL && findings_reported(connection->findings) > 0;
}

void evidence_connection(struct evidence *evidence, const struct connection *connection) {
    const struct findings *findings = connection->findings;
    uint64_t *id;

    if (!is_chosen(evidence->settings, connection))
        return;
    id = add(evidence, &evidence->chosen, sizeof *id);
    if (id == NULL)
        return;
    *id = connection->id;
    comment_on(evidence, connection->id, "finwait: #%llu frame %llu: the first frame of this connection",
               (unsigned long long)connection->id, (unsigned long long)connection->id);
    for (uint32_t i = 0; findings != NULL && i < findings->count; i++)
        if (!findings->items[i].withdrawn)
            comment_finding(evidence, connection, &findings->items[i]);
}

/* --- afterwards --- */

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
        fail(evidence, "the frames cannot be saved", ENOMEM);
        return false;
    }
    if (fflush(evidence->log) != 0 || fseek(evidence->log, 0, SEEK_SET) != 0 || ferror(evidence->log)) {
        fail(evidence, "what belongs together could not be noted", errno);
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
        fail(evidence, "frames for the time being could not be kept", errno);
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
    fail(evidence, "the frames cannot be written", errno);
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
        fail(evidence, "the frames cannot be saved", ENOMEM);
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
        fail(evidence, "the frames cannot be written", errno);
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
        fail(evidence, "the frames cannot be written", errno);
    return finish(evidence, error);
}
