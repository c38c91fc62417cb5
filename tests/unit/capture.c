/* SPDX-License-Identifier: BSD-3-Clause */
#include <config.h>

#include "capture/capture.h"
#include "capture/filter.h"

#include "frames.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

static char path[] = "/tmp/finwait-test-XXXXXX";
static struct message message;
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

static void write_file(const void *octets, size_t length) {
    FILE *file = fopen(path, "wb");

    assert_non_null(file);
    assert_int_equal(fwrite(octets, 1, length, file), length);
    assert_int_equal(fclose(file), 0);
}

/* Savefiles are written here in either byte order. */
static void put_order32(struct octets *file, bool little, uint32_t value) {
    put32(file, little ? __builtin_bswap32(value) : value);
}

static void put_order16(struct octets *file, bool little, unsigned value) {
    put16(file, little ? (value >> 8 & 0xff) | (value & 0xff) << 8 : value);
}

static void put_pcap_header(struct octets *file, bool little, uint32_t magic, uint32_t link_type) {
    file->length = 0;
    put_order32(file, little, magic);
    put_order16(file, little, 2);
    put_order16(file, little, 4);
    put_zeros(file, 8);
    put_order32(file, little, 65535);
    put_order32(file, little, link_type);
}

static void put_record(struct octets *file, bool little, uint32_t seconds, uint32_t fraction,
                       const struct octets *bytes, uint32_t wire) {
    put_order32(file, little, seconds);
    put_order32(file, little, fraction);
    put_order32(file, little, bytes->length);
    put_order32(file, little, wire);
    put(file, bytes->at, bytes->length);
}

static struct octets frame_to_port(unsigned port) {
    struct octets bytes = {.length = 0};
    uint32_t ip, tcp;

    put_ethernet(&bytes, 0x0800);
    ip = put_ipv4(&bytes, 6, NULL, 0);
    tcp = put_tcp(&bytes, 2, NULL, 0);
    set16(&bytes, tcp + 2, port);
    finish_ipv4(&bytes, ip);
    return bytes;
}

/* Three frames of 54 octets to the ports 80, 81 and 82, one a second. */
static struct octets *three_frames(void) {
    static struct octets file;

    put_pcap_header(&file, true, 0xa1b2c3d4, 1);
    for (unsigned i = 0; i < 3; i++) {
        struct octets bytes = frame_to_port(80 + i);

        put_record(&file, true, 1000 + i, 5, &bytes, 60);
    }
    return &file;
}

static struct capture *open_file(void) {
    struct capture *capture = capture_open(path, &message);

    if (capture == NULL)
        fail_msg("%s", message.text);
    return capture;
}

static void every_magic_number(void **state) {
    static const struct {
        uint32_t magic;
        int64_t time;
    } cases[] = {{0xa1b2c3d4, 1000000005000}, {0xa1b23c4d, 1000000000005}};

    (void)state;
    for (unsigned i = 0; i < 4; i++) {
        static struct octets file;
        struct octets bytes = frame_to_port(80);
        struct capture *capture;

        put_pcap_header(&file, i % 2 == 0, cases[i / 2].magic, 1);
        put_record(&file, i % 2 == 0, 1000, 5, &bytes, 1514);
        write_file(file.at, file.length);
        capture = open_file();
        assert_int_equal(capture_next(capture, &frame), CAPTURE_FRAME);
        assert_int_equal(frame.number, 1);
        assert_true(frame.time == cases[i / 2].time);
        assert_int_equal(frame.captured, 54);
        assert_int_equal(frame.wire_length, 1514);
        assert_int_equal(frame.link_type, 1);
        assert_int_equal(frame.interface, 0);
        assert_memory_equal(frame.bytes, bytes.at, 54);
        assert_int_equal(capture_next(capture, &frame), CAPTURE_END);
        assert_int_equal(capture_next(capture, &frame), CAPTURE_END);
        capture_free(capture);
    }
}

