/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef FINWAIT_CLI_EXPLAIN_H
#define FINWAIT_CLI_EXPLAIN_H

/* The command explain: says what the names given as operands stand for, or lists all of them. Returns the exit status;
 * argv[0] is the command's name. */
int explain(int argc, char **argv);

#endif
