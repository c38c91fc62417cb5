/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef FINWAIT_MODEL_LANE_RUN_H
#define FINWAIT_MODEL_LANE_RUN_H

#include "model/internal.h"
#include "model/lane_log.h"

/* Takes segments from the log of a connection that is read back as long as they are steady (steady.c) and tell nobody
 * anything, and comes to the same as steady_replay. Of them nothing but what changes is read. At most `most` of them;
 * *taken: how many. The record is as it stands behind the segment before, and `like` holds what all segments of a side
 * have in common. plain: nothing of the connection is unlike others, or sent again. Returns where the next one stands,
 * with the walk there. */
const uint8_t *lane_run(struct model *model, struct connection *record, bool plain, const uint8_t *from,
                        struct lane_walk *walk, struct segment *const like[SIDES], unsigned most, unsigned *taken);

#endif
