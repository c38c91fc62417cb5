/* SPDX-License-Identifier: BSD-3-Clause */
#include "rules/views.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

/* Two openings as a NAT shows them: connection 1 on the side of the client, 2 on that of the server. */
enum { MUCH = 1 << 24 }; /* octets */
enum { NEAR_SYN, FAR_SYN, FAR_ANSWER, NEAR_ANSWER, SEGMENTS };

static struct address host(uint8_t last) {
    struct address address = {.version = 4, .octets = {10, 0, 0, last}};
    return address;
}

static struct segment syn(uint64_t frame, uint8_t client, uint16_t port, uint8_t hops) {
    struct segment segment = {.frame = frame,
                              .time = (int64_t)frame * 1000000,
                              .source = host(client),
                              .destination = host(9),
                              .source_port = port,
                              .destination_port = 443,
                              .seq = 0x12345678,
                              .flags = TCP_SYN,
                              .hop_limit = hops};
    segment.options.present = OPTION_TIMESTAMPS | OPTION_MSS;
    segment.options.timestamp_value = 777000;
    return segment;
}

static struct segment answer(uint64_t frame, uint8_t client, uint16_t port, uint8_t hops) {
    struct segment segment = syn(frame, client, port, hops);
    segment.source = host(9);
    segment.destination = host(client);
    segment.source_port = 443;
    segment.destination_port = port;
    segment.seq = 0x87654321;
    segment.ack = 0x12345679;
    segment.flags = TCP_SYN | TCP_ACK;
    segment.options.timestamp_value = 4242;
    return segment;
}

static void translated(struct segment segments[SEGMENTS]) {
    segments[NEAR_SYN] = syn(1, 1, 50000, 64);
    segments[FAR_SYN] = syn(2, 2, 61000, 63);
    segments[FAR_ANSWER] = answer(3, 2, 61000, 60);
    segments[NEAR_ANSWER] = answer(4, 1, 50000, 59);
}

static void take(struct views *views, const struct segment *segment, uint64_t connection) {
    assert_true(views_segment(views, segment, connection));
}

/* By their frames. */
static void take_all(struct views *views, const struct segment segments[SEGMENTS]) {
    static const uint64_t ids[] = {1, 2, 2, 1};
    for (uint64_t frame = 0; frame <= 20; frame++)
        for (int i = 0; i < SEGMENTS; i++)
            if (segments[i].frame == frame)
                take(views, &segments[i], ids[i]);
}

static struct other_view seen_from(struct views *views, uint64_t connection, enum side side) {
    struct other_view others[SIDES] = {{0}};
    assert_true(views_end(views, connection, others));
    assert_int_equal(others[other_side(side)].connection, 0);
    return others[side];
}

static enum certainty how_sure(const struct segment segments[SEGMENTS], uint8_t changed) {
    struct views *views = views_new(MUCH);
    assert_non_null(views);
    take_all(views, segments);
    struct other_view far = seen_from(views, 1, SIDE_SERVER), near = seen_from(views, 2, SIDE_CLIENT);
    views_free(views);
    assert_int_equal(far.connection == 2, near.connection == 1);
    if (far.connection == 0)
        return CERTAINTY_REFUTED;
    assert_int_equal(far.changed, changed);
    assert_int_equal(near.changed, changed);
    assert_int_equal(far.certainty, near.certainty);
    return (enum certainty)far.certainty;
}

static void both_sides_are_one(void **state) {
    struct segment segments[SEGMENTS];
    (void)state;
    translated(segments);
    assert_int_equal(how_sure(segments, VIEW_ADDRESS | VIEW_PORT), CERTAINTY_CERTAIN);
}

static void another_network_is_no_change(void **state) {
    struct segment segments[SEGMENTS];
    (void)state;
    translated(segments);
    for (int i = 0; i < SEGMENTS; i++) {
        bool up = (segments[i].flags & TCP_ACK) == 0;
        *(up ? &segments[i].source : &segments[i].destination) = host(1);
        *(up ? &segments[i].source_port : &segments[i].destination_port) = 50000;
    }
    assert_int_equal(how_sure(segments, 0), CERTAINTY_CERTAIN);
}

