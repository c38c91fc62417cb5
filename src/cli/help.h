/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef FINWAIT_CLI_HELP_H
#define FINWAIT_CLI_HELP_H

#include <stdbool.h>

/* Both write to standard output; false when that failed (a message was printed). */
bool help_print(bool all_options);
bool help_print_version(void);

/* The long option, without dashes, that looks most like a mistyped one; NULL when none is near. */
const char *help_nearest_option(const char *mistyped);

#endif
