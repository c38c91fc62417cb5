/* SPDX-License-Identifier: BSD-3-Clause */
#include "exchange.h"

#include "model/verdict.h"

/* When rules speak: at their thresholds, and a nanosecond or one more later. */

static struct fixture fixture;

static bool is_raised(enum anomaly_id id) {
    return fixture.raised[id] > 0;
}

static void open_with_rules(void) {
    begin_with_rules(&fixture, PROFILE_LINUX);
    shake_hands(&fixture);
}

/* --- opening --- */

static bool is_slow(int64_t took) {
    begin_with_rules(&fixture, PROFILE_LINUX);
    say(&fixture, SIDE_CLIENT, TCP_SYN, 0, 0, 0);
    say(&fixture, SIDE_SERVER, TCP_SYN | TCP_ACK, 0, 1, 0);
    say_after(&fixture, took - 10 * MILLISECOND, SIDE_CLIENT, TCP_ACK, 1, 1, 0);
    finish(&fixture, SECOND);
    return is_raised(ANOMALY_HANDSHAKE_SLOW);
}

static void test_handshake_slow(void **state) {
    (void)state;
    assert_false(is_slow(SECOND));
    assert_true(is_slow(SECOND + 1));
}

static bool is_unfinished(int64_t after) {
    begin_with_rules(&fixture, PROFILE_LINUX);
    say(&fixture, SIDE_CLIENT, TCP_SYN, 0, 0, 0);
    say(&fixture, SIDE_SERVER, TCP_SYN | TCP_ACK, 0, 1, 0);
    finish(&fixture, after);
    return is_raised(ANOMALY_HANDSHAKE_ACK_MISSING);
}

static void test_handshake_unfinished(void **state) {
    (void)state;
    assert_false(is_unfinished(SECOND - 1)); /* the first timeout of RFC 6298 2.1 */
    assert_true(is_unfinished(SECOND));
}

/* --- octets --- */

/* The ACK of these octets may still come for three timeouts, each three round trips, the least a second. */
static bool is_ack_missing(int64_t round_trip, int64_t after) {
    begin_with_rules(&fixture, PROFILE_LINUX);
    say(&fixture, SIDE_CLIENT, TCP_SYN, 0, 0, 0);
    say_after(&fixture, round_trip, SIDE_SERVER, TCP_SYN | TCP_ACK, 0, 1, 0);
    say(&fixture, SIDE_CLIENT, TCP_ACK, 1, 1, 0);
    say(&fixture, SIDE_CLIENT, TCP_ACK, 1, 1, 100);
    finish(&fixture, after);
    return is_raised(ANOMALY_ACK_MISSING);
}

static void test_ack_missing(void **state) {
    (void)state;
    assert_false(is_ack_missing(10 * MILLISECOND, 3 * SECOND));
    assert_true(is_ack_missing(10 * MILLISECOND, 3 * SECOND + 1));
    assert_false(is_ack_missing(490 * MILLISECOND, 9 * 500 * MILLISECOND));
    assert_true(is_ack_missing(490 * MILLISECOND, 9 * 500 * MILLISECOND + 1));
}

/* Octets that fill a hole, so long after the ones behind it. */
static bool is_out_of_order(int64_t later, uint32_t ip_id_behind) {
    open_with_rules();
    struct segment ahead = of(&fixture, SIDE_CLIENT, TCP_ACK, 111, 1, 10);
    take(&fixture, 10 * MILLISECOND, &ahead);
    struct segment late = of(&fixture, SIDE_CLIENT, TCP_ACK, 101, 1, 10);
    late.ip_id = ahead.ip_id - ip_id_behind;
    take(&fixture, later, &late);
    finish(&fixture, MILLISECOND);
    return is_raised(ANOMALY_SEGMENT_OUT_OF_ORDER);
}

