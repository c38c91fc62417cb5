/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef TESTS_MODEL_APPEAL_H
#define TESTS_MODEL_APPEAL_H

#include "judge.h"
#include "runs.h"

/* An observation is explained anew, when a step that no execution within the bound has is not refuted: with more faults
 * than it needs, by applications that do anything, on every pair of stacks, with any delay that fits. */

struct explainer {
    const struct run *run;
    const struct budget *budget;
    uint64_t effort; /* worlds that may be visited; counted down */
};

/* Whether one of these explanations has the step. YES and NO are settled: a search that is given up, or does not find
 * again what the group itself has, is UNKNOWN. */
enum answer explain(struct explainer *explainer, const struct group *group, unsigned side, const struct step *step);

#endif
