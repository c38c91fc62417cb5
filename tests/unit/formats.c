/* SPDX-License-Identifier: BSD-3-Clause */
/* Savefiles that libpcap does not read, or only in part: made by hand, octet by octet. */
#include "capture/capture.h"
#include "capture/writer.h"

#include "frames.h"

#include <fcntl.h>
#include <pcap/pcap.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

static char path[] = "/tmp/finwait-test-XXXXXX";
static struct message message;
static struct octets file;
static bool little; /* byte order of what is written */
static struct frame frame;

static int set_up(void **state) {
    int fd = mkstemp(path);

    (void)state;
    return fd < 0 || close(fd) != 0;
}

static int tear_down(void **state) {
    (void)state;
    return unlink(path);
}

static void begin_file(bool is_little) {
    file.length = 0;
    little = is_little;
}

static void order32(uint32_t value) {
    put32(&file, little ? __builtin_bswap32(value) : value);
}

static void order16(unsigned value) {
    put16(&file, little ? (value >> 8 & 0xff) | (value & 0xff) << 8 : value);
}

static void order64(uint64_t value) {
    order32((uint32_t)(little ? value : value >> 32));
    order32((uint32_t)(little ? value >> 32 : value));
}

static void padding(uint32_t count) {
    put_zeros(&file, (4 - count % 4) % 4);
}

static struct capture *open_octets(uint32_t length) {
    int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);

    assert_true(fd >= 0);
    assert_int_equal(pwrite(fd, file.at, length, 0), length);
    assert_int_equal(ftruncate(fd, (off_t)length), 0);
    assert_int_equal(close(fd), 0);
    return capture_open(path, &message);
}

static struct capture *open_file(void) {
    struct capture *capture = open_octets(file.length);

    if (capture == NULL)
        fail_msg("%s", message.text);
    return capture;
}

static void expect_frame(struct capture *capture, int64_t time, const char *octets, uint32_t wire_length, int link_type,
                         uint32_t interface) {
    enum capture_status status = capture_next(capture, &frame);

    if (status != CAPTURE_FRAME)
        fail_msg("no frame \"%s\": %s", octets, capture_info(capture)->error);
    assert_true(frame.time == time);
    assert_int_equal(frame.captured, strlen(octets));
    assert_memory_equal(frame.bytes, octets, strlen(octets));
    assert_int_equal(frame.wire_length, wire_length);
    assert_int_equal(frame.link_type, link_type);
    assert_int_equal(frame.interface, interface);
}

static void expect_end(struct capture *capture) {
    if (capture_next(capture, &frame) != CAPTURE_END)
        fail_msg("%s", capture_info(capture)->error);
    capture_free(capture);
}

static void expect_error(struct capture *capture, uint64_t offset, const char *words) {
    assert_int_equal(capture_next(capture, &frame), CAPTURE_ERROR);
    assert_int_equal(capture_info(capture)->error_offset, offset);
    if (strstr(capture_info(capture)->error, words) == NULL)
        fail_msg("\"%s\" does not say \"%s\"", capture_info(capture)->error, words);
    capture_free(capture);
}

/* --- pcapng --- */

/* Begins a block and returns where; end_block sets its two lengths. */
static uint32_t begin_block(uint32_t type) {
    order32(type);
    order32(0);
    return file.length - 8;
}

static void set_length(uint32_t where, uint32_t length) {
    uint32_t end = file.length;

    file.length = where;
    order32(length);
    file.length = end;
}

static void end_block(uint32_t where) {
    order32(file.length + 4 - where);
    set_length(where + 4, file.length - where);
}

static void put_option(unsigned code, const void *value, uint32_t length) {
    order16(code);
    order16(length);
    put(&file, value, length);
    padding(length);
}

static void put_section(void) {
    uint32_t where = begin_block(0x0a0d0d0a);

    order32(0x1a2b3c4d);
    order16(1);
    order16(0);
    order64(UINT64_MAX);
    put_option(4, "some program", 12);
    end_block(where);
}

