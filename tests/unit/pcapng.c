/* SPDX-License-Identifier: BSD-3-Clause */
/* pcapng that libpcap does not read, or only in part: made by hand, octet by octet. */
#include "savefile.h"

#include <pcap/pcap.h>
#include <stdio.h>
#include <stdlib.h>

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

/* Of a frame nothing may have been captured, or there may be none at all. */
static void frames_of_nothing(void **state) {
    struct capture *capture;

    (void)state;
    begin_file(true);
    put_section();
    put_interface(DLT_EN10MB, 0, NULL, 9, 0);
    put_packet(0, 5, "", NULL);
    put_packet(0, 6, "", "of nothing");
    put_simple_packet(0, "");
    put_old_packet(0, 0, 7, "");
    put_packet(0, 8, "some", NULL);
    capture = open_file();
    expect_frame(capture, 5, "", 100, DLT_EN10MB, 0);
    expect_frame(capture, 6, "", 100, DLT_EN10MB, 0);
    assert_int_equal(frame.option_octets, 20);
    expect_frame(capture, 6, "", 0, DLT_EN10MB, 0);
    expect_frame(capture, 7, "", 100, DLT_EN10MB, 0);
    expect_frame(capture, 8, "some", 104, DLT_EN10MB, 0);
    expect_end(capture);
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

/* Counts that no capture can come to are less than what is said; those of another section are of its interfaces. */
static void impossible_drops(void **state) {
    const uint64_t most = UINT64_C(1) << 40;
    const struct capture_info *info;
    struct capture *capture;

    (void)state;
    begin_file(true);
    put_section();
    put_interface(DLT_EN10MB, 0, NULL, 9, 0);
    put_interface(DLT_EN10MB, 0, NULL, 9, 0);
    put_packet_behind(0, 5, "first");
    put_packet_behind(0, UINT64_MAX - 1, "second");
    put_statistics(1, INT64_MIN, INT64_MIN); /* their sum is 0 in 64 bits */
    put_packet_behind(1, 5, "third");
    put_section();
    put_interface(DLT_EN10MB, 0, NULL, 9, 0);
    put_statistics(0, 7, -1);
    put_packet(0, 0, "fourth", NULL);
    capture = open_file();
    info = capture_info(capture);
    for (int i = 0; i < 4; i++)
        assert_int_equal(capture_next(capture, &frame), CAPTURE_FRAME);
    assert_int_equal(info->interface_count, 3);
    assert_true(info->interfaces[0].dropped == most);
    assert_true(info->interfaces[1].dropped == most);
    assert_int_equal(info->interfaces[2].dropped, 7);
    assert_true(info->dropped_by_kernel == 2 * most + 7);
    expect_end(capture);
}

/* What is wrong with one packet costs that packet, and is said at the end. */
static void packets_that_are_left_out(void **state) {
    for (unsigned i = 0; i < 4; i++) {
        struct capture *capture;
        uint32_t wrong;

        (void)state;
        begin_file(i != 1);
        put_section();
        put_interface(DLT_EN10MB, 0, NULL, 9, 0);
        put_packet(0, 1, "first", NULL);
        wrong = put_packet(i == 0 ? 1 : 0, 2, i == 3 ? "" : "wrong", NULL);
        if (i == 1)
            set_length(wrong + 20, 9); /* octets captured */
        if (i >= 2)
            set_length(wrong + 20, 0xfffffffe); /* padded, 0 */
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

/* The third time the block ends with another length than it began with. */
static void more_than_anyone_looks_into(void **state) {
    static uint8_t zeros[1 << 20];
    struct capture *capture;
    uint32_t where;
    FILE *stream;

    (void)state;
    for (unsigned i = 0; i < 3; i++) {
        const uint32_t megabytes = 17, length = 12 + (megabytes << 20);

        begin_file(true);
        put_section();
        put_interface(DLT_EN10MB, 0, NULL, 9, 0);
        put_packet(0, 1, "first", NULL);
        where = file.length;
        order32(i == 1 ? 6 : 0x40000bad);
        order32(length);
        stream = fopen(path, "wb");
        assert_non_null(stream);
        assert_int_equal(fwrite(file.at, 1, file.length, stream), file.length);
        for (uint32_t j = 0; j < megabytes; j++)
            assert_int_equal(fwrite(zeros, 1, sizeof zeros, stream), sizeof zeros);
        file.length = 0;
        order32(i == 2 ? length + 4 : length);
        put_packet(0, 2, "second", NULL);
        assert_int_equal(fwrite(file.at, 1, file.length, stream), file.length);
        assert_int_equal(fclose(stream), 0);
        capture = capture_open(path, &message);
        assert_non_null(capture);
        expect_frame(capture, 1, "first", 105, DLT_EN10MB, 0);
        if (i == 2) {
            expect_error(capture, where, "the two lengths of the block differ");
            continue;
        }
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
        assert_null(strstr(message.text, "frame 0"));
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
    assert_non_null(strstr(message.text, "before frame 1: "));
    assert_non_null(strstr(message.text, "version"));
    begin_file(true);
    put_section();
    file.at[4] += 4; /* a header that is longer than the file */
    assert_null(open_octets(file.length));
    assert_non_null(strstr(message.text, "within the header of its first section"));
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
    put_packet(1, 4610686018, "at last", NULL);
    put_packet(1, 4610686019, "beyond", NULL);
    capture = open_file();
    expect_frame(capture, 12000000000, "seconds", 107, DLT_EN10MB, 1);
    assert_int_equal(capture_next(capture, &frame), CAPTURE_FRAME);
    assert_true(frame.time > 4000000000000000000);
    assert_int_equal(capture_next(capture, &frame), CAPTURE_FRAME);
    assert_true(frame.time < -4000000000000000000);
    expect_frame(capture, 4610686018000000000, "at last", 107, DLT_EN10MB, 1);
    expect_frame(capture, 4610686018427387903, "beyond", 106, DLT_EN10MB, 1); /* half of what can be told, less 1e15 */
    assert_int_equal(capture_next(capture, &frame), CAPTURE_ERROR);
    assert_non_null(strstr(capture_info(capture)->error, "finer than any; its times are taken for microseconds"));
    capture_free(capture);
}

/* The last time that can be told raises no message, the next one does, and the frame is given all the same. */
static void times_that_cannot_be_told(void **state) {
    static const struct {
        uint64_t seconds;
        int64_t offset;
        const char *what; /* NULL: it can be told */
    } times[] = {
        {4610686018, 0, NULL},
        {4610686019, 0, "later than 2116"},
        {0, -4610686018, NULL},
        {0, -4610686019, "earlier than 1824"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof times / sizeof *times; i++) {
        struct capture *capture;
        char expected[80];
        uint32_t second;

        begin_file(true);
        put_section();
        put_interface(DLT_EN10MB, 0, NULL, 0, times[i].offset);
        put_packet(0, times[i].offset != 0 ? 4610686018 : 12, "first", NULL);
        second = file.length;
        put_packet(0, times[i].seconds, "second", NULL);
        capture = open_file();
        assert_int_equal(capture_next(capture, &frame), CAPTURE_FRAME);
        assert_int_equal(capture_next(capture, &frame), CAPTURE_FRAME);
        assert_memory_equal(frame.bytes, "second", 6);
        assert_int_equal(capture_next(capture, &frame), times[i].what == NULL ? CAPTURE_END : CAPTURE_ERROR);
        if (times[i].what != NULL) {
            snprintf(expected, sizeof expected, "the time of frame 2, at offset %u, is %s; ", second, times[i].what);
            assert_non_null(strstr(capture_info(capture)->error, expected));
            assert_int_equal(capture_info(capture)->error_offset, second);
        }
        capture_free(capture);
    }
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

/* Behind it stands a file of pcap, in either byte order of either. */
static void joined_with_pcap(void **state) {
    for (unsigned i = 0; i < 4; i++) {
        uint32_t end;

        (void)state;
        begin_file(i % 2 == 0);
        put_section();
        put_interface(DLT_EN10MB, 0, NULL, 9, 0);
        put_packet(0, 5, "first", NULL);
        end = (uint32_t)file.length;
        little = i < 2;
        order32(0xa1b2c3d4);
        order16(2);
        order16(4);
        for (unsigned field = 0; field < 16; field++) /* the rest of the header, and more than a record */
            order32(0);
        struct capture *capture = open_file();
        expect_frame(capture, 5, "first", 105, DLT_EN10MB, 0);
        expect_error(capture, end, "holds another pcap file");
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sections_and_interfaces),
        cmocka_unit_test(every_kind_of_packet),
        cmocka_unit_test(frames_of_nothing),
        cmocka_unit_test(options_of_frames),
        cmocka_unit_test(drop_counters),
        cmocka_unit_test(drops_between_packets),
        cmocka_unit_test(impossible_drops),
        cmocka_unit_test(packets_that_are_left_out),
        cmocka_unit_test(lengths_that_lie),
        cmocka_unit_test(more_than_anyone_looks_into),
        cmocka_unit_test(pcapng_cut_anywhere),
        cmocka_unit_test(joined_with_pcap),
        cmocka_unit_test(what_is_no_section),
        cmocka_unit_test(odd_clocks),
        cmocka_unit_test(times_that_cannot_be_told),
        cmocka_unit_test(filters_for_several_link_types),
    };

    return cmocka_run_group_tests(tests, set_up, tear_down);
}
