/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef FINWAIT_CLI_CHECK_H
#define FINWAIT_CLI_CHECK_H

/* The command check: holds captures against what is expected of them. Returns the exit status. */
int check(int argc, char **argv);

#endif