/* A section, an interface with nanoseconds, one packet. */
static void put_pcapng(struct octets *file) {
    struct octets bytes = frame_to_port(80);

    file->length = 0;
    put(file, "\x0a\x0d\x0d\x0a\0\0\0\x1c\x1a\x2b\x3c\x4d\0\1\0\0\xff\xff\xff\xff\xff\xff\xff\xff\0\0\0\x1c", 28);
    put(file, "\0\0\0\1\0\0\0\x20\0\1\0\0\0\0\4\0\0\x09\0\1\x09\0\0\0\0\0\0\0\0\0\0\x20", 32);
    put(file, "\0\0\0\6\0\0\0\x58\0\0\0\0\0\0\0\xe8\xd4\xa5\x10\x07\0\0\0\x36\0\0\0\x36", 28);
    put(file, bytes.at, bytes.length);
    put(file, "\0\0\0\0\0\x58", 6);
}

static void pcapng(void **state) {
    static struct octets file;
    const struct capture_info *info;
    struct capture *capture;

    (void)state;
    put_pcapng(&file);
    write_file(file.at, file.length);
    capture = open_file();
    info = capture_info(capture);
    assert_string_equal(info->format, "pcapng");
    assert_int_equal(capture_next(capture, &frame), CAPTURE_FRAME);
    assert_true(frame.time == 0xe8d4a51007);
    assert_int_equal(info->interface_count, 1);
    assert_int_equal(info->interfaces[0].snaplen, 1024);
    assert_int_equal(capture_next(capture, &frame), CAPTURE_END);
    capture_free(capture);
}

static void facts_of_a_capture(void **state) {
    const struct capture_info *info;
    char name[LINK_TYPE_NAME_SIZE];
    struct capture *capture;
    int link_types[2] = {-1, -1};

    (void)state;
    write_file(three_frames()->at, three_frames()->length);
    capture = open_file();
    capture_number_from(capture, 100);
    info = capture_info(capture);
    assert_string_equal(info->path, path);
    assert_string_equal(info->format, "pcap");
    assert_int_equal(info->first_frame, 100);
    assert_int_equal(info->frames, 0);
    for (unsigned i = 0; i < 3; i++) {
        assert_int_equal(capture_next(capture, &frame), CAPTURE_FRAME);
        assert_int_equal(frame.number, 100 + i);
    }
    assert_int_equal(capture_next(capture, &frame), CAPTURE_END);
    assert_int_equal(info->frames, 3);
    assert_int_equal(info->bytes, 180);
    assert_true(info->first_time == 1000000005000);
    assert_true(info->last_time == 1002000005000);
    assert_false(info->truncated);
    assert_false(info->failed);
    assert_false(info->drops_known);
    assert_int_equal(info->interface_count, 1); /* also after the file was closed */
    assert_int_equal(info->interfaces[0].snaplen, 65535);
    assert_null(info->interfaces[0].name);
    assert_int_equal(capture_link_types(capture, link_types, 2), 1);
    assert_int_equal(link_types[0], 1);
    assert_string_equal(capture_link_type_name(1, name), "EN10MB");
    assert_string_equal(capture_link_type_name(-5, name), "-5");
    capture_free(capture);
}

/* Seconds beyond 2038 and fractions beyond a second are what they say; what no clock of 2116 shows is held there, that
   the sum of two times never overflows. */
static void odd_times(void **state) {
    static struct octets file;
    struct octets bytes = frame_to_port(80);
    struct capture *capture;

    (void)state;
    put_pcap_header(&file, true, 0xa1b23c4d, 1);
    put_record(&file, true, 0xffffffff, 999999999, &bytes, 54);
    put_record(&file, true, 5, 1500000000, &bytes, 54);
    write_file(file.at, file.length);
    capture = open_file();
    assert_int_equal(capture_next(capture, &frame), CAPTURE_FRAME);
    assert_true(frame.time == 4294967295999999999);
    assert_int_equal(capture_next(capture, &frame), CAPTURE_FRAME);
    assert_true(frame.time == 6500000000);
    assert_true(capture_info(capture)->first_time == 6500000000); /* the earliest, not the first in the file */
    assert_true(capture_info(capture)->last_time == 4294967295999999999);
    capture_free(capture);

    put_pcapng(&file); /* 2^63 and more nanoseconds */
    memset(file.at + 28 + 32 + 12, 0xff, 8);
    write_file(file.at, file.length);
    capture = open_file();
    assert_int_equal(capture_next(capture, &frame), CAPTURE_FRAME);
    assert_true(frame.time == INT64_MAX / 2 - 1000000000000000);
    assert_true(capture_info(capture)->last_time == frame.time);
    capture_free(capture);
}

