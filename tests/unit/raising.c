/* SPDX-License-Identifier: BSD-3-Clause */
#include "observing.h"

/* How findings are raised, counted and withdrawn, whatever they are about. */

/* Raises a finding of an id that counts up, once a frame. */
static struct finding *raise_many(struct fixture *fixture, enum anomaly_id id, uint64_t first, unsigned count) {
    struct finding *finding = NULL;
    for (uint64_t frame = first; frame < first + count; frame++) {
        struct observation *seen = observe(fixture, frame, (int64_t)frame, SIDE_SERVER, TCP_ACK);
        finding = raise_finding(fixture->rules, seen, id, SIDE_SERVER);
        assert_non_null(finding);
    }
    return finding;
}

static void test_evidence_is_bounded(void **state) {
    struct fixture *fixture = *state;
    struct finding *finding = raise_many(fixture, ANOMALY_DATA_RETRANSMITTED, 10, FINDING_FRAMES);
    assert_int_equal(finding->frame_count, FINDING_FRAMES);
    for (unsigned i = 0; i < FINDING_FRAMES; i++)
        assert_int_equal(finding->frames[i], 10 + i);
    finding = raise_many(fixture, ANOMALY_DATA_RETRANSMITTED, 30, 10);
    assert_int_equal(finding->frame_count, FINDING_FRAMES);
    for (unsigned i = 0; i < FINDING_FIRST_FRAMES; i++)
        assert_int_equal(finding->frames[i], 10 + i);
    for (unsigned i = FINDING_FIRST_FRAMES; i < FINDING_FRAMES; i++)
        assert_int_equal(finding->frames[i], 36 + i - FINDING_FIRST_FRAMES);
    assert_int_equal(finding->count, FINDING_FRAMES + 10);
    assert_int_equal(finding->frame, 10);
    assert_int_equal(finding->last_frame, 39);
    assert_int_equal(finding->last_time, MILLISECONDS(39));
    finding_add_frame(finding, 5); /* before all others */
    assert_int_equal(finding->frames[0], 5);
    assert_int_equal(finding->frames[1], 10);
    assert_int_equal(finding->frame_count, FINDING_FRAMES);
    finding_add_frame(finding, 5);
    finding_add_frame(finding, 0);
    assert_int_equal(finding->frames[1], 10);
    /* What is older than the latest occurrence does not become the latest. */
    repeat_finding(finding, observe(fixture, 20, 20, SIDE_SERVER, TCP_ACK));
    assert_int_equal(finding->last_frame, 39);
    repeat_finding(finding, observe(fixture, 39, 45, SIDE_SERVER, TCP_ACK));
    assert_int_equal(finding->last_time, MILLISECONDS(45));
    assert_int_equal(findings_reported(fixture->connection.findings), 1);
}

static void test_withdrawing_occurrences(void **state) {
    struct fixture *fixture = *state;
    struct finding *finding = raise_many(fixture, ANOMALY_DATA_RETRANSMITTED, 10, 3);
    withdraw_occurrence(finding, 10);
    assert_int_equal(finding->count, 2);
    assert_int_equal(finding->frame, 11);
    assert_int_equal(finding->last_frame, 12);
    assert_int_equal(finding->frame_count, 2);
    withdraw_occurrence(finding, 12);
    assert_int_equal(finding->frame, 11);
    assert_int_equal(finding->last_frame, 11);
    assert_false(finding->withdrawn);
    assert_ptr_equal(find_finding_at(&fixture->connection, ANOMALY_DATA_RETRANSMITTED, 11), finding);
    assert_null(find_finding_at(&fixture->connection, ANOMALY_DATA_RETRANSMITTED, 12));
    assert_null(find_finding_at(&fixture->connection, ANOMALY_ZERO_WINDOW, 11));
    finding->provisional = true;
    withdraw_occurrence(finding, 11);
    assert_true(finding->withdrawn && !finding->provisional);
    assert_null(find_finding(&fixture->connection, ANOMALY_DATA_RETRANSMITTED));
    assert_null(find_finding_at(&fixture->connection, ANOMALY_DATA_RETRANSMITTED, 11));
    assert_int_equal(findings_reported(fixture->connection.findings), 0);
    assert_int_equal(findings_worst(fixture->connection.findings), -1);
}

