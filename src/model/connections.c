/* SPDX-License-Identifier: BSD-3-Clause */
#include "model/budget.h"
#include "model/carriage.h"
#include "model/deadlines.h"
#include "model/internal.h"
#include "model/lane.h"
#include "model/rest.h"

#include <stdlib.h>
#include <string.h>

/* Birth, waiting and end of connections (report-format.md, "A connection ends"). */

static const struct predecessor no_predecessor;

struct predecessor *predecessor_of(struct connection *connection) {
    return connection->before == &no_predecessor ? NULL : (struct predecessor *)(uintptr_t)connection->before;
}

void connection_clear(struct model *model, struct connection *connection) {
    for (int i = 0; i < SIDES; i++) {
        path_free(&connection->side[i].path);
        ranges_free(&connection->side[i].holes);
        free(connection->side[i].incidents);
        kept_free(model, &connection->side[i]);
    }
    log_free(&connection->log);
    free(connection->liveness);
    free(predecessor_of(connection));
}

void connection_free(struct model *model, struct connection *connection) {
    connection_clear(model, connection);
    slab_give(model->connections, connection);
}

/* Without a SYN or SYN/ACK the side with the higher port is taken for the initiator. */
static bool sender_is_client(const struct segment *segment) {
    if ((segment->flags & (TCP_SYN | TCP_RST)) == TCP_SYN) {
        return (segment->flags & TCP_ACK) == 0;
    }
    return segment->source_port >= segment->destination_port;
}

static void set_ends(struct connection *connection, const struct segment *segment) {
    bool client = sender_is_client(segment);
    connection->address[SIDE_CLIENT] = client ? segment->source : segment->destination;
    connection->address[SIDE_SERVER] = client ? segment->destination : segment->source;
    connection->port[SIDE_CLIENT] = client ? segment->source_port : segment->destination_port;
    connection->port[SIDE_SERVER] = client ? segment->destination_port : segment->source_port;
    connection->initiator_seen = (segment->flags & (TCP_SYN | TCP_ACK | TCP_RST)) == TCP_SYN;
}

static void set_initial_states(const struct model *model, struct connection *connection) {
    struct path *client = &connection->side[SIDE_CLIENT].path;
    struct path *server = &connection->side[SIDE_SERVER].path;
    path_init(client, STATE_CLOSED, connection->side[SIDE_CLIENT].first_events);
    path_init(server, STATE_LISTEN, connection->side[SIDE_SERVER].first_events);
    server->request_socket = model->stack->request_socket;
}

/* What a newer incarnation needs to know of the one before it (RFC 9293 3.4.1). Sides may have changed their roles. */
static bool inherit(const struct model *model, struct connection *connection, struct connection *older) {
    struct predecessor *before = calloc(1, sizeof *before);
    if (before == NULL) {
        return false;
    }
    older->disputed_by = connection->id;
    older->disputed_time = connection->first_time;
    bool same_roles = connection->port[0] == older->port[0] &&
                      memcmp(&connection->address[0], &older->address[0], sizeof older->address[0]) == 0;
    connection->incarnation = older->incarnation + 1;
    connection->previous = older->id;
    connection->before = before;
    before->last_frame = older->last_frame;
    before->last_time = older->last_time;
    before->timestamps = older->side[0].timestamps_seen && older->side[1].timestamps_seen;
    before->ended = true;
    for (int i = 0; i < SIDES; i++) {
        const struct endpoint *side = &older->side[i];
        int now = same_roles ? i : 1 - i;
        before->isn[now] = side->isn;
        before->next[now] = endpoint_raw_stop(side);
        before->tsval[now] = side->tsval_max;
        enum tcp_state state = endpoint_state(side);
        before->ended = before->ended && state == STATE_CLOSED;
        if (state == STATE_TIME_WAIT && side->time_wait_since + two_msl(model) > connection->first_time) {
            before->waited = true;
            before->time_wait_since = side->time_wait_since;
            before->time_wait_side = (uint8_t)now;
        }
    }
    return true;
}

/* It was never closed, and this segment opens nothing: no other incarnation, but the same one once more. */
static void go_on(struct connection *connection, const struct ended_flow *ended) {
    connection->remnant = true;
    connection->reuse_told = true;
    connection->incarnation = ended->incarnation;
    connection->previous = ended->id;
}

