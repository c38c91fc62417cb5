/* SPDX-License-Identifier: BSD-3-Clause */
#include "exchange.h"

/* How long the model waits before it takes a repetition, an ACK or a silence for proof: at that time, and a nanosecond
 * later. A round trip from the capture point takes 10 ms here, so that its guard is 15 ms; unmeasured, it is a second.
 */

enum { GUARD = 15 };

/* --- while it opens --- */

/* The SYN again, so long after the SYN/ACK passed. */
static enum tcp_state after_syn_again(int64_t later) {
    struct fixture fixture;
    begin(&fixture, PROFILE_LINUX);
    say(&fixture, SIDE_CLIENT, TCP_SYN, 0, 0, 0);
    say(&fixture, SIDE_SERVER, TCP_SYN | TCP_ACK, 0, 1, 0);
    assert_int_equal(state_of(&fixture, SIDE_CLIENT), STATE_ESTABLISHED);
    say_after(&fixture, later, SIDE_CLIENT, TCP_SYN, 0, 0, 0);
    assert_true(is_fact(&fixture, FACT_SYN_REPEATED));
    enum tcp_state state = state_of(&fixture, SIDE_CLIENT);
    end(&fixture);
    return state;
}

static void test_syn_repeated(void **state) {
    (void)state;
    assert_int_equal(after_syn_again(SECOND), STATE_ESTABLISHED);
    assert_int_equal(after_syn_again(SECOND + 1), STATE_SYN_SENT);
}

/* The SYN/ACK again, so long after the ACK of it passed. */
static enum tcp_state after_syn_ack_again(int64_t later) {
    struct fixture fixture;
    begin(&fixture, PROFILE_LINUX);
    say(&fixture, SIDE_CLIENT, TCP_SYN, 0, 0, 0);
    say(&fixture, SIDE_SERVER, TCP_SYN | TCP_ACK, 0, 1, 0);
    say_after(&fixture, SECOND, SIDE_CLIENT, TCP_ACK, 1, 1, 0);
    assert_int_equal(state_of(&fixture, SIDE_SERVER), STATE_ESTABLISHED);
    say_after(&fixture, later, SIDE_SERVER, TCP_SYN | TCP_ACK, 0, 1, 0);
    assert_true(is_fact(&fixture, FACT_SYN_ACK_REPEATED));
    enum tcp_state state = state_of(&fixture, SIDE_SERVER);
    end(&fixture);
    return state;
}

static void test_syn_ack_repeated(void **state) {
    (void)state;
    assert_int_equal(after_syn_ack_again(GUARD * MILLISECOND), STATE_ESTABLISHED);
    assert_int_equal(after_syn_ack_again(GUARD * MILLISECOND + 1), STATE_SYN_RECEIVED);
}

/* The SYN again after an error or a refusal had ended the attempt: half a second is sooner than any timer. */
static enum tcp_state after_syn_behind_error(int64_t later, bool refused) {
    struct fixture fixture;
    begin(&fixture, PROFILE_LINUX);
    struct segment syn = of(&fixture, SIDE_CLIENT, TCP_SYN, 0, 0, 0);
    take(&fixture, 0, &syn);
    if (refused) {
        struct segment reset = of(&fixture, SIDE_SERVER, TCP_RST | TCP_ACK, 0, 1, 0);
        reset.seq = 0;
        take(&fixture, MILLISECOND, &reset);
        assert_int_equal(fixture.last.reset, RESET_REFUSED);
    } else {
        report_error(&fixture, &syn, 3, 13);
    }
    assert_int_equal(fixture.client.state, STATE_CLOSED);
    say_after(&fixture, later, SIDE_CLIENT, TCP_SYN, 0, 0, 0);
    enum tcp_state state = state_of(&fixture, SIDE_CLIENT);
    end(&fixture);
    return state;
}

static void test_attempt_goes_on(void **state) {
    (void)state;
    for (int refused = 0; refused <= 1; refused++) {
        assert_int_equal(after_syn_behind_error(SECOND / 2, refused), STATE_CLOSED);
        assert_int_equal(after_syn_behind_error(SECOND / 2 + 1, refused), STATE_SYN_SENT);
    }
}

/* A SYN of the server: that of the client was still under way, or has been lost. */
static enum tcp_state after_crossing_syn(int64_t later) {
    struct fixture fixture;
    begin(&fixture, PROFILE_LINUX);
    say(&fixture, SIDE_CLIENT, TCP_SYN, 0, 0, 0);
    say_after(&fixture, later, SIDE_SERVER, TCP_SYN, 0, 0, 0);
    assert_true(is_more(&fixture, MORE_SYN_CROSSED));
    enum tcp_state state = state_of(&fixture, SIDE_SERVER);
    end(&fixture);
    return state;
}

