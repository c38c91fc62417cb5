/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef FINWAIT_MODEL_CARRIAGE_H
#define FINWAIT_MODEL_CARRIAGE_H

#include "model/internal.h"

/* Connections whose two directions seem to be of different networks (segment.network): a mirror port that tags one
 * direction only. The network belongs to what identifies a flow, for two of them may use the same addresses; so a
 * segment of an unknown flow is given to a connection of the same 4-tuple only where that one has been seen from the
 * other side alone, and the numbers of both fit.
 *
 * What finds connections by the 4-tuple is kept only from the moment when a capture shows a second network. */

/* The connection to which a segment belongs although its own flow is unknown, now found by this hash too; or NULL.
 * False when memory is out. */
bool carriage_adopt(struct model *model, const struct segment *segment, uint64_t hash, struct connection **adopted);

/* The connection whose SYN an ICMP error quotes, whatever carried the error; or NULL, also when memory
 * is out. */
struct connection *carriage_quoted(struct model *model, const struct icmp_error *error);

/* A connection enters the tables, in the place of the incarnation before it (or NULL), and leaves them, that
 * incarnation taking its place again where it is still there. */
bool carriage_enter(struct model *model, struct connection *connection, const struct connection *older);
void carriage_leave(struct model *model, struct connection *connection);
/* Its 4-tuple finds it elsewhere from now on. */
void carriage_moved(struct model *model, const struct connection *from, struct connection *to);

#endif
