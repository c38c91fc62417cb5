/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef FINWAIT_REPORT_TEXT_CONNECTION_H
#define FINWAIT_REPORT_TEXT_CONNECTION_H

#include "report/style.h"
#include "report/writer.h"

/* Prints one connection: what became of it in a line, the states of both ends, the ladder where it is wanted, and its
 * findings. */
void text_connection(struct style *style, const struct report *report, const struct connection *connection,
                     const struct verdict *verdict);

/* Prints the line of what became of it, and the two lines of states. */
void text_verdict(struct style *style, const struct report *report, const struct connection *connection,
                  const struct verdict *verdict);

/* Prints "#17  192.0.2.1:40051 -> 192.0.2.2:80", and what carries it; returns the columns that it took. */
unsigned text_who(struct style *style, const struct report *report, const struct connection *connection);

/* Prints what became of it, in one line however long, without a newline. */
void text_outcome(struct style *style, const struct connection *connection, const struct verdict *verdict);

/* Prints a line for the keep-alives of each side and one for its heartbeat, where there are any. */
void text_liveness(struct style *style, const struct connection *connection);

/* Prints what the lines above leave out: round trips, options agreed on, how long each state lasted, TIME_WAIT and
 * 2MSL, how sure the steps are. */
void text_details(struct style *style, const struct connection *connection, const struct verdict *verdict);

/* Prints the findings of a connection, numbered from 1. */
void text_findings(struct style *style, const struct connection *connection);

#endif
