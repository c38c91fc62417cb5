/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef FINWAIT_MODEL_ENDED_H
#define FINWAIT_MODEL_ENDED_H

#include "model/connection.h"

/* What is remembered for 2MSL of a connection that has ended and been freed, so that the next one on its 4-tuple can be
 * linked to it and held against its sequence numbers (RFC 9293 3.4.1). */
struct ended_flow {
    uint64_t hash;
    uint64_t id;
    uint64_t last_frame;
    int64_t last_time; /* ns since 1970 */
    int64_t end_time;
    struct address address[SIDES];
    uint16_t port[SIDES];
    uint32_t network;
    uint32_t incarnation;
    uint32_t isn[SIDES];
    uint32_t next[SIDES]; /* raw SND.NXT */
    uint32_t tsval[SIDES];
    bool timestamps;
    bool closed;    /* both sides were CLOSED */
    bool cut_short; /* it was evicted, or silent for too long: it may go on */
    struct ended_flow *next_in_bucket;
    struct ended_flow *next_ended;
};

struct ended_flows;

/* most: octets that all of them may take. NULL when memory is out. */
struct ended_flows *ended_flows_new(uint64_t most);
void ended_flows_free(struct ended_flows *flows);

/* Remembers a connection that ends at end_time. Never fails: without memory it is not remembered. The number of flows
 * is bounded: the one that ended first is forgotten first. */
void ended_flows_add(struct ended_flows *flows, const struct connection *connection);
void ended_flows_put(struct ended_flows *flows,
                     const struct ended_flow *noted); /* the same, all but the links filled in */

/* Forgets all that ended before that time, ns. */
void ended_flows_forget(struct ended_flows *flows, int64_t before);

/* The flow of this connection, which has just begun, that ended last, after `since` (ns), or NULL. *same_roles: whether
 * its client is this one's. */
const struct ended_flow *ended_flows_find(const struct ended_flows *flows, const struct connection *connection,
                                          int64_t since, bool *same_roles);

#endif
