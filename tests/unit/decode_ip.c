/* SPDX-License-Identifier: BSD-3-Clause */
#include "decoding.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

/* The headers of IP: options, lengths that are wrong, lost or not there, extension headers. */

static void ipv4_options_and_wrong_lengths(void **state) {
    struct octets frame = {.length = 0}, plain = {.length = 0};
    uint32_t ip = put_ipv4(&frame, 6, "\x94\x04\0\0\x01\x01\x01\0", 8),
             tcp = put_tcp(&frame, TCP_ACK | TCP_PSH, NULL, 0);

    (void)state;
    put(&frame, "hello", DATA);
    finish_ipv4(&frame, ip);
    finish_tcp(&frame, ip, tcp);
    assert_good_segment(RAW, &frame);
    frame.at[0] = 0x44;
    assert_skipped(RAW, &frame, SKIP_MALFORMED); /* a header of 16 octets */

    put_tcp4(&plain);
    set16(&plain, 2, 19);
    assert_skipped(RAW, &plain, SKIP_MALFORMED); /* less than the header */
    set16(&plain, 2, 39);
    assert_broken(RAW, &plain, HEADER_SHORT, 19); /* less than a TCP header behind it */
    set16(&plain, 2, 20);
    assert_skipped(RAW, &plain, SKIP_MALFORMED);
    set16(&plain, 2, 46);
    assert_int_equal(decode_cut(RAW, &plain, 40, 45), DECODE_SKIPPED); /* more than the frame had on the wire */
    assert_int_equal(decoded.skipped, SKIP_MALFORMED);
}

/* Where the file's length on the wire is the captured one, it may be a cut frame whose true length was lost. */
static void lost_wire_length(void **state) {
    struct octets frame = {.length = 0};

    (void)state;
    put_tcp4(&frame);
    set16(&frame, 2, 1500);
    assert_int_equal(decode_whole(RAW, &frame), DECODE_SEGMENT);
    assert_int_equal(decoded.segment.length, 1460);
    assert_int_equal(decoded.segment.payload_captured, DATA);
    assert_int_equal(decoded.segment.checksum, CHECKSUM_UNVERIFIED);
    assert_int_equal(decode_cut(RAW, &frame, 30, 30), DECODE_BROKEN);
    assert_int_equal(decoded.skipped, SKIP_TRUNCATED);
    assert_int_equal(decoded.broken.fault, HEADER_CUT);
    assert_int_equal(decoded.broken.octets, 10);
    assert_int_equal(decode_cut(RAW, &frame, frame.length, 0), DECODE_SEGMENT);
    assert_int_equal(decoded.segment.length, 1460);
}

/* Segmentation offload: total length 0 means "to the end of the frame". */
static void ipv4_without_length(void **state) {
    static struct octets frame;
    uint32_t ip, tcp;

    (void)state;
    frame.length = 0;
    put_ethernet(&frame, 0x0800);
    ip = put_ipv4(&frame, 6, NULL, 0);
    tcp = put_tcp(&frame, TCP_ACK | TCP_PSH, NULL, 0);
    put_zeros(&frame, 66000);
    finish_tcp(&frame, ip, tcp);
    assert_int_equal(decode_whole(ETHERNET, &frame), DECODE_SEGMENT);
    assert_int_equal(decoded.segment.length, 66000);
    assert_int_equal(decoded.segment.checksum, CHECKSUM_GOOD);
    assert_int_equal(decode_cut(ETHERNET, &frame, 54, frame.length), DECODE_SEGMENT);
    assert_int_equal(decoded.segment.length, 66000);
    assert_int_equal(decoded.segment.odd & ODD_NO_LENGTH, ODD_NO_LENGTH);
    frame.length = 60; /* as short as a padded frame: no length can be taken from it */
    assert_skipped(ETHERNET, &frame, SKIP_MALFORMED);
    frame.length = 14 + 20 + 20 + 12; /* options, and nothing that offload could have made longer */
    frame.at[tcp + 12] = 0x80;
    memset(frame.at + tcp + 20, 1, 12);
    finish_tcp(&frame, ip, tcp);
    assert_int_equal(decode_whole(ETHERNET, &frame), DECODE_SEGMENT);
    assert_int_equal(decoded.segment.length, 0);
    assert_int_equal(decoded.segment.odd & ODD_NO_LENGTH, 0);
}

static void ipv6_jumbo(void **state) {
    static struct octets frame;
    uint32_t ip, tcp;

    (void)state;
    frame.length = 0;
    ip = put_ipv6(&frame, 0);
    put(&frame, "\x06\0\xc2\x04\0\x01\x01\xf4", 8); /* 66036 = 8 + 20 + 66008 */
    tcp = put_tcp(&frame, TCP_ACK | TCP_PSH, NULL, 0);
    put_zeros(&frame, 66008);
    finish_tcp(&frame, ip, tcp);
    put_zeros(&frame, 11); /* a trailer */
    assert_int_equal(decode_whole(RAW, &frame), DECODE_SEGMENT);
    assert_int_equal(decoded.segment.length, 66008);
    assert_int_equal(decoded.segment.checksum, CHECKSUM_GOOD);
    frame.at[45] = 2;
    assert_skipped(RAW, &frame, SKIP_MALFORMED); /* longer than the frame */
    frame.at[43] = 5;
    assert_skipped(RAW, &frame, SKIP_MALFORMED); /* an option that leaves its header */
}

