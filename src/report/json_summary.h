/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef FINWAIT_REPORT_JSON_SUMMARY_H
#define FINWAIT_REPORT_JSON_SUMMARY_H

#include "report/json_emitter.h"
#include "report/report.h"

/* Write the members "settings" and "summary", names included. */
void json_settings(struct emitter *json, const struct report_settings *settings);
void json_summary(struct emitter *json, const struct report_summary *summary);

#endif