/* The connection before this one has ended and been freed, but less than 2MSL ago. */
static bool inherit_ended(const struct model *model, struct connection *connection, bool opens) {
    bool same_roles;
    const struct ended_flow *ended =
        ended_flows_find(model->ended, connection, connection->first_time - two_msl(model), &same_roles);
    if (ended != NULL && ended->cut_short && !opens) {
        go_on(connection, ended);
        return true;
    }
    struct predecessor *before = ended == NULL ? NULL : calloc(1, sizeof *before);
    if (before == NULL) {
        return ended == NULL;
    }
    connection->incarnation = ended->incarnation + 1;
    connection->previous = ended->id;
    connection->before = before;
    before->last_frame = ended->last_frame;
    before->last_time = ended->last_time;
    before->timestamps = ended->timestamps;
    before->ended = ended->closed;
    for (int i = 0; i < SIDES; i++) {
        int now = same_roles ? i : 1 - i;
        before->isn[now] = ended->isn[i];
        before->next[now] = ended->next[i];
        before->tsval[now] = ended->tsval[i];
    }
    return true;
}

void connection_count_states(struct model *model, struct connection *connection) {
    for (int i = 0; i < SIDES; i++) {
        uint8_t state = connection->side[i].path.state;
        if (state != connection->counted[i]) {
            model->states[connection->counted[i]]--;
            model->states[state]++;
            connection->counted[i] = state;
        }
    }
}

/* Both sides, as far as is known when they come. */
static void begin_to_count(struct model *model, struct connection *connection) {
    connection->counted[0] = connection->counted[1] = STATE_UNKNOWN;
    model->states[STATE_UNKNOWN] += SIDES;
    connection_count_states(model, connection);
}

static bool enter(struct model *model, struct connection *connection, struct connection *older) {
    if (!deadlines_add(model->queues[QUEUE_EMBRYONIC], connection)) {
        return false;
    }
    wait_for_deadline(model, connection);
    if (!carriage_enter(model, connection, older)) {
        deadlines_remove(model->queues[QUEUE_EMBRYONIC], connection);
        return false;
    }
    return true;
}

/* What finds it. */
static void init_head(struct connection *connection, const struct segment *segment, uint64_t hash) {
    connection->id = segment->frame;
    connection->last_frame = segment->frame;
    connection->last_time = segment->time;
    connection->encapsulation = segment->encapsulation;
    connection->network = segment->network;
    connection->hash = hash;
    connection->queue = QUEUE_EMBRYONIC;
}

void connection_init(const struct model *model, struct connection *connection, int64_t first_time) {
    connection->first_time = first_time;
    connection->network_back = connection->network;
    connection->encapsulation_back = connection->encapsulation;
    connection->incarnation = 1;
    connection->before = &no_predecessor;
    log_init(connection);
    set_initial_states(model, connection);
}

static void hold(struct model *model) {
    model->held++;
    model->peak = model->held > model->peak ? model->held : model->peak;
}

/* Of one whose last segment came longer ago than that nothing would have been held without evictions either. */
static bool may_be_remnant(const struct model *model, const struct segment *segment) {
    const struct model_settings *settings = &model->settings;
    bool opens = (segment->flags & (TCP_SYN | TCP_ACK)) == TCP_SYN;
    bool answers = (segment->flags & TCP_SYN) != 0;
    int64_t held = answers ? settings->syn_timeout : settings->idle_timeout;
    return !opens && model->evicted > 0 && segment->time - model->evicted_time < held;
}

struct connection *connection_begin(struct model *model, const struct segment *segment, uint64_t hash,
                                    struct connection *older) {
    struct connection *connection = slab_take(model->connections);
    if (connection == NULL) {
        return NULL;
    }
    init_head(connection, segment, hash);
    set_ends(connection, segment);
    connection_init(model, connection, segment->time);
    connection->deadline = segment->time + model->settings.syn_timeout;
    connection->older = older;
    connection->remnant = may_be_remnant(model, segment);
    bool opens = (segment->flags & TCP_SYN) != 0;
    bool ok = older != NULL ? inherit(model, connection, older) : inherit_ended(model, connection, opens);
    if (!ok || !enter(model, connection, older)) {
        connection_free(model, connection);
        return NULL;
    }
    rest_await(model, connection, connection->last_time);
    begin_to_count(model, connection);
    hold(model);
    budget_charge(model, connection);
    if (model->events.began != NULL) {
        model->events.began(model->events.context, connection);
    }
    return connection;
}

