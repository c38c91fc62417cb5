/* SPDX-License-Identifier: BSD-3-Clause */
#include "model/lane_step.h"
#include "decode/direct.h"
#include "model/lane_ordinary.h"

/* Opening and closing: SYN, SYN/ACK, ACK, and what comes from the first FIN on. */

/* --- what others are told at once --- */

static bool tell_opened(const struct model *model, const struct connection *connection, const struct segment *segment) {
    struct watch_queue *queue = model->events.queue;
    watch_begin(queue, WATCH_SYN, connection, SIDE_SERVER, segment->frame, segment->time)->source =
        watch_source_of(segment);
    return watch_put(queue);
}

static bool tell_completed(const struct model *model, const struct connection *connection,
                           const struct segment *segment, int64_t since) {
    struct watch_queue *queue = model->events.queue;
    watch_begin(queue, WATCH_COMPLETED, connection, SIDE_SERVER, segment->frame, segment->time)->since = since;
    return watch_put(queue);
}

__attribute__((noinline)) bool lane_tell_state(const struct model *model, const struct connection *connection,
                                               const struct segment *segment, enum side side, enum watch_kind kind,
                                               uint8_t state) {
    struct watch_queue *queue = model->events.queue;
    watch_begin(queue, kind, connection, side, segment->frame, segment->time)->state = state;
    return watch_put(queue);
}

/* --- of which kind --- */

static void note_offer(struct lane *lane, enum side side, const struct segment *segment) {
    const struct tcp_options *options = &segment->options;
    struct lane_side *x = &lane->side[side];
    lane->offer[side] = (struct ordinary_side){.options = options->present,
                                               .mss = options->mss,
                                               .window = segment->window,
                                               .window_scale = options->window_scale};
    x->next = x->acked = segment->seq;
    x->window = segment->window;
    x->hop_limit = segment->hop_limit;
}

/* By how much the windows of that side are shifted behind its SYN or SYN/ACK. */
static uint8_t agreed_shift(const struct lane *lane, enum side side) {
    enum { SHIFT_MOST = 14 }; /* RFC 7323 2.3 */
    uint16_t both = lane->offer[SIDE_CLIENT].options & lane->offer[SIDE_SERVER].options;
    uint8_t scale = (both & OPTION_WINDOW_SCALE) != 0 ? lane->offer[side].window_scale : 0;
    return scale < SHIFT_MOST ? scale : SHIFT_MOST;
}

/* What both sides have offered holds from now on. */
static void agree(struct lane *lane) {
    lane->present = lane->offer[SIDE_CLIENT].options & lane->offer[SIDE_SERVER].options & OPTION_TIMESTAMPS;
    lane->side[SIDE_CLIENT].shift = agreed_shift(lane, SIDE_CLIENT);
}

/* By this ACK a side takes back some of its window, which was not scaled in the SYN/ACK. The SYN has offered nothing.
 */
__attribute__((noinline)) bool lane_takes_back(struct lane *lane, enum side side, uint32_t ack, uint32_t window) {
    struct lane_side *x = &lane->side[side];
    uint32_t before = edge_of(x, &lane->side[other_side(side)]);
    if (side == SIDE_SERVER && !lane->scaled) {
        lane->scaled = true;
        x->shift = agreed_shift(lane, side);
    }
    uint32_t rounding = (UINT32_C(1) << x->shift) - 1, edge = ack + (window << x->shift);
    return lane->phase != LANE_SYN_ACK && (int32_t)(edge + rounding - before) < 0;
}

/* More than the ACKs and the FIN that are to come behind the first FIN. */
static bool goes_on_at_close(const struct lane *lane, enum side side, const struct segment *segment) {
    return lane->phase != LANE_LAST_ACK && (side == lane->closer || segment->length > 0);
}

static unsigned traits_at_close(const struct lane *lane, enum side side, const struct segment *segment) {
    bool fin = (segment->flags & TCP_FIN) != 0;
    bool up_to_fin = lane->phase == LANE_CLOSING && segment->ack == lane->side[other_side(side)].next - 1;
    unsigned traits = up_to_fin && side != lane->closer ? TRAIT_ACKED_UP_TO_FIN : 0;
    return fin && segment->length > 0 ? traits | TRAIT_FIN_WITH_DATA : traits;
}

/* The same of one that opens the connection or closes it. */
__attribute__((always_inline)) static inline void note_traits_of_step(const struct connection *connection,
                                                                      struct lane *lane, enum side side,
                                                                      const struct segment *segment) {
    if ((segment->flags & TCP_SYN) != 0) {
        lane->offer[side].traits |= (uint8_t)traits_of(segment);
        return;
    }
    bool repeated = is_repeated_ack(lane, side, segment);
    note_traits(connection, lane, side, segment);
    lane->offer[side].traits |= (uint8_t)traits_at_close(lane, side, segment);
    bool asks = repeated && lacks_more_than_fin(lane, side, segment);
    lane->repaired |= asks;
    lane->unlike |= (repeated && !asks) || (lane->phase >= LANE_CLOSING && goes_on_at_close(lane, side, segment));
}

