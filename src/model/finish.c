/* SPDX-License-Identifier: BSD-3-Clause */
#include "model/budget.h"
#include "model/deadlines.h"
#include "model/internal.h"
#include "model/lane.h"

#include <stdlib.h>
#include <string.h>

/* The end of the capture, which ends all that is left. */

/* As they stand in the queues, which for attempts that only came and came is in order. */
static bool is_in_order(const struct numbered *connections, size_t count) {
    for (size_t i = 1; i < count; i++) {
        if (connections[i - 1].number > connections[i].number) {
            return false;
        }
    }
    return true;
}

/* False when memory is out. */
static bool order_left(struct model *model) {
    if (is_in_order(model->left, model->left_count)) {
        return true;
    }
    struct numbered *room = malloc(model->left_count * sizeof *room);
    if (room == NULL) {
        return false;
    }
    struct numbered *ordered = order_by_number(model->left, room, model->left_count);
    free(ordered == room ? model->left : room);
    model->left = ordered;
    return true;
}

bool model_finish_begin(struct model *model) {
    free(model->left); /* of an end before this one */
    model->left_count = model->left_next = 0;
    memset(model->left_called, 0, sizeof model->left_called);
    model->left = malloc((model->held + 1) * sizeof *model->left);
    if (model->left == NULL) {
        return false;
    }
    for (int i = 0; i < QUEUES; i++) {
        model->left_count += deadlines_empty(model->queues[i], model->left + model->left_count);
    }
    return order_left(model);
}

uint64_t model_finish_id(const struct model *model) {
    return model->left_next < model->left_count ? model->left[model->left_next].number : 0;
}

/* They stand anywhere in memory. Inline, for a call of a function that gives nothing back and does nothing but this is
 * left out by the compiler. */
__attribute__((always_inline)) static inline void call_for_left(const struct model *model) {
    enum { AHEAD = 24, LINE = 64, LINES = 4 };
    if (model->left_next + AHEAD < model->left_count) {
        const char *head = model->left[model->left_next + AHEAD].item;
        for (int i = 0; i < LINES; i++) {
            __builtin_prefetch(head + i * LINE, 1);
        }
    }
}

/* Whether what is written down of it will be read: all where that is asked for, else what was sent again. */
static bool reads_log(const struct model *model, const struct connection *connection) {
    return connection->in_lane && (model->events.alike == NULL || lane_in(connection)->repaired);
}

/* That stands anywhere too. Its pieces come one after the other, from the last on: a step further in each log, and the
 * last piece of another one. */
static void call_for_logs(struct model *model) {
    size_t next = model->left_next + LEFT_CALLED;
    for (unsigned i = 0; i < LEFT_CALLED; i++) {
        uint8_t *called = model->left_called[i];
        model->left_called[i] = called != NULL ? lane_piece_call(lane_piece_at(called)->before) : NULL;
    }
    const struct connection *connection = next < model->left_count ? model->left[next].item : NULL;
    bool reads = connection != NULL && reads_log(model, connection);
    model->left_called[next % LEFT_CALLED] = lane_piece_call(reads ? lane_log_last(&lane_in(connection)->log) : NULL);
}

static bool end_left(struct model *model, struct connection *connection, int64_t end_time) {
    if (connection->in_lane) {
        model->left_next++;
        return connection_finish_in_lane(model, connection, end_time);
    }
    if (!deadlines_add(model->queues[QUEUE_EMBRYONIC], connection)) {
        return false;
    }
    model->left_next++;
    budget_requeue(model, connection, QUEUE_EMBRYONIC);
    return connection_end(model, connection, END_CAPTURE, end_time);
}

bool model_finish_next(struct model *model, int64_t end_time) {
    call_for_left(model);
    call_for_logs(model);
    if (!end_left(model, model->left[model->left_next].item, end_time)) {
        return false;
    }
    if (model->left_next == model->left_count) {
        flow_table_empty(&model->table);
        flow_table_empty(&model->tuples);
    }
    return true;
}

bool model_finish(struct model *model, int64_t end_time) {
    bool ok = model_advance(model, end_time) && model_finish_begin(model);
    while (ok && model_finish_id(model) != 0) {
        ok = model_finish_next(model, end_time);
    }
    return ok;
}
