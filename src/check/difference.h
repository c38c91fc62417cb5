/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef FINWAIT_CHECK_DIFFERENCE_H
#define FINWAIT_CHECK_DIFFERENCE_H

#include "check/segments.h"

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

/* Compares two reports of finwait: of one test before and after a change, or of the same traffic at two capture points.
 * Connections are matched by addresses and ports, incarnation by incarnation; what is left by both initial sequence
 * numbers (a NAT lies between the points); what is left then by the addresses and the server's port, in their order
 * (the client took another port). */
struct difference_settings {
    int64_t least_time;                 /* ns: times that differ by less are the same */
    uint32_t least_percent;             /* likewise, of the larger one */
    const struct segments *segments[2]; /* of the two captures, sorted; borrowed. NULL: what was lost is not told */
};

/* What differs, as the JSON format prints it; the caller owns it, NULL when memory is out:
 *
 *   {"schema": "finwait-diff/1", "captures": ["a.pcap", "b.pcap"],
 *    "connections": [{"a": 17, "b": 12, "name": "10.0.0.1:4000 > 10.0.0.2:80", "matched_by": "addresses|numbers|order",
 *                     "two_points": false, "differences": [{"member": "handshake.outcome", "a": ..., "b": ...}...],
 *                     "lost": [{"side": "client", "seen": "a", "where": "between-points|not-captured"|null, "frame":
 * 20, "segment": "ACK", "relative_seq": 1, "length": 100}...], "lost_count": 1, "delays": {"rtt_client_ns": {"a": ...,
 * "b": ...}, "rtt_server_ns": {...}}|null}...], "only_a": [{"id": 3, "name": "..."}...], "only_b": [...], "summary":
 * {"matched": 9, "different": 1, "only_a": 1, "only_b": 0}}
 *
 * Of matched connections only those that differ are listed. two_points: both sides have the same initial sequence
 * numbers in both captures, so one connection was seen twice: then times are not differences but delays, and a segment
 * that one capture lacks was lost between the points, or not captured there: which of the two, is known where the round
 * trips tell which point is nearer to its sender. */
json_t *difference_of_reports(const json_t *a, const json_t *b, const struct difference_settings *settings);

/* True when anything differs. */
bool difference_is_there(const json_t *difference);

#endif
