/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef FINWAIT_ENGINE_NEWS_H
#define FINWAIT_ENGINE_NEWS_H

#include "model/observation.h"
#include "report/report.h"

/* Tells a report what is new about a connection as it happens: findings that were raised or withdrawn, and, where they
 * are asked for, the steps of both sides. What was told of steps is kept for each connection that is open. */
struct news;

/* NULL: memory is out. The report is borrowed. */
struct news *news_new(struct report *report, bool steps);
void news_free(struct news *news); /* may be NULL */

/* These return false when memory is out. */

/* A segment was applied, before the rules look at it; needed only where steps are told. */
bool news_applied(struct news *news, const struct observation *observation);

/* The rules have looked at an observation. */
bool news_observed(struct news *news, const struct observation *observation);

/* A connection has ended, its findings are complete: call it before it is reported. */
bool news_ended(struct news *news, const struct connection *connection);

/* What was taken for a connection was none: what was told of it is taken back. */
bool news_dropped(struct news *news, const struct connection *connection);

#endif
