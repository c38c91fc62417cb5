/* SPDX-License-Identifier: BSD-3-Clause */
#include "lane_story.h"

/* An ordinary connection, and what is just so ordinary or just not any more. */

static void test_ordinary_connection(void **state) {
    struct story story;
    (void)state;
    ordinary(&story);
    struct witness witness = tell(&story, false);
    assert_int_equal(model_ordinary(witness.model), 1);
    assert_string_equal(witness.passed, "3 opened\n"
                                        "9 completed\n"
                                        "24 entered by the server: CLOSE_WAIT\n"
                                        "30 entered by the client: TIME_WAIT\n"
                                        "30 left by the server: CLOSE_WAIT\n");
    const struct ordinary_kind kind = {
        .side = {{.options = OPTION_MSS, .traits = TRAIT_DATA}, {.options = OPTION_MSS, .traits = TRAIT_DATA}},
        .closer = SIDE_CLIENT,
        .half_closed = 1,
        .version = 4,
        .end = END_CLOSED,
    };
    assert_int_equal(witness.alike, 1);
    assert_memory_equal(&witness.kind, &kind, sizeof kind);
    assert_int_equal(witness.octets, 800);
    assert_int_equal(witness.end_time, story.segments[LAST_ACK].time + 60 * SECOND);
    model_free(witness.model);
}

/* Every digest of the stories would agree if nothing were looked at. */
static void test_witness_sees_differences(void **state) {
    struct story story, other;
    (void)state;
    ordinary(&story);
    struct witness one = tell(&story, false);
    model_free(one.model);
    for (unsigned i = 0; i < ORDINARY; i++) {
        if (i == ASK || i == ASK_ACK || i == ANSWER_ACK)
            continue; /* ordinary, and three more of its sender behind it */
        ordinary(&other);
        other.segments[i].ip_id += 5;
        struct witness two = tell(&other, false);
        model_free(two.model);
        assert_int_equal(one.count, two.count);
        assert_memory_not_equal(one.seen, two.seen, one.count * sizeof one.seen[0]);
    }
}

/* The same the other way round. */
static void test_server_closes(void **state) {
    struct story story;
    (void)state;
    ordinary(&story);
    story.count = FIRST_FIN;
    say(&story, SIDE_SERVER, TCP_ACK | TCP_FIN, 501, 301, 7);
    say(&story, SIDE_CLIENT, TCP_ACK | TCP_FIN, 301, 509, 0);
    say(&story, SIDE_SERVER, TCP_ACK, 509, 302, 0);
    struct witness witness = tell(&story, false);
    assert_int_equal(model_ordinary(witness.model), 1);
    assert_string_equal(witness.passed, "3 opened\n"
                                        "9 completed\n"
                                        "24 entered by the client: CLOSE_WAIT\n"
                                        "27 left by the client: CLOSE_WAIT\n"
                                        "27 entered by the server: TIME_WAIT\n");
    assert_int_equal(witness.alike, 1);
    assert_int_equal(witness.kind.closer, SIDE_SERVER);
    assert_int_equal(witness.kind.half_closed, 0);
    assert_int_equal(witness.kind.side[SIDE_SERVER].traits, TRAIT_DATA | TRAIT_FIN_WITH_DATA);
    assert_int_equal(witness.kind.side[SIDE_CLIENT].traits, TRAIT_DATA);
    assert_int_equal(witness.octets, 807);
    model_free(witness.model);
}

/* The ordinary story with one segment that is to be changed. */
static struct segment *segment_of(struct story *story, unsigned which) {
    ordinary(story);
    return &story->segments[which];
}

static void test_header_is_ordinary(void **state) {
    struct story story;
    (void)state;
    for (unsigned i = 0; i < ORDINARY; i++) {
        segment_of(&story, i)->checksum = CHECKSUM_BAD;
        assert_int_equal(outcome_of(&story), LEFT);
        segment_of(&story, i)->odd = ODD_URGENT;
        assert_int_equal(outcome_of(&story), LEFT);
        set_checksum(segment_of(&story, i), CHECKSUM_OFFLOADED);
        assert_int_equal(outcome_of(&story), OF_A_KIND);
        segment_of(&story, i)->window = 0;
        assert_int_equal(outcome_of(&story), LEFT);
        segment_of(&story, i)->flags |= TCP_URG;
        assert_int_equal(outcome_of(&story), LEFT);
        segment_of(&story, i)->flags |= TCP_RST;
        assert_int_equal(outcome_of(&story), LEFT);
        segment_of(&story, i)->options.present |= OPTION_SACK;
        bool open = i >= ASK && i <= ANSWER_ACK;
        assert_int_equal(outcome_of(&story), open ? OF_A_KIND : LEFT);
        segment_of(&story, i)->flags |= TCP_PSH;
        bool opens_or_ends = i <= HANDSHAKE_ACK || i == LAST_ACK;
        assert_int_equal(outcome_of(&story), opens_or_ends ? LEFT : OF_A_KIND);
        if (i != SYN) {
            segment_of(&story, i)->flags &= (uint16_t)~TCP_ACK;
            assert_int_equal(outcome_of(&story), LEFT);
        }
        if (i > SYN_ACK) {
            segment_of(&story, i)->seq++;
            assert_int_equal(outcome_of(&story), LEFT);
            segment_of(&story, i)->seq--;
            assert_int_equal(outcome_of(&story), LEFT);
            segment_of(&story, i)->link_source++;
            assert_int_equal(outcome_of(&story), LEFT);
            segment_of(&story, i)->hop_limit--;
            assert_int_equal(outcome_of(&story), LEFT);
        }
    }
}

