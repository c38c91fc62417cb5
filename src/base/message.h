/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef FINWAIT_BASE_MESSAGE_H
#define FINWAIT_BASE_MESSAGE_H

#include <stdarg.h>
#include <stddef.h>

enum { MESSAGE_SIZE = 512 }; /* octets, with the terminating zero */

/* One sentence for a person, owned by the caller. Always terminated; a longer text is cut. */
struct message {
    char text[MESSAGE_SIZE];
};

/* Replaces the text, as printf does. What steers a terminal, or is no character of UTF-8, becomes '?', so that a
 * name from outside can be shown. */
void message_set(struct message *message, const char *format, ...) __attribute__((format(printf, 2, 3)));
void message_vset(struct message *message, const char *format, va_list values) __attribute__((format(printf, 2, 0)));

#endif
