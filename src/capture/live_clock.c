/* SPDX-License-Identifier: BSD-3-Clause */
#include "capture/live_clock.h"

#include <stdbool.h>
#include <time.h>

enum { STEP_MS = 5 /* what is adjusted gradually changes less from one reading to the next */ };

static int64_t clock_ns(clockid_t clock) {
    struct timespec now;

    clock_gettime(clock, &now);
    return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

int64_t live_clock_real(void) {
    return clock_ns(CLOCK_REALTIME);
}

int64_t live_clock_monotonic(void) {
    return clock_ns(CLOCK_MONOTONIC);
}

int64_t live_clock_read(struct live_clock *clock, int64_t delay) {
    const int64_t step = (int64_t)STEP_MS * 1000000;
    int64_t monotonic = live_clock_monotonic(), real = live_clock_real();
    int64_t before = clock->real - clock->monotonic, offset = real - monotonic;
    bool changed = clock->monotonic != 0 && (offset < before - step || offset > before + step);

    if (changed) {
        bool again = clock->monotonic < clock->until;

        clock->lowest = again && clock->lowest < before ? clock->lowest : before;
        clock->until = monotonic + delay;
    }
    clock->real = real;
    clock->monotonic = monotonic;
    return changed && offset < before ? before - offset : 0;
}

int64_t live_clock_complete(const struct live_clock *clock, int64_t delay) {
    int64_t offset = clock->real - clock->monotonic;

    if (clock->monotonic < clock->until && clock->lowest < offset)
        offset = clock->lowest;
    return clock->monotonic + offset - delay;
}
