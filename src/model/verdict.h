/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef FINWAIT_MODEL_VERDICT_H
#define FINWAIT_MODEL_VERDICT_H

#include "model/connection.h"

/* The words of report-format.md, in its order. */
enum handshake_outcome {
    HANDSHAKE_COMPLETE,
    HANDSHAKE_FAST_OPEN,
    HANDSHAKE_SIMULTANEOUS,
    HANDSHAKE_SPLIT,
    HANDSHAKE_HALF_OPEN,
    HANDSHAKE_REFUSED,
    HANDSHAKE_UNANSWERED,
    HANDSHAKE_FILTERED,
    HANDSHAKE_ABANDONED,
    HANDSHAKE_MIDSTREAM,
    HANDSHAKE_OUTCOMES
};
enum teardown_outcome {
    TEARDOWN_GRACEFUL,
    TEARDOWN_SIMULTANEOUS,
    TEARDOWN_RESET,
    TEARDOWN_LATE_RESET,
    TEARDOWN_HALF_OPEN_RESET,
    TEARDOWN_TIMED_OUT,
    TEARDOWN_INCOMPLETE,
    TEARDOWN_NONE,
    TEARDOWN_UNKNOWN,
    TEARDOWN_OUTCOMES
};
/* Which side, where both or none are answers too. */
enum which_side { WHICH_UNKNOWN, WHICH_CLIENT, WHICH_SERVER, WHICH_BOTH, WHICH_NONE };
enum two_msl { TWO_MSL_NOT_OBSERVED, TWO_MSL_RESPECTED, TWO_MSL_TRUNCATED };
enum time_wait_end { TIME_WAIT_RUNNING, TIME_WAIT_TIMEOUT, TIME_WAIT_REUSE, TIME_WAIT_RESET };

const char *handshake_outcome_name(enum handshake_outcome outcome);
const char *teardown_outcome_name(enum teardown_outcome outcome);
const char *which_side_name(enum which_side which); /* NULL for WHICH_UNKNOWN */
const char *two_msl_name(enum two_msl value);

/* The steps of a side, refuted ones included. */
struct side_steps {
    size_t count;
    struct step steps[PATH_STEPS_MAX];
};

struct verdict {
    enum handshake_outcome handshake;
    enum certainty handshake_certainty;
    uint64_t syn_frame, syn_ack_frame, ack_frame; /* 0: not seen */
    uint32_t syn_count, syn_ack_count;
    int64_t handshake_duration; /* ns; -1: unknown, likewise the next two */
    int64_t rtt_server;         /* SYN > SYN/ACK: capture point, server, capture point */
    int64_t rtt_client;         /* SYN/ACK > ACK: capture point, client, capture point */

    enum teardown_outcome teardown;
    enum certainty teardown_certainty;
    int segments; /* 3 or 4; 0: unknown */
    enum which_side closed_first;
    enum which_side reset_by;
    enum tcp_state reset_in_state; /* a state on the path of who reset it; STATE_UNKNOWN unless the RST ended one */
    enum which_side time_wait;     /* who got there */
    uint64_t half_close_bytes;
    int64_t close_wait; /* ns between the proof of the peer's FIN and the own FIN or RST; -1: unknown */
    int64_t
        teardown_duration; /* ns from first FIN or RST to the segment that settled it (RST, last ACK of a FIN); -1 */
    enum two_msl two_msl;
    int64_t idle_before_close; /* ns; -1 */
    bool cookies_suspected;
    struct {
        bool known;      /* false: nothing of it */
        int64_t started; /* ns since 1970 */
        uint32_t restarts;
        int64_t elapsed; /* ns from the start to its end or now */
        enum time_wait_end ended_by;
    } time_wait_details;
    struct side_steps walked[SIDES]; /* what it was judged by; last, for only as many steps as there are are written */
};

/* The verdict on a connection as it stands at `now` (ns since 1970). */
void connection_verdict(const struct connection *connection, int64_t now, struct verdict *verdict);

/* Whether that side has given up without a word by `now`: it repeated its octets, or asked whether the other side is
 * still there, in vain, and then fell silent for longer than any stack waits between two tries (RFC 9293 3.8.3, 3.8.4).
 * Presumed: nothing but silence shows it. */
bool side_gave_up_repeating(const struct connection *connection, enum side side, int64_t now);
bool side_gave_up_asking(const struct connection *connection, enum side side, int64_t now);

/* How long a side with these steps was in each state until `now`, ns, by enum tcp_state; 0 where it never was. */
void step_durations(const struct step *steps, size_t count, int64_t now, int64_t durations[TCP_STATES]);
void side_durations(const struct endpoint *endpoint, int64_t now, int64_t durations[TCP_STATES]);

/* What makes a SYN/ACK look like one of SYN cookies. */
struct cookie_marks {
    int64_t unanswered;   /* ns without an answer, in which it was not repeated */
    bool options_dropped; /* without Window Scale and SACK, which the SYN offered, and without timestamps */
    bool usual_mss;       /* its MSS is one of the few that a cookie holds */
};

/* True, and *marks filled in, when the server seems to have answered from a SYN cookie. A guess. */
bool cookie_marks_of(const struct connection *connection, int64_t now, struct cookie_marks *marks);

#endif
