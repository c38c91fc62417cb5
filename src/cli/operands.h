/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef FINWAIT_CLI_OPERANDS_H
#define FINWAIT_CLI_OPERANDS_H

#include "cli/options.h"

/* What is neither an option nor its argument: files, or the words of a filter. */
struct operands {
    const char *const *words; /* before "--"; borrowed, as are all words */
    size_t word_count;
    const char *const *tail; /* behind it */
    size_t tail_count;
    bool are_filter; /* all of them together, since an option says what is read */
};

/* Makes of the operands the files and the filter of options; its room for files suffices for all. False after a
 * message.
 */
bool operands_settle(struct options *options, const struct operands *operands);

/* Says where a name is empty, most often a variable without a value, which the message about the file does not tell. */
void operands_hint_at_empty_name(const struct options *options);

/* A filter that is wrong for every capture is found before any of them, and the output, is touched: false after a
 * message.
 */
bool operands_filter_is_right(const struct options *options, const struct operands *operands);

/* Joins words by blanks and makes them the filter, which must not have been given yet. No words: no filter. False after
 * a message. */
bool filter_from_words(struct options *options, const char *const *words, size_t count);

#endif
