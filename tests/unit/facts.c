/* SPDX-License-Identifier: BSD-3-Clause */
#include "exchange.h"

/* What the model says of one segment, just at and just beside each limit. Whole conversations are the scenarios'
 * business. */

/* --- a packet that was recorded twice --- */

enum field { NO_FIELD, SEQ, ACK, FLAGS, LENGTH, WINDOW_FIELD, CHECKSUM, IDENTIFICATION, TIMESTAMP, FIELDS };

static void change(struct segment *segment, enum field field) {
    switch (field) {
    case SEQ:
        segment->seq++;
        break;
    case ACK:
        segment->ack--;
        break;
    case FLAGS:
        segment->flags ^= TCP_PSH;
        break;
    case LENGTH:
        segment->length++;
        segment->payload_captured++;
        break;
    case WINDOW_FIELD:
        segment->window++;
        break;
    case CHECKSUM:
        segment->checksum_seen++;
        break;
    case IDENTIFICATION:
        segment->ip_id++;
        break;
    case TIMESTAMP:
        segment->options.timestamp_value++;
        break;
    default:
        break;
    }
}

/* 50 octets, then the same again with other fields, so much later, with so many hops less. */
static bool is_copy(enum field field, int64_t later, int hops, uint32_t ip_id, uint32_t length) {
    struct fixture fixture;
    open_connection(&fixture);
    struct segment segment = of(&fixture, SIDE_CLIENT, TCP_ACK, 101, 1, length);
    segment.ip_id = ip_id;
    take(&fixture, 10 * MILLISECOND, &segment);
    assert_false(is_fact(&fixture, FACT_COPY));
    segment.frame = ++fixture.frame;
    segment.hop_limit = (uint8_t)(segment.hop_limit - hops);
    change(&segment, field);
    take(&fixture, later, &segment);
    bool copy = is_fact(&fixture, FACT_COPY);
    assert_true(!copy || fixture.last.provoked_by == segment.frame - 1);
    end(&fixture);
    return copy;
}

static void test_copies_agree_in_all(void **state) {
    (void)state;
    for (int field = NO_FIELD; field < FIELDS; field++)
        assert_int_equal(is_copy((enum field)field, MILLISECOND / 2, 0, 300, 50), field == NO_FIELD);
    assert_true(is_copy(NO_FIELD, 0, 0, 300, 50));
    assert_true(is_copy(NO_FIELD, MILLISECOND, 0, 300, 50)); /* settings.duplicate_window */
    assert_false(is_copy(NO_FIELD, MILLISECOND + 1, 0, 300, 50));
    assert_true(is_copy(NO_FIELD, 0, 8, 300, 50));
    assert_false(is_copy(NO_FIELD, 0, 9, 300, 50));
    assert_false(is_copy(NO_FIELD, 0, -1, 300, 50));
    assert_true(is_copy(NO_FIELD, 0, 0, 300, 0)); /* an ACK, by its identification, */
    assert_false(is_copy(NO_FIELD, 0, 0, 0, 0));  /* but not without one */
    assert_true(is_copy(NO_FIELD, 0, 0, 0, 50));
}

/* Without an identification the same octets are the same packet sooner than half a round trip, or with nothing of the
 * peer in between that could have called for them once more. */
static void test_copies_come_soon(void **state) {
    const int64_t round_trip = 600000;
    (void)state;
    for (int way = 0; way < 4; way++) {
        bool later = (way & 1) != 0, called_for = (way & 2) != 0;
        struct fixture fixture;
        open_connection(&fixture);
        say(&fixture, SIDE_SERVER, TCP_ACK, 1, 101, 10);
        struct segment segment = of(&fixture, SIDE_CLIENT, TCP_ACK, 101, 11, 0);
        take(&fixture, round_trip, &segment);
        segment = of(&fixture, SIDE_CLIENT, TCP_ACK, 101, 11, 50);
        segment.ip_id = 0;
        take(&fixture, 10 * MILLISECOND, &segment);
        struct segment call = of(&fixture, SIDE_SERVER, TCP_ACK, 11, 101, 10);
        if (called_for) {
            take(&fixture, 0, &call);
        }
        segment.frame = ++fixture.frame;
        take(&fixture, round_trip / 2 - 1 + later, &segment);
        assert_int_equal(is_fact(&fixture, FACT_COPY), !later || !called_for);
        end(&fixture);
    }
}

