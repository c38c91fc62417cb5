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

#endif
