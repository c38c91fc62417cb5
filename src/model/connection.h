/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef FINWAIT_MODEL_CONNECTION_H
#define FINWAIT_MODEL_CONNECTION_H

#include "decode/segment.h"
#include "model/endpoint.h"
#include "model/liveness.h"
#include "model/zeek.h"

/* The sides of a connection. The client is the initiator, sender of the first SYN without ACK. */
enum side { SIDE_CLIENT, SIDE_SERVER, SIDES };
static inline enum side other_side(enum side side) {
    return (enum side)(SIDE_SERVER - side);
}
const char *side_name(enum side side); /* "client", "server" */

/* Why a connection is over (report-format.md, "A connection ends"). */
enum connection_end { END_NONE, END_CLOSED, END_REPLACED, END_IDLE, END_EVICTED, END_CAPTURE };
const char *connection_end_name(enum connection_end end);

/* What is known of a reset, in the order of precedence of inference.md A.9. */
enum reset_kind {
    RESET_NONE,
    RESET_REFUSED,         /* answers the SYN: nothing listens */
    RESET_ANSWERS_BAD_ACK, /* rejects one segment; its sender keeps its state */
    RESET_ON_LATE_FIN,
    RESET_DATA_AFTER_CLOSE,
    RESET_ANSWERS_FIN,
    RESET_KEEP_ALIVE,         /* answers a keep-alive */
    RESET_KEEP_ALIVE_TIMEOUT, /* ends unanswered keep-alives */
    RESET_USER_TIMEOUT,       /* ends unanswered retransmissions */
    RESET_TIME_WAIT,          /* reaches a side in TIME_WAIT */
    RESET_COOKIE_ACK_LOST,    /* from a side that never proved ESTABLISHED, answering data */
    RESET_SYN_ACK_BY_INITIATOR,
    RESET_AFTER_FIN,
    RESET_ABORT,
    RESET_OUT_OF_WINDOW, /* its receiver ignores it */
    RESET_INEXACT,       /* in the window, not at RCV.NXT: draws a challenge ACK */
    RESET_UNACCEPTABLE,  /* toward SYN_SENT with an ACK that fits nothing */
    RESET_NO_CONNECTION, /* nothing else of the connection was seen */
    RESET_REPEATED       /* the same side again, after its connection was gone */
};

struct findings; /* of the rules layer; the model only carries the pointer */

/* Segments of one kind, of one side. */
struct segment_tally {
    uint64_t first_frame; /* 0: none */
    uint64_t last_frame;
    int64_t first_time;
    int64_t last_time;
    uint32_t count;
};

/* What of a side's segments is not as it was on the wire: said once, counted on. */
struct oddities {
    struct segment_tally cut;         /* not captured whole */
    struct segment_tally cut_headers; /* of these, less than the TCP header */
    struct segment_tally offloaded;   /* checksum left to the card */
    struct segment_tally oversized;   /* longer than the peer's maximum segment size */
    uint32_t longest;                 /* octets of payload, of the oversized ones */
};
enum { SEVERAL = 3 }; /* oversized segments from which on it is no accident */

/* What the incarnation before it left (RFC 9293 3.4.1). */
struct predecessor {
    int64_t time_wait_since; /* ns; valid if waited */
    bool waited;             /* a side was in TIME_WAIT */
    uint8_t time_wait_side;  /* enum side, as the new connection names them; likewise the arrays */
    bool ended;              /* both sides were CLOSED */
    bool timestamps;
    uint32_t isn[SIDES];
    uint32_t next[SIDES]; /* raw SND.NXT */
    uint32_t tsval[SIDES];
    uint64_t last_frame;
    int64_t last_time;
    struct recent_segment last_segment[SIDES];
};

/* The reset that ended it, if any: the first that was applied and not contradicted. */
struct connection_reset {
    uint64_t frame;
    int64_t time;
    uint8_t kind;         /* enum reset_kind */
    uint8_t by;           /* enum side */
    uint8_t state;        /* its sender's state before it */
    bool bare;            /* without ACK flag */
    bool sender_was_gone; /* A.16 rule 15 */
    bool by_both;
};

