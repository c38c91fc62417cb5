/* SPDX-License-Identifier: BSD-3-Clause */
#include "engine/engine.h"

#include "rules/views.h"
#include "rules/watch.h"

#include <stdlib.h>

struct engine {
    struct decoder *decoder;
    struct model *model;
    struct rules *rules;
    struct watch *watch;
    struct views *views;
    int64_t latest; /* time of the frame before */
    struct engine_sink sink;
    struct engine_totals totals;
    bool passing; /* time passes without a frame */
    bool stopped; /* by the sink, as opposed to memory being out */
};

static bool observed(void *context, const struct observation *observation) {
    struct engine *engine = context;

    if (!rules_observe(engine->rules, observation))
        return false;
    if (engine->sink.observed == NULL || engine->sink.observed(engine->sink.context, observation))
        return true;
    engine->stopped = true;
    return false;
}

static bool applied(void *context, const struct observation *observation) {
    struct engine *engine = context;

    engine->stopped = !engine->sink.applied(engine->sink.context, observation);
    return !engine->stopped;
}

static void forget_findings(struct connection *connection) {
    findings_free(connection->findings);
    connection->findings = NULL;
}

static bool ended(void *context, struct connection *connection) {
    struct engine *engine = context;
    bool good = rules_end(engine->rules, connection, connection->end_time);

    if (engine->passing)
        engine_last_until(engine, connection->end_time);
    views_end(engine->views, connection->id, connection->other_view);
    if (good && !engine->sink.connection(engine->sink.context, connection)) {
        engine->stopped = true;
        good = false;
    }
    forget_findings(connection);
    return good;
}

static void dropped(void *context, struct connection *connection) {
    struct engine *engine = context;

    if (engine->rules != NULL)
        rules_dropped(engine->rules, connection);
    if (engine->views != NULL)
        views_end(engine->views, connection->id, NULL);
    if (engine->sink.dropped != NULL)
        engine->sink.dropped(engine->sink.context, connection);
    if (engine->sink.joined != NULL)
        engine->sink.joined(engine->sink.context, connection->id, connection->previous);
    forget_findings(connection);
}

static bool told(void *context, const struct watch_event *event) {
    return watch_take(context, event);
}

struct engine *engine_new(const struct engine_settings *settings, const struct engine_sink *sink) {
    struct engine *engine = calloc(1, sizeof *engine);

    if (engine == NULL)
        return NULL;
    struct model_settings model = settings->model;
    model.may_move = true;
    const struct model_events events = {
        .context = engine,
        .observed = observed,
        .ended = ended,
        .dropped = dropped,
        .applied = sink->applied != NULL ? applied : NULL,
    };
    engine->sink = *sink;
    engine->decoder = decoder_new();
    if (engine->decoder != NULL)
        decoder_seed(engine->decoder, settings->model.hash_key[0] ^ settings->model.hash_key[1]);
    if (engine->decoder != NULL && settings->no_tunnels)
        decoder_close_tunnels(engine->decoder);
    engine->model = model_new(&model, &events);
    engine->rules = rules_new(&settings->rules);
    engine->watch = watch_new(&settings->rules, settings->model.hash_key);
    engine->views = views_new();
    if (engine->decoder == NULL || engine->model == NULL || engine->rules == NULL || engine->watch == NULL ||
        engine->views == NULL) {
        engine_free(engine);
        return NULL;
    }
    rules_tell(engine->rules, told, engine->watch);
    return engine;
}

void engine_free(struct engine *engine) {
    if (engine == NULL)
        return;
    model_free(engine->model);
    rules_free(engine->rules);
    watch_free(engine->watch);
    views_free(engine->views);
    decoder_free(engine->decoder);
    free(engine);
}

static enum engine_result result(const struct engine *engine, bool good) {
    if (good)
        return ENGINE_OK;
    return engine->stopped ? ENGINE_STOPPED : ENGINE_NO_MEMORY;
}

/* A frame as the decoder has left it, and what the model expects of it. */
struct pending {
    struct decoded decoded;
    enum decode_result result;
    uint64_t expected;
};

static void open_frame(struct engine *engine, const struct frame *frame, struct pending *pending) {
    if (frame->filtered) {
        pending->result = DECODE_SKIPPED;
        pending->decoded.skipped = SKIP_FILTERED;
        pending->decoded.joined = 0;
        pending->decoded.made_whole_count = 0;
        pending->decoded.fragment_of = 0;
        pending->decoded.transient = false;
        return;
    }
    pending->result = decode_frame(engine->decoder, frame, &pending->decoded);
    if (pending->result == DECODE_SEGMENT)
        pending->expected = model_expect(engine->model, &pending->decoded.segment);
}

static bool apply_broken(struct engine *engine, const struct broken_segment *broken) {
    bool known;

    return model_broken_segment(engine->model, broken, &known) && (known || rules_broken(engine->rules, broken));
}

static bool apply_segment(struct engine *engine, const struct pending *pending) {
    const struct segment *segment = &pending->decoded.segment;

    engine->totals.tcp_segments++;
    if (!model_expected_segment(engine->model, segment, pending->expected))
        return false;
    return (segment->flags & TCP_SYN) == 0 ||
           views_segment(engine->views, segment, model_latest_connection(engine->model));
}

