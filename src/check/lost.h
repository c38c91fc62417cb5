/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef FINWAIT_CHECK_LOST_H
#define FINWAIT_CHECK_LOST_H

#include "check/segments.h"

#include <jansson.h>

enum { LOST_LISTED = 16 };

/* One connection at two capture points. */
struct two_points {
    const struct kept_segment *segments[2]; /* at the first and at the second, borrowed */
    size_t count[2];
    uint32_t isn[SIDES]; /* the same at both */
    int nearer[SIDES];   /* which point (0, 1) is nearer to that side; -1: not known */
};

/* The segments that only one of the points has. What was put together or split on the way, as network cards do, is not
 * lost, and of several repetitions those are that the other point has not. Appends the first LOST_LISTED of them by
 * time, as difference.h says, and sets *count to how many there are. False when memory is out. */
bool lost_between(const struct two_points *points, json_t *lost, uint64_t *count);

#endif
