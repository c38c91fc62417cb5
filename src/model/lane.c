/* SPDX-License-Identifier: BSD-3-Clause */
#include "model/lane.h"

#include "decode/direct.h"
#include "model/budget.h"
#include "model/lane_write.h"

#include <string.h>

enum {
    ON_SYN = OPTION_MSS | OPTION_WINDOW_SCALE | OPTION_SACK_PERMITTED | OPTION_TIMESTAMPS,
    ODD_BUT_ORDINARY = ODD_CUT | ODD_OFFLOADED,
};

/* --- what others are told at once --- */

static bool tell(const struct model *model, const struct connection *connection, const struct segment *segment,
                 enum milestone_kind kind, int64_t since) {
    const struct milestone milestone = {
        .connection = connection, .segment = segment, .since = since, .kind = (uint8_t)kind};
    return model->events.passed(model->events.context, &milestone);
}

static inline bool waits(uint8_t state) {
    return state == STATE_CLOSE_WAIT || state == STATE_TIME_WAIT;
}

__attribute__((noinline)) static bool tell_state(const struct model *model, const struct connection *connection,
                                                 const struct segment *segment, enum side side,
                                                 enum milestone_kind kind, uint8_t state) {
    const struct milestone milestone = {
        .connection = connection, .segment = segment, .kind = (uint8_t)kind, .side = (uint8_t)side, .state = state};
    return model->events.passed(model->events.context, &milestone);
}

/* A side is in that state now, which others count if it waits there. */
static inline bool enter_state(struct model *model, struct connection *connection, const struct segment *segment,
                               enum side side, enum tcp_state state) {
    uint8_t before = connection->counted[side];
    model->states[before]--;
    model->states[state]++;
    connection->counted[side] = (uint8_t)state;
    return (!waits(before) || tell_state(model, connection, segment, side, MILESTONE_LEFT, before)) &&
           (!waits((uint8_t)state) || tell_state(model, connection, segment, side, MILESTONE_ENTERED, (uint8_t)state));
}

/* --- what is ordinary --- */

__attribute__((always_inline)) static inline bool has_ordinary_header(const struct segment *segment) {
    return segment->checksum != CHECKSUM_BAD && (segment->odd & ~ODD_BUT_ORDINARY) == 0 && segment->window != 0;
}

static bool is_ordinary_syn(const struct segment *segment, uint16_t flags) {
    return segment->flags == flags && segment->length == 0 && (segment->options.present & ~ON_SYN) == 0 &&
           has_ordinary_header(segment);
}

bool lane_opens(const struct model *model, const struct segment *segment) {
    uint16_t link;
    return model->lane && is_ordinary_syn(segment, TCP_SYN) && link_number(model->links, segment->link_source, &link);
}

/* From where all segments of its side come, with an ACK that is not taken back and a clock that does not go back. */
__attribute__((always_inline)) static inline bool is_of_side(const struct model *model, const struct lane *lane,
                                                             enum side side, const struct segment *segment) {
    const struct lane_side *x = &lane->side[side];
    const struct lane_side *y = &lane->side[other_side(side)];
    if (!has_ordinary_header(segment) || segment->ack - y->acked > y->next - y->acked) {
        return false;
    }
    bool in_time = lane->present == 0 || (int32_t)(segment->options.timestamp_value - x->tsval) >= 0;
    return in_time && segment->hop_limit == x->hop_limit &&
           segment->link_source == link_source(model->links, lane->link[side]);
}

/* It stands behind the numbers of its side. */
__attribute__((always_inline)) static inline bool goes_on(const struct model *model, const struct lane *lane,
                                                          enum side side, const struct segment *segment) {
    return segment->seq == lane->side[side].next && segment->options.present == lane->present &&
           is_of_side(model, lane, side, segment);
}

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

static bool is_longer_than_asked(const struct ordinary_side *receiver, uint32_t length) {
    enum { DEFAULT_MSS = 536 };
    return length > receiver->mss && length > DEFAULT_MSS && (receiver->options & OPTION_MSS) != 0;
}

/* Where the window ends that a side offered last, in its peer's numbers. */
__attribute__((always_inline)) static inline uint32_t edge_of(const struct lane_side *x, const struct lane_side *y) {
    return y->acked + ((uint32_t)x->window << x->shift);
}

