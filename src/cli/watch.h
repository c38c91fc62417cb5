/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef FINWAIT_CLI_WATCH_H
#define FINWAIT_CLI_WATCH_H

#include "cli/options.h"

/* finwait -i INTERFACE: reports what passes until a signal, a frame count or a time ends it. Returns the exit status:
 * a signal is the usual end, 0. */
int watch_interfaces(struct options *options);

#endif
