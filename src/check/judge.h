/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef FINWAIT_CHECK_JUDGE_H
#define FINWAIT_CHECK_JUDGE_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

/* Holds a report against an expectation that expectation_schema_allows. */
struct judge {
    const json_t *report;
    const char *source;  /* names the expectation in failures: a file, or NULL for a policy */
    const char *text;    /* of that file, for the lines of failures; NULL for a policy */
    json_t *failures;    /* array; borrowed, appended to. See check.h for its elements */
    uint64_t conditions; /* looked at */
    uint64_t omitted;    /* failures behind the first FAILURES_MAX */
    bool out_of_memory;
};

/* Holds the report against an expectation that keeps to its schema, which stays the caller's. What does not hold is
 * added to the failures; out_of_memory where one could not be. */
void judge_report(struct judge *judge, const json_t *expectation);

/* To be called when all is judged: where there were more failures than are listed, the last one says how many. */
enum { FAILURES_MAX = 256 };
void judge_end(struct judge *judge);

/* --- for its parts --- */

/* Of what a condition speaks. */
struct subject {
    const json_t *connection; /* of the report; NULL: the whole */
    const char *pointer;      /* JSON Pointer into the expectation */
    const char *member;       /* as a person names it, "handshake.outcome" */
    const char *why;          /* of the expectation; NULL: none */
};

/* Notes a condition that does not hold. expected, seen and frames may be NULL; message is a sentence. */
void judge_fail(struct judge *judge, const struct subject *subject, const json_t *expected, const json_t *seen,
                json_t *frames, const char *format, ...) __attribute__((format(printf, 6, 7)));

/* True when seen (NULL: absent) is as expected, bounds included. */
bool is_as_expected(const json_t *expected, const json_t *seen);

/* The lists require, forbid and allow of `expectation`, of a connection or, without one, of the whole report. */
void judge_anomalies(struct judge *judge, const json_t *expectation, const json_t *connection, const char *pointer,
                     const char *why);

/* Says which connections of a report the elements of the list "connections" mean, one element after the other. All
 * members are its own. */
struct selector {
    const json_t *list; /* borrowed */
    json_t **sorted;    /* connections by first frames: borrowed ones in an owned array */
    size_t count;
    size_t next;     /* element of the list */
    json_t *by_ends; /* connections by addresses and ports */
    json_t *taken;   /* how many of them had their elements */
};
/* False when memory is out; selector_end is to be called in either case. report and list must stay. */
bool selector_begin(struct selector *selector, const json_t *report, const json_t *list);
void selector_end(struct selector *selector);

/* The connections that the next element means, a new array in the order of first frames: all that its "select" chooses;
 * without one the connection with the id, or the addresses and ports, that are written (the next incarnation for each
 * such element), else the one at the same place by first frames. */
json_t *selector_next(struct selector *selector);

/* What chooses for an element of the list, the one with that index: its "select", the id, addresses and ports that it
 * names, or {"order": index + 1}. A new reference. */
json_t *selector_criteria(const json_t *wanted, size_t index);

/* The states of a side in order, refuted ones left out: a new array. */
json_t *path_of_side(const json_t *side);

#endif
