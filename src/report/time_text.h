/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef FINWAIT_REPORT_TIME_TEXT_H
#define FINWAIT_REPORT_TIME_TEXT_H

#include <stdbool.h>
#include <stdint.h>

enum { TIMESTAMP_SIZE = 31, TIME_TEXT_SIZE = 32 }; /* octets, with the terminating zero */

/* Writes a time (ns since 1970 UTC, negative before) as RFC 3339 with nine decimals: "2026-01-01T00:00:00.000000000Z".
 * Returns text, as the others do. */
const char *timestamp_text(int64_t time, char text[TIMESTAMP_SIZE]);

/* The same as people read it, cut to microseconds: "2026-01-01 00:00:00.000000 UTC". */
const char *date_text(int64_t time, char text[TIME_TEXT_SIZE]);

/* A time span (ns) as people read it, to three digits: "420 ns", "0.42 ms", "201 ms", "2.01 s", "130 s". */
const char *duration_text(int64_t span, char text[TIME_TEXT_SIZE]);

/* A relative time (ns) in seconds with `decimals` of them (0 to 9), cut as Wireshark cuts it: "0.801000". */
const char *seconds_text(int64_t span, unsigned decimals, char text[TIME_TEXT_SIZE]);

#endif
