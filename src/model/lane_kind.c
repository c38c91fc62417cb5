/* SPDX-License-Identifier: BSD-3-Clause */
#include "model/lane.h"

#include <string.h>

/* Of which kind a connection is that ends in the lane. */

static const int64_t second = 1000000000;

_Static_assert(sizeof(struct ordinary_kind) % sizeof(uint64_t) == 0, "made of words, without padding");

uint64_t ordinary_kind_hash(const struct ordinary_kind *kind) {
    uint64_t words[sizeof *kind / sizeof(uint64_t)], mixed = 0;
    memcpy(words, kind, sizeof words);
    for (unsigned i = 0; i < sizeof words / sizeof words[0]; i++) {
        mixed = (mixed ^ words[i]) * UINT64_C(0x9e3779b97f4a7c15);
        mixed ^= mixed >> 32;
    }
    return mixed;
}

/* Everything that the side has sent before its FIN, if that has passed. */
static bool is_acknowledged(const struct lane_side *x, bool fin) {
    return x->acked + fin == x->next;
}

/* How long its opening took, ns: none of its round trips that count is longer. 0: it may be. */
static int64_t opening_took(const struct connection *connection) {
    enum { OPENING = 3 }; /* SYN, SYN/ACK, ACK */
    uint8_t log[LANE_LOG_MOST + LANE_COPY_SLACK];
    const uint8_t *at = lane_copy(connection, log + LANE_LOG_MOST);
    int64_t answered = lane_log_took(at, OPENING - 1), opened = lane_log_took(at, OPENING);
    bool measured = answered > 0 && opened > answered;
    return measured ? opened : 0;
}

/* Both sides are over, and the TIME_WAIT of one of them lasts on: no second has passed from the second FIN to its ACK.
 */
static bool is_left_closed(const struct model *model, int64_t quiet, enum ordinary_progress *progress) {
    *progress = PROGRESS_CLOSED;
    return quiet + second <= two_msl(model);
}

/* The end of the capture finds it open, with everything acknowledged: does it end soon after, or is whoever would have
 * said something long past that (rule.h, patience)? */
static bool is_left_open(const struct connection *connection, const struct lane *lane, int64_t quiet,
                         enum ordinary_progress *progress) {
    const int64_t least = 3 * second;
    if (!is_acknowledged(&lane->side[SIDE_CLIENT], false) || !is_acknowledged(&lane->side[SIDE_SERVER], false)) {
        return false;
    }
    *progress = PROGRESS_OPEN;
    if (quiet < least) {
        return true;
    }
    int64_t opening = opening_took(connection);
    *progress = PROGRESS_SILENT;
    return opening > 0 && quiet >= 9 * opening;
}

/* It finds all but the last ACK, while its TIME_WAIT lasts. Soon after the FIN somebody may still wait for that ACK. */
static bool is_left_in_last_ack(const struct model *model, const struct lane *lane, int64_t quiet,
                                enum ordinary_progress *progress) {
    *progress = PROGRESS_LAST_ACK;
    return is_acknowledged(&lane->side[other_side((enum side)lane->closer)], true) && quiet != second &&
           quiet < two_msl(model);
}

/* What comes of it is then the same for all. */
static bool ends_alike(const struct model *model, const struct connection *connection, enum connection_end end,
                       int64_t quiet, enum ordinary_progress *progress) {
    const struct lane *lane = lane_in(connection);
    if (lane->phase == LANE_SYN) {
        *progress = PROGRESS_ATTEMPT;
        return !lane->insisted && (end == END_EVICTED || end == END_CAPTURE || end == END_IDLE);
    }
    if (lane->unlike) {
        return false;
    }
    if (end == END_CLOSED) {
        *progress = PROGRESS_CLOSED;
        return true; /* from TIME_WAIT: lane.h knows of no other */
    }
    switch (end == END_CAPTURE ? (enum lane_phase)lane->phase : LANE_CLOSING) {
    case LANE_OPEN:
        return is_left_open(connection, lane, quiet, progress);
    case LANE_LAST_ACK:
        return is_left_in_last_ack(model, lane, quiet, progress);
    case LANE_OVER:
        return is_left_closed(model, quiet, progress);
    default:
        return false;
    }
}

