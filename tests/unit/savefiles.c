/* SPDX-License-Identifier: BSD-3-Clause */
/* What libpcap reads of a savefile must be read just so. */
#include <config.h> /* for nftw */

#include "capture/capture.h"
#include "capture/source.h"

#include "frames.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <glob.h>
#include <limits.h>
#include <pcap/pcap.h>
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
static uint64_t compared_frames;
static uint64_t batched_frames; /* that came with others, which libpcap never does */

static int set_up(void **state) {
    int fd = mkstemp(path);

    (void)state;
    return fd < 0 || close(fd) != 0;
}

static int tear_down(void **state) {
    (void)state;
    return unlink(path);
}

/* A generator of its own, so that every run tries the same. */
static uint32_t random_state;

static uint32_t random_below(uint32_t limit) {
    random_state = random_state * 1664525 + 1013904223;
    return (uint32_t)((uint64_t)random_state * limit >> 32);
}

/* In place: to empty the file first makes some file systems wait for the disk, thousands of times. */
static void write_file(const void *octets, size_t length) {
    int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);

    assert_true(fd >= 0);
    assert_int_equal(pwrite(fd, octets, length, 0), length);
    assert_int_equal(ftruncate(fd, (off_t)length), 0);
    assert_int_equal(close(fd), 0);
}

static void put_order32(struct octets *file, bool little, uint32_t value) {
    put32(file, little ? __builtin_bswap32(value) : value);
}

/* One of the four magic numbers; version 2.minor. */
struct variant {
    bool little;
    bool nanoseconds;
    unsigned minor;
    uint32_t snaplen;
    uint32_t link_type;
};

static void put_header(struct octets *file, const struct variant *variant) {
    file->length = 0;
    put_order32(file, variant->little, variant->nanoseconds ? 0xa1b23c4d : 0xa1b2c3d4);
    put_order32(file, variant->little, variant->little ? variant->minor << 16 | 2 : 2 << 16 | variant->minor);
    put_zeros(file, 8);
    put_order32(file, variant->little, variant->snaplen);
    put_order32(file, variant->little, variant->link_type);
}

static void put_record(struct octets *file, bool little, uint32_t seconds, uint32_t fraction, uint32_t captured,
                       uint32_t wire) {
    put_order32(file, little, seconds);
    put_order32(file, little, fraction);
    put_order32(file, little, captured);
    put_order32(file, little, wire);
    for (uint32_t i = 0; i < captured; i++)
        put8(file, file->length * 7 & 0xff);
}

/* Records of 0, 1, 2, ... octets with times at the edges. */
static const struct octets *small_file(const struct variant *variant) {
    static const uint32_t fractions[] = {0, 5, 999999, 999999999, 0x7fffffff};
    static struct octets file;

    put_header(&file, variant);
    for (uint32_t i = 0; i < 12; i++)
        put_record(&file, variant->little, i % 3 == 2 ? 0xffffffff - i : i * 1000, fractions[i % 5], i * i % 41,
                   i * 100);
    return &file;
}

/* --- libpcap, which every file that it can read is held against --- */

struct oracle {
    pcap_t *pcap;
    bool pcapng;
    bool odd_time; /* of the frame just read: libpcap takes some damaged ones for negative */
    int64_t time;
    struct pcap_pkthdr *header;
    const u_char *bytes;
};

/* NULL: libpcap refuses the file. */
static pcap_t *oracle_open(struct oracle *oracle, const char *name) {
    char reason[PCAP_ERRBUF_SIZE];
    uint8_t magic[4] = {0};
    FILE *file = fopen(name, "rb");

    if (file == NULL || fread(magic, 1, 4, file) != 4) {
        if (file != NULL)
            fclose(file);
        return NULL;
    }
    rewind(file);
    oracle->pcapng = memcmp(magic, "\x0a\x0d\x0d\x0a", 4) == 0;
    oracle->pcap = pcap_fopen_offline_with_tstamp_precision(file, PCAP_TSTAMP_PRECISION_NANO, reason);
    if (oracle->pcap == NULL)
        fclose(file);
    return oracle->pcap;
}

