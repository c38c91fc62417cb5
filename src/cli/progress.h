/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef FINWAIT_CLI_PROGRESS_H
#define FINWAIT_CLI_PROGRESS_H

#include <stdbool.h>
#include <stdint.h>

/* A line on standard error that tells how far a long run has come. It appears only after half a second, and only where
 * standard error is a terminal that the report does not go to. */

/* Says, and answers, whether it may appear at all. report_to_terminal: the report itself goes to a terminal. */
bool progress_enable(bool report_to_terminal);

/* Says how far the run is: octets read of all the octets there are (0: unknown, as on a pipe), and frames read. */
void progress_update(uint64_t octets, uint64_t octets_total, uint64_t frames);

/* Shows a line for what goes on: whether or not the report goes to the terminal too. Nothing where standard error is no
 * terminal. */
void progress_show(const char *line);

/* Removes the line, if one stands. */
void progress_clear(void);

#endif
