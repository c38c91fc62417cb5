/* SPDX-License-Identifier: BSD-3-Clause */
#include "engine/engine.h"

#include "engine/analyser.h"
#include "engine/crew.h"
#include "engine/look.h"
#include "rules/views.h"
#include "rules/watch.h"

#include <stdlib.h>
#include <string.h>

enum { SHARE_VIEWS = 128 }; /* the budget divided by this: what connections that are not over are told of one another */

struct engine {
    struct look look;          /* and its decoder, owned */
    struct analyser *analyser; /* of all partitions; NULL: the crew has them */
    struct crew *crew;
    struct rules *rules; /* for what is of no connection */
    struct watch *watch;
    struct views *views;
    int64_t latest; /* time of the frame before */
    uint64_t held;
    uint64_t sides[TCP_STATES];    /* what engine_open lends */
    struct analyser_counts counts; /* of the crew, at the end */
    struct engine_sink sink;
    struct engine_totals totals;
    bool good_checksum; /* seen; of the crew's frames */
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
    return views_end(engine->views, connection->id, connection->other_view) &&
           unless_stopped(engine, engine->sink.connection(engine->sink.context, connection));
}

static bool kind_enough(void *context, const struct ordinary_kind *kind, uint64_t connection,
                        const struct address ends[SIDES], int64_t time) {
    struct engine *engine = context;

    if (!engine->sink.alike(engine->sink.context, kind, connection, ends))
        return false;
    engine->held--;
    if (engine->passing)
        engine_last_until(engine, time);
    return views_end(engine->views, connection, NULL); /* else `ended` comes, and fails */
}

static bool alike(void *context, const struct ordinary_end *end) {
    struct address ends[SIDES];
    connection_get_address(end->connection, SIDE_CLIENT, &ends[SIDE_CLIENT]);
    connection_get_address(end->connection, SIDE_SERVER, &ends[SIDE_SERVER]);
    return kind_enough(context, end->kind, end->connection->id, ends, end->time);
}

static bool joined(void *context, uint64_t connection, uint64_t other) {
    struct engine *engine = context;

    engine->held--;
    if (!views_end(engine->views, connection, NULL))
        return false;
    if (engine->sink.joined != NULL)
        engine->sink.joined(engine->sink.context, connection, other);
    return true;
}

static bool dropped(void *context, const struct connection *connection) {
    struct engine *engine = context;

    if (engine->sink.dropped != NULL)
        engine->sink.dropped(engine->sink.context, connection);
    return joined(engine, connection->id, connection->previous);
}

static bool backward(void *context, uint64_t frame, int64_t time, int64_t before) {
    const struct engine *engine = context;

    return rules_backward(engine->rules, frame, time, before);
}

/* Says which connection the frame belongs to, or which fragments, and so do the fragments that it made whole. */
static bool tell_owner(void *context, uint64_t frame, const uint64_t *made_whole, unsigned made_whole_count,
                       uint64_t owner) {
    const struct engine *engine = context;
    const struct engine_sink *sink = &engine->sink;

    if (sink->belongs == NULL || owner == 0)
        return true;
    sink->belongs(sink->context, frame, owner);
    for (unsigned i = 0; i < made_whole_count; i++)
        sink->made_whole(sink->context, made_whole[i], owner);
    return true;
}

static bool opened(void *context, const struct opening_segment *segment) {
    const struct engine *engine = context;

    return views_take(engine->views, segment);
}

/* Whether there is something to be done behind a frame: mostly there is not. */
static inline bool is_awaited(const struct engine *engine, const struct arrived *arrived) {
    return arrived_has_syn(arrived) || engine->sink.belongs != NULL;
}

/* All has been done with a frame. owner: id of the connection that it belongs to, or number of the fragments; 0: none.
 */
__attribute__((noinline)) static bool done(struct engine *engine, uint64_t frame, const struct arrived *arrived,
                                           uint64_t owner) {
    if (arrived_has_syn(arrived) && !views_segment(engine->views, arrived->of.segment, owner))
        return false;
    return tell_owner(engine, frame, arrived->made_whole, arrived->made_whole_count, owner);
}

/* --- birth and end --- */

static struct analyser *make_analyser(struct engine *engine, const struct analyser_settings *settings) {
    const struct analyser_events events = {
        .context = engine,
        .began = began,
        .queue = watch_queue(engine->watch),
        .ended = ended,
        .dropped = dropped,
        .observed = engine->sink.observed != NULL ? observed : NULL,
        .applied = engine->sink.applied != NULL ? applied : NULL,
        .alike = engine->sink.alike != NULL ? alike : NULL,
    };

    return analyser_new(settings, &events);
}

