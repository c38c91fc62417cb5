/* SPDX-License-Identifier: BSD-3-Clause */
#include "model/internal.h"

#include <stdlib.h>
#include <string.h>

enum { LOG_FIRST = 24, LOG_LAST = 8, LOG_PINNED = 48, LOG_MAX = LOG_FIRST + LOG_LAST + LOG_PINNED };

struct log {
    uint8_t count;
    uint8_t capacity;
    uint8_t pinned;
    struct log_entry entries[];
};

const struct log_entry *connection_log(const struct connection *connection, unsigned *count) {
    *count = connection->log == NULL ? 0 : connection->log->count;
    return *count == 0 ? NULL : connection->log->entries;
}

void log_free(struct log *log) {
    free(log);
}

static bool make_room(struct connection *connection) {
    struct log *log = connection->log;
    if (log != NULL && log->count < log->capacity) {
        return true;
    }
    unsigned capacity = log == NULL ? 8 : log->capacity * 2u;
    capacity = capacity > LOG_MAX ? LOG_MAX : capacity;
    struct log *larger = realloc(log, sizeof *larger + capacity * sizeof larger->entries[0]);
    if (larger == NULL) {
        return false;
    }
    if (log == NULL) {
        larger->count = 0;
        larger->pinned = 0;
    }
    larger->capacity = (uint8_t)capacity;
    connection->log = larger;
    return true;
}

static void take_out(struct log *log, unsigned at) {
    log->count--;
    memmove(&log->entries[at], &log->entries[at + 1], (log->count - at) * sizeof log->entries[0]);
}

/* Behind the first rows only the last ones are kept, and those that a finding points to. */
static void drop_middle_row(struct log *log) {
    for (unsigned i = LOG_FIRST; i < log->count; i++) {
        if (!log->entries[i].pinned) {
            take_out(log, i);
            return;
        }
    }
}

bool log_note(struct arrival *arrival) {
    struct connection *connection = arrival->connection;
    struct log *log = connection->log;
    if (log != NULL && log->count - log->pinned >= LOG_FIRST + LOG_LAST) {
        drop_middle_row(log);
    }
    if (!make_room(connection)) {
        return false;
    }
    log = connection->log;
    const struct segment *segment = arrival->segment;
    log->entries[log->count++] = (struct log_entry){
        .frame = segment->frame,
        .time = segment->time,
        .seq = arrival->seq,
        .ack = arrival->has_ack ? arrival->ack : 0,
        .length = segment->length,
        .window = arrival->x->window,
        .flags = segment->flags,
        .side = (uint8_t)arrival->side,
        .segments_before = connection->side[0].frames + connection->side[1].frames - 1,
        .bytes_before = {connection->side[0].bytes - (arrival->side == SIDE_CLIENT ? segment->length : 0),
                         connection->side[1].bytes - (arrival->side == SIDE_SERVER ? segment->length : 0)},
    };
    return true;
}

bool log_note_icmp(struct connection *connection, const struct icmp_error *error, enum side reporter_side) {
    if (!make_room(connection)) {
        return false;
    }
    struct log *log = connection->log;
    if (log->count == LOG_MAX) {
        return true;
    }
    log->entries[log->count++] = (struct log_entry){
        .frame = error->frame,
        .time = error->time,
        .side = (uint8_t)reporter_side,
        .icmp = true,
        .segments_before = connection->side[0].frames + connection->side[1].frames,
        .bytes_before = {connection->side[0].bytes, connection->side[1].bytes},
    };
    return true;
}

void log_forget_newest_unless_pinned(struct connection *connection) {
    struct log *log = connection->log;
    if (log != NULL && log->count > 0 && !log->entries[log->count - 1].pinned) {
        log->count--;
    }
}

void connection_log_keep(struct connection *connection, uint64_t frame) {
    struct log *log = connection->log;
    for (unsigned i = 0; log != NULL && i < log->count; i++) {
        if (log->entries[i].frame == frame && !log->entries[i].pinned && log->pinned < LOG_PINNED) {
            log->entries[i].pinned = true;
            log->pinned++;
        }
    }
}
