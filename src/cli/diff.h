/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef FINWAIT_CLI_DIFF_H
#define FINWAIT_CLI_DIFF_H

/* The command diff: compares two captures. Returns the exit status: 0 nothing differs, 1 something does, 2 trouble. */
int diff(int argc, char **argv);

#endif
