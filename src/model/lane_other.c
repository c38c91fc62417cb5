/* SPDX-License-Identifier: BSD-3-Clause */
#include "model/lane_ordinary.h"
#include "model/lane_step.h"

/* What is neither ordinary nor a step, and stays in the lane nevertheless. */

/* --- octets that are sent again, and what asks for them --- */

/* All that they name has passed. */
static bool are_blocks_sound(const struct lane_side *y, const struct tcp_options *options) {
    bool sound = (options->present & OPTION_SACK) == 0 || options->sack_count <= TCP_SACK_BLOCKS;
    for (int i = 0; i < options->sack_count && (options->present & OPTION_SACK) != 0 && sound; i++) {
        sound = (int32_t)(y->next - options->sack[i].end) >= 0 && (int32_t)(y->next - options->sack[i].begin) > 0;
    }
    return sound;
}

/* Octets of its side once more, no less than two, which nothing else sends, or SACK blocks. */
static bool is_repair(const struct model *model, const struct lane *lane, enum side side,
                      const struct segment *segment) {
    const struct lane_side *x = &lane->side[side];
    uint32_t back = x->next - segment->seq;
    bool again = segment->length > 1 && segment->length <= back && back < x->next - lane->isn[side];
    return (segment->options.present & ~OPTION_SACK) == lane->present && (back == 0 || again) &&
           are_blocks_sound(&lane->side[other_side(side)], &segment->options) && is_of_side(model, lane, side, segment);
}

/* Octets of an open connection, or of one that is closing, once more, or SACK blocks. */
static bool write_repair_down(struct model *model, struct connection *connection, enum side side,
                              const struct segment *segment, bool *taken) {
    struct lane *lane = lane_of(connection);
    *taken = true;
    lane->repaired = true;
    if (!lane->unlike) {
        note_traits(connection, lane, side, segment);
        lane->unlike |= segment->time - connection->last_time >= LIVENESS_SILENCE;
    }
    return write_down(model, connection, side, segment, false);
}

bool lane_take_repair(struct model *model, struct connection *connection, enum side side, const struct segment *segment,
                      bool *taken) {
    const struct lane *lane = lane_in(connection);
    if (!is_repair(model, lane, side, segment) || !lane_can_compare(connection, side, segment)) {
        return true;
    }
    return write_repair_down(model, connection, side, segment, taken);
}

static bool names_more(const struct segment *segment) {
    const struct tcp_options *options = &segment->options;
    bool more = false;
    for (int i = 0; i < options->sack_count && (options->present & OPTION_SACK) != 0; i++) {
        more |= (int32_t)(options->sack[i].end - segment->ack) > 0;
    }
    return more;
}

/* The receiver of the first FIN has what stands behind octets that it lacks, as its blocks tell: it holds the FIN back
 * (excluded.c). Once octets were sent again behind the FIN only time tells that, as it does without blocks. */
static bool take_request(struct model *model, struct connection *connection, enum side side,
                         const struct segment *segment, bool *taken) {
    struct lane *lane = lane_of(connection);
    bool holds = !lane->held && !lane->refilled && names_more(segment);
    if (segment->length > 0 || !lacks_more_than_fin(lane, side, segment) ||
        (!lane->held && !holds && lane_may_lack_text(model, connection, segment->time))) {
        return true;
    }
    lane->held |= holds;
    return write_repair_down(model, connection, side, segment, taken) &&
           (!holds || enter_state(model, connection, segment, side, STATE_ESTABLISHED));
}

/* The octets that the receiver lacks first let it take the FIN. */
static bool take_refill(struct model *model, struct connection *connection, enum side side,
                        const struct segment *segment, bool *taken) {
    struct lane *lane = lane_of(connection);
    const struct lane_side *x = &lane->side[side];
    uint32_t end = segment->seq + segment->length;
    if ((int32_t)(end - x->next) >= 0 || !lane_can_compare(connection, side, segment)) {
        return true; /* where the FIN stands or behind it, or more than is written down */
    }
    bool fills = lane->held && (int32_t)(segment->seq - x->acked) <= 0 && (int32_t)(end - x->acked) > 0;
    lane->refilled |= fills || !lane->held;
    lane->held = lane->held && !fills;
    return write_repair_down(model, connection, side, segment, taken) &&
           (!fills || enter_state(model, connection, segment, other_side(side), STATE_CLOSE_WAIT));
}

static bool take_repair_at_close(struct model *model, struct connection *connection, enum side side,
                                 const struct segment *segment, bool *taken) {
    const struct lane *lane = lane_in(connection);
    if (lane->phase != LANE_CLOSING || (segment->flags & ~TCP_PSH) != TCP_ACK ||
        !is_repair(model, lane, side, segment)) {
        return true;
    }
    if (side != lane->closer) {
        return take_request(model, connection, side, segment, taken);
    }
    return segment->length == 0 || take_refill(model, connection, side, segment, taken);
}

