/* SPDX-License-Identifier: BSD-3-Clause */
#include "report/html_shelves.h"

#include "base/room.h"
#include "report/deflate.h"

#include <stdlib.h>

static void block_clear(struct block *block) {
    output_free(block->packed);
    output_free(block->rows);
    *block = (struct block){0};
}

static void open_clear(struct shelf *shelf) {
    output_free(shelf->objects);
    output_free(shelf->rows);
    shelf->objects = NULL;
    shelf->rows = NULL;
    shelf->open = 0;
}

void shelves_init(struct shelves *shelves, uint64_t limit) {
    *shelves = (struct shelves){.limit = limit};
}

void shelves_free(struct shelves *shelves) {
    for (unsigned i = 0; i < SHELVES; i++) {
        struct shelf *shelf = &shelves->shelf[i];

        while (shelf->count > 0) {
            block_clear(&shelf->blocks[--shelf->count]);
        }
        free(shelf->blocks);
        shelf->blocks = NULL;
        open_clear(shelf);
    }
}

static bool make_room(struct shelf *shelf) {
    enum { FIRST_BLOCKS = 8 };
    struct block *blocks =
        room_for_one_more(shelf->blocks, shelf->count, &shelf->capacity, FIRST_BLOCKS, sizeof *blocks);

    if (blocks != NULL) {
        shelf->blocks = blocks;
    }
    return blocks != NULL;
}

/* A copy of what was written, no larger than that. NULL when memory is out. */
static struct output *copy_of(const struct output *output) {
    struct output *copy = output_to_memory();

    if (copy != NULL) {
        output_bytes(copy, output->bytes, output->used);
        if (output_error(copy) != 0) {
            output_free(copy);
            return NULL;
        }
    }
    return copy;
}

/* Makes a block of what lies open on a shelf. */
static bool close_block(struct shelf *shelf) {
    struct output *packed = output_to_memory();
    bool done =
        packed != NULL && make_room(shelf) && deflate_write(packed, shelf->objects->bytes, shelf->objects->used);

    if (done) {
        struct block *block = &shelf->blocks[shelf->count];
        *block = (struct block){copy_of(packed), copy_of(shelf->rows), shelf->open};
        shelf->count++;
        done = block->packed != NULL && block->rows != NULL;
        open_clear(shelf);
    }
    output_free(packed);
    return done;
}

static void forget(struct shelves *shelves, struct shelf *shelf, unsigned count) {
    shelf->kept -= count;
    shelves->kept -= count;
}

/* The shelf that gives way first; NULL: all are empty. */
static struct shelf *least_shelf(struct shelves *shelves) {
    for (unsigned i = 0; i < SHELVES; i++) {
        if (shelves->shelf[i].kept > 0) {
            return &shelves->shelf[i];
        }
    }
    return NULL;
}

/* Takes away what is whole and over the limit, from the end of the least shelf; true if there was some. */
static bool give_way(struct shelves *shelves) {
    struct shelf *shelf = least_shelf(shelves);
    unsigned last = shelf->open > 0 ? shelf->open : shelf->blocks[shelf->count - 1].count;

    if (shelves->kept < shelves->limit + last) {
        return false;
    }
    if (shelf->open > 0) {
        open_clear(shelf);
    } else {
        block_clear(&shelf->blocks[--shelf->count]);
    }
    forget(shelves, shelf, last);
    return true;
}

static void append_line(struct output *output, const struct output *text) {
    output_bytes(output, text->bytes, text->used);
    output_char(output, '\n');
}

bool shelves_add(struct shelves *shelves, unsigned index, const struct output *object, const struct output *row) {
    struct shelf *shelf = &shelves->shelf[index];

    shelf->seen++;
    if (shelf->open == 0) {
        open_clear(shelf);
        shelf->objects = output_to_memory();
        shelf->rows = output_to_memory();
        if (shelf->objects == NULL || shelf->rows == NULL) {
            return false;
        }
    }
    append_line(shelf->objects, object);
    append_line(shelf->rows, row);
    shelf->open++;
    shelf->kept++;
    shelves->kept++;
    if (output_error(object) != 0 || output_error(row) != 0 || output_error(shelf->objects) != 0 ||
        output_error(shelf->rows) != 0 || (shelf->open == BLOCK_CONNECTIONS && !close_block(shelf))) {
        return false;
    }
    while (shelves->kept > shelves->limit && give_way(shelves)) {
    }
    return true;
}

/* Keeps the first lines of a text. */
static void keep_lines(struct output *output, unsigned lines) {
    size_t at = 0;

    for (; lines > 0 && at < output->used; at++) {
        lines -= output->bytes[at] == '\n';
    }
    output->used = at;
}

/* Lays the last block of a shelf open again. */
static bool reopen(struct shelf *shelf) {
    struct block *block = &shelf->blocks[shelf->count - 1];

    shelf->objects = output_to_memory();
    if (shelf->objects == NULL || !inflate_write(shelf->objects, block->packed->bytes, block->packed->used)) {
        return false;
    }
    shelf->rows = block->rows;
    shelf->open = block->count;
    block->rows = NULL;
    block_clear(block);
    shelf->count--;
    return true;
}

/* What is still over the limit is a part of the last block, for whole ones have given way. */
static bool cut_excess(struct shelves *shelves) {
    struct shelf *shelf = least_shelf(shelves);
    unsigned excess = (unsigned)(shelves->kept - shelves->limit);

    if (shelf->open == 0 && !reopen(shelf)) {
        return false;
    }
    shelf->open -= excess;
    keep_lines(shelf->objects, shelf->open);
    keep_lines(shelf->rows, shelf->open);
    forget(shelves, shelf, excess);
    return true;
}

bool shelves_finish(struct shelves *shelves) {
    while (shelves->kept > shelves->limit && give_way(shelves)) {
    }
    if (shelves->kept > shelves->limit && !cut_excess(shelves)) {
        return false;
    }
    for (unsigned i = 0; i < SHELVES; i++) {
        if (shelves->shelf[i].open > 0 && !close_block(&shelves->shelf[i])) {
            return false;
        }
    }
    return true;
}