/* tsresol 0xff: not said. */
static void put_interface(unsigned link_type, uint32_t snaplen, const char *name, unsigned tsresol, int64_t offset) {
    uint32_t where = begin_block(1);
    uint8_t resolution = (uint8_t)tsresol;

    order16(link_type);
    order16(0);
    order32(snaplen);
    if (name != NULL)
        put_option(2, name, (uint32_t)strlen(name));
    if (tsresol != 0xff)
        put_option(9, &resolution, 1);
    if (offset != 0) {
        order16(14);
        order16(8);
        order64((uint64_t)offset);
    }
    put_option(0, NULL, 0);
    end_block(where);
}

static uint32_t put_packet(uint32_t interface, uint64_t ticks, const char *octets, const char *comment) {
    uint32_t where = begin_block(6), length = (uint32_t)strlen(octets);

    order32(interface);
    order32((uint32_t)(ticks >> 32));
    order32((uint32_t)ticks);
    order32(length);
    order32(length + 100);
    put(&file, octets, length);
    padding(length);
    if (comment != NULL) {
        put_option(1, comment, (uint32_t)strlen(comment));
        put_option(0, NULL, 0);
    }
    end_block(where);
    return where;
}

/* dropped: in front of it. */
static void put_packet_behind(uint32_t interface, uint64_t dropped, const char *octets) {
    uint32_t where = begin_block(6), length = (uint32_t)strlen(octets);

    order32(interface);
    order64(0);
    order32(length);
    order32(length);
    put(&file, octets, length);
    padding(length);
    put_option(2, "\0\0\0\0", 4);
    order16(4);
    order16(8);
    order64(dropped);
    put_option(0, NULL, 0);
    end_block(where);
}

static void put_old_packet(unsigned interface, unsigned dropped, uint64_t ticks, const char *octets) {
    uint32_t where = begin_block(2), length = (uint32_t)strlen(octets);

    order16(interface);
    order16(dropped);
    order32((uint32_t)(ticks >> 32));
    order32((uint32_t)ticks);
    order32(length);
    order32(length + 100);
    put(&file, octets, length);
    padding(length);
    end_block(where);
}

static void put_simple_packet(uint32_t wire_length, const char *octets) {
    uint32_t where = begin_block(3);

    order32(wire_length);
    put(&file, octets, (uint32_t)strlen(octets));
    padding((uint32_t)strlen(octets));
    end_block(where);
}

static void put_statistics(uint32_t interface, int64_t by_interface, int64_t by_system) {
    uint32_t where = begin_block(5);

    order32(interface);
    order64(0);
    if (by_interface >= 0) {
        order16(5);
        order16(8);
        order64((uint64_t)by_interface);
    }
    if (by_system >= 0) {
        order16(7);
        order16(8);
        order64((uint64_t)by_system);
    }
    end_block(where);
}

static void put_unknown(uint32_t octets) {
    uint32_t where = begin_block(0x40000bad);

    put_zeros(&file, octets);
    end_block(where);
}

