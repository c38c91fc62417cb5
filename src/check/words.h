/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef FINWAIT_CHECK_WORDS_H
#define FINWAIT_CHECK_WORDS_H

#include <jansson.h>

/* A string of JSON from any text, such as a path or a sentence that was cut: octets that are no UTF-8 become U+FFFD
 * each, as in a report. NULL when memory is out. */
json_t *json_words(const char *text);

#endif
