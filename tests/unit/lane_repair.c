/* SPDX-License-Identifier: BSD-3-Clause */
#include "lane_story.h"

/* Octets that are sent again in an ordinary connection, and what asks for them: where the numbers tell what that comes
 * to, it is of a kind. */

enum { AGAIN = ASK + 4, ASKED = AGAIN - 1 };

/* The client asks in 100 octets, which are acknowledged, and sends 600 in two segments; the server asks for the first
 * of them again and gets it. */
static struct segment *repaired(struct story *story) {
    ordinary(story);
    story->count = ASK;
    say(story, SIDE_CLIENT, TCP_ACK | TCP_PSH, 1, 1, 100);
    say(story, SIDE_SERVER, TCP_ACK, 1, 101, 0);
    say(story, SIDE_CLIENT, TCP_ACK, 101, 1, 600);
    say(story, SIDE_SERVER, TCP_ACK, 1, 101, 0);
    say(story, SIDE_CLIENT, TCP_ACK, 101, 1, 600);
    say(story, SIDE_SERVER, TCP_ACK, 1, 701, 0);
    say(story, SIDE_SERVER, TCP_ACK, 1, 701, 80);
    say(story, SIDE_CLIENT, TCP_ACK | TCP_FIN, 701, 81, 0);
    say(story, SIDE_SERVER, TCP_ACK | TCP_FIN, 81, 702, 0);
    say(story, SIDE_CLIENT, TCP_ACK, 702, 82, 0);
    return &story->segments[AGAIN];
}

static struct segment *asked(struct story *story) {
    repaired(story);
    return &story->segments[ASKED];
}

/* The marks of its kind. */
static unsigned repairs_of(struct story *story, uint64_t octets) {
    struct witness witness = tell(story, false);
    model_free(witness.model);
    assert_int_equal(witness.alike, 1);
    assert_int_equal(witness.octets, octets);
    return witness.kind.repairs;
}

static void test_marks(void **state) {
    struct story story;
    (void)state;
    repaired(&story);
    assert_int_equal(repairs_of(&story, 100 + 600 + 600 + 80), REPAIR_SENT_AGAIN | REPAIR_ASKED_FOR);
    asked(&story)->ack += 600; /* all there is, and again */
    story.segments[AGAIN] = story.segments[AGAIN + 1];
    story.segments[AGAIN].frame--;
    story.segments[AGAIN].time -= MILLISECOND * 5;
    assert_int_equal(repairs_of(&story, 100 + 600 + 80), 0);
    repaired(&story)->seq += 600; /* not again */
    story.segments[AGAIN].length = story.segments[AGAIN].payload_captured = 0;
    assert_int_equal(repairs_of(&story, 100 + 600 + 80), REPAIR_ASKED_FOR);
    asked(&story)->ack += 20; /* a part of it */
    assert_int_equal(repairs_of(&story, 100 + 600 + 600 + 80), REPAIR_SENT_AGAIN);
    asked(&story)->flags |= TCP_PSH;
    assert_int_equal(repairs_of(&story, 100 + 600 + 600 + 80), REPAIR_SENT_AGAIN | REPAIR_ASKED_FOR);
}

static void test_sent_in_vain(void **state) {
    struct story story;
    (void)state;
    asked(&story)->ack += 599;
    assert_int_equal(outcome_of(&story), OF_A_KIND);
    asked(&story)->ack += 600;
    assert_int_equal(outcome_of(&story), ORDINARY_WITHOUT_KIND);
}