static void test_segment_out_of_order(void **state) {
    const uint32_t newer = (uint32_t)-1;
    (void)state;
    assert_true(is_out_of_order(3 * MILLISECOND, newer));
    assert_false(is_out_of_order(3 * MILLISECOND + 1, newer));
    assert_true(is_out_of_order(500 * MILLISECOND, 1)); /* by its identification */
    assert_true(is_out_of_order(500 * MILLISECOND, 64));
    assert_false(is_out_of_order(500 * MILLISECOND, 65));
    assert_false(is_out_of_order(500 * MILLISECOND, 0));
}

/* --- closing --- */

/* The client's FIN is not acknowledged until so long after it. */
static bool is_fin_unacknowledged(int64_t after) {
    open_with_rules();
    say(&fixture, SIDE_CLIENT, TCP_ACK | TCP_FIN, 101, 1, 0);
    finish(&fixture, after);
    return is_raised(ANOMALY_FIN_UNACKNOWLEDGED);
}

static void test_fin_unacknowledged(void **state) {
    (void)state;
    assert_false(is_fin_unacknowledged(3 * SECOND));
    assert_true(is_fin_unacknowledged(3 * SECOND + 1));
}

static bool is_final_ack_missing(int64_t after) {
    open_with_rules();
    say(&fixture, SIDE_CLIENT, TCP_ACK | TCP_FIN, 101, 1, 0);
    say(&fixture, SIDE_SERVER, TCP_ACK | TCP_FIN, 1, 102, 0);
    finish(&fixture, after);
    return is_raised(ANOMALY_FINAL_ACK_MISSING);
}

static void test_final_ack_missing(void **state) {
    (void)state;
    assert_false(is_final_ack_missing(SECOND));
    assert_true(is_final_ack_missing(SECOND + 1));
}

/* The server acknowledges the FIN of the client; then it is silent for so long, or closes too. */
static void half_close(int64_t silence, uint16_t flags) {
    open_with_rules();
    say(&fixture, SIDE_CLIENT, TCP_ACK | TCP_FIN, 101, 1, 0);
    say(&fixture, SIDE_SERVER, TCP_ACK, 1, 102, 0);
    if (flags == 0) {
        finish(&fixture, silence);
        return;
    }
    say_after(&fixture, silence, SIDE_SERVER, TCP_ACK | flags, 1, 102, 0);
    if ((flags & TCP_FIN) != 0)
        say(&fixture, SIDE_CLIENT, TCP_ACK, 102, 2, 0);
    finish(&fixture, SECOND);
}

static void test_fin_unanswered(void **state) {
    (void)state;
    half_close(60 * SECOND, 0);
    assert_false(is_raised(ANOMALY_FIN_UNANSWERED));
    half_close(60 * SECOND + 1, 0);
    assert_true(is_raised(ANOMALY_FIN_UNANSWERED));
}

static void test_close_wait_long(void **state) {
    static const uint16_t ways[] = {TCP_FIN, TCP_RST};
    (void)state;
    for (int i = 0; i < 2; i++) {
        half_close(5 * SECOND, ways[i]);
        assert_false(is_raised(ANOMALY_CLOSE_WAIT_LONG));
        half_close(5 * SECOND + 1, ways[i]);
        assert_true(is_raised(ANOMALY_CLOSE_WAIT_LONG));
        assert_int_equal(fixture.severity[ANOMALY_CLOSE_WAIT_LONG], SEVERITY_NOTICE);
        half_close(60 * SECOND, ways[i]);
        assert_int_equal(fixture.severity[ANOMALY_CLOSE_WAIT_LONG], SEVERITY_NOTICE);
        half_close(60 * SECOND + 1, ways[i]);
        assert_int_equal(fixture.severity[ANOMALY_CLOSE_WAIT_LONG], SEVERITY_WARNING);
    }
}

/* The server's FIN comes so late that the client's socket is gone: a RST answers it, or nothing does. */
static bool is_fin_wait_2_over(int64_t waited, bool reset, int64_t silence) {
    open_with_rules();
    say(&fixture, SIDE_CLIENT, TCP_ACK | TCP_FIN, 101, 1, 0);
    say(&fixture, SIDE_SERVER, TCP_ACK, 1, 102, 0);
    say_after(&fixture, waited, SIDE_SERVER, TCP_ACK | TCP_FIN, 1, 102, 0);
    if (reset)
        say(&fixture, SIDE_CLIENT, TCP_RST, 102, 0, 0);
    finish(&fixture, silence);
    return is_raised(ANOMALY_FIN_WAIT_2_TIMEOUT);
}