/* Wherever the file ends, all whole frames before are given and the offset is where it ends. */
static void cut_anywhere(void **state) {
    const struct octets *file = three_frames();

    (void)state;
    for (uint32_t length = 24; length < file->length; length++) {
        uint32_t whole = (length - 24) / 70;
        struct capture *capture;
        const struct capture_info *info;

        write_file(file->at, length);
        capture = open_file();
        info = capture_info(capture);
        for (uint32_t i = 0; i < whole; i++)
            assert_int_equal(capture_next(capture, &frame), CAPTURE_FRAME);
        if ((length - 24) % 70 == 0) {
            assert_int_equal(capture_next(capture, &frame), CAPTURE_END);
            assert_false(info->failed);
        } else {
            char expected[64];

            assert_int_equal(capture_next(capture, &frame), CAPTURE_ERROR);
            assert_int_equal(capture_next(capture, &frame), CAPTURE_ERROR);
            assert_true(info->failed);
            assert_true(info->truncated);
            assert_int_equal(info->error_offset, length);
            snprintf(expected, sizeof expected, "at offset %u, within frame %u ", length, whole + 1);
            assert_non_null(strstr(info->error, expected));
        }
        assert_int_equal(info->frames, whole);
        capture_free(capture);
    }
}

static void damaged_record(void **state) {
    struct octets *file = three_frames();
    struct capture *capture;

    (void)state;
    memset(file->at + 24 + 70 + 8, 0xff, 4); /* the captured length of the second */
    write_file(file->at, file->length);
    capture = open_file();
    capture_number_from(capture, 11);
    assert_int_equal(capture_next(capture, &frame), CAPTURE_FRAME);
    assert_int_equal(capture_next(capture, &frame), CAPTURE_ERROR);
    assert_true(capture_info(capture)->failed);
    assert_false(capture_info(capture)->truncated);
    assert_int_equal(capture_info(capture)->error_offset, 24 + 70);
    assert_non_null(strstr(capture_info(capture)->error, "frame 12"));
    capture_free(capture);
}

/* Two files that were joined octet by octet, of one byte order or two; and a frame of which nothing was captured. */
static void joined_files(void **state) {
    static const uint8_t headers[][24] = {
        {0xd4, 0xc3, 0xb2, 0xa1, 2, 0, 4, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 0, 0, 1, 0, 0, 0},
        {0xa1, 0xb2, 0x3c, 0x4d, 0, 2, 0, 4, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 0, 0, 0, 1},
        {0x0a, 0x0d, 0x0d, 0x0a, 0x1c, 0, 0, 0, 0x4d, 0x3c, 0x2b, 0x1a, 1, 0, 0, 0},
        {0x0a, 0x0d, 0x0d, 0x0a, 0, 0, 0, 0x1c, 0x1a, 0x2b, 0x3c, 0x4d, 0, 1, 0, 0},
    };
    static const char *const words[] = {"holds another pcap file", "holds another pcap file",
                                        "holds another pcapng file", "holds another pcapng file"};
    static const uint8_t nothing[16] = {0xd4, 0xc3, 0xb2, 0xa1, 2, 0, 3};
    struct octets *file = three_frames();
    size_t length = file->length;
    struct capture *capture;

    (void)state;
    for (size_t i = 0; i < sizeof headers / sizeof *headers; i++) {
        memcpy(file->at + length, headers[i], sizeof headers[i]);
        write_file(file->at, length + sizeof headers[i]);
        capture = open_file();
        for (int frames = 0; frames < 3; frames++)
            assert_int_equal(capture_next(capture, &frame), CAPTURE_FRAME);
        assert_int_equal(capture_next(capture, &frame), CAPTURE_ERROR);
        assert_false(capture_info(capture)->truncated);
        assert_int_equal(capture_info(capture)->error_offset, length);
        assert_non_null(strstr(capture_info(capture)->error, words[i]));
        assert_non_null(strstr(capture_info(capture)->error, "frame 4"));
        capture_free(capture);
    }
    memcpy(file->at + length, nothing, sizeof nothing);
    memcpy(file->at + length + sizeof nothing, nothing, sizeof nothing);
    write_file(file->at, length + 2 * sizeof nothing);
    capture = open_file();
    for (int frames = 0; frames < 5; frames++)
        assert_int_equal(capture_next(capture, &frame), CAPTURE_FRAME);
    assert_int_equal(frame.captured, 0);
    assert_int_equal(capture_next(capture, &frame), CAPTURE_END);
    capture_free(capture);
}

