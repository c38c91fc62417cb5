/* SPDX-License-Identifier: BSD-3-Clause */
#include "savefile.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

char path[] = "/tmp/finwait-test-XXXXXX";
struct message message;
struct octets file;
bool little;
struct frame frame;

int set_up(void **state) {
    int fd = mkstemp(path);

    (void)state;
    return fd < 0 || close(fd) != 0;
}

int tear_down(void **state) {
    (void)state;
    return unlink(path);
}

void begin_file(bool is_little) {
    file.length = 0;
    little = is_little;
}

void order32(uint32_t value) {
    put32(&file, little ? __builtin_bswap32(value) : value);
}

void order16(unsigned value) {
    put16(&file, little ? (value >> 8 & 0xff) | (value & 0xff) << 8 : value);
}

void order64(uint64_t value) {
    order32((uint32_t)(little ? value : value >> 32));
    order32((uint32_t)(little ? value >> 32 : value));
}

void padding(uint32_t count) {
    put_zeros(&file, (4 - count % 4) % 4);
}

struct capture *open_octets(uint32_t length) {
    int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);

    assert_true(fd >= 0);
    assert_int_equal(pwrite(fd, file.at, length, 0), length);
    assert_int_equal(ftruncate(fd, (off_t)length), 0);
    assert_int_equal(close(fd), 0);
    return capture_open(path, &message);
}

struct capture *open_file(void) {
    struct capture *capture = open_octets(file.length);

    if (capture == NULL)
        fail_msg("%s", message.text);
    return capture;
}

void expect_frame(struct capture *capture, int64_t time, const char *octets, uint32_t wire_length, int link_type,
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

void expect_end(struct capture *capture) {
    if (capture_next(capture, &frame) != CAPTURE_END)
        fail_msg("%s", capture_info(capture)->error);
    capture_free(capture);
}

void expect_error(struct capture *capture, uint64_t offset, const char *words) {
    assert_int_equal(capture_next(capture, &frame), CAPTURE_ERROR);
    assert_int_equal(capture_info(capture)->error_offset, offset);
    if (strstr(capture_info(capture)->error, words) == NULL)
        fail_msg("\"%s\" does not say \"%s\"", capture_info(capture)->error, words);
    capture_free(capture);
}

/* Begins a block and returns where; end_block sets its two lengths. */
uint32_t begin_block(uint32_t type) {
    order32(type);
    order32(0);
    return file.length - 8;
}

void set_length(uint32_t where, uint32_t length) {
    uint32_t end = file.length;

    file.length = where;
    order32(length);
    file.length = end;
}

void end_block(uint32_t where) {
    order32(file.length + 4 - where);
    set_length(where + 4, file.length - where);
}

void put_option(unsigned code, const void *value, uint32_t length) {
    order16(code);
    order16(length);
    put(&file, value, length);
    padding(length);
}

void put_section(void) {
    uint32_t where = begin_block(0x0a0d0d0a);

    order32(0x1a2b3c4d);
    order16(1);
    order16(0);
    order64(UINT64_MAX);
    put_option(4, "some program", 12);
    end_block(where);
}

/* tsresol 0xff: not said. */
void put_interface(unsigned link_type, uint32_t snaplen, const char *name, unsigned tsresol, int64_t offset) {
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

/* A frame that was longer by 100 octets. */
static void put_frame(uint64_t ticks, const char *octets) {
    uint32_t length = (uint32_t)strlen(octets);

    order32((uint32_t)(ticks >> 32));
    order32((uint32_t)ticks);
    order32(length);
    order32(length + 100);
    put(&file, octets, length);
    padding(length);
}

/* Its options are to follow. */
static uint32_t begin_packet(uint32_t interface, uint64_t ticks, const char *octets) {
    uint32_t where = begin_block(6);

    order32(interface);
    put_frame(ticks, octets);
    return where;
}

uint32_t put_packet(uint32_t interface, uint64_t ticks, const char *octets, const char *comment) {
    uint32_t where = begin_packet(interface, ticks, octets);

    if (comment != NULL) {
        put_option(1, comment, (uint32_t)strlen(comment));
        put_option(0, NULL, 0);
    }
    end_block(where);
    return where;
}

void put_packet_behind(uint32_t interface, uint64_t dropped, const char *octets) {
    uint32_t where = begin_packet(interface, 0, octets);

    put_option(2, "\0\0\0\0", 4);
    order16(4);
    order16(8);
    order64(dropped);
    put_option(0, NULL, 0);
    end_block(where);
}

void put_old_packet(unsigned interface, unsigned dropped, uint64_t ticks, const char *octets) {
    uint32_t where = begin_block(2);

    order16(interface);
    order16(dropped);
    put_frame(ticks, octets);
    end_block(where);
}

void put_simple_packet(uint32_t wire_length, const char *octets) {
    uint32_t where = begin_block(3);

    order32(wire_length);
    put(&file, octets, (uint32_t)strlen(octets));
    padding((uint32_t)strlen(octets));
    end_block(where);
}

void put_statistics(uint32_t interface, int64_t by_interface, int64_t by_system) {
    uint32_t where = begin_block(5);

    order32(interface);
    order64(0);
    if (by_interface != -1) {
        order16(5);
        order16(8);
        order64((uint64_t)by_interface);
    }
    if (by_system != -1) {
        order16(7);
        order16(8);
        order64((uint64_t)by_system);
    }
    end_block(where);
}

void put_unknown(uint32_t octets) {
    uint32_t where = begin_block(0x40000bad);

    put_zeros(&file, octets);
    end_block(where);
}
