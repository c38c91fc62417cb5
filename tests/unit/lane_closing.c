/* SPDX-License-Identifier: BSD-3-Clause */
#include "lane_story.h"

/* The lane from the first FIN on. */

/* Only the FIN is acknowledged late: what came between them, and who sent it. */
static void test_between_the_fins(void **state) {
    struct story story;
    (void)state;
    ordinary(&story); /* the server goes on to send */
    story.count = SECOND_FIN;
    say(&story, SIDE_SERVER, TCP_ACK, 501, 302, 9);
    say(&story, SIDE_CLIENT, TCP_ACK, 302, 510, 0);
    say(&story, SIDE_SERVER, TCP_ACK | TCP_FIN, 510, 302, 0);
    say(&story, SIDE_CLIENT, TCP_ACK, 302, 511, 0);
    struct witness witness = tell(&story, false);
    assert_int_equal(model_ordinary(witness.model), 1);
    assert_int_equal(witness.alike, 0);
    model_free(witness.model);
    ordinary(&story); /* it has not acknowledged the FIN before its own */
    story.count = FIN_ACK;
    say(&story, SIDE_SERVER, TCP_ACK | TCP_FIN, 501, 302, 0);
    say(&story, SIDE_CLIENT, TCP_ACK, 302, 502, 0);
    witness = tell(&story, false);
    assert_int_equal(witness.alike, 1);
    assert_int_equal(witness.kind.half_closed, 0);
    model_free(witness.model);
}

/* The client sends 20 octets and its FIN, from 301 on; the server acknowledges up to there before it takes the FIN. */
static void with_octets_before_fin(struct story *story, uint32_t acknowledged) {
    ordinary(story);
    story->count = FIRST_FIN;
    say(story, SIDE_CLIENT, TCP_ACK | TCP_PSH, 301, 501, 20);
    say(story, SIDE_CLIENT, TCP_ACK | TCP_FIN, 321, 501, 0);
    say(story, SIDE_SERVER, TCP_ACK, 501, acknowledged, 0);
    say(story, SIDE_SERVER, TCP_ACK, 501, 322, 0);
    say(story, SIDE_SERVER, TCP_ACK | TCP_FIN, 501, 322, 0);
    say(story, SIDE_CLIENT, TCP_ACK, 322, 502, 0);
}

/* The ACK of what stands before the FIN is late: a kind of its own. */
static void test_acknowledged_up_to_the_fin(void **state) {
    struct story story;
    (void)state;
    with_octets_before_fin(&story, 321);
    struct witness witness = tell(&story, false);
    assert_int_equal(witness.alike, 1);
    assert_int_equal(witness.kind.side[SIDE_SERVER].traits, TRAIT_DATA | TRAIT_ACKED_UP_TO_FIN);
    assert_int_equal(witness.kind.side[SIDE_CLIENT].traits, TRAIT_DATA);
    model_free(witness.model);
}

/* The ACK behind a FIN may have been under way when the octets before that passed: for a round trip, 10 ms, and its
 * margin, 5 ms. Then they count as lacking, and the FIN as held back. */
static void test_acknowledged_less_than_that(void **state) {
    struct story story;
    (void)state;
    with_octets_before_fin(&story, 311);
    int64_t text = story.segments[FIRST_FIN].time;
    story.segments[FIRST_FIN + 1].time = text + MILLISECOND;
    story.segments[FIRST_FIN + 2].time = text + 15 * MILLISECOND;
    struct witness witness = tell(&story, false);
    assert_int_equal(witness.alike, 1);
    assert_int_equal(witness.kind.side[SIDE_SERVER].traits, TRAIT_DATA);
    model_free(witness.model);
    story.segments[FIRST_FIN + 2].time++;
    assert_int_equal(outcome_of(&story), LEFT);
}

/* Once that was looked at it holds until the octets may be lacking, and no longer. */
static void test_acknowledged_less_once_more(void **state) {
    struct story story;
    (void)state;
    with_octets_before_fin(&story, 305);
    int64_t text = story.segments[FIRST_FIN].time;
    story.count = FIRST_FIN + 3;
    story.segments[FIRST_FIN + 1].time = text + MILLISECOND;
    story.segments[FIRST_FIN + 2].time = text + 12 * MILLISECOND;
    struct segment *less = say(&story, SIDE_SERVER, TCP_ACK, 501, 311, 0);
    less->time = text + 15 * MILLISECOND;
    say(&story, SIDE_SERVER, TCP_ACK, 501, 322, 0);
    say(&story, SIDE_SERVER, TCP_ACK | TCP_FIN, 501, 322, 0);
    say(&story, SIDE_CLIENT, TCP_ACK, 322, 502, 0);
    assert_int_equal(outcome_of(&story), OF_A_KIND);
    less->time++;
    assert_int_equal(outcome_of(&story), LEFT);
}

/* A FIN that carries octets has just been looked at; one that does not tells nothing of when those before it passed. */
static void test_fin_long_after_text(void **state) {
    struct story story;
    (void)state;
    for (uint32_t with = 0; with < 2; with++) {
        with_octets_before_fin(&story, 311);
        int64_t text = story.segments[FIRST_FIN].time;
        struct segment *fin = &story.segments[FIRST_FIN + 1], *less = &story.segments[FIRST_FIN + 2];
        fin->time = text + 14 * MILLISECOND;
        less->time = text + 15 * MILLISECOND + 1;
        if (with != 0) {
            story.segments[FIRST_FIN].length = story.segments[FIRST_FIN].payload_captured = 5;
            fin->seq -= 15;
            fin->length = fin->payload_captured = 15;
            fin->payload = payload;
            less->time = fin->time + 15 * MILLISECOND;
        }
        assert_int_equal(outcome_of(&story), with != 0 ? OF_A_KIND : LEFT);
        less->time++;
        assert_int_equal(outcome_of(&story), LEFT);
    }
}