/* What pcap_next_ex says. The seconds of a pcap record are unsigned in the file; libpcap hands them out as signed. */
static int oracle_next(struct oracle *oracle) {
    int status = pcap_next_ex(oracle->pcap, &oracle->header, &oracle->bytes);

    if (status == 1) {
        int64_t seconds = oracle->pcapng ? oracle->header->ts.tv_sec : (int64_t)(uint32_t)oracle->header->ts.tv_sec;

        oracle->odd_time = oracle->header->ts.tv_usec < 0 || oracle->header->ts.tv_usec > 999999999;
        if (__builtin_mul_overflow(seconds, (int64_t)1000000000, &oracle->time) ||
            __builtin_add_overflow(oracle->time, (int64_t)oracle->header->ts.tv_usec, &oracle->time))
            oracle->odd_time = true;
    }
    return status;
}

static void assert_same_frame(const struct frame *frame, const struct oracle *oracle, const char *name) {
    const struct pcap_pkthdr *header = oracle->header;
    const int64_t latest = INT64_MAX / 2 - 1000000000000000;

    if (frame->captured != header->caplen || frame->wire_length != header->len ||
        frame->link_type != pcap_datalink(oracle->pcap) || frame->filtered)
        fail_msg("%s: frame %llu differs from libpcap's", name, (unsigned long long)frame->number);
    if (frame->time != oracle->time && !oracle->odd_time && oracle->time < latest && oracle->time != 0)
        fail_msg("%s: the time of frame %llu differs: %lld, libpcap's %lld", name, (unsigned long long)frame->number,
                 (long long)frame->time, (long long)oracle->time);
    if (frame->captured != 0 && memcmp(frame->bytes, oracle->bytes, frame->captured) != 0)
        fail_msg("%s: the octets of frame %llu differ", name, (unsigned long long)frame->number);
    compared_frames++;
}

/* Every frame that libpcap reads is read, and the end is met where libpcap meets it. After a failure libpcap gives up;
 * whether there are more frames then is not its to say. */
static void assert_same_capture(struct capture *capture, struct oracle *oracle, const char *name) {
    enum { ROOM = 70 };
    const struct capture_info *info = capture_info(capture);
    struct frame frames[ROOM];
    enum capture_status status;
    uint64_t number = 100;
    unsigned count;
    int expected = 1;

    capture_number_from(capture, number);
    while ((count = capture_next_batch(capture, frames, 2 + random_below(ROOM - 1), &status)) != 0) {
        batched_frames += count > 1 ? count : 0;
        for (unsigned i = 0; i < count; i++) {
            assert_int_equal(frames[i].number, number++);
            if (expected == 1 && (expected = oracle_next(oracle)) == 1)
                assert_same_frame(&frames[i], oracle, name);
            else if (expected == PCAP_ERROR_BREAK)
                fail_msg("%s: libpcap has no frame %llu", name, (unsigned long long)frames[i].number);
        }
    }
    if (expected == 1 && (expected = oracle_next(oracle)) == 1)
        fail_msg("%s: only libpcap has a frame %llu", name, (unsigned long long)number);
    if (expected == PCAP_ERROR_BREAK && status != CAPTURE_END)
        fail_msg("%s: libpcap finds nothing wrong, but \"%s\"", name, info->error);
    if (expected != PCAP_ERROR_BREAK && status == CAPTURE_END && !oracle->pcapng &&
        strstr(pcap_geterr(oracle->pcap), "bigger than maximum") == NULL)
        fail_msg("%s: not found by us: %s", name, pcap_geterr(oracle->pcap));
    if (status == CAPTURE_ERROR && info->truncated)
        assert_true(info->error_offset > 0);
}

