/* SPDX-License-Identifier: BSD-3-Clause */
#include "lane_story.h"

/* Ordinary connections that closed: what their kind says of them, and what makes them one of no kind. */

/* In an open connection only as long as something is not acknowledged: before i there is. */
static bool is_under_way_before(unsigned i) {
    return i != ASK && i != ANSWER && i != FIRST_FIN;
}

static void test_pause(void **state) {
    struct story story;
    (void)state;
    for (unsigned i = SYN_ACK; i < ORDINARY; i++) {
        ordinary(&story);
        int64_t missing = SECOND - (story.segments[i].time - story.segments[i == HANDSHAKE_ACK ? SYN : i - 1].time);
        delay(&story, i, missing);
        assert_int_equal(outcome_of(&story), is_under_way_before(i) ? ORDINARY_WITHOUT_KIND : OF_A_KIND);
        ordinary(&story);
        bool opens = i == SYN_ACK; /* then the handshake is too long as a whole */
        delay(&story, i, missing - 1 - (opens ? 10 * MILLISECOND : 0));
        assert_int_equal(outcome_of(&story), OF_A_KIND);
    }
}

/* The client asked for segments of 1400 octets; less than 536 cannot be asked for. */
static void test_maximum_segment_size(void **state) {
    static const struct {
        uint16_t options;
        uint16_t mss;
        uint32_t most;
    } asked[] = {{OPTION_MSS, 1400, 1400}, {OPTION_MSS, 536, 536}, {OPTION_MSS, 535, 536}, {OPTION_MSS, 300, 536}};
    (void)state;
    for (size_t i = 0; i < sizeof asked / sizeof asked[0]; i++) {
        for (uint32_t longer = 0; longer <= 1; longer++) {
            struct story story;
            ordinary(&story);
            story.segments[SYN].options.mss = asked[i].mss;
            story.count = ANSWER;
            uint32_t length = asked[i].most + longer;
            say(&story, SIDE_SERVER, TCP_ACK, 1, 301, length);
            say(&story, SIDE_CLIENT, TCP_ACK | TCP_FIN, 301, 1 + length, 0);
            say(&story, SIDE_SERVER, TCP_ACK | TCP_FIN, 1 + length, 302, 0);
            say(&story, SIDE_CLIENT, TCP_ACK, 302, 2 + length, 0);
            assert_int_equal(outcome_of(&story), longer ? ORDINARY_WITHOUT_KIND : OF_A_KIND);
            story.segments[SYN].options.present = 0; /* not asked at all */
            assert_int_equal(outcome_of(&story), OF_A_KIND);
        }
    }
}

/* The server answers in so many octets; the client offered a window of 20000 from the SYN/ACK on. */
static void answer_in(struct story *story, uint32_t octets, uint16_t window) {
    ordinary(story);
    story->segments[HANDSHAKE_ACK].window = story->segments[ASK].window = window;
    story->segments[SYN].window = window;
    story->count = ANSWER;
    say(story, SIDE_SERVER, TCP_ACK, 1, 301, octets);
    say(story, SIDE_CLIENT, TCP_ACK | TCP_FIN, 301, 1 + octets, 0)->window = window;
    say(story, SIDE_SERVER, TCP_ACK | TCP_FIN, 1 + octets, 302, 0);
    say(story, SIDE_CLIENT, TCP_ACK, 302, 2 + octets, 0)->window = window;
}

static void test_window_is_filled(void **state) {
    struct story story;
    (void)state;
    answer_in(&story, 499, 500);
    assert_int_equal(outcome_of(&story), OF_A_KIND);
    answer_in(&story, 500, 500);
    assert_int_equal(outcome_of(&story), ORDINARY_WITHOUT_KIND);
    answer_in(&story, 1, 64);
    assert_int_equal(outcome_of(&story), OF_A_KIND);
    answer_in(&story, 1, 63);
    assert_int_equal(outcome_of(&story), ORDINARY_WITHOUT_KIND);
    ordinary(&story); /* a FIN alone fills nothing */
    for (unsigned i = 0; i < ORDINARY; i++)
        if (story.segments[i].source_port == 443)
            story.segments[i].window = 302;
    story.segments[FIRST_FIN].window = 400;
    assert_int_equal(outcome_of(&story), ORDINARY_WITHOUT_KIND);
}

/* The server takes back one octet of its window, or none: in the ACK of the 300 octets it may offer 300 less. Windows
 * are scaled from then on where both sides offered that; what the scale rounds off is not taken back. */
