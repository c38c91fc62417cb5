/* SPDX-License-Identifier: BSD-3-Clause */
#include "bench/simulation.h"

#include <inttypes.h>

/*
 * What a reader of the capture can know of each phenomenon, in the words of the JSON report. "-" leaves a field open;
 * "a|b" admits both. `expected` must be raised on the connection ("either:" on it or on the one before it of the same
 * port pair); `allowed` may be; no other id of severity notice or above may.
 */
struct truth_row {
    const char *name, *handshake, *teardown;
    const char *first_state, *second_state; /* at the end: of the side that closed first, of the other */
    const char *expected, *allowed;
    bool segments, closed_first, reset_by; /* whether these fields hold */
};

static const struct truth_row rows[] = {
    [PLAIN] = {"plain", "complete", "graceful", "TIME_WAIT", "CLOSED", "-", "-", true, true, false},
    [FINAL_ACK_MISSING] = {"final-ack-missing", "complete", "incomplete", "TIME_WAIT", "LAST_ACK", "final-ack-missing",
                           "-", false, true, false},
    [FIN_IN_TIME_WAIT] = {"fin-in-time-wait", "complete", "graceful", "TIME_WAIT", "CLOSED",
                          "fin-retransmitted-in-time-wait,fin-ack-lost-beyond-vantage", "-", true, true, false},
    [RST_ON_LATE_FIN] = {"rst-on-late-fin", "complete", "late-reset", "CLOSED", "CLOSED", "rst-on-late-fin",
                         "time-wait-missing", false, true, true},
    [SYN_REPEATED] = {"syn-repeated", "complete", "graceful", "TIME_WAIT", "CLOSED", "syn-retransmitted", "-", true,
                      true, false},
    [REFUSED] = {"refused", "refused", "-", "CLOSED", "CLOSED", "syn-refused", "-", false, false, false},
    [UNANSWERED] = {"unanswered", "unanswered", "none", "SYN_SENT", "-", "syn-unanswered,syn-retransmitted", "-", false,
                    false, false},
    [RESET] = {"reset", "complete", "reset", "CLOSED", "CLOSED", "rst-abort", "-", false, false, true},
    [SIMULTANEOUS_CLOSE] = {"simultaneous-close", "complete", "simultaneous", "TIME_WAIT", "TIME_WAIT",
                            "simultaneous-close", "-", false, true, false},
    [NOT_CLOSED] = {"not-closed", "complete", "none", "ESTABLISHED", "ESTABLISHED", "-", "-", false, false, false},
    [REUSED_LATER] = {"reused-later", "complete", "graceful", "CLOSED", "CLOSED", "-",
                      "port-reused,time-wait-truncated", true, true, false},
    [REUSING] = {"reusing", "complete", "graceful", "TIME_WAIT", "CLOSED",
                 "either:port-reused,either:time-wait-truncated", "-", true, true, false},
    [SPOOFED] = {"spoofed", "unanswered", "none", "SYN_SENT", "-", "syn-unanswered", "-", false, false, false},
};

void truth_header(FILE *truth) {
    fputs("id\tclient\tclient_port\tserver\tserver_port\tphenomenon\thandshake\tteardown\tsegments\tclosed_first\t"
          "reset_by\tclient_state\tserver_state\tclient_frames\tserver_frames\tdata_repeated\texpected\tallowed\n",
          truth);
}

/* A TIME_WAIT that is over before the capture is has become CLOSED. When that is cannot be told yet, so both stand. */
static const char *state_at_end(const struct simulation *simulation, const char *state) {
    static const int64_t surely_within_2msl = 45;
    const struct settings *settings = &simulation->settings;
    bool expires = settings->connections / settings->rate >= surely_within_2msl;
    return state[0] == 'T' && expires && !simulation->workload->close_together ? "TIME_WAIT|CLOSED" : state;
}

/* The model of both ends is at rest now: it must have got to where the row says. */
static bool ended_as_planned(const struct connection *connection) {
    uint8_t phenomenon = connection->plan.phenomenon;
    uint8_t first = connection->ends[connection->plan.closer].state;
    uint8_t second = connection->ends[!connection->plan.closer].state;
    switch ((enum phenomenon)phenomenon) {
    case REFUSED:
    case RESET:
    case RST_ON_LATE_FIN:
        return first == STATE_CLOSED && second == STATE_CLOSED;
    case UNANSWERED:
    case SPOOFED:
        return connection->ends[CLIENT].state == STATE_SYN_SENT;
    case SIMULTANEOUS_CLOSE:
        return first == STATE_TIME_WAIT && second == STATE_TIME_WAIT;
    case NOT_CLOSED:
        return connection_is_quiet(connection);
    default:
        return first == STATE_TIME_WAIT && second == STATE_CLOSED;
    }
}

void truth_write(struct simulation *simulation, const struct connection *connection) {
    static const char *const sides[2] = {"client", "server"};
    const struct plan *plan = &connection->plan;
    const struct truth_row *row = &rows[plan->phenomenon];
    if (!ended_as_planned(connection))
        simulation->unexpected++;
    if (simulation->truth == NULL)
        return;

    /* Where nobody closed first, "first" is the client. */
    bool client_first = plan->closer == CLIENT || !(row->closed_first || row->reset_by);
    const char *closer = sides[plan->closer];
    const char *closed_first = !row->closed_first ? "-" : plan->phenomenon == SIMULTANEOUS_CLOSE ? "both" : closer;
    struct wire_end ends[2];
    char client[48], server[48];
    wire_ends(connection, ends);
    wire_end_address(&ends[CLIENT], plan->ipv6, client, sizeof client);
    wire_end_address(&ends[SERVER], plan->ipv6, server, sizeof server);
    int written = fprintf(
        simulation->truth,
        "%" PRIu64 "\t%s\t%u\t%s\t%u\t%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\t%" PRIu32 "\t%" PRIu32 "\t%" PRIu32 "\t%s\t%s\n",
        connection->first_frame, client, plan->client_port, server, plan->server_port, row->name, row->handshake,
        row->teardown,
        !row->segments        ? "-"
        : plan->close_at_once ? "3"
                              : "4",
        closed_first, row->reset_by ? closer : "-",
        state_at_end(simulation, client_first ? row->first_state : row->second_state),
        state_at_end(simulation, client_first ? row->second_state : row->first_state), connection->frames[CLIENT],
        connection->frames[SERVER], connection->data_repeated, row->expected, row->allowed);
    if (written < 0)
        simulation->failed = true;
}
