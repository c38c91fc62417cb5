/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef FINWAIT_CHECK_POLICY_H
#define FINWAIT_CHECK_POLICY_H

#include "base/message.h"
#include "check/schema.h"
#include "report/summary.h"

#include <stdint.h>

/* What is expected of every capture, as options say it: an expectation without a file. Each adds to the policy; false
 * with a message, when a name is not known (the nearest is suggested). */

/* "warning,syn-refused": severities (that or above), groups and ids that must not be found. */
bool policy_forbid(json_t *policy, const char *list, struct message *error);

/* "syn-retransmitted,capture-quality": what is not counted by policy_forbid. */
bool policy_allow(json_t *policy, const char *list, struct message *error);

/* "handshake=complete,teardown=graceful": what every connection must have come to. Of several values, as in
 * "teardown=graceful|simultaneous", one suffices. */
bool policy_require(json_t *policy, const char *list, struct message *error);

/* At least so many connections must be in the capture. */
bool policy_least_connections(json_t *policy, uint64_t count, struct message *error);

/* The next of the demands of policy_forbid, from the one with the number *at on, that findings break: how many do, 0
 * where there is none; *demand names it, and *at is that of the one behind it. */
uint64_t policy_next_broken(const json_t *policy, const struct report_summary *summary, size_t *at,
                            const char **demand);

#endif