static void test_syns_cross(void **state) {
    (void)state;
    assert_int_equal(after_crossing_syn(SECOND - 1), STATE_SYN_RECEIVED);
    assert_int_equal(after_crossing_syn(SECOND), STATE_SYN_SENT);
}

/* A refusal, then a SYN/ACK to the same SYN: was that asked for again? */
static bool is_refusal_contradicted(int64_t later) {
    struct fixture fixture;
    begin(&fixture, PROFILE_LINUX);
    say(&fixture, SIDE_CLIENT, TCP_SYN, 0, 0, 0);
    struct segment reset = of(&fixture, SIDE_SERVER, TCP_RST | TCP_ACK, 0, 1, 0);
    reset.seq = 0;
    take(&fixture, MILLISECOND, &reset);
    say_after(&fixture, later, SIDE_SERVER, TCP_SYN | TCP_ACK, 0, 1, 0);
    assert_int_equal(state_of(&fixture, SIDE_SERVER), STATE_SYN_RECEIVED);
    bool contradicted = is_more(&fixture, MORE_RST_CONTRADICTED);
    assert_int_equal(fixture.last.provoked_by, contradicted ? reset.frame : 0);
    end(&fixture);
    return contradicted;
}

static void test_refused_then_taken(void **state) {
    (void)state;
    assert_true(is_refusal_contradicted(400 * MILLISECOND - 1));
    assert_false(is_refusal_contradicted(400 * MILLISECOND));
}

/* --- while it closes --- */

/* The FIN of the client again, so long after the ACK of it passed. */
static enum tcp_state after_fin_again(int64_t later) {
    struct fixture fixture;
    open_connection(&fixture);
    say(&fixture, SIDE_SERVER, TCP_ACK, 1, 101, 20);
    say(&fixture, SIDE_CLIENT, TCP_ACK, 101, 21, 0);
    say(&fixture, SIDE_CLIENT, TCP_ACK | TCP_FIN, 101, 21, 0);
    say_after(&fixture, SECOND, SIDE_SERVER, TCP_ACK, 21, 102, 0);
    assert_int_equal(state_of(&fixture, SIDE_CLIENT), STATE_FIN_WAIT_2);
    say_after(&fixture, later, SIDE_CLIENT, TCP_ACK | TCP_FIN, 101, 21, 0);
    assert_true(is_fact(&fixture, FACT_FIN_REPEATED));
    enum tcp_state state = state_of(&fixture, SIDE_CLIENT);
    end(&fixture);
    return state;
}

static void test_fin_repeated(void **state) {
    (void)state;
    assert_int_equal(after_fin_again(GUARD * MILLISECOND), STATE_FIN_WAIT_2);
    assert_int_equal(after_fin_again(GUARD * MILLISECOND + 1), STATE_FIN_WAIT_1);
}

/* The server acknowledges all but the FIN of the client, so long after that passed. */
static bool excludes_fin(int64_t later, uint32_t ack, uint32_t seq) {
    struct fixture fixture;
    open_connection(&fixture);
    say(&fixture, SIDE_SERVER, TCP_ACK, 1, 101, 20);
    say(&fixture, SIDE_CLIENT, TCP_ACK, 101, 21, 0);
    say(&fixture, SIDE_CLIENT, TCP_ACK | TCP_FIN, 101, 21, 10);
    say_after(&fixture, later, SIDE_SERVER, TCP_ACK, seq, ack, 5);
    bool excluded = is_more(&fixture, MORE_ACK_EXCLUDES_FIN);
    end(&fixture);
    return excluded;
}

static void test_ack_excludes_fin(void **state) {
    (void)state;
    assert_false(excludes_fin(GUARD * MILLISECOND, 111, 21));
    assert_true(excludes_fin(GUARD * MILLISECOND + 1, 111, 21));
    assert_false(excludes_fin(SECOND, 112, 21)); /* it covers the FIN */
    assert_false(excludes_fin(SECOND, 110, 21)); /* or lacks octets before it, which may have been lost */
    assert_false(excludes_fin(SECOND, 111, 20)); /* or is no new segment */
}

/* --- resets --- */

/* A RST of the server with so many retransmissions of the client unanswered before it; or keep-alives. */
static enum reset_kind reset_after(unsigned repeats, bool keep_alives) {
    struct fixture fixture;
    open_connection(&fixture);
    if (!keep_alives)
        say(&fixture, SIDE_CLIENT, TCP_ACK, 101, 1, 10);
    for (unsigned i = 0; i < repeats; i++) {
        uint32_t seq = keep_alives ? 100 : 101;
        say_after(&fixture, 2 * SECOND, SIDE_CLIENT, TCP_ACK, seq, 1, keep_alives ? 0 : 10);
        assert_true(is_fact(&fixture, keep_alives ? FACT_KEEP_ALIVE : FACT_DATA_REPEATED));
    }
    say_after(&fixture, 2 * SECOND, SIDE_CLIENT, TCP_RST | TCP_ACK, keep_alives ? 101 : 111, 1, 0);
    enum reset_kind kind = (enum reset_kind)fixture.last.reset;
    end(&fixture);
    return kind;
}

