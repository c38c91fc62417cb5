/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef FINWAIT_REPORT_SUMMARY_H
#define FINWAIT_REPORT_SUMMARY_H

#include "decode/decode.h"
#include "model/verdict.h"
#include "report/talkers.h"
#include "rules/findings.h"

/* What a run comes to (report-format.md, SUMMARY). */
struct report_summary {
    /* --- by the engine, before the report ends --- */
    uint64_t frames;
    uint64_t tcp_segments;
    int64_t duration;               /* ns from the first frame to END */
    int64_t end_time;               /* END, ns since 1970; meaningless without frames */
    uint64_t skipped[SKIP_REASONS]; /* frames without a segment, by enum skip_reason */
    uint64_t evicted;
    uint64_t ordinary;   /* connections of which the model had to keep next to nothing; not printed */
    uint64_t uncompared; /* segments that pushed out octets before these could be held against a second copy */
    uint64_t peak_connections;
    bool interrupted; /* by a signal */

    /* --- by the report, connection by connection --- */
    uint64_t connections;
    bool connection_found;       /* the one that report_settings.connection asks for; not printed */
    uint64_t evicted_unfinished; /* of those evicted, while their handshake was not complete */
    struct talkers evicted_from; /* their clients, */
    struct talkers evicted_to;   /* and their servers */
    uint64_t handshakes[HANDSHAKE_OUTCOMES];
    uint64_t teardowns[TEARDOWN_OUTCOMES];
    uint64_t states[SIDES][TCP_STATES]; /* as they stood when the connection ended, for the open ones at END */
    uint64_t anomalies[ANOMALIES];      /* findings of connections and of captures */
    uint64_t severities[SEVERITIES];
};

/* Counts a connection that has ended, with its findings. */
void summary_connection(struct report_summary *summary, const struct connection *connection,
                        const struct verdict *verdict);

/* Counts one that has come to that, and ended so between these ends. */
struct outcome;
void summary_alike(struct report_summary *summary, const struct outcome *outcome, enum connection_end end,
                   const struct address ends[SIDES]);

/* Counts one finding, of whatever it is. */
void summary_finding(struct report_summary *summary, enum anomaly_id id, enum severity severity);

#endif
