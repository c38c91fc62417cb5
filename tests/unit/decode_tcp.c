/* SPDX-License-Identifier: BSD-3-Clause */
#include "decoding.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

/* The header of TCP, and its checksum. */

static void wrong_data_offsets(void **state) {
    struct octets frame = {.length = 0};

    (void)state;
    put_tcp4(&frame);
    for (unsigned words = 0; words < 16; words++) {
        frame.at[32] = (uint8_t)(words << 4);
        if (words == 5 || words == 6) {
            assert_int_equal(decode_whole(RAW, &frame), DECODE_SEGMENT);
            assert_int_equal(decoded.segment.length, DATA - (words - 5) * 4);
        } else {
            assert_broken(RAW, &frame, words < 5 ? HEADER_OFFSET_LOW : HEADER_OFFSET_BEYOND, 20 + DATA);
            assert_int_equal(decoded.broken.offset, words);
        }
    }
}

static void all_flags(void **state) {
    struct octets frame = {.length = 0};

    (void)state;
    put_tcp4(&frame);
    set16(&frame, 32, 0x5fff);
    set16(&frame, 38, 0xbeef);
    assert_int_equal(decode_whole(RAW, &frame), DECODE_SEGMENT);
    assert_int_equal(decoded.segment.flags,
                     TCP_FIN | TCP_SYN | TCP_RST | TCP_PSH | TCP_ACK | TCP_URG | TCP_ECE | TCP_CWR | TCP_AE);
    assert_int_equal(decoded.segment.urgent, 0xbeef);
}

/* Every length of payload, so that each way through the sum is taken, and each octet changed is noticed. */
static void checksum_good_and_bad(void **state) {
    (void)state;
    for (uint32_t length = 0; length < 100; length++)
        for (unsigned version = 4; version <= 6; version += 2) {
            struct octets frame = {.length = 0};
            uint32_t ip = version == 4 ? put_ipv4(&frame, 6, NULL, 0) : put_ipv6(&frame, 6);
            uint32_t tcp = put_tcp(&frame, TCP_ACK, NULL, 0);
            unsigned right;

            for (uint32_t i = 0; i < length; i++)
                put8(&frame, 0x35 + i * 91);
            if (version == 4)
                finish_ipv4(&frame, ip);
            else
                finish_ipv6(&frame, ip);
            finish_tcp(&frame, ip, tcp);
            right = get16(&frame, tcp + 16);
            assert_int_equal(decode_whole(RAW, &frame), DECODE_SEGMENT);
            assert_int_equal(decoded.segment.checksum, CHECKSUM_GOOD);
            set16(&frame, tcp + 16, right ^ 0x0400);
            assert_int_equal(decode_whole(RAW, &frame), DECODE_SEGMENT);
            assert_int_equal(decoded.segment.checksum, CHECKSUM_BAD);
            assert_int_equal(decoded.segment.checksum_seen, right ^ 0x0400);
            assert_int_equal(decoded.segment.checksum_expected, right);
            set16(&frame, tcp + 16, right);
            frame.at[frame.length - 1] ^= 0x10;
            assert_int_equal(decode_whole(RAW, &frame), DECODE_SEGMENT);
            assert_int_equal(decoded.segment.checksum, CHECKSUM_BAD);
        }
}

static void checksum_offloaded_or_unverified(void **state) {
    struct octets frame = {.length = 0};
    unsigned with_length, without;

    (void)state;
    put_tcp6(&frame);
    with_length = reference_fold(pseudo_sum(&frame, 0, 25));
    without = reference_fold(pseudo_sum(&frame, 0, 0));
    set16(&frame, 56, with_length);
    assert_int_equal(decode_whole(RAW, &frame), DECODE_SEGMENT);
    assert_int_equal(decoded.segment.checksum, CHECKSUM_OFFLOADED);
    set16(&frame, 56, without);
    assert_int_equal(decode_whole(RAW, &frame), DECODE_SEGMENT);
    assert_int_equal(decoded.segment.checksum, CHECKSUM_OFFLOADED);
    set16(&frame, 56, with_length + 1);
    assert_int_equal(decode_whole(RAW, &frame), DECODE_SEGMENT);
    assert_int_equal(decoded.segment.checksum, CHECKSUM_BAD);
    assert_int_equal(decode_cut(RAW, &frame, frame.length - 1, frame.length), DECODE_SEGMENT);
    assert_int_equal(decoded.segment.checksum, CHECKSUM_UNVERIFIED);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(wrong_data_offsets),
        cmocka_unit_test(all_flags),
        cmocka_unit_test(checksum_good_and_bad),
        cmocka_unit_test(checksum_offloaded_or_unverified),
    };
    return cmocka_run_group_tests(tests, decoder_set_up, decoder_tear_down);
}