/* A row of the log as it is kept. */
struct log_row {
    uint64_t frame : 40;
    uint64_t flags : 9;
    uint64_t side : 1;
    uint64_t icmp : 1;
    uint64_t pinned : 1;
    uint64_t ordinary : 1;           /* kept for its own sake only: model_settings.keep_segments */
    uint64_t window_scaled_down : 8; /* shift to be applied to window */
    int64_t time;
    int64_t seq : 40;
    uint64_t window : 24;
    int64_t ack : 40;
    uint64_t length : 24;
    uint64_t client_bytes : 40;
    uint64_t segments : 24;
    uint64_t server_bytes : 40;
    uint64_t segments_above : 24; /* the upper part of segments */
};
enum { LOG_ROWS_INLINE = 12, LOG_ROWS_PINNED = 48, LOG_ROWS_MAX = 80 };

struct log {
    struct log_row *rows; /* owned where capacity is more than LOG_ROWS_INLINE */
    uint8_t count;
    uint8_t capacity;
    uint8_t pinned;
    uint8_t ordinary;  /* of those that are not pinned */
    uint8_t pinned_to; /* of those that give way, all below are pinned */
};

/* The same connection as the capture shows it at another point of its way: see rules/views.h. */
enum { VIEW_ADDRESS = 1, VIEW_PORT = 2 }; /* changed of the client; shifted left by two: of the server */
struct other_view {
    uint64_t connection; /* id; 0: none */
    uint8_t changed;     /* of addresses and ports, in between */
    uint8_t certainty;   /* CERTAINTY_CERTAIN or CERTAINTY_PRESUMED */
};

/* One incarnation of a 4-tuple. What finds it stands first, what every segment changes next. Of one in the lane
 * (lane.h) only what stands before `frames_seen` is there, of one at rest (rest.h) what stands before `side`. Of either
 * connection_get_address tells the addresses. */
struct connection {
    uint64_t hash;
    uint8_t octets[SIDES][4]; /* of the addresses of one in the lane over IPv4 */
    uint16_t port[SIDES];
    uint16_t charge;        /* of the memory budget: budget.c */
    uint8_t counted[SIDES]; /* enum tcp_state: as which its sides are counted in model.states */
    uint32_t encapsulation; /* of its first segment, to be shown */
    uint32_t network;       /* likewise */
    uint64_t id;            /* number of its first frame */
    int64_t last_time;      /* ns since 1970 */
    uint64_t last_frame;
    uint32_t heap_index;
    uint8_t queue : 2;          /* enum queue */
    bool initiator_seen : 1;    /* false: the roles are assumed */
    bool midstream : 1;         /* the first segment was neither SYN nor SYN/ACK */
    bool simultaneous_open : 1; /* SYNs crossed */
    bool
        split_handshake : 1; /* the server answered by a bare SYN and never sent a SYN/ACK (while it lasts: presumed) */
    bool filtered : 1;       /* an ICMP error ended the attempt */
    bool half_open : 1;      /* a newer SYN showed that one side had forgotten this connection */
    bool reuse_told : 1;     /* MORE_PORT_REUSED has been observed, or is not called for */
    bool disputed : 1;       /* its SYN has not been taken: the peer still holds the older incarnation */
    bool remnant : 1;        /* may be what is left of one that was cut short; sure of that where previous is known */
    bool closing : 1;        /* a FIN or RST has passed */
    bool at_rest : 1;
    bool in_lane : 1; /* its segments are only written down so far: lane.h */
    bool ipv6 : 1;    /* of one in the lane */

    uint64_t frames_seen; /* segments that were evaluated */
    struct address address[SIDES];
    int64_t deadline;         /* ns: when it ends if nothing more arrives */
    struct connection *older; /* incarnation before this one, while the tuple is disputed */
    uint32_t network_back;    /* of the other direction than the first segment's: mostly the same */
    uint16_t rest_octets;     /* what is taken from the pool for one at rest; 0: nothing, it stands alone */
    uint8_t awake;            /* enum of internal.h: the list that it stands in, plus 1 */
    uint8_t opener_in_older;  /* enum side: which side of the older incarnation sent the SYN of this one */
    uint8_t end;              /* enum connection_end */

