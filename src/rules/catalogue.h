/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef FINWAIT_RULES_CATALOGUE_H
#define FINWAIT_RULES_CATALOGUE_H

#include <stdbool.h>
#include <stdint.h>

enum severity { SEVERITY_INFO, SEVERITY_NOTICE, SEVERITY_WARNING, SEVERITY_ERROR, SEVERITIES };
const char *severity_name(enum severity severity);

/* Every anomaly, generated from catalogue.def: ANOMALY_FIN_RETRANSMITTED and so on, in the order of the file. */
enum anomaly_id {
#define ROW(name, id, severity, group, facts, more, title, rfc, explanation, advice, rule) ANOMALY_##name,
#include "rules/catalogue.def"
#undef ROW
    ANOMALIES
};

/* One row of the catalogue. All texts are static. */
struct anomaly_row {
    const char *id;          /* "fin-retransmitted" */
    enum severity severity;  /* default */
    const char *group;       /* "teardown" */
    uint32_t facts;          /* enum fact: any of these in an observation calls the rule */
    uint64_t more;           /* enum more_fact, likewise */
    const char *title;       /* a few words */
    const char *rfc;         /* "RFC 9293 3.10.7.4", or "heuristic" */
    const char *explanation; /* what it means, one or two sentences */
    const char *advice;      /* what to look at next */
};
const struct anomaly_row *anomaly_row(enum anomaly_id id);

/* True and *id when the name is one of the catalogue's. */
bool anomaly_from_name(const char *name, enum anomaly_id *id);

#endif
