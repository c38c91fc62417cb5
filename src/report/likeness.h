/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef FINWAIT_REPORT_LIKENESS_H
#define FINWAIT_REPORT_LIKENESS_H

#include "model/model.h"
#include "report/summary.h"

/* What connections of one kind (struct ordinary_kind) come to, learned from the first of them. */
struct likeness;

enum { OUTCOME_FINDINGS = 12 };
struct outcome {
    uint8_t handshake;     /* enum handshake_outcome */
    uint8_t teardown;      /* enum teardown_outcome */
    uint8_t states[SIDES]; /* enum tcp_state */
    uint8_t finding_count;
    struct {
        uint8_t id; /* enum anomaly_id */
        uint8_t severity;
    } findings[OUTCOME_FINDINGS]; /* those that are reported, in their order */
};

struct likeness *likeness_new(void); /* NULL when memory is out */
void likeness_free(struct likeness *likeness);

/* Borrowed; NULL: not known. */
const struct outcome *likeness_find(struct likeness *likeness, const struct ordinary_kind *kind);

/* A connection of that kind has come to this, with the findings that are reported. The number of kinds is bounded;
 * those beyond are not remembered, nor is one with too many findings. */
void likeness_note(struct likeness *likeness, const struct ordinary_kind *kind, const struct connection *connection,
                   const struct verdict *verdict);

#endif