/* --- a SYN that is sent again --- */

static bool is_syn_again(const struct model *model, const struct lane *lane, enum side side,
                         const struct segment *segment) {
    const struct ordinary_side *offer = &lane->offer[side];
    const struct lane_side *x = &lane->side[side];
    const struct tcp_options *options = &segment->options;
    return side == SIDE_CLIENT && is_ordinary_syn(segment, TCP_SYN) && segment->seq + 1 == x->next &&
           options->present == offer->options && options->mss == offer->mss &&
           options->window_scale == offer->window_scale && segment->window == offer->window &&
           segment->hop_limit == x->hop_limit && segment->link_source == link_source(model->links, lane->link[side]);
}

/* Which of them is answered, and how long it was waited for, is the model's to tell. */
static bool take_syn_again(struct model *model, struct connection *connection, enum side side,
                           const struct segment *segment, bool *taken) {
    struct lane *lane = lane_of(connection);
    if (!is_syn_again(model, lane, side, segment)) {
        return true;
    }
    *taken = true;
    lane->insisted = true;
    return write_down(model, connection, side, segment, false);
}

/* --- a RST --- */

/* From where its side comes, if that has sent anything, with no option but a timestamp. What refuses a SYN may have any
 * number. */
static bool is_plain_reset(const struct model *model, struct lane *lane, enum side side,
                           const struct segment *segment) {
    const struct lane_side *x = &lane->side[side];
    bool first = lane->phase == LANE_SYN && side == SIDE_SERVER;
    bool stamped = (segment->options.present & OPTION_TIMESTAMPS) != 0;
    bool known = !first && segment->hop_limit == x->hop_limit &&
                 segment->link_source == link_source(model->links, lane->link[side]) &&
                 (!stamped || (int32_t)(segment->options.timestamp_value - x->tsval) >= 0);
    return segment->checksum != CHECKSUM_BAD && (segment->odd & ~ODD_BUT_ORDINARY) == 0 && segment->length == 0 &&
           (segment->options.present & ~lane->present) == 0 && (first || segment->seq == x->next) &&
           (known || (first && link_number(model->links, segment->link_source, &lane->link[side])));
}

/* It refuses the SYN, or aborts an open connection while nothing is in flight, or answers the second FIN from a socket
 * that is gone: each ends both sides, whoever reads it. All others are the model's. */
static bool is_reset_of_all(const struct lane *lane, enum side side, const struct segment *segment) {
    const struct lane_side *x = &lane->side[side], *y = &lane->side[other_side(side)];
    bool of_all = segment->flags == (TCP_RST | TCP_ACK) && segment->ack == y->next;
    switch ((enum lane_phase)lane->phase) {
    case LANE_SYN:
        return of_all && side == SIDE_SERVER;
    case LANE_OPEN:
        return of_all && x->acked == x->next && y->acked == y->next;
    case LANE_LAST_ACK:
        return segment->flags == TCP_RST && side == (enum side)lane->closer;
    default:
        return false;
    }
}

static bool take_reset(struct model *model, struct connection *connection, enum side side,
                       const struct segment *segment, bool *taken) {
    struct lane *lane = lane_of(connection);
    if (!is_reset_of_all(lane, side, segment) || !is_plain_reset(model, lane, side, segment)) {
        return true;
    }
    *taken = true;
    lane->unlike = true;
    if (lane->phase == LANE_SYN) {
        lane->isn[SIDE_CLIENT] = lane->side[SIDE_CLIENT].next - 1;
        lane->isn[SIDE_SERVER] = lane->side[SIDE_SERVER].next = lane->side[SIDE_SERVER].acked = segment->seq;
        lane->side[SIDE_SERVER].hop_limit = segment->hop_limit;
    }
    lane->phase = LANE_RESET;
    struct segment written = *segment;
    written.flags = lane_reset_flags(segment->flags);
    bool ok = write_down(model, connection, side, &written, true);
    lane_log_close(model, connection, &lane->log);
    return ok && connection_change_queue(model, connection, QUEUE_CLOSED) &&
           enter_states(model, connection, segment, side, STATE_CLOSED, STATE_CLOSED);
}

bool lane_take_other(struct model *model, struct connection *connection, enum side side, const struct segment *segment,
                     bool *taken) {
    if ((segment->flags & TCP_RST) != 0) {
        return take_reset(model, connection, side, segment, taken);
    }
    return lane_in(connection)->phase == LANE_SYN ? take_syn_again(model, connection, side, segment, taken)
                                                  : take_repair_at_close(model, connection, side, segment, taken);
}