/* NULL where one thread is enough, or no other can be had. */
static struct crew *make_crew(struct engine *engine, struct analyser_settings settings, unsigned analysers) {
    const struct engine_sink *sink = &engine->sink;
    const struct crew_events events = {
        .context = engine,
        .began = began,
        .told = told,
        .ended = ended,
        .joined = joined,
        .alike = sink->alike != NULL ? kind_enough : NULL,
        .backward = backward,
        .opened = opened,
        .done = tell_owner,
    };

    if (analysers < 2 || sink->observed != NULL || sink->applied != NULL || sink->dropped != NULL)
        return NULL;
    settings.analysers = analysers < engine->look.partitions ? analysers : engine->look.partitions;
    const struct crew_settings crew = {.analyser = settings, .every_frame = sink->belongs != NULL};
    return crew_new(&crew, &events);
}

static bool make_analysers(struct engine *engine, const struct engine_settings *settings) {
    struct model_settings model = settings->model;
    const struct analyser_settings analyser = {.model = &model,
                                               .rules = &settings->rules,
                                               .partitions = engine->look.partitions,
                                               .analysers = 1,
                                               .late = settings->late};

    model.may_move = true;
    engine->crew = make_crew(engine, analyser, settings->analysers);
    if (engine->crew == NULL)
        engine->look.analyser = engine->analyser = make_analyser(engine, &analyser);
    return engine->crew != NULL || engine->analyser != NULL;
}

static bool make_parts(struct engine *engine, const struct engine_settings *settings) {
    engine->look.decoder = decoder_new();
    if (engine->look.decoder == NULL)
        return false;
    decoder_seed(engine->look.decoder, settings->model.hash_key[0] ^ settings->model.hash_key[1]);
    if (settings->no_tunnels)
        decoder_close_tunnels(engine->look.decoder);
    engine->rules = rules_new(&settings->rules);
    engine->watch = watch_new(&settings->rules, settings->model.hash_key);
    engine->views = views_new(settings->model.memory_budget / SHARE_VIEWS);
    if (engine->rules == NULL || engine->watch == NULL || engine->views == NULL)
        return false;
    rules_tell(engine->rules, watch_queue(engine->watch));
    return make_analysers(engine, settings);
}

struct engine *engine_new(const struct engine_settings *settings, const struct engine_sink *sink) {
    struct engine *engine = calloc(1, sizeof *engine);

    if (engine == NULL)
        return NULL;
    engine->sink = *sink;
    engine->look.totals = &engine->totals;
    engine->look.partitions = partitions_under(&settings->model);
    flow_key_init(&engine->look.key, settings->model.hash_key);
    if (!make_parts(engine, settings)) {
        engine_free(engine);
        return NULL;
    }
    return engine;
}

void engine_free(struct engine *engine) {
    if (engine == NULL)
        return;
    crew_free(engine->crew);
    analyser_free(engine->analyser);
    rules_free(engine->rules);
    watch_free(engine->watch);
    views_free(engine->views);
    decoder_free(engine->look.decoder);
    free(engine);
}

/* --- frames --- */

static enum engine_result result(const struct engine *engine, bool good) {
    if (good)
        return ENGINE_OK;
    return engine->stopped ? ENGINE_STOPPED : ENGINE_NO_MEMORY;
}

/* --- time --- */

/* The latest time so far is that of the last frame, or of one behind which time went back: so it need not be worked out
 * for each of them. */
static void note_latest(struct engine *engine, int64_t time) {
    struct engine_totals *totals = &engine->totals;

    totals->last_time = time > totals->last_time ? time : totals->last_time;
}

static void note_begin(struct engine *engine, int64_t time) {
    struct engine_totals *totals = &engine->totals;

    totals->first_time = totals->last_time = engine->latest = time;
    if (engine->crew != NULL)
        crew_note_begin(engine->crew, time);
    else
        analyser_note_begin(engine->analyser, time);
}

static void count_frames(struct engine *engine, const struct frame *frames, unsigned count) {
    if (engine->totals.frames == 0 && count > 0)
        note_begin(engine, frames[0].time);
    engine->totals.frames += count;
}

/* --- on this thread --- */

static uint64_t owner_of(const struct engine *engine, const struct looked *looked, unsigned at) {
    const struct arrived *arrived = &looked->arrived[at];

    return arrived->result == DECODE_SKIPPED ? look_fragment_of(looked, at) : analyser_owner(engine->analyser, arrived);
}

static bool go_back(struct engine *engine, const struct frame *frame, int64_t before) {
    note_latest(engine, before);
    return backward(engine, frame->number, frame->time, before);
}

__attribute__((noinline)) static bool take_frame(struct engine *engine, const struct frame *frame,
                                                 const struct looked *looked, unsigned at, int64_t before) {
    const struct arrived *arrived = &looked->arrived[at];

    if (frame->time < before && !go_back(engine, frame, before))
        return false;
    if (!analyser_pass(engine->analyser, 0, frame->time))
        return false;
    if (arrived->result != DECODE_SKIPPED && !analyser_take(engine->analyser, 0, arrived))
        return false;
    return !is_awaited(engine, arrived) || done(engine, frame->number, arrived, owner_of(engine, looked, at));
}

