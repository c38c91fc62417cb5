/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef FINWAIT_REPORT_LADDER_H
#define FINWAIT_REPORT_LADDER_H

#include "model/connection.h"
#include "report/style.h"

/* Draws rows (those of connection_log) as arrows between its ends, the states of each end beside the rows at which
 * they change, and the numbers of the findings (from 1, as they are reported) at their frames. origin: ns since 1970
 * from which times count. */
void ladder_draw(struct style *style, const struct connection *connection, const struct log_entry *rows,
                 unsigned row_count, int64_t origin);

#endif
