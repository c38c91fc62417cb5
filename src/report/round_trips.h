/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef FINWAIT_REPORT_ROUND_TRIPS_H
#define FINWAIT_REPORT_ROUND_TRIPS_H

#include "report/json_emitter.h"

/* How long the round trips of handshakes took: counts in bins of equal width on a logarithmic scale, eight a decade. */
enum { ROUND_TRIP_BINS = 8 * 12 };

struct round_trips {
    uint64_t count[ROUND_TRIP_BINS];
};

/* Counts one, in ns; the unknown (-1) and nothing (0) are not counted. */
void round_trips_add(struct round_trips *round_trips, int64_t span);

/* Writes [[lower bound in ns, upper bound, count], ...] for the bins between the first and the last that has one. */
void round_trips_json(struct emitter *json, const struct round_trips *round_trips);

#endif