/* Of the last segments of a side, not of one before them. */
static void test_copies_of_recent_segments(void **state) {
    (void)state;
    for (uint32_t between = 0; between <= RECENT_SEGMENTS; between++) {
        struct fixture fixture;
        open_connection(&fixture);
        struct segment first = of(&fixture, SIDE_CLIENT, TCP_ACK, 101, 1, 10);
        take(&fixture, 10 * MILLISECOND, &first);
        for (uint32_t i = 1; i <= between; i++) {
            struct segment next = of(&fixture, SIDE_CLIENT, TCP_ACK, 101 + 10 * i, 1, 10);
            take(&fixture, 0, &next);
        }
        first.frame = ++fixture.frame;
        take(&fixture, 0, &first);
        assert_int_equal(is_fact(&fixture, FACT_COPY), between < RECENT_SEGMENTS);
        end(&fixture);
    }
}

/* --- D-SACK (RFC 2883 4) --- */

/* The server acknowledges 101, which has octets 101 to 400 outstanding, and reports these blocks. */
static bool reports(uint8_t blocks, uint32_t begin_one, uint32_t end_one, uint32_t begin_two, uint32_t end_two) {
    struct fixture fixture;
    open_connection(&fixture);
    say(&fixture, SIDE_CLIENT, TCP_ACK, 101, 1, 300);
    struct segment segment = of(&fixture, SIDE_SERVER, TCP_ACK, 1, 101, 0);
    segment.options.present = OPTION_SACK;
    segment.options.sack_count = blocks;
    segment.options.sack[0].begin = ISN_CLIENT + begin_one;
    segment.options.sack[0].end = ISN_CLIENT + end_one;
    segment.options.sack[1].begin = ISN_CLIENT + begin_two;
    segment.options.sack[1].end = ISN_CLIENT + end_two;
    take(&fixture, 10 * MILLISECOND, &segment);
    bool duplicate = is_more(&fixture, MORE_DUPLICATE_SACK);
    end(&fixture);
    return duplicate;
}

static void test_duplicate_sack(void **state) {
    (void)state;
    assert_true(reports(1, 51, 101, 0, 0));   /* up to the ACK */
    assert_false(reports(1, 51, 102, 0, 0));  /* and one octet beyond it */
    assert_false(reports(1, 201, 301, 0, 0)); /* what has come out of order */
    assert_false(reports(0, 51, 101, 0, 0));  /* no block at all */
    assert_false(reports(1, 60, 60, 0, 0));   /* an empty one */
    assert_false(reports(1, 61, 60, 0, 0));
    assert_true(reports(1, 60, 61, 0, 0));
    assert_true(reports(2, 201, 301, 201, 301));  /* within the second: all of it, */
    assert_true(reports(2, 201, 211, 201, 301));  /* its beginning, */
    assert_true(reports(2, 291, 301, 201, 301));  /* its end, */
    assert_false(reports(2, 200, 210, 201, 301)); /* but not across its beginning */
    assert_false(reports(2, 291, 302, 201, 301)); /* or its end, */
    assert_false(reports(1, 201, 211, 201, 301)); /* nor where there is no second */
    assert_false(reports(2, 151, 161, 201, 301)); /* or it lies elsewhere */
    assert_false(reports(2, 351, 361, 201, 301));
}

