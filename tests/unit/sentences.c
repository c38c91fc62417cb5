/* SPDX-License-Identifier: BSD-3-Clause */
#include "observing.h"
#include "rules/said.h"

#include <inttypes.h>
#include <limits.h>

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
    bool told = strcmp(sentence_of(fixture, only_finding(fixture)), message) == 0;
    if (!told)
        print_error("%s\n", sentence_of(fixture, only_finding(fixture)));
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

/* --- how it is kept --- */

static struct said *say(struct said *said, const char *format, ...) __attribute__((format(printf, 2, 3)));
static struct said *say(struct said *said, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    said = said_take(said, format, arguments);
    va_end(arguments);
    assert_non_null(said);
    return said;
}

/* Says it both ways, the second time where something longer or shorter stood. */
#define SAYS_AS_PRINTF(said, ...)                                                                                      \
    do {                                                                                                               \
        char expected[FINDING_SENTENCE], written[FINDING_SENTENCE];                                                    \
        assert_true(snprintf(expected, sizeof expected, __VA_ARGS__) >= 0);                                            \
        (said) = say((said), __VA_ARGS__);                                                                             \
        said_write((said), written, sizeof written);                                                                   \
        assert_string_equal(written, expected);                                                                        \
        said_print(written, sizeof written, __VA_ARGS__);                                                              \
        assert_string_equal(written, expected);                                                                        \
    } while (0)

static void test_is_said_as_by_printf(void **state) {
    (void)state;
    struct said *said = NULL;
    char long_word[2 * FINDING_SENTENCE];
    memset(long_word, 'w', sizeof long_word - 1);
    long_word[sizeof long_word - 1] = '\0';
    SAYS_AS_PRINTF(said, "Nothing.");
    SAYS_AS_PRINTF(said, "%d %d %d", INT_MIN, INT_MAX, 0);
    SAYS_AS_PRINTF(said, "%" PRId64 ", %" PRId64 "; %" PRIu64 ".", INT64_MIN, INT64_MAX, UINT64_MAX);
    SAYS_AS_PRINTF(said, "%u%u %" PRIu32, 0u, 10u, UINT32_MAX);
    SAYS_AS_PRINTF(said, "%03x %04x %08" PRIx32 " %x", 0xfu, 0x12345u, UINT32_C(0xabcdef), 0u);
    SAYS_AS_PRINTF(said, "%03d %02u %05" PRIu64 " %016" PRIx64, 7, 123u, UINT64_C(99), UINT64_MAX);
    SAYS_AS_PRINTF(said, "%lld %llu %lu", -1LL, 18ULL, 7UL);
    SAYS_AS_PRINTF(said, "%s%s%s", "", "one", "");
    SAYS_AS_PRINTF(said, "100 %% of %s", "it");
    SAYS_AS_PRINTF(said, "%s, %d", long_word, 5);
    SAYS_AS_PRINTF(said, "%d, %s %s", 5, long_word, long_word);
    SAYS_AS_PRINTF(said, "%d", 5);
    free(said);
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
    bool doubted = strstr(sentence_of(fixture, found), "the capture lacks") != NULL;
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
        cmocka_unit_test(test_is_said_as_by_printf),
        TEST(test_reason_is_text),
        TEST(test_reason_is_a_line),
        TEST(test_reason_is_short),
        TEST(test_only_a_missing_segment_is_doubted),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
