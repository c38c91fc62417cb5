/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef FINWAIT_CLI_COMPLAIN_H
#define FINWAIT_CLI_COMPLAIN_H

/* Exit statuses of every command (report-format: they never depend on what was found, unless asked). Ended by a signal:
 * 128 + its number. */
enum exit_status {
    EXIT_DONE = 0,
    EXIT_FAILED = 1,  /* the check that was asked for failed */
    EXIT_TROUBLE = 2, /* usage, or something could not be read or written */
};

/* Writes "finwait: ", the message and a newline to standard error; a progress line that stands there is removed first.
 */
void complain(const char *format, ...) __attribute__((format(printf, 1, 2)));

#endif
