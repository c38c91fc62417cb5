/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef FINWAIT_REPORT_UTF8_H
#define FINWAIT_REPORT_UTF8_H

#include <stddef.h>
#include <stdint.h>

/* Reads the character at the start of a text that is not empty: its length in octets, or 0 where no valid character
 * (RFC 3629: shortest form, no surrogates, up to U+10FFFF) begins. */
unsigned utf8_next(const char *text, uint32_t *character);

#endif
