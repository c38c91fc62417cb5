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
    connection_init(model, record, lane->first_time);
}

struct lane_walk lane_walk_from_begin(const struct connection *connection) {
    const struct lane *lane = lane_in(connection);
    struct lane_walk walk = {
        .frame = connection->id, .time = lane->first_time, .version = connection->address[0].version};
    for (int i = 0; i < SIDES; i++) {
        walk.side[i].next = walk.side[i].acked = lane->isn[i];
    }
    return walk;
}

/* What is not in the log. */
static void complete(const struct model *model, const struct connection *connection, enum side side,
                     struct segment *segment) {
    const struct lane *lane = lane_in(connection);
    enum side other = other_side(side);
    segment->source = connection->address[side];
    segment->source_port = connection->port[side];
    segment->destination = connection->address[other];
    segment->destination_port = connection->port[other];
    segment->network = connection->network;
    segment->encapsulation = connection->encapsulation;
    segment->link_source = link_source(model->links, lane->link[side]);
    segment->hop_limit = lane->side[side].hop_limit;
    if ((segment->flags & TCP_SYN) != 0) {
        segment->options.present = lane->offer[side].options;
        segment->options.mss = lane->offer[side].mss;
        segment->options.window_scale = lane->offer[side].window_scale;
    }
}

static bool replay(struct model *model, const struct connection *connection, struct connection *record) {
    uint8_t log[LANE_LOG_MOST + LANE_COPY_SLACK];
    const uint8_t *at = lane_log_copy(&lane_in(connection)->log, log + LANE_LOG_MOST);
    struct lane_walk walk = lane_walk_from_begin(connection);
    struct segment segment;
    enum side side;
    for (unsigned read = 0; read < lane_in(connection)->segments; read++) {
        at = lane_log_read(at, &walk, &segment, &side);
        complete(model, connection, side, &segment);
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

bool lane_may_lack_text(const struct connection *connection, int64_t time) {
    uint8_t log[LANE_LOG_MOST + LANE_COPY_SLACK];
    const struct lane *lane = lane_in(connection);
    struct lane_walk begin = lane_walk_from_begin(connection);
    const uint8_t *at = lane_log_copy(&lane->log, log + LANE_LOG_MOST);
    struct lane_text text = lane_log_time(at, lane->segments, &begin, (enum side)lane->closer);
    return time - guard_for(text.round_trip) > text.passed;
}

bool lane_can_compare(const struct connection *connection, enum side side, const struct segment *segment) {
    uint8_t log[LANE_LOG_MOST + LANE_COPY_SLACK];
    struct lane_walk begin = lane_walk_from_begin(connection);
    if (segment->payload_captured <= KEPT_HEAD) {
        return true;
    }
    const uint8_t *at = lane_log_copy(&lane_in(connection)->log, log + LANE_LOG_MOST);
    return lane_log_repeats(at, lane_in(connection)->segments, &begin, side, segment);
}
