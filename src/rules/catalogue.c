/* SPDX-License-Identifier: BSD-3-Clause */
#include "rules/rule.h"

#include <string.h>

static const struct anomaly_row rows[ANOMALIES] = {
#define ROW(name, id, severity, group, facts, more, title, rfc, explanation, advice, rule)                             \
    {id, severity, group, facts, more, title, rfc, explanation, advice},
#include "rules/catalogue.def"
#undef ROW
};

_Static_assert(ANOMALIES <= UINT8_MAX, "finding.id holds an anomaly_id");

const struct anomaly_row *anomaly_row(enum anomaly_id id) {
    return &rows[id];
}

bool anomaly_from_name(const char *name, enum anomaly_id *id) {
    for (unsigned i = 0; i < ANOMALIES; i++) {
        if (strcmp(rows[i].id, name) == 0) {
            *id = (enum anomaly_id)i;
            return true;
        }
    }
    return false;
}

const char *severity_name(enum severity severity) {
    static const char *const names[SEVERITIES] = {"info", "notice", "warning", "error"};
    return names[severity];
}
