/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef FINWAIT_CHECK_POSITION_H
#define FINWAIT_CHECK_POSITION_H

#include <stddef.h>

/* The line, from 1, on which a member of a JSON text stands: of its name in an object, of its first character in an
 * array. pointer is a JSON Pointer (RFC 6901), "" the whole document. The text must be well-formed JSON; where the
 * member is not there, the line of the last one on the way to it. */
unsigned long position_line(const char *text, const char *pointer);

enum { POINTER_SIZE = 512 }; /* octets of a pointer, with the terminating zero; a longer one is cut */

/* Writes the pointer to a member of what `parent` points to into pointer. */
void pointer_to_member(char pointer[POINTER_SIZE], const char *parent, const char *name);
void pointer_to_element(char pointer[POINTER_SIZE], const char *parent, size_t index);

/* The pointer as people write it: "connections[0].handshake.outcome". */
void pointer_words(char words[POINTER_SIZE], const char *pointer);

#endif
