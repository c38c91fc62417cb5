/* SPDX-License-Identifier: BSD-3-Clause */
#include "model/budget.h"
#include "model/lane.h"

#include <string.h>

/* Out of the lane: what was written down goes through the model. */

/* The connection as it stood before its first segment. */
static void begin_anew(const struct model *model, const struct connection *connection, struct connection *record) {
    const struct lane *lane = lane_in(connection);
    memset((char *)record + LANE_HEAD, 0, sizeof *record - LANE_HEAD);
    memcpy(record, connection, LANE_HEAD);
    record->in_lane = false;
    record->last_frame = connection->id;
    record->last_time = lane->first_time;
    record->frames_seen = 0;
    connection_init(model, record, lane->first_time);
}

/* A side comes in with its SYN or SYN/ACK. */
static void come_in(struct lane_walk *walk, const struct lane *lane, enum side side) {
    walk->side[side].next = walk->side[side].acked = lane->isn[side];
}

/* What a SYN or SYN/ACK has that is not in the log. */
static void complete_offer(const struct lane *lane, enum side side, struct segment *segment) {
    const struct ordinary_side *offer = &lane->side[side];
    segment->flags = side == SIDE_CLIENT ? TCP_SYN : TCP_SYN | TCP_ACK;
    segment->options.present = offer->options;
    segment->options.mss = offer->mss;
    segment->options.window_scale = offer->window_scale;
}

static void complete(const struct connection *connection, enum side side, struct segment *segment) {
    const struct lane *lane = lane_in(connection);
    enum side other = other_side(side);
    segment->source = connection->address[side];
    segment->source_port = connection->port[side];
    segment->destination = connection->address[other];
    segment->destination_port = connection->port[other];
    segment->network = connection->network;
    segment->encapsulation = connection->encapsulation;
    segment->link_source = lane->link_source[side];
    segment->hop_limit = lane->hop_limit[side];
}

/* The log of a connection, segment by segment. */
struct lane_reader {
    const struct connection *connection;
    const uint8_t *at;
    uint64_t read; /* segments */
    struct lane_walk walk;
    uint8_t log[BUDGET_LANE_SEGMENTS * LANE_ENTRY_MOST];
};

static void reader_begin(struct lane_reader *reader, const struct connection *connection) {
    const struct lane *lane = lane_in(connection);
    lane_log_copy(&lane->log, reader->log);
    reader->connection = connection;
    reader->at = reader->log;
    reader->read = 0;
    reader->walk = (struct lane_walk){.frame = connection->id, .time = lane->first_time};
}

/* False behind the last. */
static bool reader_next(struct lane_reader *reader, struct segment *segment, enum side *side) {
    const struct lane *lane = lane_in(reader->connection);
    struct lane_walk *walk = &reader->walk;
    if (reader->read == reader->connection->frames_seen) {
        return false;
    }
    if (reader->read < SIDES) {
        come_in(walk, lane, reader->read == 0 ? SIDE_CLIENT : SIDE_SERVER);
    }
    reader->at = lane_log_read(reader->at, walk, segment, side);
    if (reader->read++ < SIDES) {
        complete_offer(lane, *side, segment);
    }
    lane_pass(&walk->side[*side], &walk->side[other_side(*side)], segment);
    return true;
}

static bool replay(struct model *model, const struct connection *connection, struct connection *record) {
    struct lane_reader reader;
    struct segment segment;
    enum side side;
    reader_begin(&reader, connection);
    while (reader_next(&reader, &segment, &side)) {
        complete(connection, side, &segment);
        if (!connection_replay(model, record, &segment)) {
            return false;
        }
    }
    return true;
}

bool lane_replay(struct model *model, const struct connection *connection, struct connection *record) {
    begin_anew(model, connection, record);
    model->replaying = true;
    bool ok = replay(model, connection, record);
    model->replaying = false;
    record->deadline = connection->deadline;
    if (!ok) {
        model->events.dropped(model->events.context, record);
        connection_clear(model, record);
    }
    return ok;
}

/* --- what the model would make of an ACK --- */

/* When octets of a side passed, and how long the ACK of them took; raw numbers, ns. */
struct octets_timed {
    uint32_t end;
    bool running;
    int64_t since;
    int64_t round_trip; /* of the peer, the shortest so far; 0: none */
    int64_t text;       /* when its last octets passed, a FIN apart */
};

static void time_segment(struct octets_timed *x, struct octets_timed *y, const struct segment *segment) {
    uint32_t end = segment->seq + segment->length + ((segment->flags & (TCP_SYN | TCP_FIN)) != 0);
    if (y->running && (segment->flags & TCP_ACK) != 0 && (int32_t)(segment->ack - y->end) >= 0) {
        y->round_trip = shortest_round_trip(y->round_trip, segment->time - y->since);
        y->running = false;
    }
    if (!x->running && end != segment->seq) {
        x->running = true;
        x->end = end;
        x->since = segment->time;
    }
    x->text = segment->length > 0 ? segment->time : x->text;
}

bool lane_may_lack_text(const struct connection *connection, int64_t time) {
    struct octets_timed timed[SIDES] = {{0}};
    struct lane_reader reader;
    struct segment segment;
    enum side side;
    reader_begin(&reader, connection);
    while (reader_next(&reader, &segment, &side)) {
        time_segment(&timed[side], &timed[other_side(side)], &segment);
    }
    const struct octets_timed *closer = &timed[lane_in(connection)->closer];
    return time - guard_for(closer->round_trip) > closer->text;
}
