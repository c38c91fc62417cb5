/* SPDX-License-Identifier: BSD-3-Clause */
#include "model/budget.h"
#include "model/carriage.h"
#include "model/deadlines.h"
#include "model/internal.h"
#include "model/lane.h"
#include "model/rest.h"

#include <stdlib.h>
#include <string.h>

static const int64_t second = 1000000000;
enum {
    DEFAULT_AWAKE_ATTEMPTS = 2048,
    DEFAULT_IDLE_AWAKE = 4096,
    DEFAULT_CONNECTIONS = 2000000,
    DEFAULT_KEPT = 1 << 21
};
static const uint64_t DEFAULT_BUDGET = UINT64_C(4) << 30;

const char *side_name(enum side side) {
    return side == SIDE_CLIENT ? "client" : "server";
}

const char *connection_end_name(enum connection_end end) {
    static const char *const names[] = {NULL, "closed", "replaced", "idle", "evicted", "capture-end"};
    return names[end];
}

const char *location_name(enum location location) {
    static const char *const names[] = {NULL, "before-capture-point", "beyond-capture-point", "capture", "endpoint"};
    return names[location];
}

void model_settings_default(struct model_settings *settings) {
    *settings = (struct model_settings){.profile = PROFILE_LINUX,
                                        .msl = profile_msl(PROFILE_LINUX),
                                        .syn_timeout = 130 * second,
                                        .idle_timeout = 7440 * second,
                                        .long_silence = 60 * second,
                                        .duplicate_window = second / 1000,
                                        .reorder_window = 3 * second / 1000,
                                        .max_connections = DEFAULT_CONNECTIONS,
                                        .memory_budget = DEFAULT_BUDGET,
                                        .max_awake_attempts = DEFAULT_AWAKE_ATTEMPTS,
                                        .max_idle_awake = DEFAULT_IDLE_AWAKE,
                                        .max_kept = DEFAULT_KEPT};
}

struct model *model_new(const struct model_settings *settings, const struct model_events *events) {
    struct model *model = calloc(1, sizeof *model);
    if (model == NULL) {
        return NULL;
    }
    model->settings = *settings;
    model->stack = profile_stack(settings->profile);
    model->events = *events;
    model->rest_due = model->end_due = INT64_MAX;
    budget_init(model);
    model->ended = ended_flows_new(settings->memory_budget / SHARE_ENDED);
    model->pool = pool_new();
    model->lane = !settings->no_lane && settings->late && settings->may_move && !settings->keep_segments &&
                  events->applied == NULL && events->queue != NULL;
    model->spare = calloc(1, sizeof *model->spare);
    bool ok = records_init(model) && flow_table_init(&model->table, settings->hash_key, false) &&
              flow_table_init(&model->tuples, settings->hash_key, true) && model->ended != NULL &&
              model->pool != NULL && model->spare != NULL;
    const int64_t patience[QUEUES] = {[QUEUE_EMBRYONIC] = settings->syn_timeout,
                                      [QUEUE_CLOSED] = two_msl(model),
                                      [QUEUE_OPEN] = settings->idle_timeout};
    for (int i = 0; i < QUEUES; i++) {
        model->queues[i] = deadlines_new(patience[i]);
        ok = ok && model->queues[i] != NULL;
    }
    if (!ok) {
        model_free(model);
        return NULL;
    }
    return model;
}

static void free_held(struct model *model, struct connection *connection) {
    if (connection->in_lane) {
        lane_free(model, connection);
        return;
    }
    bool rested = connection->at_rest;
    connection = rested ? rest_spare(model, connection) : connection;
    model->events.dropped(model->events.context, connection);
    connection_clear(model, connection);
    if (!rested) {
        slab_give(model->connections, connection);
    }
}

void model_free(struct model *model) {
    if (model == NULL) {
        return;
    }
    while (model->left_next < model->left_count) {
        free_held(model, model->left[model->left_next++].item);
    }
    free(model->left);
    for (int i = 0; i < QUEUES; i++) {
        struct connection *connection;
        while (model->queues[i] != NULL && (connection = deadlines_first(model->queues[i])) != NULL) {
            deadlines_remove(model->queues[i], connection);
            free_held(model, connection);
        }
        deadlines_free(model->queues[i]);
    }
    ended_flows_free(model->ended);
    free(model->spare);
    model_records_free(model->own_records);
    pool_free(model->pool);
    flow_table_free(&model->table);
    flow_table_free(&model->tuples);
    free(model);
}

