/* SPDX-License-Identifier: BSD-3-Clause */
#include "observing.h"

/* --- precedence --- */

static void test_each_reset_has_one_id(void **state) {
    struct fixture *fixture = *state;
    for (unsigned kind = RESET_REFUSED; kind < RESET_REPEATED; kind++) {
        struct observation *seen = observe(fixture, 10 + kind, 100, SIDE_SERVER, TCP_RST | TCP_ACK);
        seen->facts = FACT_RST;
        seen->reset = (uint8_t)kind;
        seen->reset_applied = true;
        assert_true(rules_observe(fixture->rules, seen));
        assert_int_equal(findings_reported(fixture->connection.findings), kind - RESET_REFUSED + 1);
    }
}

/* A TIME_WAIT that ignores RST is not harmed: the RST is named by what it is to its sender. */
static void test_ignored_reset_has_one_id(void **state) {
    struct fixture *fixture = *state;
    struct observation *seen = observe(fixture, 10, 100, SIDE_SERVER, TCP_RST);
    seen->facts = FACT_RST;
    seen->reset = RESET_TIME_WAIT;
    assert_true(rules_observe(fixture->rules, seen));
    assert_int_equal(findings_reported(fixture->connection.findings), 1);
    assert_int_equal(count_of(fixture, ANOMALY_RST_AFTER_FIN), 1);
}

static void test_fin_in_time_wait_replaces(void **state) {
    struct fixture *fixture = *state;
    struct endpoint *server = &fixture->connection.side[SIDE_SERVER];
    server->fin_frame = 8;
    fixture->connection.side[SIDE_CLIENT].path.state = STATE_TIME_WAIT;
    struct observation *seen = observe(fixture, 10, 800, SIDE_SERVER, TCP_FIN | TCP_ACK);
    seen->facts = FACT_FIN_REPEATED;
    assert_true(rules_observe(fixture->rules, seen));
    const struct finding *finding = only_finding(fixture);
    assert_int_equal(finding->id, ANOMALY_FIN_RETRANSMITTED_IN_TIME_WAIT);
    assert_int_equal(finding->certainty, CERTAINTY_PRESUMED);
    assert_non_null(strstr(sentence_of(fixture, finding), "the FIN or its ACK was lost"));
}

static void test_fin_in_time_wait_after_its_ack(void **state) {
    struct fixture *fixture = *state;
    struct endpoint *server = &fixture->connection.side[SIDE_SERVER];
    server->fin_frame = 8;
    server->fin_ack_passed_first = server->fin_ack_passed = (struct passed){9, MILLISECONDS(200)};
    fixture->connection.side[SIDE_CLIENT].path.state = STATE_TIME_WAIT;
    struct observation *seen = observe(fixture, 10, 800, SIDE_SERVER, TCP_FIN | TCP_ACK);
    seen->facts = FACT_FIN_REPEATED | FACT_REFUTED;
    seen->refuted[SIDE_SERVER] = (struct refuted){EVENT_BIT(EVENT_RECEIVED_ACK_OF_FIN), 9, MILLISECONDS(200)};
    assert_true(rules_observe(fixture->rules, seen));
    assert_int_equal(findings_reported(fixture->connection.findings), 2);
    const struct finding *lost = find_finding(&fixture->connection, ANOMALY_FIN_ACK_LOST_BEYOND_VANTAGE);
    const struct finding *repeated = find_finding(&fixture->connection, ANOMALY_FIN_RETRANSMITTED_IN_TIME_WAIT);
    assert_non_null(lost);
    assert_int_equal(lost->location, LOCATION_BEYOND);
    assert_int_equal(lost->side, SIDE_CLIENT);
    assert_int_equal(repeated->certainty, CERTAINTY_CERTAIN);
    assert_int_equal(repeated->frame_count, 3);

    seen = observe(fixture, 11, 801, SIDE_CLIENT, TCP_ACK);
    seen->more = MORE_TIME_WAIT_REACKED;
    assert_true(rules_observe(fixture->rules, seen));
    assert_int_equal(repeated->frame_count, 4);
    assert_int_equal(repeated->count, 1);
}

/* --- provisional findings --- */

static void raise_abort(struct fixture *fixture) {
    struct observation *seen = observe(fixture, 6, 1000, SIDE_SERVER, TCP_RST);
    seen->facts = FACT_RST;
    seen->reset = RESET_ABORT;
    seen->reset_applied = true;
    assert_true(rules_observe(fixture->rules, seen));
}