/* The highest end of all blocks counts, whichever comes first, and only that of the latest ACK. */
static void test_highest_block(void **state) {
    (void)state;
    for (int highest = 0; highest < 4; highest++) {
        struct fixture fixture;
        open_connection(&fixture);
        say(&fixture, SIDE_CLIENT, TCP_ACK, 101, 1, 300);
        struct segment segment = of(&fixture, SIDE_SERVER, TCP_ACK, 1, 101, 0);
        segment.options.present = OPTION_SACK;
        segment.options.sack_count = 4;
        for (int i = 0; i < 4; i++) {
            segment.options.sack[i].begin = ISN_CLIENT + 111 + 20 * (uint32_t)i;
            segment.options.sack[i].end = ISN_CLIENT + (i == highest ? 301 : 121 + 20 * (uint32_t)i);
        }
        take(&fixture, 10 * MILLISECOND, &segment);
        const struct endpoint *server = &fixture.last.connection->side[SIDE_SERVER];
        assert_int_equal(server->sack_edge, 301);
        say(&fixture, SIDE_SERVER, TCP_ACK, 1, 401, 0);
        assert_int_equal(server->sack_edge, 0);
        end(&fixture);
    }
}

/* --- timestamps (RFC 7323 4.3) --- */

static void say_stamped(struct fixture *fixture, enum side side, uint16_t flags, uint32_t seq, uint32_t ack,
                        uint32_t length, uint32_t value) {
    struct segment segment = of(fixture, side, flags, seq, ack, length);
    segment.options.present |= OPTION_TIMESTAMPS;
    segment.options.timestamp_value = value;
    take(fixture, 10 * MILLISECOND, &segment);
}

/* TS.Recent goes on with what begins no higher than the latest ACK. */
static void test_recent_timestamp(void **state) {
    (void)state;
    struct fixture fixture;
    begin(&fixture, PROFILE_LINUX);
    say_stamped(&fixture, SIDE_CLIENT, TCP_SYN, 0, 0, 0, 10);
    const struct endpoint *client = &fixture.last.connection->side[SIDE_CLIENT];
    say_stamped(&fixture, SIDE_SERVER, TCP_SYN | TCP_ACK, 0, 1, 0, 90);
    say_stamped(&fixture, SIDE_CLIENT, TCP_ACK, 1, 1, 0, 11);
    say_stamped(&fixture, SIDE_CLIENT, TCP_ACK, 1, 1, 100, 12);
    say_stamped(&fixture, SIDE_SERVER, TCP_ACK, 1, 101, 0, 91);
    for (uint32_t seq = 101, value = 13; seq < 1000; seq += 200, value += 10) {
        say_stamped(&fixture, SIDE_CLIENT, TCP_ACK, seq, 1, 100, value);
        assert_int_equal(client->tsval_recent, value);
        say_stamped(&fixture, SIDE_CLIENT, TCP_ACK, seq + 100, 1, 100, value + 1);
        assert_int_equal(client->tsval_recent, value);
        say_stamped(&fixture, SIDE_SERVER, TCP_ACK, 1, seq + 200, 0, 80 + value);
    }
    uint32_t fresh = client->fresh_tsval; /* of the latest that had a timestamp */
    say(&fixture, SIDE_CLIENT, TCP_ACK, 1101, 1, 100);
    assert_int_equal(client->fresh_tsval, fresh);
    end(&fixture);
}

/* --- the window --- */

static void test_window_is_filled(void **state) {
    (void)state;
    for (uint32_t less = 0; less <= 1; less++) {
        struct fixture fixture;
        open_connection(&fixture);
        for (uint32_t i = 0; i < 3; i++) {
            say(&fixture, SIDE_CLIENT, TCP_ACK, 101 + 1000 * i, 1, 1000);
            assert_false(is_more(&fixture, MORE_WINDOW_FULL));
        }
        say(&fixture, SIDE_CLIENT, TCP_ACK, 3101, 1, 1000 - less);
        assert_int_equal(is_more(&fixture, MORE_WINDOW_FULL), less == 0);
        end(&fixture);
    }
}

