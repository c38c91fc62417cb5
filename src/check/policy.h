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

/* The number of findings that the policy forbids; *worst: the first demand that any of them breaks. */
uint64_t policy_count_forbidden(const json_t *policy, const struct report_summary *summary, const char **worst);

#endif
