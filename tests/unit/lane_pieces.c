/* SPDX-License-Identifier: BSD-3-Clause */
#include "config.h"

#include "model/lane_pieces.h"

#include "base/slab.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

/* What the logs of the lane stand in. */

enum { LOGS = 40 };

static const unsigned sizes[] = {LANE_LEAST_PIECE, LANE_FIRST_PIECE, LANE_PIECE / 2, LANE_PIECE};
enum { SIZES = sizeof sizes / sizeof sizes[0] };

static struct lane_piece *take(struct lane_pieces *pieces, unsigned size) {
    struct lane_piece *piece = lane_pieces_take(pieces, size);
    assert_non_null(piece);
    assert_int_equal((uintptr_t)piece % size, 0);
    memset(piece, 0xa5, size);
    return piece;
}

static void test_marks(void **state) {
    (void)state;
    struct lane_pieces *pieces = lane_pieces_new();
    for (unsigned i = 0; i < SIZES; i++) {
        struct lane_piece *piece = take(pieces, sizes[i]);
        uint8_t *mark = lane_piece_mark(piece, sizes[i]);
        assert_ptr_equal(lane_piece_at(mark), piece);
        assert_int_equal(lane_piece_size(mark), sizes[i]);
        lane_pieces_give(pieces, piece, sizes[i]);
    }
    lane_pieces_free(pieces);
}

/* Two small ones and two smaller ones take no more than two large ones do. */
static void test_small_ones_are_cut(void **state) {
    (void)state;
    struct lane_pieces *pieces = lane_pieces_new();
    char *large = (char *)take(pieces, LANE_PIECE);
    lane_pieces_give(pieces, (struct lane_piece *)(void *)large, LANE_PIECE);
    struct lane_piece *of_64[] = {take(pieces, LANE_FIRST_PIECE), take(pieces, LANE_FIRST_PIECE)};
    struct lane_piece *of_32[] = {take(pieces, LANE_LEAST_PIECE), take(pieces, LANE_LEAST_PIECE)};
    if (slab_frees_all()) {
        assert_ptr_equal(of_64[0], large);
        assert_ptr_equal(of_64[1], large + LANE_FIRST_PIECE);
        assert_ptr_equal(of_32[1], (char *)of_32[0] + LANE_LEAST_PIECE);
    }
    for (unsigned i = 0; i < 2; i++) {
        lane_pieces_give(pieces, of_64[i], LANE_FIRST_PIECE);
        lane_pieces_give(pieces, of_32[i], LANE_LEAST_PIECE);
    }
    struct lane_piece *again = take(pieces, LANE_LEAST_PIECE);
    assert_true(!slab_frees_all() || again == of_32[1]);
    lane_pieces_give(pieces, again, LANE_LEAST_PIECE);
    lane_pieces_free(pieces);
}

/* The last piece of a log of so many, each of a size that follows from its place. */
static uint8_t *write_log(struct lane_pieces *pieces, unsigned count, const void *taken[]) {
    uint8_t *last = NULL;
    for (unsigned i = 0; i < count; i++) {
        struct lane_piece *piece = take(pieces, sizes[(count + i) % SIZES]);
        taken[i] = piece;
        piece->before = last;
        last = lane_piece_mark(piece, sizes[(count + i) % SIZES]);
    }
    return last;
}

/* What is given back whole is what is taken next, and none of it twice. */
static void test_logs_are_given_back(void **state) {
    (void)state;
    struct lane_pieces *pieces = lane_pieces_new();
    const void *before[SIZES * LOGS], *after[SIZES * LOGS];
    uint8_t *logs[LOGS];
    unsigned count = 0;
    for (unsigned i = 0; i < LOGS; i++) {
        logs[i] = write_log(pieces, 1 + i % SIZES, before + count);
        count += 1 + i % SIZES;
    }
    for (unsigned i = 0; i < LOGS; i++) {
        lane_pieces_give_all(pieces, logs[i]);
    }
    for (unsigned i = 0, at = 0; i < LOGS; i++) {
        logs[i] = write_log(pieces, 1 + i % SIZES, after + at);
        at += 1 + i % SIZES;
    }
    for (unsigned i = 0; i < count && slab_frees_all(); i++) {
        unsigned found = 0;
        for (unsigned k = 0; k < count; k++) {
            found += before[k] == after[i];
        }
        assert_int_equal(found, 1);
    }
    for (unsigned i = 0; i < LOGS; i++) {
        lane_pieces_give_all(pieces, logs[i]);
    }
    lane_pieces_free(pieces);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_marks),
        cmocka_unit_test(test_small_ones_are_cut),
        cmocka_unit_test(test_logs_are_given_back),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