static void servers_are_translated_too(void **state) {
    struct segment segments[SEGMENTS];
    (void)state;
    translated(segments);
    segments[FAR_SYN].destination = segments[FAR_ANSWER].source = host(99);
    segments[FAR_SYN].destination_port = segments[FAR_ANSWER].source_port = 8443;
    assert_int_equal(how_sure(segments, VIEW_ADDRESS | VIEW_PORT | VIEW_ADDRESS << 2 | VIEW_PORT << 2),
                     CERTAINTY_CERTAIN);
}

static void without_timestamps(struct segment segments[SEGMENTS]) {
    for (int i = 0; i < SEGMENTS; i++)
        segments[i].options.present = OPTION_MSS;
}

static void without_timestamps_it_is_presumed(void **state) {
    struct segment segments[SEGMENTS];
    (void)state;
    translated(segments);
    without_timestamps(segments);
    for (int i = 0; i < SEGMENTS; i++)
        segments[i].options.timestamp_value = 0;
    assert_int_equal(how_sure(segments, VIEW_ADDRESS | VIEW_PORT), CERTAINTY_PRESUMED);
    segments[FAR_SYN].destination = segments[FAR_ANSWER].source = host(99); /* nothing stays */
    assert_int_equal(how_sure(segments, 0), CERTAINTY_REFUTED);
}

static void without_a_hop_it_is_presumed(void **state) {
    struct segment segments[SEGMENTS];
    (void)state;
    translated(segments);
    segments[FAR_SYN].hop_limit = 64;
    segments[NEAR_ANSWER].hop_limit = 60;
    assert_int_equal(how_sure(segments, VIEW_ADDRESS | VIEW_PORT), CERTAINTY_PRESUMED);
    without_timestamps(segments);
    assert_int_equal(how_sure(segments, 0), CERTAINTY_REFUTED);
}

/* In one direction it costs a hop, in the other none. */
static void with_a_hop_one_way(void **state) {
    struct segment segments[SEGMENTS];
    (void)state;
    for (int i = 0; i < 2; i++) {
        translated(segments);
        segments[i == 0 ? FAR_SYN : NEAR_ANSWER].hop_limit = i == 0 ? 64 : 60;
        assert_int_equal(how_sure(segments, VIEW_ADDRESS | VIEW_PORT), CERTAINTY_PRESUMED);
        without_timestamps(segments);
        assert_int_equal(how_sure(segments, 0), CERTAINTY_REFUTED);
    }
}

/* Which end it is that stays does not matter. */
static void only_servers_are_translated(void **state) {
    struct segment segments[SEGMENTS];
    (void)state;
    translated(segments);
    without_timestamps(segments);
    segments[FAR_SYN].source = segments[FAR_ANSWER].destination = host(1);
    segments[FAR_SYN].source_port = segments[FAR_ANSWER].destination_port = 50000;
    segments[FAR_SYN].destination = segments[FAR_ANSWER].source = host(99);
    assert_int_equal(how_sure(segments, VIEW_ADDRESS << 2), CERTAINTY_PRESUMED);
}

/* Each alone is enough to say nothing. */
static void near_misses(void **state) {
    struct segment good[SEGMENTS], segments[SEGMENTS];
    (void)state;
    translated(good);
#define MISS(change)                                                                                                   \
    memcpy(segments, good, sizeof segments);                                                                           \
    change;                                                                                                            \
    assert_int_equal(how_sure(segments, 0), CERTAINTY_REFUTED)
    MISS(segments[FAR_SYN].seq++; segments[FAR_ANSWER].ack++);
    MISS(segments[NEAR_ANSWER].seq++);
    MISS(segments[FAR_SYN].frame = 5; segments[FAR_ANSWER].frame = 6);     /* one after the other */
    MISS(segments[NEAR_ANSWER].frame = 3; segments[FAR_ANSWER].frame = 4); /* crossing */
    MISS(segments[NEAR_SYN].frame = 2; segments[FAR_SYN].frame = 1);       /* the SYN came from over there */
    MISS(segments[FAR_SYN].hop_limit = 65);
    MISS(segments[NEAR_ANSWER].hop_limit = 61);
    MISS(segments[FAR_SYN].options.timestamp_value++);
    MISS(segments[NEAR_ANSWER].options.timestamp_value++);
    MISS(segments[NEAR_ANSWER].options.present = OPTION_MSS);
    MISS(segments[FAR_SYN].time += 1001000000;
         segments[FAR_ANSWER].time = segments[NEAR_ANSWER].time = segments[FAR_SYN].time + 1);
    MISS(segments[NEAR_ANSWER].time += 1000000001);
    MISS(segments[FAR_ANSWER].ack++);
    MISS(segments[FAR_SYN].options.present |= OPTION_CUT);
    MISS(for (int i = 0; i < SEGMENTS; i++) if ((segments[i].flags & TCP_ACK) == 0) segments[i].seq = 1000;
         else segments[i].ack = 1001); /* a number that a program wrote */
    MISS(segments[FAR_ANSWER].seq = segments[NEAR_ANSWER].seq = UINT16_MAX);
    MISS(segments[FAR_SYN].flags |= TCP_FIN);
#undef MISS
}