static void sections_and_interfaces(void **state) {
    const struct capture_info *info;
    struct capture *capture;
    int link_types[4];

    (void)state;
    begin_file(true);
    put_section();
    put_interface(DLT_EN10MB, 96, "eth0", 3, 0);    /* milliseconds */
    put_interface(101, 0, "tun0", 0x80 | 20, 1000); /* 2^-20 s, 1000 s later; raw IP */
    put_interface(113, 0, NULL, 12, 0);             /* picoseconds; cooked */
    put_packet(1, (5ULL << 20) + (1 << 19), "raw", NULL);
    put_packet(0, 7001, "ethernet", NULL);
    put_unknown(40);
    put_packet(2, 9000000000123999, "cooked", NULL);
    little = false;
    put_section();
    put_interface(DLT_EN10MB, 0, "eth1", 0xff, 0);
    put_interface(DLT_EN10MB, 0, "eth2", 9, -3);
    put_packet(0, 8000001, "other order", NULL);
    put_packet(1, 4000000001, "earlier", NULL);

    capture = open_file();
    info = capture_info(capture);
    expect_frame(capture, 1005500000000, "raw", 103, DLT_RAW, 1);
    expect_frame(capture, 7001000000, "ethernet", 108, DLT_EN10MB, 0);
    expect_frame(capture, 9000000000123, "cooked", 106, DLT_LINUX_SLL, 2);
    assert_true(frame.ticks == 9000000000123999);
    expect_frame(capture, 8000001000, "other order", 111, DLT_EN10MB, 3);
    expect_frame(capture, 1000000001, "earlier", 107, DLT_EN10MB, 4);
    assert_int_equal(capture_next(capture, &frame), CAPTURE_END);
    assert_int_equal(info->interface_count, 5);
    assert_string_equal(info->interfaces[0].name, "eth0");
    assert_int_equal(info->interfaces[0].snaplen, 96);
    assert_string_equal(info->interfaces[1].name, "tun0");
    assert_null(info->interfaces[2].name);
    assert_string_equal(info->interfaces[3].name, "eth1");
    assert_int_equal(info->interfaces[3].ticks, 1000000);
    assert_true(info->interfaces[4].clock_offset == -3);
    assert_int_equal(capture_link_types(capture, link_types, 4), 3);
    assert_false(info->drops_known);
    capture_free(capture);
}

static void every_kind_of_packet(void **state) {
    struct capture *capture;

    (void)state;
    for (unsigned i = 0; i < 2; i++) {
        begin_file(i == 0);
        put_section();
        put_interface(DLT_EN10MB, 6, NULL, 9, 0);
        put_simple_packet(4, "none"); /* nothing to take a time from */
        put_packet(0, 5000, "enhanced", NULL);
        put_simple_packet(300, "simple, longer than the snaplen");
        put_simple_packet(5, "short padded");
        put_old_packet(0, 7, 6000, "old");
        capture = open_file();
        expect_frame(capture, 0, "none", 4, DLT_EN10MB, 0);
        expect_frame(capture, 5000, "enhanced", 108, DLT_EN10MB, 0);
        expect_frame(capture, 5000, "simple", 300, DLT_EN10MB, 0);
        expect_frame(capture, 5000, "short", 5, DLT_EN10MB, 0);
        expect_frame(capture, 6000, "old", 103, DLT_EN10MB, 0);
        expect_end(capture);
    }
}

static void options_of_frames(void **state) {
    struct capture *capture;

    (void)state;
    begin_file(true);
    put_section();
    put_interface(DLT_EN10MB, 0, NULL, 9, 0);
    put_packet(0, 1, "first", "look here");
    put_packet(0, 2, "second", NULL);
    capture = open_file();
    expect_frame(capture, 1, "first", 105, DLT_EN10MB, 0);
    assert_int_equal(frame.option_octets, 20);
    assert_memory_equal(frame.options, "\1\0\x09\0look here\0\0\0\0\0\0\0", 20);
    assert_int_equal(frame.options_swapped, __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__);
    expect_frame(capture, 2, "second", 106, DLT_EN10MB, 0);
    assert_int_equal(frame.option_octets, 0);
    expect_end(capture);
}

/* The last counters of each interface are added up. */
static void drop_counters(void **state) {
    const struct capture_info *info;
    struct capture *capture;

    (void)state;
    begin_file(true);
    put_section();
    put_interface(DLT_EN10MB, 0, NULL, 9, 0);
    put_interface(DLT_EN10MB, 0, NULL, 9, 0);
    put_statistics(0, -1, -1);
    put_packet(0, 1, "first", NULL);
    put_statistics(0, 3, -1);
    put_packet(0, 2, "second", NULL);
    put_statistics(1, 10, 1);
    put_statistics(0, 5, -1);
    put_statistics(2, 99, 99); /* no such interface */
    capture = open_file();
    info = capture_info(capture);
    assert_int_equal(capture_next(capture, &frame), CAPTURE_FRAME);
    assert_false(info->drops_known);
    assert_int_equal(capture_next(capture, &frame), CAPTURE_FRAME);
    assert_true(info->drops_known);
    assert_int_equal(info->dropped_by_kernel, 3);
    assert_int_equal(capture_next(capture, &frame), CAPTURE_END);
    assert_int_equal(info->dropped_by_kernel, 16);
    assert_int_equal(info->interfaces[0].dropped, 5);
    assert_int_equal(info->interfaces[1].dropped, 11);
    capture_free(capture);
}

