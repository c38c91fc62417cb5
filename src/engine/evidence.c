/* SPDX-License-Identifier: BSD-3-Clause */
#include <config.h> /* for O_TMPFILE */

#include "base/room.h"
#include "engine/evidence_internal.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

void evidence_fail(struct evidence *evidence, const char *what, int error) {
    if (!evidence->failed)
        message_set(&evidence->reason, "%s: %s", what, strerror(error));
    evidence->failed = true;
}

/* NULL: memory is out, which is noted. */
static void *add(struct evidence *evidence, struct table *table, size_t size) {
    void *items = room_for_one_more(table->items, table->count, &table->room, 16, size);

    if (items == NULL) {
        evidence_fail(evidence, "the frames cannot be saved", ENOMEM);
        return NULL;
    }
    table->items = items;
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

        if (!needs_spool(settings->paths[i], spool) && !settings->live)
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
        evidence_fail(evidence, "frames for the time being cannot be kept", errno);
        spool->first_lost = frame->number;
    }
}

void evidence_live_frames(struct evidence *evidence, const struct frame *frames, unsigned count,
                          const struct capture_info *info) {
    struct spool *spool = &evidence->spools[0];

    for (unsigned i = 0; i < count; i++) {
        if (spool->next == 0)
            spool->next = frames[i].number;
        keep(evidence, spool, &frames[i], info);
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
        evidence_fail(evidence, "the frames cannot be saved", ENOMEM);
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
