/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef FINWAIT_REPORT_JSON_CONNECTION_H
#define FINWAIT_REPORT_JSON_CONNECTION_H

#include "report/json_emitter.h"
#include "report/writer.h"

/* These write the members of an object; the object itself is begun and ended by the caller, who may add others. */

/* CONNECTION */
void json_connection_members(struct emitter *json, const struct report *report, const struct connection *connection,
                             const struct verdict *verdict);

/* ANOMALY */
void json_anomaly_members(struct emitter *json, const struct report *report, const struct connection *connection,
                          const struct finding *finding);

/* FINDING */
void json_finding_members(struct emitter *json, const struct report *report, const struct report_finding *finding);

/* CAPTURE */
void json_capture_members(struct emitter *json, const struct capture_info *capture);

/* Writes the members keep_alive and heartbeat of a CONNECTION. */
void json_liveness(struct emitter *json, const struct connection *connection);

/* TRANSITION */
void json_transition_members(struct emitter *json, const struct report *report, const struct step *step);

/* --- members of several objects --- */

/* What phrases are kept of: in the highest octet of their keys. */
#define PHRASE_OF_STEP      (UINT64_C(1) << 56)
#define PHRASE_OF_ANOMALY   (UINT64_C(2) << 56)
#define PHRASE_OF_WHERE     (UINT64_C(3) << 56)
#define PHRASE_OF_OPTIONS   (UINT64_C(4) << 56)
#define PHRASE_OF_AGREED    (UINT64_C(5) << 56)
#define PHRASE_OF_TEARDOWN  (UINT64_C(6) << 56)
#define PHRASE_OF_STATE     (UINT64_C(7) << 56)
#define PHRASE_OF_RFC       (UINT64_C(8) << 56)
#define PHRASE_OF_HANDSHAKE (UINT64_C(9) << 56)
#define PHRASE_OF_TRIES     (UINT64_C(10) << 56)
#define PHRASE_OF_TWO_MSL   (UINT64_C(11) << 56)
#define PHRASE_OF_SECOND    (UINT64_C(12) << 56)

/* The beginning of a member about a side, put down as json_put.h does: address and port. */
enum { OPENING_OF_SIDE_ROOM = 128 };
char *put_opening_of_side(char *at, const struct connection *connection, enum side side);

/* A frame number; null for 0. */
void json_frame(struct emitter *json, uint64_t frame);

/* A time span in ns; null for -1. */
void json_span(struct emitter *json, int64_t span);

/* A time (ns since 1970) as RFC 3339 text. */
void json_timestamp(struct emitter *json, int64_t time);

#endif
