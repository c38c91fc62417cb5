/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef FINWAIT_MODEL_ENDPOINT_H
#define FINWAIT_MODEL_ENDPOINT_H

#include "base/ranges.h"
#include "decode/segment.h"
#include "model/path.h"

/* One end of a connection (RFC 9293 3.3.1 as far as it can be seen from outside). Sequence numbers are signed 64-bit
 * offsets from the initial sequence number of the side that sends the octets: its SYN is 0, its first octet of data 1.
 */

enum isn_known { ISN_UNKNOWN, ISN_INFERRED, ISN_SEEN };

/* A segment that passed the capture point toward this side, remembered until it is clear whether it arrived. */
struct passed {
    uint64_t frame;
    int64_t time;
};

/* What tells a segment from another that has the same numbers, length, window, options but the echo, and IP ID: its
 * checksum; or, where nothing else can differ, that echo, so that the checksum need not be kept. */
static inline bool segment_is_told_apart(const struct segment *segment) {
    return segment->checksum == CHECKSUM_GOOD && segment->length == 0 && (segment->flags & TCP_SYN) == 0 &&
           (segment->options.present & ~OPTION_TIMESTAMPS) == 0;
}
static inline uint16_t segment_imprint(const struct segment *segment) {
    return segment_is_told_apart(segment) ? (uint16_t)segment->options.timestamp_echo : segment->checksum_seen;
}

/* What the last segments of this side looked like: a reset or challenge ACK is recognised by what it answers, a packet
 * that was recorded twice by its likeness. */
struct recent_segment {
    uint64_t frame : 40; /* 0: none */
    uint64_t flags : 9;
    uint64_t hop_limit : 8;
    uint64_t rejected : 1; /* its receiver had to reject it: wrong ACK, out of window, SYN in a synchronised state */
    uint64_t keep_alive : 1;
    uint64_t challenged : 1; /* RFC 5961 lets its receiver answer it by a challenge ACK */
    int64_t time;
    uint32_t raw_seq;
    uint32_t raw_ack;
    uint32_t length; /* payload octets */
    uint32_t ip_id;
    uint32_t tsval;
    uint16_t window;
    uint16_t imprint; /* segment_imprint */
};
enum { RECENT_SEGMENTS = 3 };

enum { LEAST_TIMEOUT = 150000000 }; /* ns: no retransmission timer in use is shorter */
enum { MOST_HOPS_BETWEEN = 8 };     /* two points of one capture are no further apart */

/* Whether both can be records of one packet: they agree in all but the hop limit, and segment has come as far or
 * further. What its sender repeats has as many hops left as the first time. */
static inline bool recent_may_be_packet(const struct recent_segment *earlier, const struct segment *segment) {
    return earlier->frame != 0 && segment->seq == earlier->raw_seq && segment->ack == earlier->raw_ack &&
           segment->flags == earlier->flags && segment->length == earlier->length &&
           segment->window == earlier->window && segment_imprint(segment) == earlier->imprint &&
           segment->ip_id == earlier->ip_id && segment->options.timestamp_value == earlier->tsval &&
           segment->hop_limit <= earlier->hop_limit && segment->hop_limit + MOST_HOPS_BETWEEN >= earlier->hop_limit;
}

/* Pure ACKs of a side that say the same again and again, within a second. */
struct ack_run {
    int64_t since; /* ns, of the first */
    uint64_t frame;
    uint32_t seq; /* raw */
    uint32_t ack;
    uint32_t count;
    uint8_t in_a_row; /* since the other side's last segment */
    bool told;
};
enum { ACK_LOOP = 50 }; /* more of each side within a second are a loop */