/* A second on either way is no longer than a device may take. */
static void at_the_longest_delay(void **state) {
    struct segment segments[SEGMENTS];
    (void)state;
    translated(segments);
    segments[FAR_SYN].time = segments[FAR_ANSWER].time = segments[NEAR_SYN].time + 1000000000;
    segments[NEAR_ANSWER].time = segments[FAR_ANSWER].time + 1000000000;
    assert_int_equal(how_sure(segments, VIEW_ADDRESS | VIEW_PORT), CERTAINTY_CERTAIN);
    segments[FAR_ANSWER].seq = segments[NEAR_ANSWER].seq = UINT16_MAX + 1; /* the least that no program writes */
    assert_int_equal(how_sure(segments, VIEW_ADDRESS | VIEW_PORT), CERTAINTY_CERTAIN);
}

/* Clocks that stand at 0 are no proof. */
static void timestamps_of_nothing(void **state) {
    struct segment segments[SEGMENTS];
    (void)state;
    translated(segments);
    for (int i = 0; i < SEGMENTS; i++)
        segments[i].options.timestamp_value = 0;
    assert_int_equal(how_sure(segments, VIEW_ADDRESS | VIEW_PORT), CERTAINTY_PRESUMED);
}

/* A SYN that came again counts from its first passage on, and its delay is that of the latest. */
static void repeated_before_the_answer(void **state) {
    struct segment segments[SEGMENTS];
    (void)state;
    for (int far_too = 0; far_too < 2; far_too++) {
        struct views *views = views_new(MUCH);
        translated(segments);
        struct segment near_again = segments[NEAR_SYN], far_again = segments[FAR_SYN];
        near_again.frame = 3;
        near_again.time += far_too ? INT64_C(3000000000) : 500000000;
        far_again.frame = 4;
        far_again.time = near_again.time + 1000000;
        segments[FAR_ANSWER].frame = 5;
        segments[NEAR_ANSWER].frame = 6;
        segments[FAR_ANSWER].time = segments[NEAR_ANSWER].time = far_again.time + 1000000;
        take(views, &segments[NEAR_SYN], 1);
        take(views, &segments[FAR_SYN], 2);
        take(views, &near_again, 1);
        if (far_too)
            take(views, &far_again, 2);
        take(views, &segments[FAR_ANSWER], 2);
        take(views, &segments[NEAR_ANSWER], 1);
        assert_int_equal(seen_from(views, 1, SIDE_SERVER).connection, 2);
        views_free(views);
    }
}

/* What comes behind the answer no longer counts: the SYN had been answered when it was sent again. */
static void repeated_behind_the_answer(void **state) {
    struct segment segments[SEGMENTS];
    struct views *views = views_new(MUCH);
    (void)state;
    translated(segments);
    struct segment again = segments[FAR_SYN];
    again.frame = 4;
    again.time = segments[NEAR_SYN].time + 1000000001;
    segments[NEAR_ANSWER].frame = 5;
    segments[NEAR_ANSWER].time = segments[FAR_ANSWER].time + 1000000000;
    take(views, &segments[NEAR_SYN], 1);
    take(views, &segments[FAR_SYN], 2);
    take(views, &segments[FAR_ANSWER], 2);
    take(views, &again, 2);
    take(views, &segments[NEAR_ANSWER], 1);
    assert_int_equal(seen_from(views, 1, SIDE_SERVER).connection, 2);
    views_free(views);
}