static void test_giving_up(void **state) {
    (void)state;
    assert_int_equal(reset_after(2, false), RESET_ABORT);
    assert_int_equal(reset_after(3, false), RESET_USER_TIMEOUT);
    assert_int_equal(reset_after(1, true), RESET_ABORT);
    assert_int_equal(reset_after(2, true), RESET_KEEP_ALIVE_TIMEOUT);
}

/* The client's octets 101 to 200 are not acknowledged; then a RST of it at some number. */
static enum reset_kind reset_at(uint32_t seq, bool *applied) {
    struct fixture fixture;
    open_connection(&fixture);
    say(&fixture, SIDE_CLIENT, TCP_ACK, 101, 1, 100);
    say(&fixture, SIDE_CLIENT, TCP_RST | TCP_ACK, seq, 1, 0);
    enum reset_kind kind = (enum reset_kind)fixture.last.reset;
    *applied = fixture.last.reset_applied;
    assert_int_equal(state_of(&fixture, SIDE_SERVER), *applied ? STATE_CLOSED : STATE_ESTABLISHED);
    end(&fixture);
    return kind;
}

static void test_reset_in_window(void **state) {
    enum { EDGE = 101 + WINDOW };
    static const struct {
        uint32_t seq;
        enum reset_kind kind;
    } resets[] = {{100, RESET_OUT_OF_WINDOW},  {101, RESET_ABORT},
                  {150, RESET_ABORT},          {201, RESET_ABORT},
                  {202, RESET_INEXACT},        {EDGE - 1, RESET_INEXACT},
                  {EDGE, RESET_OUT_OF_WINDOW}, {EDGE + 1, RESET_OUT_OF_WINDOW}};
    (void)state;
    for (size_t i = 0; i < sizeof resets / sizeof resets[0]; i++) {
        bool applied;
        assert_int_equal(reset_at(resets[i].seq, &applied), resets[i].kind);
        assert_int_equal(applied, resets[i].kind == RESET_ABORT);
    }
}

/* The first answer to a SYN is a RST that acknowledges so much. */
static enum reset_kind refused_with(uint16_t flags, uint32_t ack) {
    struct fixture fixture;
    begin(&fixture, PROFILE_LINUX);
    say(&fixture, SIDE_CLIENT, TCP_SYN, 0, 0, 0);
    struct segment reset = of(&fixture, SIDE_SERVER, TCP_RST | flags, 0, ack, 0);
    reset.seq = 0;
    take(&fixture, 10 * MILLISECOND, &reset);
    enum reset_kind kind = (enum reset_kind)fixture.last.reset;
    assert_int_equal(state_of(&fixture, SIDE_CLIENT), kind == RESET_REFUSED ? STATE_CLOSED : STATE_SYN_SENT);
    end(&fixture);
    return kind;
}

static void test_refusal_acknowledges_the_syn(void **state) {
    (void)state;
    assert_int_equal(refused_with(TCP_ACK, 1), RESET_REFUSED);
    assert_int_equal(refused_with(TCP_ACK, 0), RESET_UNACCEPTABLE);
    assert_int_equal(refused_with(TCP_ACK, 2), RESET_UNACCEPTABLE);
    assert_int_equal(refused_with(0, 0), RESET_UNACCEPTABLE);
}

/* The client resets; the server goes on, so long after. */
static bool goes_on_after_reset(int64_t later) {
    struct fixture fixture;
    open_connection(&fixture);
    say(&fixture, SIDE_CLIENT, TCP_RST | TCP_ACK, 101, 1, 0);
    assert_true(fixture.last.reset_applied);
    say_after(&fixture, later, SIDE_SERVER, TCP_ACK, 1, 101, 9);
    bool goes_on = is_more(&fixture, MORE_AFTER_RST);
    assert_int_equal(state_of(&fixture, SIDE_SERVER), goes_on ? STATE_ESTABLISHED : STATE_CLOSED);
    end(&fixture);
    return goes_on;
}

static void test_receiver_goes_on_after_reset(void **state) {
    (void)state;
    assert_false(goes_on_after_reset(GUARD * MILLISECOND));
    assert_true(goes_on_after_reset(GUARD * MILLISECOND + 1));
}

