/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef FINWAIT_CAPTURE_LIVE_CLOCK_H
#define FINWAIT_CAPTURE_LIVE_CLOCK_H

#include <stdint.h>

/* Frames bear real time, which can be set, forward and back, and goes on while the machine sleeps; they are handed over
 * some time of the monotonic clock after they were stamped. This says what that means for the frames that have not been
 * handed over yet. All times are ns. Begins as zeros. */
struct live_clock {
    int64_t real;      /* since 1970, at the latest reading */
    int64_t monotonic; /* likewise */
    int64_t lowest;    /* difference of the two while frames may bear another than the present one */
    int64_t until;     /* monotonic, so long */
};

/* Reads both clocks. Frames come no later than `delay` after they were stamped. Returns by how much real time has been
 * set back since the reading before (0: it has not): what was stamped until then may bear times that are still to come.
 */
int64_t live_clock_read(struct live_clock *clock, int64_t delay);

/* Every frame that bears an earlier time has been handed over, if all were taken after the latest reading that could be
 * had then; real time may be set back later. */
int64_t live_clock_complete(const struct live_clock *clock, int64_t delay);

/* The clocks as they stand: since 1970, and since some time that stays the same while the system runs. */
int64_t live_clock_real(void);
int64_t live_clock_monotonic(void);

#endif
