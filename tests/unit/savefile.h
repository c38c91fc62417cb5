/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef FINWAIT_TESTS_UNIT_SAVEFILE_H
#define FINWAIT_TESTS_UNIT_SAVEFILE_H

/* Captures written by hand, octet by octet, and what is read of them. */

#include "capture/capture.h"

#include "frames.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>

#include <cmocka.h>

extern char path[];        /* where the file is written for reading */
extern struct octets file; /* what is written so far */
extern bool little;        /* its byte order */
extern struct message message;
extern struct frame frame; /* the latest that was read */

int set_up(void **state);
int tear_down(void **state);

void begin_file(bool is_little);
void order16(unsigned value); /* these in the file's byte order */
void order32(uint32_t value);
void order64(uint64_t value);
void padding(uint32_t count); /* behind so many octets, to a multiple of four */

/* Opens the file, or its first octets. */
struct capture *open_file(void);
struct capture *open_octets(uint32_t length);

/* Reads on, and compares. The last two end the reading. */
void expect_frame(struct capture *capture, int64_t time, const char *octets, uint32_t wire_length, int link_type,
                  uint32_t interface);
void expect_end(struct capture *capture);
void expect_error(struct capture *capture, uint64_t offset, const char *words);

/* --- blocks of pcapng; where: in the file --- */

uint32_t begin_block(uint32_t type);
void set_length(uint32_t where, uint32_t length); /* the one that stands there */
void end_block(uint32_t where);
void put_option(unsigned code, const void *value, uint32_t length);
void put_section(void);
void put_interface(unsigned link_type, uint32_t snaplen, const char *name, unsigned tsresol, int64_t offset);
uint32_t put_packet(uint32_t interface, uint64_t ticks, const char *octets, const char *comment);
void put_packet_behind(uint32_t interface, uint64_t dropped, const char *octets); /* dropped: in front of it */
void put_old_packet(unsigned interface, unsigned dropped, uint64_t ticks, const char *octets);
void put_simple_packet(uint32_t wire_length, const char *octets);
void put_statistics(uint32_t interface, int64_t by_interface, int64_t by_system); /* -1: not told */
void put_unknown(uint32_t octets);

#endif
