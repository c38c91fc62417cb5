/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef FINWAIT_CHECK_WRITER_H
#define FINWAIT_CHECK_WRITER_H

#include "check/check.h"
#include "report/output.h"

/* How a check tells what came of it. A new format is a row in writers.c and a file with these functions. */
struct check_totals {
    uint64_t captures;
    uint64_t outcomes[CHECK_TROUBLE + 1]; /* by enum check_outcome; updated captures count as holding */
    uint64_t updated;
    uint64_t conditions;
};

struct check_page {
    struct output *output; /* borrowed */
    const char *version;   /* of the program */
    bool color;
    bool ascii;
    struct check_totals totals; /* so far; of all captures in end */
    const json_t *results;      /* of the captures so far, in their order; borrowed */
};

struct check_writer {
    const char *name;                                               /* as with --format */
    void (*begin)(struct check_page *page, size_t captures);        /* NULL: nothing to be written */
    void (*capture)(struct check_page *page, const json_t *result); /* NULL likewise */
    void (*end)(struct check_page *page);
};

extern const struct check_writer check_text_writer, check_tap_writer, check_github_writer, check_json_writer,
    check_junit_writer;

enum check_format { CHECK_TEXT, CHECK_TAP, CHECK_GITHUB, CHECK_JSON, CHECK_JUNIT, CHECK_FORMATS };
const struct check_writer *check_writer(enum check_format format); /* never NULL */
/* False: no format is named so; *format stays. */
bool check_format_from_name(const char *name, enum check_format *format);

/* Adds a result to the page, and writes what the format writes of it. Takes no reference. */
void check_page_add(struct check_page *page, const struct check_writer *writer, json_t *results, const json_t *result);

/* --- for the writers --- */
const char *result_text(const json_t *object, const char *member); /* "" where there is none */

/* "#17: handshake.outcome is ..." with the frames: one line about a failure, to be freed. NULL when memory is out, and
 * then the output, which would lack it, has failed. */
char *failure_line(struct output *output, const json_t *failure);

#endif
