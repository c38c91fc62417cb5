/* SPDX-License-Identifier: BSD-3-Clause */
#include "lane_story.h"

/* Attempts that take more than one SYN. */

/* The ordinary story whose client sends its SYN again so many times, each after twice the time before. */
static void insisting(struct story *story, unsigned times) {
    ordinary(story);
    struct segment rest[ORDINARY];
    memcpy(rest, story->segments, sizeof rest);
    story->count = SYN_ACK;
    for (unsigned i = 0; i < times; i++)
        say(story, SIDE_CLIENT, TCP_SYN, 0, 0, 0);
    for (unsigned i = SYN_ACK; i < ORDINARY; i++) {
        struct segment *segment = &story->segments[story->count];
        *segment = rest[i];
        segment->frame = ++story->count * 3;
        segment->time += times * 10 * MILLISECOND;
        segment->ip_id = (uint16_t)(segment->ip_id + times);
    }
    for (unsigned i = 0; i < times; i++)
        delay(story, 1 + i, SECOND << i);
}

static void test_syn_again(void **state) {
    struct story story;
    (void)state;
    for (unsigned times = 1; times <= 5; times++) {
        for (int stamped = 0; stamped <= 1; stamped++) {
            insisting(&story, times);
            if (stamped)
                add_timestamps(&story);
            assert_int_equal(outcome_of(&story), ORDINARY_WITHOUT_KIND);
        }
    }
    insisting(&story, 1); /* the network's copy */
    story.segments[1] = story.segments[SYN];
    story.segments[1].time += MILLISECOND;
    story.segments[1].frame++;
    assert_int_equal(outcome_of(&story), ORDINARY_WITHOUT_KIND);
}

/* The attempt is one, which began with the first SYN. */
static void test_syn_again_is_told_once(void **state) {
    struct story story;
    (void)state;
    insisting(&story, 2);
    story.count = HANDSHAKE_ACK + 3;
    struct witness witness = tell(&story, false);
    assert_string_equal(witness.passed, "3 opened\n"
                                        "15 completed\n");
    model_free(witness.model);
}

/* Each stays an attempt that waits from its latest SYN on. */
static void test_never_answered(void **state) {
    struct story story;
    (void)state;
    for (unsigned times = 1; times <= 5; times++) {
        for (int64_t end = 0; end <= 140 * SECOND; end += 14 * SECOND) {
            insisting(&story, times);
            story.count = 1 + times;
            story.end = end;
            assert_int_equal(outcome_of(&story), ORDINARY_WITHOUT_KIND);
        }
    }
}

/* The next attempt from the same port. */
static void test_successor(void **state) {
    struct story story;
    (void)state;
    insisting(&story, 2);
    story.count = SYN_ACK + 2;
    say(&story, SIDE_CLIENT, TCP_SYN, 5000000, 0, 0);
    say(&story, SIDE_SERVER, TCP_SYN | TCP_ACK, 7000000, 5000001, 0);
    delay(&story, SYN_ACK + 2, 30 * SECOND);
    assert_int_equal(outcome_of(&story), LEFT);
}

/* A SYN that is not quite the first one. */
static void test_other_syn(void **state) {
    struct story story;
    (void)state;
    for (unsigned change = 0; change < 12; change++) {
        insisting(&story, 1);
        struct segment *again = &story.segments[1];
        struct tcp_options *options = &again->options;
        again->seq += change == 0;
        again->window += change == 1;
        again->hop_limit += change == 2;
        again->link_source += change == 3;
        again->flags |= change == 4 ? TCP_ECE | TCP_CWR : 0;
        again->length = again->payload_captured = change == 5;
        again->payload = change == 5 ? payload : NULL;
        options->mss += change == 6;
        options->present |= change == 7 ? OPTION_SACK_PERMITTED : 0;
        options->present &= (uint16_t)(change == 8 ? ~OPTION_MSS : ~0);
        story.segments[0].options.present |= change == 9 ? OPTION_WINDOW_SCALE : 0;
        options->present |= change == 9 ? OPTION_WINDOW_SCALE : 0;
        options->window_scale = change == 9 ? 7 : 0;
        again->checksum = change == 10 ? CHECKSUM_BAD : CHECKSUM_GOOD;
        again->odd = change == 11 ? ODD_URGENT : 0;
        assert_int_equal(outcome_of(&story), LEFT);
    }
}

/* Behind the answer the SYN tells that this did not arrive. */
static void test_syn_behind_answer(void **state) {
    struct story story;
    (void)state;
    for (unsigned behind = SYN_ACK; behind <= HANDSHAKE_ACK; behind++) {
        ordinary(&story);
        story.count = behind + 1;
        say(&story, SIDE_CLIENT, TCP_SYN, 0, 0, 0);
        say(&story, SIDE_SERVER, TCP_SYN | TCP_ACK, 0, 1, 0);
        delay(&story, behind + 1, SECOND);
        assert_int_equal(outcome_of(&story), LEFT);
    }
}

/* The server's ACK behind the FIN stops short of its octets. */
static void test_text_lacks(void **state) {
    struct story story;
    (void)state;
    for (unsigned times = 0; times <= 1; times++) {
        for (int64_t late = 0; late < 3 * SECOND; late += 100 * MILLISECOND) {
            insisting(&story, times);
            story.count = times + FIRST_FIN;
            say(&story, SIDE_CLIENT, TCP_ACK | TCP_FIN, 301, 501, 40);
            say(&story, SIDE_SERVER, TCP_ACK, 501, 301, 0);
            delay(&story, times + FIRST_FIN + 1, late);
            if (times > 0)
                assert_int_equal(outcome_of(&story), LEFT);
            else
                outcome_of(&story);
        }
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_syn_again),      cmocka_unit_test(test_syn_again_is_told_once),
        cmocka_unit_test(test_never_answered), cmocka_unit_test(test_successor),
        cmocka_unit_test(test_other_syn),      cmocka_unit_test(test_syn_behind_answer),
        cmocka_unit_test(test_text_lacks),
    };
    return cmocka_run_group_tests(tests, fill_payload, NULL);
}