/* The file through both. False: libpcap does not read it. */
static bool compare(const char *name) {
    struct oracle oracle = {0};
    struct capture *capture;

    if (oracle_open(&oracle, name) == NULL)
        return false;
    capture = capture_open(name, &message);
    if (capture == NULL)
        fail_msg("libpcap reads %s: %s", name, message.text);
    assert_same_capture(capture, &oracle, name);
    capture_free(capture);
    pcap_close(oracle.pcap);
    return true;
}

static void every_sample(void **state) {
    const char *source = getenv("srcdir");
    char pattern[1024];
    glob_t samples;

    (void)state;
    snprintf(pattern, sizeof pattern, "%s/samples/*.pcap", source != NULL ? source : ".");
    assert_int_equal(glob(pattern, 0, NULL, &samples), 0);
    for (size_t i = 0; i < samples.gl_pathc; i++)
        assert_true(compare(samples.gl_pathv[i]));
    globfree(&samples);
}

static void every_magic_number_cut_anywhere(void **state) {
    (void)state;
    for (unsigned i = 0; i < 4; i++) {
        const struct variant variant = {i % 2 == 0, i / 2 == 0, 4, 65535, 1};
        const struct octets *file = small_file(&variant);

        compared_frames = 0;
        for (uint32_t length = 0; length <= file->length; length++) {
            write_file(file->at, length);
            assert_true(compare(path) == (length >= 24));
        }
        assert_true(compared_frames > 12);
    }
}

/* Headers that are out of the ordinary, by what the snaplen and the link type say. */
static void odd_headers(void **state) {
    static const uint32_t snaplens[] = {0, 1, 20, 262144, 262145, 0x7fffffff, 0x80000000, 0xffffffff};
    static const uint32_t link_types[] = {0,   1,   12,  14,         101,        108,       113,
                                          228, 229, 276, 0x10000001, 0xfc000065, 0x0abc0001};

    (void)state;
    for (size_t i = 0; i < sizeof snaplens / sizeof *snaplens; i++)
        for (size_t j = 0; j < sizeof link_types / sizeof *link_types; j++)
            for (unsigned little = 0; little < 2; little++) {
                const struct variant variant = {little == 1, false, 4, snaplens[i], link_types[j]};
                const struct octets *file = small_file(&variant);

                write_file(file->at, file->length);
                compare(path);
            }
}

/* Any one field of any record may be anything. */
static void damaged_records(void **state) {
    static const uint32_t values[] = {0, 1, 65535, 65536, 262144, 262145, 0x7fffffff, 0x80000000, 0xffffffff};

    (void)state;
    for (unsigned i = 0; i < 4; i++) {
        const struct variant variant = {i % 2 == 0, i / 2 == 0, 4, i / 2 == 0 ? 65535 : 300000, 1};
        const struct octets *original = small_file(&variant);

        for (uint32_t where = 24; where + 4 <= original->length; where++)
            for (size_t j = 0; j < sizeof values / sizeof *values; j++) {
                static struct octets file;
                struct octets value = {.length = 0};

                put_order32(&value, variant.little, values[j]);
                file = *original;
                memcpy(file.at + where, value.at, 4);
                write_file(file.at, file.length);
                assert_true(compare(path));
            }
    }
}

/* Beyond one window, with frames of every length that stand across its edges. */
static void write_large(bool little, unsigned megabytes) {
    const struct variant variant = {little, !little, 4, 262144, 1};
    static struct octets part;
    FILE *file = fopen(path, "wb");

    assert_non_null(file);
    put_header(&part, &variant);
    for (size_t written = 0; written < (size_t)megabytes << 20; written += part.length) {
        if (written != 0) {
            uint32_t captured = random_below(8) == 0 ? random_below(69000) : random_below(1515);

            part.length = 0;
            put_record(&part, little, (uint32_t)written, (uint32_t)written % 1000000, captured, captured + 7);
        }
        assert_int_equal(fwrite(part.at, 1, part.length, file), part.length);
    }
    assert_int_equal(fclose(file), 0);
}

