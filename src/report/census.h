/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef FINWAIT_REPORT_CENSUS_H
#define FINWAIT_REPORT_CENSUS_H

#include "model/connection.h"

/* How many sides stand in which state at a moment: what netstat would have shown on every host at once. It is taken
 * from the paths of connections that have ended, so that what was refuted later does not count. A side is counted while
 * its connection lasts and it has a socket: not in CLOSED, nor in LISTEN. */

enum census_by { CENSUS_ALL, CENSUS_ADDRESS };

struct census_settings {
    bool wanted;
    bool at_given;
    bool at_absolute; /* at counts from 1970 instead of from the first frame */
    enum census_by by;
    int64_t at;       /* ns; not given: the end of the capture */
    int64_t interval; /* ns, of a table over time; 0: one moment */
};

/* Bounded: of more moments than CENSUS_MOMENTS every second one is left out, as often as needed; addresses beyond
 * CENSUS_ADDRESSES are counted together. */
enum { CENSUS_MOMENTS = 1000, CENSUS_ADDRESSES = 1000 };

struct census;

/* NULL when memory is out. */
struct census *census_new(const struct census_settings *settings);
void census_free(struct census *census); /* may be NULL */

/* Counts a connection that has ended. origin: ns since 1970, of the first frame. False when memory is out. */
bool census_connection(struct census *census, const struct connection *connection, int64_t origin);

/* Everything was counted; end: ns since 1970, of the capture. */
void census_finish(struct census *census, int64_t origin, int64_t end);

/* --- what came out, after census_finish --- */

size_t census_moments(const struct census *census);
int64_t census_time(const struct census *census, size_t moment); /* ns from the first frame */
int64_t census_interval(const struct census *census);            /* ns between moments as they are; 0: there is one */
int64_t census_end(const struct census *census);                 /* ns from the first frame to the capture's end */
bool census_is_cut(const struct census *census); /* its only moment is that end, and a later one was asked for */

/* The groups: addresses in their order (IPv4 first), then the rest of them; or one. */
size_t census_groups(const struct census *census);
/* NULL: all, or the rest. */
const struct address *census_address(const struct census *census, size_t group);
/* Sides in each state (TCP_STATES numbers) at a moment. */
const uint32_t *census_states(const struct census *census, size_t group, size_t moment);

#endif
