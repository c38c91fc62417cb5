/* SPDX-License-Identifier: BSD-3-Clause */
#include "report/summary.h"

#include "report/likeness.h"

void summary_finding(struct report_summary *summary, enum anomaly_id id, enum severity severity) {
    summary->anomalies[id]++;
    summary->severities[severity]++;
}

static void count_evicted(struct report_summary *summary, const struct address ends[SIDES],
                          enum handshake_outcome handshake) {
    summary->evicted_unfinished += handshake >= HANDSHAKE_HALF_OPEN && handshake <= HANDSHAKE_ABANDONED;
    talkers_add(&summary->evicted_from, &ends[SIDE_CLIENT]);
    talkers_add(&summary->evicted_to, &ends[SIDE_SERVER]);
}

void summary_connection(struct report_summary *summary, const struct connection *connection,
                        const struct verdict *verdict) {
    const struct findings *findings = connection->findings;

    summary->connections++;
    if (connection->end == END_EVICTED) {
        count_evicted(summary, connection->address, verdict->handshake);
    }
    summary->handshakes[verdict->handshake]++;
    summary->teardowns[verdict->teardown]++;
    for (int side = 0; side < SIDES; side++) {
        summary->states[side][endpoint_state(&connection->side[side])]++;
    }
    for (uint32_t i = 0; findings != NULL && i < findings->count; i++) {
        const struct finding *finding = &findings->items[i];

        if (!finding->withdrawn) {
            summary_finding(summary, (enum anomaly_id)finding->id, (enum severity)finding->severity);
        }
    }
}

void summary_alike(struct report_summary *summary, const struct outcome *outcome, enum connection_end end,
                   const struct address ends[SIDES]) {
    summary->connections++;
    if (end == END_EVICTED) {
        count_evicted(summary, ends, (enum handshake_outcome)outcome->handshake);
    }
    summary->handshakes[outcome->handshake]++;
    summary->teardowns[outcome->teardown]++;
    for (int side = 0; side < SIDES; side++) {
        summary->states[side][outcome->states[side]]++;
    }
    for (unsigned i = 0; i < outcome->finding_count; i++) {
        summary_finding(summary, (enum anomaly_id)outcome->findings[i].id,
                        (enum severity)outcome->findings[i].severity);
    }
}
