/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef FINWAIT_CLI_RUNNING_H
#define FINWAIT_CLI_RUNNING_H

#include "cli/options.h"

/* What an analysis of files and the watching of interfaces have in common. */

/* The table of connections is keyed with what nobody outside can know; the report does not depend on it. */
void run_choose_hash_key(struct model_settings *settings);

/* True when something was found that --fail-on names, after a message for each name. */
bool run_fails(const struct options *options, const struct report_summary *summary);

/* True when the connection that --connection asks for was not there, after a message. */
bool run_lacks_connection(const struct options *options, const struct report_summary *summary);

/* The folder of the file that is written: what is needed for the time being is made there, for there is room. */
void run_folder_of(const char *path, char *folder, size_t size);

/* Frames (-w) and report cannot go to one place; false after a message. */
bool run_places_differ(const struct options *options);

#endif
