/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef FINWAIT_REPORT_JSON_SUMMARY_H
#define FINWAIT_REPORT_JSON_SUMMARY_H

#include "report/json_emitter.h"
#include "report/report.h"

/* Writes the members "schema" and "tool". */
void json_tool(struct emitter *json, const struct report_settings *settings);

/* Writes the member "settings". */
void json_settings(struct emitter *json, const struct report_settings *settings);

/* Writes the members of SUMMARY, whose object is the caller's. */
void json_summary_members(struct emitter *json, const struct report_summary *summary);

#endif