/* A withdrawn finding leaves its place to the next, and those that stay keep their order and their words. */
static void test_withdrawn_findings_make_room(void **state) {
    struct fixture *fixture = *state;
    for (uint64_t frame = 10; frame < 200; frame++) {
        struct observation *seen = observe(fixture, frame, (int64_t)frame, SIDE_CLIENT, TCP_ACK);
        struct finding *finding = raise_another(fixture->rules, seen, ANOMALY_DATA_RETRANSMITTED, SIDE_CLIENT);
        finding_say(fixture->rules, finding, "frame %d", (int)frame);
        finding->withdrawn = frame % 60 != 0;
    }
    const struct findings *findings = fixture->connection.findings;
    assert_int_equal(findings_reported(findings), 3);
    assert_true(findings->count <= 8);
    for (uint64_t frame = 60; frame < 200; frame += 60)
        assert_non_null(find_finding_at(&fixture->connection, ANOMALY_DATA_RETRANSMITTED, frame));
    int expected = 60;
    for (uint32_t i = 0; i < findings->count; i++) {
        char text[20];
        if (findings->items[i].withdrawn)
            continue;
        snprintf(text, sizeof text, "frame %d", expected);
        assert_string_equal(sentence_of(fixture, &findings->items[i]), text);
        expected += 60;
    }
    assert_int_equal(findings_reported(NULL), 0);
    assert_int_equal(findings_worst(NULL), -1);
}

/* A reader is still to be told that most of them are withdrawn: they stay, and nothing more is charged for that. */
static void test_unread_withdrawals_are_not_charged(void **state) {
    struct fixture *fixture = *state;
    uint32_t charged_for_two = 0;
    for (uint64_t frame = 10; frame < 30; frame++) {
        struct observation *seen = observe(fixture, frame, (int64_t)frame, SIDE_CLIENT, TCP_ACK);
        struct finding *finding = raise_another(fixture->rules, seen, ANOMALY_DATA_RETRANSMITTED, SIDE_CLIENT);
        assert_non_null(finding);
        finding->withdrawn = finding->told = frame < 28;
        if (frame == 10)
            charged_for_two = fixture->connection.findings_octets;
        assert_int_equal(fixture->connection.findings_octets, charged_for_two);
    }
    assert_int_equal(fixture->connection.findings->count, 20);
    assert_true(charged_for_two > 0);
    raise_many(fixture, ANOMALY_ZERO_WINDOW, 30, 1);
    assert_true(fixture->connection.findings_octets > charged_for_two);
}

static void test_a_flood_of_resets(void **state) {
    struct fixture *fixture = *state;
    raise_many(fixture, ANOMALY_RST_OUT_OF_WINDOW, 10, SINGLES_MAX);
    assert_int_equal(fixture->connection.findings->count, SINGLES_MAX);
    struct finding *finding = raise_many(fixture, ANOMALY_RST_OUT_OF_WINDOW, 500, 3);
    assert_int_equal(fixture->connection.findings->count, SINGLES_MAX);
    assert_int_equal(finding->count, 4);
    assert_int_equal(finding->frame, 10 + SINGLES_MAX - 1);
    fixture->connection.findings->items[0].withdrawn = true; /* there is room for one again */
    finding = raise_many(fixture, ANOMALY_RST_OUT_OF_WINDOW, 600, 1);
    assert_int_equal(finding->count, 1);
    assert_int_equal(findings_worst(fixture->connection.findings), finding->severity);
}

static void test_no_row_no_finding(void **state) {
    struct fixture *fixture = *state;
    struct observation *seen = observe(fixture, 4, 10, SIDE_CLIENT, TCP_ACK);
    seen->facts = FACT_DATA;
    assert_true(rules_observe(fixture->rules, seen));
    assert_null(fixture->connection.findings);
}

static void test_first_finding(void **state) {
    struct fixture *fixture = *state;
    struct endpoint *server = &fixture->connection.side[SIDE_SERVER];
    server->fin = 11;
    server->fin_frame = 8;
    server->fin_time = MILLISECONDS(200);
    struct observation *seen = observe(fixture, 10, 800, SIDE_SERVER, TCP_FIN | TCP_ACK);
    fixture->segment.seq = endpoint_raw(server, 11);
    fixture->segment.ack = 1004;
    seen->facts = FACT_FIN_REPEATED;
    seen->seq = 11;
    seen->ack = 4;
    assert_true(rules_observe(fixture->rules, seen));
    const struct finding *finding = only_finding(fixture);
    assert_int_equal(finding->id, ANOMALY_FIN_RETRANSMITTED);
    assert_int_equal(finding->severity, SEVERITY_NOTICE);
    assert_int_equal(finding->side, SIDE_SERVER);
    assert_int_equal(finding->frame, 10);
    assert_int_equal(finding->last_frame, 10);
    assert_int_equal(finding->count, 1);
    assert_int_equal(finding->frame_count, 2);
    assert_int_equal(finding->frames[0], 8);
    assert_int_equal(finding->frames[1], 10);
    assert_int_equal(finding->states[SIDE_SERVER].state, STATE_ESTABLISHED);
    assert_int_equal(finding->seen.relative_seq, 11);
    assert_int_equal(finding->seen.relative_ack, 4);
    assert_int_equal(finding->seen.seq, 0xfffffff0 + 11u);
    assert_int_equal(finding->seen.ack, 1004);
    assert_non_null(strstr(sentence_of(fixture, finding), "600 ms after"));
    assert_non_null(strstr(sentence_of(fixture, finding), "frame 8"));
}