static void assert_refused(const void *octets, size_t length, const char *reason) {
    write_file(octets, length);
    assert_null(capture_open(path, &message));
    assert_null(strstr(message.text, path));
    if (strstr(message.text, reason) == NULL)
        fail_msg("\"%s\" does not say \"%s\"", message.text, reason);
}

static void what_is_no_capture(void **state) {
    (void)state;
    assert_refused("", 0, "empty (0 bytes)");
    assert_refused("hello, world", 12, "unknown magic number 68 65 6c 6c at offset 0; it is text: ");
    assert_refused("\t1 ~\r\n", 6, "; it is text: ");
    assert_refused("hello,\x7fworld", 12, "unknown magic number 68 65 6c 6c at offset 0");
    assert_null(strstr(message.text, "text"));
    assert_refused("hello,\0world", 12, "unknown magic number 68 65 6c 6c at offset 0");
    assert_null(strstr(message.text, "text"));
    assert_refused("\xd4\xc3\xb2\xa1\2\0", 6, "at offset 6");
    assert_refused("\xd4", 1, "at offset 1");
    assert_refused("snoop\0\0\0\0\0\0\2", 12, "cut short: it ends at offset 12");
    assert_refused("snoop\0\0\0\0\0\0\1\0\0\0\4", 16, "version 1, at offset 8");
    assert_refused("snoop\0\0\0\0\0\0\2\0\0\0\x63", 16, "link type 99, at offset 12");
    assert_refused("\xd4\xc3\xb2\xa1\1\0\4\0\0\0\0\0\0\0\0\0\xff\xff\0\0\1\0\0\0", 24, "version 1.4, at offset 4");
    assert_refused("PK\x03\x04", 4, "zip archive");
    assert_refused("RTSS", 4, "convert it first");
    assert_refused("ObserverPktBufferVersion", 24, "convert it first");
    assert_refused("version https://git-lfs.github.com/spec/v1\noid sha256:4d7a2146\nsize 766\n", 72, "git lfs pull");
    char archive[512] = "capture.pcap";
    memcpy(archive + 257, "ustar", 5);
    assert_refused(archive, sizeof archive, "tar archive");
    assert_refused(archive, 261, "unknown magic number 63 61 70 74");
}

/* Nothing but the beginning of something compressed. */
static void what_is_compressed(void **state) {
    (void)state;
#ifdef HAVE_LIBARCHIVE
    assert_refused("\x1f\x8b\x08\0\0\0\0\0\0\0", 10, "cut short: the gzip data end at offset 10");
    assert_refused("\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\xff\x01\x08\x00\xf7\xff"
                   "\x1f\x8b\x08\x00\x00\x00\x00\x00\x8b\xc0\xfb\xa6\x08\x00\x00\x00",
                   31, "is compressed twice");
    assert_refused("\x28\xb5\x2f\xfd\0\0\0\0", 8, "zstd");
    assert_refused("\xfd\x37zXZ\0\0\0", 8, "xz");
    assert_refused("BZh91AY&SYxxxx", 14, "bzip2");
    assert_refused("BZh91AY", 7, "cut short: the bzip2 data end at offset 7 of the compressed file");
    assert_refused("BZhx of something else that has no header", 41, "the bzip2 data are damaged in their header");
    assert_refused("\x04\x22\x4d\x18\x64", 5, "cut short: the lz4 data end at offset 5 of the compressed file");
#else
    assert_refused("\x28\xb5\x2f\xfd\0\0\0\0", 8, "zstd -dc");
    assert_refused("\xfd\x37zXZ\0\0\0", 8, "xz -dc");
#endif
}