/* The client sends 600 octets in two segments, and some of that again; SACK blocks tell of the second. */
static struct segment *sent_again(struct story *story, uint32_t seq, uint32_t length) {
    ordinary(story);
    story->count = ASK;
    say(story, SIDE_CLIENT, TCP_ACK, 1, 1, 300);
    say(story, SIDE_CLIENT, TCP_ACK | TCP_PSH, 301, 1, 300);
    struct segment *sacked = say(story, SIDE_SERVER, TCP_ACK, 1, 1, 0);
    sacked->options.present |= OPTION_SACK;
    sacked->options.sack_count = 1;
    sacked->options.sack[0].begin = ISN_CLIENT + 301;
    sacked->options.sack[0].end = ISN_CLIENT + 601;
    struct segment *again = say(story, SIDE_CLIENT, TCP_ACK, seq, 1, length);
    say(story, SIDE_SERVER, TCP_ACK, 1, 601, 0);
    say(story, SIDE_SERVER, TCP_ACK, 1, 601, 80);
    say(story, SIDE_CLIENT, TCP_ACK | TCP_FIN, 601, 81, 0);
    say(story, SIDE_SERVER, TCP_ACK | TCP_FIN, 81, 602, 0);
    say(story, SIDE_CLIENT, TCP_ACK, 602, 82, 0);
    return again;
}

static void test_sent_again(void **state) {
    struct story story;
    (void)state;
    sent_again(&story, 1, 300);
    assert_int_equal(outcome_of(&story), ORDINARY_WITHOUT_KIND);
    sent_again(&story, 301, 300);
    assert_int_equal(outcome_of(&story), ORDINARY_WITHOUT_KIND);
    sent_again(&story, 1, 300)->payload = payload + 1; /* not the same octets */
    story.segments[ASK + 3].payload_sum = checksum_add(0, payload + 1, 300);
    assert_int_equal(outcome_of(&story), ORDINARY_WITHOUT_KIND);
    sent_again(&story, 1, 600); /* what the log lacks would have to be compared, */
    assert_int_equal(outcome_of(&story), LEFT);
    sent_again(&story, 101, 300);
    assert_int_equal(outcome_of(&story), LEFT);
    sent_again(&story, 101, KEPT_HEAD); /* or what it has */
    assert_int_equal(outcome_of(&story), ORDINARY_WITHOUT_KIND);
    sent_again(&story, 600, 1); /* that may be a keep-alive */
    assert_int_equal(outcome_of(&story), LEFT);
    sent_again(&story, 0, 20); /* where the SYN stands */
    assert_int_equal(outcome_of(&story), LEFT);
    sent_again(&story, 301, 301); /* an octet that is new */
    assert_int_equal(outcome_of(&story), LEFT);
    sent_again(&story, 1, 300);
    story.segments[ASK + 2].options.sack[0].end++; /* that has not passed */
    assert_int_equal(outcome_of(&story), LEFT);
}

/* What each side has acknowledged, and what its peer has sent, are both still within. */
static void test_acknowledgment_is_in_between(void **state) {
    struct story story;
    (void)state;
    segment_of(&story, ANSWER)->ack = ISN_CLIENT + 301; /* all */
    assert_int_equal(outcome_of(&story), OF_A_KIND);
    segment_of(&story, ANSWER)->ack = ISN_CLIENT + 302; /* never sent */
    assert_int_equal(outcome_of(&story), LEFT);
    segment_of(&story, ANSWER)->ack = ISN_CLIENT + 300; /* taken back */
    assert_int_equal(outcome_of(&story), LEFT);
    segment_of(&story, ANSWER_ACK)->ack = ISN_SERVER + 500; /* not all */
    assert_int_equal(outcome_of(&story), OF_A_KIND);
    segment_of(&story, FIRST_FIN)->ack = ISN_SERVER + 500; /* taken back */
    assert_int_equal(outcome_of(&story), LEFT);
}