/* Where the segments of a side come from, as the IP and link headers tell. */
struct provenance {
    uint64_t link_source;       /* where it is taken to be; 0: not known */
    uint64_t other_link_source; /* of the latest segment from elsewhere */
    uint64_t other_frame;
    uint8_t hop_limit;
    uint8_t other_hop_limit;
    uint8_t changes; /* of the hardware address, there and back */
    bool known;
    bool several; /* its segments take several ways: the hardware address tells nothing */
};
enum { HOP_TOLERANCE = 5 }; /* paths to one host differ by no more */

/* What a SYN or SYN/ACK offers. */
struct offer {
    uint16_t options; /* enum tcp_option_flag */
    uint16_t flags;   /* ECE, CWR and AE */
    uint16_t mss;
    uint16_t window;
    uint8_t window_scale;
    uint8_t cookie_length; /* of Fast Open */
};

/* Octets of this side that passed again, or behind a gap, and the segment that carried them. */
struct passage {
    uint64_t frame; /* 0: none */
    int64_t time;
    int64_t begin; /* offsets */
    int64_t end;
    uint32_t ip_id;
    uint32_t tsval;
    bool stamped; /* tsval is valid */
};

/* What a segment of a side left out of its ACK although it had passed longer than the guard before: the frames that are
 * presumed to have caused something at that side, and cannot have (0: none). */
struct excluded {
    uint64_t by;  /* that segment; 0: none */
    int64_t from; /* its ACK: offset of the first octet that is missing */
    uint64_t fin;
    uint64_t reset;
    uint64_t ack_of_syn;
};

/* What few connections have: kept apart, for there may be millions of the others. */
struct incidents {
    struct passage repeated;   /* its latest octets that had passed before */
    struct passage ahead;      /* its latest octets with a gap before them */
    int64_t resets_since;      /* ns, first of the RSTs counted in resets */
    uint32_t resets;           /* RSTs of this side within a second of that */
    uint32_t reset_rounds;     /* RSTs of this side in answer to something that was sent in spite of the one before */
    uint64_t reset_last_frame; /* latest RST of this side, obeyed or not; 0: none */
    int64_t reset_last_time;
    struct offer offer_before; /* of the SYN or SYN/ACK before the latest: MORE_OFFER_CHANGED */
    struct excluded excluded;
    struct path_event held_fin; /* what the peer's FIN was presumed to do, while it stands behind octets that this side
                                   lacks; frame 0: nothing is held */
    bool fin_released;          /* these octets have passed again */
    int64_t unseen_cover; /* ACK of its first FIN, where that acknowledges octets of the peer that did not pass here,
                             and so perhaps the peer's FIN; 0: it does not, or what followed has told */
    uint32_t early_echo;  /* the timestamp that the ACK of early_ack_frame echoes, of a segment that had not passed */
    bool early_echoes;    /* it does */
    int64_t lag; /* ns, the longest by which a segment of this side was recorded behind an answer to it; 0: none was */
};

/* What every segment touches stands first, what only opening and closing touch last: an ordinary data segment should
 * stay within few cache lines. */
struct endpoint {
    struct path path;

    /* --- what this side has sent --- */
    int64_t next;       /* SND.NXT as seen: offset after the highest octet that passed */
    int64_t next_acked; /* highest acceptable ACK of the peer; above next: octets that the capture missed, or that were
                           never sent */
    int64_t acknowledged;      /* SND.UNA: highest ACK of the peer that passed and was acceptable */
    int64_t acknowledged_time; /* ns, when that ACK passed */
    uint64_t acknowledged_frame;
    int64_t ack_sent; /* highest ACK this side has sent: a proven lower bound of its RCV.NXT, in the peer's offsets */
    int64_t last_ack; /* ACK of its latest segment */
    int64_t window_edge;       /* highest ACK + window offered, in the peer's offsets */
    int64_t timed_end;         /* the peer's octets up to here, sent at timed_at, await this side's ACK; 0: none do */
    int64_t timed_at;          /* ns */
    int64_t round_trip;        /* ns, smallest seen from the capture point to this side and back; 0: not measured */
    int64_t round_trip_latest; /* ns */
    int64_t last_sent_time;    /* ns of its latest segment that was not rejected or a copy */
    uint64_t last_sent_frame;  /* that segment; 0: none */
    uint64_t frames;
    uint64_t bytes;       /* payload octets that passed, repeated ones included */
    uint32_t isn;         /* raw; offset(seq) counts from here */
    uint32_t window;      /* octets, scaled where the scale is known */
    uint32_t window_max;  /* largest window offered, octets */
    uint64_t link_source; /* of its latest segment, with its hop limit below: one that differs goes the long way */
    struct kept *kept;    /* owned: the beginnings of what it sent last; NULL: nothing yet */
    uint8_t hop_limit;
    uint32_t length_limit; /* payload octets that its peer takes in one segment: what it asked for with its MSS; 0: not
                              known */
    uint32_t window_room;  /* smallest window offered but for that of a SYN, plus 1; 0: none yet */