static void what_cannot_be_opened(void **state) {
    (void)state;
    assert_null(capture_open("/nonexistent/file.pcap", &message));
    assert_string_equal(message.text, "cannot be opened: No such file or directory");
    assert_null(capture_open("/tmp", &message));
    assert_non_null(strstr(message.text, "is a directory"));
    assert_null(capture_open("/tmp/\x1b[31m", &message));
    assert_null(strchr(message.text, '\x1b'));
}

/* Words of one link type are no mistake before it is known which one a capture has. */
static void what_is_a_filter(void **state) {
    (void)state;
    assert_true(capture_filter_is_valid("tcp port 80", &message));
    assert_true(capture_filter_is_valid("ether host 00:11:22:33:44:55", &message));
    assert_true(capture_filter_is_valid("wlan type mgt", &message));
    assert_true(capture_filter_is_valid("inbound", &message));
    assert_false(capture_filter_is_valid("tcp prot 80", &message));
    assert_non_null(strstr(message.text, "prot"));
    assert_false(capture_filter_is_valid("host example.com", &message));
    assert_non_null(strstr(message.text, "example.com"));
}

/* A pipe cannot be seeked, and gives what it has in pieces. */
static void from_a_pipe(void **state) {
    const struct octets *file = three_frames();
    struct capture *capture;
    int ends[2], input = dup(STDIN_FILENO);

    (void)state;
    assert_int_equal(pipe(ends), 0);
    assert_int_equal(write(ends[1], file->at, 3), 3);
    assert_int_equal(write(ends[1], file->at + 3, 24 + 70 + 20 - 3), 24 + 70 + 20 - 3);
    assert_int_equal(close(ends[1]), 0);
    assert_true(dup2(ends[0], STDIN_FILENO) == STDIN_FILENO);
    capture = capture_open("-", &message);
    assert_non_null(capture);
    assert_int_equal(capture_next(capture, &frame), CAPTURE_FRAME);
    assert_int_equal(capture_next(capture, &frame), CAPTURE_ERROR);
    assert_int_equal(capture_info(capture)->error_offset, 24 + 70 + 20);
    assert_string_equal(capture_info(capture)->path, "-");
    capture_free(capture);
    assert_true(dup2(input, STDIN_FILENO) == STDIN_FILENO);
    close(input);
    close(ends[0]);
}

/* A file of so many frames, more than is read at once. The octets of each are the same, its number's. */
enum { LARGE = 9000 };

static uint32_t length_of(unsigned number) {
    return number % 7 == 0 ? 60 : 1000 + number % 500;
}

static void add_frames(FILE *file, unsigned first, unsigned count) {
    static uint8_t octets[1500];

    for (unsigned i = first; i < first + count; i++) {
        uint32_t record[4] = {i, 0, length_of(i), length_of(i)};

        memset(octets, (int)(i & 0xff), sizeof octets);
        assert_int_equal(fwrite(record, sizeof record, 1, file), 1);
        assert_int_equal(fwrite(octets, length_of(i), 1, file), 1);
    }
}

static void write_large_file(void) {
    static const uint32_t header[6] = {0xa1b2c3d4, 2 | 4 << 16, 0, 0, 65535, 1};
    FILE *file = fopen(path, "wb");

    assert_non_null(file);
    assert_int_equal(fwrite(header, sizeof header, 1, file), 1);
    add_frames(file, 1, LARGE);
    assert_int_equal(fclose(file), 0);
}

/* Octets of that file up to the end of a frame. */
static uint64_t end_of(unsigned number) {
    uint64_t end = 24;

    for (unsigned i = 1; i <= number; i++)
        end += 16 + length_of(i);
    return end;
}

static void assert_frame(const struct frame *one, unsigned number) {
    assert_int_equal(one->number, number);
    assert_int_equal(one->time, number * INT64_C(1000000000));
    assert_int_equal(one->captured, length_of(number));
    assert_int_equal(one->bytes[0], number & 0xff);
    assert_int_equal(one->bytes[one->captured - 1], number & 0xff);
}

