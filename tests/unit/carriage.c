/* SPDX-License-Identifier: BSD-3-Clause */
#include "config.h"

#include "model/model.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

/* Connections whose directions are carried in different encapsulations, and the bound on connections that a newer
 * incarnation must keep. */

enum { ISN_A = 1000, ISN_B = 5000, WITHOUT = 0, TAGGED = 1, OTHER_TAG = 2, ENDED_MAX = 16 };

struct fixture {
    struct model *model;
    uint64_t frame;
    uint64_t ended[ENDED_MAX];
    uint64_t frames[ENDED_MAX][SIDES];
    uint32_t incarnation[ENDED_MAX];
    uint8_t icmp_type[ENDED_MAX];
    unsigned count;
    int64_t since; /* ns: when the first frame passed */
};

static bool observed(void *context, const struct observation *observation) {
    (void)context;
    (void)observation;
    return true;
}

static bool ended(void *context, struct connection *connection) {
    struct fixture *fixture = context;
    fixture->ended[fixture->count] = connection->id;
    fixture->incarnation[fixture->count] = connection->incarnation;
    fixture->icmp_type[fixture->count] = connection->icmp_type;
    for (int side = 0; side < SIDES; side++)
        fixture->frames[fixture->count][side] = connection->side[side].frames;
    fixture->count++;
    return true;
}

static void dropped(void *context, struct connection *connection) {
    (void)context;
    (void)connection;
}

static void begin(struct fixture *fixture, uint32_t max_connections) {
    const struct model_events events = {fixture, observed, ended, dropped};
    struct model_settings settings;
    memset(fixture, 0, sizeof *fixture);
    model_settings_default(&settings);
    settings.max_connections = max_connections;
    settings.may_move = true;
    fixture->model = model_new(&settings, &events);
    assert_non_null(fixture->model);
}

static int64_t now(const struct fixture *fixture) {
    return fixture->since + (int64_t)fixture->frame * 1000000;
}

static void finish(struct fixture *fixture) {
    fixture->frame++;
    assert_true(model_finish(fixture->model, now(fixture)));
    model_free(fixture->model);
}

/* A segment between 10.0.0.1:40000 (A) and 10.0.0.2:80. */
static void send(struct fixture *fixture, bool from_a, uint16_t flags, uint32_t seq, uint32_t ack,
                 uint32_t encapsulation) {
    const struct address a = {.version = 4, .octets = {10, 0, 0, 1}};
    const struct address b = {.version = 4, .octets = {10, 0, 0, 2}};
    struct segment segment = {.frame = ++fixture->frame,
                              .source = from_a ? a : b,
                              .destination = from_a ? b : a,
                              .source_port = from_a ? 40000 : 80,
                              .destination_port = from_a ? 80 : 40000,
                              .flags = flags,
                              .seq = seq,
                              .ack = ack,
                              .window = 65535,
                              .encapsulation = encapsulation,
                              .network = encapsulation,
                              .hop_limit = 64};
    segment.time = now(fixture);
    segment.ip_id = (uint32_t)fixture->frame;
    assert_true(model_segment(fixture->model, &segment));
}

/* A router says that it dropped a segment with that number. */
static void refuse(struct fixture *fixture, bool of_a, uint32_t seq, uint32_t network) {
    const struct address a = {.version = 4, .octets = {10, 0, 0, 1}};
    const struct address b = {.version = 4, .octets = {10, 0, 0, 2}};
    const struct icmp_error error = {.frame = ++fixture->frame,
                                     .time = now(fixture),
                                     .reporter = {.version = 4, .octets = {10, 0, 0, 254}},
                                     .source = of_a ? a : b,
                                     .destination = of_a ? b : a,
                                     .source_port = of_a ? 40000 : 80,
                                     .destination_port = of_a ? 80 : 40000,
                                     .seq = seq,
                                     .type = 3,
                                     .code = 13,
                                     .network = network};
    assert_true(model_icmp_error(fixture->model, &error));
}