/* By this ACK a side takes back some of its window, which was not scaled in the SYN/ACK. The SYN has offered nothing.
 */
__attribute__((noinline)) static bool takes_back(struct lane *lane, enum side side, uint32_t ack, uint32_t window) {
    struct lane_side *x = &lane->side[side];
    uint32_t before = edge_of(x, &lane->side[other_side(side)]);
    if (side == SIDE_SERVER && !lane->scaled) {
        lane->scaled = true;
        x->shift = agreed_shift(lane, side);
    }
    uint32_t rounding = (UINT32_C(1) << x->shift) - 1, edge = ack + (window << x->shift);
    return lane->phase != LANE_SYN_ACK && (int32_t)(edge + rounding - before) < 0;
}

/* It fills the window of its peer, or takes back some of its own, which nobody does whose window is no less. */
__attribute__((always_inline)) static inline bool strains_window(struct lane *lane, enum side side,
                                                                 const struct segment *segment) {
    const struct lane_side *x = &lane->side[side], *y = &lane->side[other_side(side)];
    bool less = segment->window < x->window || !lane->scaled;
    return (less && takes_back(lane, side, segment->ack, segment->window)) ||
           (segment->length > 0 && (int32_t)(edge_of(y, x) - (segment->seq + segment->length)) <= 0);
}

/* So long without any segment, and somebody waited for one. While the connection is open and all is acknowledged nobody
 * does; whoever speaks after that is answered, at the latest by the FINs. */
__attribute__((always_inline)) static inline bool
is_waited_for(const struct connection *connection, const struct lane *lane, const struct segment *segment) {
    if (segment->time - connection->last_time < LIVENESS_SILENCE) {
        return false;
    }
    const struct lane_side *client = &lane->side[SIDE_CLIENT], *server = &lane->side[SIDE_SERVER];
    return lane->phase != LANE_OPEN || client->acked != client->next || server->acked != server->next;
}

/* It tells nothing that was not known. */
__attribute__((always_inline)) static inline bool is_repeated_ack(const struct lane *lane, enum side side,
                                                                  const struct segment *segment) {
    return segment->ack == lane->side[other_side(side)].acked && segment->length == 0 &&
           (segment->flags & TCP_FIN) == 0;
}

/* A segment behind the SYN/ACK that may show more than its kind tells. */
__attribute__((always_inline)) static inline bool is_unlike(const struct connection *connection, struct lane *lane,
                                                            enum side side, const struct segment *segment) {
    enum { LEAST_WINDOW = 64 };
    return is_waited_for(connection, lane, segment) ||
           is_longer_than_asked(&lane->offer[other_side(side)], segment->length) ||
           strains_window(lane, side, segment) || segment->window < LEAST_WINDOW;
}

/* More than the ACKs and the FIN that are to come behind the first FIN. */
static bool goes_on_at_close(const struct lane *lane, enum side side, const struct segment *segment) {
    return lane->phase != LANE_LAST_ACK && (side == lane->closer || segment->length > 0);
}

/* What segments show of their sender without a word on where they stand: shifted from their own bits. */
_Static_assert(ODD_CUT >> 5 == TRAIT_CUT && ODD_OFFLOADED >> 5 == TRAIT_OFFLOADED, "the same order");
__attribute__((always_inline)) static inline unsigned traits_of(const struct segment *segment) {
    unsigned traits = (segment->odd & ODD_BUT_ORDINARY) >> 5;
    return segment->length > 0 ? traits | TRAIT_DATA : traits;
}

static unsigned traits_at_close(const struct lane *lane, enum side side, const struct segment *segment) {
    bool fin = (segment->flags & TCP_FIN) != 0;
    bool up_to_fin = lane->phase == LANE_CLOSING && segment->ack == lane->side[other_side(side)].next - 1;
    unsigned traits = up_to_fin && side != lane->closer ? TRAIT_ACKED_UP_TO_FIN : 0;
    return fin && segment->length > 0 ? traits | TRAIT_FIN_WITH_DATA : traits;
}