/* Packets tell what was dropped in front of them; counters hold all of that and what came after. */
static void drops_between_packets(void **state) {
    const struct capture_info *info;
    struct capture *capture;

    (void)state;
    for (int order = 0; order < 2; order++) {
        begin_file(order == 1);
        put_section();
        put_interface(DLT_EN10MB, 0, NULL, 9, 0);
        put_interface(DLT_EN10MB, 0, NULL, 9, 0);
        put_packet_behind(0, 0, "first");
        put_packet_behind(0, 4, "second");
        put_statistics(0, 6, -1);
        put_unknown(8);
        put_packet_behind(0, 3, "third");
        put_statistics(0, 1, -1); /* of some other count */
        put_old_packet(1, 2, 0, "fourth");
        put_old_packet(1, 0xffff, 0, "fifth"); /* nobody knows */
        capture = open_file();
        info = capture_info(capture);
        for (int i = 0; i < 5; i++)
            assert_int_equal(capture_next(capture, &frame), CAPTURE_FRAME);
        assert_true(info->interfaces[0].drops_known && info->interfaces[1].drops_known);
        assert_int_equal(info->interfaces[0].dropped, 9);
        assert_int_equal(info->interfaces[1].dropped, 2);
        assert_int_equal(info->dropped_by_kernel, 11);
        expect_end(capture);
    }
    begin_file(true);
    put_section();
    put_interface(DLT_EN10MB, 0, NULL, 9, 0);
    put_old_packet(0, 0xffff, 0, "first");
    put_packet(0, 0, "second", "says nothing of it");
    capture = open_file();
    for (int i = 0; i < 2; i++)
        assert_int_equal(capture_next(capture, &frame), CAPTURE_FRAME);
    assert_false(capture_info(capture)->drops_known);
    expect_end(capture);
}

/* What is wrong with one packet costs that packet, and is said at the end. */
static void packets_that_are_left_out(void **state) {
    for (unsigned i = 0; i < 3; i++) {
        struct capture *capture;
        uint32_t wrong;

        (void)state;
        begin_file(i != 1);
        put_section();
        put_interface(DLT_EN10MB, 0, NULL, 9, 0);
        put_packet(0, 1, "first", NULL);
        wrong = put_packet(i == 0 ? 1 : 0, 2, "wrong", NULL);
        if (i == 1)
            set_length(wrong + 20, 9); /* octets captured */
        if (i == 2)
            set_length(wrong + 20, 0xfffffffe);
        put_packet(0, 3, "last", NULL);
        capture = open_file();
        expect_frame(capture, 1, "first", 105, DLT_EN10MB, 0);
        expect_frame(capture, 3, "last", 104, DLT_EN10MB, 0);
        assert_int_equal(frame.number, 2);
        expect_error(capture, wrong, i == 0 ? "its interface is not described" : "it does not fit into its block");
    }
}

/* Behind a length that lies nothing can be found. */
static void lengths_that_lie(void **state) {
    static const uint32_t lengths[] = {0, 4, 11, 28, 36, 44, 0x7ffffff0, 0xffffffff};

    (void)state;
    for (size_t i = 0; i < sizeof lengths / sizeof *lengths; i++) {
        struct capture *capture;
        uint32_t wrong;

        begin_file(true);
        put_section();
        put_interface(DLT_EN10MB, 0, NULL, 9, 0);
        put_packet(0, 1, "first", NULL);
        wrong = put_packet(0, 2, "wrong", NULL);
        set_length(wrong + 4, lengths[i]);
        put_packet(0, 3, "last", NULL);
        capture = open_file();
        expect_frame(capture, 1, "first", 105, DLT_EN10MB, 0);
        expect_error(capture, wrong, lengths[i] == 0x7ffffff0 ? "too long" : "damaged");
    }
}