static void open_connection(struct fixture *fixture, uint32_t isn_a, uint32_t isn_b, uint32_t of_a, uint32_t of_b) {
    send(fixture, true, TCP_SYN, isn_a, 0, of_a);
    send(fixture, false, TCP_SYN | TCP_ACK, isn_b, isn_a + 1, of_b);
    send(fixture, true, TCP_ACK, isn_a + 1, isn_b + 1, of_a);
}

static void test_one_direction_tagged(void **state) {
    struct fixture fixture;
    (void)state;
    begin(&fixture, 100);
    open_connection(&fixture, ISN_A, ISN_B, TAGGED, WITHOUT);
    send(&fixture, false, TCP_ACK | TCP_FIN, ISN_B + 1, ISN_A + 1, WITHOUT);
    finish(&fixture);
    assert_int_equal(fixture.count, 1);
    assert_int_equal(fixture.frames[0][SIDE_CLIENT], 2);
    assert_int_equal(fixture.frames[0][SIDE_SERVER], 2);
}

static void test_picked_up_midstream(void **state) {
    struct fixture fixture;
    (void)state;
    begin(&fixture, 100);
    send(&fixture, true, TCP_ACK, ISN_A + 100, ISN_B + 200, TAGGED);
    send(&fixture, false, TCP_ACK, ISN_B + 200, ISN_A + 100, OTHER_TAG);
    finish(&fixture);
    assert_int_equal(fixture.count, 1);
}

/* Two networks with the same addresses: nothing of one fits the other. */
static void test_two_networks(void **state) {
    struct fixture fixture;
    (void)state;
    begin(&fixture, 100);
    open_connection(&fixture, ISN_A, ISN_B, TAGGED, TAGGED);
    open_connection(&fixture, ISN_A + 70000, ISN_B + 70000, OTHER_TAG, OTHER_TAG);
    send(&fixture, false, TCP_ACK, ISN_B + 1, ISN_A + 1, TAGGED);
    finish(&fixture);
    assert_int_equal(fixture.count, 2);
    assert_int_equal(fixture.ended[0], 1);
    assert_int_equal(fixture.ended[1], 4);
    assert_int_equal(fixture.frames[0][SIDE_SERVER], 2);
    assert_int_equal(fixture.incarnation[1], 1);
}

/* Of two attempts in two networks the later one is answered in a third. */
static void test_the_later_of_two(void **state) {
    struct fixture fixture;
    (void)state;
    begin(&fixture, 100);
    send(&fixture, true, TCP_SYN, ISN_A, 0, TAGGED);
    send(&fixture, true, TCP_SYN, ISN_A + 70000, 0, OTHER_TAG);
    send(&fixture, false, TCP_SYN | TCP_ACK, ISN_B, ISN_A + 70001, WITHOUT);
    finish(&fixture);
    assert_int_equal(fixture.count, 2);
    assert_int_equal(fixture.frames[0][SIDE_SERVER], 0);
    assert_int_equal(fixture.frames[1][SIDE_SERVER], 1);
}

/* To how many connections a SYN belongs and what comes back in another network. */
static unsigned connections_with(uint16_t flags, uint32_t seq, uint32_t ack, bool octets) {
    struct fixture fixture;
    begin(&fixture, 100);
    if (octets) { /* the client alone has been seen, in the middle */
        send(&fixture, true, TCP_ACK, ISN_A + 5000000, ISN_B + 5000000, TAGGED);
    } else {
        send(&fixture, true, TCP_SYN, ISN_A, 0, TAGGED);
    }
    send(&fixture, false, flags, seq, ack, WITHOUT);
    finish(&fixture);
    return fixture.count;
}