static void test_other_octets(void **state) {
    struct story story;
    static uint8_t other[OCTETS];
    (void)state;
    repaired(&story)->payload_sum++;
    assert_int_equal(outcome_of(&story), ORDINARY_WITHOUT_KIND);
    other[KEPT_HEAD - 1] = 1;
    repaired(&story)->payload = other;
    assert_int_equal(outcome_of(&story), ORDINARY_WITHOUT_KIND);
    other[KEPT_HEAD - 1] = 0;
    other[KEPT_HEAD] = 1; /* the sum tells of these */
    repaired(&story)->payload = other;
    assert_int_equal(outcome_of(&story), OF_A_KIND);
    struct segment *again = repaired(&story); /* a part */
    again->length = again->payload_captured = KEPT_HEAD;
    assert_int_equal(outcome_of(&story), ORDINARY_WITHOUT_KIND);
    again = repaired(&story);
    again->seq++;
    again->length = again->payload_captured = KEPT_HEAD;
    assert_int_equal(outcome_of(&story), ORDINARY_WITHOUT_KIND);
    again = repaired(&story);
    again->odd = ODD_CUT; /* less of it was captured */
    again->payload_captured = 20;
    assert_int_equal(outcome_of(&story), ORDINARY_WITHOUT_KIND);
}

/* A segment as one before it, so soon behind that one that the capture may hold it twice. */
static void copy(struct story *story, unsigned from, unsigned to, int64_t passed) {
    story->segments[to].checksum_seen = story->segments[from].checksum_seen;
    int64_t later = story->segments[from].time + passed - story->segments[to].time;
    for (unsigned i = from + 1; i < to; i++)
        story->segments[i].time = story->segments[from].time;
    for (unsigned i = to; i < story->count; i++)
        story->segments[i].time += later;
}

static void test_copy(void **state) {
    struct story story;
    (void)state;
    repaired(&story);
    copy(&story, ASK + 2, AGAIN, MILLISECOND);
    assert_int_equal(outcome_of(&story), ORDINARY_WITHOUT_KIND);
    repaired(&story);
    copy(&story, ASK + 2, AGAIN, MILLISECOND + 1);
    assert_int_equal(outcome_of(&story), OF_A_KIND);
    repaired(&story);
    copy(&story, ASK + 2, AGAIN, MILLISECOND);
    story.segments[AGAIN].checksum_seen++;
    assert_int_equal(outcome_of(&story), OF_A_KIND);
    repaired(&story);
    copy(&story, ASK + 2, AGAIN, MILLISECOND);
    story.segments[ASK + 2].ack--; /* another ACK */
    story.segments[ASK].ack--;
    assert_int_not_equal(outcome_of(&story), ORDINARY_WITHOUT_KIND);
    repaired(&story);
    copy(&story, ASK + 1, ASKED, MILLISECOND);
    assert_int_equal(outcome_of(&story), ORDINARY_WITHOUT_KIND);
    repaired(&story);
    copy(&story, ASK + 1, ASKED, MILLISECOND + 1);
    assert_int_equal(outcome_of(&story), OF_A_KIND);
}

/* The client sends 600 octets in segments that end there, and the first of them once more. */
static struct segment *sent_in(struct story *story, const uint32_t *ends, unsigned count) {
    uint32_t begin = 101;
    ordinary(story);
    story->count = ASK;
    say(story, SIDE_CLIENT, TCP_ACK | TCP_PSH, 1, 1, 100);
    say(story, SIDE_SERVER, TCP_ACK, 1, 101, 0);
    for (unsigned i = 0; i < count; i++) {
        say(story, SIDE_CLIENT, TCP_ACK, begin, 1, ends[i] - begin);
        begin = ends[i];
    }
    struct segment *again = say(story, SIDE_CLIENT, TCP_ACK, 101, 1, ends[0] - 101);
    say(story, SIDE_SERVER, TCP_ACK, 1, 701, 0);
    say(story, SIDE_SERVER, TCP_ACK, 1, 701, 80);
    say(story, SIDE_CLIENT, TCP_ACK | TCP_FIN, 701, 81, 0);
    say(story, SIDE_SERVER, TCP_ACK | TCP_FIN, 81, 702, 0);
    say(story, SIDE_CLIENT, TCP_ACK, 702, 82, 0);
    return again;
}

