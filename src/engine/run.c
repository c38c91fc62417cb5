/* SPDX-License-Identifier: BSD-3-Clause */
#include "engine/run_internal.h"

#include "base/message.h"
#include "capture/reading.h"

#include <string.h>

enum {
    PROGRESS_FRAMES = 4096, /* between two calls of progress */
    RECORD_OCTETS = 16,     /* a pcap record's header: for the progress, no more */
};

static bool stop_asked(const struct run *run) {
    return run->settings->stop != NULL && *run->settings->stop != 0;
}

/* Asked while there is still something to read: a signal later than that takes nothing from the report. */
static bool must_stop(struct run *run) {
    run->stopped = run->stopped || stop_asked(run);
    return run->stopped;
}

void run_complain(struct run *run, const char *sentence) {
    run->incomplete = true;
    run->settings->complain(run->settings->context, sentence);
}

/* Whether it is worth to go on: frames are saved even if nobody reads the report any more. */
static bool wants_more(const struct run *run) {
    return !report_failed(run->report) || run->settings->evidence != NULL;
}

static bool connection_ended(void *context, const struct connection *connection) {
    struct run *run = context;

    if (run->news != NULL && !news_ended(run->news, connection))
        return false;
    if (!report_connection(run->report, connection))
        return false;
    if (report_failed(run->report))
        run->untold++;
    if (run->settings->evidence != NULL)
        evidence_connection(run->settings->evidence, connection);
    return wants_more(run);
}

static bool connection_alike(void *context, const struct ordinary_kind *kind, uint64_t id,
                             const struct address ends[SIDES]) {
    const struct run *run = context;

    return report_alike(run->report, kind, id, ends);
}

static void frame_belongs(void *context, uint64_t frame, uint64_t connection) {
    const struct run *run = context;

    evidence_belongs(run->settings->evidence, frame, connection);
}

static void fragments_made_whole(void *context, uint64_t fragments, uint64_t owner) {
    const struct run *run = context;

    evidence_joins(run->settings->evidence, fragments, owner);
}

static void connection_joined(void *context, uint64_t connection, uint64_t other) {
    const struct run *run = context;

    if (run->settings->evidence != NULL)
        evidence_joins(run->settings->evidence, connection, other);
    if (run->settings->joined != NULL)
        run->settings->joined(run->settings->context, connection, other);
}

static void connection_dropped(void *context, const struct connection *connection) {
    struct run *run = context;

    if (!news_dropped(run->news, connection))
        run->no_memory = true;
}

static bool something_observed(void *context, const struct observation *observation) {
    const struct run *run = context;

    return news_observed(run->news, observation) && !run->no_memory;
}

static bool segment_applied(void *context, const struct observation *observation) {
    const struct run *run = context;

    if (run->news != NULL && !news_applied(run->news, observation))
        return false;
    return run->settings->applied == NULL || run->settings->applied(run->settings->context, observation);
}

static bool finding_found(void *context, const struct capture_finding *finding) {
    const struct run *run = context;
    const struct report_finding reported = {
        .id = (enum anomaly_id)finding->id,
        .severity = anomaly_row((enum anomaly_id)finding->id)->severity,
        .certainty = (enum certainty)finding->certainty,
        .location = (enum location)finding->location,
        .count = finding->count,
        .frame = finding->frame,
        .last_frame = finding->last_frame,
        .time = finding->time,
        .frames = finding->evidence.frames,
        .frame_count = finding->evidence.frame_count,
        .address = finding->has_address ? &finding->address : NULL,
        .port = finding->port,
        .connections = finding->evidence.connections,
        .connections_listed = finding->evidence.connections_listed,
        .connection_count = finding->connection_count,
        .message = finding->message,
    };

    return report_finding(run->report, &reported) && wants_more(run);
}

static void note_progress(struct run *run, const struct frame *frames, unsigned count) {
    uint64_t last = frames[count - 1].number;

    for (unsigned i = 0; i < count; i++)
        run->octets += frames[i].captured + RECORD_OCTETS;
    if (last / PROGRESS_FRAMES != (frames[0].number - 1) / PROGRESS_FRAMES)
        run->settings->progress(run->settings->context, run->octets, last);
}