static void test_what_fits(void **state) {
    enum { NEAR = 1 << 20, SEQ = ISN_B + 5000000, ACK = ISN_A + 5000000 };
    (void)state;
    assert_int_equal(connections_with(TCP_SYN | TCP_ACK, ISN_B, ISN_A + 1, false), 1);
    assert_int_equal(connections_with(TCP_SYN | TCP_ACK, ISN_B, ISN_A, false), 2);
    assert_int_equal(connections_with(TCP_SYN | TCP_ACK, ISN_B, ISN_A + 2, false), 2);
    assert_int_equal(connections_with(TCP_SYN, ISN_B, 0, false), 1); /* it may cross the other */
    assert_int_equal(connections_with(TCP_ACK, SEQ, ACK, true), 1);
    assert_int_equal(connections_with(TCP_ACK, SEQ + NEAR - 1, ACK, true), 1);
    assert_int_equal(connections_with(TCP_ACK, SEQ + NEAR, ACK, true), 2);
    assert_int_equal(connections_with(TCP_ACK, SEQ - NEAR + 1, ACK, true), 1);
    assert_int_equal(connections_with(TCP_ACK, SEQ - NEAR, ACK, true), 2);
    assert_int_equal(connections_with(TCP_ACK, SEQ, ACK + NEAR, true), 1);
    assert_int_equal(connections_with(TCP_ACK, SEQ, ACK + NEAR + 1, true), 2);
    assert_int_equal(connections_with(TCP_RST, SEQ, 0, true), 1); /* it answers what was acknowledged */
    assert_int_equal(connections_with(TCP_RST, SEQ + 1, 0, true), 2);
}

/* The answer of another network to a SYN that was not captured there. */
static void test_answer_that_does_not_fit(void **state) {
    struct fixture fixture;
    (void)state;
    begin(&fixture, 100);
    send(&fixture, true, TCP_SYN, ISN_A, 0, TAGGED);
    send(&fixture, false, TCP_SYN | TCP_ACK, ISN_B, ISN_A + 2000, WITHOUT);
    send(&fixture, false, TCP_SYN | TCP_ACK, ISN_B, ISN_A + 1, TAGGED);
    finish(&fixture);
    assert_int_equal(fixture.count, 2);
}

/* Both directions have been seen in one encapsulation: what comes in another is none of theirs. */
static void test_complete_connection_takes_no_more(void **state) {
    struct fixture fixture;
    (void)state;
    begin(&fixture, 100);
    open_connection(&fixture, ISN_A, ISN_B, WITHOUT, WITHOUT);
    send(&fixture, false, TCP_ACK, ISN_B + 1, ISN_A + 1, TAGGED);
    finish(&fixture);
    assert_int_equal(fixture.count, 2);
}

static void test_further_incarnation_is_carried_alike(void **state) {
    struct fixture fixture;
    (void)state;
    begin(&fixture, 100);
    open_connection(&fixture, ISN_A, ISN_B, TAGGED, WITHOUT);
    send(&fixture, true, TCP_RST | TCP_ACK, ISN_A + 1, ISN_B + 1, TAGGED);
    open_connection(&fixture, ISN_A + 90000, ISN_B + 90000, TAGGED, WITHOUT);
    send(&fixture, false, TCP_RST | TCP_ACK, ISN_B + 90001, ISN_A + 90001, WITHOUT);
    send(&fixture, false, TCP_SYN, ISN_B + 190000, 0, WITHOUT); /* now the other side opens */
    send(&fixture, true, TCP_SYN | TCP_ACK, ISN_A + 190000, ISN_B + 190001, TAGGED);
    finish(&fixture);
    assert_int_equal(fixture.count, 3);
    for (unsigned i = 0; i < fixture.count; i++)
        assert_int_equal(fixture.incarnation[i], i + 1);
    assert_int_equal(fixture.frames[2][SIDE_CLIENT], 1);
    assert_int_equal(fixture.frames[2][SIDE_SERVER], 1);
}

