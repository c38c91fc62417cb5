/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef FINWAIT_CLI_COMPLETIONS_H
#define FINWAIT_CLI_COMPLETIONS_H

#include "cli/option_table.h"

/* --completions: prints what a shell (bash, zsh, fish) needs to complete finwait's command lines, from the table of
 * options. */
option_setter set_completions;

#endif