    /* --- timestamps (RFC 7323) --- */
    uint32_t tsval_max;
    uint32_t tsval_recent; /* TS.Recent of the peer, if it got what passed here (RFC 7323 4.3) */
    uint32_t tsecr_sent;   /* what it echoed last: its own TS.Recent then; 0: nothing */
    uint32_t clock_first_tsval;
    int64_t clock_first_time;
    int64_t
        clock_least; /* ns, least (arrival - TSval) since the first: what of a later segment's delay is the network's */
    int64_t fresh_time; /* ns, of its latest pure ACK at next or first transmission: see fresh_tsval */
    uint64_t
        octets_frame; /* latest segment that occupied sequence space: payload, SYN or FIN; not rejected, not a copy */
    int64_t octets_time;
    uint32_t fresh_tsval; /* TSval of that segment: the clock of a FIN is held against it (inference.md A.16 rule 3) */
    uint32_t keep_alives_unanswered;   /* in a row */
    uint32_t repeats_without_progress; /* segments of octets sent before, since the last ACK that advanced: see
                                          RETRANSMISSIONS_BEFORE_GIVING_UP */

    uint8_t isn_known;     /* enum isn_known */
    uint8_t window_scale;  /* as sent, at most 14 */
    uint8_t recent_latest; /* index of the newest in recent */
    uint8_t fast_open_cookie_length;
    bool isn_set : 1;  /* offsets can be computed */
    bool sent_any : 1; /* any segment but a rejected one */
    bool scale_known : 1;
    bool scale_disputed : 1; /* its SYNs, or its SYN/ACKs, offer different scales: which one counts is open */
    bool closing_seen : 1;   /* a FIN or RST of this side has passed, or stands behind something unseen */
    bool noted : 1;         /* something of its recent past (a rejected segment, a damaged one) bears on the next one */
    bool data_seen : 1;     /* a segment with payload and without SYN, FIN, RST: of use to zeek.c */
    bool pure_ack_seen : 1; /* an ACK and nothing else, likewise */
    bool window_zero : 1;   /* the last offered window was 0 */
    bool probed : 1; /* the octet at next has passed, as a probe of the closed window: it counts once it is acknowledged
                      */
    bool timestamps_seen : 1;
    bool tsval_known : 1;
    bool tsval_recent_known : 1;
    bool clock_proved : 1;           /* its timestamp clock was seen to tick in ms */
    bool fresh_known : 1;            /* a segment with a timestamp that fresh_time speaks of has passed */
    bool fresh_all_acknowledged : 1; /* everything it had sent had long been acknowledged at fresh_time */
    bool was_established : 1;        /* it has been proven ESTABLISHED or beyond */
    bool sent_fresh : 1;             /* of a connection picked up midstream: payload after its first segment */
    bool went_on : 1;                /* it has sent octets beyond all that was known of it, SYN and FIN included */
    bool fast_open_taken : 1; /* a passive open that acknowledged data of the SYN: it may send before it is ESTABLISHED
                               */
    bool syn_fin : 1;         /* a copy of its SYN carried a FIN */
    bool fin_inferred : 1;    /* its FIN is not in the capture but must have been sent */
    bool sent_rst : 1;        /* a RST in its name has passed, whether or not it was obeyed */
    bool ecn_setup : 1;       /* its SYN or SYN/ACK asked for or accepted ECN */
    bool excludes_fin : 1;    /* it was seen to acknowledge everything but the peer's FIN, later than the guard */
    bool checksums_unusable : 1; /* the peer acknowledges what it sends with wrong checksums: not the wire's fault */
    bool covering_octets_known : 1;
    bool covering_tsval_known : 1;
    bool covered_behind_fin : 1;  /* the first segment that covered its FIN stood behind the peer's, and of what could
                                     have been taken for it nothing else passed: its echo tells the order of the two */
    bool peer_fin_uncovering : 1; /* a copy of the peer's FIN that did not cover its own has passed */
    bool text_passed : 1;         /* text_time is one */
    bool after_silence : 1;       /* its latest octets came after so long a silence that they may be a repetition */
    bool unseen_fin_first_cover : 1; /* and nothing had acknowledged that before */
    bool fin_alone : 1;              /* everything before its FIN was acknowledged when that passed first */
    bool acked_in_gap : 1;       /* the last octet that the peer has acknowledged did not pass, though later ones did */
    bool waited : 1;             /* it has come to TIME_WAIT, if only by a step that was refuted later */
    bool covered_when_idle : 1;  /* it acknowledged the peer's FIN with nothing left to send, as far as it knew */
    bool unseen_fin_covered : 1; /* the segment behind the unseen FIN acknowledged the peer's FIN */

