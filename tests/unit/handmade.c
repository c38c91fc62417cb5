/* SPDX-License-Identifier: BSD-3-Clause */
#include "handmade.h"

#include "rules/said.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

enum { CLIENT_ISN = 123456, SERVER_ISN = 4000000000 };

static int64_t at(int64_t microseconds) {
    return HANDMADE_ORIGIN + microseconds * 1000;
}

void handmade_event(struct connection *connection, enum side side, enum event_kind kind, enum certainty certainty,
                    uint64_t frame, int64_t microseconds, uint16_t flags) {
    struct path_event event = {.frame = frame, .time = at(microseconds), .flags = flags};

    event.kind = (uint8_t)kind;
    event.certainty = (uint8_t)certainty;
    event.settled_by = certainty == CERTAINTY_CONFIRMED ? frame + 1 : 0;
    assert_true(path_append(&connection->side[side].path, &event));
    path_update(&connection->side[side].path);
}

static void make_client(struct connection *connection) {
    struct endpoint *client = &connection->side[SIDE_CLIENT];

    client->path.initial = STATE_CLOSED;
    client->path.state = STATE_CLOSED;
    handmade_event(connection, SIDE_CLIENT, EVENT_SENT_SYN, CERTAINTY_CERTAIN, 17, 0, TCP_SYN);
    handmade_event(connection, SIDE_CLIENT, EVENT_RECEIVED_SYN_ACK, CERTAINTY_CONFIRMED, 18, 20, TCP_SYN | TCP_ACK);
    handmade_event(connection, SIDE_CLIENT, EVENT_SENT_FIN, CERTAINTY_CERTAIN, 36, 200000, TCP_FIN | TCP_ACK);
    handmade_event(connection, SIDE_CLIENT, EVENT_RECEIVED_ACK_OF_FIN, CERTAINTY_CONFIRMED, 37, 200100, TCP_ACK);
    handmade_event(connection, SIDE_CLIENT, EVENT_RECEIVED_FIN, CERTAINTY_CONFIRMED, 38, 200200, TCP_FIN | TCP_ACK);
    client->isn = CLIENT_ISN;
    client->isn_known = ISN_SEEN;
    client->syn_frame = 17;
    client->options_present = OPTION_MSS | OPTION_WINDOW_SCALE | OPTION_SACK_PERMITTED;
    client->mss = 1460;
    client->window_scale = 7;
    client->frames = 12;
    client->bytes = 2;
}

static void make_server(struct connection *connection) {
    struct endpoint *server = &connection->side[SIDE_SERVER];

    server->path.initial = STATE_LISTEN;
    server->path.state = STATE_LISTEN;
    server->path.request_socket = true;
    handmade_event(connection, SIDE_SERVER, EVENT_RECEIVED_SYN, CERTAINTY_CONFIRMED, 17, 0, TCP_SYN);
    handmade_event(connection, SIDE_SERVER, EVENT_RECEIVED_ACK_OF_SYN, CERTAINTY_CONFIRMED, 19, 120, TCP_ACK);
    handmade_event(connection, SIDE_SERVER, EVENT_RECEIVED_FIN, CERTAINTY_CONFIRMED, 36, 200000, TCP_FIN | TCP_ACK);
    handmade_event(connection, SIDE_SERVER, EVENT_SENT_FIN, CERTAINTY_CERTAIN, 38, 200200, TCP_FIN | TCP_ACK);
    server->isn = SERVER_ISN;
    server->isn_known = ISN_SEEN;
    server->syn_ack_frame = 18;
    server->options_present = OPTION_MSS | OPTION_SACK_PERMITTED;
    server->mss = 1400;
    server->frames = 12;
    server->bytes = 10;
    server->retransmitted_frames = 1;
}

static void make_verdict(struct verdict *verdict) {
    *verdict = (struct verdict){
        .handshake = HANDSHAKE_COMPLETE,
        .handshake_certainty = CERTAINTY_CERTAIN,
        .syn_frame = 17,
        .syn_ack_frame = 18,
        .ack_frame = 19,
        .syn_count = 1,
        .syn_ack_count = 1,
        .handshake_duration = 420000,
        .rtt_server = 20000,
        .rtt_client = 100000,
        .teardown = TEARDOWN_GRACEFUL,
        .teardown_certainty = CERTAINTY_CONFIRMED,
        .segments = 4,
        .closed_first = WHICH_CLIENT,
        .reset_by = WHICH_UNKNOWN,
        .time_wait = WHICH_CLIENT,
        .close_wait = 51000,
        .teardown_duration = 601000000,
        .idle_before_close = -1,
    };
    verdict->time_wait_details.known = true;
    verdict->time_wait_details.started = at(200200);
    verdict->time_wait_details.restarts = 1;
    verdict->time_wait_details.elapsed = 601000000;
}