bool connection_begin_in_lane(struct model *model, const struct segment *segment, uint64_t hash, bool *begun) {
    struct connection *connection = slab_take(model->lanes);
    bool same_roles;
    if (connection == NULL) {
        return false;
    }
    init_head(connection, segment, hash);
    lane_set_ends(connection, segment);
    if (ended_flows_find(model->ended, connection, segment->time - two_msl(model), &same_roles) != NULL) {
        slab_give(model->lanes, connection);
        return true;
    }
    if (!enter(model, connection, NULL)) {
        slab_give(model->lanes, connection);
        return false;
    }
    *begun = true;
    model->states[STATE_UNKNOWN] += SIDES;
    hold(model);
    budget_lane_begun(model, connection);
    if (model->events.began != NULL) {
        model->events.began(model->events.context, connection);
    }
    return lane_begin(model, connection, segment);
}

static bool is_over(const struct endpoint *side) {
    return endpoint_state(side) == STATE_CLOSED || endpoint_state(side) == STATE_TIME_WAIT;
}

static bool proved_open(const struct endpoint *side) {
    const struct path *path = &side->path;
    bool sure = path->certainty == CERTAINTY_CONFIRMED || path->certainty == CERTAINTY_CERTAIN ||
                path->initial == STATE_UNKNOWN;
    return side->was_established || (state_is_synchronised((enum tcp_state)path->state) && sure);
}

void connection_prove(struct connection *connection) {
    for (int i = 0; i < SIDES; i++) {
        connection->side[i].was_established = proved_open(&connection->side[i]);
    }
}

static enum queue queue_for(struct connection *connection) {
    connection_prove(connection);
    bool open = connection->side[SIDE_CLIENT].was_established || connection->side[SIDE_SERVER].was_established;
    if (is_over(&connection->side[0]) && is_over(&connection->side[1])) {
        return QUEUE_CLOSED;
    }
    return open ? QUEUE_OPEN : QUEUE_EMBRYONIC;
}

/* When the later of the two sides got to CLOSED or TIME_WAIT, or restarted that. */
static int64_t over_since(const struct connection *connection) {
    int64_t since = connection->first_time;
    for (int i = 0; i < SIDES; i++) {
        const struct endpoint *side = &connection->side[i];
        for (uint8_t k = 0; k < side->path.count; k++) {
            const struct path_event *event = &side->path.events[k];
            bool counts = event->kind != EVENT_REFUTED_STEP && event->kind != EVENT_TIME_WAIT_TIMEOUT;
            since = counts && event->time > since ? event->time : since;
        }
        since = side->waited && side->time_wait_since > since ? side->time_wait_since : since;
    }
    return since;
}

static int64_t deadline_for(const struct model *model, const struct connection *connection, enum queue queue) {
    switch (queue) {
    case QUEUE_CLOSED:
        return over_since(connection) + two_msl(model);
    case QUEUE_OPEN:
        return connection->last_time + model->settings.idle_timeout;
    default:
        return connection->last_time + model->settings.syn_timeout;
    }
}

bool connection_change_queue(struct model *model, struct connection *connection, enum queue queue) {
    deadlines_remove(model->queues[connection->queue], connection);
    budget_requeue(model, connection, queue);
    wait_for_deadline(model, connection);
    if (deadlines_add(model->queues[queue], connection)) {
        return true;
    }
    budget_requeue(model, connection, QUEUE_EMBRYONIC); /* back to where there is room, for model_free to find it */
    deadlines_add(model->queues[QUEUE_EMBRYONIC], connection);
    return false;
}

bool connection_requeue(struct model *model, struct connection *connection, bool moved) {
    budget_charge(model, connection);
    connection_count_states(model, connection);
    if (!moved && connection->queue == QUEUE_OPEN) {
        connection->deadline = connection->last_time + model->settings.idle_timeout;
        return true;
    }
    enum queue queue = queue_for(connection);
    int64_t before = connection->deadline;
    if (queue != connection->queue) {
        rest_never(model, connection);
        connection->deadline = deadline_for(model, connection, queue);
        bool changed = connection_change_queue(model, connection, queue);
        rest_await(model, connection, connection->last_time);
        return changed;
    }
    connection->deadline = deadline_for(model, connection, queue);
    if (connection->deadline < before) {
        wait_for_deadline(model, connection);
        deadlines_moved(model->queues[queue], connection);
    }
    return true;
}

