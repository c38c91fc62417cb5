/* SPDX-License-Identifier: BSD-3-Clause */
#include "observing.h"

/* What is missing when a connection is over, and what explains that or makes it doubtful. */

static void leave_data_unacknowledged(struct fixture *fixture) {
    struct endpoint *client = &fixture->connection.side[SIDE_CLIENT];
    client->next = 101;
    client->acknowledged = 1;
    client->octets_frame = client->last_sent_frame = 4;
    client->octets_time = client->last_sent_time = SECONDS(1);
    fixture->connection.last_frame = 4;
    fixture->connection.last_time = SECONDS(1);
}

static void test_ack_missing(void **state) {
    struct fixture *fixture = *state;
    leave_data_unacknowledged(fixture);
    end(fixture, END_CAPTURE, SECONDS(10));
    const struct finding *finding = only_finding(fixture);
    assert_int_equal(finding->id, ANOMALY_ACK_MISSING);
    assert_int_equal(finding->frame, 4);
    assert_int_equal(finding->time, SECONDS(1));
    assert_int_equal(finding->expected.relative_ack, 101);
    assert_int_equal(finding->expected.ack, 1101);
    assert_false(finding->seen.has_seq);
    assert_non_null(strstr(sentence_of(fixture, finding), "100 octets"));
}

static void test_ack_not_missing_yet(void **state) {
    struct fixture *fixture = *state;
    leave_data_unacknowledged(fixture);
    end(fixture, END_CAPTURE, SECONDS(4)); /* T_ack exactly */
    assert_int_equal(findings_reported(fixture->connection.findings), 0);
    end(fixture, END_CAPTURE, SECONDS(4) - 1);
    assert_int_equal(only_finding(fixture)->id, ANOMALY_CAPTURE_ENDED_OPEN);
}

static void test_slow_path_needs_patience(void **state) {
    struct fixture *fixture = *state;
    leave_data_unacknowledged(fixture);
    fixture->connection.side[SIDE_SERVER].round_trip = SECONDS(2);
    assert_int_equal(patience(fixture->rules, &fixture->connection), SECONDS(18));
    end(fixture, END_CAPTURE, SECONDS(10));
    assert_int_equal(count_of(fixture, ANOMALY_ACK_MISSING), 0);
}

static void test_reset_explains_missing_ack(void **state) {
    struct fixture *fixture = *state;
    leave_data_unacknowledged(fixture);
    fixture->connection.side[SIDE_SERVER].rst_frame = 5;
    end(fixture, END_CAPTURE, SECONDS(10));
    assert_int_equal(count_of(fixture, ANOMALY_ACK_MISSING), 0);
}

static void test_nothing_is_missing_where_states_are_assumed(void **state) {
    struct fixture *fixture = *state;
    leave_data_unacknowledged(fixture);
    fixture->connection.side[SIDE_SERVER].path.certainty = CERTAINTY_ASSUMED;
    end(fixture, END_CAPTURE, SECONDS(10));
    assert_int_equal(only_finding(fixture)->id, ANOMALY_CAPTURE_ENDED_OPEN);
}

static void test_eviction_proves_nothing(void **state) {
    struct fixture *fixture = *state;
    leave_data_unacknowledged(fixture);
    end(fixture, END_EVICTED, SECONDS(10));
    assert_int_equal(findings_reported(fixture->connection.findings), 0);
}

/* Only its segments passed. */
static void leave_client_alone(struct fixture *fixture) {
    leave_data_unacknowledged(fixture);
    struct endpoint *client = &fixture->connection.side[SIDE_CLIENT];
    client->frames = 5;
    client->last_ack = 201;
    fixture->connection.side[SIDE_SERVER].frames = 0;
}

static void test_one_direction(void **state) {
    struct fixture *fixture = *state;
    leave_client_alone(fixture);
    end(fixture, END_CAPTURE, SECONDS(10));
    const struct finding *finding = only_finding(fixture);
    assert_int_equal(finding->id, ANOMALY_CAPTURE_ONE_DIRECTION);
    assert_int_equal(finding->side, SIDE_SERVER);
}

static void test_one_direction_to_itself(void **state) {
    struct fixture *fixture = *state;
    leave_client_alone(fixture);
    fixture->connection.port[SIDE_SERVER] = fixture->connection.port[SIDE_CLIENT];
    end(fixture, END_CAPTURE, SECONDS(10));
    assert_int_equal(count_of(fixture, ANOMALY_CAPTURE_ONE_DIRECTION), 0);
}

/* Five SYNs that nobody answers are no capture of one direction. */
static void test_unanswered_is_not_one_direction(void **state) {
    struct fixture *fixture = *state;
    struct endpoint *client = &fixture->connection.side[SIDE_CLIENT];
    client->frames = client->syn_count = 5;
    client->path.state = STATE_SYN_SENT;
    client->syn_last_time = SECONDS(15);
    client->last_sent_frame = 9;
    fixture->connection.side[SIDE_SERVER] = (struct endpoint){0};
    fixture->connection.side[SIDE_SERVER].path.certainty = CERTAINTY_PRESUMED;
    fixture->connection.last_time = SECONDS(15);
    end(fixture, END_CAPTURE, SECONDS(30));
    const struct finding *finding = only_finding(fixture);
    assert_int_equal(finding->id, ANOMALY_SYN_UNANSWERED);
    assert_int_equal(finding->frame, 9);
    assert_int_equal(finding->severity, SEVERITY_WARNING);
}

