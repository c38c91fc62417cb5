/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef FINWAIT_MODEL_PROFILE_H
#define FINWAIT_MODEL_PROFILE_H

#include <stdbool.h>
#include <stdint.h>

/* How TCP stacks differ where RFC 9293 leaves a choice, or where they do not keep to it: only what the model or a rule
 * asks for. A captured connection has two ends and the capture does not name their stacks, so one profile stands for
 * both. */
enum profile { PROFILE_LINUX, PROFILE_RFC, PROFILE_BSD, PROFILE_WINDOWS, PROFILE_MACOS, PROFILES };

/* Which segments restart 2MSL, apart from a RST, which never does. */
enum time_wait_restart {
    RESTART_BY_FIN,    /* the peer's FIN, sent again (RFC 9293 3.10.7.4) */
    RESTART_BY_ANY_ACK /* whatever has an ACK */
};

/* What makes a side in TIME_WAIT take a new SYN, by its sequence number, its timestamp, or either. */
enum time_wait_reuse {
    REUSE_BY_NUMBER,    /* ISN above RCV.NXT (RFC 1122 4.2.2.13) */
    REUSE_BY_EITHER,    /* ISN above RCV.NXT or timestamp above the last, if not below it */
    REUSE_BY_TIMESTAMP, /* RFC 6191 2: timestamps decide where they are known, else the ISN */
};

/* ICMP errors that end a connection attempt: bit n is code n. */
struct icmp_hard {
    uint16_t unreachable;   /* ICMP type 3 */
    uint16_t unreachable_6; /* ICMPv6 type 1 */
    bool time_exceeded;     /* ICMP type 11, ICMPv6 type 3 */
    bool parameter_problem; /* ICMP type 12, ICMPv6 type 4 */
};

struct tcp_stack {
    const char *name;
    int64_t msl;                  /* ns; TIME_WAIT lasts twice that */
    int64_t fin_wait_2_timeout;   /* ns; how long FIN_WAIT_2 lasts once no process holds the socket */
    int64_t retransmission_least; /* ns; nothing is sent again sooner; 0: not relied upon */
    uint32_t initial_window;      /* segments that leave at once on a new connection, at the least */
    enum time_wait_restart restart;
    enum time_wait_reuse reuse;
    struct icmp_hard icmp;
    bool time_wait_obeys_rst; /* else it ignores RST (RFC 1337 3, fix F1) */
    bool aborts_with_ack;     /* the RST of an abort has the ACK flag: one without answers a segment */
    bool request_socket;      /* what is in SYN_RECEIVED cannot be closed or aborted by a process */
    bool splits_handshake;    /* a server that opens by a SYN and sends no SYN/ACK has not taken the client's SYN */
    bool resets_before_fin;   /* takes RST also one below RCV.NXT after a FIN, and at the right-most SACK edge */
};

const struct tcp_stack *profile_stack(enum profile profile); /* never NULL */
const char *profile_name(enum profile profile);              /* as with --profile */
/* False: no profile is named so; *profile stays. */
bool profile_from_name(const char *name, enum profile *profile);
int64_t profile_msl(enum profile profile); /* ns */

#endif