/* An older incarnation hangs on the newest one of its flow. */
static void detach_older(struct model *model, const struct connection *connection) {
    struct connection *newest =
        flow_table_find(&model->table, connection->hash, &connection->address[0], connection->port[0],
                        &connection->address[1], connection->port[1], connection->network);
    if (newest != NULL && !newest->in_lane && newest->older == connection) {
        newest->older = NULL;
        newest->disputed = false;
    }
}

/* It is held no longer. */
static void uncount(struct model *model, struct connection *connection) {
    budget_release(model, connection);
    model->states[connection->counted[0]]--;
    model->states[connection->counted[1]]--;
    model->held--;
}

/* Out of table, queue and the chain of incarnations; the connection itself stays. */
static void detach(struct model *model, struct connection *connection) {
    if (!flow_table_holds(&model->table, connection->hash, connection)) {
        detach_older(model, connection);
    } else {
        carriage_leave(model, connection);
    }
    deadlines_remove(model->queues[connection->queue], connection);
    if (!connection->in_lane) {
        rest_never(model, connection);
    }
    uncount(model, connection);
}

static bool append_inferred(struct endpoint *side, enum event_kind kind, uint64_t frame, int64_t time) {
    struct path_event event = {.frame = frame,
                               .time = time,
                               .flags = TCP_ACK,
                               .kind = (uint8_t)kind,
                               .certainty = CERTAINTY_ASSUMED,
                               .inferred = true};
    return path_append(&side->path, &event);
}

/* Exactly one octet of a side was acknowledged and never seen, and the side fell silent: its FIN (inference.md A.7). */
static bool infer_unseen_fin(struct model *model, struct connection *connection, int64_t now) {
    const int64_t silence = 1000000000;
    for (int i = 0; i < SIDES; i++) {
        struct endpoint *closer = &connection->side[i];
        struct endpoint *peer = &connection->side[1 - i];
        enum tcp_state state = endpoint_state(closer);
        bool could_close = state == STATE_ESTABLISHED || state == STATE_CLOSE_WAIT;
        if (closer->fin_frame != 0 || !could_close || closer->frames == 0 || closer->next_acked != closer->next + 1 ||
            connection->midstream || now - closer->early_ack_time < silence ||
            closer->last_sent_time > closer->early_ack_time) {
            continue;
        }
        uint64_t frame = closer->early_ack_frame;
        int64_t time = closer->early_ack_time;
        struct observation observation = {.connection = connection,
                                          .frame = frame,
                                          .time = time,
                                          .sender = (uint8_t)i,
                                          .more = MORE_FIN_INFERRED,
                                          .provoked_by = frame,
                                          .provoked_time = time};
        for (int k = 0; k < SIDES; k++) {
            observation.before[k] =
                (struct snapshot){connection->side[k].path.state, connection->side[k].path.certainty};
        }
        bool ok = append_inferred(closer, EVENT_SENT_FIN, frame, time) &&
                  append_inferred(peer, EVENT_RECEIVED_FIN, frame, time) &&
                  append_inferred(closer, EVENT_RECEIVED_ACK_OF_FIN, frame, time);
        closer->fin_inferred = true;
        for (int k = 0; k < SIDES; k++) {
            observation.after[k] =
                (struct snapshot){connection->side[k].path.state, connection->side[k].path.certainty};
        }
        return ok && model->events.observed(model->events.context, &observation);
    }
    return true;
}

/* Settles what was open, and reports it: it stands in no list, table or queue any more. *stays: nobody but model_forget
 * may free it. */