static void assert_next(struct capture *capture, unsigned number) {
    assert_int_equal(capture_next(capture, &frame), CAPTURE_FRAME);
    assert_frame(&frame, number);
}

static void large_file(void **state) {
    (void)state;
    write_large_file();
    struct capture *capture = open_file();
    for (unsigned i = 1; i <= LARGE; i++)
        assert_next(capture, i);
    assert_int_equal(capture_next(capture, &frame), CAPTURE_END);
    capture_free(capture);
}

static void large_file_that_grows(void **state) {
    (void)state;
    write_large_file();
    assert_int_equal(truncate(path, (off_t)end_of(LARGE - 10) - 5), 0);
    struct capture *capture = open_file();
    assert_next(capture, 1);
    assert_int_equal(truncate(path, (off_t)end_of(LARGE - 11)), 0);
    FILE *file = fopen(path, "ab");
    assert_non_null(file);
    add_frames(file, LARGE - 10, 11);
    assert_int_equal(fclose(file), 0);
    for (unsigned i = 2; i <= LARGE; i++)
        assert_next(capture, i);
    assert_int_equal(capture_next(capture, &frame), CAPTURE_END);
    capture_free(capture);
}

/* What is cut off is gone: no frames are made of it, and those before it are all told of. */
static void large_file_that_is_cut(void **state) {
    static const struct {
        unsigned read;  /* frames, before it is cut */
        unsigned whole; /* frames that are left */
        unsigned more;  /* octets behind them */
    } cuts[] = {
        {1, 2, 0},       /* at once behind what was read */
        {1, 2, 20},      /* within a frame */
        {100, 150, 1},   /* within a record's header */
        {1, 8000, 0},    /* far behind */
        {1, 8000, 17},   /* the same, within a frame */
        {5000, 2000, 0}, /* before what was read */
    };

    enum { BATCH = 32 };
    static struct frame frames[BATCH];

    (void)state;
    for (size_t i = 0; i < sizeof cuts / sizeof *cuts; i++) {
        write_large_file();
        struct capture *capture = open_file();
        const struct capture_info *info = capture_info(capture);
        uint64_t left = end_of(cuts[i].whole) + cuts[i].more;
        unsigned number = 1;
        for (; number <= cuts[i].read; number++)
            assert_next(capture, number);
        assert_int_equal(truncate(path, (off_t)left), 0);
        enum capture_status status;
        for (unsigned count; (count = capture_next_batch(capture, frames, BATCH, &status)) != 0; number += count)
            for (unsigned k = 0; k < count; k++)
                assert_frame(&frames[k], number + k);
        assert_int_equal(number - 1, cuts[i].read < cuts[i].whole ? cuts[i].whole : cuts[i].read);
        if (cuts[i].whole == 8000 && cuts[i].more == 0) {
            assert_int_equal(status, CAPTURE_END); /* as if it had been so from the beginning */
        } else {
            assert_int_equal(status, CAPTURE_ERROR);
            assert_true(info->truncated);
            assert_int_equal(info->error_offset, left);
        }
        assert_int_equal(info->frames, number - 1);
        capture_free(capture);
    }
}

static void filter_tells_frames_apart(void **state) {
    struct capture *capture;

    (void)state;
    write_file(three_frames()->at, three_frames()->length);
    capture = open_file();
    assert_true(capture_filter(capture, "tcp dst port 81", &message));
    assert_int_equal(capture_next(capture, &frame), CAPTURE_FILTERED);
    assert_int_equal(frame.number, 1);
    assert_int_equal(capture_next(capture, &frame), CAPTURE_FRAME);
    assert_int_equal(frame.number, 2); /* filtered-out frames keep their numbers */
    assert_int_equal(capture_next(capture, &frame), CAPTURE_FILTERED);
    assert_int_equal(capture_next(capture, &frame), CAPTURE_END);
    assert_int_equal(capture_info(capture)->frames, 3);
    assert_int_equal(capture_info(capture)->bytes, 180);
    capture_free(capture);
}