__attribute__((always_inline)) static inline void note_traits(const struct connection *connection, struct lane *lane,
                                                              enum side side, const struct segment *segment) {
    lane->offer[side].traits |= (uint8_t)traits_of(segment);
    if (is_unlike(connection, lane, side, segment)) {
        lane->unlike = true;
    }
}

/* The receiver of the first FIN, by this segment, has not all that stands before that either. */
static inline bool lacks_more_than_fin(const struct lane *lane, enum side side, const struct segment *segment) {
    return lane->phase == LANE_CLOSING && side != lane->closer && lane->side[lane->closer].next - segment->ack > 1;
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

/* --- what is taken --- */

/* Writes the segment down. False when memory is out. */
__attribute__((always_inline)) static inline bool write_down(struct model *model, struct connection *connection,
                                                             enum side side, const struct segment *segment, bool new) {
    struct lane *lane = lane_of(connection);
    bool ok = lane_log_add(model, connection, &lane->log, lane->side, side, segment, new);
    model->seen_good_checksum |= segment->checksum == CHECKSUM_GOOD;
    model->latest = connection->id;
    lane->segments++;
    connection->last_frame = segment->frame;
    connection->last_time = segment->time;
    return ok;
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

bool lane_begin(struct model *model, struct connection *connection, const struct segment *segment) {
    struct lane *lane = lane_of(connection);
    lane->first_time = segment->time;
    lane_log_begin(&lane->log);
    note_offer(lane, SIDE_CLIENT, segment);
    link_number(model->links, segment->link_source, &lane->link[SIDE_CLIENT]);
    return note_step(model, connection, SIDE_CLIENT, segment) &&
           enter_state(model, connection, segment, SIDE_CLIENT, STATE_SYN_SENT) &&
           enter_state(model, connection, segment, SIDE_SERVER, STATE_SYN_RECEIVED) &&
           tell(model, connection, segment, MILESTONE_OPENED, 0);
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

/* Behind more segments a look back at all of them for each of many costs more than the long way. */
enum { LOOK_BACK_MOST = 96 };
static bool may_lack_text(struct model *model, const struct connection *connection, const struct lane *lane,
                          const struct segment *segment) {
    return lane->segments > LOOK_BACK_MOST || lane_may_lack_text(model, connection, segment->time);
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
    if (lacks && (lane->insisted || may_lack_text(model, connection, lane, segment))) {
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

/* The sides stand in the order of their roles, which is the order in which others hear of them. */
static bool enter_states(struct model *model, struct connection *connection, const struct segment *segment, enum side x,
                         enum tcp_state state, enum tcp_state other) {
    enum tcp_state client = x == SIDE_CLIENT ? state : other, server = x == SIDE_CLIENT ? other : state;
    return enter_state(model, connection, segment, SIDE_CLIENT, client) &&
           enter_state(model, connection, segment, SIDE_SERVER, server);
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
               tell(model, connection, segment, MILESTONE_COMPLETED, open_lane(lane)) &&
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
        return connection_change_queue(model, connection, QUEUE_CLOSED) &&
               enter_state(model, connection, segment, other_side(side), STATE_CLOSED);
    }
}

/* --- octets that are sent again, and what asks for them --- */

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
        (!lane->held && !holds && may_lack_text(model, connection, lane, segment))) {
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

/* From where its side comes, if that has sent anything, with no option but a timestamp. */
static bool is_plain_reset(const struct model *model, struct lane *lane, enum side side,
                           const struct segment *segment) {
    const struct lane_side *x = &lane->side[side];
    bool first = lane->phase == LANE_SYN && side == SIDE_SERVER;
    bool stamped = (segment->options.present & OPTION_TIMESTAMPS) != 0;
    bool known = !first && segment->hop_limit == x->hop_limit &&
                 segment->link_source == link_source(model->links, lane->link[side]) &&
                 (!stamped || (int32_t)(segment->options.timestamp_value - x->tsval) >= 0);
    return segment->checksum != CHECKSUM_BAD && (segment->odd & ~ODD_BUT_ORDINARY) == 0 && segment->length == 0 &&
           (segment->options.present & ~lane->present) == 0 && segment->seq == x->next &&
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
        lane->isn[SIDE_SERVER] = 0;
        lane->side[SIDE_SERVER].hop_limit = segment->hop_limit;
    }
    lane->phase = LANE_RESET;
    struct segment written = *segment;
    written.flags = lane_reset_flags(segment->flags);
    return write_down(model, connection, side, &written, true) &&
           connection_change_queue(model, connection, QUEUE_CLOSED) &&
           enter_states(model, connection, segment, side, STATE_CLOSED, STATE_CLOSED);
}

/* Neither ordinary nor a step from one phase to the next. */
static bool take_other(struct model *model, struct connection *connection, enum side side,
                       const struct segment *segment, bool *taken) {
    if ((segment->flags & TCP_RST) != 0) {
        return take_reset(model, connection, side, segment, taken);
    }
    return lane_in(connection)->phase == LANE_SYN ? take_syn_again(model, connection, side, segment, taken)
                                                  : take_repair_at_close(model, connection, side, segment, taken);
}

/* A segment that opens the connection or closes it. */
__attribute__((always_inline)) static inline bool take_step(struct model *model, struct connection *connection,
                                                            enum side side, const struct segment *segment,
                                                            bool *taken) {
    struct lane *lane = lane_of(connection);
    int phase = step_of(model, connection, lane, side, segment), before = lane->phase;
    if (phase == OUT) {
        return take_other(model, connection, side, segment, taken);
    }
    *taken = true;
    note_opening(connection, lane, (enum lane_phase)phase, segment);
    bool ok = note_step(model, connection, side, segment);
    lane->phase = (uint8_t)phase;
    return ok && (phase == before || tell_step(model, connection, side, segment));
}

/* An ACK or octets in order, which move no state: most segments there are. */
__attribute__((always_inline)) static inline bool take_ordinary(struct model *model, struct connection *connection,
                                                                enum side side, const struct segment *segment) {
    struct lane *lane = lane_of(connection);
    if (!lane->unlike) {
        note_traits(connection, lane, side, segment);
        if (segment->length == 0 && is_repeated_ack(lane, side, segment)) {
            lane->repaired = true;
        }
    }
    return write_down(model, connection, side, segment, true);
}

__attribute__((noinline)) static bool take_repair(struct model *model, struct connection *connection, enum side side,
                                                  const struct segment *segment, bool *taken) {
    const struct lane *lane = lane_in(connection);
    if (!is_repair(model, lane, side, segment) || !lane_can_compare(connection, side, segment)) {
        return true;
    }
    return write_repair_down(model, connection, side, segment, taken);
}

/* So much room that it may be written down. */
static inline bool fits(const struct connection *connection, int64_t time) {
    uint64_t passed = (uint64_t)(time - connection->last_time); /* of one before it more than can be told */
    return passed >> 8 * LANE_FAR == 0 && lane_in(connection)->segments != UINT8_MAX &&
           !budget_lane_is_full(connection);
}

/* It fits. */
__attribute__((always_inline)) static inline bool take_from(struct model *model, struct connection *connection,
                                                            enum side side, const struct segment *segment,
                                                            bool *taken) {
    const struct lane *lane = lane_in(connection);
    if (lane->phase != LANE_OPEN || (segment->flags & ~TCP_PSH) != TCP_ACK) {
        return take_step(model, connection, side, segment, taken);
    }
    if (!goes_on(model, lane, side, segment)) {
        return take_repair(model, connection, side, segment, taken);
    }
    *taken = true;
    return take_ordinary(model, connection, side, segment);
}

bool lane_take(struct model *model, struct connection *connection, const struct segment *segment, bool *taken) {
    return !fits(connection, segment->time) ||
           take_from(model, connection, connection_side(connection, segment), segment, taken);
}

/* Of that version of IP, as in a packet: written as words for IPv4, which is what the compiler keeps apart best. */
__attribute__((always_inline)) static inline bool are_octets_of(const struct address *address, unsigned version,
                                                                const uint8_t *octets) {
    return version == 4 ? flow_word_of(octets, 0) == flow_word_of(address->octets, 0)
                        : memcmp(octets, address->octets, sizeof address->octets) == 0;
}

/* Addresses and ports of a usual packet against those of a connection, as they stand there: is it from that side? */
__attribute__((always_inline)) static inline bool is_direct_of(const struct connection *connection, enum side side,
                                                               unsigned version, const struct direct *direct) {
    const unsigned octets = version == 4 ? 4 : 16;
    const uint8_t *ends = direct->packet + (version == 4 ? DIRECT_IPV4 : DIRECT_IPV6) - 2 * octets;
    const struct address *source = &connection->address[side], *destination = &connection->address[other_side(side)];
    return are_octets_of(source, version, ends) && are_octets_of(destination, version, ends + octets) &&
           octets_u16(ends + 2 * octets) == connection->port[side] &&
           octets_u16(ends + 2 * octets + 2) == connection->port[other_side(side)] && source->version == version &&
           connection->network == direct->path.network;
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

__attribute__((noinline)) static enum model_direct step_from_client(struct model *model, struct connection *connection,
                                                                    const struct direct *direct) {
    return take_direct_step(model, connection, SIDE_CLIENT, direct);
}

__attribute__((noinline)) static enum model_direct step_from_server(struct model *model, struct connection *connection,
                                                                    const struct direct *direct) {
    return take_direct_step(model, connection, SIDE_SERVER, direct);
}

/* From that side: a constant, so that what it has stands in fixed places. Most are ordinary. */
__attribute__((always_inline)) static inline enum model_direct take_direct(struct model *model,
                                                                           struct connection *connection,
                                                                           enum side side, unsigned version,
                                                                           const struct direct *direct) {
    const struct lane *lane = lane_in(connection);
    struct segment segment; /* never written to memory: all that looks at it is inline */
    if (!is_direct_of(connection, side, version, direct) || !fits(connection, direct->time)) {
        return MODEL_DIRECT_LEFT;
    }
    if (lane->phase != LANE_OPEN || !direct_read_usual(direct, version, &segment) ||
        (segment.flags & ~TCP_PSH) != TCP_ACK || !goes_on(model, lane, side, &segment)) {
        return side == SIDE_CLIENT ? step_from_client(model, connection, direct)
                                   : step_from_server(model, connection, direct);
    }
    segment.flags = (segment.flags & TCP_PSH) | TCP_ACK; /* as they are: what asks for others is not built */
    return take_ordinary(model, connection, side, &segment) ? MODEL_DIRECT_TAKEN : MODEL_DIRECT_FAILED;
}

__attribute__((noinline)) static enum model_direct take_from_client(struct model *model, struct connection *connection,
                                                                    const struct direct *direct) {
    return take_direct(model, connection, SIDE_CLIENT, 4, direct);
}

__attribute__((noinline)) static enum model_direct take_from_server(struct model *model, struct connection *connection,
                                                                    const struct direct *direct) {
    return take_direct(model, connection, SIDE_SERVER, 4, direct);
}

static inline bool is_from_client(const struct connection *connection, const struct direct *direct) {
    return connection->port[SIDE_CLIENT] == octets_u16(direct_segment(direct));
}

__attribute__((noinline)) static enum model_direct take_ipv6(struct model *model, struct connection *connection,
                                                             const struct direct *direct) {
    return is_from_client(connection, direct) ? take_direct(model, connection, SIDE_CLIENT, 6, direct)
                                              : take_direct(model, connection, SIDE_SERVER, 6, direct);
}

static inline bool is_anything_due(const struct model *model, int64_t time) {
    return budget_is_tight(model) || time >= model->rest_due || time >= model->end_due;
}

enum model_direct model_take_direct(struct model *model, const struct direct *direct, const struct model_place *place) {
    struct connection *connection = connection_at(model, place);
    if (connection == NULL || !connection->in_lane || is_anything_due(model, direct->time)) {
        return MODEL_DIRECT_LEFT;
    }
    if (direct->version != 4) {
        return take_ipv6(model, connection, direct);
    }
    return is_from_client(connection, direct) ? take_from_client(model, connection, direct)
                                              : take_from_server(model, connection, direct);
}

void lane_free(struct model *model, struct connection *connection) {
    lane_log_free(&lane_of(connection)->log, model->lane_pieces);
    slab_give(model->lanes, connection);
}
