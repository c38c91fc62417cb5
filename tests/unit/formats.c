/* SPDX-License-Identifier: BSD-3-Clause */
/* Savefiles of other formats that libpcap does not read, or only in part, and what is written. */
#include "savefile.h"

#include <pcap/pcap.h>
#include <stdio.h>
#include <stdlib.h>

#include "capture/writer.h"

/* --- pcap --- */

static void put_pcap_header_with(uint32_t magic, unsigned major, unsigned minor, uint32_t snaplen, uint32_t link_type) {
    order32(magic);
    order16(major);
    order16(minor);
    put_zeros(&file, 8);
    order32(snaplen);
    order32(link_type);
}

static void put_pcap_header(uint32_t magic, unsigned major, unsigned minor, uint32_t link_type) {
    put_pcap_header_with(magic, major, minor, 65535, link_type);
}

static void put_pcap_record(uint32_t first, uint32_t second, const char *octets, unsigned extra) {
    order32(10);
    order32(20);
    order32(first);
    order32(second);
    put_zeros(&file, extra);
    put(&file, octets, (uint32_t)strlen(octets));
}

/* A record of no octets in each place: whatever the wire held of it. */
static void frames_of_nothing(void **state) {
    (void)state;
    for (unsigned i = 0; i < 2; i++) {
        struct capture *capture;

        begin_file(i == 0);
        put_pcap_header(0xa1b23c4d, 2, 4, DLT_EN10MB);
        put_pcap_record(0, 0, "", 0);
        put_pcap_record(4, 60, "some", 0);
        put_pcap_record(0, 60, "", 0);
        put_pcap_record(0, 1500, "", 0);
        capture = open_file();
        expect_frame(capture, 10000000020, "", 0, DLT_EN10MB, 0);
        expect_frame(capture, 10000000020, "some", 60, DLT_EN10MB, 0);
        expect_frame(capture, 10000000020, "", 60, DLT_EN10MB, 0);
        expect_frame(capture, 10000000020, "", 1500, DLT_EN10MB, 0);
        assert_int_equal(frame.number, 4);
        expect_end(capture);
    }
}

/* However large a snaplen is said to be, no record is believed that would not fit into the window: of what the patched
 * libpcap wrote too, whose head is longer. What is longer than the snaplen is cut. */
static void giant_frames(void **state) {
    static const uint32_t magics[] = {0xa1b2c3d4, 0xa1b2cd34};

    (void)state;
    for (unsigned i = 0; i < 4; i++) {
        struct capture *capture;
        uint32_t head = i % 2 == 0 ? 0 : 8;

        begin_file(i < 2);
        put_pcap_header_with(magics[i % 2], 2, 4, 0x7fffffff, DLT_EN10MB);
        put_pcap_record(4, 60, "some", head);
        put_pcap_record((1 << 24) - 23, (1 << 24), "and so on", head); /* with the longest head it is one too long */
        capture = open_file();
        expect_frame(capture, 10000020000, "some", 60, DLT_EN10MB, 0);
        expect_error(capture, 24 + 16 + head + 4, "at most 16777192 are possible");
        begin_file(i < 2);
        put_pcap_header_with(magics[i % 2], 2, 4, 3, DLT_EN10MB);
        put_pcap_record(4, 60, "some", head);
        put_pcap_record(3, 60, "all", head);
        capture = open_file();
        expect_frame(capture, 10000020000, "som", 60, DLT_EN10MB, 0);
        expect_frame(capture, 10000020000, "all", 60, DLT_EN10MB, 0);
        expect_end(capture);
    }
}

/* Which of its two lengths comes first, a record of before version 2.4 does not say. */
static void old_versions(void **state) {
    static const struct {
        unsigned major, minor;
        uint32_t first, second;
    } cases[] = {{2, 2, 100, 4}, {2, 3, 100, 4}, {2, 3, 4, 100}, {2, 4, 4, 100}, {2, 0, 100, 4}, {543, 0, 100, 4}};

    (void)state;
    for (size_t i = 0; i < 2 * (sizeof cases / sizeof *cases); i++) {
        struct capture *capture;

        begin_file(i % 2 == 0);
        put_pcap_header(0xa1b2c3d4, cases[i / 2].major, cases[i / 2].minor, 1);
        put_pcap_record(cases[i / 2].first, cases[i / 2].second, "four", 0);
        put_pcap_record(5, 5, "five!", 0);
        capture = open_file();
        expect_frame(capture, 10000020000, "four", 100, DLT_EN10MB, 0);
        expect_frame(capture, 10000020000, "five!", 5, DLT_EN10MB, 0);
        expect_end(capture);
    }
}

static void patched_pcap(void **state) {
    (void)state;
    for (unsigned i = 0; i < 2; i++) {
        struct capture *capture;

        begin_file(i == 0);
        put_pcap_header(0xa1b2cd34, 2, 4, 1);
        put_pcap_record(4, 100, "four", 8);
        put_pcap_record(5, 5, "five!", 8);
        capture = open_file();
        expect_frame(capture, 10000020000, "four", 100, DLT_EN10MB, 0);
        expect_frame(capture, 10000020000, "five!", 5, DLT_EN10MB, 0);
        expect_end(capture);
    }
}