static void larger_than_the_window(void **state) {
    struct stat status;

    (void)state;
    random_state = 1;
    for (unsigned little = 0; little < 2; little++) {
        write_large(little == 1, 5);
        compared_frames = batched_frames = 0;
        assert_true(compare(path));
        assert_true(compared_frames > 500);
        assert_true(batched_frames > compared_frames - 50);
        assert_int_equal(stat(path, &status), 0);
        for (unsigned i = 0; i < 20; i++) {
            assert_int_equal(truncate(path, status.st_size -= 1 + random_below(200000)), 0);
            assert_true(compare(path));
        }
    }
}

enum { LONGEST = 262144 };

/* Writes a record of so many octets, more than a struct octets holds, all of that value. */
static void write_long_record(FILE *file, uint32_t captured, uint8_t value) {
    static uint8_t octets[LONGEST + 1];
    static struct octets part;

    memset(octets, value, sizeof octets);
    part.length = 0;
    put_order32(&part, true, 1);
    put_order32(&part, true, 2);
    put_order32(&part, true, captured);
    put_order32(&part, true, captured + 9);
    assert_int_equal(fwrite(part.at, 1, part.length, file), part.length);
    assert_int_equal(fwrite(octets, 1, captured, file), captured);
}

/* Frames of the greatest length that libpcap takes, wherever they begin in the window, and then one that is longer:
 * read only where the file says that its snaplen is. */
static void longest_frames(void **state) {
    static struct octets part;

    (void)state;
    for (uint32_t shift = 0; shift < 6; shift++) {
        const struct variant variant = {true, true, 4, shift % 2 == 0 ? LONGEST : 2 * LONGEST, 1};
        FILE *file = fopen(path, "wb");

        assert_non_null(file);
        put_header(&part, &variant);
        put_record(&part, true, 1, 2, 4000 + shift * 20, 5000);
        assert_int_equal(fwrite(part.at, 1, part.length, file), part.length);
        for (unsigned i = 0; i < 12; i++)
            write_long_record(file, LONGEST, (uint8_t)i);
        write_long_record(file, LONGEST + 1, 0);
        write_long_record(file, LONGEST, 1);
        assert_int_equal(fclose(file), 0);
        compared_frames = batched_frames = 0;
        assert_true(compare(path));
        assert_int_equal(compared_frames, 13);
        struct capture *capture = capture_open(path, &message);
        struct frame frame;
        assert_non_null(capture);
        while (capture_next(capture, &frame) == CAPTURE_FRAME)
            assert_true(frame.captured <= LONGEST + 1);
        assert_true(capture_info(capture)->failed == (shift % 2 == 0));
        assert_int_equal(capture_info(capture)->frames, shift % 2 == 0 ? 13 : 15);
        capture_free(capture);
        assert_true(batched_frames > 6);
    }
}

/* Cut by another program while it is read, at a place that has not been read: an ordinary error. */
static void cut_while_it_is_read(void **state) {
    enum capture_status status;
    struct capture *capture;
    struct frame frames[64];

    (void)state;
    random_state = 2;
    write_large(true, 5);
    capture = capture_open(path, &message);
    assert_non_null(capture);
    assert_true(capture_next_batch(capture, frames, 64, &status) > 1);
    assert_int_equal(truncate(path, 2000001), 0);
    while (capture_next_batch(capture, frames, 64, &status) != 0)
        assert_int_equal(status, CAPTURE_FRAME);
    assert_int_equal(status, CAPTURE_ERROR);
    assert_true(capture_info(capture)->truncated);
    assert_int_equal(capture_info(capture)->error_offset, 2000001);
    capture_free(capture);
}

