/* SPDX-License-Identifier: BSD-3-Clause */
#include "observing.h"

/* --- the catalogue --- */

static void test_catalogue_names(void **state) {
    (void)state;
    for (unsigned i = 0; i < ANOMALIES; i++) {
        enum anomaly_id id;
        assert_true(anomaly_from_name(anomaly_row((enum anomaly_id)i)->id, &id));
        assert_int_equal(id, i);
    }
    enum anomaly_id id;
    assert_false(anomaly_from_name("fin", &id));
    assert_false(anomaly_from_name("", &id));
    assert_string_equal(severity_name(SEVERITY_INFO), "info");
    assert_string_equal(severity_name(SEVERITY_ERROR), "error");
}

static void test_words(void **state) {
    (void)state;
    assert_string_equal(duration_words(0).text, "no measurable time");
    assert_string_equal(duration_words(-5).text, "no measurable time");
    assert_string_equal(duration_words(1).text, "1 ns");
    assert_string_equal(duration_words(420).text, "420 ns");
    assert_string_equal(duration_words(999).text, "999 ns");
    assert_string_equal(duration_words(99999).text, "0.1 ms");
    assert_string_equal(duration_words(100000).text, "0.1 ms");
    assert_string_equal(duration_words(104000).text, "0.1 ms");
    assert_string_equal(duration_words(94000).text, "0.094 ms");
    assert_string_equal(duration_words(9994999).text, "9.99 ms");
    assert_string_equal(duration_words(MILLISECONDS(10) + 40000).text, "10 ms");
    assert_string_equal(duration_words(MILLISECONDS(99) + 940000).text, "99.9 ms");
    assert_string_equal(duration_words(MILLISECONDS(100) + 400000).text, "100 ms");
    assert_string_equal(duration_words(SECONDS(1) - 500001).text, "999 ms");
    assert_string_equal(duration_words(SECONDS(1) - 499999).text, "1 s");
    assert_string_equal(duration_words(MILLISECONDS(9994)).text, "9.99 s");
    assert_string_equal(duration_words(MILLISECONDS(10040)).text, "10 s");
    assert_string_equal(duration_words(MILLISECONDS(99940)).text, "99.9 s");
    assert_string_equal(duration_words(MILLISECONDS(100400)).text, "100 s");
    assert_string_equal(duration_words(SECONDS(172799)).text, "48 hours");
    assert_string_equal(duration_words(SECONDS(100000)).text, "27.8 hours");
    assert_string_equal(duration_words(SECONDS(172800)).text, "2 days");
    assert_string_equal(duration_words(1000).text, "0.001 ms");
    assert_string_equal(duration_words(42000).text, "0.042 ms");
    assert_string_equal(duration_words(420000).text, "0.42 ms");
    assert_string_equal(duration_words(MILLISECONDS(10) - 1).text, "10 ms");
    assert_string_equal(duration_words(MILLISECONDS(12) + 340000).text, "12.3 ms");
    assert_string_equal(duration_words(MILLISECONDS(600)).text, "600 ms");
    assert_string_equal(duration_words(MILLISECONDS(999)).text, "999 ms");
    assert_string_equal(duration_words(SECONDS(1) - 500000).text, "1 s");
    assert_string_equal(duration_words(MILLISECONDS(1021)).text, "1.02 s");
    assert_string_equal(duration_words(MILLISECONDS(74880)).text, "74.9 s");
    assert_string_equal(duration_words(SECONDS(425)).text, "425 s");
    assert_string_equal(duration_words(SECONDS(7199)).text, "7199 s");
    assert_string_equal(duration_words(SECONDS(7200)).text, "2 hours");
    assert_string_equal(duration_words(SECONDS(1162755)).text, "13.5 days");
    assert_string_equal(states_words(STATE_ESTABLISHED, STATE_ESTABLISHED).text, "both sides in ESTABLISHED");
    assert_string_equal(states_words(STATE_SYN_SENT, STATE_CLOSED).text,
                        "the client in SYN_SENT and the server in CLOSED");
    assert_string_equal(octets_words(1).text, "1 octet");
    assert_string_equal(octets_words(0).text, "0 octets");
    assert_string_equal(times_words(1).text, "once");
    assert_string_equal(times_words(2).text, "twice");
    assert_string_equal(times_words(7).text, "7 times");
    assert_string_equal(repeats_words(1).text, "");
    assert_string_equal(repeats_words(2).text, " for the 2nd time");
    assert_string_equal(repeats_words(3).text, " for the 3rd time");
    assert_string_equal(repeats_words(4).text, " for the 4th time");
    assert_string_equal(repeats_words(10).text, " for the 10th time");
    assert_string_equal(repeats_words(11).text, " for the 11th time");
    assert_string_equal(repeats_words(12).text, " for the 12th time");
    assert_string_equal(repeats_words(19).text, " for the 19th time");
    assert_string_equal(repeats_words(20).text, " for the 20th time");
    assert_string_equal(repeats_words(21).text, " for the 21st time");
    assert_string_equal(repeats_words(22).text, " for the 22nd time");
    assert_string_equal(repeats_words(23).text, " for the 23rd time");
    assert_string_equal(repeats_words(111).text, " for the 111th time");
    assert_string_equal(repeats_words(101).text, " for the 101st time");
}

