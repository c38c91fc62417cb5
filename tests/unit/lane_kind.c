/* SPDX-License-Identifier: BSD-3-Clause */
#include "lane_story.h"

/* Ordinary connections that the end of the capture finds at one point or another: each is of a kind as long as no
 * threshold of a rule may lie between two of that kind. */

static const struct ordinary_kind no_kind;

/* Of the first so many segments of an ordinary connection, and the end so much later. */
static struct ordinary_kind kind_of(struct story *story, unsigned count, int64_t end) {
    story->count = count;
    story->end = end;
    struct witness witness = tell(story, false);
    assert_int_equal(model_ordinary(witness.model), 1);
    model_free(witness.model);
    return witness.alike == 0 ? no_kind : witness.kind;
}

static bool has_kind(struct story *story, unsigned count, int64_t end) {
    struct ordinary_kind kind = kind_of(story, count, end);
    return memcmp(&kind, &no_kind, sizeof kind) != 0;
}

static void test_closed(void **state) {
    struct story story;
    (void)state;
    ordinary(&story);
    for (int64_t end = 0; end <= 59 * SECOND; end += 59 * SECOND) {
        struct ordinary_kind kind = kind_of(&story, ORDINARY, end);
        assert_int_equal(kind.end, END_CAPTURE);
        assert_int_equal(kind.progress, PROGRESS_CLOSED);
        assert_int_equal(kind.waited, 0);
    }
    assert_false(has_kind(&story, ORDINARY, -1));
    assert_false(has_kind(&story, ORDINARY, 59 * SECOND + 1)); /* TIME_WAIT may have begun with the FIN */
    assert_false(has_kind(&story, ORDINARY, 60 * SECOND - 1));
    assert_int_equal(kind_of(&story, ORDINARY, 60 * SECOND).end, END_CLOSED);
}

/* Where TIME_WAIT has begun so much before the last ACK, another end finds it over. */
static void test_time_wait_since_the_fin(void **state) {
    struct story story;
    (void)state;
    ordinary(&story);
    delay(&story, LAST_ACK, SECOND - 10 * MILLISECOND - 1);
    assert_true(has_kind(&story, ORDINARY, 59 * SECOND));
    ordinary(&story);
    delay(&story, LAST_ACK, SECOND - 10 * MILLISECOND);
    assert_false(has_kind(&story, ORDINARY, 59 * SECOND));
}

static void test_open(void **state) {
    static const struct {
        int64_t after;
        unsigned progress;
    } ends[] = {{0, PROGRESS_OPEN},
                {3 * SECOND - 1, PROGRESS_OPEN},
                {3 * SECOND, PROGRESS_SILENT},
                {4000 * SECOND, PROGRESS_SILENT}};
    struct story story;
    (void)state;
    ordinary(&story);
    for (size_t i = 0; i < sizeof ends / sizeof ends[0]; i++) {
        struct ordinary_kind kind = kind_of(&story, FIRST_FIN, ends[i].after);
        assert_int_equal(kind.end, END_CAPTURE);
        assert_int_equal(kind.progress, ends[i].progress);
        assert_int_equal(kind.waited, 0);
        assert_int_equal(kind_of(&story, ASK, ends[i].after).progress, ends[i].progress);
    }
    assert_false(has_kind(&story, FIRST_FIN, 7440 * SECOND)); /* it is over by itself */
    assert_false(has_kind(&story, ASK + 1, SECOND));          /* octets that nobody has acknowledged, */
    assert_false(has_kind(&story, ANSWER + 1, SECOND));       /* of either side */
    assert_false(has_kind(&story, FIRST_FIN + 1, SECOND));    /* closing */
    assert_false(has_kind(&story, HANDSHAKE_ACK, SECOND));
    ordinary(&story);
    story.segments[ASK + 1].window = 63; /* of no kind for itself */
    assert_false(has_kind(&story, FIRST_FIN, SECOND));
}

/* How long others would have waited depends on how long its round trips took. */
static void test_silent(void **state) {
    struct story story;
    (void)state;
    for (unsigned i = SYN_ACK; i <= HANDSHAKE_ACK; i++) {
        ordinary(&story);
        delay(&story, i, 400 * MILLISECOND); /* the opening takes 420 ms */
        assert_true(has_kind(&story, FIRST_FIN, 3 * SECOND - 1));
        assert_false(has_kind(&story, FIRST_FIN, 3 * SECOND));
        assert_false(has_kind(&story, FIRST_FIN, 3780 * MILLISECOND - 1));
        assert_int_equal(kind_of(&story, FIRST_FIN, 3780 * MILLISECOND).progress, PROGRESS_SILENT);
        ordinary(&story); /* no time at all measures nothing */
        delay(&story, i, -10 * MILLISECOND);
        assert_false(has_kind(&story, FIRST_FIN, 20 * SECOND));
    }
}