static void test_fin_wait_2_timeout(void **state) {
    (void)state;
    assert_false(is_fin_wait_2_over(60 * SECOND - 1, true, SECOND));
    assert_true(is_fin_wait_2_over(60 * SECOND, true, SECOND));
    assert_false(is_fin_wait_2_over(60 * SECOND - 1, false, 2 * SECOND));
    assert_true(is_fin_wait_2_over(60 * SECOND, false, 2 * SECOND));
    assert_false(is_fin_wait_2_over(60 * SECOND, false, SECOND)); /* it may still be answered */
    assert_true(is_fin_wait_2_over(60 * SECOND, false, SECOND + 1));
}

/* --- windows --- */

/* The server's window was closed for so long when the client's FIN passed, so long after it opened if it did. */
static bool waited_for_window(int64_t closed, bool opened, int64_t after) {
    open_with_rules();
    struct segment segment = of(&fixture, SIDE_SERVER, TCP_ACK, 1, 101, 0);
    segment.window = 0;
    take(&fixture, 10 * MILLISECOND, &segment);
    if (opened)
        say_after(&fixture, closed, SIDE_SERVER, TCP_ACK, 1, 101, 0);
    say_after(&fixture, opened ? after : closed, SIDE_CLIENT, TCP_ACK | TCP_FIN, 101, 1, 0);
    finish(&fixture, MILLISECOND);
    return is_raised(ANOMALY_ZERO_WINDOW_AT_CLOSE);
}

static void test_zero_window_at_close(void **state) {
    (void)state;
    assert_false(waited_for_window(SECOND, false, 0));
    assert_true(waited_for_window(SECOND + 1, false, 0));
    assert_false(waited_for_window(SECOND, true, MILLISECOND));
    assert_true(waited_for_window(SECOND + 1, true, MILLISECOND));
    assert_true(waited_for_window(SECOND + 1, true, SECOND));
    assert_false(waited_for_window(SECOND + 1, true, SECOND + 1));
}

/* --- resets --- */

static bool storms(unsigned resets, int64_t last) {
    open_with_rules();
    for (unsigned i = 0; i < resets; i++) {
        say_after(&fixture, i == 0 ? MILLISECOND : 0, SIDE_SERVER, TCP_ACK, 1, 101, 0);
        int64_t since = i == 0 ? 0 : i + 1 == resets ? last - (int64_t)(i - 1) * 1000 : 1000;
        say_after(&fixture, since, SIDE_CLIENT, TCP_RST, 101, 0, 0);
    }
    finish(&fixture, SECOND);
    return is_raised(ANOMALY_RST_STORM);
}

static void test_reset_storm(void **state) {
    (void)state;
    assert_false(storms(100, 200000));
    assert_true(storms(101, 200000));
    assert_true(storms(101, SECOND - 1));
    assert_false(storms(101, SECOND));
}

/* --- the ports once more --- */

/* After an orderly close a SYN for the same ports, so long after the end. */
static bool is_truncated(int64_t later) {
    open_with_rules();
    say(&fixture, SIDE_CLIENT, TCP_ACK | TCP_FIN, 101, 1, 0);
    say(&fixture, SIDE_SERVER, TCP_ACK | TCP_FIN, 1, 102, 0);
    say(&fixture, SIDE_CLIENT, TCP_ACK, 102, 2, 0);
    say_after(&fixture, later, SIDE_CLIENT, TCP_SYN, 900000, 0, 0);
    say(&fixture, SIDE_SERVER, TCP_SYN | TCP_ACK, 700000, 900001, 0);
    finish(&fixture, SECOND);
    return is_raised(ANOMALY_TIME_WAIT_TRUNCATED);
}