static void more_than_anyone_looks_into(void **state) {
    static uint8_t zeros[1 << 20];
    struct capture *capture;
    uint32_t where;
    FILE *stream;

    (void)state;
    for (unsigned i = 0; i < 2; i++) {
        const uint32_t megabytes = 17, length = 12 + (megabytes << 20);

        begin_file(true);
        put_section();
        put_interface(DLT_EN10MB, 0, NULL, 9, 0);
        put_packet(0, 1, "first", NULL);
        where = file.length;
        order32(i == 0 ? 0x40000bad : 6);
        order32(length);
        stream = fopen(path, "wb");
        assert_non_null(stream);
        assert_int_equal(fwrite(file.at, 1, file.length, stream), file.length);
        for (uint32_t j = 0; j < megabytes; j++)
            assert_int_equal(fwrite(zeros, 1, sizeof zeros, stream), sizeof zeros);
        file.length = 0;
        order32(length);
        put_packet(0, 2, "second", NULL);
        assert_int_equal(fwrite(file.at, 1, file.length, stream), file.length);
        assert_int_equal(fclose(stream), 0);
        capture = capture_open(path, &message);
        assert_non_null(capture);
        expect_frame(capture, 1, "first", 105, DLT_EN10MB, 0);
        expect_frame(capture, 2, "second", 106, DLT_EN10MB, 0);
        if (i == 0)
            expect_end(capture);
        else
            expect_error(capture, where, "too long");
    }
}

/* Wherever the file ends: every packet that is whole is read, and the end is where the file has it. */
static void pcapng_cut_anywhere(void **state) {
    uint32_t ends[3], header;
    bool boundary[sizeof file.at / 64] = {false};

    (void)state;
    begin_file(false);
    put_section();
    header = file.length;
    boundary[file.length] = true;
    put_interface(DLT_EN10MB, 0, "a", 9, 0);
    boundary[file.length] = true;
    put_packet(0, 1, "first", "comment");
    ends[0] = file.length;
    put_unknown(16);
    boundary[file.length] = true;
    put_old_packet(0, 7, 2, "second");
    ends[1] = file.length;
    little = true;
    put_section();
    boundary[file.length] = true;
    put_interface(DLT_EN10MB, 0, "b", 9, 0);
    boundary[file.length] = true;
    put_packet(0, 3, "third", NULL);
    ends[2] = file.length;
    for (uint32_t length = header; length < file.length; length++) {
        struct capture *capture = open_octets(length);
        uint32_t frames = 0, expected = (length >= ends[0]) + (length >= ends[1]) + (length >= ends[2]);
        enum capture_status status;

        assert_non_null(capture);
        while ((status = capture_next(capture, &frame)) == CAPTURE_FRAME)
            frames++;
        assert_int_equal(frames, expected);
        assert_true((status == CAPTURE_END) == (boundary[length] || length == ends[0] || length == ends[1]));
        if (status == CAPTURE_ERROR) {
            assert_true(capture_info(capture)->truncated);
            assert_int_equal(capture_info(capture)->error_offset, length);
        }
        capture_free(capture);
    }
    for (uint32_t length = 0; length < header; length++) {
        assert_null(open_octets(length));
        assert_true(strlen(message.text) > 10);
    }
}

static void what_is_no_section(void **state) {
    (void)state;
    begin_file(true);
    put_section();
    memset(file.at + 8, 0, 4);
    assert_null(open_octets(file.length));
    assert_non_null(strstr(message.text, "no byte order"));
    begin_file(true);
    put_section();
    file.at[12] = 2;
    assert_null(open_octets(file.length));
    assert_non_null(strstr(message.text, "version"));
}

