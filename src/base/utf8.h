/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef FINWAIT_BASE_UTF8_H
#define FINWAIT_BASE_UTF8_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Reads the character at the start of a text that is not empty: its length in octets, or 0 where no valid character
 * (RFC 3629: shortest form, no surrogates, up to U+10FFFF) begins. */
unsigned utf8_next(const char *text, uint32_t *character);

/* Whether a character steers the terminal that shows it: the control characters of ASCII and ISO 8859, and the marks
 * that turn the direction of writing. */
bool utf8_steers(uint32_t character);

/* Steps over the character at the start of a text that is not empty. *shown: its octets, so many as is returned, or "?"
 * where it would steer a terminal or is none. */
unsigned utf8_take(const char **text, const char **shown);

/* Replaces, in place, everything in a text that utf8_take would show as "?". */
void utf8_tame(char *text);

#endif
