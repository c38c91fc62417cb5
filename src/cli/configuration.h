/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef FINWAIT_CLI_CONFIGURATION_H
#define FINWAIT_CLI_CONFIGURATION_H

#include "cli/options.h"

/* Reads the file options->config, or if that is NULL the user's own, finwait/config in $XDG_CONFIG_HOME or in
 * ~/.config. That need not exist; where it cannot be read, a complaint says so and nothing is wrong. Each line is the
 * long name of an option, "=" and its argument; "#" begins a comment. A check must say the same for everybody: it reads
 * options->tree, and no user's own file. Every line is checked and applied, whatever the command. False when something
 * is wrong; then it has complained, with file and line.
 */
bool configuration_read(struct options *options);

#endif