static void odd_clocks(void **state) {
    struct capture *capture;

    (void)state;
    begin_file(true);
    put_section();
    put_interface(DLT_EN10MB, 0, NULL, 20, 0); /* finer than any */
    put_interface(DLT_EN10MB, 0, NULL, 0, 0);  /* seconds */
    put_interface(DLT_EN10MB, 0, NULL, 0x80 | 63, INT64_MAX);
    put_interface(DLT_EN10MB, 0, NULL, 0, INT64_MIN);
    put_packet(1, 12, "seconds", NULL);
    put_packet(2, UINT64_MAX, "late", NULL);
    put_packet(3, 1, "early", NULL);
    capture = open_file();
    expect_frame(capture, 12000000000, "seconds", 107, DLT_EN10MB, 1);
    assert_int_equal(capture_next(capture, &frame), CAPTURE_FRAME);
    assert_true(frame.time > 4000000000000000000);
    assert_int_equal(capture_next(capture, &frame), CAPTURE_FRAME);
    assert_true(frame.time < -4000000000000000000);
    assert_int_equal(capture_next(capture, &frame), CAPTURE_ERROR);
    assert_non_null(strstr(capture_info(capture)->error, "finer than any"));
    capture_free(capture);
}

/* An expression is compiled for each link type; one that fits none of the frames' is not passed over in silence. */
static void filters_for_several_link_types(void **state) {
    static const char expression[] = "len == 107 or len == 103";
    struct capture *capture;
    char reason[200];

    (void)state;
    begin_file(true);
    put_section();
    put_interface(DLT_EN10MB, 0, NULL, 9, 0);
    put_interface(101, 0, NULL, 9, 0);
    put_packet(0, 1, "1234567", NULL);
    put_packet(1, 2, "123", NULL);
    put_packet(1, 3, "12345", NULL);
    capture = open_file();
    assert_true(capture_filter(capture, expression, &message));
    assert_int_equal(capture_next(capture, &frame), CAPTURE_FRAME);
    assert_int_equal(capture_next(capture, &frame), CAPTURE_FRAME);
    assert_int_equal(capture_next(capture, &frame), CAPTURE_FILTERED);
    expect_end(capture);

    capture = open_file();
    assert_true(capture_filter(capture, "ether[0] == 0x31 or ether broadcast", &message));
    assert_int_equal(capture_next(capture, &frame), CAPTURE_FRAME);
    assert_int_equal(capture_next(capture, &frame), CAPTURE_FILTERED);
    assert_int_equal(capture_next(capture, &frame), CAPTURE_FILTERED);
    assert_int_equal(capture_next(capture, &frame), CAPTURE_ERROR);
    snprintf(reason, sizeof reason, "%s", capture_info(capture)->error);
    assert_non_null(strstr(reason, "frame 2 and others of its link type, RAW, were left out: filter"));
    capture_free(capture);
}

/* --- pcap --- */

static void put_pcap_header(uint32_t magic, unsigned major, unsigned minor, uint32_t link_type) {
    order32(magic);
    order16(major);
    order16(minor);
    put_zeros(&file, 8);
    order32(65535);
    order32(link_type);
}

static void put_pcap_record(uint32_t first, uint32_t second, const char *octets, unsigned extra) {
    order32(10);
    order32(20);
    order32(first);
    order32(second);
    put_zeros(&file, extra);
    put(&file, octets, (uint32_t)strlen(octets));
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
        cmocka_unit_test(sections_and_interfaces),
        cmocka_unit_test(every_kind_of_packet),
        cmocka_unit_test(options_of_frames),
        cmocka_unit_test(drop_counters),
        cmocka_unit_test(drops_between_packets),
        cmocka_unit_test(packets_that_are_left_out),
        cmocka_unit_test(lengths_that_lie),
        cmocka_unit_test(more_than_anyone_looks_into),
        cmocka_unit_test(pcapng_cut_anywhere),
        cmocka_unit_test(what_is_no_section),
        cmocka_unit_test(odd_clocks),
        cmocka_unit_test(filters_for_several_link_types),
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