/* --- raising --- */

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
        struct finding *finding = raise_many(fixture, ANOMALY_DATA_RETRANSMITTED, frame, 1);
        finding_say(fixture->rules, finding, "frame %d", (int)frame);
        finding->withdrawn = frame % 60 != 0;
        if (!finding->withdrawn)
            finding->id = ANOMALY_ZERO_WINDOW;
    }
    const struct findings *findings = fixture->connection.findings;
    assert_int_equal(findings_reported(findings), 3);
    assert_true(findings->count <= 8);
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

static void test_unseen_ack_withdrawn_one_by_one(void **state) {
    struct fixture *fixture = *state;
    for (uint64_t frame = 7; frame < 9; frame++) {
        struct observation *seen = observe(fixture, frame, (int64_t)frame * 10, SIDE_CLIENT, TCP_ACK);
        seen->facts = FACT_ACK_UNSEEN;
        seen->ack = 20;
        assert_true(rules_observe(fixture->rules, seen));
    }
    assert_int_equal(only_finding(fixture)->count, 2);
    assert_int_equal(only_finding(fixture)->expected.relative_ack, 1);
    struct observation *seen = observe(fixture, 9, 101, SIDE_SERVER, TCP_ACK);
    seen->more = MORE_ACK_WITHDRAWN;
    fixture->connection.side[SIDE_SERVER].early_ack_frame = 7;
    assert_true(rules_observe(fixture->rules, seen));
    assert_int_equal(only_finding(fixture)->count, 1);
    assert_int_equal(only_finding(fixture)->frame, 8);
    assert_int_equal(only_finding(fixture)->time, MILLISECONDS(80));
    assert_int_equal(only_finding(fixture)->frame_count, 1);
    fixture->connection.side[SIDE_SERVER].early_ack_frame = 8;
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

/* --- absence --- */

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

static void test_one_direction(void **state) {
    struct fixture *fixture = *state;
    leave_data_unacknowledged(fixture);
    struct endpoint *client = &fixture->connection.side[SIDE_CLIENT];
    client->frames = 5;
    client->last_ack = 201;
    fixture->connection.side[SIDE_SERVER].frames = 0;
    end(fixture, END_CAPTURE, SECONDS(10));
    const struct finding *finding = only_finding(fixture);
    assert_int_equal(finding->id, ANOMALY_CAPTURE_ONE_DIRECTION);
    assert_int_equal(finding->side, SIDE_SERVER);
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
        cmocka_unit_test(test_catalogue_names),
        cmocka_unit_test(test_words),
        cmocka_unit_test_setup_teardown(test_evidence_is_bounded, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_withdrawing_occurrences, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_withdrawn_findings_make_room, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_a_flood_of_resets, set_up, tear_down),
        cmocka_unit_test(test_evidence_is_ordered_and_unique),
        TEST(test_no_row_no_finding),
        TEST(test_first_finding),
        TEST(test_repeats_count_up),
        TEST(test_resets_are_single),
        TEST(test_flood_of_resets),
        TEST(test_each_reset_has_one_id),
        TEST(test_ignored_reset_has_one_id),
        TEST(test_fin_in_time_wait_replaces),
        TEST(test_fin_in_time_wait_after_its_ack),
        TEST(test_contradicted_reset_is_withdrawn),
        TEST(test_reset_with_ack_is_certain),
        TEST(test_reuse_withdraws_syn_in_established),
        TEST(test_unseen_ack_withdrawn_one_by_one),
        TEST(test_unsent_ack_replaces_unseen),
        TEST(test_partly_repeated_data),
        TEST(test_rejecting_reset_without_connection),
        TEST(test_window_of_unknown_scale),
        TEST(test_acknowledged_number),
        TEST(test_ack_missing),
        TEST(test_ack_not_missing_yet),
        TEST(test_slow_path_needs_patience),
        TEST(test_reset_explains_missing_ack),
        TEST(test_nothing_is_missing_where_states_are_assumed),
        TEST(test_eviction_proves_nothing),
        TEST(test_one_direction),
        TEST(test_unanswered_is_not_one_direction),
        TEST(test_fin_unacknowledged),
        TEST(test_final_ack_missing_without_repetition),
        TEST(test_final_ack_missing_with_repetition),
        TEST(test_lossy_capture_lowers_severity),
        TEST(test_little_unseen_lowers_nothing),
        TEST(test_severity_is_lowered_once),
        TEST(test_close_wait_grows_to_warning),
        TEST(test_split_handshake_replaces_simultaneous_open),
        TEST(test_split_handshake_takes_four_packets),
        TEST(test_both_copies_arrived),
        TEST(test_icmp_error_has_a_version),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
