/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef FINWAIT_MODEL_LANE_ORDINARY_H
#define FINWAIT_MODEL_LANE_ORDINARY_H

#include "model/lane.h"
#include "model/lane_write.h"

/* What is ordinary of a segment, and what is noted of one that is taken, for the files of the lane only. */

enum {
    ON_SYN = OPTION_MSS | OPTION_WINDOW_SCALE | OPTION_SACK_PERMITTED | OPTION_TIMESTAMPS,
    ODD_BUT_ORDINARY = ODD_CUT | ODD_OFFLOADED,
    LEAST_WINDOW = 64, /* of one that is like others */
};

__attribute__((always_inline)) static inline bool has_ordinary_header(const struct segment *segment) {
    return segment->checksum != CHECKSUM_BAD && (segment->odd & ~ODD_BUT_ORDINARY) == 0 && segment->window != 0;
}

static inline bool is_ordinary_syn(const struct segment *segment, uint16_t flags) {
    return segment->flags == flags && segment->length == 0 && (segment->options.present & ~ON_SYN) == 0 &&
           has_ordinary_header(segment);
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

/* --- what it shows --- */

static inline bool is_longer_than_asked(const struct ordinary_side *receiver, uint32_t length) {
    enum { DEFAULT_MSS = 536 };
    return length > receiver->mss && length > DEFAULT_MSS && (receiver->options & OPTION_MSS) != 0;
}

/* Where the window ends that a side offered last, in its peer's numbers. */
__attribute__((always_inline)) static inline uint32_t edge_of(const struct lane_side *x, const struct lane_side *y) {
    return y->acked + ((uint32_t)x->window << x->shift);
}

/* By this ACK a side takes back some of its window, which was not scaled in the SYN/ACK. The SYN has offered nothing.
 */
bool lane_takes_back(struct lane *lane, enum side side, uint32_t ack, uint32_t window);

/* It fills the window of its peer, or takes back some of its own, which nobody does whose window is no less. */
__attribute__((always_inline)) static inline bool strains_window(struct lane *lane, enum side side,
                                                                 const struct segment *segment) {
    const struct lane_side *x = &lane->side[side], *y = &lane->side[other_side(side)];
    bool less = segment->window < x->window || !lane->scaled;
    return (less && lane_takes_back(lane, side, segment->ack, segment->window)) ||
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
    return is_waited_for(connection, lane, segment) ||
           is_longer_than_asked(&lane->offer[other_side(side)], segment->length) ||
           strains_window(lane, side, segment) || segment->window < LEAST_WINDOW;
}

/* What segments show of their sender without a word on where they stand: shifted from their own bits. */
_Static_assert(ODD_CUT >> 5 == TRAIT_CUT && ODD_OFFLOADED >> 5 == TRAIT_OFFLOADED, "the same order");
__attribute__((always_inline)) static inline unsigned traits_of(const struct segment *segment) {
    unsigned traits = (segment->odd & ODD_BUT_ORDINARY) >> 5;
    return segment->length > 0 ? traits | TRAIT_DATA : traits;
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

#endif
