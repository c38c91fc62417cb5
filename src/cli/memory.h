/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef FINWAIT_CLI_MEMORY_H
#define FINWAIT_CLI_MEMORY_H

#include <stdbool.h>

/* Makes an allocation of jansson that fails end the program, with a message and EXIT_TROUBLE: what is said of reports
 * that lack a member would be wrong, and jansson goes on without it. Call it first. */
void memory_guard_json(void);

/* Whether connections can be held in what the system gives programs (flow_table.h): false with a message. */
bool memory_is_in_reach(void);

#endif