    struct ranges holes;                           /* octets below next that never passed */
    struct recent_segment recent[RECENT_SEGMENTS]; /* a ring */

    /* --- opening --- */
    uint64_t syn_frame; /* first SYN without ACK */
    int64_t syn_time;
    int64_t syn_last_time;
    uint64_t syn_ack_frame; /* first acceptable SYN/ACK */
    int64_t syn_ack_time;
    int64_t syn_ack_last_time;
    struct passed opening; /* latest SYN, SYN/ACK or ACK of its SYN that passed toward it */
    uint32_t syn_count;
    uint32_t syn_ack_count;
    uint32_t syn_last_tsval;
    uint32_t syn_data;        /* payload octets on the SYN or SYN/ACK */
    uint16_t options_offered; /* of all of them together */
    uint32_t mptcp_token;     /* of its MP_JOIN; 0: none */
    uint16_t ecn_flags;       /* ECE, CWR and AE of all its SYNs and SYN/ACKs together */
    struct offer offer;       /* of its latest SYN or SYN/ACK */
    uint16_t options_present; /* of its SYN or SYN/ACK: enum tcp_option_flag */
    uint16_t mss;

    /* --- closing --- */
    int64_t fin;        /* offset of the FIN octet; valid if fin_frame is not 0 */
    uint64_t fin_frame; /* first frame that carried the FIN */
    int64_t fin_time;
    uint64_t fin_last_frame; /* latest frame that carried it */
    int64_t fin_last_time;
    int64_t text_time;  /* ns: when octets of this side other than its FIN passed last, once the FIN has passed */
    uint64_t rst_frame; /* latest RST of this side that was applied */
    int64_t rst_time;
    int64_t rst_delay;              /* ns, from the peer's latest segment before it to that RST; 0: there was none */
    struct passed fin_passed_first; /* first and latest copy of the peer's FIN that passed toward it; frame 0: none */
    struct passed fin_passed;
    struct passed fin_ack_passed_first; /* first and latest segment that covered its own FIN */
    struct passed fin_ack_passed;
    struct passed fin_ack_recent; /* the first of those that passed so lately that all of them may be under way */
    struct passed rst_passed;     /* latest RST that it had to obey */
    int64_t
        covering_octets; /* lowest octet of the peer that passed first in a segment covering its FIN (A.16 rule 2) */
    uint32_t covering_tsval;   /* TSval of the first covering segment */
    uint32_t uncovering_tsval; /* highest TSval of the peer on segments that did not cover it */
    int64_t
        unseen_fin; /* SEQ of a segment that stood one past next: a FIN may have been lost before the capture point */
    int64_t peer_fin_ack;   /* least ACK of the copies of the peer's FIN, in its own offsets */
    int64_t covered_idle;   /* ns, when; valid if covered_when_idle */
    uint64_t stray_syn_ack; /* frame of a SYN/ACK after its connection was over: it answers an old SYN (A.16 rule 9) */
    uint32_t covered_idle_tsval;
    int64_t unseen_fin_time;
    int64_t time_wait_since; /* ns, start or latest restart of its TIME_WAIT; valid if waited */
    int64_t time_wait_started;

