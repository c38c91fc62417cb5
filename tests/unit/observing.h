/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef FINWAIT_TESTS_UNIT_OBSERVING_H
#define FINWAIT_TESTS_UNIT_OBSERVING_H

#include "rules/rule.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* Rules see hand-made observations here, one fact at a time; whole conversations are the scenarios' business. */

#define SECONDS(n)      ((n)*INT64_C(1000000000))
#define MILLISECONDS(n) ((n)*INT64_C(1000000))

struct fixture {
    struct rules *rules;
    struct connection connection;
    struct segment segment;
    struct observation seen;
};

int set_up(void **state);

int tear_down(void **state);

/* An observation of one segment of `sender`, at a frame and a time in ms. */
struct observation *observe(struct fixture *fixture, uint64_t frame, int64_t ms, enum side sender, uint16_t flags);

const struct finding *only_finding(const struct fixture *fixture);

/* What it says; valid until the next call. */
const char *sentence_of(const struct fixture *fixture, const struct finding *finding);

unsigned count_of(const struct fixture *fixture, enum anomaly_id id);

void end(struct fixture *fixture, enum connection_end why, int64_t now);

#endif