static void test_contradicted_reset_is_withdrawn(void **state) {
    struct fixture *fixture = *state;
    raise_abort(fixture);
    const struct finding *finding = only_finding(fixture);
    assert_int_equal(finding->id, ANOMALY_RST_ABORT);
    assert_true(finding->provisional);
    assert_int_equal(finding->certainty, CERTAINTY_PRESUMED); /* bare, and it answers nothing */
    for (uint64_t frame = 7; frame < 9; frame++) {
        struct observation *seen = observe(fixture, frame, 1020, SIDE_SERVER, TCP_ACK);
        seen->more = MORE_RST_CONTRADICTED;
        seen->provoked_by = 6;
        seen->provoked_time = SECONDS(1);
        assert_true(rules_observe(fixture->rules, seen));
    }
    finding = only_finding(fixture);
    assert_int_equal(finding->id, ANOMALY_RST_CONTRADICTED);
    assert_int_equal(finding->severity, SEVERITY_ERROR);
    assert_int_equal(finding->count, 2);
    assert_int_equal(finding->frames[0], 6);
    assert_int_equal(findings_worst(fixture->connection.findings), SEVERITY_ERROR);
}

static void test_reset_with_ack_is_certain(void **state) {
    struct fixture *fixture = *state;
    struct observation *seen = observe(fixture, 6, 1000, SIDE_SERVER, TCP_RST | TCP_ACK);
    seen->facts = FACT_RST;
    seen->reset = RESET_ABORT;
    seen->reset_applied = true;
    assert_true(rules_observe(fixture->rules, seen));
    assert_int_equal(only_finding(fixture)->certainty, CERTAINTY_CERTAIN);
}

static void test_reuse_withdraws_syn_in_established(void **state) {
    struct fixture *fixture = *state;
    struct observation *seen = observe(fixture, 6, 30000, SIDE_CLIENT, TCP_SYN);
    seen->facts = FACT_SYN_ON_LIVE;
    assert_true(rules_observe(fixture->rules, seen));
    assert_true(only_finding(fixture)->provisional);

    struct predecessor before = {.last_frame = 5};
    struct connection newer = {.id = 6, .older = &fixture->connection, .before = &before};
    newer.side[SIDE_CLIENT].syn_frame = 6;
    seen = observe(fixture, 7, 30020, SIDE_SERVER, TCP_SYN | TCP_ACK);
    seen->connection = &newer;
    seen->more = MORE_PORT_REUSED;
    assert_true(rules_observe(fixture->rules, seen));
    assert_int_equal(findings_reported(fixture->connection.findings), 0);
    assert_int_equal(findings_worst(fixture->connection.findings), -1);
    assert_int_equal(findings_reported(newer.findings), 1);
    assert_int_equal(newer.findings->items[0].id, ANOMALY_PORT_REUSED_ACTIVE);
    findings_free(newer.findings);
}

/* From that frame to frame 8. */
static void raise_unseen_acks(struct fixture *fixture, uint64_t first) {
    for (uint64_t frame = first; frame < 9; frame++) {
        struct observation *seen = observe(fixture, frame, (int64_t)frame * 10, SIDE_CLIENT, TCP_ACK);
        seen->facts = FACT_ACK_UNSEEN;
        seen->ack = 20;
        assert_true(rules_observe(fixture->rules, seen));
    }
}

static void test_unseen_ack_withdrawn_one_by_one(void **state) {
    struct fixture *fixture = *state;
    raise_unseen_acks(fixture, 7);
    assert_int_equal(only_finding(fixture)->count, 2);
    assert_int_equal(only_finding(fixture)->expected.relative_ack, 1);
    struct observation *seen = observe(fixture, 9, 101, SIDE_SERVER, TCP_ACK);
    seen->more = MORE_ACK_WITHDRAWN;
    struct endpoint *server = &fixture->connection.side[SIDE_SERVER];
    server->early_ack_first = 7;
    server->early_ack_frame = 8;
    server->early_acks = server->early_acks_voided = 1;
    server->next = 10;
    server->next_acked = 20;
    assert_true(rules_observe(fixture->rules, seen));
    assert_int_equal(only_finding(fixture)->count, 1);
    assert_int_equal(only_finding(fixture)->frame, 8);
    assert_int_equal(only_finding(fixture)->time, MILLISECONDS(80));
    assert_int_equal(only_finding(fixture)->frame_count, 1);
    assert_int_equal(only_finding(fixture)->expected.relative_ack, 10); /* what the other is about */
    assert_int_equal(only_finding(fixture)->seen.relative_ack, 20);
    server->early_acks = 0;
    assert_true(rules_observe(fixture->rules, seen));
    assert_int_equal(findings_reported(fixture->connection.findings), 0);
}