/* The attributes of a packet that netfilter logged stand in the byte order of the machine that did. */
static void netfilter_log_of_another_machine(void **state) {
    const bool other = __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__;
    static const uint8_t native[] = {2, 0, 0, 1, 6, 0, 7, 0, 'a', 'b', 0, 0, 5, 0, 9, 0, 'c', 0, 0, 0};

    (void)state;
    for (unsigned i = 0; i < 2; i++) {
        struct capture *capture;

        begin_file(i == 0 ? other : !other);
        put_pcap_header(0xa1b2c3d4, 2, 4, 239);
        order32(10);
        order32(20);
        order32(20);
        order32(20);
        put(&file, "\2\0\0\1", 4);
        order16(6);
        order16(7);
        put(&file, "ab\0\0", 4);
        order16(5);
        order16(9);
        put(&file, "c\0\0\0", 4);
        capture = open_file();
        assert_int_equal(capture_next(capture, &frame), CAPTURE_FRAME);
        assert_int_equal(frame.link_type, DLT_NFLOG);
        if (__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__)
            assert_memory_equal(frame.bytes, native, sizeof native);
        expect_end(capture);
    }
}

/* --- snoop and ERF --- */

static void put_snoop_record(uint32_t wire, const char *octets, uint32_t padded, uint32_t drops) {
    uint32_t length = (uint32_t)strlen(octets);

    put32(&file, wire);
    put32(&file, length);
    put32(&file, 24 + length + padded);
    put32(&file, drops);
    put32(&file, 10);
    put32(&file, 20);
    put(&file, octets, length);
    put_zeros(&file, padded);
}

static void snoop_records(void **state) {
    struct capture *capture;
    uint32_t wrong;

    (void)state;
    begin_file(false);
    put(&file, "snoop\0\0\0\0\0\0\2\0\0\0\4", 16);
    put_snoop_record(100, "first", 3, 0);
    put_snoop_record(6, "second", 30, 4);
    capture = open_file();
    assert_string_equal(capture_info(capture)->format, "snoop");
    expect_frame(capture, 10000020000, "first", 100, DLT_EN10MB, 0);
    expect_frame(capture, 10000020000, "second", 6, DLT_EN10MB, 0);
    assert_int_equal(capture_next(capture, &frame), CAPTURE_END);
    assert_int_equal(capture_info(capture)->dropped_by_kernel, 4);
    capture_free(capture);

    wrong = file.length;
    put_snoop_record(6, "third", 3, 0);
    memset(file.at + wrong + 8, 0xff, 4);
    capture = open_file();
    assert_int_equal(capture_next(capture, &frame), CAPTURE_FRAME);
    assert_int_equal(capture_next(capture, &frame), CAPTURE_FRAME);
    expect_error(capture, wrong, "frame 3 contradict");
    for (uint32_t length = 17; length < wrong; length++) {
        capture = open_octets(length);
        while (capture_next(capture, &frame) == CAPTURE_FRAME)
            continue;
        assert_true(capture_info(capture)->truncated == (length != 48));
        capture_free(capture);
    }
}

/* Seconds and half a second; the wire length counts a check sequence of four octets. */
static void put_erf_record(unsigned type, unsigned flags, const char *headers, uint32_t header_octets,
                           const char *octets, unsigned check) {
    uint32_t length = (uint32_t)strlen(octets);

    put(&file, "\0\0\0\x80\0\0\0\x40", 8);
    put8(&file, type);
    put8(&file, flags);
    put16(&file, 16 + header_octets + length + 4);
    put16(&file, 3); /* lost in front of it, or a colour */
    put16(&file, length + check);
    put(&file, headers, header_octets);
    put(&file, octets, length);
    put_zeros(&file, 4);
}