/* A round trip that ends meanwhile may be the shortest: 3 ms, and its margin, 5 ms. */
static void test_round_trip_at_close(void **state) {
    struct story story;
    (void)state;
    ordinary(&story);
    story.count = FIRST_FIN;
    int64_t text = say(&story, SIDE_CLIENT, TCP_ACK | TCP_PSH, 301, 501, 10)->time;
    say(&story, SIDE_CLIENT, TCP_ACK | TCP_PSH, 311, 501, 10)->time = text;
    say(&story, SIDE_CLIENT, TCP_ACK | TCP_FIN, 321, 501, 0)->time = text + MILLISECOND;
    say(&story, SIDE_SERVER, TCP_ACK, 501, 305, 0)->time = text + 2 * MILLISECOND;
    say(&story, SIDE_SERVER, TCP_ACK, 501, 311, 0)->time = text + 3 * MILLISECOND;
    struct segment *less = say(&story, SIDE_SERVER, TCP_ACK, 501, 315, 0);
    less->time = text + 8 * MILLISECOND;
    say(&story, SIDE_SERVER, TCP_ACK, 501, 322, 0);
    say(&story, SIDE_SERVER, TCP_ACK | TCP_FIN, 501, 322, 0);
    say(&story, SIDE_CLIENT, TCP_ACK, 322, 502, 0);
    assert_int_equal(outcome_of(&story), OF_A_KIND);
    less->time++;
    assert_int_equal(outcome_of(&story), LEFT);
}

/* Of a connection that closes at the same time; their ids fall together in whatever is looked up by them. */
static void carry_on(struct story *story, const struct story *other, unsigned from, unsigned to, int64_t by) {
    for (; from < to; from++) {
        struct segment *segment = &story->segments[story->count++];
        bool up = other->segments[from].source_port != 443;
        *segment = other->segments[from];
        segment->frame += 1024 * 1024;
        segment->time += by;
        *(up ? &segment->source_port : &segment->destination_port) = 40001;
    }
}

static void test_two_close(void **state) {
    struct story one, both;
    (void)state;
    with_octets_before_fin(&one, 311);
    both = one;
    both.count = 0;
    int64_t text = one.segments[FIRST_FIN].time;
    one.segments[FIRST_FIN + 1].time = text + MILLISECOND;
    one.segments[FIRST_FIN + 2].time = text + 14 * MILLISECOND;
    for (unsigned i = 0; i < FIRST_FIN + 2; i++)
        both.segments[both.count++] = one.segments[i];
    both.segments[FIRST_FIN + 1].time = text + MILLISECOND;
    carry_on(&both, &one, 0, FIRST_FIN + 3, 3 * MILLISECOND); /* it waits until 18 ms later */
    struct segment *less = &both.segments[both.count++];
    *less = one.segments[FIRST_FIN + 2];
    less->frame += 2 * 1024 * 1024;
    less->time = text + 17 * MILLISECOND;
    struct witness witness = tell(&both, false);
    assert_int_equal(model_ordinary(witness.model), 1);
    model_free(witness.model);
}

/* How long octets were under way tells the ACK of all of them, not one that passes 1 ms behind them for others. */
static void test_timed_by_the_ack_of_all(void **state) {
    struct story story;
    (void)state;
    ordinary(&story);
    story.count = ASK_ACK;
    say(&story, SIDE_SERVER, TCP_ACK | TCP_PSH, 1, 1, 500)->time -= 9 * MILLISECOND;
    say(&story, SIDE_SERVER, TCP_ACK, 501, 301, 0)->time -= 10 * MILLISECOND;
    say(&story, SIDE_CLIENT, TCP_ACK, 301, 501, 0);
    int64_t text = say(&story, SIDE_CLIENT, TCP_ACK | TCP_PSH, 301, 501, 20)->time;
    say(&story, SIDE_CLIENT, TCP_ACK | TCP_FIN, 321, 501, 0)->time = text + MILLISECOND;
    struct segment *less = say(&story, SIDE_SERVER, TCP_ACK, 501, 311, 0);
    less->time = text + 15 * MILLISECOND;
    say(&story, SIDE_SERVER, TCP_ACK, 501, 322, 0);
    say(&story, SIDE_SERVER, TCP_ACK | TCP_FIN, 501, 322, 0);
    say(&story, SIDE_CLIENT, TCP_ACK, 322, 502, 0);
    assert_int_equal(outcome_of(&story), OF_A_KIND);
    less->time++;
    assert_int_equal(outcome_of(&story), LEFT);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_between_the_fins),
        cmocka_unit_test(test_acknowledged_up_to_the_fin),
        cmocka_unit_test(test_acknowledged_less_than_that),
        cmocka_unit_test(test_acknowledged_less_once_more),
        cmocka_unit_test(test_fin_long_after_text),
        cmocka_unit_test(test_round_trip_at_close),
        cmocka_unit_test(test_two_close),
        cmocka_unit_test(test_timed_by_the_ack_of_all),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
