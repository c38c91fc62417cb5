/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef FINWAIT_CLI_HELP_H
#define FINWAIT_CLI_HELP_H

#include "cli/option_table.h"

/* Print to standard output; false when that failed (a message was printed). */
option_setter set_help;
option_setter set_version;
option_setter set_list_interfaces; /* prints the interfaces that can be watched */
option_setter set_schema;

#endif
