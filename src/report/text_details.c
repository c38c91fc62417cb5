/* SPDX-License-Identifier: BSD-3-Clause */
#include "report/text_connection.h"

#include "report/time_text.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>

/* What JSON has of a connection and the line above its states leaves out: round trips, options, how long each state
 * lasted, TIME_WAIT and 2MSL, and how sure the steps are. */

enum { INDENT = 4, LABEL_WIDTH = 13, LINE_SIZE = 400 };

/* A line of facts under a label. */
struct line {
    char text[LINE_SIZE];
    size_t length;
};

__attribute__((format(printf, 2, 3))) static void put(struct line *line, const char *format, ...) {
    va_list arguments;

    va_start(arguments, format);
    int length = vsnprintf(line->text + line->length, LINE_SIZE - line->length, format, arguments);
    va_end(arguments);
    if (length > 0) {
        line->length += (size_t)length;
    }
    line->length = line->length < LINE_SIZE ? line->length : LINE_SIZE - 1;
}

/* Nothing for -1, which is unknown. */
static void put_span(struct line *line, const char *what, int64_t span) {
    char text[TIME_TEXT_SIZE];

    if (span >= 0) {
        put(line, "%s%s %s", line->length > 0 ? ", " : "", what, duration_text(span, text));
    }
}

static void put_option(struct line *line, bool agreed, const char *name) {
    if (agreed) {
        put(line, "%s%s", line->length > 0 ? ", " : "", name);
    }
}

static void print_line(struct style *style, const char *label, const struct line *line) {
    if (line->length == 0) {
        return;
    }
    style_blanks(style, INDENT);
    style_cell(style, DIM, label, LABEL_WIDTH);
    style_paragraph(style, line->text, INDENT + LABEL_WIDTH, INDENT + LABEL_WIDTH);
    style_newline(style);
}

static void print_handshake(struct style *style, const struct verdict *verdict) {
    struct line line = {.length = 0};

    if (verdict->syn_count + verdict->syn_ack_count > 0) {
        put(&line, "%" PRIu32 " SYN, %" PRIu32 " SYN ACK", verdict->syn_count, verdict->syn_ack_count);
    }
    put_span(&line, "round trip to the client", verdict->rtt_client);
    put_span(&line, "to the server", verdict->rtt_server);
    put_option(&line, verdict->cookies_suspected, "SYN cookies suspected");
    print_line(style, "handshake", &line);
}

static bool options_known(const struct endpoint *endpoint) {
    return (endpoint->syn_frame != 0 || endpoint->syn_ack_frame != 0) && !(endpoint->options_present & OPTION_CUT);
}

/* What both ends have offered and may therefore use. */
static void print_options(struct style *style, const struct connection *connection) {
    const struct endpoint *client = &connection->side[SIDE_CLIENT];
    const struct endpoint *server = &connection->side[SIDE_SERVER];
    uint16_t both = client->options_present & server->options_present;
    struct line line = {.length = 0};

    if (!options_known(client) || !options_known(server)) {
        return;
    }
    if ((both & OPTION_MSS) != 0) {
        put(&line, "MSS %u", client->mss < server->mss ? client->mss : server->mss);
    }
    put_option(&line, (both & OPTION_WINDOW_SCALE) != 0, "window scale");
    put_option(&line, (both & OPTION_SACK_PERMITTED) != 0, "SACK");
    put_option(&line, (both & OPTION_TIMESTAMPS) != 0, "timestamps");
    put_option(&line, client->ecn_setup && server->ecn_setup, "ECN");
    put_option(&line, (both & OPTION_MPTCP) != 0, "Multipath TCP");
    put_option(&line, line.length == 0, "none");
    print_line(style, "options", &line);
}

