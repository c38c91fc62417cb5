/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef FINWAIT_CLI_ANALYZE_H
#define FINWAIT_CLI_ANALYZE_H

/* finwait [analyze] [OPTION]... FILE...: reads the captures and writes the report. argv[0] is not looked at. Returns
 * the exit status. */
int analyze(int argc, char **argv);

#endif