/* Those before them, of octets that the capture lacks, stay. */
static void test_unseen_ack_withdrawn_all_at_once(void **state) {
    struct fixture *fixture = *state;
    raise_unseen_acks(fixture, 5);
    struct observation *seen = observe(fixture, 9, 101, SIDE_SERVER, TCP_ACK);
    struct endpoint *server = &fixture->connection.side[SIDE_SERVER];
    seen->more = MORE_ACK_WITHDRAWN;
    server->early_ack_first = 7;
    server->early_ack_frame = 8;
    server->early_acks_voided = 2;
    assert_true(rules_observe(fixture->rules, seen));
    assert_int_equal(only_finding(fixture)->count, 2);
    assert_int_equal(only_finding(fixture)->frame, 5);
    assert_int_equal(only_finding(fixture)->last_frame, 6);
    assert_int_equal(only_finding(fixture)->expected.relative_ack, 1);
    server->early_acks_voided = 2; /* they are not named: only so many */
    assert_true(rules_observe(fixture->rules, seen));
    assert_int_equal(findings_reported(fixture->connection.findings), 0);
}

static void test_unsent_ack_replaces_unseen(void **state) {
    struct fixture *fixture = *state;
    struct observation *seen = observe(fixture, 7, 100, SIDE_CLIENT, TCP_ACK);
    seen->facts = FACT_ACK_UNSEEN;
    seen->ack = 20;
    assert_true(rules_observe(fixture->rules, seen));
    seen = observe(fixture, 9, 200, SIDE_SERVER, TCP_ACK | TCP_PSH);
    seen->more = MORE_ACK_OF_UNSENT | MORE_ACK_WITHDRAWN;
    fixture->connection.side[SIDE_SERVER].early_ack_frame = 7;
    fixture->connection.side[SIDE_SERVER].early_ack_time = MILLISECONDS(100);
    assert_true(rules_observe(fixture->rules, seen));
    const struct finding *finding = only_finding(fixture);
    assert_int_equal(finding->id, ANOMALY_ACK_OF_UNSENT_DATA);
    assert_int_equal(finding->frame, 7);
    assert_int_equal(finding->time, MILLISECONDS(100));
    assert_int_equal(finding->side, SIDE_CLIENT);
    assert_int_equal(finding->seen.relative_ack, 20);
}

/* --- what is said, and in what words --- */

/* Of a segment of which only a part had passed, the message does not claim to know which part. */
static void test_partly_repeated_data(void **state) {
    struct fixture *fixture = *state;
    struct observation *seen = observe(fixture, 6, 400, SIDE_CLIENT, TCP_ACK);
    fixture->segment.length = 785;
    seen->facts = FACT_DATA_REPEATED | FACT_HOLE_FILLED;
    seen->seq = 1;
    seen->fresh_octets = 485;
    seen->repeated_octets = 300;
    assert_true(rules_observe(fixture->rules, seen));
    const struct finding *finding = find_finding(&fixture->connection, ANOMALY_DATA_RETRANSMITTED);
    assert_non_null(finding);
    assert_string_equal(
        sentence_of(fixture, finding),
        "The client sent 785 octets from relative sequence number 1 on, of which 300 had passed here before.");
}

static void test_rejecting_reset_without_connection(void **state) {
    struct fixture *fixture = *state;
    fixture->connection.side[SIDE_CLIENT].path.state = STATE_CLOSED;
    struct observation *seen = observe(fixture, 6, 400, SIDE_CLIENT, TCP_RST);
    seen->facts = FACT_RST;
    seen->reset = RESET_ANSWERS_BAD_ACK;
    seen->provoked_by = 5;
    assert_true(rules_observe(fixture->rules, seen));
    const struct finding *finding = only_finding(fixture);
    assert_int_equal(finding->id, ANOMALY_RST_ANSWERS_BAD_ACK);
    assert_non_null(strstr(sentence_of(fixture, finding), "it has no connection"));
}

