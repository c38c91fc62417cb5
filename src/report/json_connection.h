/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef FINWAIT_REPORT_JSON_CONNECTION_H
#define FINWAIT_REPORT_JSON_CONNECTION_H

#include "report/json_emitter.h"
#include "report/writer.h"

/* Writes the CONNECTION object. */
void json_connection(struct emitter *json, const struct report *report, const struct connection *connection,
                     const struct verdict *verdict);

/* Writes the ANOMALY object. */
void json_anomaly(struct emitter *json, const struct report *report, const struct connection *connection,
                  const struct finding *finding);

/* Writes the FINDING object. */
void json_finding(struct emitter *json, const struct report *report, const struct report_finding *finding);

/* Writes the members keep_alive and heartbeat of a CONNECTION. */
void json_liveness(struct emitter *json, const struct connection *connection);

/* --- members of several objects --- */

/* A frame number; null for 0. */
void json_frame(struct emitter *json, uint64_t frame);

/* A time span in ns; null for -1. */
void json_span(struct emitter *json, int64_t span);

/* A time (ns since 1970) as RFC 3339 text. */
void json_timestamp(struct emitter *json, int64_t time);

#endif
