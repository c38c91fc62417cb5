/* SPDX-License-Identifier: BSD-3-Clause */
#include "engine/engine.h"

#include "engine/analyser.h"
#include "rules/views.h"
#include "rules/watch.h"

#include <stdlib.h>
#include <string.h>

struct engine {
    struct decoder *decoder;
    struct analyser *analyser; /* of all partitions */
    struct rules *rules;       /* for what is of no connection */
    struct watch *watch;
    struct views *views;
    unsigned partitions;
    int64_t latest; /* time of the frame before */
    uint64_t held;
    uint64_t sides[TCP_STATES]; /* what engine_open lends */
    struct engine_sink sink;
    struct engine_totals totals;
    bool good_checksum; /* seen */
    bool passing;       /* time passes without a frame */
    bool stopped;       /* by the sink, as opposed to memory being out */
};

/* --- what the analysers tell, in the order of the frames --- */

static bool began(void *context) {
    struct engine *engine = context;
    struct engine_totals *totals = &engine->totals;

    engine->held++;
    totals->peak_connections = engine->held > totals->peak_connections ? engine->held : totals->peak_connections;
    return true;
}

static bool told(void *context, const struct watch_event *event) {
    const struct engine *engine = context;

    return watch_take(engine->watch, event);
}

/* Good, or the sink has said stop. */
static bool unless_stopped(struct engine *engine, bool good) {
    engine->stopped = engine->stopped || !good;
    return good;
}

static bool observed(void *context, const struct observation *observation) {
    struct engine *engine = context;

    return unless_stopped(engine, engine->sink.observed(engine->sink.context, observation));
}

static bool applied(void *context, const struct observation *observation) {
    struct engine *engine = context;

    return unless_stopped(engine, engine->sink.applied(engine->sink.context, observation));
}

static bool ended(void *context, struct connection *connection) {
    struct engine *engine = context;

    engine->held--;
    if (engine->passing)
        engine_last_until(engine, connection->end_time);
    views_end(engine->views, connection->id, connection->other_view);
    return unless_stopped(engine, engine->sink.connection(engine->sink.context, connection));
}

static bool alike(void *context, const struct ordinary_end *end) {
    struct engine *engine = context;

    if (!engine->sink.alike(engine->sink.context, end->kind, end->connection->id))
        return false;
    engine->held--;
    if (engine->passing)
        engine_last_until(engine, end->time);
    views_end(engine->views, end->connection->id, NULL);
    return true;
}

static void joined(struct engine *engine, uint64_t connection, uint64_t other) {
    engine->held--;
    views_end(engine->views, connection, NULL);
    if (engine->sink.joined != NULL)
        engine->sink.joined(engine->sink.context, connection, other);
}

static bool dropped(void *context, const struct connection *connection) {
    struct engine *engine = context;

    if (engine->sink.dropped != NULL)
        engine->sink.dropped(engine->sink.context, connection);
    joined(engine, connection->id, connection->previous);
    return true;
}

/* --- birth and end --- */

static bool make_analyser(struct engine *engine, const struct engine_settings *settings) {
    struct model_settings model = settings->model;
    const struct analyser_events events = {
        .context = engine,
        .began = began,
        .told = told,
        .ended = ended,
        .dropped = dropped,
        .observed = engine->sink.observed != NULL ? observed : NULL,
        .applied = engine->sink.applied != NULL ? applied : NULL,
        .alike = engine->sink.alike != NULL ? alike : NULL,
    };
    const struct analyser_settings analyser = {
        .model = &model, .rules = &settings->rules, .partitions = engine->partitions, .analysers = 1};

    model.may_move = true;
    engine->analyser = analyser_new(&analyser, &events);
    return engine->analyser != NULL;
}

static bool make_parts(struct engine *engine, const struct engine_settings *settings) {
    engine->decoder = decoder_new();
    if (engine->decoder == NULL)
        return false;
    decoder_seed(engine->decoder, settings->model.hash_key[0] ^ settings->model.hash_key[1]);
    if (settings->no_tunnels)
        decoder_close_tunnels(engine->decoder);
    engine->rules = rules_new(&settings->rules);
    engine->watch = watch_new(&settings->rules, settings->model.hash_key);
    engine->views = views_new();
    if (engine->rules == NULL || engine->watch == NULL || engine->views == NULL)
        return false;
    rules_tell(engine->rules, told, engine);
    return make_analyser(engine, settings);
}