/* Those before it as well, as many as are remembered of a side. */
static void test_copy_of_one_before(void **state) {
    static const uint32_t ends[][RECENT_SEGMENTS + 1] = {{701}, {201, 701}, {201, 301, 701}, {201, 301, 401, 701}};
    struct story story;
    (void)state;
    for (unsigned count = 1; count <= RECENT_SEGMENTS + 1; count++) {
        sent_in(&story, ends[count - 1], count);
        copy(&story, ASK + 2, ASK + 2 + count, MILLISECOND);
        assert_int_equal(outcome_of(&story), count <= RECENT_SEGMENTS ? ORDINARY_WITHOUT_KIND : OF_A_KIND);
    }
}

static void test_repeated_ack(void **state) {
    struct story story;
    (void)state;
    asked(&story)->window++; /* offers more */
    assert_int_equal(outcome_of(&story), ORDINARY_WITHOUT_KIND);
    repaired(&story);
    story.segments[ASK + 1] = story.segments[ASKED]; /* the first behind the SYN/ACK, whose window is another matter */
    story.segments[ASK + 1].frame = story.segments[ASK].frame + 1;
    story.segments[ASK + 1].time = story.segments[ASK].time + MILLISECOND;
    story.segments[ASK + 1].ack = ISN_CLIENT + 1;
    assert_int_equal(outcome_of(&story), ORDINARY_WITHOUT_KIND);
}

/* So often that it may be an endless exchange. */
static void test_repeated_without_end(void **state) {
    struct story story;
    (void)state;
    for (unsigned times = ACK_LOOP - 1; times <= ACK_LOOP; times++) {
        struct story rest;
        repaired(&story);
        rest = story;
        story.count = ASKED + 1;
        for (unsigned i = 1; i < times; i++)
            say(&story, SIDE_SERVER, TCP_ACK, 1, 101, 0);
        for (unsigned i = ASKED + 1; i < rest.count; i++) {
            struct segment *segment = &story.segments[story.count++];
            *segment = rest.segments[i];
            segment->frame = story.count * 3;
            segment->time = 1000 * SECOND + story.count * 10 * MILLISECOND;
        }
        assert_int_equal(outcome_of(&story), times < ACK_LOOP ? OF_A_KIND : ORDINARY_WITHOUT_KIND);
    }
}

static void block(struct segment *segment, unsigned which, uint32_t begin, uint32_t end) {
    segment->options.present |= OPTION_SACK;
    segment->options.sack_count = (uint8_t)(which + 1);
    segment->options.sack[which].begin = ISN_CLIENT + begin;
    segment->options.sack[which].end = ISN_CLIENT + end;
}

static void test_report_of_duplicate(void **state) {
    struct story story;
    (void)state;
    block(asked(&story), 0, 301, 601);
    assert_int_equal(outcome_of(&story), OF_A_KIND);
    block(asked(&story), 0, 50, 101); /* below the ACK */
    assert_int_equal(outcome_of(&story), ORDINARY_WITHOUT_KIND);
    block(asked(&story), 0, 50, 102);
    assert_int_equal(outcome_of(&story), OF_A_KIND);
    block(asked(&story), 0, 301, 401);
    block(&story.segments[ASKED], 1, 301, 601); /* within the second */
    assert_int_equal(outcome_of(&story), ORDINARY_WITHOUT_KIND);
    block(asked(&story), 0, 300, 401);
    block(&story.segments[ASKED], 1, 301, 601);
    assert_int_equal(outcome_of(&story), OF_A_KIND);
    block(asked(&story), 0, 301, 602);
    block(&story.segments[ASKED], 1, 301, 601);
    assert_int_equal(outcome_of(&story), OF_A_KIND);
    block(asked(&story), 1, 301, 601); /* not of one that is not there */
    block(&story.segments[ASKED], 0, 301, 401);
    assert_int_equal(outcome_of(&story), OF_A_KIND);
}

static void test_pause_before(void **state) {
    struct story story;
    (void)state;
    repaired(&story);
    delay(&story, AGAIN, SECOND - 10 * MILLISECOND - 1);
    assert_int_equal(outcome_of(&story), OF_A_KIND);
    repaired(&story);
    delay(&story, AGAIN, SECOND - 10 * MILLISECOND);
    assert_int_equal(outcome_of(&story), ORDINARY_WITHOUT_KIND);
}

