/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef FINWAIT_ENGINE_KINDS_H
#define FINWAIT_ENGINE_KINDS_H

#include "model/model.h"

/* Kinds of connections of which nobody needs more than that another has ended. One thread finds that out and publishes
 * them; the others learn it, sooner or later. */
enum { KINDS_MAX = 2048 }; /* of those beyond all is told */

struct kinds_published {
    _Atomic unsigned count;
    struct ordinary_kind kinds[KINDS_MAX]; /* those below count never change */
};

/* What one thread knows of them: a hash table, at most half full. */
struct kinds_known {
    uint16_t places[2 * KINDS_MAX]; /* index of the kind plus 1; 0: free */
    unsigned count;
};

/* Whether the kind is among those published. */
bool kinds_know(struct kinds_known *known, const struct kinds_published *published, const struct ordinary_kind *kind);

/* Publishes a kind; for one thread only, with what it knows itself. */
void kinds_publish(struct kinds_known *known, struct kinds_published *published, const struct ordinary_kind *kind);

#endif