/* With everything acknowledged, a segment of so many octets so far below SND.NXT after such a silence. */
static bool is_keep_alive(int64_t silence, uint32_t below, uint32_t length, uint16_t flags) {
    struct fixture fixture;
    open_connection(&fixture);
    struct segment segment = of(&fixture, SIDE_CLIENT, TCP_ACK | flags, 101 - below, 1, length);
    take(&fixture, silence, &segment);
    bool found = is_fact(&fixture, FACT_KEEP_ALIVE);
    end(&fixture);
    return found;
}

static void test_keep_alive(void **state) {
    (void)state;
    assert_true(is_keep_alive(SECOND, 1, 0, 0));
    assert_true(is_keep_alive(SECOND, 1, 1, 0));
    assert_false(is_keep_alive(SECOND, 1, 2, 0));
    assert_false(is_keep_alive(SECOND, 2, 0, 0));
    assert_false(is_keep_alive(SECOND, 0, 0, 0));
    assert_false(is_keep_alive(SECOND, 1, 1, TCP_FIN));
    assert_true(is_keep_alive(SECOND - TICK, 1, 0, 0));
    assert_false(is_keep_alive(SECOND - TICK - 1, 1, 0, 0));
}

static void test_keep_alive_wants_all_acknowledged(void **state) {
    (void)state;
    struct fixture fixture;
    open_connection(&fixture);
    say(&fixture, SIDE_CLIENT, TCP_ACK, 101, 1, 10);
    struct segment segment = of(&fixture, SIDE_CLIENT, TCP_ACK, 110, 1, 0);
    take(&fixture, 2 * SECOND, &segment);
    assert_false(is_fact(&fixture, FACT_KEEP_ALIVE));
    end(&fixture);
}

static bool is_window_probe(uint16_t window, uint32_t seq, uint32_t length, uint16_t flags) {
    struct fixture fixture;
    open_connection(&fixture);
    say(&fixture, SIDE_CLIENT, TCP_ACK, 101, 1, 100);
    struct segment segment = of(&fixture, SIDE_SERVER, TCP_ACK, 1, 151, 0);
    segment.window = window;
    take(&fixture, 10 * MILLISECOND, &segment);
    segment = of(&fixture, SIDE_CLIENT, TCP_ACK | flags, seq, 1, length);
    take(&fixture, SECOND, &segment);
    bool found = is_fact(&fixture, FACT_WINDOW_PROBE);
    end(&fixture);
    return found;
}

static void test_window_probe(void **state) {
    (void)state;
    assert_true(is_window_probe(0, 201, 1, 0)); /* at SND.NXT, */
    assert_true(is_window_probe(0, 151, 1, 0)); /* at SND.UNA, */
    assert_true(is_window_probe(0, 150, 0, 0)); /* or below it, without an octet */
    assert_false(is_window_probe(0, 201, 2, 0));
    assert_false(is_window_probe(0, 151, 2, 0));
    assert_false(is_window_probe(0, 152, 1, 0));
    assert_false(is_window_probe(0, 200, 1, 0));
    assert_false(is_window_probe(0, 151, 0, 0));
    assert_false(is_window_probe(0, 149, 0, 0));
    assert_false(is_window_probe(0, 201, 1, TCP_FIN));
    assert_false(is_window_probe(1, 201, 1, 0));
    assert_false(is_window_probe(1, 150, 0, 0));
}

/* --- what a SYN/ACK offers --- */

