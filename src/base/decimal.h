/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef FINWAIT_BASE_DECIMAL_H
#define FINWAIT_BASE_DECIMAL_H

#include <stdint.h>

/* Room that decimal_put asks for, octets. */
enum { DECIMAL_ROOM = 24 };

/* Writes a number in decimal, without an end, and returns the place behind it. What stands there, within DECIMAL_ROOM
 * of `at`, may be written over. */
char *decimal_put(char *at, uint64_t value);

/* The same of a number below 100,000,000 with zeros before it: 8 octets. */
char *decimal_put_8(char *at, uint32_t value);

#endif
