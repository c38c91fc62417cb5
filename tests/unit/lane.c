/* SPDX-License-Identifier: BSD-3-Clause */
#include "lane_story.h"

#include "model/lane_links.h"

#include <limits.h>

/* An ordinary connection, and what is just so ordinary or just not any more. */

/* --- what stays --- */

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
        .side = {{.options = OPTION_MSS, .mss = 1400, .window = 20000, .traits = TRAIT_DATA},
                 {.options = OPTION_MSS, .mss = 1460, .window = 20000, .traits = TRAIT_DATA}},
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

/* Octets that the log writes in several ways: numbers of one octet and more, times finer than a microsecond, payload
 * shorter and longer than what is kept of it and not all captured, other windows, identifications that do not count on.
 */
static void test_log_reads_back(void **state) {
    static const uint32_t lengths[] = {1, KEPT_HEAD - 1, KEPT_HEAD, KEPT_HEAD + 1, 127, 128, 1400};
    (void)state;
    for (size_t i = 0; i < sizeof lengths / sizeof lengths[0]; i++) {
        for (unsigned variant = 0; variant < 8; variant++) {
            struct story story;
            ordinary(&story);
            struct segment *ask = &story.segments[ASK];
            story.count = ASK;
            say(&story, SIDE_CLIENT, TCP_ACK | TCP_PSH, 1, 1, lengths[i]);
            say(&story, SIDE_CLIENT, TCP_ACK, 1 + lengths[i], 1, 90);
            say(&story, SIDE_SERVER, TCP_ACK, 1, 1 + lengths[i], 0);
            say(&story, SIDE_SERVER, TCP_ACK, 1, 91 + lengths[i], 30);
            say(&story, SIDE_CLIENT, TCP_ACK, 91 + lengths[i], 31, 0);
            ask->frame += (variant & 1) != 0 ? 127 : 0;
            for (unsigned k = ASK + 1; k < story.count; k++)
                story.segments[k].frame += 200;
            delay(&story, ASK, (variant & 1) != 0 ? 999 : 1000);
            delay(&story, ASK + 2, (variant & 2) != 0 ? 500 : 0);
            if ((variant & 2) != 0) {
                ask->payload_captured = lengths[i] < KEPT_HEAD + 2 ? lengths[i] - 1 : KEPT_HEAD + 1;
                ask->payload_sum = checksum_add(0, payload, ask->payload_captured);
                ask->odd = ODD_CUT;
            }
            if ((variant & 4) != 0) {
                ask->window = 30000;
                ask->ip_id = 65535;
                ask->checksum = CHECKSUM_OFFLOADED;
                ask->odd |= ODD_OFFLOADED;
            }
            assert_int_not_equal(outcome_of(&story), LEFT);
        }
    }
}

/* Numbers on both sides of where the log takes more octets for them: two segments of the client with octets that pass
 * far apart, and the server's ACK of most of the first. */
static void test_log_reads_back_numbers(void **state) {
    static const uint32_t stamps[] = {0, 254, 255, 256, 70000};
    static const uint32_t ids[] = {0, 65534, 65535, 65536, 0xfffff};
    static const uint32_t acked[] = {65534, 65535, 65536, 1, 199998};
    static const int64_t waits[] = {0, UINT32_MAX - 10 * MILLISECOND, UINT32_MAX - 10 * MILLISECOND + 1, 70 * SECOND,
                                    1};
    static const uint64_t frames[] = {0, 255, (1 << 24) - 4, (1 << 24) - 3, UINT64_C(1) << 33};
    static const uint32_t cut[] = {1, KEPT_HEAD, OCTETS, OCTETS, OCTETS};
    (void)state;
    for (unsigned i = 0; i < 5; i++) {
        struct story story;
        ordinary(&story);
        story.count = ASK;
        for (unsigned k = 0; k < 2; k++) {
            struct segment *ask = say(&story, SIDE_CLIENT, TCP_ACK, 1 + k * 100000, 1, 1);
            ask->length = 100000;
            ask->payload_captured = cut[i];
            ask->payload_sum = checksum_add(0, payload, cut[i]);
            ask->odd = ODD_CUT;
            ask->ip_id = ids[i];
        }
        say(&story, SIDE_SERVER, TCP_ACK, 1, 1 + acked[i], 0)->ip_id = ids[i] + 1;
        say(&story, SIDE_SERVER, TCP_ACK, 1, 200001, 0)->ip_id = ids[i] + 2;
        for (unsigned k = 0; k < story.count; k++) {
            struct segment *segment = &story.segments[k];
            segment->frame += k > ASK ? frames[i] : 0;
            segment->options.present |= OPTION_TIMESTAMPS;
            segment->options.timestamp_value = k * stamps[i];
            segment->options.timestamp_echo = k == 0 ? 0 : (k - 1) * stamps[i] / 2;
        }
        delay(&story, ASK + 1, waits[i]);
        assert_int_equal(outcome_of(&story), ORDINARY_WITHOUT_KIND);
    }
}