enum engine_result run_take(struct run *run, const struct frame *frames, unsigned count) {
    const struct run_settings *settings = run->settings;

    if (!run->origin_known) {
        run->origin_known = true;
        report_origin(run->report, frames[0].time);
    }
    if (settings->progress != NULL)
        note_progress(run, frames, count);
    return engine_frames(run->engine, frames, count);
}

/* Says why a capture could not be read (to its end), unless it was the signal that woke the read. */
static void complain_of_capture(struct run *run, const char *path, const char *reason) {
    struct message sentence;

    if (must_stop(run))
        return;
    const char *name = strcmp(path, "-") == 0 ? "standard input" : *path == '\0' ? "''" : path;

    message_set(&sentence, "%s: %s", name, reason);
    run_complain(run, sentence.text);
}

/* A capture that was read, or could not be opened, is part of the report. */
static enum engine_result report_ended(struct run *run, const struct capture_info *info) {
    struct capture_info read = *info;

    if (info->failed)
        complain_of_capture(run, info->path, info->error);
    if (run->stopped && info->format == NULL)
        return ENGINE_OK; /* it was the signal that ended the opening */
    if (run->stopped)
        read.failed = read.truncated = false;
    enum engine_result result = engine_settle(run->engine);
    if (result != ENGINE_OK)
        return result;
    if (info->drops_known)
        engine_note_dropped(run->engine, info->dropped_by_kernel, INT64_MAX);
    return report_capture(run->report, &read) ? ENGINE_OK : ENGINE_NO_MEMORY;
}

/* At a time: no more than may still be wanted, so that nothing is read beyond. */
static unsigned room_for_frames(const struct run *run) {
    uint64_t limit = run->settings->frame_limit, left = limit - run->chosen;

    return limit != 0 && left < ENGINE_BATCH ? (unsigned)left : ENGINE_BATCH;
}

static void count_chosen(struct run *run, const struct frame *frames, unsigned count) {
    for (unsigned i = 0; i < count && run->settings->frame_limit != 0; i++)
        run->chosen += !frames[i].filtered;
}

static bool has_enough(const struct run *run) {
    return run->settings->frame_limit != 0 && run->chosen == run->settings->frame_limit;
}

static enum engine_result read_captures(struct run *run, struct reading *reading) {
    enum engine_result result = ENGINE_OK;
    const struct capture_info *ended;
    struct frame frames[ENGINE_BATCH];
    unsigned count;

    do {
        if (must_stop(run) || has_enough(run))
            reading_stop(reading);
        count = reading_next(reading, frames, room_for_frames(run), &ended);
        count_chosen(run, frames, count);
        if (count != 0 && run->settings->evidence != NULL)
            evidence_frames(run->settings->evidence, frames, count, reading);
        if (count != 0)
            result = run_take(run, frames, count);
        else if (ended != NULL)
            result = report_ended(run, ended);
        if (run->settings->prompt)
            report_flush(run->report);
    } while (result == ENGINE_OK && (count != 0 || ended != NULL));
    return result;
}

static void add_totals(struct run *run) {
    const struct engine_totals totals = engine_totals(run->engine);
    struct report_summary *summary = report_summary(run->report);

    summary->frames = totals.frames;
    summary->tcp_segments = totals.tcp_segments;
    summary->duration = totals.last_time - totals.first_time;
    summary->end_time = totals.last_time;
    for (int reason = 0; reason < SKIP_REASONS; reason++)
        summary->skipped[reason] = totals.skipped[reason];
    summary->evicted = totals.evicted;
    summary->ordinary = totals.ordinary;
    summary->uncompared = totals.uncompared;
    summary->peak_connections = totals.peak_connections;
    summary->interrupted = run->stopped;
    if (run->settings->summary != NULL)
        *run->settings->summary = *summary;
}