static void test_time_wait_truncated(void **state) {
    (void)state;
    assert_true(is_truncated(59 * SECOND));
    assert_false(is_truncated(61 * SECOND));
}

/* --- silence --- */

/* So many keep-alives a second and a half apart, then silence. */
static bool falls_silent(unsigned probes, int64_t after) {
    open_with_rules();
    for (unsigned i = 0; i < probes; i++)
        say_after(&fixture, 1500 * MILLISECOND, SIDE_CLIENT, TCP_ACK, 100, 1, 0);
    finish(&fixture, after);
    return is_raised(ANOMALY_KEEP_ALIVE_TIMEOUT);
}

static void test_keep_alive_timeout(void **state) {
    (void)state;
    assert_false(falls_silent(4, 3 * 1500 * MILLISECOND)); /* three had no answer before the next */
    assert_true(falls_silent(4, 3 * 1500 * MILLISECOND + 1));
    assert_false(falls_silent(2, 100 * SECOND)); /* one had none: too few */
}

/* After so long a silence one side speaks, and hears nothing for so long. */
static bool is_idle_lost(enum side speaker, int64_t silence, int64_t waited) {
    bool client = speaker == SIDE_CLIENT;
    open_with_rules();
    say(&fixture, SIDE_SERVER, TCP_ACK, 1, 101, 20);
    say(&fixture, SIDE_CLIENT, TCP_ACK, 101, 21, 0);
    say_after(&fixture, silence, speaker, TCP_ACK, client ? 101 : 21, client ? 21 : 101, 10);
    finish(&fixture, waited);
    return is_raised(ANOMALY_IDLE_CONNECTION_LOST);
}

static void test_idle_connection_lost(void **state) {
    struct model_settings settings;
    (void)state;
    model_settings_default(&settings);
    int64_t silence = settings.long_silence;
    for (int speaker = SIDE_CLIENT; speaker <= SIDE_SERVER; speaker++) {
        enum side side = (enum side)speaker;
        assert_false(is_idle_lost(side, silence, 10 * SECOND));
        assert_true(is_idle_lost(side, silence + 1, 10 * SECOND));
        assert_false(is_idle_lost(side, silence + 1, 3 * SECOND));
        assert_true(is_idle_lost(side, silence + 1, 3 * SECOND + 1));
    }
}

/* --- heartbeats --- */

/* The client sends so many octets every ten seconds; the beat before the last is late by so much. How many of them are
 * one heartbeat, and how many were answered. */
static uint32_t beats_of(uint32_t octets, int64_t late, uint32_t *answered) {
    struct heartbeat heartbeat = {0};
    uint32_t sent = 101;
    open_with_rules();
    for (unsigned i = 0; i < 6; i++) {
        say_after(&fixture, 10 * SECOND + (i == 4 ? late : 0), SIDE_CLIENT, TCP_ACK, sent, 1, octets);
        sent += octets;
        if (i != 3)
            say_after(&fixture, 0, SIDE_SERVER, TCP_ACK, 1, sent, 0);
    }
    bool found = heartbeat_of(fixture.last.connection, SIDE_CLIENT, &heartbeat);
    *answered = heartbeat.answered;
    end(&fixture);
    assert_true(!found || heartbeat.octets == octets);
    return found ? heartbeat.beats : 0;
}

static void test_heartbeat(void **state) {
    const int64_t quarter = 10 * SECOND / 4;
    uint32_t answered;
    (void)state;
    assert_int_equal(beats_of(1, 0, &answered), 6);
    assert_int_equal(answered, 5);
    assert_int_equal(beats_of(HEARTBEAT_OCTETS, 0, &answered), 6);
    assert_int_equal(beats_of(HEARTBEAT_OCTETS + 1, 0, &answered), 0);
    assert_int_equal(beats_of(0, 0, &answered), 0);
    assert_int_equal(beats_of(1, quarter, &answered), 6);
    assert_int_equal(beats_of(1, quarter + 1, &answered), 4);
    assert_int_equal(answered, 3);
    assert_int_equal(beats_of(1, -quarter, &answered), 6);
    assert_int_equal(beats_of(1, -quarter - 1, &answered), 4);
}

