/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef FINWAIT_CLI_PROGRESS_H
#define FINWAIT_CLI_PROGRESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A line on standard error that tells how far a long run has come. It appears only after half a second, and only where
 * standard error is a terminal. */

/* How far that is. */
struct progress {
    uint64_t octets;       /* read */
    uint64_t octets_total; /* 0: nobody knows, as of a pipe */
    uint64_t frames;       /* read */
    int64_t elapsed;       /* ms */
};

/* Says, and answers, whether the line may appear at all; time counts from here on. */
bool progress_enable(void);

/* What there is to be read is told with the latest; elapsed is seen to here. */
void progress_update(const struct progress *latest);

/* The line itself, in at most size octets: a bar, how much of it that is, frames and how many a second, and the time
 * that is left if it goes on like that; without a total, frames alone. */
void progress_words(const struct progress *progress, char *line, size_t size);

/* Removes the line for good: what stands on the terminal from now on is the report's. */
void progress_end(void);

/* Shows a line for what goes on: whether or not the report goes to the terminal too. Nothing where standard error is no
 * terminal. */
void progress_show(const char *line);

/* Removes the line, if one stands. */
void progress_clear(void);

#endif
