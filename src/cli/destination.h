/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef FINWAIT_CLI_DESTINATION_H
#define FINWAIT_CLI_DESTINATION_H

#include <stdbool.h>
#include <stddef.h>

/* Where a report is written: a file, or standard output where path is NULL or "-". */

/* A descriptor, or -1 after a message. An existing file is emptied, unless it is one of the files to be read. */
int destination_open(const char *path, const char *const *inputs, size_t input_count);

/* Closes it; false when that shows that something was not written, after a message unless told not to. */
bool destination_close(const char *path, int descriptor, bool say_why);

/* Says why it could not be written. Silent where the reader of standard output has closed its pipe. */
void destination_complain(const char *path, int error);

#endif
