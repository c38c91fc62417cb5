/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef FINWAIT_REPORT_CENSUS_WRITE_H
#define FINWAIT_REPORT_CENSUS_WRITE_H

#include "report/census.h"
#include "report/json_emitter.h"
#include "report/style.h"

/* Prints the census as a table: a line for each group at each moment, a column for each state that occurs. */
void census_text(struct style *style, const struct census *census);

/* Writes the member "census", name included. */
void census_json_members(struct emitter *json, const struct census *census);

#endif