static void print_close(struct style *style, const struct verdict *verdict) {
    struct line line = {.length = 0};

    put_span(&line, "before it idle for", verdict->idle_before_close);
    put_span(&line, "CLOSE_WAIT for at least",
             verdict->close_wait); /* since the ACK of the FIN, not since that passed */
    if (verdict->two_msl != TWO_MSL_NOT_OBSERVED) {
        put(&line, "%s2MSL %s", line.length > 0 ? ", " : "", two_msl_name(verdict->two_msl));
    }
    print_line(style, "close", &line);
}

static void print_time_wait(struct style *style, const struct verdict *verdict) {
    static const char *const ends[] = {[TIME_WAIT_RUNNING] = "not over",
                                       [TIME_WAIT_TIMEOUT] = "over after 2MSL",
                                       [TIME_WAIT_REUSE] = "ended by a new connection",
                                       [TIME_WAIT_RESET] = "ended by a reset"};
    struct line line = {.length = 0};

    if (!verdict->time_wait_details.known) {
        return;
    }
    put_span(&line, "for", verdict->time_wait_details.elapsed);
    if (verdict->time_wait_details.restarts > 0) {
        put(&line, ", restarted %" PRIu32 " time%s", verdict->time_wait_details.restarts,
            verdict->time_wait_details.restarts == 1 ? "" : "s");
    }
    put(&line, ", %s", ends[verdict->time_wait_details.ended_by]);
    print_line(style, "TIME_WAIT", &line);
}

static void print_durations(struct style *style, const struct connection *connection, enum side side) {
    int64_t durations[TCP_STATES];
    struct line line = {.length = 0};

    side_durations(&connection->side[side], connection->end_time, durations);
    for (int state = 0; state < TCP_STATES; state++) {
        if (durations[state] != 0) {
            put_span(&line, state_name((enum tcp_state)state), durations[state]);
        }
    }
    print_line(style, side == SIDE_CLIENT ? "client was" : "server was", &line);
}

/* How sure the steps of both sides are. */
static void print_quality(struct style *style, const struct connection *connection) {
    unsigned counts[CERTAINTY_REFUTED + 1] = {0};
    struct step steps[PATH_STEPS_MAX];
    struct line line = {.length = 0};

    for (int side = 0; side < SIDES; side++) {
        size_t count = path_steps(&connection->side[side].path, steps);
        for (size_t i = 0; i < count; i++) {
            counts[steps[i].certainty]++;
        }
    }
    put(&line, "%u certain, %u presumed, %u assumed, %u refuted",
        counts[CERTAINTY_CERTAIN] + counts[CERTAINTY_CONFIRMED], counts[CERTAINTY_PRESUMED], counts[CERTAINTY_ASSUMED],
        counts[CERTAINTY_REFUTED]);
    print_line(style, "steps", &line);
}

/* What the limits of a connection left out of what is said of it. */
static void print_omitted(struct style *style, const struct connection *connection) {
    struct line line = {.length = 0};

    for (int side = 0; side < SIDES; side++) {
        const struct endpoint *endpoint = &connection->side[side];
        const char *name = side_name((enum side)side);

        if (endpoint->path.omitted_refuted > 0) {
            put(&line, "%s%" PRIu32 " refuted step%s of the %s", line.length > 0 ? ", " : "",
                endpoint->path.omitted_refuted, endpoint->path.omitted_refuted == 1 ? "" : "s", name);
        }
        if (endpoint->holes.inexact > 0) {
            put(&line, "%sthe bounds of gaps of the %s, %" PRIu32 " time%s: less may be missing than is said",
                line.length > 0 ? ", " : "", name, endpoint->holes.inexact, endpoint->holes.inexact == 1 ? "" : "s");
        }
    }
    print_line(style, "left out", &line);
}

void text_details(struct style *style, const struct connection *connection, const struct verdict *verdict) {
    print_handshake(style, verdict);
    print_options(style, connection);
    print_close(style, verdict);
    print_time_wait(style, verdict);
    print_durations(style, connection, SIDE_CLIENT);
    print_durations(style, connection, SIDE_SERVER);
    print_quality(style, connection);
    print_omitted(style, connection);
}
