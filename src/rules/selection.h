/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef FINWAIT_RULES_SELECTION_H
#define FINWAIT_RULES_SELECTION_H

#include "rules/findings.h"

/* Which findings a reader wants to see, and how grave they are to that reader. It changes nothing but what is shown:
 * rules, states and verdicts never look at it. All zero shows everything as it is.
 *
 * An id is named itself or by its group. What is said of an id itself outranks what is said of its group; of two words
 * of equal rank the later counts. Once anything was named to be shown, what nobody named is not. */
struct selection {
    uint8_t least;                /* enum severity: what is below is not shown */
    bool only;                    /* show only what is named */
    uint8_t choice[ANOMALIES];    /* enum selection_choice */
    uint8_t severity[ANOMALIES];  /* 1 + enum severity in place of the case's; 0: keep that */
    bool severity_own[ANOMALIES]; /* severity was set for the id itself, not for its group */
};

/* name is an id or a group of the catalogue. These return false, and change nothing, for any other. */
bool selection_show(struct selection *selection, const char *name);
bool selection_hide(struct selection *selection, const char *name);
bool selection_set_severity(struct selection *selection, const char *name, enum severity severity);

/* The severity to report a finding with, given that of the case. */
enum severity selection_severity(const struct selection *selection, enum anomaly_id id, enum severity severity);

/* True when a finding with that severity (as selection_severity gave it) is to be reported. */
bool selection_shows(const struct selection *selection, enum anomaly_id id, enum severity severity);

/* Withdraws what is not wanted and sets the severities. Call it when no rule will look at the findings any more. NULL
 * findings: none. */
void selection_apply(const struct selection *selection, struct findings *findings);

#endif