/* What a window counts is not known without the scale of the handshake. */
static void test_window_of_unknown_scale(void **state) {
    struct fixture *fixture = *state;
    struct endpoint *client = &fixture->connection.side[SIDE_CLIENT];
    client->window = 509;
    client->scale_known = false;
    struct observation *seen = observe(fixture, 6, 400, SIDE_CLIENT, TCP_ACK);
    fixture->segment.window = 509;
    seen->more = MORE_WINDOW_UPDATE;
    assert_true(rules_observe(fixture->rules, seen));
    assert_string_equal(sentence_of(fixture, only_finding(fixture)),
                        "The client now offers a window of 509, in units that were not captured.");
}

/* The number is the one that the ladder shows, and the keep-alive that a capture began with is no octet. */
static void test_acknowledged_number(void **state) {
    struct fixture *fixture = *state;
    fixture->connection.midstream = true;
    fixture->connection.side[SIDE_CLIENT].isn_known = ISN_INFERRED;
    struct observation *seen = observe(fixture, 6, 400, SIDE_SERVER, TCP_ACK);
    seen->facts = FACT_ACK_UNSEEN;
    seen->ack = 2;
    assert_true(rules_observe(fixture->rules, seen));
    assert_null(fixture->connection.findings);
    seen->ack = 3;
    assert_true(rules_observe(fixture->rules, seen));
    const struct finding *finding = only_finding(fixture);
    assert_int_equal(finding->id, ANOMALY_ACKED_UNSEEN_SEGMENT);
    assert_non_null(strstr(sentence_of(fixture, finding), "acknowledges relative 3,"));
    assert_non_null(strstr(sentence_of(fixture, finding), "lacks 2 octets"));
}

static void test_close_wait_grows_to_warning(void **state) {
    struct fixture *fixture = *state;
    struct endpoint *client = &fixture->connection.side[SIDE_CLIENT];
    client->fin_frame = 6;
    client->fin_ack_passed_first = (struct passed){7, SECONDS(1)};
    fixture->connection.side[SIDE_SERVER].path.state = STATE_CLOSE_WAIT;
    struct observation *seen = observe(fixture, 8, 6000, SIDE_SERVER, TCP_FIN | TCP_ACK);
    seen->facts = FACT_FIN;
    assert_true(rules_observe(fixture->rules, seen)); /* 5 s: not above the threshold */
    assert_null(fixture->connection.findings);
    seen->time = SECONDS(6) + 1;
    assert_true(rules_observe(fixture->rules, seen));
    assert_int_equal(only_finding(fixture)->severity, SEVERITY_NOTICE);
    findings_free(fixture->connection.findings);
    fixture->connection.findings = NULL;
    seen->time = SECONDS(62);
    assert_true(rules_observe(fixture->rules, seen));
    assert_int_equal(only_finding(fixture)->severity, SEVERITY_WARNING);
}

static void test_split_handshake_replaces_simultaneous_open(void **state) {
    struct fixture *fixture = *state;
    fixture->connection.handshake_ack_frame = 0;
    fixture->connection.side[SIDE_SERVER].syn_ack_frame = 0;
    fixture->connection.side[SIDE_SERVER].syn_frame = 2;
    fixture->connection.side[SIDE_CLIENT].syn_ack_frame = 3;
    struct observation *seen = observe(fixture, 2, 20, SIDE_SERVER, TCP_SYN);
    seen->more = MORE_SYN_CROSSED;
    assert_true(rules_observe(fixture->rules, seen));
    assert_int_equal(only_finding(fixture)->id, ANOMALY_SIMULTANEOUS_OPEN);
    seen = observe(fixture, 4, 41, SIDE_SERVER, TCP_ACK);
    seen->facts = FACT_HANDSHAKE_ACK;
    assert_true(rules_observe(fixture->rules, seen));
    const struct finding *finding = only_finding(fixture);
    assert_int_equal(finding->id, ANOMALY_SPLIT_HANDSHAKE);
    assert_int_equal(finding->frame, 2);
    assert_int_equal(finding->frame_count, 4);
}

/* Without a SYN/ACK of the client there is nothing that the server could have acknowledged so. */
static void test_split_handshake_takes_four_packets(void **state) {
    struct fixture *fixture = *state;
    fixture->connection.handshake_ack_frame = 0;
    fixture->connection.side[SIDE_SERVER].syn_ack_frame = 0;
    fixture->connection.side[SIDE_SERVER].syn_frame = 2;
    struct observation *seen = observe(fixture, 2, 20, SIDE_SERVER, TCP_SYN);
    seen->more = MORE_SYN_CROSSED;
    assert_true(rules_observe(fixture->rules, seen));
    seen = observe(fixture, 4, 41, SIDE_SERVER, TCP_ACK);
    seen->facts = FACT_HANDSHAKE_ACK;
    assert_true(rules_observe(fixture->rules, seen));
    assert_int_equal(only_finding(fixture)->id, ANOMALY_SIMULTANEOUS_OPEN);
}