struct engine *engine_new(const struct engine_settings *settings, const struct engine_sink *sink) {
    struct engine *engine = calloc(1, sizeof *engine);

    if (engine == NULL)
        return NULL;
    engine->sink = *sink;
    engine->partitions = partitions_under(&settings->model);
    if (!make_parts(engine, settings)) {
        engine_free(engine);
        return NULL;
    }
    return engine;
}

void engine_free(struct engine *engine) {
    if (engine == NULL)
        return;
    analyser_free(engine->analyser);
    rules_free(engine->rules);
    watch_free(engine->watch);
    views_free(engine->views);
    decoder_free(engine->decoder);
    free(engine);
}

/* --- frames --- */

static enum engine_result result(const struct engine *engine, bool good) {
    if (good)
        return ENGINE_OK;
    return engine->stopped ? ENGINE_STOPPED : ENGINE_NO_MEMORY;
}

static void find_partition(const struct engine *engine, struct arrived *arrived) {
    const struct decoded *decoded = &arrived->decoded;
    unsigned partition = 0;

    switch (engine->partitions > 1 ? arrived->result : DECODE_SKIPPED) {
    case DECODE_SEGMENT:
        partition = partition_of(&decoded->segment.source, decoded->segment.source_port, &decoded->segment.destination,
                                 decoded->segment.destination_port);
        break;
    case DECODE_ICMP_ERROR:
        partition = partition_of(&decoded->icmp_error.source, decoded->icmp_error.source_port,
                                 &decoded->icmp_error.destination, decoded->icmp_error.destination_port);
        break;
    case DECODE_BROKEN:
        partition = partition_of(&decoded->broken.source, decoded->broken.source_port, &decoded->broken.destination,
                                 decoded->broken.destination_port);
        break;
    case DECODE_SKIPPED:
        break;
    }
    arrived->partition = (uint8_t)(partition % engine->partitions);
}

static void open_frame(struct engine *engine, const struct frame *frame, struct arrived *arrived) {
    if (frame->filtered) {
        arrived->result = DECODE_SKIPPED;
        arrived->decoded.skipped = SKIP_FILTERED;
        arrived->decoded.joined = 0;
        arrived->decoded.made_whole_count = 0;
        arrived->decoded.fragment_of = 0;
        arrived->decoded.transient = false;
        return;
    }
    arrived->result = decode_frame(engine->decoder, frame, &arrived->decoded);
    find_partition(engine, arrived);
    arrived->good_checksum = engine->good_checksum;
    if (arrived->result == DECODE_SEGMENT && arrived->decoded.segment.checksum == CHECKSUM_GOOD)
        engine->good_checksum = true;
}

/* Counts what a frame holds, together with the fragments before it that it completes. */
static void count(struct engine *engine, const struct arrived *arrived) {
    const struct decoded *decoded = &arrived->decoded;
    uint64_t *skipped = engine->totals.skipped;

    skipped[SKIP_FRAGMENT] -= decoded->joined;
    if (arrived->result == DECODE_SEGMENT)
        engine->totals.tcp_segments++;
    else if (arrived->result == DECODE_ICMP_ERROR)
        skipped[SKIP_NOT_TCP] += 1 + decoded->joined;
    else
        skipped[decoded->skipped] += 1 + decoded->joined;
}

/* Says which connection the frame belongs to, or which fragments, and so do the fragments that it made whole. */
static void tell_owner(const struct engine *engine, uint64_t frame, const struct decoded *decoded, uint64_t owner) {
    const struct engine_sink *sink = &engine->sink;

    if (sink->belongs == NULL || owner == 0)
        return;
    sink->belongs(sink->context, frame, owner);
    for (unsigned i = 0; i < decoded->made_whole_count; i++)
        sink->made_whole(sink->context, decoded->made_whole[i], owner);
}

/* Counts the frame, and says so if it is older than the one before it. */
static bool begin_frame(struct engine *engine, const struct frame *frame) {
    struct engine_totals *totals = &engine->totals;
    int64_t time = frame->time;
    int64_t before = engine->latest;

    if (totals->frames++ == 0)
        totals->first_time = totals->last_time = before = time;
    engine->latest = time;
    if (time > totals->last_time)
        totals->last_time = time;
    return time >= before || rules_backward(engine->rules, frame->number, time, before);
}