    /* --- rarely --- */
    uint64_t early_ack_frame; /* the segment of the peer that raised next_acked */
    int64_t early_ack_time;
    uint64_t early_ack_first;   /* the first that did while what it acknowledged has not all passed */
    uint32_t early_acks;        /* FACT_ACK_UNSEEN of those from that to early_ack_frame, but those that are void */
    uint32_t early_acks_voided; /* how many of them the latest MORE_ACK_WITHDRAWN found to be void */
    int64_t window_zero_since;
    int64_t window_zero_ended; /* ns, 1 for 0; 0: never. What has passed may lie before 1970 */
    int64_t window_zero_span;  /* ns, length of the last such period */
    int64_t sack_edge; /* end of the right-most block that it has acknowledged selectively, peer's offsets; 0: none */
    struct incidents *incidents; /* owned; NULL as long as there were none */
    int64_t damaged_time;        /* ns, of the latest of these */
    int64_t damaged_until;       /* octets up to here passed only with a wrong checksum; 0: none */
    uint64_t retransmitted_bytes;
    uint64_t missing_bytes; /* acknowledged by the peer and never seen */
    uint32_t retransmitted_frames;
    uint32_t time_wait_restarts;
    uint32_t copies; /* of frames, those that were capture duplicates */
    uint32_t keep_alives;
    struct ack_run run;
    struct provenance provenance;
    struct path_event first_events[PATH_EVENTS_INLINE]; /* storage of path as long as they suffice */
};

/* A side that repeats octets fewer times in vain has not given up (RFC 9293 3.8.3: R1 is at least three). */
enum { RETRANSMISSIONS_BEFORE_GIVING_UP = 3 };

/* All zero where there were none. */
const struct incidents *endpoint_incidents(const struct endpoint *endpoint);

/* Offset of a raw sequence number of this side: the one nearest to next (RFC 9293 3.4). */
static inline int64_t endpoint_offset(const struct endpoint *endpoint, uint32_t seq) {
    uint32_t reference = endpoint->isn + (uint32_t)endpoint->next;
    return endpoint->next + (int32_t)(seq - reference);
}

/* The raw number behind an offset. */
static inline uint32_t endpoint_raw(const struct endpoint *endpoint, int64_t offset) {
    return endpoint->isn + (uint32_t)offset;
}

/* The raw number at which it stopped. Its ISN, as if it had sent nothing, where it sent no octet and no SYN that
 * passed: the number is then that of its peer's ACK, which may be a stray. */
static inline uint32_t endpoint_raw_stop(const struct endpoint *endpoint) {
    bool told_by_peer = endpoint->isn_known != ISN_SEEN && endpoint->next <= 1;
    return told_by_peer ? endpoint->isn : endpoint_raw(endpoint, endpoint->next);
}

static inline enum tcp_state endpoint_state(const struct endpoint *endpoint) {
    return (enum tcp_state)endpoint->path.state;
}

#endif