/* The client itself goes on after a RST in its name: it may have been overtaken by that within half a round trip. */
static bool contradicts_reset(int64_t later, uint32_t seq) {
    struct fixture fixture;
    open_connection(&fixture);
    say(&fixture, SIDE_CLIENT, TCP_RST | TCP_ACK, 101, 1, 0);
    say_after(&fixture, later, SIDE_CLIENT, TCP_ACK, seq, 1, 9);
    bool contradicted = is_more(&fixture, MORE_RST_CONTRADICTED);
    end(&fixture);
    return contradicted;
}

static void test_sender_goes_on_after_reset(void **state) {
    (void)state;
    assert_false(contradicts_reset(5 * MILLISECOND, 101));
    assert_true(contradicts_reset(5 * MILLISECOND + 1, 101));
    assert_true(contradicts_reset(SECOND, 92));   /* all of it had passed before */
    assert_false(contradicts_reset(SECOND, 91));  /* and something older came late */
    assert_false(contradicts_reset(SECOND, 102)); /* or something is missing before it */
}

/* --- challenge ACKs (RFC 5961) --- */

/* A RST that is not exact draws an ACK, so long after. */
static bool is_challenged(int64_t later, uint32_t length, uint32_t seq) {
    struct fixture fixture;
    open_connection(&fixture);
    say(&fixture, SIDE_CLIENT, TCP_RST | TCP_ACK, 200, 1, 0);
    assert_int_equal(fixture.last.reset, RESET_INEXACT);
    say_after(&fixture, later, SIDE_SERVER, TCP_ACK, seq, 101, length);
    bool challenged = is_fact(&fixture, FACT_CHALLENGE_ACK);
    assert_int_equal(fixture.last.provoked_by, challenged ? fixture.frame - 1 : 0);
    end(&fixture);
    return challenged;
}

static void test_challenge(void **state) {
    (void)state;
    assert_true(is_challenged(GUARD * MILLISECOND - 1, 0, 1));
    assert_false(is_challenged(GUARD * MILLISECOND, 0, 1));
    assert_false(is_challenged(MILLISECOND, 1, 1));
    assert_false(is_challenged(MILLISECOND, 0, 0));
}

/* --- what no receiver may take --- */

/* All 5100 octets of the client have been acknowledged; then the server acknowledges so much. */
static bool is_too_old(uint32_t ack) {
    struct fixture fixture;
    open_connection(&fixture);
    for (uint32_t i = 0; i < 5; i++) {
        say(&fixture, SIDE_CLIENT, TCP_ACK, 101 + 1000 * i, 1, 1000);
        say(&fixture, SIDE_SERVER, TCP_ACK, 1, 1101 + 1000 * i, 0);
    }
    say(&fixture, SIDE_SERVER, TCP_ACK, 1, ack, 0);
    bool old = is_more(&fixture, MORE_ACK_TOO_OLD);
    assert_true(!old || fixture.last.expected_ack == 5101);
    end(&fixture);
    return old;
}

static void test_ack_is_too_old(void **state) {
    (void)state;
    assert_false(is_too_old(5101));
    assert_false(is_too_old(5101 - WINDOW));
    assert_true(is_too_old(5101 - WINDOW - 1));
}

/* Octets of the client at some number, while all before 101 have been acknowledged. */
static bool is_out_of_window(uint32_t seq, uint32_t length, uint16_t flags) {
    struct fixture fixture;
    open_connection(&fixture);
    say(&fixture, SIDE_CLIENT, TCP_ACK | flags, seq, 1, length);
    bool out = is_more(&fixture, MORE_OUT_OF_WINDOW);
    end(&fixture);
    return out;
}

static void test_octets_beyond_the_window(void **state) {
    enum { EDGE = 101 + WINDOW };
    (void)state;
    assert_false(is_out_of_window(EDGE - 1, 1, 0));
    assert_true(is_out_of_window(EDGE, 1, 0));
    assert_true(is_out_of_window(EDGE, 0, TCP_FIN));
    assert_false(is_out_of_window(EDGE, 0, 0)); /* an ACK occupies nothing */
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_syn_repeated),
        cmocka_unit_test(test_syn_ack_repeated),
        cmocka_unit_test(test_attempt_goes_on),
        cmocka_unit_test(test_syns_cross),
        cmocka_unit_test(test_refused_then_taken),
        cmocka_unit_test(test_fin_repeated),
        cmocka_unit_test(test_ack_excludes_fin),
        cmocka_unit_test(test_giving_up),
        cmocka_unit_test(test_reset_in_window),
        cmocka_unit_test(test_refusal_acknowledges_the_syn),
        cmocka_unit_test(test_receiver_goes_on_after_reset),
        cmocka_unit_test(test_sender_goes_on_after_reset),
        cmocka_unit_test(test_challenge),
        cmocka_unit_test(test_ack_is_too_old),
        cmocka_unit_test(test_octets_beyond_the_window),
    };
    long_way = true; /* ordinary segments are asked about too */
    return cmocka_run_group_tests(tests, NULL, NULL);
}
