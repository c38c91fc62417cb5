/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef FINWAIT_CLI_DESTINATION_H
#define FINWAIT_CLI_DESTINATION_H

#include <stdbool.h>
#include <stddef.h>

/* Where a report is written: a file, or standard output where path is NULL or "-". */

/* A descriptor, or -1 after a message. An existing file is emptied, unless it is one of the files to be read. */
int destination_open(const char *path, const char *const *inputs, size_t input_count);

/* Lets the descriptor of a file go on at the end of what has that name now, or in a new file: the old one may have been
 * moved away. False after a message: then the old one is written on. */
bool destination_reopen(const char *path, int descriptor);

/* As destination_open, but what the file holds stays, and what is written goes behind it. */
int destination_open_at_end(const char *path);

/* The same file is written to its end, wherever that is then: another program may cut it short meanwhile. */
void destination_append(int descriptor);

/* Closes it; false when that shows that something was not written, after a message unless told not to. */
bool destination_close(const char *path, int descriptor, bool say_why);

/* Says why it could not be written. Silent where the reader of standard output has closed its pipe. */
void destination_complain(const char *path, int error);

#endif