static void save_evidence(struct run *run) {
    struct message reason, sentence;

    if (evidence_save(run->settings->evidence, &reason))
        return;
    message_set(&sentence, "%s: %s", run->settings->evidence_name, reason.text);
    run_complain(run, sentence.text);
}

static void end_as_told(const struct run *run) {
    const struct run_moment *end = &run->settings->end;
    const struct engine_totals totals = engine_totals(run->engine);
    int64_t time;

    if (!end->given || totals.frames == 0)
        return;
    if (__builtin_add_overflow(end->time, end->absolute ? 0 : totals.first_time, &time))
        time = INT64_MAX;
    engine_last_until(run->engine, time);
}

static enum engine_result read_files(struct run *run) {
    const struct reading_settings settings = {
        .paths = run->settings->files,
        .count = run->settings->file_count,
        .filter = run->settings->filter,
        .merge = run->settings->merge,
    };
    struct reading *reading = reading_new(&settings);
    enum engine_result result = reading == NULL ? ENGINE_NO_MEMORY : read_captures(run, reading);

    reading_free(reading);
    return result;
}

/* Those that are still held would have been told of when they ended. */
static void count_untold(const struct run *run) {
    if (run->settings->untold != NULL)
        *run->settings->untold = run->untold + engine_open(run->engine).held;
}

/* Reads everything and finishes the report. */
static enum run_result read_all(struct run *run) {
    enum engine_result result = run->settings->live != NULL ? run_live(run) : read_files(run);

    end_as_told(run);
    if (result == ENGINE_OK)
        result = engine_finish(run->engine);
    if (result == ENGINE_OK && run->settings->evidence != NULL)
        save_evidence(run);
    if (result == ENGINE_OK) {
        add_totals(run);
        if (!report_end(run->report))
            result = ENGINE_NO_MEMORY;
    }
    if (report_failed(run->report)) {
        count_untold(run);
        return RUN_OUTPUT_FAILED;
    }
    if (result != ENGINE_OK)
        return RUN_NO_MEMORY;
    if (run->stopped)
        return RUN_STOPPED;
    return run->incomplete ? RUN_INCOMPLETE : RUN_DONE;
}

/* Tells of things as they happen, where the report can. */
static bool make_news(struct run *run) {
    if (!report_wants_events(run->report))
        return true;
    run->news = news_new(run->report, run->settings->steps);
    return run->news != NULL;
}

enum run_result run_files(const struct run_settings *settings, struct output *output) {
    bool news = report_would_want_events(settings->report);
    bool at_once = settings->live != NULL || settings->prompt;
    const struct engine_settings engine_settings = {
        .no_tunnels = settings->report->no_tunnels,
        .analysers = at_once ? 1 : settings->analysers,
        .late = !at_once && !settings->steps,
        .model = settings->report->model,
        .rules = settings->report->rules,
    };
    struct run run = {.settings = settings};
    const struct engine_sink sink = {
        .context = &run,
        .connection = connection_ended,
        .alike = settings->evidence == NULL && report_would_take_alike(settings->report) ? connection_alike : NULL,
        .finding = finding_found,
        .belongs = settings->evidence != NULL ? frame_belongs : NULL,
        .made_whole = settings->evidence != NULL ? fragments_made_whole : NULL,
        .joined = settings->evidence != NULL || settings->joined != NULL ? connection_joined : NULL,
        .observed = news ? something_observed : NULL,
        .dropped = news ? connection_dropped : NULL,
        .applied = settings->applied != NULL || settings->steps ? segment_applied : NULL,
    };
    enum run_result result = RUN_NO_MEMORY;

    run.engine = engine_new(&engine_settings, &sink);
    if (run.engine != NULL)
        run.report = report_new(settings->report, engine_encapsulations(run.engine), output);
    if (run.report != NULL)
        result = make_news(&run) ? read_all(&run) : RUN_NO_MEMORY;
    news_free(run.news);
    run.news = NULL;
    report_free(run.report);
    engine_free(run.engine);
    return result;
}
