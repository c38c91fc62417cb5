/* SPDX-License-Identifier: BSD-3-Clause */
#include "report/svg_ladder.h"

#include <inttypes.h>
#include <stdio.h>

/* One connection, drawn. */

static bool svg_begin(struct report *report) {
    (void)report;
    return true;
}

static bool svg_connection(struct report *report, const struct connection *connection, const struct verdict *verdict) {
    struct log_entry rows[LOG_ROWS_MAX];

    if (connection->id != report->settings.connection) {
        return true;
    }
    return svg_ladder(report->output, connection, verdict, rows, connection_log(connection, rows), report->origin);
}

static bool svg_capture(struct report *report, const struct capture_info *capture) {
    (void)report;
    (void)capture;
    return true;
}

static bool svg_finding(struct report *report, const struct report_finding *finding) {
    (void)report;
    (void)finding;
    return true;
}

static bool svg_end(struct report *report) {
    char sentence[128];

    if (!report->summary.connection_found) {
        snprintf(sentence, sizeof sentence,
                 "No connection has the number %" PRIu64 ": it is that of the connection's first frame.",
                 report->settings.connection);
        svg_sentence(report->output, sentence);
    }
    return true;
}

static void svg_free(struct report *report) {
    (void)report;
}

const struct report_writer svg_writer = {
    "svg", svg_begin, svg_connection, svg_capture, svg_finding, svg_end, svg_free,
};