/* Nothing is to be done behind an unopened one, unless somebody waits for all. */
static bool take_frames(struct engine *engine, const struct frame *frames, unsigned count, struct looked *looked) {
    const bool none_awaited = engine->sink.belongs == NULL;
    int64_t before = engine->latest;
    bool good = true;

    analyser_approach(looked->arrived, count);
    for (unsigned at = 0; at < count && good; at++) {
        if (looked->arrived[at].unopened && none_awaited && frames[at].time >= before)
            good = analyser_take_unopened(engine->analyser, &looked->arrived[at]);
        else
            good = take_frame(engine, &frames[at], looked, at, before);
        before = frames[at].time;
    }
    engine->latest = before;
    return good;
}

/* --- on others --- */

/* One of which the analyser must be told whether an earlier frame had a good checksum. */
static bool hand_on_opened(struct engine *engine, const struct frame *frame, bool looked, struct arrived *arrived,
                           int64_t before) {
    struct segment segment;
    struct decoded decoded;

    if (looked)
        look_open(&engine->look, &segment, arrived);
    else
        look_walk(&engine->look, frame, &decoded, arrived);
    if (arrived->result == DECODE_SEGMENT) {
        engine->totals.tcp_segments++;
        engine->good_checksum = engine->good_checksum || arrived->of.segment->checksum == CHECKSUM_GOOD;
    }
    arrived->good_checksum = engine->good_checksum;
    return crew_add(engine->crew, frame, arrived, arrived->result == DECODE_SKIPPED ? decoded.fragment_of : 0, before);
}

/* Whether an analyser may open it by itself, in whatever order: not where it may be the first that has a good
 * checksum. */
static bool is_for_analyser(const struct engine *engine, const struct direct *direct) {
    return engine->good_checksum || direct->captured < direct->claimed;
}

static inline bool hand_on_unopened(struct engine *engine, const struct frame *frame, const struct direct *direct,
                                    bool plain, int64_t before) {
    engine->totals.tcp_segments++;
    return crew_add_direct(engine->crew, frame, direct, plain,
                           packet_partition(direct->packet, direct->version) & (engine->look.partitions - 1),
                           engine->good_checksum, before);
}

static bool hand_on(struct engine *engine, const struct frame *frames, unsigned count) {
    bool good = true;

    for (unsigned i = 0; i < count && good; i++) {
        int64_t before = engine->latest;
        struct arrived arrived;
        bool plain = look_plainly(&frames[i], &arrived.direct);
        bool looked = plain || look_further(&engine->look, &frames[i], &arrived.direct);

        if (frames[i].time < before)
            note_latest(engine, before);
        engine->latest = frames[i].time;
        if (looked && is_for_analyser(engine, &arrived.direct))
            good = hand_on_unopened(engine, &frames[i], &arrived.direct, plain, before);
        else
            good = hand_on_opened(engine, &frames[i], looked, &arrived, before);
    }
    return good;
}

/* --- on either --- */

enum engine_result engine_frames(struct engine *engine, const struct frame *frames, unsigned count) {
    struct looked looked;
    bool good = true;

    count_frames(engine, frames, count);
    if (engine->crew != NULL)
        good = hand_on(engine, frames, count);
    for (unsigned number; count > 0 && good && engine->crew == NULL; frames += number, count -= number) {
        number = look_at_frames(&engine->look, frames, count, &looked);
        good = take_frames(engine, frames, number, &looked);
    }
    note_latest(engine, engine->latest);
    return result(engine, good);
}

enum engine_result engine_settle(struct engine *engine) {
    return result(engine, engine->crew == NULL || crew_drain(engine->crew));
}

void engine_note_dropped(struct engine *engine, uint64_t frames, int64_t time) {
    const struct watch_event event = {.kind = WATCH_DROPPED, .missing = frames};

    if (frames == 0)
        return;
    watch_take(engine->watch, &event); /* takes no memory */
    if (engine->crew != NULL)
        crew_note_dropped(engine->crew, frames, time);
    else
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
    struct analyser_counts counts = engine->counts;

    if (engine->analyser != NULL)
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

static bool finish(struct engine *engine) {
    int64_t end_time = engine->totals.last_time;

    if (engine->crew == NULL)
        return analyser_finish(engine->analyser, 0, end_time);
    if (!crew_finish(engine->crew, end_time))
        return false;
    crew_count(engine->crew, &engine->counts);
    *watch_queue(engine->watch)->octets += crew_octets(engine->crew);
    return true;
}

enum engine_result engine_finish(struct engine *engine) {
    return result(engine, finish(engine) && watch_finish(engine->watch, found, engine));
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
    return decoder_encapsulations(engine->look.decoder);
}
