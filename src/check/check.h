/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef FINWAIT_CHECK_CHECK_H
#define FINWAIT_CHECK_CHECK_H

#include "check/schema.h"
#include "engine/run.h"

/* Holds captures against what is expected of them. */
struct check_settings {
    const struct report_settings *report; /* thresholds and choices */
    const char *filter;                   /* NULL: all frames */
    const char *expectation;              /* a file for every capture; NULL: the one beside each */
    const json_t *policy; /* an expectation that every capture must hold as well; NULL: none. Where a capture has
                             neither, no finding of severity error is expected */
    const struct expectation_schema *schema;
    bool update;                       /* write the expectation instead of judging by it */
    const volatile sig_atomic_t *stop; /* as in run.h */
};

/* What came of one capture, as the JSON format prints it; the caller owns it, NULL when memory is out:
 *
 *   {"capture": "a.pcap", "expectation": "a.expect.json"|null, "outcome": "holds|fails|trouble|updated",
 *    "conditions": 12, "troubles": ["sentence"...], "changes": ["sentence"...],
 *    "failures": [{"connection": 17|null, "member": "handshake.outcome", "expected": ..., "seen": ..., "frames": [...],
 *                  "message": "sentence", "why": "...", "file": "a.expect.json", "line": 7}...],
 *    "connections": [{"id": 17, "text": "..."}...]}
 *
 * "connections" has the text report of each connection with a failure; why, file and line stand where they are known.
 */
json_t *check_capture(const struct check_settings *settings, const char *capture);

/* The same of a path that could not be looked at, with a sentence that says why (NULL: none yet). */
json_t *check_trouble(const char *path, const char *sentence);

/* The outcome that counts for a set of captures: trouble before fails before the rest. */
enum check_outcome { CHECK_HOLDS, CHECK_FAILS, CHECK_TROUBLE };
enum check_outcome check_outcome_of(const json_t *result);

#endif