/* A SYN of another number, or of the other side, is another attempt, which begins where that one passes. */
static void another_attempt(void **state) {
    struct segment segments[SEGMENTS];
    (void)state;
    for (int number = 0; number < 2; number++) {
        struct views *views = views_new(MUCH);
        translated(segments);
        struct segment first = segments[NEAR_SYN];
        for (int i = 0; i < SEGMENTS; i++)
            segments[i].frame += 2;
        segments[NEAR_SYN].frame = number == 0 ? 2 : 4;
        segments[FAR_SYN].frame = 3;
        if (number == 1) {
            first.seq++;
        } else {
            first.source = host(9);
            first.destination = host(1);
            first.source_port = 443;
            first.destination_port = 50000;
        }
        take(views, &first, 1);
        take(views, &segments[number == 0 ? NEAR_SYN : FAR_SYN], number == 0 ? 1 : 2);
        take(views, &segments[number == 0 ? FAR_SYN : NEAR_SYN], number == 0 ? 2 : 1);
        take(views, &segments[FAR_ANSWER], 2);
        take(views, &segments[NEAR_ANSWER], 1);
        struct other_view far = seen_from(views, 1, SIDE_SERVER);
        assert_int_equal(far.connection, number == 0 ? 2 : 0);
        assert_int_equal(far.changed, number == 0 ? VIEW_ADDRESS | VIEW_PORT : 0);
        views_free(views);
    }
}

/* Whatever place other numbers share with these, they are no others. */
static void other_numbers_in_that_place(void **state) {
    enum { PAIRS = 4 * VIEWS_OPENINGS };
    struct views *views = views_new(MUCH);
    (void)state;
    for (uint32_t pair = 0; pair < PAIRS; pair++) {
        struct segment segments[SEGMENTS];
        translated(segments);
        segments[FAR_SYN].seq += pair * 7919 + 1;
        segments[FAR_ANSWER].ack = segments[FAR_SYN].seq + 1;
        take(views, &segments[NEAR_SYN], 2 * pair + 1);
        take(views, &segments[FAR_SYN], 2 * pair + 2);
        take(views, &segments[FAR_ANSWER], 2 * pair + 2);
        take(views, &segments[NEAR_ANSWER], 2 * pair + 1);
        assert_int_equal(seen_from(views, 2 * pair + 1, SIDE_SERVER).connection, 0);
        assert_int_equal(seen_from(views, 2 * pair + 2, SIDE_CLIENT).connection, 0);
    }
    views_free(views);
}

/* Found by trying: with these numbers place and tag are those of the usual ones too. */
static void other_numbers_with_that_tag(void **state) {
    struct segment segments[SEGMENTS];
    (void)state;
    translated(segments);
    segments[FAR_SYN].seq = 0x0492c678;
    segments[FAR_ANSWER].ack = segments[FAR_SYN].seq + 1;
    assert_int_equal(how_sure(segments, 0), CERTAINTY_REFUTED);
    translated(segments);
    segments[FAR_ANSWER].seq = 0x037c3a7f;
    assert_int_equal(how_sure(segments, 0), CERTAINTY_REFUTED);
}

/* The first passage of the SYN at the other point was missed. */
static void repeated_and_seen_once(void **state) {
    struct segment segments[SEGMENTS];
    struct views *views = views_new(MUCH);
    (void)state;
    translated(segments);
    struct segment again = segments[NEAR_SYN];
    again.time += INT64_C(3000000000);
    again.frame = 2;
    for (int i = FAR_SYN; i < SEGMENTS; i++) {
        segments[i].frame++;
        segments[i].time = again.time + i;
    }
    take(views, &segments[NEAR_SYN], 1);
    take(views, &again, 1);
    take(views, &segments[FAR_SYN], 2);
    take(views, &segments[FAR_ANSWER], 2);
    take(views, &segments[NEAR_ANSWER], 1);
    assert_int_equal(seen_from(views, 1, SIDE_SERVER).connection, 2);
    views_free(views);
}

/* Three points: the one in the middle has a neighbour on each side. */
static void chains_are_kept(void **state) {
    struct segment segments[SEGMENTS];
    struct views *views = views_new(MUCH);
    (void)state;
    translated(segments);
    struct segment farthest_syn = syn(3, 3, 62000, 62), farthest_answer = answer(4, 3, 62000, 61);
    segments[FAR_ANSWER].frame = 5;
    segments[NEAR_ANSWER].frame = 6;
    take(views, &segments[NEAR_SYN], 1);
    take(views, &segments[FAR_SYN], 2);
    take(views, &farthest_syn, 3);
    take(views, &farthest_answer, 3);
    take(views, &segments[FAR_ANSWER], 2);
    take(views, &segments[NEAR_ANSWER], 1);
    struct other_view others[SIDES] = {{0}};
    assert_true(views_end(views, 2, others));
    assert_int_equal(others[SIDE_CLIENT].connection, 1);
    assert_int_equal(others[SIDE_SERVER].connection, 3);
    assert_int_equal(seen_from(views, 1, SIDE_SERVER).connection, 2);
    assert_int_equal(seen_from(views, 3, SIDE_CLIENT).connection, 2);
    views_free(views);
}

