/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef FINWAIT_REPORT_MARKUP_H
#define FINWAIT_REPORT_MARKUP_H

#include "report/output.h"

/* Writes a text of any octets as the content of an element or of an attribute between double quotes: what XML 1.0
 * would read as markup is escaped, what it forbids becomes U+FFFD. */
void markup_text(struct output *output, const char *text);

/* The same for a text between double quotes of the DOT language, where a backslash and a quote are escaped. */
void dot_text(struct output *output, const char *text);

/* printf for markup itself: texts of others go through markup_text. At most MARKUP_MAX octets. */
enum { MARKUP_MAX = 512 };
void markup_print(struct output *output, const char *format, ...) __attribute__((format(printf, 2, 3)));

#endif
