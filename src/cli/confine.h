/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef FINWAIT_CLI_CONFINE_H
#define FINWAIT_CLI_CONFINE_H

#include "cli/options.h"
#include "cli/sandbox.h"

/* Begins a sandbox with the files to be written that the options name (-o, -w, --junit). With --no-sandbox nothing is
 * confined: the calls between these two then change nothing. */
void confine_begin(struct sandbox *sandbox, const struct options *options);

/* A file to be read, or a directory: with all beneath it, and what the links in it lead to. */
void confine_to_input(struct sandbox *sandbox, const char *path);

/* Confines the process, before it has threads. Where FINWAIT_DEBUG is set in the environment, says how far. */
void confine(struct sandbox *sandbox, const struct options *options);

#endif