/* --- how the capture was made --- */

static void test_recording_counts_on(void **state) {
    static const struct {
        uint16_t odd;
        uint8_t checksum;
        enum anomaly_id id;
    } oddities[] = {{ODD_CUT, CHECKSUM_UNVERIFIED, ANOMALY_CAPTURE_TRUNCATED},
                    {ODD_OFFLOADED, CHECKSUM_OFFLOADED, ANOMALY_CHECKSUM_OFFLOAD}};
    (void)state;
    for (unsigned i = 0; i < 4; i++) {
        enum side side = i < 2 ? SIDE_CLIENT : SIDE_SERVER;
        open_with_rules();
        for (uint32_t k = 0; k < 3; k++) {
            bool client = side == SIDE_CLIENT;
            struct segment segment = of(&fixture, side, TCP_ACK, (client ? 101 : 1) + 10 * k, client ? 1 : 101, 10);
            segment.odd = oddities[i % 2].odd;
            segment.checksum = oddities[i % 2].checksum;
            take(&fixture, 10 * MILLISECOND, &segment);
        }
        finish(&fixture, MILLISECOND);
        assert_int_equal(fixture.raised[oddities[i % 2].id], 1);
        assert_int_equal(fixture.count[oddities[i % 2].id], 3);
        assert_int_equal(fixture.raised[oddities[1 - i % 2].id], 0);
    }
}

/* --- verdicts --- */

/* Of the connection that the latest segment belongs to, so long after that. */
static struct verdict verdict_after(int64_t after) {
    struct verdict verdict;
    connection_verdict(fixture.last.connection, fixture.time + after, &verdict);
    end(&fixture);
    return verdict;
}

/* A SYN/ACK with such a maximum segment size that is answered by nothing for so long, or by the SYN once more. */
static bool is_cookie_after(int64_t answered, uint16_t maximum, int64_t silence, bool offered, bool options) {
    begin_with_rules(&fixture, PROFILE_LINUX);
    struct segment segment = of(&fixture, SIDE_CLIENT, TCP_SYN, 0, 0, 0);
    segment.options.present |= offered ? OPTION_WINDOW_SCALE | OPTION_SACK_PERMITTED : OPTION_SACK_PERMITTED;
    take(&fixture, 0, &segment);
    segment = of(&fixture, SIDE_SERVER, TCP_SYN | TCP_ACK, 0, 1, 0);
    segment.options.present |= options ? OPTION_SACK_PERMITTED : 0;
    segment.options.mss = maximum;
    take(&fixture, answered, &segment);
    return verdict_after(silence).cookies_suspected;
}

static bool is_cookie(uint16_t maximum, int64_t silence, bool offered, bool options) {
    return is_cookie_after(10 * MILLISECOND, maximum, silence, offered, options);
}

static void test_cookies(void **state) {
    static const uint16_t usual[] = {536, 1220, 1300, 1420, 1440, 1460, 8940};
    (void)state;
    for (size_t i = 0; i < sizeof usual / sizeof usual[0]; i++) {
        assert_true(is_cookie(usual[i], 3 * SECOND + 1, false, true));
        assert_false(is_cookie(usual[i], 3 * SECOND, false, true)); /* it may still be repeated */
        assert_false(is_cookie((uint16_t)(usual[i] + 1), 3 * SECOND + 1, false, true));
        assert_false(is_cookie((uint16_t)(usual[i] - 1), 3 * SECOND + 1, false, true));
    }
    assert_true(is_cookie_after(0, 1460, 3 * SECOND + 1, false, true)); /* within a tick of the capture's clock */
    assert_true(is_cookie(1234, 3 * SECOND + 1, true, false));          /* what was offered is gone */
    assert_false(is_cookie(1234, 3 * SECOND + 1, true, true));
    assert_false(is_cookie(1234, 3 * SECOND + 1, false, false));
}