static void test_window_is_taken_back(void **state) {
    static const struct {
        uint8_t scale;
        uint16_t before;
        uint16_t least;
    } offers[] = {{0, 20000, 19700}, {3, 20000, 19962}, {14, 20000, 19999}, {15, 20000, 19999}};
    (void)state;
    for (size_t i = 0; i < sizeof offers / sizeof offers[0]; i++) {
        for (uint16_t less = 0; less <= 1; less++) {
            struct story story;
            ordinary(&story);
            story.segments[SYN].options.present |= OPTION_WINDOW_SCALE;
            story.segments[SYN_ACK].options.present |= OPTION_WINDOW_SCALE;
            story.segments[SYN_ACK].options.window_scale = offers[i].scale;
            story.count = ASK_ACK;
            say(&story, SIDE_SERVER, TCP_ACK, 1, 1, 4)->window = offers[i].before;
            say(&story, SIDE_SERVER, TCP_ACK, 5, 301, 6)->window = (uint16_t)(offers[i].least - less);
            say(&story, SIDE_CLIENT, TCP_ACK | TCP_FIN, 301, 11, 0);
            say(&story, SIDE_SERVER, TCP_ACK | TCP_FIN, 11, 302, 0)->window = offers[i].before;
            say(&story, SIDE_CLIENT, TCP_ACK, 302, 12, 0);
            assert_int_equal(outcome_of(&story), less ? ORDINARY_WITHOUT_KIND : OF_A_KIND);
            story.segments[SYN].options.present = OPTION_MSS; /* nothing is scaled: 300 less is allowed */
            assert_int_equal(outcome_of(&story), offers[i].least - less < 19700 ? ORDINARY_WITHOUT_KIND : OF_A_KIND);
        }
    }
}

static void test_acknowledged_twice(void **state) {
    struct story story;
    (void)state;
    ordinary(&story);
    story.count = FIRST_FIN;
    say(&story, SIDE_CLIENT, TCP_ACK, 301, 501, 0);
    say(&story, SIDE_CLIENT, TCP_ACK | TCP_FIN, 301, 501, 0);
    say(&story, SIDE_SERVER, TCP_ACK | TCP_FIN, 501, 302, 0);
    say(&story, SIDE_CLIENT, TCP_ACK, 302, 502, 0);
    assert_int_equal(outcome_of(&story), OF_A_KIND);
    ordinary(&story); /* and while it closes */
    story.segments[FIN_ACK].ack--;
    assert_int_equal(outcome_of(&story), ORDINARY_WITHOUT_KIND);
}

static void test_traits(void **state) {
    static const uint16_t oddities[] = {0, ODD_CUT, ODD_OFFLOADED, ODD_CUT | ODD_OFFLOADED};
    static const uint8_t traits[] = {0, TRAIT_CUT, TRAIT_OFFLOADED, TRAIT_CUT | TRAIT_OFFLOADED};
    (void)state;
    for (unsigned i = 0; i < 4; i++) {
        for (unsigned which = SYN; which < ORDINARY; which++) {
            struct story story;
            ordinary(&story);
            story.segments[which].odd = oddities[i];
            set_checksum(&story.segments[which],
                         (oddities[i] & ODD_OFFLOADED) != 0 ? CHECKSUM_OFFLOADED : CHECKSUM_GOOD);
            bool by_client = story.segments[which].source_port == 40000;
            struct witness witness = tell(&story, false);
            model_free(witness.model);
            assert_int_equal(witness.alike, 1);
            assert_int_equal(witness.kind.side[SIDE_CLIENT].traits, TRAIT_DATA | (by_client ? traits[i] : 0));
            assert_int_equal(witness.kind.side[SIDE_SERVER].traits, TRAIT_DATA | (by_client ? 0 : traits[i]));
        }
    }
}

/* A side that sends no octets has none of them. */
static void test_no_traits(void **state) {
    struct story story;
    (void)state;
    ordinary(&story);
    story.count = ANSWER;
    say(&story, SIDE_CLIENT, TCP_ACK | TCP_FIN, 301, 1, 0);
    say(&story, SIDE_SERVER, TCP_ACK, 1, 302, 0);
    say(&story, SIDE_SERVER, TCP_ACK | TCP_FIN, 1, 302, 0);
    say(&story, SIDE_CLIENT, TCP_ACK, 302, 2, 0);
    struct witness witness = tell(&story, false);
    model_free(witness.model);
    assert_int_equal(witness.alike, 1);
    assert_int_equal(witness.kind.side[SIDE_CLIENT].traits, TRAIT_DATA);
    assert_int_equal(witness.kind.side[SIDE_SERVER].traits, 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_pause),
        cmocka_unit_test(test_maximum_segment_size),
        cmocka_unit_test(test_window_is_filled),
        cmocka_unit_test(test_window_is_taken_back),
        cmocka_unit_test(test_acknowledged_twice),
        cmocka_unit_test(test_traits),
        cmocka_unit_test(test_no_traits),
    };
    return cmocka_run_group_tests(tests, fill_payload, NULL);
}
