/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef FINWAIT_REPORT_TEXT_SUMMARY_H
#define FINWAIT_REPORT_TEXT_SUMMARY_H

#include "report/style.h"
#include "report/writer.h"

/* The tables below the connections: findings, captures, and what the run comes to. Filled as things are reported,
 * printed at the end. */
struct text_tables;

struct text_tables *text_tables_new(struct style *style); /* style is borrowed; NULL when memory is out */
void text_tables_free(struct text_tables *tables);        /* may be NULL */

/* Adds the findings of a connection. */
void text_tables_connection(struct text_tables *tables, const struct connection *connection);

void text_tables_alike(struct text_tables *tables, const struct outcome *outcome, uint64_t id);

/* These two return false when memory is out. */
bool text_tables_capture(struct text_tables *tables, const struct capture_info *capture);
bool text_tables_finding(struct text_tables *tables, const struct report_finding *finding);

void text_tables_print(struct text_tables *tables, const struct report *report);

#endif