/* A segment that opens the connection or closes it. Of one that is of no kind nobody asks for more traits. */
__attribute__((always_inline)) static inline bool note_step(struct model *model, struct connection *connection,
                                                            enum side side, const struct segment *segment) {
    struct lane *lane = lane_of(connection);
    if (!lane->unlike) {
        note_traits_of_step(connection, lane, side, segment);
    }
    return write_down(model, connection, side, segment, true);
}

bool lane_opens(const struct model *model, const struct segment *segment) {
    uint16_t link;
    return model->lane && is_ordinary_syn(segment, TCP_SYN) && link_number(model->links, segment->link_source, &link);
}

/* The time and the number of the SYN, which the connection has, follow nothing. */
static void forget_place_of_syn(struct lane_log *log, unsigned begin) {
    uint8_t *place = log->first + begin + LANE_SYN_FRONT;
    memmove(place, place + LANE_SYN_PLACE, (size_t)(log->end - place) - LANE_SYN_PLACE);
    log->end -= LANE_SYN_PLACE;
}

bool lane_begin(struct model *model, struct connection *connection, const struct segment *segment) {
    struct lane *lane = lane_of(connection);
    lane->first_time = segment->time;
    unsigned begin = connection->ipv6 ? SIDES * LANE_IPV6 : 0;
    lane_log_begin(&lane->log, begin);
    note_offer(lane, SIDE_CLIENT, segment);
    link_number(model->links, segment->link_source, &lane->link[SIDE_CLIENT]);
    if (!note_step(model, connection, SIDE_CLIENT, segment)) {
        return false;
    }
    forget_place_of_syn(&lane->log, begin);
    return enter_state(model, connection, segment, SIDE_CLIENT, STATE_SYN_SENT) &&
           enter_state(model, connection, segment, SIDE_SERVER, STATE_SYN_RECEIVED) &&
           tell_opened(model, connection, segment);
}

/* --- steps: in which phase a segment leaves the connection, OUT if it is not ordinary --- */

enum { OUT = LANE_RESET + 1 };

static int step_of_syn_ack(const struct model *model, struct lane *lane, enum side side,
                           const struct segment *segment) {
    bool ordinary = side == SIDE_SERVER && is_ordinary_syn(segment, TCP_SYN | TCP_ACK) &&
                    segment->ack == lane->side[SIDE_CLIENT].next &&
                    link_number(model->links, segment->link_source, &lane->link[SIDE_SERVER]);
    return ordinary ? LANE_SYN_ACK : OUT;
}

/* An ACK alone of all that the peer has sent. */
static inline bool is_ack_of_all(const struct lane *lane, enum side side, const struct segment *segment) {
    return segment->flags == TCP_ACK && segment->length == 0 && segment->ack == lane->side[other_side(side)].next;
}

/* A FIN has passed, and its ACK or not. Where octets before it seem to be lacking, its receiver holds it back. */
static int step_while_closing(struct model *model, const struct connection *connection, const struct lane *lane,
                              enum side side, const struct segment *segment) {
    bool fin = (segment->flags & TCP_FIN) != 0;
    bool covers = lane->side[lane->closer].next == segment->ack, lacks = lacks_more_than_fin(lane, side, segment);
    if (side == lane->closer) {
        return fin || segment->length > 0 ? OUT : lane->phase;
    }
    if (lane->held) {
        return lacks && segment->flags == TCP_ACK && segment->length == 0 ? lane->phase : OUT;
    }
    if (lacks && (lane->insisted || lane_may_lack_text(model, connection, segment->time))) {
        return OUT;
    }
    if (!covers) {
        return fin ? OUT : lane->phase;
    }
    return fin ? LANE_LAST_ACK : LANE_HALF_CLOSED;
}

__attribute__((always_inline)) static inline int step_of(struct model *model, const struct connection *connection,
                                                         struct lane *lane, enum side side,
                                                         const struct segment *segment) {
    const uint16_t plain = TCP_ACK | TCP_PSH | TCP_FIN;
    if (lane->phase == LANE_SYN) {
        return step_of_syn_ack(model, lane, side, segment);
    }
    if ((segment->flags & ~plain) != 0 || (segment->flags & TCP_ACK) == 0 || !goes_on(model, lane, side, segment)) {
        return OUT;
    }
    switch ((enum lane_phase)lane->phase) {
    case LANE_SYN_ACK:
        return side == SIDE_CLIENT && is_ack_of_all(lane, side, segment) ? LANE_OPEN : OUT;
    case LANE_OPEN:
        return LANE_CLOSING; /* with a FIN, or it would be no step */
    case LANE_CLOSING:
    case LANE_HALF_CLOSED:
        return step_while_closing(model, connection, lane, side, segment);
    case LANE_LAST_ACK:
        return segment->time - connection->last_time < two_msl(model) && side == (enum side)lane->closer &&
                       is_ack_of_all(lane, side, segment)
                   ? LANE_OVER
                   : OUT;
    default:
        return OUT;
    }
}