static void what_is_over_is_not_linked(void **state) {
    struct segment segments[SEGMENTS];
    struct views *views = views_new(MUCH);
    (void)state;
    translated(segments);
    for (int i = 0; i < NEAR_ANSWER; i++)
        take(views, &segments[i], i == NEAR_SYN ? 1 : 2);
    assert_true(views_end(views, 2, NULL));
    take(views, &segments[NEAR_ANSWER], 1);
    assert_int_equal(seen_from(views, 1, SIDE_SERVER).connection, 0);
    views_free(views);
}

/* The pair of that number passes both points, as connections 2 * pair + 1 and + 2. */
static void take_pair(struct views *views, uint32_t pair) {
    struct segment segments[SEGMENTS];
    translated(segments);
    for (int i = 0; i < SEGMENTS; i++) {
        bool up = (segments[i].flags & TCP_ACK) == 0;
        *(up ? &segments[i].seq : &segments[i].ack) += pair * 7919;
        segments[i].frame += pair * SEGMENTS;
        take(views, &segments[i], 2 * pair + (i == NEAR_SYN || i == NEAR_ANSWER ? 1 : 2));
    }
}

/* Many at a time, told of and forgotten in another order: each finds its own. */
static void many_find_their_own(void **state) {
    enum { PAIRS = 1000 };
    struct views *views = views_new(MUCH);
    (void)state;
    for (uint32_t pair = 0; pair < PAIRS; pair++) {
        take_pair(views, pair);
    }
    for (uint64_t step = 0; step < PAIRS; step++) {
        uint64_t pair = step * 389 % PAIRS;
        assert_int_equal(seen_from(views, 2 * pair + 1, SIDE_SERVER).connection, 2 * pair + 2);
        assert_int_equal(seen_from(views, 2 * pair + 2, SIDE_CLIENT).connection, 2 * pair + 1);
        assert_int_equal(seen_from(views, 2 * pair + 2, SIDE_CLIENT).connection, 0); /* forgotten */
    }
    views_free(views);
}

/* In 8,192 octets are 128 places of 40 or so, half of which are used; both of a pair are linked, or none. Room that is
 * given back serves others. */
static void no_more_than_was_given(void **state) {
    enum { PAIRS = 200, LINKED = 32 };
    struct views *views = views_new(8192);
    (void)state;
    for (uint32_t pair = 0; pair < PAIRS; pair++) {
        take_pair(views, pair);
    }
    for (uint64_t pair = 0; pair < PAIRS; pair++) {
        bool linked = pair < LINKED;
        assert_int_equal(seen_from(views, 2 * pair + 1, SIDE_SERVER).connection, linked ? 2 * pair + 2 : 0);
        assert_int_equal(seen_from(views, 2 * pair + 2, SIDE_CLIENT).connection, linked ? 2 * pair + 1 : 0);
    }
    take_pair(views, PAIRS);
    assert_int_equal(seen_from(views, 2 * PAIRS + 1, SIDE_SERVER).connection, 2 * PAIRS + 2);
    views_free(views);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(both_sides_are_one),           cmocka_unit_test(another_network_is_no_change),
        cmocka_unit_test(servers_are_translated_too),   cmocka_unit_test(without_timestamps_it_is_presumed),
        cmocka_unit_test(without_a_hop_it_is_presumed), cmocka_unit_test(with_a_hop_one_way),
        cmocka_unit_test(only_servers_are_translated),  cmocka_unit_test(near_misses),
        cmocka_unit_test(at_the_longest_delay),         cmocka_unit_test(timestamps_of_nothing),
        cmocka_unit_test(repeated_before_the_answer),   cmocka_unit_test(repeated_and_seen_once),
        cmocka_unit_test(repeated_behind_the_answer),   cmocka_unit_test(another_attempt),
        cmocka_unit_test(other_numbers_in_that_place),  cmocka_unit_test(chains_are_kept),
        cmocka_unit_test(what_is_over_is_not_linked),   cmocka_unit_test(many_find_their_own),
        cmocka_unit_test(no_more_than_was_given),       cmocka_unit_test(other_numbers_with_that_tag),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
