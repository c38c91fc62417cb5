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

static bool replay(struct model *model, const struct connection *connection, struct connection *record) {
    const struct lane *lane = lane_in(connection);
    uint8_t log[BUDGET_LANE_SEGMENTS * LANE_ENTRY_MOST];
    lane_log_copy(&lane->log, log);
    struct lane_walk walk = {.frame = connection->id, .time = lane->first_time};
    const uint8_t *at = log;
    for (uint64_t i = 0; i < connection->frames_seen; i++) {
        struct segment segment;
        enum side side;
        if (i < SIDES) {
            come_in(&walk, lane, i == 0 ? SIDE_CLIENT : SIDE_SERVER);
        }
        at = lane_log_read(at, &walk, &segment, &side);
        complete(connection, side, &segment);
        if (i < SIDES) {
            complete_offer(lane, side, &segment);
        }
        lane_pass(&walk.side[side], &walk.side[other_side(side)], &segment);
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
