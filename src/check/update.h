/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef FINWAIT_CHECK_UPDATE_H
#define FINWAIT_CHECK_UPDATE_H

#include "base/message.h"

#include <jansson.h>
#include <stdbool.h>

/* Writes what a report shows as the expectation in path, strictly: addresses, states, verdicts, every finding of notice
 * or above with its count. What stands in `old` (NULL: nothing) is refreshed where it is a plain value; bounds, "why"
 * and the choice of connections stay as they are, and so do lists of what is allowed or forbidden. Appends a sentence
 * to changes for each member that changed; writes nothing where none did. False with a message when it cannot be
 * written.
 */
bool expectation_update(const char *path, const json_t *old, const json_t *report, json_t *changes,
                        struct message *error);

#endif