uint64_t model_latest_connection(const struct model *model) {
    return model->latest;
}

void model_count_open(const struct model *model, uint64_t *opening, uint64_t *open, uint64_t *closed) {
    *opening = deadlines_count(model->queues[QUEUE_EMBRYONIC]);
    *open = deadlines_count(model->queues[QUEUE_OPEN]);
    *closed = deadlines_count(model->queues[QUEUE_CLOSED]);
}

const uint64_t *model_side_states(const struct model *model) {
    return model->states;
}

uint64_t model_peak_connections(const struct model *model) {
    return model->peak;
}

uint64_t model_evicted(const struct model *model) {
    return model->evicted;
}

uint64_t model_ordinary(const struct model *model) {
    return model->ordinary;
}

uint64_t model_uncompared(const struct model *model) {
    return model->uncompared;
}

/* --- deadlines --- */

/* *time: when, ns. NULL: none is. */
static struct connection *next_due(struct model *model, int64_t *time) {
    struct connection *due = NULL;
    for (int i = 0; i < QUEUES; i++) {
        struct connection *first = deadlines_first(model->queues[i]);
        int64_t deadline = first == NULL ? INT64_MAX : deadline_of(model, first);
        if (first != NULL && (due == NULL || deadline < *time || (deadline == *time && first->id < due->id))) {
            due = first;
            *time = deadline;
        }
    }
    return due;
}

/* The first of one queue may be due later than its queue has heard. */
static void note_end_due(struct model *model) {
    model->end_due = INT64_MAX;
    for (int i = 0; i < QUEUES; i++) {
        int64_t due = deadlines_none_before(model->queues[i]);
        model->end_due = due < model->end_due ? due : model->end_due;
    }
}

int64_t model_quiet_until(const struct model *model) {
    return model->end_due;
}

bool model_next_end(struct model *model, struct model_end *next) {
    int64_t deadline;
    const struct connection *due = next_due(model, &deadline);
    note_end_due(model);
    if (due == NULL) {
        return false;
    }
    *next = (struct model_end){deadline, due->id};
    return true;
}

static bool end_at_deadline(struct model *model, struct connection *due, int64_t deadline) {
    enum connection_end end = due->queue == QUEUE_CLOSED ? END_CLOSED : END_IDLE;
    return connection_end(model, due, end, deadline);
}

bool model_end_next(struct model *model) {
    int64_t deadline;
    struct connection *due = next_due(model, &deadline);
    bool ok = end_at_deadline(model, due, deadline);
    note_end_due(model);
    return ok;
}

__attribute__((noinline)) static bool end_due(struct model *model, int64_t time) {
    struct connection *due;
    int64_t deadline;
    while ((due = next_due(model, &deadline)) != NULL && deadline <= time) {
        if (!end_at_deadline(model, due, deadline)) {
            return false;
        }
    }
    note_end_due(model);
    return true;
}

bool model_advance(struct model *model, int64_t time) {
    if (time >= model->rest_due) {
        rest_advance(model, time);
    }
    return time < model->end_due || end_due(model, time);
}

void model_note_good_checksum(struct model *model) {
    model->seen_good_checksum = true;
}

bool model_seen_good_checksum(const struct model *model) {
    return model->seen_good_checksum;
}

void model_forget(struct model *model, struct connection *connection) {
    connection_free(model, connection);
}

static bool make_room(struct model *model) {
    while (model->held >= model->settings.max_connections) {
        uint64_t attempts = deadlines_count(model->queues[QUEUE_EMBRYONIC]);
        if (!evict_one(model, attempts > model->settings.max_connections / SHARE_SPARED)) {
            return false;
        }
    }
    return true;
}

/* --- segments --- */

static bool report(struct model *model, const struct observation *observation) {
    const uint32_t ordinary = FACT_DATA;
    if ((observation->facts & ~ordinary) == 0 && observation->more == 0) {
        return true;
    }
    return model->events.observed(model->events.context, observation);
}

static bool waits(const struct snapshot *snapshot) {
    return snapshot->state == STATE_CLOSE_WAIT || snapshot->state == STATE_TIME_WAIT;
}

static bool changes_waiting(const struct observation *observation) {
    for (int i = 0; i < SIDES; i++) {
        const struct snapshot *before = &observation->before[i];
        const struct snapshot *after = &observation->after[i];
        if (before->state != after->state && (waits(before) || waits(after))) {
            return true;
        }
    }
    return false;
}

