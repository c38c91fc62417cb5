/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef FINWAIT_MODEL_OBSERVATION_H
#define FINWAIT_MODEL_OBSERVATION_H

#include "model/connection.h"

/* What the model saw in one segment. Facts are what rules test; a rule never changes the model. */
enum fact {
    FACT_FIRST = 1u << 0,            /* first segment of the connection */
    FACT_SYN = 1u << 1,              /* SYN without ACK, sent for the first time */
    FACT_SYN_REPEATED = 1u << 2,     /* the same SYN again, its sender still (or again) in SYN_SENT */
    FACT_SYN_LATE = 1u << 3,         /* SYN or SYN/ACK with the known number after its sender was certainly past it */
    FACT_SYN_ON_LIVE = 1u << 4,      /* SYN with another number while a side is synchronised and not in TIME_WAIT */
    FACT_SYN_ACK = 1u << 5,          /* first acceptable SYN/ACK */
    FACT_SYN_ACK_REPEATED = 1u << 6, /* the same again */
    FACT_SYN_ACK_REJECTED = 1u << 7, /* SYN/ACK whose ACK is not that of the SYN */
    FACT_HANDSHAKE_ACK = 1u << 8,    /* first segment that acknowledges the SYN/ACK */
    FACT_ACK_SKIPPED = 1u << 9,      /* its sender acts as ESTABLISHED although that ACK is not in the capture */
    FACT_FIN = 1u << 10,             /* first FIN of its sender */
    FACT_FIN_REPEATED = 1u << 11,    /* the same FIN again */
    FACT_FIN_MOVED = 1u << 12,       /* FIN with another number */
    FACT_FIN_BEYOND_HOLE = 1u << 13, /* first FIN, with octets before it not seen */
    FACT_FIN_ACKED = 1u << 14,       /* first segment that covers the other side's FIN */
    FACT_DATA = 1u << 15,            /* payload that passed for the first time */
    FACT_DATA_REPEATED = 1u << 16,   /* payload octets seen before (not a probe, not Fast Open data resent) */
    FACT_HOLE = 1u << 17,            /* SEQ beyond SND.NXT: octets are missing here */
    FACT_HOLE_FILLED = 1u << 18,     /* octets below SND.NXT that had not passed before */
    FACT_DATA_AFTER_FIN = 1u << 19,  /* octets beyond its sender's FIN */
    FACT_HALF_CLOSE_DATA = 1u << 20, /* fresh payload after the other side's FIN was acknowledged */
    FACT_ACK_UNSEEN = 1u << 21,      /* acknowledges octets that the capture lacks */
    FACT_KEEP_ALIVE = 1u << 22,
    FACT_KEEP_ALIVE_REPEATED = 1u << 23, /* the one before it had no answer */
    FACT_WINDOW_PROBE = 1u << 24,
    FACT_WINDOW_ZERO = 1u << 25,   /* the offered window becomes 0 */
    FACT_WINDOW_OPENED = 1u << 26, /* and is no longer 0 */
    FACT_RST = 1u << 27,           /* see observation.reset */
    FACT_CHALLENGE_ACK = 1u << 28, /* pure ACK in answer to a segment that had to be rejected */
    FACT_CHECKSUM_BAD = 1u << 29,
    FACT_COPY = 1u << 30,    /* the same packet recorded twice: nothing else was evaluated */
    FACT_REFUTED = 1u << 31, /* see observation.refuted */
};
enum more_fact {
    MORE_RST_CONTRADICTED = 1u << 0, /* the claimed sender of an applied RST goes on */
    MORE_AFTER_RST = 1u << 1,        /* the receiver of a RST goes on sending, later than the guard */
    MORE_PORT_REUSED = 1u << 2, /* this SYN or SYN/ACK begins, or commits, a newer incarnation: see connection.before */
    MORE_HALF_OPEN = 1u << 3,   /* on the old incarnation: the RST that ended it after a SYN and a challenge ACK */
    MORE_TIME_WAIT_REJECTS_SYN = 1u << 4, /* pure ACK of the old incarnation in answer to a newer SYN */
    MORE_SYN_CROSSED = 1u << 5,           /* second SYN of a simultaneous open or split handshake */
    MORE_SIMULTANEOUS_CLOSE = 1u << 6,    /* second of two FINs that do not cover each other */
    MORE_ACK_OF_UNSENT =
        1u << 7, /* this segment proves that an earlier ACK covered octets never sent: its sender's early_ack_frame */
    MORE_REORDERED = 1u << 8, /* the capture recorded this after something it caused: its receiver's SYN/ACK, or the ACK
                                 that is void (MORE_ACK_WITHDRAWN) */
    MORE_FIN_INFERRED = 1u << 9,       /* of an end: the other side's FIN must have existed */
    MORE_TIME_WAIT_DATA = 1u << 10,    /* a segment other than FIN, RST, SYN reached a side in TIME_WAIT */
    MORE_TIME_WAIT_MISSING = 1u << 11, /* a RST of a side that was taken to be in TIME_WAIT */
    MORE_TIME_WAIT_REACKED = 1u << 12, /* the holder acknowledged a repeated FIN again */
    MORE_TIME_WAIT_KILLED = 1u << 13,  /* a RST that the TIME_WAIT side obeys, before 2MSL */
    MORE_DUPLICATE_ACK = 1u << 14,
    MORE_WINDOW_UPDATE = 1u << 15,
    MORE_SYN_SEQ_CHANGED = 1u << 16, /* a SYN with another number before the first was answered: newer incarnation */
    MORE_ACK_WITHDRAWN = 1u << 17, /* the FACT_ACK_UNSEEN of its sender's early_ack_frame is void: the octets turned up,
                                      or were never sent */
    MORE_ICMP = 1u << 18,          /* not a segment: an ICMP error that quotes one */
    MORE_SYN_ACK_WITHOUT_SYN = 1u << 19,
    MORE_OUT_OF_WINDOW = 1u << 21, /* payload or FIN with no octet in [RCV.NXT, right edge), no probe, no repetition */
    MORE_PAWS_REJECTED = 1u << 22, /* TSval older than its receiver's TS.Recent (RFC 7323 5) */
    MORE_ACK_TOO_OLD = 1u << 23,   /* ACK < SND.UNA - MAX.SND.WND (RFC 5961 5.2) */
    MORE_ACK_EXCLUDES_FIN =
        1u << 24, /* first segment later than the guard after the FIN whose ACK is the FIN's number */
};