static void test_timestamps(void **state) {
    struct story story;
    (void)state;
    ordinary(&story);
    add_timestamps(&story);
    assert_int_equal(outcome_of(&story), OF_A_KIND);
    for (unsigned i = HANDSHAKE_ACK; i < ORDINARY; i++) {
        ordinary(&story);
        story.segments[i].options.present = OPTION_TIMESTAMPS; /* that nobody has agreed on */
        assert_int_equal(outcome_of(&story), LEFT);
        ordinary(&story);
        add_timestamps(&story);
        story.segments[i].options.present = 0;
        assert_int_equal(outcome_of(&story), LEFT);
    }
    for (int back = 0; back <= 1; back++) {
        ordinary(&story);
        add_timestamps(&story);
        story.segments[ANSWER].options.timestamp_value = story.segments[ASK_ACK].options.timestamp_value - back;
        assert_int_equal(outcome_of(&story), back ? LEFT : OF_A_KIND);
    }
    for (unsigned i = SYN; i <= SYN_ACK; i++) { /* offered by one side alone: then nobody uses them */
        ordinary(&story);
        story.segments[i].options.present |= OPTION_TIMESTAMPS;
        story.segments[i].options.timestamp_value = 5; /* and no later one goes back behind it */
        assert_int_equal(outcome_of(&story), OF_A_KIND);
    }
}

/* Five octets of payload. */
static void carry(struct segment *segment) {
    segment->length = segment->payload_captured = 5;
    segment->payload = payload;
    segment->payload_sum = checksum_add(0, payload, 5);
}

static void test_opening(void **state) {
    struct story story;
    (void)state;
    for (unsigned i = SYN; i <= HANDSHAKE_ACK; i++) { /* with a payload */
        carry(segment_of(&story, i));
        assert_int_equal(outcome_of(&story), LEFT);
    }
    segment_of(&story, SYN)->options.present |= OPTION_FAST_OPEN;
    assert_int_equal(outcome_of(&story), LEFT);
    segment_of(&story, SYN_ACK)->options.present |= OPTION_FAST_OPEN;
    assert_int_equal(outcome_of(&story), LEFT);
    segment_of(&story, SYN)->options.present |= OPTION_WINDOW_SCALE | OPTION_SACK_PERMITTED;
    assert_int_equal(outcome_of(&story), OF_A_KIND);
    segment_of(&story, SYN_ACK)->ack = ISN_CLIENT; /* not of its SYN */
    assert_int_equal(outcome_of(&story), LEFT);
    segment_of(&story, HANDSHAKE_ACK)->ack = ISN_SERVER;
    assert_int_equal(outcome_of(&story), LEFT);
    ordinary(&story); /* the SYN again */
    story.segments[SYN_ACK] = story.segments[SYN];
    story.segments[SYN_ACK].time += MILLISECOND;
    story.segments[SYN_ACK].frame++;
    assert_int_equal(outcome_of(&story), LEFT);
    ordinary(&story); /* the client answers itself */
    story.count = SYN_ACK;
    say(&story, SIDE_CLIENT, TCP_SYN | TCP_ACK, 0, 0, 0)->ack = ISN_CLIENT + 1;
    assert_int_equal(outcome_of(&story), LEFT);
    ordinary(&story); /* the server goes on before the client has answered */
    story.count = HANDSHAKE_ACK;
    say(&story, SIDE_SERVER, TCP_ACK, 1, 1, 0);
    assert_int_equal(outcome_of(&story), LEFT);
}

static void test_closing(void **state) {
    struct story story;
    (void)state;
    ordinary(&story); /* the closer goes on to send */
    story.count = FIN_ACK;
    say(&story, SIDE_CLIENT, TCP_ACK, 302, 501, 1);
    assert_int_equal(outcome_of(&story), LEFT);
    ordinary(&story); /* a FIN behind its FIN */
    story.count = FIN_ACK;
    say(&story, SIDE_CLIENT, TCP_ACK | TCP_FIN, 302, 501, 0);
    assert_int_equal(outcome_of(&story), LEFT);
    ordinary(&story); /* FINs that cross */
    story.count = FIN_ACK;
    say(&story, SIDE_SERVER, TCP_ACK | TCP_FIN, 501, 301, 0);
    assert_int_equal(outcome_of(&story), LEFT);
    ordinary(&story); /* the ACK of the second FIN comes from who sent it, */
    story.segments[LAST_ACK] = story.segments[SECOND_FIN];
    story.segments[LAST_ACK].flags = TCP_ACK;
    story.segments[LAST_ACK].seq++;
    story.segments[LAST_ACK].time += MILLISECOND;
    story.segments[LAST_ACK].frame++;
    assert_int_equal(outcome_of(&story), LEFT);
    segment_of(&story, LAST_ACK)->ack--; /* or is of something else, */
    assert_int_equal(outcome_of(&story), LEFT);
    carry(segment_of(&story, LAST_ACK)); /* or carries more */
    assert_int_equal(outcome_of(&story), LEFT);
    ordinary(&story); /* something after that */
    say(&story, SIDE_CLIENT, TCP_ACK, 302, 502, 0);
    assert_int_equal(outcome_of(&story), LEFT);
    for (int64_t early = 0; early <= 1; early++) { /* after 2MSL nobody waits for it */
        ordinary(&story);
        story.segments[LAST_ACK].time = story.segments[SECOND_FIN].time + 60 * SECOND - early;
        assert_int_equal(outcome_of(&story), early ? ORDINARY_WITHOUT_KIND : LEFT);
    }
}