/* --- what is not ordinary any more --- */

/* Its checksum is of that kind, and odd accordingly. */
static void sum(struct segment *segment, enum checksum_status checksum) {
    segment->checksum = (uint8_t)checksum;
    segment->odd = (uint16_t)((segment->odd & ~ODD_OFFLOADED) | (checksum == CHECKSUM_OFFLOADED ? ODD_OFFLOADED : 0));
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
        sum(segment_of(&story, i), CHECKSUM_OFFLOADED);
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

static void stamp(struct story *story) {
    for (unsigned i = 0; i < story->count; i++) {
        bool up = story->segments[i].source_port == 40000;
        story->segments[i].options.present |= OPTION_TIMESTAMPS;
        story->segments[i].options.timestamp_value = (up ? UINT32_MAX - 40 : 70000) + 10 * i;
        story->segments[i].options.timestamp_echo = i == 0 ? 0 : (up ? 70000 : UINT32_MAX - 40) + 10 * (i - 1);
    }
}

static void test_timestamps(void **state) {
    struct story story;
    (void)state;
    ordinary(&story);
    stamp(&story);
    assert_int_equal(outcome_of(&story), OF_A_KIND);
    for (unsigned i = HANDSHAKE_ACK; i < ORDINARY; i++) {
        ordinary(&story);
        story.segments[i].options.present = OPTION_TIMESTAMPS; /* that nobody has agreed on */
        assert_int_equal(outcome_of(&story), LEFT);
        ordinary(&story);
        stamp(&story);
        story.segments[i].options.present = 0;
        assert_int_equal(outcome_of(&story), LEFT);
    }
    for (int back = 0; back <= 1; back++) {
        ordinary(&story);
        stamp(&story);
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

/* How many more segments of so many octets a connection takes before it leaves the lane. */
static unsigned room_for(uint32_t octets) {
    struct story story;
    for (unsigned more = 0; more < 270; more++) {
        ordinary(&story);
        story.count = ANSWER;
        for (unsigned i = 0; i <= more; i++)
            say(&story, SIDE_SERVER, TCP_ACK, 1 + i * octets, 301, octets);
        if (outcome_of(&story) == LEFT)
            return more;
    }
    return UINT_MAX;
}

/* A log has room for so many octets, */
static void test_log_is_full(void **state) {
    (void)state;
    assert_in_range(room_for(1), 150, 254 - ANSWER);
    assert_in_range(room_for(100), 45, 80);
}

/* and its record counts so many segments. */
static void test_segments_are_counted(void **state) {
    (void)state;
    assert_int_equal(room_for(0), UINT8_MAX - ANSWER);
}

/* Numbers of hardware addresses are the same for the same, and others for others; near its place each finds one of
 * sixteen. */
static void test_links(void **state) {
    (void)state;
    struct links *links = links_new();
    uint16_t first, number;
    assert_non_null(links);
    assert_true(link_number(links, 0, &first));
    assert_int_equal(link_source(links, first), 0);
    const uint64_t source = 0x020000000001;
    assert_true(link_number(links, source, &first));
    unsigned near = 0;
    for (uint64_t other = source; near < LINK_TRIES; other++) {
        if (other * UINT64_C(0x9e3779b97f4a7c15) >> 48 == source * UINT64_C(0x9e3779b97f4a7c15) >> 48) {
            assert_true(link_number(links, other, &number));
            assert_int_equal(number, (uint16_t)(first + near++));
            assert_int_equal(link_source(links, number), other);
        }
    }
    uint64_t last = source;
    do {
        last--;
    } while (last * UINT64_C(0x9e3779b97f4a7c15) >> 48 != source * UINT64_C(0x9e3779b97f4a7c15) >> 48);
    assert_false(link_number(links, last, &number));
    assert_true(link_number(links, source, &number));
    assert_int_equal(number, first);
    links_free(links);
}

/* --- of which kind --- */

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
            sum(&story.segments[which], (oddities[i] & ODD_OFFLOADED) != 0 ? CHECKSUM_OFFLOADED : CHECKSUM_GOOD);
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

/* Nothing but a good checksum, wherever it was, makes a wrong one tell something. */
static void test_checksums(void **state) {
    static const uint8_t others[] = {CHECKSUM_UNVERIFIED, CHECKSUM_OFFLOADED, CHECKSUM_GOOD};
    (void)state;
    for (size_t k = 0; k < sizeof others; k++) {
        struct story story;
        ordinary(&story);
        for (unsigned i = 0; i < ORDINARY; i++)
            sum(&story.segments[i], (enum checksum_status)others[k]);
        sum(&story.segments[ANSWER], CHECKSUM_BAD);
        assert_int_equal(outcome_of(&story), LEFT);
        ordinary(&story); /* the same of a connection beside it */
        for (unsigned i = 0; i < ORDINARY; i++)
            sum(&story.segments[i], (enum checksum_status)others[k]);
        for (unsigned i = 0; i <= ANSWER; i++) {
            story.segments[story.count] = story.segments[i];
            struct segment *segment = &story.segments[story.count++];
            *(segment->source_port == 40000 ? &segment->source_port : &segment->destination_port) = 40001;
            sum(segment, i == ANSWER ? CHECKSUM_BAD : CHECKSUM_UNVERIFIED);
            segment->frame += 100;
            segment->time += SECOND;
        }
        struct witness witness = tell(&story, false);
        assert_int_equal(model_ordinary(witness.model), 1);
        model_free(witness.model);
    }
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
                stamp(&story);
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
            stamp(&story);
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
        cmocka_unit_test(test_ordinary_connection),
        cmocka_unit_test(test_witness_sees_differences),
        cmocka_unit_test(test_server_closes),
        cmocka_unit_test(test_log_reads_back),
        cmocka_unit_test(test_log_reads_back_numbers),
        cmocka_unit_test(test_header_is_ordinary),
        cmocka_unit_test(test_sent_again),
        cmocka_unit_test(test_acknowledgment_is_in_between),
        cmocka_unit_test(test_timestamps),
        cmocka_unit_test(test_opening),
        cmocka_unit_test(test_closing),
        cmocka_unit_test(test_times_go_on),
        cmocka_unit_test(test_far),
        cmocka_unit_test(test_links),
        cmocka_unit_test(test_log_is_full),
        cmocka_unit_test(test_segments_are_counted),
        cmocka_unit_test(test_pause),
        cmocka_unit_test(test_maximum_segment_size),
        cmocka_unit_test(test_window_is_filled),
        cmocka_unit_test(test_window_is_taken_back),
        cmocka_unit_test(test_acknowledged_twice),
        cmocka_unit_test(test_traits),
        cmocka_unit_test(test_no_traits),
        cmocka_unit_test(test_checksums),
        cmocka_unit_test(test_attempt),
        cmocka_unit_test(test_successor),
        cmocka_unit_test(test_successor_of_attempt),
        cmocka_unit_test(test_end_comes_again),
    };
    for (size_t i = 0; i < sizeof payload; i++)
        payload[i] = (uint8_t)(i * 31 + i / 256);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