/* Before it is written down. */
static inline void note_opening(const struct connection *connection, struct lane *lane, enum lane_phase phase,
                                const struct segment *segment) {
    if (phase == LANE_SYN_ACK) {
        note_offer(lane, SIDE_SERVER, segment);
        lane->unlike = lane->insisted || segment->time - connection->last_time >= LIVENESS_SILENCE;
    } else if (phase == LANE_OPEN) {
        lane->unlike = lane->unlike || segment->time - lane->first_time >= LIVENESS_SILENCE;
    }
}

/* No segment is in flight: each side has sent its SYN and nothing else. Returns when the first of them passed. */
static int64_t open_lane(struct lane *lane) {
    int64_t first_time = lane->first_time;
    lane->isn[SIDE_CLIENT] = lane->side[SIDE_CLIENT].next - 1;
    lane->isn[SIDE_SERVER] = lane->side[SIDE_SERVER].next - 1;
    return first_time;
}

/* What others are told of it, and what comes of it. */
__attribute__((always_inline)) static inline bool tell_step(struct model *model, struct connection *connection,
                                                            enum side side, const struct segment *segment) {
    struct lane *lane = lane_of(connection);
    switch ((enum lane_phase)lane->phase) {
    case LANE_SYN_ACK:
        agree(lane);
        return enter_state(model, connection, segment, SIDE_CLIENT, STATE_ESTABLISHED);
    case LANE_OPEN:
        return connection_change_queue(model, connection, QUEUE_OPEN) &&
               tell_completed(model, connection, segment, open_lane(lane)) &&
               enter_state(model, connection, segment, SIDE_SERVER, STATE_ESTABLISHED);
    case LANE_CLOSING:
        lane->closer = side == SIDE_SERVER;
        if (segment->length > 0) {
            lane_wait_for_text(model, connection, segment->time);
        }
        return enter_states(model, connection, segment, side, STATE_FIN_WAIT_1, STATE_CLOSE_WAIT);
    case LANE_HALF_CLOSED:
        lane->halved = true;
        return enter_state(model, connection, segment, (enum side)lane->closer, STATE_FIN_WAIT_2);
    case LANE_LAST_ACK:
        return enter_states(model, connection, segment, side, STATE_LAST_ACK, STATE_TIME_WAIT);
    default:
        lane_log_close(model, connection, &lane->log);
        return connection_change_queue(model, connection, QUEUE_CLOSED) &&
               enter_state(model, connection, segment, other_side(side), STATE_CLOSED);
    }
}

/* A segment that opens the connection or closes it. */
__attribute__((always_inline)) static inline bool take_step(struct model *model, struct connection *connection,
                                                            enum side side, const struct segment *segment,
                                                            bool *taken) {
    struct lane *lane = lane_of(connection);
    int phase = step_of(model, connection, lane, side, segment), before = lane->phase;
    if (phase == OUT) {
        return lane_take_other(model, connection, side, segment, taken);
    }
    *taken = true;
    note_opening(connection, lane, (enum lane_phase)phase, segment);
    bool ok = note_step(model, connection, side, segment);
    lane->phase = (uint8_t)phase;
    return ok && (phase == before || tell_step(model, connection, side, segment));
}

__attribute__((always_inline)) static inline bool take_from(struct model *model, struct connection *connection,
                                                            enum side side, const struct segment *segment,
                                                            bool *taken) {
    const struct lane *lane = lane_in(connection);
    if (lane->phase != LANE_OPEN || (segment->flags & ~TCP_PSH) != TCP_ACK) {
        return take_step(model, connection, side, segment, taken);
    }
    if (!goes_on(model, lane, side, segment)) {
        return lane_take_repair(model, connection, side, segment, taken);
    }
    *taken = true;
    return take_ordinary(model, connection, side, segment);
}

bool lane_take_from(struct model *model, struct connection *connection, enum side side, const struct segment *segment,
                    bool *taken) {
    return take_from(model, connection, side, segment, taken);
}

/* What opens or closes the connection, or sends octets again, is read to where functions can look at it; who sent it
 * they know. Whether a wrong checksum tells anything is not known here. */
__attribute__((always_inline)) static inline enum model_direct
take_direct_step(struct model *model, struct connection *connection, enum side side, const struct direct *direct) {
    struct segment segment;
    bool taken = false;
    if (direct->version != 4 || !direct_read_usual(direct, 4, &segment)) {
        direct_open_any(direct, &segment);
        if (segment.checksum == CHECKSUM_BAD) {
            return MODEL_DIRECT_LEFT;
        }
    }
    if (!take_from(model, connection, side, &segment, &taken)) {
        return MODEL_DIRECT_FAILED;
    }
    return taken ? MODEL_DIRECT_MOVED : MODEL_DIRECT_LEFT;
}

enum model_direct lane_step_from_client(struct model *model, struct connection *connection,
                                        const struct direct *direct) {
    return take_direct_step(model, connection, SIDE_CLIENT, direct);
}

enum model_direct lane_step_from_server(struct model *model, struct connection *connection,
                                        const struct direct *direct) {
    return take_direct_step(model, connection, SIDE_SERVER, direct);
}