/* Of payload, of both sides. */
static uint64_t octets_of(const struct lane *lane, const struct lane_repairs *repairs) {
    uint64_t octets = repairs->octets_again;
    unsigned others = lane->phase == LANE_OPEN ? 1 : 2; /* SYN and FIN */
    for (int i = 0; i < SIDES && lane->phase != LANE_SYN; i++) {
        octets += lane->side[i].next - lane_isn(lane, (enum side)i) - others;
    }
    return octets;
}

static uint8_t waited_of(enum ordinary_progress progress, int64_t quiet) {
    uint64_t seconds = (uint64_t)(quiet / second);
    unsigned log = seconds == 0 ? 0 : 64 - (unsigned)__builtin_clzll(seconds);
    return (uint8_t)(progress == PROGRESS_ATTEMPT ? log : progress == PROGRESS_LAST_ACK && log > 0);
}

/* Of what a side has offered: findings ask whether there is an MSS, what the answer has that was not offered, a scale
 * that there is not, and timestamps if both have them. How much a window or segment holds was held against each
 * segment. */
static struct ordinary_side what_counts(const struct lane *lane, enum side side) {
    enum { SHIFT_MOST = 14 }; /* RFC 7323 2.3 */
    const struct ordinary_side *offer = &lane->offer[side];
    uint16_t peer = lane->offer[other_side(side)].options;
    uint16_t counts = OPTION_MSS | (OPTION_TIMESTAMPS & peer) | (side == SIDE_SERVER ? (uint16_t)~peer : 0);
    return (struct ordinary_side){.options = offer->options & counts,
                                  .window_scale = offer->window_scale > SHIFT_MOST ? SHIFT_MOST + 1 : 0,
                                  .traits = offer->traits};
}

bool lane_kind(const struct model *model, const struct connection *connection, enum connection_end end, int64_t time,
               struct ordinary_kind *kind, uint64_t *octets) {
    const struct lane *lane = lane_in(connection);
    int64_t quiet = time - connection->last_time;
    struct lane_repairs repairs = {0};
    enum ordinary_progress progress;
    if (quiet < 0 || !ends_alike(model, connection, end, quiet, &progress) ||
        (lane->repaired && !lane_repairs(model, connection, &repairs))) {
        return false;
    }
    *octets = octets_of(lane, &repairs);
    *kind = (struct ordinary_kind){.side = {what_counts(lane, SIDE_CLIENT), what_counts(lane, SIDE_SERVER)},
                                   .closer = lane->closer,
                                   .half_closed = lane->halved,
                                   .version = lane_version(connection),
                                   .end = (uint8_t)end,
                                   .progress = (uint8_t)progress,
                                   .waited = waited_of(progress, quiet),
                                   .repairs = repairs.marks};
    return true;
}

struct ended_flow lane_ended_flow(const struct connection *connection, int64_t time) {
    const struct lane *lane = lane_in(connection);
    struct ended_flow flow = {.hash = connection->hash,
                              .id = connection->id,
                              .last_frame = connection->last_frame,
                              .last_time = connection->last_time,
                              .end_time = time,
                              .network = connection->network,
                              .incarnation = 1,
                              .timestamps = lane->present != 0,
                              .closed = lane->phase == LANE_OVER};
    for (int i = 0; i < SIDES; i++) {
        connection_get_address(connection, (enum side)i, &flow.address[i]);
        flow.port[i] = connection->port[i];
        flow.isn[i] = lane_isn(lane, (enum side)i);
        flow.next[i] = lane->side[i].next;
        flow.tsval[i] = lane->side[i].tsval;
    }
    return flow;
}