/* All else that makes a connection of no kind does so before a repair and behind it. */
static void test_no_kind_besides(void **state) {
    struct story story;
    (void)state;
    for (unsigned i = ASK; i < ASK + 7; i++) {
        repaired(&story);
        story.segments[i].window = 63;
        assert_int_equal(outcome_of(&story), ORDINARY_WITHOUT_KIND);
    }
    repaired(&story);
    for (unsigned i = AGAIN + 1; i < story.count; i++)
        story.segments[i].window = 20000 - 1000 * (i % 2);
    assert_int_equal(outcome_of(&story), ORDINARY_WITHOUT_KIND);
    repaired(&story);
    story.segments[SYN_ACK].options.mss = 599;
    assert_int_equal(outcome_of(&story), ORDINARY_WITHOUT_KIND);
    repaired(&story);
    delay(&story, AGAIN + 1, SECOND);
    assert_int_equal(outcome_of(&story), ORDINARY_WITHOUT_KIND);
}

/* --- behind the first FIN --- */

enum { REQUEST = ASK + 4, REFILL, REFILL_ACK };

/* The client sends 900 octets in three segments, the first of which is lost behind the capture, and closes. The server
 * asks for it by a block, gets it, and closes as well. */
static struct segment *refilled(struct story *story, unsigned which) {
    ordinary(story);
    story->count = ASK;
    say(story, SIDE_CLIENT, TCP_ACK, 1, 1, 300);
    say(story, SIDE_CLIENT, TCP_ACK, 301, 1, 300);
    say(story, SIDE_CLIENT, TCP_ACK, 601, 1, 300);
    say(story, SIDE_CLIENT, TCP_ACK | TCP_FIN, 901, 1, 0);
    block(say(story, SIDE_SERVER, TCP_ACK, 1, 1, 0), 0, 301, 901);
    say(story, SIDE_CLIENT, TCP_ACK, 1, 1, 300);
    say(story, SIDE_SERVER, TCP_ACK, 1, 902, 0);
    say(story, SIDE_SERVER, TCP_ACK | TCP_FIN, 1, 902, 0);
    say(story, SIDE_CLIENT, TCP_ACK, 902, 2, 0);
    return &story->segments[which];
}

static void test_held_fin(void **state) {
    struct story story;
    (void)state;
    refilled(&story, 0);
    story.segments[REQUEST].ack += 20; /* not the first behind a SYN/ACK whose window is compared */
    story.segments[ASK + 1].flags |= TCP_PSH;
    struct segment early = story.segments[REQUEST];
    early.options = (struct tcp_options){0};
    early.ack = ISN_CLIENT + 1 + 10;
    early.frame = story.segments[ASK].frame + 1;
    early.time = story.segments[ASK].time + MILLISECOND;
    memmove(&story.segments[ASK + 2], &story.segments[ASK + 1], (story.count - ASK - 1) * sizeof early);
    story.segments[ASK + 1] = early;
    story.count++;
    struct witness witness = tell(&story, false);
    assert_int_equal(model_ordinary(witness.model), 1);
    assert_int_equal(witness.alike, 1);
    assert_int_equal(witness.kind.repairs, REPAIR_SENT_AGAIN | REPAIR_AT_CLOSE);
    assert_int_equal(witness.octets, 1200);
    assert_string_equal(witness.passed, "3 opened\n"
                                        "9 completed\n"
                                        "21 entered by the server: CLOSE_WAIT\n"
                                        "24 left by the server: CLOSE_WAIT\n"
                                        "27 entered by the server: CLOSE_WAIT\n"
                                        "33 entered by the client: TIME_WAIT\n"
                                        "33 left by the server: CLOSE_WAIT\n");
    model_free(witness.model);
}

