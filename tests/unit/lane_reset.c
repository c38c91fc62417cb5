/* SPDX-License-Identifier: BSD-3-Clause */
#include "lane_story.h"

/* Connections that end with a RST: the plainest of them stay in the lane. */

/* The ordinary story as far as that segment, and a RST behind it. */
static struct segment *reset_behind(struct story *story, unsigned last, enum side side, uint16_t flags, uint32_t seq,
                                    uint32_t ack) {
    ordinary(story);
    story->count = last + 1;
    struct segment *reset = say(story, side, flags, seq, ack, 0);
    reset->window = 0;
    return reset;
}

static struct segment *refused(struct story *story) {
    struct segment *reset = reset_behind(story, SYN, SIDE_SERVER, TCP_RST | TCP_ACK, 0, 1);
    reset->seq = 0;
    return reset;
}

/* By a listener that gives it a number of its own. */
static struct segment *refused_with_number(struct story *story) {
    struct segment *reset = refused(story);
    reset->seq = 4000000000;
    return reset;
}

static struct segment *aborted(struct story *story) {
    return reset_behind(story, ANSWER_ACK, SIDE_CLIENT, TCP_RST | TCP_ACK, 301, 501);
}

static struct segment *gone(struct story *story) {
    struct segment *reset = reset_behind(story, SECOND_FIN, SIDE_CLIENT, TCP_RST, 302, 0);
    delay(story, SECOND_FIN, 2 * SECOND);
    return reset;
}

static struct segment *(*const resets[])(struct story *story) = {refused, refused_with_number, aborted, gone};
enum { RESETS = sizeof resets / sizeof resets[0], REFUSALS = 2 };

static void test_plain_resets(void **state) {
    struct story story;
    (void)state;
    for (unsigned i = 0; i < RESETS; i++) {
        for (int64_t end = 0; end <= 70 * SECOND; end += 10 * SECOND) {
            resets[i](&story);
            story.end = end;
            assert_int_equal(outcome_of(&story), ORDINARY_WITHOUT_KIND);
        }
        resets[i](&story);
        story.segments[story.count - 1].window = 20000;
        assert_int_equal(outcome_of(&story), ORDINARY_WITHOUT_KIND);
    }
    for (unsigned last = HANDSHAKE_ACK; last <= ANSWER_ACK;
         last++) { /* by either side, wherever nothing is in flight */
        for (enum side side = SIDE_CLIENT; side <= SIDE_SERVER; side++) {
            uint32_t client = last >= ASK ? 301 : 1, server = last >= ANSWER ? 501 : 1;
            bool up = side == SIDE_CLIENT;
            reset_behind(&story, last, side, TCP_RST | TCP_ACK, up ? client : server, up ? server : client);
            bool in_flight = last == ASK || last == ANSWER;
            assert_int_equal(outcome_of(&story), in_flight ? LEFT : ORDINARY_WITHOUT_KIND);
        }
    }
}

static void test_stamped_resets(void **state) {
    struct story story;
    (void)state;
    for (int stamped = 0; stamped <= 1; stamped++) {
        for (unsigned i = REFUSALS; i < RESETS; i++) {
            struct segment *reset = resets[i](&story);
            add_timestamps(&story);
            if (stamped == 0)
                reset->options = (struct tcp_options){.present = 0};
            assert_int_equal(outcome_of(&story), ORDINARY_WITHOUT_KIND);
            reset->options.present = OPTION_TIMESTAMPS;
            reset->options.timestamp_value = UINT32_MAX - 1000; /* its clock goes back */
            assert_int_equal(outcome_of(&story), LEFT);
        }
    }
}

/* What is told of it at once. */
static void test_milestones(void **state) {
    struct story story;
    (void)state;
    gone(&story);
    struct witness witness = tell(&story, false);
    assert_string_equal(witness.passed, "3 opened\n"
                                        "9 completed\n"
                                        "24 entered by the server: CLOSE_WAIT\n"
                                        "30 entered by the client: TIME_WAIT\n"
                                        "30 left by the server: CLOSE_WAIT\n"
                                        "33 left by the client: TIME_WAIT\n");
    assert_int_equal(model_ordinary(witness.model), 1);
    model_free(witness.model);
    refused(&story);
    witness = tell(&story, false);
    assert_string_equal(witness.passed, "3 opened\n");
    model_free(witness.model);
}

/* Not quite one of those. */
static void test_other_resets(void **state) {
    struct story story;
    (void)state;
    for (unsigned i = 0; i < RESETS; i++) {
        for (unsigned change = i < REFUSALS ? 2 : 0; change < 8; change++) {
            struct segment *reset = resets[i](&story);
            reset->seq += change == 0;
            reset->seq -= change == 1;
            reset->flags ^= change == 2 ? TCP_ACK : 0;
            reset->flags |= change == 3 ? TCP_PSH : 0;
            reset->checksum = change == 4 ? CHECKSUM_BAD : CHECKSUM_GOOD;
            reset->odd = change == 5 ? ODD_URGENT : 0;
            reset->length = reset->payload_captured = change == 6;
            reset->payload = change == 6 ? payload : NULL;
            reset->options.present = change == 7 ? OPTION_TIMESTAMPS : 0;
            assert_int_equal(outcome_of(&story), LEFT);
        }
        if (i >= REFUSALS) {
            resets[i](&story)->hop_limit--;
            assert_int_equal(outcome_of(&story), LEFT);
            resets[i](&story)->link_source++;
            assert_int_equal(outcome_of(&story), LEFT);
        }
    }
    aborted(&story)->ack--;
    assert_int_equal(outcome_of(&story), LEFT);
    refused(&story)->ack--;
    assert_int_equal(outcome_of(&story), LEFT);
}

/* Whatever comes behind it is the model's. */
static void test_behind_resets(void **state) {
    static const int64_t waits[] = {0, 200 * MILLISECOND, 3 * SECOND, 59 * SECOND, 61 * SECOND};
    struct story story;
    (void)state;
    for (unsigned i = 0; i < RESETS; i++) {
        for (unsigned behind = 0; behind < 6; behind++) {
            for (unsigned wait = 0; wait < sizeof waits / sizeof waits[0]; wait++) {
                resets[i](&story);
                unsigned last = story.count - 1;
                struct segment copy = story.segments[behind == 0 ? last : last - 1];
                copy.frame = (last + 2) * 3;
                copy.time = story.segments[last].time + 10 * MILLISECOND;
                if (behind <= 1)
                    story.segments[story.count++] = copy;
                else if (behind == 2)
                    say(&story, SIDE_CLIENT, TCP_SYN, 0, 0, 0);
                else if (behind == 3)
                    say(&story, SIDE_CLIENT, TCP_SYN, 5000000, 0, 0);
                else
                    say(&story, behind == 4 ? SIDE_CLIENT : SIDE_SERVER, TCP_ACK, behind == 4 ? 301 : 501,
                        behind == 4 ? 501 : 301, 20);
                delay(&story, last + 1, waits[wait]);
                outcome_of(&story);
            }
        }
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_plain_resets), cmocka_unit_test(test_stamped_resets), cmocka_unit_test(test_milestones),
        cmocka_unit_test(test_other_resets), cmocka_unit_test(test_behind_resets),
    };
    return cmocka_run_group_tests(tests, fill_payload, NULL);
}
