/* SPDX-License-Identifier: BSD-3-Clause */
#include "model/budget.h"
#include "model/lane.h"
#include "model/lane_opening.h"
#include "model/lane_run.h"

#include <string.h>

/* Out of the lane: what was written down goes through the model. */

/* The connection as it stood before its first segment, which passed at that time. */
static void begin_anew(const struct model *model, const struct connection *connection, int64_t first_time,
                       struct connection *record) {
    memset((char *)record + LANE_HEAD, 0, sizeof *record - LANE_HEAD);
    lane_copy_head(connection, record);
    record->last_frame = connection->id;
    record->last_time = first_time;
    connection_init(model, record, first_time);
}

struct lane_walk lane_walk_from_begin(const struct connection *connection) {
    const struct lane *lane = lane_in(connection);
    struct lane_walk walk = {.frame = connection->id, .ipv6 = connection->ipv6};
    for (int i = 0; i < SIDES; i++) {
        walk.side[i].next = walk.side[i].acked = lane_isn(lane, (enum side)i);
        walk.side[i].window = lane->offer[i].window;
    }
    return walk;
}

/* What is not in the log, and the same of all segments of a side. */
static void make_ready(const struct model *model, const struct connection *connection, enum side side,
                       struct segment *segment) {
    enum side other = other_side(side);
    *segment = (struct segment){.source = connection_address(connection, side),
                                .source_port = connection->port[side],
                                .destination = connection_address(connection, other),
                                .destination_port = connection->port[other],
                                .network = connection->network,
                                .encapsulation = connection->encapsulation,
                                .link_source = link_source(model->links, lane_in(connection)->link[side]),
                                .hop_limit = lane_in(connection)->side[side].hop_limit};
}

/* Options of a SYN are not in the log either; what comes behind it has none of them. */
static bool replay_syn(struct model *model, const struct connection *connection, enum side side,
                       struct segment *segment, struct connection *record, bool *quiet) {
    const struct ordinary_side *offer = &lane_in(connection)->offer[side];
    struct tcp_options read = segment->options;
    segment->options.present = offer->options;
    segment->options.mss = offer->mss;
    segment->options.window_scale = offer->window_scale;
    bool ok = connection_replay(model, record, side, segment, quiet);
    segment->options = read;
    return ok;
}

static bool replay(struct model *model, const struct connection *connection, struct connection *record) {
    uint8_t log[LANE_LOG_MOST + LANE_COPY_SLACK];
    const uint8_t *at = lane_copy(connection, log + LANE_LOG_MOST);
    struct lane_walk walk = lane_walk_from_begin(connection);
    walk.time = connection->last_time - lane_log_took(at, lane_in(connection)->segments);
    struct segment ready[SIDES];
    struct segment *const segments[SIDES] = {&ready[SIDE_CLIENT], &ready[SIDE_SERVER]};
    enum side side;
    bool ok = true, quiet = false;
    make_ready(model, connection, SIDE_CLIENT, &ready[SIDE_CLIENT]);
    make_ready(model, connection, SIDE_SERVER, &ready[SIDE_SERVER]);
    struct opening opening;
    unsigned read = 0, run;
    const struct lane *lane = lane_in(connection);
    const unsigned count = lane->segments;
    bool plain = lane_opening_read(model, connection, at, &walk, segments, &opening);
    if (plain && lane_opening_recall(&opening, connection, record)) {
        at = opening.behind;
        walk = opening.walk;
        read = OPENING;
    } else {
        begin_anew(model, connection, walk.time, record);
    }
    while (read < count && ok) {
        if (read >= OPENING) {
            at = lane_run(model, record, !lane->unlike && !lane->repaired, at, &walk, segments, count - read, &run);
            read += run;
            if (read == count) {
                break;
            }
        }
        at = lane_log_next(at, &walk, segments, &side);
        ok = (ready[side].flags & TCP_SYN) != 0 ? replay_syn(model, connection, side, &ready[side], record, &quiet)
                                                : connection_replay(model, record, side, &ready[side], &quiet);
        read++;
        if (plain && ok && read == OPENING) {
            lane_opening_note(model, &opening, connection, record);
        }
    }
    return ok;
}

bool lane_replay(struct model *model, const struct connection *connection, bool over, struct connection *record) {
    model->replaying = true;
    model->compares_nothing = over && !lane_in(connection)->repaired;
    bool ok = replay(model, connection, record);
    model->replaying = model->compares_nothing = false;
    record->deadline = deadline_of(model, connection);
    if (!ok) {
        model->events.dropped(model->events.context, record);
        connection_clear(model, record);
    }
    return ok;
}

static struct lane_patience *patience_with(struct model *model, const struct connection *connection) {
    return &model->patience[connection->id % LANE_PATIENCES];
}

/* However short the round trip is. */
void lane_wait_for_text(struct model *model, const struct connection *connection, int64_t passed) {
    *patience_with(model, connection) = (struct lane_patience){connection->id, passed + guard_for(1)};
}

/* How long at least the octets before the FIN will be waited for, whatever ACKs come: a round trip that is not over at
 * that time takes no less than it has taken already. */
static int64_t least_patience(const struct lane_text *text, int64_t time) {
    int64_t sure = guard_for(text->round_trip);
    if (text->timed_since >= time) {
        return text->timed_since > time ? sure : guard_for(1);
    }
    int64_t open = guard_for(time - text->timed_since);
    return open < sure ? open : sure;
}

bool lane_may_lack_text(struct model *model, const struct connection *connection, int64_t time) {
    enum { LOOK_BACK_MOST = 96 }; /* segments: behind more a look back for each of many costs more than the long way */
    struct lane_patience *patience = patience_with(model, connection);
    const struct lane *lane = lane_in(connection);
    if (lane->segments > LOOK_BACK_MOST) {
        return true;
    }
    if (patience->connection == connection->id && time <= patience->until) {
        return false;
    }
    uint8_t log[LANE_LOG_MOST + LANE_COPY_SLACK];
    struct lane_walk begin = lane_walk_from_begin(connection);
    const uint8_t *at = lane_copy(connection, log + LANE_LOG_MOST);
    struct lane_text text = lane_log_time(at, lane->segments, &begin, (enum side)lane->closer, connection->last_time);
    *patience = (struct lane_patience){connection->id, text.passed + least_patience(&text, time)};
    return time - guard_for(text.round_trip) > text.passed;
}

bool lane_can_compare(const struct connection *connection, enum side side, const struct segment *segment) {
    uint8_t log[LANE_LOG_MOST + LANE_COPY_SLACK];
    struct lane_walk begin = lane_walk_from_begin(connection);
    if (segment->payload_captured <= KEPT_HEAD) {
        return true;
    }
    const uint8_t *at = lane_copy(connection, log + LANE_LOG_MOST);
    return lane_log_repeats(at, lane_in(connection)->segments, &begin, side, segment);
}