/* Rows of the log are the segments that open, close or move a state, and those to which a finding points. */
static bool log_and_report(struct arrival *arrival) {
    struct observation *observation = arrival->observation;
    const struct model_events *events = &arrival->model->events;
    const uint32_t ordinary = FACT_DATA;
    if (events->applied != NULL && !events->applied(events->context, observation)) {
        return false;
    }
    observation->more |= changes_waiting(observation) ? MORE_WAITING : 0;
    bool moved = observation->before[0].state != observation->after[0].state ||
                 observation->before[1].state != observation->after[1].state;
    bool keeps = moved || (arrival->segment->flags & (TCP_SYN | TCP_FIN | TCP_RST)) != 0 ||
                 (observation->facts & FACT_FIRST) != 0;
    bool list = arrival->model->settings.keep_segments;
    if (!keeps && !list && (observation->facts & ~ordinary) == 0 && observation->more == 0) {
        return true;
    }
    bool ok = log_note(arrival, !keeps) && report(arrival->model, observation);
    if (!keeps && !list && !arrival->model->settings.no_log) {
        log_forget_newest_unless_pinned(arrival->connection);
    }
    return ok;
}

/* The SYN of a newer incarnation, as the older one sees it. */
static bool observe_challenge(struct model *model, struct connection *older, const struct segment *segment) {
    enum side sender = connection_side(older, segment);
    struct observation observation = {.segment = segment,
                                      .connection = older,
                                      .frame = segment->frame,
                                      .time = segment->time,
                                      .sender = (uint8_t)sender,
                                      .facts = FACT_SYN_ON_LIVE,
                                      .provoked_by = segment->frame,
                                      .seq = endpoint_offset(&older->side[sender], segment->seq)};
    for (int i = 0; i < SIDES; i++) {
        observation.before[i] = (struct snapshot){older->side[i].path.state, older->side[i].path.certainty};
        observation.after[i] = observation.before[i];
        observation.guard[i] = guard_of(&older->side[i]);
    }
    struct endpoint *x = &older->side[sender];
    remember_segment(x, segment, true, false);
    x->recent[x->recent_latest].challenged = 1;
    return model->events.observed(model->events.context, &observation);
}

static void touch(struct connection *connection, const struct segment *segment) {
    connection->last_frame = segment->frame;
    connection->last_time = segment->time > connection->last_time ? segment->time : connection->last_time;
}

/* The opener answers a challenge ACK of the peer's old connection with a RST: that connection is over (RFC 9293 3.5.1).
 */
static bool reset_older(struct model *model, struct connection *older, const struct segment *segment) {
    struct arrival arrival;
    struct observation observation;
    arrival_prepare(&arrival, model, older, segment, connection_side(older, segment), &observation);
    bool time_wait = endpoint_state(arrival.y) == STATE_TIME_WAIT;
    struct path_event event = event_of(&arrival, EVENT_RECEIVED_RST, CERTAINTY_PRESUMED);
    observation.facts |= FACT_RST;
    observation.more |= time_wait ? MORE_TIME_WAIT_KILLED : MORE_HALF_OPEN;
    observation.reset = RESET_ANSWERS_BAD_ACK;
    observation.reset_applied = true;
    observation.provoked_by = recent_newest(arrival.y)->frame;
    observation.provoked_time = recent_newest(arrival.y)->time;
    older->half_open = !time_wait;
    account_recent(&arrival, false);
    zeek_note(&arrival, 0);
    arrival.x->frames++;
    arrival.x->bytes += segment->length;
    if (endpoint_state(arrival.y) != STATE_CLOSED && !path_append(&arrival.y->path, &event)) {
        return false;
    }
    for (int i = 0; i < SIDES; i++) {
        observation.after[i] = (struct snapshot){older->side[i].path.state, older->side[i].path.certainty};
    }
    touch(older, segment);
    return log_and_report(&arrival);
}

static bool forget_syn(struct connection *newest, uint64_t frame) {
    struct endpoint *server = &newest->side[SIDE_SERVER];
    struct path_change change;
    newest->disputed = true;
    if (!has_event(server, EVENT_RECEIVED_SYN)) {
        return true;
    }
    if (!path_change_begin(&change, &server->path)) {
        return false;
    }
    path_remove(&server->path, EVENT_RECEIVED_SYN);
    return path_change_end(&change, &server->path, frame);
}

