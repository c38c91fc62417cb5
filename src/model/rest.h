/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef FINWAIT_MODEL_REST_H
#define FINWAIT_MODEL_REST_H

#include "model/internal.h"

/* Most connections that are held wait for nothing but their end: they are packed (base/pack.h), head apart, when no
 * segment has come for a while and many are awake, and unpacked by the next one or by their end. Resting changes their
 * address and nothing else. Only the newest incarnation of a flow rests, and only in model_advance. */

/* The connection, or where it stands once it is awake; NULL when memory is out. */
struct connection *connection_awake(struct model *model, struct connection *connection);

/* It has been awake since then (ns) and may rest later; or must not, for it goes. */
void rest_await(struct model *model, struct connection *connection, int64_t since);
void rest_never(struct model *model, struct connection *connection);

/* Sends one of that list to rest, the one that was looked at longest ago; false where none of the first few may. */
bool rest_one(struct model *model, unsigned list);

/* Sends to rest what has waited long enough at that time, ns, which is no sooner than model->rest_due. */
__attribute__((noinline)) void rest_advance(struct model *model, int64_t time);

/* Unpacks one that is at rest into the spare record, leaving it in no list, table or queue; it cannot fail. */
struct connection *rest_spare(struct model *model, struct connection *connection);

#endif
