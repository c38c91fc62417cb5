/* SPDX-License-Identifier: BSD-3-Clause */
#include "decode/direct.h"
#include "model/steady_step.h"

#define ALWAYS_INLINE static inline __attribute__((always_inline))

/* The ordinary segment of an established connection: the next octets in order, or an ACK that moves on, and nothing
 * else of note. Most of what a capture holds is of this kind, so it is told apart at once and touches only the head of
 * the two endpoints. Whatever is in doubt goes the long way (arrival.c), which comes to the same numbers. */

/* presumed: EVENT_BIT of what may be only that. */
static bool is_quiet(const struct endpoint *side, unsigned presumed) {
    return side->path.state == STATE_ESTABLISHED && (side->path.pending & ~presumed) == 0 &&
           side->path.certainty != CERTAINTY_ASSUMED && side->holes.count == 0 && side->next_acked <= side->next &&
           !side->window_zero && !side->closing_seen && !side->noted && side->isn_known == ISN_SEEN &&
           side->keep_alives_unanswered == 0;
}

static bool is_in_order(const struct endpoint *x, const struct endpoint *y, const struct segment *segment,
                        int64_t ack) {
    const uint16_t plain = TCP_ACK | TCP_PSH;
    const uint16_t odd_options = OPTION_SACK | OPTION_MALFORMED | OPTION_CUT;
    if ((segment->flags & ~plain) != 0 || (segment->flags & TCP_ACK) == 0 || segment->checksum == CHECKSUM_BAD ||
        segment->window == 0 || (segment->options.present & odd_options) != 0) {
        return false;
    }
    if (segment->seq != x->isn + (uint32_t)x->next || ack < y->acknowledged || ack > y->next || ack < x->last_ack) {
        return false;
    }
    return segment->length > 0 || ack > x->last_ack;
}

static inline bool is_stamped(const struct segment *segment) {
    return (segment->options.present & OPTION_TIMESTAMPS) != 0;
}

/* Like one of its sender before it. The first octets and the first ACK of a connection that is read back only leave
 * their letters. */
static inline bool is_known(struct connection *connection, enum side side, const struct segment *segment,
                            bool replaying) {
    const struct endpoint *x = &connection->side[side];
    return (segment->length > 0 ? x->data_seen : x->pure_ack_seen) ||
           (replaying && zeek_note_ordinary(connection, side, segment, x->next));
}

void steady_settle_opening(struct connection *connection, enum side side, uint32_t length, int64_t ack, uint64_t frame,
                           int64_t time) {
    struct endpoint *x = &connection->side[side], *y = &connection->side[other_side(side)];
    y->opening = (struct passed){frame, time};
    if (x->path.pending != 0 && (length > 0 || ack > 1)) {
        path_confirm(&x->path, EVENT_RECEIVED_ACK_OF_SYN, frame);
        connection_prove(connection);
    }
}

/* There is room to keep its beginning. */
static bool is_kept_easily(struct model *model, struct endpoint *x, const struct segment *segment) {
    return !kept_is_called_for(model, segment) || (kept_make_room(model, x) && x->kept != NULL);
}

static bool comes_the_same_way(const struct endpoint *x, const struct segment *segment) {
    return segment->link_source == x->link_source && segment->hop_limit == x->hop_limit;
}

/* What no segment of x before it was is told of. */
static void note_news(struct arrival *arrival) {
    struct observation *observation = arrival->observation;
    observation->fresh_octets = arrival->segment->length;
    observation->facts |= arrival->segment->length > 0 ? FACT_DATA : 0;
    oddities_note(arrival);
    for (int i = 0; i < SIDES; i++) {
        observation->after[i] = snapshot_of(&arrival->connection->side[i]);
    }
}

bool steady_is_quiet(const struct connection *connection, bool replaying) {
    unsigned presumed = replaying ? EVENT_BIT(EVENT_RECEIVED_ACK_OF_SYN) : 0;
    return connection->older == NULL && !connection->midstream && is_quiet(&connection->side[SIDE_CLIENT], presumed) &&
           is_quiet(&connection->side[SIDE_SERVER], presumed);
}

