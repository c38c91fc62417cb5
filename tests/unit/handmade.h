/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef FINWAIT_TESTS_UNIT_HANDMADE_H
#define FINWAIT_TESTS_UNIT_HANDMADE_H

#include "model/verdict.h"
#include "report/output.h"
#include "rules/findings.h"

/* A connection as the model would hand it over, written by hand: a client closes, its last ACK is lost, and the server
 * repeats its FIN into the client's TIME_WAIT. 40 frames from #17 on; frame 17 is the first of the capture. */
struct handmade {
    struct connection connection;
    struct verdict verdict;
    struct findings findings;
    struct finding finding;
    struct log_entry rows[8];
    unsigned row_count;
};

#define HANDMADE_ORIGIN INT64_C(1767225600000000000) /* 2026-01-01T00:00:00Z, ns since 1970 */

/* Fills it in; release it with handmade_free. */
void handmade_make(struct handmade *handmade);
void handmade_free(struct handmade *handmade);

/* Adds an event to the way of a side. microseconds count from the origin. */
void handmade_event(struct connection *connection, enum side side, enum event_kind kind, enum certainty certainty,
                    uint64_t frame, int64_t microseconds, uint16_t flags);

/* Gives both ends an IPv6 address that is as long as its text can be. */
void handmade_ipv6(struct handmade *handmade);

/* Fails the test unless this, and nothing else, was written; on failure both texts are printed. */
void expect_output(const struct output *output, const char *expected);

#endif
