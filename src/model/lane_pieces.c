/* SPDX-License-Identifier: BSD-3-Clause */
#include "model/lane_pieces.h"

#include <stdlib.h>
#include <string.h>

enum { SIZES = 4 };
_Static_assert(LANE_LEAST_PIECE << (SIZES - 1) == LANE_PIECE, "each is twice the one before");

struct lane_pieces {
    struct slab *sizes[SIZES]; /* the least first */
    uint8_t *logs; /* marks: the last pieces of logs that were given back whole, each with the next log in its octets */
};

struct lane_pieces *lane_pieces_new(void) {
    struct lane_pieces *pieces = calloc(1, sizeof *pieces);
    for (unsigned i = 0; i < SIZES && pieces != NULL; i++) {
        pieces->sizes[i] = slab_new((size_t)LANE_LEAST_PIECE << i);
        if (pieces->sizes[i] == NULL) {
            lane_pieces_free(pieces);
            pieces = NULL;
        }
    }
    return pieces;
}

void lane_pieces_free(struct lane_pieces *pieces) {
    for (unsigned i = 0; i < SIZES && pieces != NULL; i++) {
        slab_free(pieces->sizes[i]);
    }
    free(pieces);
}

static struct slab *slab_of(const struct lane_pieces *pieces, unsigned size) {
    return pieces->sizes[__builtin_ctz(size / LANE_LEAST_PIECE)];
}

/* Gives back one piece of the logs that were. */
static void take_apart(struct lane_pieces *pieces) {
    uint8_t *mark = pieces->logs, *next;
    struct lane_piece *piece = lane_piece_at(mark);
    memcpy(&next, piece->octets, sizeof next);
    if (piece->before != NULL) {
        memcpy(lane_piece_at(piece->before)->octets, &next, sizeof next);
        next = piece->before;
    }
    pieces->logs = next;
    lane_pieces_give(pieces, piece, lane_piece_size(mark));
}

/* One of them, from a larger one of which the rest is left for others. */
__attribute__((noinline)) static struct lane_piece *cut(struct lane_pieces *pieces, unsigned size) {
    struct lane_piece *larger = lane_pieces_take(pieces, 2 * size);
    if (larger != NULL) {
        slab_give(slab_of(pieces, size), (char *)larger + size);
    }
    return larger;
}

struct lane_piece *lane_pieces_take(struct lane_pieces *pieces, unsigned size) {
    struct slab *slab = slab_of(pieces, size);
    while (pieces->logs != NULL && !slab_has_given(slab)) {
        take_apart(pieces);
    }
    bool uncut = size == LANE_PIECE || slab_has_given(slab) || !slab_frees_all();
    return uncut ? slab_take_any(slab) : cut(pieces, size);
}

void lane_pieces_give(struct lane_pieces *pieces, struct lane_piece *piece, unsigned size) {
    slab_give(slab_of(pieces, size), piece);
}

void lane_pieces_give_all(struct lane_pieces *pieces, uint8_t *mark) {
    memcpy(lane_piece_at(mark)->octets, &pieces->logs, sizeof pieces->logs);
    pieces->logs = mark;
    while (pieces->logs != NULL && !slab_frees_all()) {
        take_apart(pieces);
    }
}