static void ipv6_extension_chains(void **state) {
    static const struct {
        unsigned first;
        const char *chain;
        uint32_t length;
    } cases[] = {
        {0, "\x06\0\x01\x04\0\0\0\0", 8},                                       /* hop-by-hop */
        {60, "\x06\x01\x01\x0c\0\0\0\0\0\0\0\0\0\0\0\0", 16},                   /* destination options */
        {43, "\x06\0\0\0\0\0\0\0", 8},                                          /* routing, nothing left */
        {51, "\x06\x04\0\0\0\0\0\x01\0\0\0\x01\1\2\3\4\5\6\7\x08\1\2\3\4", 24}, /* authentication */
        {44, "\x06\0\0\0\0\0\0\x09", 8},                                        /* a fragment that is the whole */
        {135, "\x06\0\0\0\0\0\0\0", 8},                                         /* mobility */
        {0, "\x3c\0\x01\x04\0\0\0\0\x2b\0\x01\x04\0\0\0\0\x2c\0\0\0\0\0\0\0\x06\0\0\0\0\0\0\x09", 32},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct octets frame = {.length = 0};

        put_chain(&frame, cases[i].first, cases[i].chain, cases[i].length);
        assert_good_segment(RAW, &frame);
        frame.at[41] = 200; /* a header that is longer than its packet */
        if (cases[i].first != 44)
            assert_skipped(RAW, &frame, SKIP_MALFORMED);
    }
}

static void extension_headers_are_capped(void **state) {
    (void)state;
    for (unsigned headers = 20; headers < 30; headers++) {
        struct octets frame = {.length = 0};
        uint8_t chain[8 * 30] = {0};

        for (unsigned i = 0; i < headers; i++)
            chain[8 * i] = i + 1 < headers ? 60 : 6;
        put_chain(&frame, 60, chain, 8 * headers);
        if (headers <= 24)
            assert_good_segment(RAW, &frame);
        else
            assert_skipped(RAW, &frame, SKIP_UNSUPPORTED);
    }
}

/* While segments are left the connection ends at the last address, and that one is in the pseudo-header. */
static void routing_header_names_the_destination(void **state) {
    static const unsigned types[] = {0, 2, 4};

    (void)state;
    for (size_t i = 0; i < 3; i++) {
        struct octets frame = {.length = 0};
        uint8_t chain[24] = {6, 2, (uint8_t)types[i], 1, [8] = 0x20, 0x01, 0x0d, 0xb8, [23] = 0x99};

        put_chain(&frame, 43, chain, 24);
        /* finish_tcp knew only the address in the IPv6 header: ...:2 is ...:99 now */
        set16(&frame, 40 + 24 + 16, reference_fold(get16(&frame, 40 + 24 + 16) + 0xffff - 0x97));
        assert_good_segment(RAW, &frame);
        assert_int_equal(decoded.segment.destination.octets[15], 0x99);
    }
}

static void other_protocols(void **state) {
    static const struct {
        unsigned protocol;
        enum skip_reason four, six;
    } cases[] = {
        {17, SKIP_NOT_TCP, SKIP_NOT_TCP},          {132, SKIP_NOT_TCP, SKIP_NOT_TCP},
        {59, SKIP_NOT_TCP, SKIP_NOT_TCP},          {50, SKIP_UNSUPPORTED, SKIP_UNSUPPORTED},
        {108, SKIP_UNSUPPORTED, SKIP_UNSUPPORTED}, {46, SKIP_NOT_TCP, SKIP_NOT_TCP},
        {58, SKIP_NOT_TCP, SKIP_NOT_TCP},          {0, SKIP_NOT_TCP, SKIP_MALFORMED},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct octets four = {.length = 0}, six = {.length = 0};

        put_tcp4(&four);
        four.at[9] = (uint8_t)cases[i].protocol;
        assert_skipped(RAW, &four, cases[i].four);
        put_tcp6(&six);
        six.at[6] = (uint8_t)cases[i].protocol;
        assert_skipped(RAW, &six, cases[i].six);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ipv4_options_and_wrong_lengths),
        cmocka_unit_test(lost_wire_length),
        cmocka_unit_test(ipv4_without_length),
        cmocka_unit_test(ipv6_jumbo),
        cmocka_unit_test(ipv6_extension_chains),
        cmocka_unit_test(extension_headers_are_capped),
        cmocka_unit_test(routing_header_names_the_destination),
        cmocka_unit_test(other_protocols),
    };
    return cmocka_run_group_tests(tests, decoder_set_up, decoder_tear_down);
}