static void erf_records(void **state) {
    const int64_t time = (int64_t)0x40000000 * 1000000000 + 500000000;
    struct capture *capture;

    (void)state;
    begin_file(false);
    put_erf_record(2, 0, "\0\0", 2, "ethernet", 4);
    put_erf_record(0x80 | 2, 1, "\x80-------\0=======\0\0", 18, "extended", 4);
    put_erf_record(1, 0, "", 0, "\x0f\x8f cisco", 4);
    put_erf_record(1, 0, "", 0, "\xff\x03 ppp", 4);
    put_erf_record(48, 0, "", 0, "padding", 0);
    put_erf_record(22, 0, "", 0, "ip", 0);
    put_erf_record(2, 0, "\0\0", 2, "again", 4);
    put_erf_record(11, 0, "\0\0", 2, "coloured", 4);
    capture = open_file();
    assert_string_equal(capture_info(capture)->format, "erf");
    expect_frame(capture, time, "ethernet", 8, DLT_EN10MB, 0);
    expect_frame(capture, time, "extended", 8, DLT_EN10MB, 1);
    expect_frame(capture, time, "\x0f\x8f cisco", 8, DLT_C_HDLC, 2);
    expect_frame(capture, time, "\xff\x03 ppp", 6, DLT_PPP, 3);
    expect_frame(capture, time, "ip", 2, DLT_IPV4, 4);
    assert_int_equal(frame.number, 5);
    expect_frame(capture, time, "again", 5, DLT_EN10MB, 0);
    expect_frame(capture, time, "coloured", 8, DLT_EN10MB, 5);
    assert_int_equal(capture_next(capture, &frame), CAPTURE_END);
    assert_int_equal(capture_info(capture)->interface_count, 6);
    assert_int_equal(capture_info(capture)->interfaces[0].dropped, 6);
    assert_false(capture_info(capture)->interfaces[5].drops_known);
    assert_int_equal(capture_info(capture)->dropped_by_kernel, 18);
    capture_free(capture);
    put8(&file, 0);
    capture = open_file();
    while (capture_next(capture, &frame) == CAPTURE_FRAME)
        continue;
    expect_error(capture, file.length, "cut short");
}

/* --- the writer --- */

/* Copies what is in the file, with a comment on each frame, to the file itself. */
static void rewrite(const char *comment) {
    struct capture *capture = open_file();
    FILE *copy = tmpfile();
    struct writer *writer;

    assert_non_null(copy);
    writer = writer_new(copy, "test");
    assert_non_null(writer);
    while (capture_next(capture, &frame) == CAPTURE_FRAME)
        assert_true(writer_frame(writer, &frame, capture_info(capture), &comment, 1));
    assert_false(capture_info(capture)->failed);
    assert_int_equal(fflush(copy), 0);
    file.length = (uint32_t)writer_octets(writer);
    assert_int_equal(ftell(copy), file.length);
    rewind(copy);
    assert_int_equal(fread(file.at, 1, file.length, copy), file.length);
    writer_free(writer);
    capture_free(capture);
    assert_int_equal(fclose(copy), 0);
}

/* Whatever the clocks, link types and byte orders: the copy says the same. */
static void written_again(void **state) {
    struct capture *capture;

    (void)state;
    begin_file(false);
    put_section();
    put_interface(DLT_EN10MB, 96, "eth0", 3, 0);
    put_interface(101, 0, "tun0", 0x80 | 20, 1000);
    put_interface(113, 0, NULL, 12, -7);
    put_packet(1, (5ULL << 20) + 12345, "raw", "seen before");
    put_packet(0, 7001, "ethernet", NULL);
    put_packet(2, 9000000000123999, "cooked", NULL);
    rewrite("added");
    capture = open_file();
    expect_frame(capture, 1005000000000 + 12345LL * 1000000000 / (1 << 20), "raw", 103, DLT_RAW, 0);
    assert_true(frame.ticks == (5ULL << 20) + 12345);
    assert_int_equal(frame.option_octets, 4 + 12 + 4 + 8 + 4);
    assert_memory_equal(frame.options + 4, "seen before", 11);
    assert_memory_equal(frame.options + 4 + 12 + 4, "added", 5);
    expect_frame(capture, 7001000000, "ethernet", 108, DLT_EN10MB, 1);
    expect_frame(capture, 8993000000123, "cooked", 106, DLT_LINUX_SLL, 2);
    assert_true(frame.ticks == 9000000000123999);
    assert_string_equal(capture_info(capture)->interfaces[0].name, "tun0");
    assert_true(capture_info(capture)->interfaces[0].clock_offset == 1000);
    assert_int_equal(capture_info(capture)->interfaces[1].snaplen, 96);
    assert_null(capture_info(capture)->interfaces[2].name);
    expect_end(capture);
}

/* Times that came without a count of a clock's units. */
static void pcap_written_again(void **state) {
    struct capture *capture;

    (void)state;
    for (unsigned i = 0; i < 2; i++) {
        begin_file(true);
        put_pcap_header(i == 0 ? 0xa1b2c3d4 : 0xa1b23c4d, 2, 4, 101);
        put_pcap_record(4, 100, "four", 0);
        rewrite("added");
        capture = open_file();
        expect_frame(capture, i == 0 ? 10000020000 : 10000000020, "four", 100, DLT_RAW, 0);
        assert_true(frame.ticks == (i == 0 ? 10000020 : 10000000020));
        expect_end(capture);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(frames_of_nothing),
        cmocka_unit_test(giant_frames),
        cmocka_unit_test(old_versions),
        cmocka_unit_test(patched_pcap),
        cmocka_unit_test(netfilter_log_of_another_machine),
        cmocka_unit_test(snoop_records),
        cmocka_unit_test(erf_records),
        cmocka_unit_test(written_again),
        cmocka_unit_test(pcap_written_again),
    };

    return cmocka_run_group_tests(tests, set_up, tear_down);
}