/* The client repeats octets so often, or asks so often whether the server is there, and is silent for so long. */
static enum teardown_outcome gave_up(unsigned repeats, bool asks, int64_t silence) {
    open_with_rules();
    if (!asks)
        say(&fixture, SIDE_CLIENT, TCP_ACK, 101, 1, 10);
    for (unsigned i = 0; i < repeats; i++)
        say_after(&fixture, 2 * SECOND, SIDE_CLIENT, TCP_ACK, asks ? 100 : 101, 1, asks ? 0 : 10);
    struct verdict verdict = verdict_after(silence);
    if (verdict.teardown == TEARDOWN_TIMED_OUT)
        assert_int_equal(verdict.teardown_certainty, CERTAINTY_PRESUMED);
    return verdict.teardown;
}

static void test_gave_up(void **state) {
    (void)state;
    for (int asks = 0; asks <= 1; asks++) {
        unsigned enough = asks ? 2 : 3;
        assert_int_equal(gave_up(enough, asks, 125 * SECOND), TEARDOWN_NONE);
        assert_int_equal(gave_up(enough, asks, 125 * SECOND + 1), TEARDOWN_TIMED_OUT);
        assert_int_equal(gave_up(enough - 1, asks, 125 * SECOND + 1), TEARDOWN_NONE);
    }
}

/* Round trips are measured by what was sent once only. */
static void test_handshake_times(void **state) {
    (void)state;
    for (int i = 0; i < 3; i++) {
        begin_with_rules(&fixture, PROFILE_LINUX);
        say(&fixture, SIDE_CLIENT, TCP_SYN, 0, 0, 0);
        if (i == 1)
            say_after(&fixture, SECOND, SIDE_CLIENT, TCP_SYN, 0, 0, 0);
        say_after(&fixture, 20 * MILLISECOND, SIDE_SERVER, TCP_SYN | TCP_ACK, 0, 1, 0);
        if (i == 2)
            say_after(&fixture, SECOND, SIDE_SERVER, TCP_SYN | TCP_ACK, 0, 1, 0);
        say_after(&fixture, 30 * MILLISECOND, SIDE_CLIENT, TCP_ACK, 1, 1, 0);
        struct verdict verdict = verdict_after(0);
        assert_int_equal(verdict.handshake, HANDSHAKE_COMPLETE);
        assert_int_equal(verdict.handshake_duration, 50 * MILLISECOND + (i > 0 ? SECOND : 0));
        assert_int_equal(verdict.rtt_server, i == 1 ? -1 : 20 * MILLISECOND);
        assert_int_equal(verdict.rtt_client, i == 2 ? -1 : 30 * MILLISECOND);
        assert_int_equal(verdict.syn_count, i == 1 ? 2 : 1);
        assert_int_equal(verdict.syn_ack_count, i == 2 ? 2 : 1);
    }
}

/* Who closes, in three segments or four, and how long each part took. */
static void test_teardown_times(void **state) {
    (void)state;
    for (int i = 0; i < 4; i++) {
        enum side closer = i < 2 ? SIDE_CLIENT : SIDE_SERVER, other = other_side(closer);
        uint32_t next[SIDES] = {101, 1};
        bool four = i % 2 != 0;
        open_with_rules();
        say_after(&fixture, 500 * MILLISECOND, closer, TCP_ACK | TCP_FIN, next[closer]++, next[other], 0);
        if (four)
            say_after(&fixture, 20 * MILLISECOND, other, TCP_ACK, next[other], next[closer], 0);
        say_after(&fixture, 30 * MILLISECOND, other, TCP_ACK | TCP_FIN, next[other]++, next[closer], 0);
        say_after(&fixture, 40 * MILLISECOND, closer, TCP_ACK, next[closer], next[other], 0);
        struct verdict verdict = verdict_after(7 * SECOND);
        enum which_side which = closer == SIDE_CLIENT ? WHICH_CLIENT : WHICH_SERVER;
        assert_int_equal(verdict.teardown, TEARDOWN_GRACEFUL);
        assert_int_equal(verdict.segments, four ? 4 : 3);
        assert_int_equal(verdict.closed_first, which);
        assert_int_equal(verdict.time_wait, which);
        assert_int_equal(verdict.close_wait, four ? 30 * MILLISECOND : 0);
        assert_int_equal(verdict.teardown_duration, (four ? 90 : 70) * MILLISECOND);
        assert_int_equal(verdict.idle_before_close, 500 * MILLISECOND);
        assert_int_equal(verdict.two_msl, TWO_MSL_NOT_OBSERVED);
        assert_int_equal(verdict.time_wait_details.elapsed, 7 * SECOND + 40 * MILLISECOND);
        assert_int_equal(verdict.time_wait_details.restarts, 0);
        assert_int_equal(verdict.reset_by, WHICH_UNKNOWN);
    }
}

