/* SPDX-License-Identifier: BSD-3-Clause */
#include "report/ladder_rows.h"

#include "report/flags_text.h"

#include <stdio.h>

/* --- labels --- */

/* The flags as they are said: PSH means nothing here, and that a FIN acknowledges shows in its second number. */
static const char *label_flags(uint16_t flags, char text[FLAGS_TEXT_SIZE]) {
    uint16_t shown = flags & (uint16_t)~TCP_PSH;

    if (shown & TCP_FIN && !(shown & (TCP_SYN | TCP_RST))) {
        shown &= (uint16_t)~TCP_ACK;
    }
    return flags_text(shown, text);
}

void row_label(const struct connection *connection, const struct log_entry *row, char label[ROW_LABEL_SIZE]) {
    char flags[FLAGS_TEXT_SIZE];
    int size;

    if (row->icmp) {
        snprintf(label, ROW_LABEL_SIZE, "ICMP %u/%u", connection->icmp_type, connection->icmp_code);
        return;
    }
    size = snprintf(label, ROW_LABEL_SIZE, "%s %lld", label_flags(row->flags, flags), (long long)row->seq);
    if (row->flags & TCP_ACK) {
        size += snprintf(label + size, ROW_LABEL_SIZE - (size_t)size, ", %lld", (long long)row->ack);
    }
    if (row->length > 0) {
        size += snprintf(label + size, ROW_LABEL_SIZE - (size_t)size, ", %lu byte%s", (unsigned long)row->length,
                         row->length == 1 ? "" : "s");
    }
    if (row->window == 0 && !(row->flags & (TCP_SYN | TCP_RST))) {
        snprintf(label + size, ROW_LABEL_SIZE - (size_t)size, ", window 0");
    }
}

/* --- steps --- */

bool step_stands_alone(const struct step *step) {
    return step->frame == 0 || step->event == EVENT_REPLACED;
}

void column_prepare(struct column *column, const struct path *path) {
    size_t count = path_steps(path, column->steps);
    uint64_t latest = 0;

    column->count = 0;
    column->next = 0;
    for (size_t i = 0; i < count; i++) {
        if (column->steps[i].certainty == CERTAINTY_REFUTED) {
            continue;
        }
        column->steps[column->count] = column->steps[i];
        latest = column->steps[i].frame > latest ? column->steps[i].frame : latest;
        column->shown_at[column->count++] = latest;
    }
}

const struct step *column_advance(struct column *column, uint64_t frame) {
    const struct step *last = NULL;

    while (column->next < column->count && column->shown_at[column->next] <= frame &&
           !step_stands_alone(&column->steps[column->next])) {
        last = &column->steps[column->next++];
    }
    return last;
}

enum side column_lone_step(const struct column columns[SIDES], const struct log_entry *row) {
    enum side chosen = SIDES;

    for (int side = 0; side < SIDES; side++) {
        const struct column *column = &columns[side];
        const struct step *step = &column->steps[column->next];

        if (column->next == column->count) {
            continue;
        }
        if (row != NULL &&
            !(step_stands_alone(step) && (step->frame != 0 ? step->frame < row->frame : step->time <= row->time))) {
            continue;
        }
        if (chosen == SIDES || step->time < columns[chosen].steps[columns[chosen].next].time) {
            chosen = (enum side)side;
        }
    }
    return chosen;
}

const char *step_reason(const struct step *step) {
    return step->event == EVENT_TIME_WAIT_TIMEOUT ? "2MSL have passed"
           : step->event == EVENT_REPLACED        ? "a newer connection took its place"
                                                  : "";
}

/* --- what was passed over --- */

static uint64_t difference(uint64_t larger, uint64_t smaller) {
    return larger > smaller ? larger - smaller : 0;
}

struct passed_count passed_before(const struct log_entry *row) {
    return (struct passed_count){row->segments_before, {row->bytes_before[0], row->bytes_before[1]}};
}

struct passed_count passed_with(const struct log_entry *row) {
    struct passed_count passed = passed_before(row);

    if (!row->icmp) {
        passed.segments++;
        passed.bytes[row->side] += row->length;
    }
    return passed;
}

struct passed_count passed_in_all(const struct connection *connection) {
    const struct endpoint *client = &connection->side[SIDE_CLIENT];
    const struct endpoint *server = &connection->side[SIDE_SERVER];

    return (struct passed_count){client->frames + server->frames, {client->bytes, server->bytes}};
}

struct passed_count passed_between(const struct passed_count *from, const struct passed_count *to) {
    struct passed_count passed = {difference(to->segments, from->segments), {0}};

    for (int side = 0; side < SIDES; side++) {
        passed.bytes[side] = difference(to->bytes[side], from->bytes[side]);
    }
    return passed;
}
