/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef FINWAIT_SCENARIO_TRACE_H
#define FINWAIT_SCENARIO_TRACE_H

#include "carriers.h"
#include "script.h"

/* A scenario made concrete: packets with addresses, raw numbers and times, ready to be handed to the model or written
 * to a capture. */

enum link { LINK_ETHERNET, LINK_SLL2, LINK_RAW };

/* What becomes of one frame of the scenario (changes.c). The added segments fit in sequence and come 1 ms after the
 * frame. Of the kinds from CHANGE_SEQ_LOWER on the golden texts have the digest only. */
enum change {
    CHANGE_NONE,
    CHANGE_AGAIN,        /* its sender sends it again, 300 ms later */
    CHANGE_LATE,         /* it is recorded behind the one that follows */
    CHANGE_RESET,        /* its sender sends a bare RST */
    CHANGE_RESET_ANSWER, /* its receiver answers it by RST ACK */
    CHANGE_FIN,          /* its sender sends a FIN */
    CHANGE_SYN,          /* its sender opens anew: SYN with a number far above */
    CHANGE_SEQ_LOWER,    /* by one */
    CHANGE_SEQ_HIGHER,
    CHANGE_ACK_LOWER,
    CHANGE_ACK_HIGHER,
    CHANGE_LONGER,  /* by an octet of payload */
    CHANGE_SHORTER, /* likewise, where it has one */
    CHANGE_WINDOW,  /* closed */
    CHANGE_BARE,    /* without options */
    CHANGE_PAUSE,   /* it and all that follow come a second later */
    CHANGE_HURRY,   /* all that follow come at once, as far as their order allows */
    CHANGES
};

/* How the packets of a scenario are carried, and how its numbers are moved. */
struct layout {
    enum link link;
    bool ipv6;
    unsigned vlan_tags;            /* 2: 802.1ad outside, 802.1Q inside */
    bool tagged_from_b_only;       /* as by a mirror port that tags one direction */
    const struct carrier *carrier; /* instead of link and tags; NULL: none. IPv4 only */
    uint32_t snaplen;              /* 0: whole frames */
    int64_t start;                 /* ns since 1970 of time 0 */
    bool move_isn;                 /* isn[] instead of the scenario's */
    uint32_t isn[WHOS];
    bool swap_addresses; /* A has the higher address */
    bool equal_ports;
    uint64_t left_out; /* frame of the scenario that the capture lacks, 0: none */
    bool
        rich; /* timestamps, window scale, SACK, windows that differ and no IP identification, where nothing was said */
    enum change change;
    uint64_t changed;         /* frame of the scenario to which that happens */
    bool double_frames;       /* every packet recorded again 100 us later */
    unsigned second_interval; /* not 0: a packet of another connection after every so many */
    uint32_t seed;            /* of what the second connection sends */
};
extern const struct layout plain_layout;

enum packet_kind { PACKET_SEGMENT, PACKET_ICMP, PACKET_CHECK, PACKET_END };

struct packet {
    enum packet_kind kind;
    int64_t time;               /* ns since 1970 */
    uint64_t frame;             /* of the capture; 0 for PACKET_CHECK and PACKET_END */
    unsigned line;              /* index of the script's line that it stands for, or NO_LINE */
    uint64_t script_frame;      /* frame of the scenario that it shows, 0: none */
    int data_offset;            /* -1: that of the segment; else its header cannot be read */
    const uint8_t *raw_options; /* of the line, NULL: the segment's own; its header tells how many */
    struct segment segment;     /* of PACKET_SEGMENT, and the quoted one of PACKET_ICMP */
    uint8_t icmp_type;
    uint8_t icmp_code;
};
enum { NO_LINE = 0xffff };

enum { OTHER_PAYLOADS = 16 };

struct trace {
    const struct script *script;
    uint8_t *other_payloads[OTHER_PAYLOADS]; /* owned */
    struct layout layout;
    struct address address[WHOS];
    uint16_t port[WHOS];
    struct packet *packets;
    unsigned count;
    uint64_t frames;
};

/* Octets that the options take in a header, padding included. */
uint8_t options_octets(const struct tcp_options *options);

/* --- changes.c --- */
/* What a copy of a segment becomes that is added behind it; CHANGE_AGAIN to CHANGE_SYN. */
void change_added(struct packet *packet, enum change change);
/* What the frame itself becomes; CHANGE_SEQ_LOWER to CHANGE_BARE. */
void change_replaced(struct packet *packet, enum change change);
/* CHANGE_PAUSE and CHANGE_HURRY: the order of the packets stays. */
void change_times(struct trace *trace);
/* See layout.rich. */
void change_to_rich(struct trace *trace);

/* NULL when memory is out. The script must outlive the trace. */
struct trace *trace_new(const struct script *script, const struct layout *layout);
void trace_free(struct trace *trace);

/* The scenario's frame that a frame of the capture shows; 0 for one of the second connection. */
uint64_t trace_script_frame(const struct trace *trace, uint64_t frame);

/* Octet of the payload at a relative sequence number: the same octet is the same whenever it is sent. */
const uint8_t *trace_payload(uint32_t relative_seq);

#endif