static void test_repeats_count_up(void **state) {
    struct fixture *fixture = *state;
    fixture->connection.side[SIDE_CLIENT].fin_frame = 5;
    for (uint64_t frame = 6; frame < 36; frame++) {
        struct observation *seen = observe(fixture, frame, (int64_t)frame, SIDE_CLIENT, TCP_FIN | TCP_ACK);
        seen->facts = FACT_FIN_REPEATED;
        assert_true(rules_observe(fixture->rules, seen));
    }
    const struct finding *finding = only_finding(fixture);
    assert_int_equal(finding->count, 30);
    assert_int_equal(finding->frame, 6);
    assert_int_equal(finding->last_frame, 35);
    assert_int_equal(finding->last_time, MILLISECONDS(35));
    assert_int_equal(finding->frame_count, FINDING_FRAMES);
    for (unsigned i = 0; i < FINDING_FIRST_FRAMES; i++)
        assert_int_equal(finding->frames[i], 5 + i);
    for (unsigned i = FINDING_FIRST_FRAMES; i < FINDING_FRAMES; i++)
        assert_int_equal(finding->frames[i], 20 + i);
    assert_non_null(strstr(sentence_of(fixture, finding), "30th time"));
}

static void test_evidence_is_ordered_and_unique(void **state) {
    (void)state;
    struct finding finding = {0};
    static const uint64_t frames[] = {7, 3, 0, 9, 3, 7, 5};
    for (unsigned i = 0; i < sizeof frames / sizeof *frames; i++)
        finding_add_frame(&finding, frames[i]);
    assert_int_equal(finding.frame_count, 4);
    static const uint64_t expected[] = {3, 5, 7, 9};
    assert_memory_equal(finding.frames, expected, sizeof expected);
}

/* Each reset is one finding, except those that the same side sends after its connection is gone. */
static void test_resets_are_single(void **state) {
    struct fixture *fixture = *state;
    for (uint64_t frame = 10; frame < 12; frame++) {
        struct observation *seen = observe(fixture, frame, 100, SIDE_CLIENT, TCP_RST);
        seen->facts = FACT_RST;
        seen->reset = RESET_OUT_OF_WINDOW;
        assert_true(rules_observe(fixture->rules, seen));
    }
    assert_int_equal(count_of(fixture, ANOMALY_RST_OUT_OF_WINDOW), 2);
    struct observation *seen = observe(fixture, 12, 101, SIDE_CLIENT, TCP_RST);
    seen->facts = FACT_RST;
    seen->reset = RESET_REPEATED;
    assert_true(rules_observe(fixture->rules, seen));
    assert_int_equal(findings_reported(fixture->connection.findings), 2);
    assert_int_equal(fixture->connection.findings->items[1].count, 2);
    assert_int_equal(fixture->connection.findings->items[1].last_frame, 12);
    seen = observe(fixture, 13, 102, SIDE_SERVER, TCP_RST); /* nothing of the server to repeat */
    seen->facts = FACT_RST;
    seen->reset = RESET_REPEATED;
    assert_true(rules_observe(fixture->rules, seen));
    assert_int_equal(findings_reported(fixture->connection.findings), 2);
}

/* A flood of them stays within bounds. */
static void test_flood_of_resets(void **state) {
    struct fixture *fixture = *state;
    for (uint64_t frame = 10; frame < 10 + 3 * SINGLES_MAX; frame++) {
        struct observation *seen = observe(fixture, frame, 100, SIDE_CLIENT, TCP_RST);
        seen->facts = FACT_RST;
        seen->reset = RESET_OUT_OF_WINDOW;
        seen->seq = (int64_t)frame * 1000;
        assert_true(rules_observe(fixture->rules, seen));
    }
    assert_int_equal(count_of(fixture, ANOMALY_RST_OUT_OF_WINDOW), SINGLES_MAX);
    const struct finding *latest = find_finding(&fixture->connection, ANOMALY_RST_OUT_OF_WINDOW);
    assert_int_equal(latest->count, 2 * SINGLES_MAX + 1);
    assert_int_equal(latest->last_frame, 9 + 3 * SINGLES_MAX);
    char number[20]; /* it tells of the frame that it was raised at, as its numbers do */
    snprintf(number, sizeof number, " %d;", (10 + SINGLES_MAX - 1) * 1000);
    assert_non_null(strstr(sentence_of(fixture, latest), number));
    assert_int_equal(latest->seen.relative_seq, (10 + SINGLES_MAX - 1) * 1000);
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, set_up, tear_down)

int main(void) {
    static const struct CMUnitTest tests[] = {
        TEST(test_evidence_is_bounded),
        TEST(test_withdrawing_occurrences),
        TEST(test_withdrawn_findings_make_room),
        TEST(test_unread_withdrawals_are_not_charged),
        TEST(test_a_flood_of_resets),
        cmocka_unit_test(test_evidence_is_ordered_and_unique),
        TEST(test_no_row_no_finding),
        TEST(test_first_finding),
        TEST(test_repeats_count_up),
        TEST(test_resets_are_single),
        TEST(test_flood_of_resets),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