/* The client repeated octets 101 to 200 in frame 7; the server's D-SACK is about octets from one number up to another.
 */
static bool is_reported(struct fixture *fixture, uint32_t begin, uint32_t end, uint64_t repeated_in) {
    struct endpoint *client = &fixture->connection.side[SIDE_CLIENT];
    struct incidents incidents = {.repeated = {.frame = repeated_in, .time = SECONDS(1), .begin = 101, .end = 201}};
    client->incidents = &incidents;
    struct observation *seen = observe(fixture, 9, 1100, SIDE_SERVER, TCP_ACK);
    seen->more = MORE_DUPLICATE_SACK;
    fixture->segment.options.present = OPTION_SACK;
    fixture->segment.options.sack_count = 1;
    fixture->segment.options.sack[0].begin = client->isn + begin;
    fixture->segment.options.sack[0].end = client->isn + end;
    assert_true(rules_observe(fixture->rules, seen));
    bool reported = fixture->connection.findings != NULL && fixture->connection.findings->count > 0;
    if (reported)
        assert_int_equal(only_finding(fixture)->id, ANOMALY_DATA_RETRANSMITTED_SPURIOUS);
    findings_free(fixture->connection.findings);
    fixture->connection.findings = NULL;
    client->incidents = NULL;
    return reported;
}

static void test_both_copies_arrived(void **state) {
    struct fixture *fixture = *state;
    assert_true(is_reported(fixture, 101, 201, 7));
    assert_true(is_reported(fixture, 200, 300, 7)); /* their last octet */
    assert_true(is_reported(fixture, 50, 102, 7));  /* their first */
    assert_false(is_reported(fixture, 201, 300, 7));
    assert_false(is_reported(fixture, 50, 101, 7));
    assert_false(is_reported(fixture, 101, 201, 0)); /* nothing was repeated here: the network doubled it */
}

static void test_icmp_error_has_a_version(void **state) {
    struct fixture *fixture = *state;
    for (uint8_t version = 4; version <= 6; version += 2) {
        struct icmp_error error = {.type = 1, .code = 4, .source_port = 1234, .seq = 1000};
        error.source.version = error.destination.version = error.reporter.version = version;
        struct observation *seen = observe(fixture, 5, 20, SIDE_CLIENT, 0);
        seen->segment = NULL;
        seen->icmp_error = &error;
        seen->more = MORE_ICMP;
        seen->before[SIDE_CLIENT].state = STATE_SYN_SENT;
        fixture->connection.port[SIDE_CLIENT] = 1234;
        assert_true(rules_observe(fixture->rules, seen));
        const struct finding *finding = only_finding(fixture);
        assert_int_equal(finding->id, ANOMALY_SYN_FILTERED_ICMP);
        const char *words = version == 6 ? "by ICMPv6 type 1 code 4" : "by ICMP type 1 code 4";
        assert_non_null(strstr(sentence_of(fixture, finding), words));
        findings_free(fixture->connection.findings);
        fixture->connection.findings = NULL;
    }
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, set_up, tear_down)

int main(void) {
    static const struct CMUnitTest tests[] = {
        TEST(test_each_reset_has_one_id),
        TEST(test_ignored_reset_has_one_id),
        TEST(test_fin_in_time_wait_replaces),
        TEST(test_fin_in_time_wait_after_its_ack),
        TEST(test_contradicted_reset_is_withdrawn),
        TEST(test_reset_with_ack_is_certain),
        TEST(test_reuse_withdraws_syn_in_established),
        TEST(test_unseen_ack_withdrawn_one_by_one),
        TEST(test_unseen_ack_withdrawn_all_at_once),
        TEST(test_unsent_ack_replaces_unseen),
        TEST(test_partly_repeated_data),
        TEST(test_rejecting_reset_without_connection),
        TEST(test_window_of_unknown_scale),
        TEST(test_acknowledged_number),
        TEST(test_close_wait_grows_to_warning),
        TEST(test_split_handshake_replaces_simultaneous_open),
        TEST(test_split_handshake_takes_four_packets),
        TEST(test_both_copies_arrived),
        TEST(test_icmp_error_has_a_version),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