static void test_last_ack(void **state) {
    static const struct {
        int64_t after;
        unsigned waited;
    } ends[] = {{0, 0}, {SECOND - 1, 0}, {SECOND + 1, 1}, {2 * SECOND, 1}, {60 * SECOND - 1, 1}};
    struct story story;
    (void)state;
    ordinary(&story);
    for (size_t i = 0; i < sizeof ends / sizeof ends[0]; i++) {
        struct ordinary_kind kind = kind_of(&story, LAST_ACK, ends[i].after);
        assert_int_equal(kind.progress, PROGRESS_LAST_ACK);
        assert_int_equal(kind.waited, ends[i].waited);
    }
    assert_false(has_kind(&story, LAST_ACK, SECOND));      /* the edge of a threshold */
    assert_false(has_kind(&story, LAST_ACK, 60 * SECOND)); /* TIME_WAIT is over */
    story.count = SECOND_FIN;                              /* its octets are not acknowledged */
    say(&story, SIDE_SERVER, TCP_ACK | TCP_FIN, 501, 302, 7);
    assert_false(has_kind(&story, LAST_ACK, SECOND / 2));
}

/* What the kinds say of payload. */
static void test_octets(void **state) {
    static const unsigned counts[] = {FIRST_FIN, LAST_ACK, ORDINARY};
    struct story story;
    (void)state;
    ordinary(&story);
    for (size_t i = 0; i < sizeof counts / sizeof counts[0]; i++) {
        story.count = counts[i];
        story.end = 0;
        struct witness witness = tell(&story, false);
        assert_int_equal(witness.alike, 1);
        assert_int_equal(witness.octets, 800);
        model_free(witness.model);
    }
}

/* What a SYN and its answer offer makes another kind of a connection only as far as a finding depends on it. */
static void test_offer(void **state) {
    const uint16_t window_scale = OPTION_WINDOW_SCALE, sack = OPTION_SACK_PERMITTED;
    const struct {
        uint16_t offered[SIDES], mss[SIDES], window[SIDES];
        uint8_t window_scale[SIDES];
        bool another;
    } offers[] = {
        {.window = {20001, 19999}},
        {.mss = {1300, 1200}},
        {.offered = {sack, 0}},
        {.offered = {sack, sack}},
        {.offered = {window_scale | sack, 0}, .window_scale = {7, 0}},
        {.offered = {window_scale | sack, window_scale | sack}, .window_scale = {7, 14}},
        {.offered = {OPTION_TIMESTAMPS, 0}},
        {.offered = {0, sack}, .another = true}, /* not offered before */
        {.offered = {0, window_scale}, .another = true},
        {.offered = {window_scale, 0}, .window_scale = {15, 0}, .another = true}, /* no such shift */
        {.offered = {window_scale, window_scale}, .window_scale = {0, 15}, .another = true},
        {.offered = {OPTION_MSS, 0}, .another = true}, /* taken out here */
        {.offered = {0, OPTION_MSS}, .another = true},
    };
    struct story story;
    (void)state;
    ordinary(&story);
    const struct ordinary_kind plain = kind_of(&story, ORDINARY, 0);
    for (size_t i = 0; i < sizeof offers / sizeof offers[0]; i++) {
        ordinary(&story);
        for (int side = 0; side < SIDES; side++) {
            struct segment *segment = &story.segments[side == SIDE_CLIENT ? SYN : SYN_ACK];
            segment->options.present ^= offers[i].offered[side];
            segment->options.window_scale = offers[i].window_scale[side];
            segment->options.mss = offers[i].mss[side] != 0 ? offers[i].mss[side] : segment->options.mss;
            segment->window = offers[i].window[side] != 0 ? offers[i].window[side] : segment->window;
        }
        struct ordinary_kind kind = kind_of(&story, ORDINARY, 0);
        assert_memory_not_equal(&kind, &no_kind, sizeof kind);
        assert_int_equal(memcmp(&kind, &plain, sizeof kind) != 0, offers[i].another);
    }
    ordinary(&story);
    add_timestamps(&story);
    struct ordinary_kind stamped = kind_of(&story, ORDINARY, 0);
    assert_memory_not_equal(&stamped, &no_kind, sizeof stamped);
    assert_memory_not_equal(&stamped, &plain, sizeof stamped);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_closed),   cmocka_unit_test(test_time_wait_since_the_fin),
        cmocka_unit_test(test_open),     cmocka_unit_test(test_silent),
        cmocka_unit_test(test_last_ack), cmocka_unit_test(test_octets),
        cmocka_unit_test(test_offer),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
