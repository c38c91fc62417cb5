/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef FINWAIT_CHECK_LOST_H
#define FINWAIT_CHECK_LOST_H

#include <jansson.h>
#include <stdint.h>

enum { LOST_LISTED = 16 };

/* Of one connection seen at two capture points: the segments ("segments" of the report) that only one of the captures
 * has. Appends the first LOST_LISTED of them, in the order of their frames, as difference.h says; returns how many
 * there are. */
uint64_t lost_between(const json_t *a, const json_t *b, json_t *lost);

#endif
