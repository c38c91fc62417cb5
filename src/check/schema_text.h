/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef FINWAIT_CHECK_SCHEMA_TEXT_H
#define FINWAIT_CHECK_SCHEMA_TEXT_H

/* The schema of the report as it is installed, a line an element, the last one NULL (made from
 * src/report/finwait-report.schema.json). */
extern const char *const report_schema_lines[];

#endif
