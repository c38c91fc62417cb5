/* SPDX-License-Identifier: BSD-3-Clause */
#include "model/internal.h"

#include <stdlib.h>
#include <string.h>

/* The frames of a connection that a ladder shows. */

enum { LOG_FIRST = 24, LOG_LAST = 8, WINDOW_BITS = 24, SEGMENT_BITS = 24 };

void log_init(struct connection *connection) {
    connection->log = (struct log){.rows = connection->first_rows, .capacity = LOG_ROWS_INLINE};
}

void log_moved(struct connection *connection) {
    if (connection->log.capacity <= LOG_ROWS_INLINE) {
        connection->log.rows = connection->first_rows;
    }
}

void log_free(struct log *log) {
    if (log->capacity > LOG_ROWS_INLINE) {
        free(log->rows);
    }
}

static struct log_entry unpack(const struct log_row *row) {
    return (struct log_entry){
        .frame = row->frame,
        .time = row->time,
        .seq = row->seq,
        .ack = row->ack,
        .length = (uint32_t)row->length,
        .window = (uint32_t)row->window << row->window_scaled_down,
        .flags = (uint16_t)row->flags,
        .side = (uint8_t)row->side,
        .icmp = row->icmp != 0,
        .pinned = row->pinned != 0,
        .segments_before = ((uint64_t)row->segments_above << SEGMENT_BITS) | row->segments,
        .bytes_before = {row->client_bytes, row->server_bytes},
    };
}

unsigned connection_log(const struct connection *connection, struct log_entry *rows) {
    for (unsigned i = 0; i < connection->log.count; i++) {
        rows[i] = unpack(&connection->log.rows[i]);
    }
    return connection->log.count;
}

static bool make_room(struct connection *connection) {
    struct log *log = &connection->log;
    if (log->count < log->capacity) {
        return true;
    }
    bool owned = log->capacity > LOG_ROWS_INLINE;
    unsigned capacity = log->capacity * 2u > LOG_ROWS_MAX ? LOG_ROWS_MAX : log->capacity * 2u;
    struct log_row *rows = realloc(owned ? log->rows : NULL, capacity * sizeof *rows);
    if (rows == NULL) {
        return false;
    }
    if (!owned) {
        memcpy(rows, log->rows, log->count * sizeof *rows);
    }
    log->rows = rows;
    log->capacity = (uint8_t)capacity;
    return true;
}

_Static_assert(LOG_FIRST + LOG_LAST + LOG_ROWS_PINNED <= LOG_ROWS_MAX, "no row for what is kept");

static bool is_loose(const struct log *log, unsigned row, bool ordinary_only) {
    return !log->rows[row].pinned && (log->rows[row].ordinary || !ordinary_only);
}

/* Behind the first rows only the last ones are kept, and those that a finding points to. Ordinary ones go first. */
static void drop_middle_row(struct log *log) {
    unsigned first = log->pinned_to > LOG_FIRST ? log->pinned_to : LOG_FIRST;
    unsigned row = log->count;
    if (log->ordinary > 0) {
        for (row = first; row < log->count && !is_loose(log, row, true); row++) {
        }
    }
    if (row == log->count) {
        for (row = first; row < log->count && !is_loose(log, row, false); row++) {
        }
        log->pinned_to = (uint8_t)row;
    }
    if (row < log->count) {
        log->ordinary = (uint8_t)(log->ordinary - log->rows[row].ordinary);
        log->count--;
        memmove(&log->rows[row], &log->rows[row + 1], (log->count - row) * sizeof log->rows[0]);
    }
}

/* What the row of a segment shows of it, apart from what came before. */
struct shown {
    int64_t seq;
    int64_t ack;
    uint32_t length;
    uint32_t window;
    uint16_t flags;
    bool ordinary;
};

static unsigned window_shift(uint32_t window) {
    unsigned shift = 0;
    while (window >> shift >= 1u << WINDOW_BITS) {
        shift++;
    }
    return shift;
}

/* own: its segment is among those that have been counted. Written at once, for the fields share words. */
static struct log_row *add_row(struct connection *connection, uint64_t frame, int64_t time, enum side side, bool fill,
                               const struct shown *shown, bool own) {
    struct log *log = &connection->log;
    if (fill ? log->count == LOG_ROWS_MAX : log->count - log->pinned >= LOG_FIRST + LOG_LAST) {
        drop_middle_row(log);
    }
    if (log->count == LOG_ROWS_MAX || !make_room(connection)) {
        return NULL;
    }
    struct log_row *row = &log->rows[log->count++];
    const struct endpoint *client = &connection->side[SIDE_CLIENT], *server = &connection->side[SIDE_SERVER];
    uint64_t segments = client->frames + server->frames - own;
    unsigned shift = window_shift(shown->window);
    *row = (struct log_row){
        .frame = frame,
        .flags = shown->flags,
        .side = side,
        .ordinary = shown->ordinary,
        .window_scaled_down = shift,
        .time = time,
        .seq = shown->seq,
        .window = shown->window >> shift,
        .ack = shown->ack,
        .length = shown->length,
        .client_bytes = client->bytes - (side == SIDE_CLIENT ? shown->length : 0),
        .segments = segments & ((1u << SEGMENT_BITS) - 1),
        .server_bytes = server->bytes - (side == SIDE_SERVER ? shown->length : 0),
        .segments_above = segments >> SEGMENT_BITS,
    };
    log->ordinary = (uint8_t)(log->ordinary + shown->ordinary);
    return row;
}

/* The row counts what came before its own segment, which has been counted already. */
bool log_note(struct arrival *arrival, bool ordinary) {
    const struct segment *segment = arrival->segment;
    bool list = arrival->model->settings.keep_segments;
    if (arrival->model->settings.no_log) {
        return true;
    }
    const struct shown shown = {.seq = arrival->seq,
                                .ack = arrival->has_ack ? arrival->ack : 0,
                                .length = segment->length,
                                .window = list && arrival->syn ? segment->window
                                                               : arrival->x->window, /* a list has that of a SYN too */
                                .flags = segment->flags,
                                .ordinary = ordinary};
    return add_row(arrival->connection, segment->frame, segment->time, arrival->side, list, &shown, true) != NULL ||
           arrival->connection->log.count == LOG_ROWS_MAX;
}

bool log_note_icmp(struct connection *connection, const struct icmp_error *error, enum side reporter_side) {
    struct log_row *row =
        add_row(connection, error->frame, error->time, reporter_side, false, &(struct shown){0}, false);
    if (row != NULL) {
        row->icmp = 1;
    }
    return row != NULL || connection->log.count == LOG_ROWS_MAX;
}

void log_forget_newest_unless_pinned(struct connection *connection) {
    struct log *log = &connection->log;
    if (log->count > 0 && !log->rows[log->count - 1].pinned) {
        log->count--;
        log->ordinary = (uint8_t)(log->ordinary - log->rows[log->count].ordinary);
        log->pinned_to = log->pinned_to < log->count ? log->pinned_to : log->count;
    }
}

void connection_log_keep(struct connection *connection, uint64_t frame) {
    struct log *log = &connection->log;
    unsigned i = log->count; /* it is the newest, as a rule */
    while (i > 0 && log->rows[i - 1].frame != frame) {
        i--;
    }
    if (i > 0 && !log->rows[i - 1].pinned && log->pinned < LOG_ROWS_PINNED) {
        log->rows[i - 1].pinned = 1;
        log->pinned++;
        log->ordinary = (uint8_t)(log->ordinary - log->rows[i - 1].ordinary);
    }
}