static void test_request_at_close(void **state) {
    struct story story;
    (void)state;
    refilled(&story, REQUEST);
    assert_int_not_equal(outcome_of(&story), LEFT);
    for (int later = 0; later <= 1; later++) { /* times have to tell */
        refilled(&story, REQUEST)->options = (struct tcp_options){0};
        delay(&story, REQUEST, -5 * MILLISECOND + later);
        assert_int_equal(outcome_of(&story) == LEFT, later);
        block(refilled(&story, REQUEST), 0, 0, 1); /* below what it has */
        delay(&story, REQUEST, -5 * MILLISECOND + later);
        assert_int_equal(outcome_of(&story) == LEFT, later);
    }
    block(refilled(&story, REQUEST), 1, 301, 401); /* another one names more */
    block(&story.segments[REQUEST], 0, 0, 1);
    story.segments[REQUEST].options.sack_count = 2;
    assert_int_not_equal(outcome_of(&story), LEFT);
    refilled(&story, REQUEST)->ack += 900; /* lacks the FIN alone */
    story.segments[REQUEST].options.sack[0].begin = ISN_CLIENT + 901;
    story.segments[REQUEST].options.sack[0].end = ISN_CLIENT + 902;
    assert_int_equal(outcome_of(&story), LEFT);
    refilled(&story, REQUEST)->length = 5; /* speaks itself */
    story.segments[REQUEST].payload_captured = 5;
    story.segments[REQUEST].payload = payload;
    assert_int_equal(outcome_of(&story), LEFT);
    refilled(&story, REQUEST)->flags |= TCP_FIN;
    assert_int_equal(outcome_of(&story), LEFT);
}

/* While it lacks octets, what else its receiver says. */
static void test_while_held(void **state) {
    struct story story;
    (void)state;
    struct segment *second = refilled(&story, REFILL); /* asks once more, bare or by a block */
    *second = story.segments[REQUEST];
    second->frame++;
    second->time += MILLISECOND;
    story.count = REFILL + 1;
    assert_int_not_equal(outcome_of(&story), LEFT);
    second->options = (struct tcp_options){0};
    assert_int_not_equal(outcome_of(&story), LEFT);
    second->ack += 899; /* still short by an octet */
    assert_int_not_equal(outcome_of(&story), LEFT);
    second->ack++; /* has come without being sent again */
    assert_int_equal(outcome_of(&story), LEFT);
    second->ack++;
    assert_int_equal(outcome_of(&story), LEFT);
    second->ack = ISN_CLIENT + 1;
    second->flags |= TCP_FIN;
    assert_int_equal(outcome_of(&story), LEFT);
    second->flags = TCP_ACK;
    second->length = second->payload_captured = 9;
    second->payload = payload;
    assert_int_equal(outcome_of(&story), LEFT);
}

/* Octets that were sent twice measure no round trip: not their ACK 1 ms behind the second copy. */
static void test_no_round_trip_of_two_copies(void **state) {
    struct story story;
    (void)state;
    for (int later = 0; later <= 1; later++) {
        ordinary(&story);
        story.count = ASK;
        say(&story, SIDE_CLIENT, TCP_ACK, 1, 1, 300);
        int64_t again = say(&story, SIDE_CLIENT, TCP_ACK, 1, 1, 300)->time;
        say(&story, SIDE_SERVER, TCP_ACK, 1, 301, 0)->time = again + MILLISECOND;
        say(&story, SIDE_CLIENT, TCP_ACK, 301, 1, 20);
        int64_t text = say(&story, SIDE_CLIENT, TCP_ACK, 321, 1, 20)->time;
        say(&story, SIDE_CLIENT, TCP_ACK | TCP_FIN, 341, 1, 0)->time = text;
        say(&story, SIDE_SERVER, TCP_ACK, 1, 321, 0)->time = text + 15 * MILLISECOND + later;
        assert_int_equal(outcome_of(&story) == LEFT, later);
    }
}

