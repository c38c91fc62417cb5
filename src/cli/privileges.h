/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef FINWAIT_CLI_PRIVILEGES_H
#define FINWAIT_CLI_PRIVILEGES_H

#include <stdbool.h>

/* Gives up, once the interfaces are open, what was needed for opening them: root becomes the user of that name or, for
 * NULL, whoever called sudo, else nobody; and whoever it is, all capabilities go. False after a message: then nothing
 * may go on. */
bool privileges_drop(const char *user);

#endif
