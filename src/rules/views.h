/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef FINWAIT_RULES_VIEWS_H
#define FINWAIT_RULES_VIEWS_H

#include "model/connection.h"

#include <stddef.h>

/* A capture can hold one TCP connection twice: on both sides of a NAT, whose addresses or ports differ, or at two
 * points of its way, in two networks (VLANs, tunnels). These are two connections to the model. Here the two are
 * recognised by their openings, which a NAT leaves as they are: both initial sequence numbers, the order in which SYN
 * and SYN/ACK pass both points, hop limits that fall in the direction of travel, timestamps. What changes the numbers
 * themselves, such as a firewall that draws its own or a proxy, is not recognised, nor is what was open before the
 * capture began.
 *
 * Memory is bounded: of openings, only the latest VIEWS_OPENINGS are remembered; of those recognised, what is still to
 * be reported, as far as that takes no more than the octets that were given. */
enum { VIEWS_OPENINGS = 4096 };

struct views;

/* A SYN or the answer to it, as it passed. */
struct passage_of_syn {
    uint64_t frame; /* of the first one; 0: none yet */
    int64_t time;   /* ns, of the latest one */
    uint32_t seq;   /* raw */
    uint32_t tsval; /* of the latest one */
    bool stamped;
    uint8_t hop_limit;
};

/* A segment that opens a connection: all that is asked of it. Plain value. */
struct opening_segment {
    uint64_t connection; /* id */
    struct passage_of_syn passage;
    uint32_t ack;
    uint16_t source_port;
    uint16_t destination_port;
    struct address source;
    struct address destination;
    bool answers; /* a SYN */
};

/* octets: what is known of connections that are not over takes no more; beyond that, connections that are recognised
 * are not linked. NULL when memory is out. */
struct views *views_new(size_t octets);
void views_free(struct views *views);

/* A segment of that connection (its id), in the order of the capture. Only those with SYN matter. False when memory is
 * out. */
bool views_segment(struct views *views, const struct segment *segment, uint64_t connection);

/* The same in two steps, of which the first may be taken anywhere. It is false where the second must not follow. */
bool views_ask(const struct segment *segment, uint64_t connection, struct opening_segment *asked);
bool views_take(struct views *views, const struct opening_segment *asked);

/* The connection is over: writes to `others` what is known of it elsewhere, all zero where that is nothing, and forgets
 * it. `others` may be NULL. False when memory was out, from then on. */
bool views_end(struct views *views, uint64_t connection, struct other_view others[SIDES]);

#endif