/* What has been done with a frame: the id of the connection that it belongs to, or number of the fragments; 0: none. */
static bool end_frame(struct engine *engine, uint64_t frame, const struct arrived *arrived, uint64_t owner) {
    const struct segment *segment = &arrived->decoded.segment;

    if (arrived->result == DECODE_SEGMENT && (segment->flags & TCP_SYN) != 0 &&
        !views_segment(engine->views, segment, owner))
        return false;
    tell_owner(engine, frame, &arrived->decoded, owner);
    return true;
}

static bool take_frame(struct engine *engine, const struct frame *frame, const struct arrived *arrived) {
    uint64_t owner = arrived->decoded.fragment_of;

    if (!begin_frame(engine, frame) || !analyser_pass(engine->analyser, 0, frame->time))
        return false;
    count(engine, arrived);
    if (arrived->result != DECODE_SKIPPED && !analyser_take(engine->analyser, 0, arrived, &owner))
        return false;
    return end_frame(engine, frame->number, arrived, owner);
}

/* Opens frames up to one whose payload would be gone with the next; returns how many. */
static unsigned open_frames(struct engine *engine, const struct frame *frames, unsigned number,
                            struct arrived *arrived) {
    unsigned opened = 0;

    do {
        open_frame(engine, &frames[opened], &arrived[opened]);
        if (arrived[opened].result != DECODE_SKIPPED)
            analyser_expect(engine->analyser, &arrived[opened]);
    } while (!arrived[opened++].decoded.transient && opened < number);
    return opened;
}

enum engine_result engine_frames(struct engine *engine, const struct frame *frames, unsigned number) {
    struct arrived arrived[ENGINE_BATCH];
    bool good = true;

    for (unsigned opened; number > 0 && good; frames += opened, number -= opened) {
        opened = open_frames(engine, frames, number, arrived);
        for (unsigned i = 0; i < opened && opened > 1; i++)
            if (arrived[i].result == DECODE_SEGMENT)
                analyser_approach(engine->analyser, &arrived[i]);
        for (unsigned i = 0; i < opened && opened > 1; i++)
            if (arrived[i].result == DECODE_SEGMENT)
                analyser_reach(engine->analyser, &arrived[i]);
        for (unsigned i = 0; i < opened && good; i++)
            good = take_frame(engine, &frames[i], &arrived[i]);
    }
    return result(engine, good);
}

void engine_note_dropped(struct engine *engine, uint64_t frames, int64_t time) {
    const struct watch_event event = {.kind = WATCH_DROPPED, .missing = frames};

    if (frames == 0)
        return;
    watch_take(engine->watch, &event); /* takes no memory */
    analyser_note_dropped(engine->analyser, frames, time);
}

enum engine_result engine_pass_time(struct engine *engine, int64_t time) {
    bool good;

    engine->passing = true;
    good = analyser_pass(engine->analyser, 0, time);
    engine->passing = false;
    return result(engine, good);
}

static struct analyser_counts count_held(const struct engine *engine) {
    struct analyser_counts counts = {0};

    analyser_count(engine->analyser, &counts);
    return counts;
}

struct engine_open engine_open(struct engine *engine) {
    const struct analyser_counts counts = count_held(engine);

    memcpy(engine->sides, counts.sides, sizeof engine->sides);
    return (struct engine_open){.held = engine->held,
                                .opening = counts.opening,
                                .open = counts.open,
                                .closed = counts.closed,
                                .sides = engine->sides};
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
    return result(engine, analyser_finish(engine->analyser, 0, engine->totals.last_time) &&
                              watch_finish(engine->watch, found, engine));
}

struct engine_totals engine_totals(const struct engine *engine) {
    struct engine_totals totals = engine->totals;
    const struct analyser_counts counts = count_held(engine);

    totals.evicted = counts.evicted;
    totals.ordinary = counts.ordinary;
    totals.uncompared = counts.uncompared;
    return totals;
}

const struct encapsulations *engine_encapsulations(const struct engine *engine) {
    return decoder_encapsulations(engine->decoder);
}
