/* SPDX-License-Identifier: BSD-3-Clause */
#include "report/round_trips.h"

enum { BINS_A_DECADE = 8 };

/* 10^(i/8), by 1000. */
static const uint16_t steps[BINS_A_DECADE] = {1000, 1334, 1778, 2371, 3162, 4217, 5623, 7499};

static int64_t lower_bound(unsigned bin) {
    int64_t decade = 1;

    for (unsigned i = 0; i < bin / BINS_A_DECADE; i++) {
        decade *= 10;
    }
    return decade * steps[bin % BINS_A_DECADE] / 1000;
}

void round_trips_add(struct round_trips *round_trips, int64_t span) {
    unsigned bin = 0;

    if (span <= 0) {
        return;
    }
    while (bin + 1 < ROUND_TRIP_BINS && span >= lower_bound(bin + 1)) {
        bin++;
    }
    round_trips->count[bin]++;
}

void round_trips_json(struct emitter *json, const struct round_trips *round_trips) {
    unsigned first = 0, end = ROUND_TRIP_BINS;

    while (first < end && round_trips->count[first] == 0) {
        first++;
    }
    while (end > first && round_trips->count[end - 1] == 0) {
        end--;
    }
    emit_array_begin(json);
    for (unsigned bin = first; bin < end; bin++) {
        emit_array_begin(json);
        emit_signed(json, lower_bound(bin));
        emit_signed(json, lower_bound(bin + 1));
        emit_unsigned(json, round_trips->count[bin]);
        emit_array_end(json);
    }
    emit_array_end(json);
}
