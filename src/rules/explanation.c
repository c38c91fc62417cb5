/* SPDX-License-Identifier: BSD-3-Clause */
#include "rules/explanation.h"

#include <string.h>

#define LIST(...) __VA_ARGS__
static const struct explanation explanations[] = {
#define EXPLANATION(id, predicate, causes, next) {id, predicate, {causes}, {next}},
#include "rules/explanations.def"
#undef EXPLANATION
};

const struct explanation *anomaly_explanation(enum anomaly_id id) {
    for (size_t i = 0; i < sizeof explanations / sizeof *explanations; i++)
        if (strcmp(explanations[i].id, anomaly_row(id)->id) == 0)
            return &explanations[i];
    return NULL;
}
