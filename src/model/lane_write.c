/* SPDX-License-Identifier: BSD-3-Clause */
#include "model/lane_write.h"

#include "model/budget.h"

uint8_t *lane_put_blocks(uint8_t *to, const struct tcp_options *options) {
    to = put(to, options->sack_count, 1);
    for (int i = 0; i < options->sack_count; i++) {
        to = put(to, options->sack[i].begin | (uint64_t)options->sack[i].end << 32, sizeof(uint64_t));
    }
    return to;
}

_Static_assert(LANE_ENTRY_MOST <= LANE_PIECE - LANE_PIECE_HEAD, "as budget_lane_is_full has it");

/* Each piece is twice the one before: a log that is long already will be longer, and is read piece by piece. */
static inline unsigned next_size(const struct lane_log *log, const uint8_t *last) {
    unsigned larger = 2 * (log->last + 1U);
    return last == NULL ? LANE_FIRST_PIECE : larger < LANE_PIECE ? larger : LANE_PIECE;
}

/* Another piece at the end; returns how much it holds, 0 when memory is out. */
__attribute__((always_inline)) static inline size_t extend(struct model *model, struct connection *connection,
                                                           struct lane_log *log) {
    uint8_t *last = lane_log_last(log);
    unsigned size = next_size(log, last);
    struct lane_piece *piece = lane_pieces_take(model->lane_pieces, size);
    if (piece == NULL) {
        return 0;
    }
    piece->before = last;
    log->end = piece->octets;
    log->last = (uint8_t)(size - 1);
    budget_lane_piece(model, connection, size);
    return size - LANE_PIECE_HEAD;
}

__attribute__((noinline)) bool lane_log_spill(struct model *model, struct connection *connection, struct lane_log *log,
                                              size_t count) {
    const uint8_t *octets = model->lane_entry;
    for (size_t fits = lane_log_room(log); fits < count;) {
        if (fits > 0) {
            log->end = put_octets(log->end, octets, fits);
        }
        octets += fits;
        count -= fits;
        if ((fits = extend(model, connection, log)) == 0) {
            return false;
        }
    }
    log->end = put_octets(log->end, octets, count);
    return true;
}

void lane_log_shorten(struct model *model, struct connection *connection, struct lane_log *log) {
    struct lane_piece *last = lane_piece_at(lane_log_last(log));
    unsigned size = log->last + 1U, octets = size - (unsigned)lane_log_room(log);
    unsigned least = size / 2;
    while (least > LANE_LEAST_PIECE && octets <= least / 2) {
        least /= 2;
    }
    struct lane_piece *piece = lane_pieces_take(model->lane_pieces, least);
    if (piece == NULL) {
        return; /* nothing depends on it */
    }
    log->end = put_octets((uint8_t *)piece, (const uint8_t *)last, octets);
    log->last = (uint8_t)(least - 1);
    lane_pieces_give(model->lane_pieces, last, size);
    budget_lane_shortened(model, connection, size - least);
}

void lane_log_free(struct lane_log *log, struct lane_pieces *pieces) {
    uint8_t *last = lane_log_last(log);
    if (last != NULL) {
        lane_pieces_give_all(pieces, last);
    }
    lane_log_begin(log, 0);
}