/* Two networks with the same addresses, of which one is silent for long. */
static void test_one_of_two_networks_rests(void **state) {
    struct fixture fixture;
    (void)state;
    begin(&fixture, 100);
    open_connection(&fixture, ISN_A, ISN_B, TAGGED, TAGGED);
    open_connection(&fixture, ISN_A + 70000, ISN_B + 70000, OTHER_TAG, OTHER_TAG);
    for (unsigned i = 0; i < 10; i++) {
        fixture.since += INT64_C(1000000000);
        send(&fixture, i % 2 == 0, TCP_ACK, (i % 2 == 0 ? ISN_A : ISN_B) + 70001, (i % 2 == 0 ? ISN_B : ISN_A) + 70001,
             OTHER_TAG);
    }
    send(&fixture, true, TCP_ACK, ISN_A + 1, ISN_B + 1, TAGGED);
    send(&fixture, false, TCP_ACK, ISN_B + 1, ISN_A + 1, TAGGED);
    finish(&fixture);
    assert_int_equal(fixture.count, 2);
    assert_int_equal(fixture.frames[0][SIDE_CLIENT], 3);
    assert_int_equal(fixture.frames[0][SIDE_SERVER], 2);
    assert_int_equal(fixture.frames[1][SIDE_CLIENT], 7);
    assert_int_equal(fixture.frames[1][SIDE_SERVER], 6);
}

/* An ICMP error travels in the other direction, and so perhaps in another network than the SYN that it quotes. */
static void test_error_in_another_network(void **state) {
    const struct {
        bool of_a, answered;
        uint32_t seq;
        uint8_t type;
    } cases[] = {
        {true, false, ISN_A, 3},     /* the SYN */
        {true, false, ISN_A + 1, 0}, /* another segment */
        {false, false, ISN_A, 0},    /* one of the other side */
        {true, true, ISN_A, 0},      /* a SYN that was answered since in its own network */
    };
    (void)state;
    for (unsigned i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct fixture fixture;
        begin(&fixture, 100);
        refuse(&fixture, true, ISN_A, OTHER_TAG); /* of no connection at all */
        send(&fixture, true, TCP_SYN, ISN_A, 0, TAGGED);
        if (cases[i].answered)
            send(&fixture, false, TCP_ACK, ISN_B, ISN_A - 7000, TAGGED); /* a challenge: A goes on in SYN_SENT */
        refuse(&fixture, cases[i].of_a, cases[i].seq, OTHER_TAG);
        finish(&fixture);
        assert_int_equal(fixture.count, 1);
        assert_int_equal(fixture.icmp_type[0], cases[i].type);
    }
}

static void test_incarnations_keep_the_bound(void **state) {
    struct fixture fixture;
    (void)state;
    begin(&fixture, 1);
    open_connection(&fixture, ISN_A, ISN_B, WITHOUT, WITHOUT);
    send(&fixture, true, TCP_SYN, ISN_A + 90000, 0, WITHOUT); /* the old one is alive, and must go */
    send(&fixture, true, TCP_SYN, ISN_A + 190000, 0, WITHOUT);
    assert_int_equal(model_peak_connections(fixture.model), 1);
    assert_int_equal(model_evicted(fixture.model), 2);
    finish(&fixture);
    assert_int_equal(fixture.count, 3);
    assert_int_equal(fixture.incarnation[1], 2);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_one_direction_tagged),
        cmocka_unit_test(test_picked_up_midstream),
        cmocka_unit_test(test_two_networks),
        cmocka_unit_test(test_the_later_of_two),
        cmocka_unit_test(test_what_fits),
        cmocka_unit_test(test_answer_that_does_not_fit),
        cmocka_unit_test(test_complete_connection_takes_no_more),
        cmocka_unit_test(test_further_incarnation_is_carried_alike),
        cmocka_unit_test(test_one_of_two_networks_rests),
        cmocka_unit_test(test_error_in_another_network),
        cmocka_unit_test(test_incarnations_keep_the_bound),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