/* Records that another program appends meanwhile are read too. */
static void grows_while_it_is_read(void **state) {
    const struct variant variant = {true, true, 4, 65535, 1};
    const struct octets *file = small_file(&variant);
    struct capture *capture;
    struct frame frame;

    (void)state;
    write_file(file->at, file->length);
    capture = capture_open(path, &message);
    assert_non_null(capture);
    for (unsigned i = 0; i < 12; i++)
        assert_int_equal(capture_next(capture, &frame), CAPTURE_FRAME);
    FILE *end = fopen(path, "ab");
    assert_non_null(end);
    assert_int_equal(fwrite(file->at + 24, 1, file->length - 24, end), file->length - 24);
    assert_int_equal(fclose(end), 0);
    for (unsigned i = 12; i < 24; i++) {
        assert_int_equal(capture_next(capture, &frame), CAPTURE_FRAME);
        assert_int_equal(frame.number, i + 1);
    }
    assert_int_equal(capture_next(capture, &frame), CAPTURE_END);
    assert_int_equal(capture_info(capture)->frames, 24);
    capture_free(capture);
}

static void batches_are_filtered(void **state) {
    const struct variant variant = {true, true, 4, 65535, 1};
    const struct octets *file = small_file(&variant);
    struct capture *single, *batches;
    enum capture_status status;
    struct frame frame, frames[5];
    unsigned count, wanted = 0;

    (void)state;
    write_file(file->at, file->length);
    single = capture_open(path, &message);
    batches = capture_open(path, &message);
    assert_true(capture_filter(single, "len > 500", &message));
    assert_true(capture_filter(batches, "len > 500", &message));
    while ((count = capture_next_batch(batches, frames, 5, &status)) != 0)
        for (unsigned i = 0; i < count; i++) {
            enum capture_status expected = frames[i].filtered ? CAPTURE_FILTERED : CAPTURE_FRAME;

            assert_int_equal(status, CAPTURE_FRAME);
            assert_int_equal(capture_next(single, &frame), expected);
            assert_int_equal(frames[i].number, frame.number);
            assert_true(frames[i].time == frame.time && frames[i].captured == frame.captured);
            assert_memory_equal(frames[i].bytes, frame.bytes, frame.captured);
            wanted += !frames[i].filtered;
        }
    assert_int_equal(wanted, 6);
    assert_int_equal(status, CAPTURE_END);
    assert_int_equal(capture_next_batch(batches, frames, 5, &status), 0);
    assert_int_equal(status, CAPTURE_END);
    assert_int_equal(capture_next(single, &frame), CAPTURE_END);
    assert_int_equal(capture_info(batches)->frames, 12);
    assert_int_equal(capture_info(batches)->bytes, capture_info(single)->bytes);
    assert_true(capture_info(batches)->last_time == capture_info(single)->last_time);
    capture_free(single);
    capture_free(batches);
}

static unsigned compared_files;

static int compare_found(const char *name, const struct stat *status, int type, struct FTW *place) {
    (void)status;
    (void)place;
    if (type == FTW_F && compare(name))
        compared_files++;
    return 0;
}

static void extra_captures(void **state) {
    const char *shared = getenv("FINWAIT_SHARED");
    char directory[PATH_MAX];

    (void)state;
    if (shared == NULL || *shared == '\0')
        skip();
    assert_non_null(realpath(shared, directory)); /* it may be a link, which FTW_PHYS does not enter */
    assert_int_equal(nftw(directory, compare_found, 20, FTW_PHYS), 0);
    print_message("%u files\n", compared_files);
    assert_true(compared_files > 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_sample),
        cmocka_unit_test(every_magic_number_cut_anywhere),
        cmocka_unit_test(odd_headers),
        cmocka_unit_test(damaged_records),
        cmocka_unit_test(larger_than_the_window),
        cmocka_unit_test(longest_frames),
        cmocka_unit_test(cut_while_it_is_read),
        cmocka_unit_test(grows_while_it_is_read),
        cmocka_unit_test(batches_are_filtered),
        cmocka_unit_test(extra_captures),
    };

    return cmocka_run_group_tests(tests, set_up, tear_down);
}
