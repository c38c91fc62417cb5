/* SPDX-License-Identifier: BSD-3-Clause */
#include "decoding.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

/* Frames that were not captured whole, and such as nobody sends. */

static const char syn_options[20] = "\x02\x04\x05\xb4\x04\x02\x08\x0a\0\0\0\x01\0\0\0\0\x01\x03\x03\x07";

static void put_deep(struct octets *frame) {
    uint32_t ip, tcp;

    put_ethernet(frame, 0x88a8);
    put32(frame, 0x000a8100);
    put32(frame, 0x001486dd);
    ip = put_ipv6(frame, 0);
    put(frame, "\x2b\0\x01\x04\0\0\0\0\x06\0\0\0\0\0\0\0", 16);
    tcp = put_tcp(frame, TCP_ACK | TCP_PSH, syn_options, 20);
    put(frame, "hello", DATA);
    finish_ipv6(frame, ip);
    finish_tcp(frame, ip, tcp);
}

/* Whatever the snapshot leaves of a frame: truncated, or the same segment as far as the headers say. */
static void every_snapshot_length(void **state) {
    struct octets frame = {.length = 0};
    uint32_t tcp = 14 + 8 + 40 + 16;

    (void)state;
    put_deep(&frame);
    for (uint32_t captured = 0; captured <= frame.length; captured++) {
        enum decode_result result = decode_cut(ETHERNET, &frame, captured, frame.length);

        if (captured < tcp + 20) {
            assert_int_equal(result, captured < tcp + 4 ? DECODE_SKIPPED : DECODE_BROKEN);
            assert_int_equal(decoded.skipped, SKIP_TRUNCATED);
            continue;
        }
        assert_int_equal(result, DECODE_SEGMENT);
        assert_segment();
        assert_int_equal(decoded.segment.header_octets, 40);
        assert_int_equal((decoded.segment.options.present & OPTION_CUT) != 0, captured < tcp + 40);
        assert_int_equal(decoded.segment.payload_captured, captured < tcp + 40 ? 0 : captured - tcp - 40);
        assert_int_equal(decoded.segment.checksum, captured == frame.length ? CHECKSUM_GOOD : CHECKSUM_UNVERIFIED);
        assert_int_equal((decoded.segment.odd & ODD_CUT) != 0, captured < frame.length);
    }
}

/* Of a segment without payload what is cut is options. */
static void every_snapshot_length_of_a_syn(void **state) {
    struct octets frame = {.length = 0};
    uint32_t ip = put_ipv4(&frame, 6, NULL, 0), tcp = put_tcp(&frame, TCP_SYN, "\2\4\x05\xb4\4\2\1\1", 8);

    (void)state;
    finish_tcp(&frame, ip, tcp);
    finish_ipv4(&frame, ip);
    for (uint32_t captured = 0; captured < tcp + 4; captured++) {
        assert_int_equal(decode_cut(RAW, &frame, captured, frame.length), DECODE_SKIPPED);
        assert_int_equal(decoded.skipped, SKIP_TRUNCATED);
    }
    for (uint32_t captured = tcp + 20; captured <= frame.length; captured++) {
        assert_int_equal(decode_cut(RAW, &frame, captured, frame.length), DECODE_SEGMENT);
        assert_int_equal((decoded.segment.odd & ODD_CUT) != 0, captured < frame.length);
        assert_int_equal((decoded.segment.options.present & OPTION_CUT) != 0, captured < frame.length);
        assert_int_equal((decoded.segment.options.present & OPTION_MSS) != 0, captured >= tcp + 24);
        assert_int_equal(decoded.segment.options.present & OPTION_MALFORMED, 0);
        assert_int_equal(decoded.segment.length, 0);
    }
}

/* Whatever a frame that really ends there yields: nothing is read beyond it, and it is no complete segment. */
static void every_frame_length(void **state) {
    struct octets frame = {.length = 0};

    (void)state;
    put_deep(&frame);
    for (uint32_t length = 0; length < frame.length; length++) {
        enum decode_result result =
            decode_cut(ETHERNET, &frame, length, length + 1 < frame.length ? length + 1 : length);

        assert_true(result == DECODE_SEGMENT || decoded.skipped == SKIP_MALFORMED || decoded.skipped == SKIP_TRUNCATED);
        if (result == DECODE_SEGMENT)
            assert_int_equal(decoded.segment.checksum, CHECKSUM_UNVERIFIED);
    }
}

/* Octets turned over at random, with any length: every frame has an end of its own, and a sanitizer sees no fault. */
static void any_octets_at_all(void **state) {
    static const int links[] = {ETHERNET, BSD_NULL, RAW, SLL, SLL2};
    uint32_t random = 1;

    (void)state;
    for (unsigned round = 0; round < 200000; round++) {
        struct octets frame;
        uint32_t cut;

        frame.length = 0;
        put_deep(&frame);
        for (unsigned i = 0; i < 1 + round % 4; i++) {
            random = random * 1664525 + 1013904223;
            frame.at[(random >> 8) % frame.length] = (uint8_t)(random >> 24);
        }
        random = random * 1664525 + 1013904223;
        cut = (random >> 8) % (frame.length + 1);
        if (decode_cut(links[round % 5], &frame, cut, round % 3 == 0 ? cut : frame.length) == DECODE_SKIPPED)
            assert_true(decoded.skipped > SKIP_FILTERED && decoded.skipped < SKIP_REASONS);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_snapshot_length),
        cmocka_unit_test(every_snapshot_length_of_a_syn),
        cmocka_unit_test(every_frame_length),
        cmocka_unit_test(any_octets_at_all),
    };
    return cmocka_run_group_tests(tests, decoder_set_up, decoder_tear_down);
}
