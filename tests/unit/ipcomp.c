/* SPDX-License-Identifier: BSD-3-Clause */
/* Packets that IPComp has compressed. */
#include "config.h"

#include "decoding.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#ifdef HAVE_ZLIB
#include <zlib.h>

enum { IPCOMP = 108, TCP = 6, IP_IN_IP = 4, IP_HEADER = 20, COMPRESSED = 24, CPI_DEFLATE = 2, CPI_LZS = 3 };

/* An IPv4 packet whose content is `data`, compressed behind the head of IPComp. */
static void put_compressed(struct octets *frame, unsigned next, unsigned cpi, const uint8_t *data, uint32_t length) {
    static uint8_t copy[70000], packed[70000];
    z_stream stream = {0};
    uint32_t ip;

    memcpy(copy, data, length);
    assert_int_equal(deflateInit2(&stream, 9, Z_DEFLATED, -15, 9, Z_DEFAULT_STRATEGY), Z_OK);
    stream.next_in = copy;
    stream.avail_in = length;
    stream.next_out = packed;
    stream.avail_out = sizeof packed;
    assert_int_equal(deflate(&stream, Z_FINISH), Z_STREAM_END);
    frame->length = 0;
    ip = put_ipv4(frame, IPCOMP, NULL, 0);
    put8(frame, next);
    put8(frame, 0);
    put16(frame, cpi);
    put(frame, packed, (uint32_t)stream.total_out);
    finish_ipv4(frame, ip);
    deflateEnd(&stream);
}

static void a_segment_and_a_packet(void **state) {
    static struct octets plain, frame;

    (void)state;
    put_tcp4(&plain);
    put_compressed(&frame, TCP, CPI_DEFLATE, plain.at + IP_HEADER, plain.length - IP_HEADER);
    assert_good_segment(RAW, &frame);
    assert_layers(1, (const char *const[]){"ipcomp"});
    assert_true(decoded.transient);
    put_compressed(&frame, TCP, 256, plain.at + IP_HEADER, plain.length - IP_HEADER);
    assert_good_segment(RAW, &frame);
    put_compressed(&frame, IP_IN_IP, CPI_DEFLATE, plain.at, plain.length);
    assert_good_segment(RAW, &frame);
    assert_layers(2, (const char *const[]){"ipcomp", "4in4"});
    assert_good_segment(RAW, &plain);
    assert_false(decoded.transient);
}

/* What is unpacked has a length, also where the packet around it leaves its own out. */
static void without_a_length_around(void **state) {
    static struct octets plain, frame;
    uint32_t ip = put_ipv4(&plain, TCP, NULL, 0), tcp = put_tcp(&plain, TCP_ACK, NULL, 0);

    (void)state;
    for (unsigned i = 0; i < 100; i++)
        put8(&plain, i * i);
    finish_tcp(&plain, ip, tcp);
    put_compressed(&frame, TCP, CPI_DEFLATE, plain.at + IP_HEADER, plain.length - IP_HEADER);
    set16(&frame, 2, 0);
    assert_int_equal(decode_whole(RAW, &frame), DECODE_SEGMENT);
    assert_int_equal(decoded.segment.length, 100);
    assert_int_equal(decoded.segment.checksum, CHECKSUM_GOOD);
    assert_int_equal(decoded.segment.odd & ODD_NO_LENGTH, 0);
}

static void what_cannot_be_unpacked(void **state) {
    static struct octets plain, frame, twice;

    (void)state;
    put_tcp4(&plain);
    put_compressed(&frame, TCP, CPI_LZS, plain.at + IP_HEADER, plain.length - IP_HEADER);
    assert_skipped(RAW, &frame, SKIP_UNSUPPORTED);
    put_compressed(&frame, TCP, CPI_DEFLATE, plain.at + IP_HEADER, plain.length - IP_HEADER);
    assert_int_equal(decode_cut(RAW, &frame, frame.length - 1, frame.length), DECODE_SKIPPED);
    assert_int_equal(decoded.skipped, SKIP_TRUNCATED);
    put_compressed(&twice, IP_IN_IP, CPI_DEFLATE, frame.at, frame.length);
    assert_skipped(RAW, &twice, SKIP_UNSUPPORTED);
    frame.at[COMPRESSED] |= 7; /* the third kind of block does not exist */
    assert_skipped(RAW, &frame, SKIP_UNSUPPORTED);
}

/* Sixty thousand octets out of sixty cost as much as forty packets: not looked into. */
static void a_bomb(void **state) {
    static struct octets frame;
    static uint8_t zeros[60000];

    (void)state;
    put_compressed(&frame, TCP, CPI_DEFLATE, zeros, sizeof zeros);
    assert_true(frame.length < 120);
    assert_skipped(RAW, &frame, SKIP_UNSUPPORTED);
}
#endif

int main(void) {
    const struct CMUnitTest tests[] = {
#ifdef HAVE_ZLIB
        cmocka_unit_test(a_segment_and_a_packet),
        cmocka_unit_test(without_a_length_around),
        cmocka_unit_test(what_cannot_be_unpacked),
        cmocka_unit_test(a_bomb),
#endif
        {0},
    };

    return sizeof tests == sizeof tests[0]
               ? 77
               : _cmocka_run_group_tests("ipcomp", tests, sizeof tests / sizeof tests[0] - 1, decoder_set_up,
                                         decoder_tear_down);
}