static bool settle_and_report(struct model *model, struct connection *connection, enum connection_end end, int64_t time,
                              bool *stays) {
    connection->end = (uint8_t)end;
    connection->end_time = time;
    bool ok = settle_excluded(&connection->side[SIDE_CLIENT]) && settle_excluded(&connection->side[SIDE_SERVER]) &&
              time_wait_expire(model, connection, time) && infer_unseen_fin(model, connection, time);
    bool attempt = connection->queue == QUEUE_EMBRYONIC; /* another SYN of it would seem to use its ports again */
    if (end == END_CLOSED || end == END_IDLE || (end == END_EVICTED && !attempt)) {
        ended_flows_add(model->ended, connection);
    }
    for (int i = 0; i < SIDES; i++) {
        kept_free(model, &connection->side[i]); /* others may want the room, however long it stays */
    }
    *stays = ok && model->settings.keeps_ended;
    return ok && model->events.ended(model->events.context, connection);
}

/* To know of which kind it is may be *enough: then it is over with that. */
static bool end_alike(struct model *model, const struct connection *connection, const struct ordinary_kind *kind,
                      uint64_t octets, int64_t time, bool *enough) {
    const struct ordinary_end end = {.connection = connection, .kind = kind, .time = time, .octets = octets};
    if (!model->events.alike(model->events.context, &end, enough)) {
        return false;
    }
    if (*enough && (kind->end == END_CLOSED || kind->end == END_IDLE)) {
        struct ended_flow flow = lane_ended_flow(connection, time);
        flow.cut_short = kind->end != END_CLOSED;
        ended_flows_put(model->ended, &flow);
    }
    return true;
}

/* Reads it back and reports it; a record of its own is needed where it stays. */
static bool end_whole(struct model *model, const struct connection *connection, enum connection_end end, int64_t time) {
    bool own = model->settings.keeps_ended;
    struct connection *record = own ? slab_take_any(model->connections) : model->spare;
    bool stays = false;
    bool ok = record != NULL && lane_replay(model, connection, true, record);
    if (ok) {
        ok = settle_and_report(model, record, end, time, &stays);
        if (!stays) {
            connection_clear(model, record);
        }
    }
    if (own && record != NULL && !stays) {
        slab_give(model->connections, record);
    }
    return ok;
}

/* Stands in no table or queue any more, or need not. */
static bool report_in_lane(struct model *model, struct connection *connection, enum connection_end end, int64_t time) {
    struct ordinary_kind kind;
    uint64_t octets = 0;
    bool has_kind = model->events.alike != NULL && lane_kind(model, connection, end, time, &kind, &octets);
    bool enough = false;
    model->ordinary++;
    bool ok = !has_kind || end_alike(model, connection, &kind, octets, time, &enough);
    return ok && (enough || end_whole(model, connection, end, time));
}

static bool end_in_lane(struct model *model, struct connection *connection, enum connection_end end, int64_t time) {
    detach(model, connection);
    bool ok = report_in_lane(model, connection, end, time);
    lane_free(model, connection);
    return ok;
}

bool connection_end(struct model *model, struct connection *held, enum connection_end end, int64_t time) {
    bool stays;
    if (held->in_lane) {
        return end_in_lane(model, held, end, time);
    }
    struct connection *connection = connection_awake(model, held);
    if (connection == NULL) {
        return false;
    }
    detach(model, connection);
    bool ok = settle_and_report(model, connection, end, time, &stays);
    if (!stays) {
        connection_free(model, connection);
    }
    return ok;
}

bool connection_finish_in_lane(struct model *model, struct connection *connection, int64_t time) {
    uncount(model, connection);
    bool ok = report_in_lane(model, connection, END_CAPTURE, time);
    if (!slab_frees_all()) {
        if (flow_table_holds(&model->table, connection->hash, connection)) {
            carriage_leave(model, connection); /* what is taken out of it later may look at what is there */
        }
        lane_free(model, connection);
    }
    return ok;
}

void connection_drop(struct model *model, struct connection *connection) {
    struct connection *older = connection->older;
    bool same_roles = older->port[0] == connection->port[0] &&
                      memcmp(&older->address[0], &connection->address[0], sizeof older->address[0]) == 0;
    for (int i = 0; i < SIDES; i++) {
        older->side[same_roles ? i : 1 - i].frames += connection->side[i].frames;
    }
    older->last_frame = connection->last_frame > older->last_frame ? connection->last_frame : older->last_frame;
    older->last_time = connection->last_time > older->last_time ? connection->last_time : older->last_time;
    detach(model, connection);
    model->events.dropped(model->events.context, connection);
    connection_free(model, connection);
}