/* Hands on what a frame holds, and counts it, together with the fragments before it that it completes. */
static bool apply(struct engine *engine, const struct pending *pending) {
    uint32_t joined = pending->decoded.joined;

    engine->totals.skipped[SKIP_FRAGMENT] -= joined;
    switch (pending->result) {
    case DECODE_SEGMENT:
        return apply_segment(engine, pending);
    case DECODE_ICMP_ERROR:
        engine->totals.skipped[SKIP_NOT_TCP] += 1 + joined;
        return model_icmp_error(engine->model, &pending->decoded.icmp_error);
    case DECODE_BROKEN:
        engine->totals.skipped[pending->decoded.skipped] += 1 + joined;
        return apply_broken(engine, &pending->decoded.broken);
    case DECODE_SKIPPED:
        engine->totals.skipped[pending->decoded.skipped] += 1 + joined;
        break;
    }
    return true;
}

/* Says which connection the frame belongs to, or which fragments, and so do the fragments that it made whole. */
static bool tell_owner(const struct engine *engine, uint64_t frame, const struct pending *pending) {
    const struct engine_sink *sink = &engine->sink;
    const struct decoded *decoded = &pending->decoded;
    uint64_t owner = pending->result == DECODE_SKIPPED ? decoded->fragment_of : model_latest_connection(engine->model);

    if (sink->belongs == NULL || owner == 0)
        return true;
    sink->belongs(sink->context, frame, owner);
    for (unsigned i = 0; i < decoded->made_whole_count; i++)
        sink->made_whole(sink->context, decoded->made_whole[i], owner);
    return true;
}

/* Counts the frame and ends what is due by its time. */
static bool begin_frame(struct engine *engine, const struct frame *frame) {
    struct engine_totals *totals = &engine->totals;
    int64_t time = frame->time;
    int64_t before = engine->latest;

    if (totals->frames++ == 0)
        totals->first_time = totals->last_time = before = time;
    engine->latest = time;
    if (time < before && !rules_backward(engine->rules, frame->number, time, before))
        return false;
    if (time > totals->last_time)
        totals->last_time = time;
    return model_advance(engine->model, time);
}

/* Opens frames up to one whose payload would be gone with the next; returns how many. */
static unsigned open_frames(struct engine *engine, const struct frame *frames, unsigned count,
                            struct pending *pending) {
    unsigned opened = 0;

    do
        open_frame(engine, &frames[opened], &pending[opened]);
    while (!pending[opened++].decoded.transient && opened < count);
    return opened;
}

enum engine_result engine_frames(struct engine *engine, const struct frame *frames, unsigned count) {
    struct pending pending[ENGINE_BATCH];
    bool good = true;

    for (unsigned opened; count > 0 && good; frames += opened, count -= opened) {
        opened = open_frames(engine, frames, count, pending);
        for (unsigned i = 0; i < opened && opened > 1; i++)
            if (pending[i].result == DECODE_SEGMENT)
                model_approach(engine->model, pending[i].expected);
        for (unsigned i = 0; i < opened && good; i++)
            good = begin_frame(engine, &frames[i]) && apply(engine, &pending[i]) &&
                   tell_owner(engine, frames[i].number, &pending[i]);
    }
    return result(engine, good);
}

void engine_note_dropped(struct engine *engine, uint64_t frames, int64_t time) {
    const struct watch_event event = {.kind = WATCH_DROPPED, .missing = frames};

    if (frames == 0)
        return;
    watch_take(engine->watch, &event); /* takes no memory */
    rules_note_dropped(engine->rules, frames, time);
}

enum engine_result engine_pass_time(struct engine *engine, int64_t time) {
    bool good;

    engine->passing = true;
    good = model_advance(engine->model, time);
    engine->passing = false;
    return result(engine, good);
}

struct engine_open engine_open(const struct engine *engine) {
    struct engine_open open;

    model_count_open(engine->model, &open.opening, &open.open, &open.closed);
    open.sides = model_side_states(engine->model);
    return open;
}

void engine_last_until(struct engine *engine, int64_t time) {
    const int64_t latest = INT64_MAX / 2 - 1000000000000000;

    if (time > latest)
        time = latest;
    if (time > engine->totals.last_time)
        engine->totals.last_time = time;
}

static bool found(void *context, const struct capture_finding *finding) {
    struct engine *engine = context;

    if (engine->sink.finding == NULL || engine->sink.finding(engine->sink.context, finding))
        return true;
    engine->stopped = true;
    return false;
}

enum engine_result engine_finish(struct engine *engine) {
    return result(engine,
                  model_finish(engine->model, engine->totals.last_time) && watch_finish(engine->watch, found, engine));
}

struct engine_totals engine_totals(const struct engine *engine) {
    struct engine_totals totals = engine->totals;

    totals.evicted = model_evicted(engine->model);
    totals.uncompared = model_uncompared(engine->model);
    totals.peak_connections = model_peak_connections(engine->model);
    return totals;
}

const struct encapsulations *engine_encapsulations(const struct engine *engine) {
    return decoder_encapsulations(engine->decoder);
}
