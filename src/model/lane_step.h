/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef FINWAIT_MODEL_LANE_STEP_H
#define FINWAIT_MODEL_LANE_STEP_H

#include "model/lane.h"
#include "model/watch_event.h"

/* Segments in the lane, for the files of the lane only. Each of these functions sets *taken if it takes the segment,
 * and changes nothing otherwise; it answers false when memory is out, or a callback said stop. */

/* From that side; it fits. */
bool lane_take_from(struct model *model, struct connection *connection, enum side side, const struct segment *segment,
                    bool *taken);
/* The same of a usual packet that is not ordinary as far as it was read. */
enum model_direct lane_step_from_client(struct model *model, struct connection *connection,
                                        const struct direct *direct);
enum model_direct lane_step_from_server(struct model *model, struct connection *connection,
                                        const struct direct *direct);

/* One that is neither ordinary nor a step from one phase to the next: a RST, a SYN that is sent again, or octets that
 * are while the connection closes. */
bool lane_take_other(struct model *model, struct connection *connection, enum side side, const struct segment *segment,
                     bool *taken);
/* Octets of an open connection once more, or SACK blocks. */
bool lane_take_repair(struct model *model, struct connection *connection, enum side side, const struct segment *segment,
                      bool *taken);

/* --- what others are told at once --- */

static inline bool waits(uint8_t state) {
    return state == STATE_CLOSE_WAIT || state == STATE_TIME_WAIT;
}

/* By this segment a side enters (WATCH_ENTERED) or leaves that state. False: memory is out. */
bool lane_tell_state(const struct model *model, const struct connection *connection, const struct segment *segment,
                     enum side side, enum watch_kind kind, uint8_t state);

/* A side is in that state now, which others count if it waits there. */
__attribute__((always_inline)) static inline bool enter_state(struct model *model, struct connection *connection,
                                                              const struct segment *segment, enum side side,
                                                              enum tcp_state state) {
    uint8_t before = connection->counted[side];
    model->states[before]--;
    model->states[state]++;
    connection->counted[side] = (uint8_t)state;
    return (!waits(before) || lane_tell_state(model, connection, segment, side, WATCH_LEFT, before)) &&
           (!waits((uint8_t)state) || lane_tell_state(model, connection, segment, side, WATCH_ENTERED, (uint8_t)state));
}

/* The sides stand in the order of their roles, which is the order in which others hear of them. */
__attribute__((always_inline)) static inline bool enter_states(struct model *model, struct connection *connection,
                                                               const struct segment *segment, enum side x,
                                                               enum tcp_state state, enum tcp_state other) {
    enum tcp_state client = x == SIDE_CLIENT ? state : other, server = x == SIDE_CLIENT ? other : state;
    return enter_state(model, connection, segment, SIDE_CLIENT, client) &&
           enter_state(model, connection, segment, SIDE_SERVER, server);
}

#endif