static void test_times_go_on(void **state) {
    struct story story;
    (void)state;
    for (unsigned i = SYN_ACK; i < ORDINARY; i++) {
        segment_of(&story, i)->time = story.segments[i - 1].time;
        assert_int_equal(outcome_of(&story), OF_A_KIND);
        segment_of(&story, i)->time = story.segments[i - 1].time - 1;
        assert_int_equal(outcome_of(&story), LEFT);
    }
}

/* Pauses and frames of others in between have room in the log as far as four octets tell of ns and two of frames, and
 * beyond that as far as six do. */
static void test_far(void **state) {
    const int64_t pauses[] = {INT64_C(1) << 32, INT64_C(1) << 40, INT64_C(1) << 48};
    struct story story;
    (void)state;
    for (unsigned i = 0; i < 3; i++) {
        for (int64_t less = 1; less >= 0; less--) {
            ordinary(&story);
            story.idle = INT64_MAX / 4;
            delay(&story, ASK, pauses[i] - less - (story.segments[ASK].time - story.segments[ASK - 1].time));
            assert_int_equal(outcome_of(&story), i < 2 || less > 0 ? OF_A_KIND : LEFT);
        }
    }
    const uint64_t frames[] = {(1 << 16) - 1, 1 << 16, UINT64_C(1) << 40};
    for (unsigned i = 0; i < 3; i++) {
        ordinary(&story);
        uint64_t more = frames[i] - (story.segments[ASK].frame - story.segments[ASK - 1].frame);
        for (unsigned later = ASK; later < story.count; later++)
            story.segments[later].frame += more;
        assert_int_equal(outcome_of(&story), OF_A_KIND);
    }
}

/* Nothing but a good checksum, wherever it was, makes a wrong one tell something. */
static void test_checksums(void **state) {
    static const uint8_t others[] = {CHECKSUM_UNVERIFIED, CHECKSUM_OFFLOADED, CHECKSUM_GOOD};
    (void)state;
    for (size_t k = 0; k < sizeof others; k++) {
        struct story story;
        ordinary(&story);
        for (unsigned i = 0; i < ORDINARY; i++)
            set_checksum(&story.segments[i], (enum checksum_status)others[k]);
        set_checksum(&story.segments[ANSWER], CHECKSUM_BAD);
        assert_int_equal(outcome_of(&story), LEFT);
        ordinary(&story); /* the same of a connection beside it */
        for (unsigned i = 0; i < ORDINARY; i++)
            set_checksum(&story.segments[i], (enum checksum_status)others[k]);
        for (unsigned i = 0; i <= ANSWER; i++) {
            story.segments[story.count] = story.segments[i];
            struct segment *segment = &story.segments[story.count++];
            *(segment->source_port == 40000 ? &segment->source_port : &segment->destination_port) = 40001;
            set_checksum(segment, i == ANSWER ? CHECKSUM_BAD : CHECKSUM_UNVERIFIED);
            segment->frame += 100;
            segment->time += SECOND;
        }
        struct witness witness = tell(&story, false);
        assert_int_equal(model_ordinary(witness.model), 1);
        model_free(witness.model);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_ordinary_connection),
        cmocka_unit_test(test_witness_sees_differences),
        cmocka_unit_test(test_server_closes),
        cmocka_unit_test(test_header_is_ordinary),
        cmocka_unit_test(test_sent_again),
        cmocka_unit_test(test_acknowledgment_is_in_between),
        cmocka_unit_test(test_timestamps),
        cmocka_unit_test(test_opening),
        cmocka_unit_test(test_closing),
        cmocka_unit_test(test_times_go_on),
        cmocka_unit_test(test_far),
        cmocka_unit_test(test_checksums),
    };
    return cmocka_run_group_tests(tests, fill_payload, NULL);
}
