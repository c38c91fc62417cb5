/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef FINWAIT_MODEL_LANE_PIECES_H
#define FINWAIT_MODEL_LANE_PIECES_H

#include "base/slab.h"

#include <stdint.h>

/* What the log of a connection in the lane (lane_log.h) goes on in: pieces of four sizes, each aligned to its own, the
 * smaller ones cut from larger ones as they are needed. What was cut stays so: of each size there are never more than
 * were in use at once. */
struct lane_pieces;

struct lane_piece {
    uint8_t *before; /* mark of the piece before it; NULL: before it is what stands in the record */
    uint8_t octets[];
};
enum { LANE_PIECE = 256, LANE_FIRST_PIECE = 64, LANE_LEAST_PIECE = 32, LANE_PIECE_HEAD = sizeof(struct lane_piece) };

/* A piece together with its size, as one address: it points so many octets into the piece as the size has steps of
 * LANE_LEAST_PIECE, less one. */
static inline uint8_t *lane_piece_mark(struct lane_piece *piece, unsigned size) {
    return (uint8_t *)piece + size / LANE_LEAST_PIECE - 1;
}
static inline unsigned lane_piece_size(const uint8_t *mark) {
    return ((unsigned)((uintptr_t)mark % LANE_LEAST_PIECE) + 1) * LANE_LEAST_PIECE;
}
static inline struct lane_piece *lane_piece_at(uint8_t *mark) {
    return (struct lane_piece *)(void *)(mark - (uintptr_t)mark % LANE_LEAST_PIECE);
}

struct lane_pieces *lane_pieces_new(void);         /* NULL when memory is out */
void lane_pieces_free(struct lane_pieces *pieces); /* and every piece with it; may be NULL */

/* Filled with anything; NULL when memory is out. */
struct lane_piece *lane_pieces_take(struct lane_pieces *pieces, unsigned size);
void lane_pieces_give(struct lane_pieces *pieces, struct lane_piece *piece, unsigned size);
/* The same of a piece and all before it, of which only the first is touched. */
void lane_pieces_give_all(struct lane_pieces *pieces, uint8_t *mark);

#endif
