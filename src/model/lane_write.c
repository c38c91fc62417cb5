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

/* Another piece at the end; false when memory is out. */
static bool extend(struct model *model, struct connection *connection, struct lane_log *log) {
    struct lane_piece *piece = slab_take_any(model->lane_pieces);
    if (piece == NULL) {
        return false;
    }
    piece->before = lane_log_last(log);
    log->end = piece->octets;
    budget_lane_piece(model, connection);
    return true;
}

__attribute__((noinline)) bool lane_log_spill(struct model *model, struct connection *connection, struct lane_log *log,
                                              size_t count) {
    const uint8_t *octets = model->lane_entry;
    size_t fits;
    while ((fits = lane_log_room(log)) < count) {
        if (fits > 0) {
            log->end = put_octets(log->end, octets, fits);
        }
        octets += fits;
        count -= fits;
        if (!extend(model, connection, log)) {
            return false;
        }
    }
    log->end = put_octets(log->end, octets, count);
    return true;
}

void lane_log_shorten(struct model *model, struct connection *connection, struct lane_log *log) {
    struct lane_piece *last = lane_log_last(log);
    struct lane_short_piece *piece = slab_take_any(model->lane_short_pieces);
    if (piece == NULL) {
        return; /* nothing depends on it */
    }
    memcpy(piece, last, sizeof *piece);
    log->end = (uint8_t *)piece + (log->end - (uint8_t *)last);
    log->ends_short = true;
    slab_give(model->lane_pieces, last);
    budget_lane_shortened(model, connection);
}

void lane_log_free(struct lane_log *log, struct slab *pieces, struct slab *short_pieces) {
    struct lane_piece *last = lane_log_last(log);
    if (last != NULL && log->ends_short) {
        struct lane_piece *before = last->before;
        slab_give(short_pieces, last);
        last = before;
    }
    if (last != NULL) {
        slab_give_chain(pieces, last);
    }
    lane_log_begin(log, 0);
}
