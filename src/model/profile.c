/* SPDX-License-Identifier: BSD-3-Clause */
#include "model/profile.h"

#include <stddef.h>
#include <string.h>

/* One row a profile. Where a stack's behaviour is not documented and not known from its source, the row has what claims
 * least. Sources:
 *
 * linux    include/net/tcp.h (TCP_TIMEWAIT_LEN, TCP_FIN_TIMEOUT, TCP_RTO_MIN, TCP_INIT_CWND), net/ipv4/tcp_minisocks.c
 *          (tcp_timewait_state_process), tcp_input.c (tcp_reset_check), tcp_ipv4.c (tcp_v4_err); seen in a kernel.
 *          retransmission_least is TCP_RTO_MIN of 200 ms less what clocks and timers may be off.
 * rfc      RFC 9293 3.4.2 (MSL), 3.10.5 (ABORT), 3.10.7.4 (TIME-WAIT); RFC 5681 3.1; RFC 6191 2; RFC 1122 4.2.3.9.
 *          It knows no timeout of FIN-WAIT-2; after 60 s one is taken to exist all the same.
 * bsd      FreeBSD: sys/netinet/tcp_timer.h (TCPTV_MSL, TCPTV_FINWAIT2_TIMEOUT), tcp_timewait.c (tcp_twcheck),
 *          tcp_input.c (V_tcp_initcwnd_segments), tcp_syncache.c, tcp_subr.c (tcp_ctlinput, icmp_may_rst).
 * windows  Windows Server documentation of TcpTimedWaitDelay (120 s; 30 to 300 can be set) and TcpFinWait2Delay (120
 * s). macos    XNU: bsd/netinet/tcp_timer.h (TCPTV_MSL of 15 s), tcp_input.c, tcp_subr.c (tcp_ctlinput, tcp6_ctlinput).
 */

#define SECONDS(count)      ((int64_t)(count)*1000000000)
#define MILLISECONDS(count) ((int64_t)(count)*1000000)
#define CODE(code)          (1u << (code))

enum {
    NET_AND_HOST_PROHIBITED = CODE(9) | CODE(10),
    FILTER_PROHIBITED = CODE(13),
    PROTOCOL_AND_PORT = CODE(2) | CODE(3),
    PROHIBITED_6 = CODE(1),
    PORT_6 = CODE(4),
    ALL_BUT_FRAGMENTATION = 0xffff & ~CODE(4), /* code 4 belongs to path MTU discovery */
    ALL_CODES = 0xffff,
};

static const struct tcp_stack stacks[PROFILES] = {
    [PROFILE_LINUX] = {.name = "linux",
                       .msl = SECONDS(30),
                       .fin_wait_2_timeout = SECONDS(60),
                       .retransmission_least = MILLISECONDS(150),
                       .initial_window = 10,
                       .restart = RESTART_BY_ANY_ACK,
                       .reuse = REUSE_BY_EITHER,
                       .icmp = {ALL_BUT_FRAGMENTATION, ALL_CODES, true, true},
                       .time_wait_obeys_rst = true,
                       .aborts_with_ack = true,
                       .request_socket = true,
                       .splits_handshake = true,
                       .resets_before_fin = true},
    [PROFILE_RFC] = {.name = "rfc",
                     .msl = SECONDS(120),
                     .fin_wait_2_timeout = SECONDS(60),
                     .initial_window = 2,
                     .restart = RESTART_BY_FIN,
                     .reuse = REUSE_BY_TIMESTAMP,
                     .icmp = {PROTOCOL_AND_PORT, PROHIBITED_6 | PORT_6, false, false},
                     .time_wait_obeys_rst = true},
    [PROFILE_BSD] = {.name = "bsd",
                     .msl = SECONDS(30),
                     .fin_wait_2_timeout = SECONDS(60),
                     .initial_window = 10,
                     .restart = RESTART_BY_FIN,
                     .reuse = REUSE_BY_NUMBER,
                     .icmp = {PROTOCOL_AND_PORT | NET_AND_HOST_PROHIBITED | FILTER_PROHIBITED, PROHIBITED_6 | PORT_6,
                              true, false},
                     .aborts_with_ack = true,
                     .request_socket = true},
    [PROFILE_WINDOWS] = {.name = "windows",
                         .msl = SECONDS(60),
                         .fin_wait_2_timeout = SECONDS(120),
                         .initial_window = 2,
                         .restart = RESTART_BY_FIN,
                         .reuse = REUSE_BY_NUMBER,
                         .icmp = {PROTOCOL_AND_PORT, PROHIBITED_6 | PORT_6, false, false},
                         .time_wait_obeys_rst = true,
                         .aborts_with_ack = true,
                         .resets_before_fin = true},
    [PROFILE_MACOS] = {.name = "macos",
                       .msl = SECONDS(15),
                       .fin_wait_2_timeout = SECONDS(60),
                       .initial_window = 2,
                       .restart = RESTART_BY_ANY_ACK,
                       .reuse = REUSE_BY_NUMBER,
                       .icmp = {PROTOCOL_AND_PORT | NET_AND_HOST_PROHIBITED | FILTER_PROHIBITED, PORT_6, true, false},
                       .aborts_with_ack = true,
                       .resets_before_fin = true},
};

const struct tcp_stack *profile_stack(enum profile profile) {
    return &stacks[profile];
}

const char *profile_name(enum profile profile) {
    return stacks[profile].name;
}

bool profile_from_name(const char *name, enum profile *profile) {
    for (int i = 0; i < PROFILES; i++) {
        if (strcmp(name, stacks[i].name) == 0) {
            *profile = (enum profile)i;
            return true;
        }
    }
    return false;
}

int64_t profile_msl(enum profile profile) {
    return stacks[profile].msl;
}