static bool apply(struct model *model, struct connection *connection, const struct segment *segment, uint64_t more,
                  bool *moved) {
    struct arrival arrival;
    struct observation observation;
    bool waits = connection->side[0].waited || connection->side[1].waited;
    if (waits && !time_wait_expire(model, connection, segment->time)) {
        return false;
    }
    arrival_prepare(&arrival, model, connection, segment, connection_side(connection, segment), &observation);
    observation.more |= more;
    bool ok = arrival_apply(&arrival);
    if ((observation.facts & FACT_COPY) != 0) {
        observation.more = 0;
    }
    if ((observation.facts & FACT_SYN_ACK) != 0 && connection->incarnation > 1 && !connection->reuse_told) {
        observation.more |= MORE_PORT_REUSED;
        connection->reuse_told = true;
    }
    touch(connection, segment);
    *moved = memcmp(observation.before, observation.after, sizeof observation.before) != 0;
    return ok && log_and_report(&arrival);
}

bool connection_replay(struct model *model, struct connection *connection, enum side side,
                       const struct segment *segment, bool *quiet) {
    struct observation observation;
    struct arrival news;
    bool moved;
    news.observation = &observation;
    news.segment = NULL;
    if (steady_replay(model, connection, side, segment, quiet, &news)) {
        return news.segment == NULL || log_and_report(&news);
    }
    bool ok = apply(model, connection, segment, 0, &moved);
    connection_prove(connection);
    return ok;
}

static bool settle(struct model *model, const struct choice *choice, struct connection *newest,
                   const struct segment *segment) {
    bool ok = true;
    if (choice->challenged != NULL) {
        ok = observe_challenge(model, choice->challenged, segment);
    }
    if (choice->forgets_syn) {
        ok = ok && forget_syn(newest, segment->frame);
        connection_count_states(model, newest);
    }
    if (choice->resets_older) {
        struct predecessor *before = predecessor_of(newest);
        before->ended = true;
        before->waited = false;
    }
    if (choice->drops_newer) {
        connection_drop(model, newest);
    } else if (choice->ends_older) {
        ok = ok && incarnation_commit(model, newest, segment->time);
    }
    return ok;
}

static struct choice choose(struct model *model, const struct segment *segment, struct connection *newest,
                            uint64_t hash) {
    if (newest != NULL) {
        return incarnation_choose(model, newest, segment);
    }
    ended_flows_forget(model->ended, segment->time - two_msl(model));
    if (!make_room(model)) {
        return (struct choice){0};
    }
    struct choice choice = {.connection = connection_begin(model, segment, hash, NULL)};
    bool opens = (segment->flags & (TCP_SYN | TCP_ACK | TCP_RST)) == TCP_SYN;
    if (choice.connection != NULL && choice.connection->previous != 0 && opens) {
        choice.more = MORE_PORT_REUSED;
        choice.connection->reuse_told = true;
    }
    return choice;
}

static bool begin_in_lane(struct model *model, const struct segment *segment, uint64_t hash, bool *begun) {
    ended_flows_forget(model->ended, segment->time - two_msl(model));
    return make_room(model) && connection_begin_in_lane(model, segment, hash, begun);
}

static uint64_t hash_of(const struct model *model, const struct segment *segment) {
    return flow_hash(&model->table, &segment->source, segment->source_port, &segment->destination,
                     segment->destination_port, segment->network);
}

void model_expect(const struct model *model, struct model_place *place) {
    place->slot = flow_table_slot(&model->table, place->hash);
    place->changes = model->table.changes;
    __builtin_prefetch(place->slot);
}

enum { LINE = 64, HEAD_LINES = 3, SIDE_LINES = 5 };

/* As far as a record in the lane reaches. */
void model_approach(const struct model *model, struct model_place *place) {
    struct connection *connection = flow_table_seek_from(&model->table, place->slot, place->hash);
    const char *head = (const char *)connection;
    place->connection = connection;
    for (int i = 0; i < HEAD_LINES && connection != NULL; i++) {
        __builtin_prefetch(head + i * LINE, 1);
    }
}

void model_reach(const struct connection *connection) {
    if (connection->in_lane) {
        __builtin_prefetch(lane_in(connection)->log.end, 1);
        return;
    }
    if (connection->at_rest) {
        return;
    }
    for (int side = 0; side < SIDES; side++) {
        const char *hot = (const char *)&connection->side[side];
        for (int i = 0; i < SIDE_LINES; i++) {
            __builtin_prefetch(hot + i * LINE, 1);
        }
    }
}

