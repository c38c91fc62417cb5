/* SPDX-License-Identifier: BSD-3-Clause */
#include "lane_story.h"

/* What is left of a connection in the lane when it is over, and of one that never was open. */

/* The SYN is all there is: at the end of the capture, or once nobody waits for an answer any more. */
static void test_attempt(void **state) {
    struct story story;
    (void)state;
    for (unsigned idle = 0; idle <= 1; idle++) {
        ordinary(&story);
        story.count = SYN_ACK;
        story.end = (idle ? 130 : 129) * SECOND;
        struct witness witness = tell(&story, false);
        assert_int_equal(witness.alike, 1);
        assert_int_equal(witness.kind.progress, PROGRESS_ATTEMPT);
        assert_int_equal(witness.kind.end, idle ? END_IDLE : END_CAPTURE);
        assert_int_equal(witness.kind.waited, 8); /* two minutes */
        assert_int_equal(witness.octets, 0);
        model_free(witness.model);
    }
    ordinary(&story); /* an answer is of no kind */
    story.count = HANDSHAKE_ACK;
    story.end = 0;
    assert_int_equal(outcome_of(&story), ORDINARY_WITHOUT_KIND);
}

/* Of one that was of a known kind as much is remembered as of any other: the next on its ports is its successor. Tells
 * the story of both, of which the first is of a kind and the second brings two segments. */
static void check_successor(struct story *story) {
    struct witness all = tell(story, false);
    struct witness enough = tell(story, true);
    assert_int_equal(all.alike, 1);
    assert_int_equal(enough.alike, 1);
    assert_int_equal(all.ended, enough.ended + 1);
    assert_true(enough.count > 2 && all.count > enough.count);
    for (unsigned i = 1; i <= 2; i++) /* the successor's segments, and its end */
        assert_int_equal(all.seen[all.count - i], enough.seen[enough.count - i]);
    model_free(all.model);
    model_free(enough.model);
}

static void test_successor(void **state) {
    (void)state;
    for (int stamped = 0; stamped <= 1; stamped++) {
        for (int closed = 0; closed <= 1; closed++) {
            struct story story;
            ordinary(&story);
            say(&story, SIDE_CLIENT, TCP_SYN, 5000000, 0, 0);
            say(&story, SIDE_SERVER, TCP_SYN | TCP_ACK, 7000000, 5000001, 0);
            if (stamped)
                add_timestamps(&story);
            delay(&story, ORDINARY, closed ? 61 * SECOND : 119 * SECOND);
            check_successor(&story);
        }
    }
}

/* The same of an attempt that nobody waits for any more. */
static void test_successor_of_attempt(void **state) {
    (void)state;
    for (int stamped = 0; stamped <= 1; stamped++) {
        struct story story;
        ordinary(&story);
        story.count = SYN_ACK;
        say(&story, SIDE_CLIENT, TCP_SYN, 5000000, 0, 0);
        say(&story, SIDE_SERVER, TCP_SYN | TCP_ACK, 7000000, 5000001, 0);
        if (stamped)
            add_timestamps(&story);
        delay(&story, SYN_ACK, 140 * SECOND);
        check_successor(&story);
    }
}

/* A capture that goes on behind its end finds nothing of what was held there. */
static void test_end_comes_again(void **state) {
    struct story story;
    uint64_t opening, open, closed;
    (void)state;
    ordinary(&story);
    story.count = FIRST_FIN;
    story.end = SECOND;
    struct witness witness = tell(&story, true);
    assert_int_equal(model_ordinary(witness.model), 1);
    struct segment again = story.segments[SYN];
    again.frame = 1000;
    again.time = story.segments[FIRST_FIN - 1].time + 2 * SECOND;
    assert_true(model_segment(witness.model, &again));
    model_count_open(witness.model, &opening, &open, &closed);
    assert_int_equal(opening, 1);
    assert_int_equal(open, 0);
    assert_int_equal(model_latest_connection(witness.model), 1000);
    assert_true(model_finish(witness.model, again.time));
    assert_int_equal(model_ordinary(witness.model), 2);
    assert_int_equal(model_peak_connections(witness.model), 1);
    model_free(witness.model);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_attempt),
        cmocka_unit_test(test_successor),
        cmocka_unit_test(test_successor_of_attempt),
        cmocka_unit_test(test_end_comes_again),
    };
    return cmocka_run_group_tests(tests, fill_payload, NULL);
}
