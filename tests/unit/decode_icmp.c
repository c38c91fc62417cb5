/* SPDX-License-Identifier: BSD-3-Clause */
#include "decoding.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

/* Errors that quote a segment. */

/* An error that quotes the first octets of a segment, from a router at 203.0.113.9. */
static void put_icmp4(struct octets *frame, unsigned type, unsigned code, uint32_t quoted) {
    struct octets inner = {.length = 0};
    uint32_t ip = put_ipv4(frame, 1, NULL, 0);

    memcpy(frame->at + ip + 12, "\xcb\0\x71\x09", 4);
    put8(frame, type);
    put8(frame, code);
    put_zeros(frame, 6);
    put_tcp4(&inner);
    set16(&inner, 2, 1500);
    put(frame, inner.at, quoted);
    finish_ipv4(frame, ip);
}

static void icmp_errors(void **state) {
    (void)state;
    for (unsigned type = 0; type < 256; type++) {
        struct octets frame = {.length = 0};
        const struct icmp_error *error = &decoded.icmp_error;

        put_icmp4(&frame, type, 13, 28);
        if (type != 3 && type != 4 && type != 11 && type != 12) {
            assert_skipped(RAW, &frame, SKIP_NOT_TCP);
            continue;
        }
        assert_int_equal(decode_whole(RAW, &frame), DECODE_ICMP_ERROR);
        assert_int_equal(error->frame, 7);
        assert_int_equal(error->time, 1234567890);
        assert_memory_equal(error->reporter.octets, "\xcb\0\x71\x09\0\0\0\0\0\0\0\0\0\0\0\0", 16);
        assert_memory_equal(error->source.octets, "\xc0\0\x02\x01\0\0\0\0\0\0\0\0\0\0\0\0", 16);
        assert_memory_equal(error->destination.octets, "\xc6\x33\x64\x02\0\0\0\0\0\0\0\0\0\0\0\0", 16);
        assert_int_equal(error->source_port, 40000);
        assert_int_equal(error->destination_port, 80);
        assert_int_equal(error->seq, 0x10203040);
        assert_int_equal(error->type, type);
        assert_int_equal(error->code, 13);
        assert_int_equal(error->network, 0);
    }
}

static void icmp_that_says_nothing_of_tcp(void **state) {
    struct octets frame = {.length = 0};

    (void)state;
    put_icmp4(&frame, 3, 1, 27); /* an octet short of the sequence number */
    assert_skipped(RAW, &frame, SKIP_NOT_TCP);
    frame.length = 0;
    put_icmp4(&frame, 3, 1, 28);
    assert_int_equal(decode_cut(RAW, &frame, 55, 56), DECODE_SKIPPED);
    assert_int_equal(decoded.skipped, SKIP_TRUNCATED);
    frame.at[28 + 9] = 17;
    assert_skipped(RAW, &frame, SKIP_NOT_TCP);
    frame.at[28 + 9] = 6;
    set16(&frame, 28 + 6, 0x0001); /* a later fragment has no ports */
    assert_skipped(RAW, &frame, SKIP_NOT_TCP);
    set16(&frame, 28 + 6, 0);
    frame.at[28] = 0x65;
    assert_skipped(RAW, &frame, SKIP_NOT_TCP);
}

static void icmpv6_errors(void **state) {
    static const uint8_t reporter[16] = {0x20, 0x01, 0x0d, 0xb8, [15] = 0xfe};

    (void)state;
    for (unsigned type = 0; type < 256; type++) {
        struct octets frame = {.length = 0}, inner = {.length = 0};
        uint32_t ip = put_ipv6(&frame, 58);

        frame.at[ip + 8 + 15] = 0xfe;
        put8(&frame, type);
        put8(&frame, 4);
        put_zeros(&frame, 6);
        put_chain(&inner, 0, "\x2c\0\x01\x04\0\0\0\0\x06\0\0\x01\0\0\0\x09", 16);
        put(&frame, inner.at, 40 + 16 + 8);
        finish_ipv6(&frame, ip);
        if (type < 1 || type > 4) {
            assert_skipped(RAW, &frame, SKIP_NOT_TCP);
            continue;
        }
        assert_int_equal(decode_whole(RAW, &frame), DECODE_ICMP_ERROR);
        assert_memory_equal(decoded.icmp_error.reporter.octets, reporter, 16);
        assert_int_equal(decoded.icmp_error.source.version, 6);
        assert_int_equal(decoded.icmp_error.source.octets[15], 1);
        assert_int_equal(decoded.icmp_error.destination.octets[15], 2);
        assert_int_equal(decoded.icmp_error.seq, 0x10203040);
        assert_int_equal(decoded.icmp_error.type, type);
        set16(&frame, 48 + 40 + 8 + 2, 0x0009);
        assert_skipped(RAW, &frame, SKIP_NOT_TCP);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(icmp_errors),
        cmocka_unit_test(icmp_that_says_nothing_of_tcp),
        cmocka_unit_test(icmpv6_errors),
    };
    return cmocka_run_group_tests(tests, decoder_set_up, decoder_tear_down);
}