static bool is_changed(void (*change_it)(struct segment *)) {
    struct fixture fixture;
    begin(&fixture, PROFILE_LINUX);
    say(&fixture, SIDE_CLIENT, TCP_SYN, 0, 0, 0);
    struct segment segment = of(&fixture, SIDE_SERVER, TCP_SYN | TCP_ACK, 0, 1, 0);
    take(&fixture, 10 * MILLISECOND, &segment);
    assert_false(is_more(&fixture, MORE_OFFER_CHANGED));
    segment.frame = ++fixture.frame;
    segment.ip_id++;
    change_it(&segment);
    take(&fixture, SECOND, &segment);
    bool changed = is_more(&fixture, MORE_OFFER_CHANGED);
    end(&fixture);
    return changed;
}

static void nothing(struct segment *segment) {
    segment->hop_limit--;
}

static void timestamp(struct segment *segment) {
    segment->options.timestamp_value++;
}

static void maximum_segment_size(struct segment *segment) {
    segment->options.mss++;
}

static void window(struct segment *segment) {
    segment->window++;
}

static void window_scale(struct segment *segment) {
    segment->options.window_scale++;
}

static void one_option_more(struct segment *segment) {
    segment->options.present |= OPTION_SACK_PERMITTED;
}

static void no_maximum(struct segment *segment) {
    segment->options.present = 0;
}

static void congestion(struct segment *segment) {
    segment->flags |= TCP_ECE;
}

static void cookie(struct segment *segment) {
    segment->options.fast_open_cookie_length = 8;
}

static void cut_and_changed(struct segment *segment) {
    segment->options.present = OPTION_CUT;
}

static void test_offer_changes(void **state) {
    (void)state;
    assert_false(is_changed(nothing));
    assert_false(is_changed(timestamp));
    assert_false(is_changed(cut_and_changed)); /* nobody knows */
    assert_true(is_changed(maximum_segment_size));
    assert_true(is_changed(window));
    assert_true(is_changed(window_scale));
    assert_true(is_changed(one_option_more));
    assert_true(is_changed(no_maximum));
    assert_true(is_changed(congestion));
    assert_true(is_changed(cookie));
}

/* --- what a side in SYN_RECEIVED can use --- */

static bool is_unfit(uint16_t flags, uint32_t seq, uint32_t ack) {
    struct fixture fixture;
    begin(&fixture, PROFILE_LINUX);
    say(&fixture, SIDE_CLIENT, TCP_SYN, 0, 0, 0);
    say(&fixture, SIDE_SERVER, TCP_SYN | TCP_ACK, 0, 1, 0);
    say(&fixture, SIDE_CLIENT, flags, seq, ack, 0);
    bool unfit = is_more(&fixture, MORE_OPENING_UNFIT);
    end(&fixture);
    return unfit;
}

static void test_segment_fits_opening(void **state) {
    (void)state;
    assert_false(is_unfit(TCP_ACK, 1, 1));
    assert_true(is_unfit(TCP_ACK, 1, 0));
    assert_true(is_unfit(TCP_ACK, 1, 2));
    assert_true(is_unfit(TCP_PSH, 1, 0)); /* no ACK at all */
    assert_false(is_unfit(TCP_ACK, 0, 1));
    assert_true(is_unfit(TCP_ACK, UINT32_MAX, 1)); /* below its SYN */
    assert_false(is_unfit(TCP_ACK, WINDOW, 1));    /* the last octet of the window, and the first behind it */
    assert_true(is_unfit(TCP_ACK, WINDOW + 1, 1));
}

/* --- ECN (RFC 3168 6.1.1) --- */

static bool is_unasked(uint16_t client, uint16_t server, uint16_t flags) {
    struct fixture fixture;
    begin(&fixture, PROFILE_LINUX);
    say(&fixture, SIDE_CLIENT, TCP_SYN | client, 0, 0, 0);
    say(&fixture, SIDE_SERVER, TCP_SYN | TCP_ACK | server, 0, 1, 0);
    say(&fixture, SIDE_CLIENT, TCP_ACK | flags, 1, 1, 0);
    bool unasked = is_more(&fixture, MORE_ECN_UNASKED);
    end(&fixture);
    return unasked;
}

