/* SPDX-License-Identifier: BSD-3-Clause */
#include "lane_story.h"

#include "model/lane_links.h"

#include <limits.h>

/* What the log of the lane holds, and how much. */

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
    static const uint32_t stamps[] = {0, 127, 128, 16383, 16384, (1 << 21) - 1, 1 << 21};
    static const uint32_t ids[] = {0, 65534, 65535, 65536, 0xfffff, 1, 1};
    static const uint32_t acked[] = {65534, 65535, 65536, 1, 199998, 1, 1};
    static const int64_t waits[] = {
        0, UINT32_MAX - 10 * MILLISECOND, UINT32_MAX - 10 * MILLISECOND + 1, 70 * SECOND, 1, 1, 1};
    static const uint64_t frames[] = {126, 127, 16382, 16383, (1 << 21) - 2, (1 << 21) - 1, UINT64_C(1) << 39};
    static const uint32_t cut[] = {1, KEPT_HEAD, 127, 128, OCTETS, OCTETS, OCTETS};
    (void)state;
    for (unsigned i = 0; i < sizeof stamps / sizeof stamps[0]; i++) {
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

/* However much stands in the last piece of a log when the connection closes, or is reset. */
static void test_log_closes(void **state) {
    (void)state;
    for (uint32_t octets = 1; octets < 300; octets++) {
        struct story story;
        ordinary(&story);
        story.count = FIRST_FIN;
        uint32_t seq = 501;
        for (uint32_t end = seq + octets, length; seq < end; seq += length) {
            length = end - seq < KEPT_HEAD ? end - seq : KEPT_HEAD;
            say(&story, SIDE_SERVER, TCP_ACK, seq, 301, length);
        }
        say(&story, SIDE_CLIENT, TCP_ACK, 301, seq, 0);
        unsigned open = story.count;
        say(&story, SIDE_CLIENT, TCP_ACK | TCP_FIN, 301, seq, 0);
        say(&story, SIDE_SERVER, TCP_ACK | TCP_FIN, seq, 302, 0);
        say(&story, SIDE_CLIENT, TCP_ACK, 302, seq + 1, 0);
        assert_int_equal(outcome_of(&story), OF_A_KIND);
        story.count = open;
        say(&story, SIDE_CLIENT, TCP_ACK | TCP_RST, 301, seq, 0);
        assert_int_equal(outcome_of(&story), ORDINARY_WITHOUT_KIND);
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
    assert_in_range(room_for(10), 120, 200);
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

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_log_reads_back), cmocka_unit_test(test_log_reads_back_numbers),
        cmocka_unit_test(test_log_is_full),    cmocka_unit_test(test_segments_are_counted),
        cmocka_unit_test(test_log_closes),     cmocka_unit_test(test_links),
    };
    return cmocka_run_group_tests(tests, fill_payload, NULL);
}
