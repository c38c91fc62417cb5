/* SPDX-License-Identifier: BSD-3-Clause */
#include "observing.h"

/* What findings quote and what they add, just at and just beside each limit. */

/* --- the reason that a RST gives --- */

enum { QUOTED = 60 };

/* Whether the message ends in these words, where a RST of the server carries that. */
static bool is_told(struct fixture *fixture, const char *payload, const char *words) {
    struct observation *seen = observe(fixture, 6, 1000, SIDE_SERVER, TCP_RST);
    fixture->segment.length = fixture->segment.payload_captured = (uint32_t)strlen(payload);
    fixture->segment.payload = (const uint8_t *)payload;
    seen->facts = FACT_RST;
    assert_true(rules_observe(fixture->rules, seen));
    assert_int_equal(count_of(fixture, ANOMALY_RST_WITH_DATA), 1);
    char message[200];
    snprintf(message, sizeof message, "The RST of the server carries %s%s.", octets_words(strlen(payload)).text, words);
    bool told = strcmp(only_finding(fixture)->message, message) == 0;
    if (!told)
        print_error("%s\n", only_finding(fixture)->message);
    findings_free(fixture->connection.findings);
    fixture->connection.findings = NULL;
    return told;
}

static void test_reason_is_text(void **state) {
    struct fixture *fixture = *state;
    assert_true(is_told(fixture, "Go away!", ": \"Go away!\""));
    assert_true(is_told(fixture, " ~", ": \" ~\"")); /* the first and the last character that are text */
    assert_true(is_told(fixture, "x\x1f", ""));
    assert_true(is_told(fixture, "x\x7f", ""));
    assert_true(is_told(fixture, "\tx", ""));
    assert_true(is_told(fixture, "\xc3\xa9", ""));
}

static void test_reason_is_a_line(void **state) {
    struct fixture *fixture = *state;
    assert_true(is_told(fixture, "No\r\n", ": \"No\""));
    assert_true(is_told(fixture, "N\n\n\r", ": \"N\""));
    assert_true(is_told(fixture, "\r\n", ""));
    assert_true(is_told(fixture, "No\nNo", ""));
}

static void test_reason_is_short(void **state) {
    struct fixture *fixture = *state;
    char payload[QUOTED + 2] = "", words[QUOTED + 16];
    memset(payload, 'a', QUOTED);
    snprintf(words, sizeof words, ": \"%s\"", payload);
    assert_true(is_told(fixture, payload, words));
    snprintf(words, sizeof words, ": \"%s...\"", payload);
    payload[QUOTED] = 'b';
    assert_true(is_told(fixture, payload, words));
}

/* --- what the capture lacks --- */

/* The severity of what is said to be absent, where as many segments acknowledge octets that the capture lacks. */
static enum severity severity_among_unseen(struct fixture *fixture, enum anomaly_id id, uint32_t unseen) {
    struct observation *seen = observe(fixture, 6, 1000, SIDE_CLIENT, TCP_ACK);
    seen->more = MORE_AT_END;
    struct finding *finding = raise_absence(fixture->rules, seen, id, SIDE_SERVER, 6, SECONDS(1));
    assert_non_null(finding);
    finding->certainty = CERTAINTY_CERTAIN;
    finding_say(fixture->rules, finding, "Nothing came.");
    fixture->connection.acked_unseen = unseen;
    end(fixture, END_CAPTURE, SECONDS(2));
    assert_int_equal(count_of(fixture, id), 1);
    const struct finding *found = &fixture->connection.findings->items[0];
    bool doubted = strstr(found->message, "the capture lacks") != NULL;
    assert_int_equal(found->certainty, doubted ? CERTAINTY_PRESUMED : CERTAINTY_CERTAIN);
    enum severity severity = (enum severity)found->severity;
    findings_free(fixture->connection.findings);
    fixture->connection.findings = NULL;
    return severity;
}

/* What is missed may be among what is not there, but a silence is none the shorter for it. */
static void test_only_a_missing_segment_is_doubted(void **state) {
    static const enum anomaly_id missing[] = {
        ANOMALY_ACK_MISSING,    ANOMALY_SYN_UNANSWERED,    ANOMALY_HANDSHAKE_ACK_MISSING, ANOMALY_FIN_UNACKNOWLEDGED,
        ANOMALY_FIN_UNANSWERED, ANOMALY_FINAL_ACK_MISSING, ANOMALY_TIME_WAIT_NOT_REACKED};
    struct fixture *fixture = *state;
    for (size_t i = 0; i < sizeof missing / sizeof missing[0]; i++) {
        enum severity usual = severity_among_unseen(fixture, missing[i], 2);
        enum severity lowered = severity_among_unseen(fixture, missing[i], 3);
        assert_true(usual == SEVERITY_INFO ? lowered == SEVERITY_INFO : lowered == usual - 1);
    }
    enum severity usual = severity_among_unseen(fixture, ANOMALY_KEEP_ALIVE_TIMEOUT, 0);
    assert_int_equal(usual, anomaly_row(ANOMALY_KEEP_ALIVE_TIMEOUT)->severity);
    assert_int_equal(severity_among_unseen(fixture, ANOMALY_KEEP_ALIVE_TIMEOUT, 3), usual);
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, set_up, tear_down)

int main(void) {
    static const struct CMUnitTest tests[] = {
        TEST(test_reason_is_text),
        TEST(test_reason_is_a_line),
        TEST(test_reason_is_short),
        TEST(test_only_a_missing_segment_is_doubted),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
