/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef FINWAIT_REPORT_SVG_LADDER_H
#define FINWAIT_REPORT_SVG_LADDER_H

#include "report/output.h"
#include "report/writer.h"

/* Writes the ladder of a connection as a standalone SVG document: both lifelines coloured by state, solid where it is
 * certain and hatched where it is presumed, refuted steps crossed out, segments that were lost or not captured drawn
 * to where they got, findings at their frames and in words below. rows are those of connection_log, origin is when
 * times begin (ns since 1970). False when memory is out. */
bool svg_ladder(struct output *output, const struct connection *connection, const struct verdict *verdict,
                const struct log_entry *rows, unsigned row_count, int64_t origin);

/* The same size of page with one sentence instead, where there is no such connection. */
void svg_sentence(struct output *output, const char *sentence);

#endif