/* Each ACK that stops short of octets before the FIN takes a look back at all segments: not at any number of them. */
static void test_looks_back_at_few(void **state) {
    enum { LOOKED_AT = 96, BEFORE = 4 }; /* SYN, SYN/ACK, ACK; FIN */
    struct story story;
    (void)state;
    for (unsigned more = 0; more <= 1; more++) {
        unsigned octets = LOOKED_AT - BEFORE + more;
        ordinary(&story);
        story.count = ASK;
        for (unsigned i = 0; i < octets; i++)
            say(&story, SIDE_CLIENT, TCP_ACK, 1 + i, 1, 1);
        say(&story, SIDE_CLIENT, TCP_ACK | TCP_FIN, 1 + octets, 1, 0)->time -= 9 * MILLISECOND;
        say(&story, SIDE_SERVER, TCP_ACK, 1, octets, 0)->time -= 10 * MILLISECOND;
        assert_int_equal(outcome_of(&story) == LEFT, more);
    }
}

static void test_sent_again_at_close(void **state) {
    struct story story;
    (void)state;
    struct segment *again = refilled(&story, REFILL);
    again->seq += 300; /* what the receiver has: it still lacks the first */
    story.count = REFILL + 1;
    struct witness witness = tell(&story, false);
    assert_int_equal(model_ordinary(witness.model), 1);
    assert_non_null(strstr(witness.passed, "left by the server: CLOSE_WAIT\n"));
    assert_null(strstr(strstr(witness.passed, "left by the server"), "entered"));
    model_free(witness.model);
    again->seq = ISN_CLIENT + 901; /* an octet where the FIN stands */
    again->length = again->payload_captured = 1;
    assert_int_equal(outcome_of(&story), LEFT);
    again->seq--;
    again->length = again->payload_captured = 2;
    assert_int_equal(outcome_of(&story), LEFT);
    again->seq--;
    assert_int_not_equal(outcome_of(&story), LEFT);
    again->seq = ISN_CLIENT + 101; /* more than is written down would have to be compared */
    again->length = again->payload_captured = 300;
    assert_int_equal(outcome_of(&story), LEFT);
    again->seq = ISN_CLIENT + 902; /* behind the FIN */
    block(again, 0, 0, 1);
    again->options.sack[0].begin = ISN_SERVER;
    again->options.sack[0].end = ISN_SERVER + 1;
    assert_int_equal(outcome_of(&story), LEFT);
    struct segment *more = refilled(&story, REFILL_ACK); /* asks once more behind that */
    more->ack = ISN_CLIENT + 301;
    block(more, 0, 601, 901);
    delay(&story, REFILL_ACK, 5 * MILLISECOND); /* it may not have come yet: one and a half of 10 ms */
    assert_int_not_equal(outcome_of(&story), LEFT);
    delay(&story, REFILL_ACK, 1);
    assert_int_equal(outcome_of(&story), LEFT);
    refilled(&story, 0); /* nobody has asked */
    memmove(&story.segments[REQUEST], &story.segments[REFILL], (story.count - REFILL) * sizeof *again);
    story.count--;
    assert_int_not_equal(outcome_of(&story), LEFT);
    block(&story.segments[REFILL], 0, 301, 901); /* but then */
    story.segments[REFILL].ack = ISN_CLIENT + 1;
    assert_int_not_equal(outcome_of(&story), LEFT);
    delay(&story, REFILL, 5 * MILLISECOND + 1);
    assert_int_equal(outcome_of(&story), LEFT);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_marks),
        cmocka_unit_test(test_sent_in_vain),
        cmocka_unit_test(test_other_octets),
        cmocka_unit_test(test_copy),
        cmocka_unit_test(test_copy_of_one_before),
        cmocka_unit_test(test_repeated_ack),
        cmocka_unit_test(test_repeated_without_end),
        cmocka_unit_test(test_report_of_duplicate),
        cmocka_unit_test(test_pause_before),
        cmocka_unit_test(test_no_kind_besides),
        cmocka_unit_test(test_held_fin),
        cmocka_unit_test(test_request_at_close),
        cmocka_unit_test(test_while_held),
        cmocka_unit_test(test_sent_again_at_close),
        cmocka_unit_test(test_looks_back_at_few),
        cmocka_unit_test(test_no_round_trip_of_two_copies),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
