/* SPDX-License-Identifier: BSD-3-Clause */
#include "model/verdict.h"

/* Signs of SYN cookies (RFC 4987 3.6): a server that keeps nothing of a SYN can neither repeat its answer nor remember
 * what was offered. */

static const int64_t patient = INT64_C(3000000000); /* ns: every stack has repeated its SYN/ACK by then */

/* The values that stacks squeeze into a cookie: those of Linux, for IPv4 and IPv6. */
static bool fits_into_cookie(uint16_t mss) {
    static const uint16_t values[] = {536, 1220, 1300, 1420, 1440, 1460, 8940};
    for (unsigned i = 0; i < sizeof values / sizeof *values; i++) {
        if (values[i] == mss) {
            return true;
        }
    }
    return false;
}

/* ns from the SYN/ACK to whatever came back, or to now. */
static int64_t unanswered_for(const struct connection *connection, int64_t now) {
    const struct endpoint *client = &connection->side[SIDE_CLIENT];
    const struct endpoint *server = &connection->side[SIDE_SERVER];
    int64_t until = connection->handshake_ack_frame != 0 ? connection->handshake_ack_time : now;
    const struct incidents *incidents = endpoint_incidents(client);
    if (incidents->reset_last_frame != 0 && incidents->reset_last_time < until) {
        until = incidents->reset_last_time;
    }
    return until - server->syn_ack_time;
}

bool cookie_marks_of(const struct connection *connection, int64_t now, struct cookie_marks *marks) {
    const struct endpoint *client = &connection->side[SIDE_CLIENT];
    const struct endpoint *server = &connection->side[SIDE_SERVER];
    const uint16_t dropped = OPTION_WINDOW_SCALE | OPTION_SACK_PERMITTED;
    uint16_t answered = server->offer.options;
    if (client->syn_frame == 0 || server->syn_ack_count != 1 || connection->simultaneous_open ||
        connection->icmp_type != 0 || client->syn_last_time > server->syn_ack_time ||
        ((client->options_offered | answered) & OPTION_CUT) != 0) {
        return false;
    }
    *marks = (struct cookie_marks){
        .unanswered = unanswered_for(connection, now),
        .options_dropped =
            (client->options_offered & dropped) == dropped && (answered & (dropped | OPTION_TIMESTAMPS)) == 0,
        .usual_mss = (answered & OPTION_MSS) != 0 && fits_into_cookie(server->offer.mss),
    };
    return marks->unanswered > patient && (marks->options_dropped || marks->usual_mss);
}