/* The constants of an enum are no wider than an int: the rest of them. Bit 31 is the rules' own (MORE_AT_END). */
#define MORE_BIT(n) (UINT64_C(1) << (n))
/* Octets or a FIN of a side in SYN_SENT, or a segment that a side in SYN_RECEIVED, whose SYN/ACK has passed, cannot
 * use: see expected_seq and expected_ack. Neither SYN nor RST. */
#define MORE_OPENING_UNFIT     MORE_BIT(32)
#define MORE_OFFER_CHANGED     MORE_BIT(33) /* a repeated SYN or SYN/ACK unlike the one before: incidents.offer_before */
#define MORE_ECN_UNASKED       MORE_BIT(34) /* ECE or CWR although no SYN and SYN/ACK have agreed on ECN */
#define MORE_TIMESTAMP_MISSING MORE_BIT(35) /* none on a segment, though both sides agreed on them */
#define MORE_OLD_DUPLICATE     MORE_BIT(36) /* fits the numbers, or the timestamps, of the incarnation before only */
#define MORE_ACK_REGRESSED     MORE_BIT(37) /* ACK below the highest of its sender, within its widest window */
#define MORE_DUPLICATE_SACK    MORE_BIT(38) /* reports octets as received twice (RFC 2883); see incidents.repeated */
#define MORE_WINDOW_SHRUNK     MORE_BIT(39) /* right edge left of edge_before by more than the scale rounds off, not 0 */
#define MORE_WINDOW_FULL       MORE_BIT(40) /* fresh payload up to the right edge of its receiver */
/* A RST shows that the ACK of its sender's FIN had come by the first segment that passed with it: what refuted that was
 * the network's copy of the FIN, or under way. */
#define MORE_ACK_OF_FIN_CAME MORE_BIT(41)
/* What of a segment is not in order or not as it was on the wire. */
#define MORE_CHECKSUM_VOID                                                                                             \
    MORE_BIT(52) /* octets that passed only with a wrong checksum were taken: see checksums_unusable */