static void make_finding(struct handmade *handmade) {
    static struct said said = {.format = "The server repeated its FIN 600 ms after the ACK passed here."};
    struct finding *finding = &handmade->finding;

    *finding = (struct finding){
        .id = ANOMALY_FIN_RETRANSMITTED_IN_TIME_WAIT,
        .severity = SEVERITY_NOTICE,
        .side = SIDE_SERVER,
        .certainty = CERTAINTY_CERTAIN,
        .location = LOCATION_BEYOND,
        .frame_count = 3,
        .count = 1,
        .frame = 40,
        .last_frame = 40,
        .time = at(801000),
        .frames = {38, 39, 40},
        .states = {{STATE_TIME_WAIT, CERTAINTY_CONFIRMED}, {STATE_CLOSED, CERTAINTY_PRESUMED}},
        .seen = {true, true, SERVER_ISN + 11U, CLIENT_ISN + 4, 11, 4},
        .said = &said,
    };
    handmade->findings = (struct findings){.items = finding, .count = 1, .capacity = 1};
    handmade->connection.findings = &handmade->findings;
}

static void make_rows(struct handmade *handmade) {
    static const struct row {
        uint64_t frame;
        int64_t time; /* microseconds from the origin */
        int64_t seq, ack;
        uint16_t flags;
        enum side side;
        uint64_t before; /* segments */
    } rows[] = {
        {17, 0, 0, 0, TCP_SYN, SIDE_CLIENT, 0},        {18, 20, 0, 1, TCP_SYN | TCP_ACK, SIDE_SERVER, 1},
        {19, 120, 1, 1, TCP_ACK, SIDE_CLIENT, 2},      {36, 200000, 3, 11, TCP_FIN | TCP_ACK, SIDE_CLIENT, 19},
        {37, 200100, 11, 4, TCP_ACK, SIDE_SERVER, 20}, {38, 200200, 11, 4, TCP_FIN | TCP_ACK, SIDE_SERVER, 21},
        {39, 201000, 4, 12, TCP_ACK, SIDE_CLIENT, 22}, {40, 801000, 11, 4, TCP_FIN | TCP_ACK, SIDE_SERVER, 23},
    };

    handmade->row_count = sizeof rows / sizeof rows[0];
    for (unsigned i = 0; i < handmade->row_count; i++) {
        const struct row *row = &rows[i];
        bool data_passed = row->before > 3;

        handmade->rows[i] = (struct log_entry){
            .frame = row->frame,
            .time = at(row->time),
            .seq = row->seq,
            .ack = row->ack,
            .window = 502,
            .flags = row->flags,
            .side = (uint8_t)row->side,
            .segments_before = row->before,
            .bytes_before = {data_passed ? 2 : 0, data_passed ? 10 : 0},
        };
    }
}

void handmade_make(struct handmade *handmade) {
    struct connection *connection = &handmade->connection;

    memset(handmade, 0, sizeof *handmade);
    connection->id = 17;
    connection->last_frame = 40;
    connection->first_time = at(0);
    connection->last_time = at(801000);
    connection->address[SIDE_CLIENT] = (struct address){4, {10, 0, 0, 1}};
    connection->address[SIDE_SERVER] = (struct address){4, {10, 0, 0, 2}};
    connection->port[SIDE_CLIENT] = 52396;
    connection->port[SIDE_SERVER] = 80;
    connection->incarnation = 1;
    connection->initiator_seen = true;
    connection->end = END_CAPTURE;
    connection->end_time = at(801000);
    make_client(connection);
    make_server(connection);
    make_verdict(&handmade->verdict);
    make_finding(handmade);
    make_rows(handmade);
}

void handmade_free(struct handmade *handmade) {
    for (int side = 0; side < SIDES; side++) {
        free(handmade->connection.side[side].path.events);
    }
}

void handmade_ipv6(struct handmade *handmade) {
    for (int side = 0; side < SIDES; side++) {
        struct address *address = &handmade->connection.address[side];

        address->version = 6;
        memset(address->octets, 0xdd, sizeof address->octets);
        address->octets[15] = (uint8_t)(0xd0 + side);
    }
}

void expect_output(const struct output *output, const char *expected) {
    size_t size = strlen(expected);

    assert_int_equal(output_error(output), 0);
    if (output->used != size || memcmp(output->bytes, expected, size) != 0) {
        fprintf(stderr, "--- expected\n%s--- written\n%.*s---\n", expected, (int)output->used, output->bytes);
        fail_msg("the output differs");
    }
}