static void filter_that_does_not_compile(void **state) {
    struct capture *capture;

    (void)state;
    write_file(three_frames()->at, three_frames()->length);
    capture = open_file();
    assert_false(capture_filter(capture, "tcp and", &message));
    assert_non_null(strstr(message.text, "syntax error"));
    assert_false(capture_filter(capture, "host example.com", &message));
    assert_non_null(strstr(message.text, "\"example.com\""));
    assert_int_equal(capture_next(capture, &frame), CAPTURE_FRAME); /* no filter was set */
    capture_free(capture);
}

static void filters_without_names(void **state) {
    static const char *const accepted[] = {
        "",
        "tcp",
        "host 192.0.2.1",
        "net 10",
        "net 192.0.2.0/24",
        "net 192.0.2.0 mask 255.255.255.0",
        "host 2001:db8::1",
        "ip6 net fe80::/10",
        "src host ::ffff:192.0.2.1 or host 1::",
        "port 80 or 443",
        "port http or https",
        "port (http or https)",
        "src or dst port ftp-data",
        "portrange 80-90",
        "ip proto \\tcp",
        "ip proto tcp",
        "tcp[tcpflags] & (tcp-syn|tcp-fin) != 0",
        "ip[2:2]-20>0",
        "tcp[0:2] == 0x50",
        "len > 100 && !arp",
        "ether host 02:00:00:00:00:01",
        "ether host 2-0-0-0-0-1",
        "ether dst 02.00.00.00.00.01",
        "vlan 10 and not udp",
        "wlan type mgt subtype beacon",
        "icmp[icmptype] == icmp-unreach",
        "host 0x7f000001",
        "less 60 or greater 1000",
    };
    static const char *const refused[] = {
        "example",
        "host example.com",
        "host tcp.example",
        "host \\tcp",
        "(port 80) or example",
        "port 80 and host example",
        "port 80 or tcp example",
        "net example",
        "gateway example",
        "ether host example",
        "host 1.2.3.4.5",
        "host 1.2.3.4 or dead.beef",
        "host cafe",
        "dead::beefx",
        "dead:beef",
        "src example",
        "not example",
        "TCP",
        "type mgt or example",
        "host 1-2-3-4-5",
        "host a-b-c-d-e-f-a",
        "ip6 host fe80::1.example",
        "len-4",
    };

    (void)state;
    for (size_t i = 0; i < sizeof accepted / sizeof *accepted; i++)
        if (!filter_is_numeric(accepted[i], &message))
            fail_msg("\"%s\": %s", accepted[i], message.text);
    for (size_t i = 0; i < sizeof refused / sizeof *refused; i++)
        if (filter_is_numeric(refused[i], &message))
            fail_msg("\"%s\" holds a name", refused[i]);
}

static void filters_that_name_services(void **state) {
    (void)state;
    assert_true(filter_names_services("tcp port http"));
    assert_true(filter_names_services("ip proto ospf"));
    assert_true(filter_names_services("port 80 or https"));
    assert_false(filter_names_services(""));
    assert_false(filter_names_services("tcp port 80 or portrange 8000-8080"));
    assert_false(filter_names_services("host 10.0.0.1 and tcp[tcpflags] & tcp-syn != 0"));
    assert_false(filter_names_services("host example"));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_magic_number),
        cmocka_unit_test(pcapng),
        cmocka_unit_test(facts_of_a_capture),
        cmocka_unit_test(odd_times),
        cmocka_unit_test(cut_anywhere),
        cmocka_unit_test(damaged_record),
        cmocka_unit_test(joined_files),
        cmocka_unit_test(what_is_no_capture),
        cmocka_unit_test(what_is_compressed),
        cmocka_unit_test(what_is_a_filter),
        cmocka_unit_test(what_cannot_be_opened),
        cmocka_unit_test(from_a_pipe),
        cmocka_unit_test(large_file),
        cmocka_unit_test(large_file_that_grows),
        cmocka_unit_test(large_file_that_is_cut),
        cmocka_unit_test(filter_tells_frames_apart),
        cmocka_unit_test(filter_that_does_not_compile),
        cmocka_unit_test(filters_without_names),
        cmocka_unit_test(filters_that_name_services),
    };

    return cmocka_run_group_tests(tests, set_up, tear_down);
}
