/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef FINWAIT_CLI_VALUE_H
#define FINWAIT_CLI_VALUE_H

#include <stdbool.h>
#include <stdint.h>

/* Values of options, in full and in no locale. False when text is anything else; *value is then unchanged. */

/* Decimal digits only. */
bool value_count(const char *text, uint64_t *value);

/* Octets: decimal digits, and k, M, G or T (in either case) for powers of 1024. */
bool value_size(const char *text, uint64_t *value);

/* Seconds as "30" or "0.003", at most nine digits on either side of the point, into ns. */
bool value_seconds(const char *text, int64_t *value);

/* A moment as RFC 3339 in UTC, "2026-01-31T12:00:00Z" or with a fraction of a second, into ns since 1970; of the years
 * that captures can bear (1824 to 2116). */
bool value_timestamp(const char *text, int64_t *value);

#endif