/* --- what is the same for all of a kind --- */

/* Only while no threshold is below a second does a finding of one hold for all that took as many of them. */
static void test_kinds_want_long_thresholds(void **state) {
    (void)state;
    for (int which = 0; which < 7; which++) {
        for (int shorter = 0; shorter <= 1; shorter++) {
            const struct ordinary_kind kind = {.progress = PROGRESS_CLOSED};
            struct rule_settings settings;
            rule_settings_default(&settings);
            int64_t *const thresholds[] = {
                &settings.ack_timeout,       &settings.syn_timeout,        &settings.fin_timeout,
                &settings.close_wait_notice, &settings.close_wait_warning, &settings.fin_wait_2_timeout,
                &settings.slow_handshake,
            };
            *thresholds[which] = SECOND - shorter;
            struct rules *rules = rules_new(&settings);
            assert_non_null(rules);
            assert_int_equal(rules_have_kind(rules, &kind), shorter == 0);
            rules_note_dropped(rules, 1, SECOND);
            assert_false(rules_have_kind(rules, &kind));
            rules_free(rules);
        }
    }
}

/* Of one left open nobody can tell from its kind whether it was silent for longer than that. */
static void test_kind_of_the_silent(void **state) {
    (void)state;
    for (int longer = 0; longer <= 1; longer++) {
        const struct ordinary_kind closed = {.progress = PROGRESS_CLOSED}, silent = {.progress = PROGRESS_SILENT};
        struct rule_settings settings;
        rule_settings_default(&settings);
        settings.ack_timeout = 3 * SECOND + longer;
        struct rules *rules = rules_new(&settings);
        assert_non_null(rules);
        assert_true(rules_have_kind(rules, &closed));
        assert_int_equal(rules_have_kind(rules, &silent), !longer);
        rules_free(rules);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_handshake_slow),
        cmocka_unit_test(test_handshake_unfinished),
        cmocka_unit_test(test_ack_missing),
        cmocka_unit_test(test_segment_out_of_order),
        cmocka_unit_test(test_fin_unacknowledged),
        cmocka_unit_test(test_final_ack_missing),
        cmocka_unit_test(test_fin_unanswered),
        cmocka_unit_test(test_close_wait_long),
        cmocka_unit_test(test_fin_wait_2_timeout),
        cmocka_unit_test(test_zero_window_at_close),
        cmocka_unit_test(test_reset_storm),
        cmocka_unit_test(test_time_wait_truncated),
        cmocka_unit_test(test_keep_alive_timeout),
        cmocka_unit_test(test_idle_connection_lost),
        cmocka_unit_test(test_heartbeat),
        cmocka_unit_test(test_recording_counts_on),
        cmocka_unit_test(test_cookies),
        cmocka_unit_test(test_gave_up),
        cmocka_unit_test(test_handshake_times),
        cmocka_unit_test(test_teardown_times),
        cmocka_unit_test(test_kinds_want_long_thresholds),
        cmocka_unit_test(test_kind_of_the_silent),
    };
    long_way = true; /* ordinary segments are told of too */
    return cmocka_run_group_tests(tests, NULL, NULL);
}
