/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef FINWAIT_CHECK_SCHEMA_H
#define FINWAIT_CHECK_SCHEMA_H

#include "base/message.h"
#include "check/position.h"

#include <jansson.h>
#include <stdbool.h>

/* What an expectation may say: the schema of the report, each member of which may be left out or bounded, with what
 * only expectations have (select, path, require, forbid, allow). */
struct expectation_schema;

/* NULL when memory is out. */
struct expectation_schema *expectation_schema_new(void);
void expectation_schema_free(struct expectation_schema *schema); /* may be NULL */

/* What is wrong with an expectation: which member, and why, with the nearest valid name. */
struct schema_error {
    char pointer[POINTER_SIZE]; /* JSON Pointer to it */
    struct message message;
};

/* True when everything that the expectation names can stand in a report. */
bool expectation_schema_allows(const struct expectation_schema *schema, const json_t *expectation,
                               struct schema_error *error);

/* The schema of expectations as JSON Schema (draft 2020-12); the caller owns it. NULL when memory is out. */
json_t *expectation_schema_document(const struct expectation_schema *schema);

/* A bound stands where a value could: an object with some of min, max, one-of, not and contains. */
bool is_bound(const json_t *value);

#endif