ALWAYS_INLINE bool is_steady(const struct connection *connection, enum side side, const struct segment *segment) {
    const struct endpoint *x = &connection->side[side];
    const struct endpoint *y = &connection->side[other_side(side)];
    int64_t ack = endpoint_offset(y, segment->ack);
    if (!is_in_order(x, y, segment, ack) ||
        !steady_timestamps_go_on(x, is_stamped(segment), segment->options.timestamp_value) ||
        (uint64_t)(segment->time - connection->last_time) >= LIVENESS_SILENCE ||
        steady_is_at_the_edge(x, y, segment->length, segment->window, ack)) {
        return false;
    }
    return comes_the_same_way(x, segment);
}

ALWAYS_INLINE void go_on(struct model *model, struct connection *connection, enum side side,
                         const struct segment *segment) {
    struct endpoint *x = &connection->side[side];
    struct endpoint *y = &connection->side[other_side(side)];
    int64_t ack = endpoint_offset(y, segment->ack);
    if ((x->path.pending | y->path.pending) != 0) {
        steady_settle_opening(connection, side, segment->length, ack, segment->frame, segment->time);
    }
    if (kept_is_called_for(model, segment)) {
        kept_add(x->kept, segment, x->next);
    }
    const struct steady_step step = {
        .frame = segment->frame,
        .time = segment->time,
        .ack = ack,
        .length = segment->length,
        .tsval = segment->options.timestamp_value,
        .tsecr = segment->options.timestamp_echo,
        .window = segment->window,
        .stamped = is_stamped(segment),
        .after_silence = segment->time - connection->last_time >= LEAST_TIMEOUT,
    };
    steady_take_step(x, y, &step);
    remember_segment(x, segment, false, false);
    x->last_sent_frame = segment->frame;
    x->last_sent_time = segment->time;
    connection->frames_seen++;
    connection->last_frame = segment->frame;
    connection->last_time = segment->time;
}

/* Of a quiet connection. */
ALWAYS_INLINE bool take(struct model *model, struct connection *connection, enum side side,
                        const struct segment *segment, struct arrival *news, bool replaying) {
    struct endpoint *x = &connection->side[side];
    if (!is_steady(connection, side, segment)) {
        return false;
    }
    bool odd = segment->odd != 0 || (x->length_limit != 0 && segment->length > x->length_limit);
    bool new = odd && !oddities_are_known(connection, side, segment);
    if ((new &&news == NULL) || !is_known(connection, side, segment, replaying) || !is_kept_easily(model, x, segment)) {
        return false;
    }
    if (new) {
        arrival_prepare(news, model, connection, segment, side, news->observation);
    } else if (odd) {
        oddities_count_more(connection, side, segment);
    }
    go_on(model, connection, side, segment);
    if (new) {
        note_news(news);
    }
    return true;
}

bool steady_apply(struct model *model, struct connection *connection, enum side side, const struct segment *segment) {
    return steady_is_quiet(connection, false) && take(model, connection, side, segment, NULL, false);
}

__attribute__((noinline)) enum model_direct steady_take_direct(struct model *model, struct connection *connection,
                                                               const struct direct *direct) {
    struct segment segment;
    if (connection->at_rest || model->settings.keep_segments || model->events.applied != NULL ||
        !steady_is_quiet(connection, false)) {
        return MODEL_DIRECT_LEFT;
    }
    direct_open(direct, &segment);
    if (!connection_is_of_flow(connection, &segment.source, segment.source_port, &segment.destination,
                               segment.destination_port, segment.network) ||
        !take(model, connection, connection_side(connection, &segment), &segment, NULL, false)) {
        return MODEL_DIRECT_LEFT;
    }
    connection->deadline = connection->last_time + model->settings.idle_timeout;
    model->latest = connection->id;
    model->seen_good_checksum |= segment.checksum == CHECKSUM_GOOD;
    return MODEL_DIRECT_TAKEN;
}

bool steady_replay(struct model *model, struct connection *connection, enum side side, const struct segment *segment,
                   bool *quiet, struct arrival *news) {
    *quiet = (*quiet || steady_is_quiet(connection, true)) && take(model, connection, side, segment, news, true);
    return *quiet;
}