    struct endpoint side[SIDES];

    struct connection *earlier; /* of those that are awake: the one that began to wait before it, and after it */
    struct connection *later;
    int64_t rest_due;            /* ns: it does not rest before */
    uint64_t hash_back;          /* meaningless where both directions are of one network */
    uint32_t encapsulation_back; /* likewise, where the network is another */
    uint64_t previous;           /* id of the incarnation before it, or of which it is the remnant; 0: none held */
    int64_t first_time;
    int64_t end_time;                 /* ns */
    uint32_t incarnation;             /* from 1 */
    uint32_t acked_unseen;            /* segments that acknowledged octets which the capture lacks */
    const struct predecessor *before; /* never NULL: all zero where there is none */
    uint64_t handshake_ack_frame;     /* first segment that acknowledged the SYN/ACK, or none */
    int64_t handshake_ack_time;
    struct connection_reset reset;
    uint64_t disputed_by;  /* frame of a newer SYN on the 4-tuple: of the incarnation after this one; 0: none */
    int64_t disputed_time; /* ns */
    uint8_t icmp_type;
    uint8_t icmp_code;
    uint64_t half_close_bytes;  /* fresh payload of a side after the other's FIN passed and was acknowledged */
    int64_t before_close_time;  /* ns, last segment before the first FIN or RST; valid if closing */
    uint64_t copies;            /* frames that were capture duplicates */
    struct liveness *liveness;  /* owned; NULL as long as there was no silence */
    struct findings *findings;  /* owned by the rules */
    uint32_t findings_octets;   /* what they take; kept by the rules */
    uint8_t told_states[SIDES]; /* owned by the rules: enum tcp_state that they have told of, 0 (UNKNOWN): none */
    struct zeek zeek;
    struct oddities *oddities; /* of both sides: first_oddities; NULL: none so far */
    struct oddities first_oddities[SIDES];
    struct other_view other_view[SIDES]; /* nearer to the client, nearer to the server; known when it is over */
    struct log log;
    struct log_row first_rows[LOG_ROWS_INLINE];
};

void lane_get_address(const struct connection *connection, enum side side, struct address *address); /* over IPv6 */
/* The address of a side, in the lane or out of it. */
static inline void connection_get_address(const struct connection *connection, enum side side,
                                          struct address *address) {
    if (!connection->in_lane) {
        *address = connection->address[side];
    } else if (connection->ipv6) {
        lane_get_address(connection, side, address);
    } else {
        *address = (struct address){.version = 4};
        memcpy(address->octets, connection->octets[side], sizeof connection->octets[side]);
    }
}
static inline struct address connection_address(const struct connection *connection, enum side side) {
    struct address address;
    connection_get_address(connection, side, &address);
    return address;
}

/* A row of the log: a frame with what the ladder shows of it. */
struct log_entry {
    uint64_t frame;
    int64_t time;
    int64_t seq; /* relative */
    int64_t ack; /* relative */
    uint32_t length;
    uint32_t window; /* octets, scaled where known */
    uint16_t flags;
    uint8_t side;                 /* enum side: the sender */
    bool icmp;                    /* an ICMP error, not a segment */
    bool pinned;                  /* a finding points to it */
    uint64_t segments_before;     /* segments of the connection up to and without this one */
    uint64_t bytes_before[SIDES]; /* payload octets likewise, modulo 2^40 */
};

/* Writes the rows in frame order (room for LOG_ROWS_MAX) and returns how many. Bounded: the first 24 and last 8 SYN,
 * FIN, RST and state-moving frames, plus the first LOG_ROWS_PINNED that findings asked for; with
 * model_settings.keep_segments all others too, as far as there is room. */
unsigned connection_log(const struct connection *connection, struct log_entry *rows);

/* Keeps the row of that frame in the log, if it is there, for a finding points to it. Called by rules while they see an
 * observation; the frame that is being observed always has a row then. */
void connection_log_keep(struct connection *connection, uint64_t frame);

#endif
