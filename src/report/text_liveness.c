/* SPDX-License-Identifier: BSD-3-Clause */
#include "report/text_connection.h"

#include "report/time_text.h"

#include <inttypes.h>
#include <stdio.h>

enum { INDENT = 4, LINE_SIZE = 160 };

static void print_line(struct style *style, const char *line) {
    style_blanks(style, INDENT);
    style_text(style, PLAIN, line);
    style_newline(style);
}

/* "client  3 keep-alives after 100 s of silence, then every 75 s, 1 answered" */
static void print_keep_alives(struct style *style, const struct connection *connection, enum side side) {
    struct keep_alive_rhythm rhythm;
    uint32_t answered;
    char idle[TIME_TEXT_SIZE], interval[TIME_TEXT_SIZE], line[LINE_SIZE];

    if (!keep_alives_of(connection, side, &rhythm, &answered)) {
        return;
    }
    duration_text(rhythm.idle, idle);
    duration_text(rhythm.interval, interval);
    snprintf(line, sizeof line, "%s  %" PRIu32 " keep-alive%s%s%s%s%s%s, %" PRIu32 " answered", side_name(side),
             rhythm.probes, rhythm.probes == 1 ? "" : "s", rhythm.idle > 0 ? " after " : "",
             rhythm.idle > 0 ? idle : "", rhythm.idle > 0 ? " of silence" : "",
             rhythm.interval > 0 ? ", then every " : "", rhythm.interval > 0 ? interval : "", answered);
    print_line(style, line);
}

/* "client  a heartbeat of 12 bytes every 30 s (jitter 20 ms), 8 times, 7 answered, the last in frame 40" */
static void print_heartbeat(struct style *style, const struct connection *connection, enum side side) {
    struct heartbeat heartbeat;
    char period[TIME_TEXT_SIZE], jitter[TIME_TEXT_SIZE], line[LINE_SIZE];

    if (!heartbeat_of(connection, side, &heartbeat)) {
        return;
    }
    duration_text(heartbeat_period(&heartbeat), period);
    duration_text(heartbeat.gap_most - heartbeat.gap_least, jitter);
    int length =
        snprintf(line, sizeof line,
                 "%s  heartbeat of %" PRIu32 " bytes every %s (jitter %s), %" PRIu32 " times, %" PRIu32 " answered",
                 side_name(side), heartbeat.octets, period, jitter, heartbeat.beats, heartbeat.answered);
    if (heartbeat.answered > 0 && heartbeat.last_answered_frame != heartbeat.last_frame) {
        snprintf(line + length, sizeof line - (size_t)length, ", the last of them frame %" PRIu64,
                 heartbeat.last_answered_frame);
    }
    print_line(style, line);
}

void text_liveness(struct style *style, const struct connection *connection) {
    for (int side = 0; side < SIDES; side++) {
        print_keep_alives(style, connection, (enum side)side);
    }
    for (int side = 0; side < SIDES; side++) {
        print_heartbeat(style, connection, (enum side)side);
    }
}