/* A FIN that nobody acknowledged: which id depends on what its sender waits for, and data has no say in it. */
static void leave_fin_unacknowledged(struct fixture *fixture, enum tcp_state state) {
    struct endpoint *server = &fixture->connection.side[SIDE_SERVER];
    server->path.state = (uint8_t)state;
    server->next = 2;
    server->fin = 1;
    server->fin_frame = server->fin_last_frame = 8;
    server->fin_time = server->fin_last_time = SECONDS(1);
    server->last_sent_frame = 8;
    server->last_sent_time = SECONDS(1);
    fixture->connection.last_frame = 8;
    fixture->connection.last_time = SECONDS(1);
}

static void test_fin_unacknowledged(void **state) {
    struct fixture *fixture = *state;
    leave_fin_unacknowledged(fixture, STATE_FIN_WAIT_1);
    end(fixture, END_CAPTURE, SECONDS(10));
    const struct finding *finding = only_finding(fixture);
    assert_int_equal(finding->id, ANOMALY_FIN_UNACKNOWLEDGED);
    assert_int_equal(finding->severity, SEVERITY_WARNING);
    assert_int_equal(finding->expected.relative_ack, 2);
}

static void test_final_ack_missing_without_repetition(void **state) {
    struct fixture *fixture = *state;
    leave_fin_unacknowledged(fixture, STATE_LAST_ACK);
    end(fixture, END_CAPTURE, SECONDS(10));
    const struct finding *finding = only_finding(fixture);
    assert_int_equal(finding->id, ANOMALY_FINAL_ACK_MISSING);
    assert_int_equal(finding->severity, SEVERITY_INFO);
    assert_int_equal(finding->location, LOCATION_CAPTURE);
}

static void test_final_ack_missing_with_repetition(void **state) {
    struct fixture *fixture = *state;
    leave_fin_unacknowledged(fixture, STATE_LAST_ACK);
    fixture->connection.side[SIDE_SERVER].fin_last_frame = 9;
    end(fixture, END_CAPTURE, SECONDS(10));
    assert_int_equal(only_finding(fixture)->severity, SEVERITY_WARNING);
}

static void test_lossy_capture_lowers_severity(void **state) {
    struct fixture *fixture = *state;
    leave_fin_unacknowledged(fixture, STATE_LAST_ACK);
    fixture->connection.side[SIDE_SERVER].fin_last_frame = 9;
    fixture->connection.acked_unseen = 3;
    end(fixture, END_CAPTURE, SECONDS(10));
    const struct finding *finding = only_finding(fixture);
    assert_int_equal(finding->severity, SEVERITY_NOTICE);
    assert_int_equal(finding->certainty, CERTAINTY_PRESUMED);
    assert_non_null(strstr(sentence_of(fixture, finding), " 3 segments acknowledge octets that the capture lacks"));
}

/* Two of them are no reason yet. */
static void test_little_unseen_lowers_nothing(void **state) {
    struct fixture *fixture = *state;
    leave_fin_unacknowledged(fixture, STATE_LAST_ACK);
    fixture->connection.side[SIDE_SERVER].fin_last_frame = 9;
    fixture->connection.acked_unseen = 2;
    end(fixture, END_CAPTURE, SECONDS(10));
    assert_int_equal(only_finding(fixture)->severity, SEVERITY_WARNING);
    assert_int_equal(only_finding(fixture)->certainty, CERTAINTY_CERTAIN);
}

/* A drop counter is a reason too; with both it is one level still. */
static void test_severity_is_lowered_once(void **state) {
    struct fixture *fixture = *state;
    leave_fin_unacknowledged(fixture, STATE_LAST_ACK);
    fixture->connection.side[SIDE_SERVER].fin_last_frame = 9;
    fixture->connection.acked_unseen = 3;
    rules_note_dropped(fixture->rules, 5, SECONDS(10));
    end(fixture, END_CAPTURE, SECONDS(10));
    assert_int_equal(only_finding(fixture)->severity, SEVERITY_NOTICE);
    assert_int_equal(only_finding(fixture)->certainty, CERTAINTY_PRESUMED);
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, set_up, tear_down)

int main(void) {
    static const struct CMUnitTest tests[] = {
        TEST(test_ack_missing),
        TEST(test_ack_not_missing_yet),
        TEST(test_slow_path_needs_patience),
        TEST(test_reset_explains_missing_ack),
        TEST(test_nothing_is_missing_where_states_are_assumed),
        TEST(test_eviction_proves_nothing),
        TEST(test_one_direction),
        TEST(test_one_direction_to_itself),
        TEST(test_unanswered_is_not_one_direction),
        TEST(test_fin_unacknowledged),
        TEST(test_final_ack_missing_without_repetition),
        TEST(test_final_ack_missing_with_repetition),
        TEST(test_lossy_capture_lowers_severity),
        TEST(test_little_unseen_lowers_nothing),
        TEST(test_severity_is_lowered_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
