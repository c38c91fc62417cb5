/* SPDX-License-Identifier: BSD-3-Clause */
#include "report/summary.h"

void summary_finding(struct report_summary *summary, enum anomaly_id id, enum severity severity) {
    summary->anomalies[id]++;
    summary->severities[severity]++;
}

void summary_connection(struct report_summary *summary, const struct connection *connection,
                        const struct verdict *verdict) {
    const struct findings *findings = connection->findings;

    summary->connections++;
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