__attribute__((always_inline)) static inline struct connection *
find_newest(const struct model *model, const struct segment *segment, uint64_t hash) {
    return flow_table_find(&model->table, hash, &segment->source, segment->source_port, &segment->destination,
                           segment->destination_port, segment->network);
}

/* One that the lane has not taken; newest: of its flow, or NULL. */
__attribute__((noinline)) static bool take_beside_lane(struct model *model, struct connection *newest,
                                                       const struct segment *segment, uint64_t expected) {
    bool taken = false;
    if (newest != NULL && (newest = connection_awake(model, newest)) == NULL) {
        return false;
    }
    if (newest != NULL && !model->settings.keep_segments && model->events.applied == NULL &&
        steady_apply(model, newest, connection_side(newest, segment), segment)) {
        newest->deadline = newest->last_time + model->settings.idle_timeout;
        model->latest = newest->id;
        return true;
    }
    if (newest == NULL && !carriage_adopt(model, segment, expected, &newest)) {
        return false;
    }
    bool good = newest != NULL || !lane_opens(model, segment) || begin_in_lane(model, segment, expected, &taken);
    if (!good || taken) {
        return good;
    }
    if (newest != NULL && incarnation_begins(newest, segment) && model->held >= model->settings.max_connections) {
        if (!make_room(model)) {
            return false;
        }
        newest = find_newest(model, segment, expected); /* it may be what had to go */
    }
    struct choice choice = choose(model, segment, newest, expected);
    if (choice.connection == NULL) {
        return false;
    }
    model->latest = choice.connection->id;
    bool moved = true;
    bool ok = choice.resets_older ? reset_older(model, choice.connection, segment)
                                  : apply(model, choice.connection, segment, choice.more, &moved);
    return ok && connection_requeue(model, choice.connection, moved) && settle(model, &choice, newest, segment);
}

static bool is_of_segment(const struct connection *connection, const struct segment *segment) {
    return connection_is_of_flow(connection, &segment->source, segment->source_port, &segment->destination,
                                 segment->destination_port, segment->network);
}

bool model_expected_segment(struct model *model, const struct segment *segment, const struct model_place *place) {
    if (budget_is_tight(model) && !budget_enforce(model)) {
        return false;
    }
    struct connection *newest = connection_at(model, place);
    if (newest != NULL && !is_of_segment(newest, segment)) {
        newest = find_newest(model, segment, place->hash);
    }
    bool taken = false;
    bool good = newest == NULL || !newest->in_lane || lane_take(model, newest, segment, &taken);
    if (!good || taken) {
        return good;
    }
    return take_beside_lane(model, newest, segment, place->hash);
}

bool model_segment(struct model *model, const struct segment *segment) {
    const struct model_place place = {.hash = hash_of(model, segment)};
    return model_advance(model, segment->time) && model_expected_segment(model, segment, &place);
}

bool model_broken_segment(struct model *model, const struct broken_segment *broken, bool *known) {
    uint64_t hash = flow_hash(&model->table, &broken->source, broken->source_port, &broken->destination,
                              broken->destination_port, broken->network);
    struct connection *connection = flow_table_find(&model->table, hash, &broken->source, broken->source_port,
                                                    &broken->destination, broken->destination_port, broken->network);
    *known = connection != NULL;
    if (connection != NULL && (connection = connection_awake(model, connection)) == NULL) {
        return false;
    }
    model->latest = connection == NULL ? 0 : connection->id;
    if (connection == NULL) {
        return true;
    }
    bool by_client = connection->port[SIDE_CLIENT] == broken->source_port &&
                     address_equal(&connection->address[SIDE_CLIENT], &broken->source);
    struct observation observation = {.broken = broken,
                                      .connection = connection,
                                      .frame = broken->frame,
                                      .time = broken->time,
                                      .sender = by_client ? SIDE_CLIENT : SIDE_SERVER,
                                      .more = MORE_BROKEN};
    for (int i = 0; i < SIDES; i++) {
        observation.before[i] = (struct snapshot){connection->side[i].path.state, connection->side[i].path.certainty};
        observation.after[i] = observation.before[i];
    }
    return model->events.observed(model->events.context, &observation);
}