#define MORE_BACKWARD      MORE_BIT(53) /* of no connection: the frame is older than the one before it */
#define MORE_WAITING       MORE_BIT(54) /* a side got to CLOSE_WAIT or TIME_WAIT, or left it */
#define MORE_SEVERAL_WAYS  MORE_BIT(55) /* its sender's segments come from here and there in turn: load is shared */
#define MORE_BROKEN        MORE_BIT(56) /* not a segment: its header cannot be read, see observation.broken */
#define MORE_ACK_LOOP      MORE_BIT(57) /* both sides have repeated one and the same ACK many times: see endpoint.run */
#define MORE_MOVED         MORE_BIT(58) /* its sender's hop limit or hardware address is another one: endpoint.provenance */
#define MORE_CONFLICT      MORE_BIT(59) /* see observation.conflict */
#define MORE_SUPER_SEGMENT MORE_BIT(60) /* so many of its sender are longer than any on the wire: no accident */
#define MORE_OFFLOADED     MORE_BIT(61) /* its sender's first whose checksum is left to the network card */
#define MORE_CUT           MORE_BIT(62) /* its sender's first that was not captured whole, or without its header */
#define MORE_ODD_HEADER    MORE_BIT(63) /* any of ODD_FLAGS to ODD_SELF: see segment.odd */

/* Where a lost segment was lost (inference.md A.4 rule 6). */
enum location { LOCATION_NONE, LOCATION_BEFORE, LOCATION_BEYOND, LOCATION_CAPTURE, LOCATION_ENDPOINT };
const char *location_name(enum location location); /* "before-capture-point", ...; NULL for none */

/* A presumption that this segment refuted. */
struct refuted {
    uint32_t events; /* EVENT_BIT of what turned out not to have arrived; 0: nothing */
    uint64_t frame;  /* of the segment that did not arrive (the one of highest interest, the latest) */
    int64_t time;
};

/* Octets that passed once more with other contents. */
struct conflict {
    uint64_t frame; /* of the first copy */
    int64_t begin;  /* offsets: the octets that both copies have, as far as they were captured */
    int64_t end;
    int64_t differs_at; /* the first octet known to differ; -1: somewhere behind what is kept of the first copy */
};

struct snapshot {
    uint8_t state;     /* enum tcp_state */
    uint8_t certainty; /* enum certainty */
};

struct observation {
    const struct segment *segment;       /* NULL for MORE_ICMP and at an end */
    const struct icmp_error *icmp_error; /* NULL but for MORE_ICMP */
    const struct broken_segment *broken; /* NULL but for MORE_BROKEN */
    struct connection *connection;       /* rules attach findings to it and change nothing else */
    uint64_t frame;
    int64_t time;   /* ns since 1970 */
    uint8_t sender; /* enum side */
    uint32_t facts; /* enum fact */
    uint64_t more;  /* enum more_fact and the MORE_... behind it */
    struct snapshot before[SIDES];
    struct snapshot after[SIDES];
    struct refuted refuted[SIDES];
    bool replayed;           /* made later than the segment came: milestones were told then (model.h) */
    uint8_t reset;           /* enum reset_kind; RESET_NONE unless FACT_RST */
    bool reset_applied;      /* its receiver obeys it */
    uint8_t other_hop_limit; /* of a RST: that of its sender's segment before it, where it is another; 0: it is not */
    int64_t seq;             /* relative to the sender's ISN */
    int64_t ack;             /* relative to the receiver's ISN; meaningless without the ACK flag */
    int64_t expected_seq;    /* what the receiver was expecting, where a rule needs it */
    int64_t expected_ack;
    uint64_t provoked_by; /* frame that this one answers, contradicts or disproves; 0: none */
    int64_t provoked_time;
    int64_t fresh_octets;     /* payload octets seen for the first time */
    int64_t repeated_octets;  /* payload octets seen before */
    int64_t edge_before;      /* ACK + window of the sender's segment before this one: MORE_WINDOW_SHRUNK */
    struct conflict conflict; /* of MORE_CONFLICT */
    int64_t guard[SIDES];     /* ns: a repeat sooner than this refutes nothing (A.16 rule 4) */
};

#endif
