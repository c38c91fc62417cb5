/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef FINWAIT_RULES_EXPLANATION_H
#define FINWAIT_RULES_EXPLANATION_H

#include "rules/catalogue.h"

enum { EXPLANATION_LIST = 8 };

/* What there is to say of an anomaly beyond its row (explanations.def). All texts are static; lists end with NULL. */
struct explanation {
    const char *id;
    const char *predicate; /* when it is raised, in words */
    const char *causes[EXPLANATION_LIST + 1];
    const char *next[EXPLANATION_LIST + 1]; /* what to look at */
};

/* NULL when none was written. */
const struct explanation *anomaly_explanation(enum anomaly_id id);

#endif
