/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef FINWAIT_SCENARIO_CARRIERS_H
#define FINWAIT_SCENARIO_CARRIERS_H

#include <stdbool.h>
#include <stddef.h>

/* Link layers and tunnels in which a scenario's IPv4 packets may travel: whatever carries them, the story must be the
 * same. */

enum carried { CARRIED_BARE, CARRIED_OVER_IPV4, CARRIED_OVER_IPV6, CARRIED_OVER_UDP };

struct carrier {
    const char *name;
    int link_type;    /* DLT_ value */
    const char *link; /* octets of the link layer */
    size_t link_octets;
    enum carried around; /* the outer packet behind them, if any */
    unsigned number;     /* its protocol, or the port */
    const char *head[2]; /* octets before the inner packet, from A and from B */
    size_t head_octets;
    bool has_length; /* of all that follows octet length_from of the head; it stands at length_at */
    size_t length_at;
    size_t length_from;
};

extern const struct carrier carriers[];
extern const size_t carrier_count;

#endif