static void test_congestion_is_agreed(void **state) {
    (void)state;
    assert_false(is_unasked(TCP_ECE | TCP_CWR, TCP_ECE, TCP_ECE));
    assert_false(is_unasked(TCP_ECE | TCP_CWR, TCP_ECE, TCP_CWR));
    assert_true(is_unasked(TCP_ECE | TCP_CWR, 0, TCP_ECE));
    assert_true(is_unasked(TCP_ECE | TCP_CWR, 0, TCP_CWR));
    assert_true(is_unasked(TCP_ECE, TCP_ECE, TCP_ECE));
    assert_true(is_unasked(TCP_CWR, TCP_ECE, TCP_ECE));
    assert_true(is_unasked(0, TCP_ECE, TCP_ECE));
    assert_false(is_unasked(0, 0, 0));
    assert_false(is_unasked(TCP_AE | TCP_ECE | TCP_CWR, TCP_AE, TCP_ECE));
}

/* --- ACKs that answer each other for ever --- */

/* So many of each side in turn, the client's last so long after its first; the server answers with so many at a time.
 */
static bool is_loop(unsigned count, int64_t lasts, unsigned answers) {
    struct fixture fixture;
    bool found = false;
    open_connection(&fixture);
    for (unsigned i = 0; i < count && !found; i++) {
        say_after(&fixture, i > 0 && i + 1 == count ? lasts - (int64_t)(i - 1) * 1000 : 1000, SIDE_CLIENT, TCP_ACK, 101,
                  1, 0);
        found = is_more(&fixture, MORE_ACK_LOOP);
        for (unsigned k = 0; k < answers && !found; k++) {
            say_after(&fixture, 0, SIDE_SERVER, TCP_ACK, 1, 101, 0);
            found = is_more(&fixture, MORE_ACK_LOOP);
        }
        assert_true(!found || i + 1 == count);
    }
    end(&fixture);
    return found;
}

static void test_ack_loop(void **state) {
    (void)state;
    assert_false(is_loop(ACK_LOOP, SECOND / 2, 1));
    assert_true(is_loop(ACK_LOOP + 1, SECOND / 2, 1));
    assert_true(is_loop(ACK_LOOP + 1, SECOND, 1));
    assert_false(is_loop(ACK_LOOP + 1, SECOND + 1, 1));
    assert_false(is_loop(3 * ACK_LOOP, SECOND / 2, 4)); /* that is no answer */
}

/* Octets in between end a loop: what comes then is counted, and timed, from there on. */
static void test_ack_loop_begins_anew(void **state) {
    (void)state;
    for (int64_t pause = 0; pause <= SECOND; pause += SECOND / 2) {
        struct fixture fixture;
        open_connection(&fixture);
        for (unsigned i = 0; i < ACK_LOOP - 1; i++) {
            say_after(&fixture, 1000, SIDE_CLIENT, TCP_ACK, 101, 1, 0);
            say_after(&fixture, 0, SIDE_SERVER, TCP_ACK, 1, 101, 0);
        }
        say_after(&fixture, pause, SIDE_CLIENT, TCP_ACK | TCP_PSH, 51, 1, 50);
        say_after(&fixture, 0, SIDE_SERVER, TCP_ACK | TCP_PSH, 1, 101, 50);
        for (unsigned i = 1; i <= ACK_LOOP + 1; i++) {
            say_after(&fixture, 15 * MILLISECOND, SIDE_CLIENT, TCP_ACK, 101, 1, 0);
            say_after(&fixture, 0, SIDE_SERVER, TCP_ACK, 1, 101, 0);
            assert_int_equal(is_more(&fixture, MORE_ACK_LOOP), i == ACK_LOOP + 1);
        }
        end(&fixture);
    }
}

/* --- ICMP errors that end an attempt --- */

static bool gives_up(enum profile profile, uint8_t version, uint8_t type, uint8_t code) {
    struct fixture fixture;
    begin(&fixture, profile);
    struct segment syn = of(&fixture, SIDE_CLIENT, TCP_SYN, 0, 0, 0);
    syn.source.version = syn.destination.version = version;
    take(&fixture, 0, &syn);
    report_error(&fixture, &syn, type, code);
    bool closed = fixture.client.state == STATE_CLOSED;
    assert_true(closed || fixture.client.state == STATE_SYN_SENT);
    end(&fixture);
    return closed;
}

/* Of "destination unreachable" the codes, bit n for code n; and whether the other errors end it too. */
static const struct {
    uint16_t unreachable;
    uint16_t unreachable_6;
    bool time_exceeded;
    bool parameter_problem;
} given_up[PROFILES] = {
    [PROFILE_LINUX] = {0xffef, 0xffff, true, true}, /* all but "fragmentation needed" */
    [PROFILE_RFC] = {1 << 2 | 1 << 3, 1 << 1 | 1 << 4, false, false},
    [PROFILE_BSD] = {1 << 2 | 1 << 3 | 1 << 9 | 1 << 10 | 1 << 13, 1 << 1 | 1 << 4, true, false},
    [PROFILE_WINDOWS] = {1 << 2 | 1 << 3, 1 << 1 | 1 << 4, false, false},
    [PROFILE_MACOS] = {1 << 2 | 1 << 3 | 1 << 9 | 1 << 10 | 1 << 13, 1 << 4, true, false},
};

static void test_errors_that_end_an_attempt(void **state) {
    (void)state;
    for (int i = 0; i < PROFILES; i++) {
        enum profile profile = (enum profile)i;
        for (uint8_t code = 0; code < 16; code++) {
            assert_int_equal(gives_up(profile, 4, 3, code), given_up[i].unreachable >> code & 1);
            assert_int_equal(gives_up(profile, 6, 1, code), given_up[i].unreachable_6 >> code & 1);
        }
        assert_false(gives_up(profile, 4, 3, 16)); /* there is no such code */
        assert_false(gives_up(profile, 6, 1, 16));
        assert_int_equal(gives_up(profile, 4, 11, 0), given_up[i].time_exceeded);
        assert_int_equal(gives_up(profile, 6, 3, 0), given_up[i].time_exceeded);
        assert_int_equal(gives_up(profile, 4, 12, 0), given_up[i].parameter_problem);
        assert_int_equal(gives_up(profile, 6, 4, 0), given_up[i].parameter_problem);
        assert_false(gives_up(profile, 4, 4, 0)); /* source quench */
        assert_false(gives_up(profile, 4, 1, 3)); /* each version has types of its own */
        assert_false(gives_up(profile, 6, 11, 0));
        assert_false(gives_up(profile, 6, 12, 0));
        assert_false(gives_up(profile, 6, 2, 0)); /* "packet too big" */
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_copies_agree_in_all),
        cmocka_unit_test(test_copies_come_soon),
        cmocka_unit_test(test_copies_of_recent_segments),
        cmocka_unit_test(test_duplicate_sack),
        cmocka_unit_test(test_highest_block),
        cmocka_unit_test(test_recent_timestamp),
        cmocka_unit_test(test_window_is_filled),
        cmocka_unit_test(test_keep_alive),
        cmocka_unit_test(test_keep_alive_wants_all_acknowledged),
        cmocka_unit_test(test_window_probe),
        cmocka_unit_test(test_offer_changes),
        cmocka_unit_test(test_segment_fits_opening),
        cmocka_unit_test(test_congestion_is_agreed),
        cmocka_unit_test(test_ack_loop),
        cmocka_unit_test(test_ack_loop_begins_anew),
        cmocka_unit_test(test_errors_that_end_an_attempt),
    };
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    long_way = true;
    return failed + cmocka_run_group_tests_name("the long way", tests, NULL, NULL);
}
