/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef FINWAIT_DECODE_SEGMENT_H
#define FINWAIT_DECODE_SEGMENT_H

#include "base/address.h"

#include <stdbool.h>
#include <stdint.h>

/* Flags of the TCP header (RFC 9293 3.1, RFC 3168 6.1; AE as in draft-ietf-tcpm-accurate-ecn). */
enum tcp_flag {
    TCP_FIN = 0x001,
    TCP_SYN = 0x002,
    TCP_RST = 0x004,
    TCP_PSH = 0x008,
    TCP_ACK = 0x010,
    TCP_URG = 0x020,
    TCP_ECE = 0x040,
    TCP_CWR = 0x080,
    TCP_AE = 0x100,
};

enum checksum_status {
    CHECKSUM_UNVERIFIED, /* the segment was not captured whole */
    CHECKSUM_GOOD,
    CHECKSUM_BAD,
    CHECKSUM_OFFLOADED, /* the field holds the pseudo-header's partial sum: the network card fills it in */
};

/* Which options a segment carries (RFC 9293 3.1 and 3.2, RFC 7323, RFC 2018, RFC 7413, RFC 8684). */
enum tcp_option_flag {
    OPTION_MSS = 0x01,
    OPTION_WINDOW_SCALE = 0x02,
    OPTION_SACK_PERMITTED = 0x04,
    OPTION_SACK = 0x08,
    OPTION_TIMESTAMPS = 0x10,
    OPTION_FAST_OPEN = 0x20, /* kind 34, or 254 with magic 0xF989 */
    OPTION_MPTCP = 0x40,
    OPTION_USER_TIMEOUT = 0x80,
    OPTION_MALFORMED = 0x100, /* a length below 2, past the header, or wrong for its kind; later options unread */
    OPTION_CUT = 0x200,       /* the snapshot length ended inside the options: what is absent is unknown */
    OPTION_REPEATED = 0x400,  /* the same kind twice */
};

enum { TCP_SACK_BLOCKS = 4 };

/* What of a segment no ordinary one has, told by its header alone: the rules on it are asked only where a bit is set.
 */
enum segment_oddity {
    ODD_FLAGS = 0x01,      /* a combination that no sound stack sends (RFC 9293 3.10.7) */
    ODD_NO_ACK = 0x02,     /* neither ACK nor SYN nor RST */
    ODD_ACK_FIELD = 0x04,  /* a number in the acknowledgment field without the flag */
    ODD_URGENT = 0x08,     /* urgent pointer and URG flag do not fit each other */
    ODD_OPTION = 0x10,     /* an option list that breaks the rules: malformed, or a kind twice in a SYN */
    ODD_PLACE = 0x20,      /* an option that belongs on a SYN */
    ODD_SELF = 0x40,       /* sent to the address and port that it comes from */
    ODD_CUT = 0x80,        /* not captured whole */
    ODD_OFFLOADED = 0x100, /* its checksum is left to the network card */
    ODD_NO_LENGTH = 0x200, /* the IP header leaves the length out: a super-segment that the card will cut up */
};

struct tcp_options {
    uint16_t present;     /* enum tcp_option_flag */
    uint16_t mss;         /* octets */
    uint8_t window_scale; /* as sent; 14 is the largest valid shift (RFC 7323 2.3) */
    uint8_t sack_count;
    uint8_t fast_open_cookie_length; /* octets; 0 asks for a cookie */
    uint8_t mptcp_subtype;           /* of the last such option */
    uint8_t mptcp_version;           /* of MP_CAPABLE */
    uint8_t odd_kind;         /* kind and length of the option for which OPTION_MALFORMED or OPTION_REPEATED is set */
    uint8_t odd_length;       /* as in the header; 0 where the header ends before it */
    uint32_t mptcp_token;     /* of the MP_JOIN on a SYN (RFC 8684 3.2): the connection that it joins */
    uint32_t timestamp_echo;  /* TSecr */
    uint32_t timestamp_value; /* TSval */
    struct {
        uint32_t begin; /* first sequence number of the block */
        uint32_t end;   /* the one after its last */
    } sack[TCP_SACK_BLOCKS];
};

/* Octets at the beginning of a payload that are remembered where the rest is only summed up. */
enum { PAYLOAD_HEAD = 40 };

/* One TCP segment as it passed the capture point: decode fills it, everything above reads it. Plain value; only
 * payload points elsewhere. The numbers, and urgent pointer to flags, stand in the order in which a little-endian
 * machine writes eight octets of the header with one store. */
struct segment {
    uint64_t frame; /* number of the frame, from 1 through all captures of the run; where the segment came in several
                       fragments, of the frame that completed it */
    int64_t time;   /* of that frame, ns since 1970 UTC */
    struct address source;
    struct address destination;
    uint16_t source_port;
    uint16_t destination_port;
    uint32_t ack; /* as in the header, also where the ACK flag is off */
    uint32_t seq;
    uint16_t urgent;
    uint16_t checksum_seen;
    uint16_t window;            /* as in the header, unscaled */
    uint16_t flags;             /* enum tcp_flag */
    uint16_t checksum_expected; /* valid when checksum is CHECKSUM_BAD */
    uint16_t odd;               /* enum segment_oddity: see decode/oddities.h */
    uint8_t checksum;           /* enum checksum_status */
    uint8_t hop_limit;          /* IPv4 TTL or IPv6 hop limit */
    uint8_t header_octets;      /* of the TCP header, options included */
    uint32_t length;            /* payload octets by the IP length, not by what was captured */
    uint32_t ip_id;             /* IPv4 identification, or IPv6 flow label */
    uint32_t encapsulation;     /* all that stood around the IP header, see decode/encapsulation.h; 0: nothing */
    uint32_t network; /* the part of it that tells networks apart, another number space. Two segments belong to
                         one connection only if equal, but see model/carriage.h; 0: nothing does */
    struct tcp_options options;
    uint64_t
        link_source; /* 48 bits of the hardware address it came from, above them the capture's interface; 0: none */
    uint64_t payload_sum; /* checksum_add of what can be read of the payload, equal for equal octets; 0 where that is no
                             more than PAYLOAD_HEAD octets, which can be compared themselves */
    const uint8_t *payload;    /* borrowed, valid until the next frame is decoded or read */
    uint32_t payload_captured; /* octets of payload that can be read */
};

enum header_fault {
    HEADER_OFFSET_LOW,    /* the data offset is below 5 */
    HEADER_OFFSET_BEYOND, /* the data offset points beyond the segment */
    HEADER_SHORT,         /* the IP packet ends before 20 octets of TCP */
    HEADER_CUT,           /* the snapshot ended before them: the segment itself may be good */
};

/* A segment whose header cannot be read, but for its ports. */
struct broken_segment {
    uint64_t frame;
    int64_t time;
    struct address source;
    struct address destination;
    uint16_t source_port;
    uint16_t destination_port;
    uint32_t network; /* as in struct segment */
    uint32_t octets;  /* of the segment by the IP length; for HEADER_CUT those that were captured */
    uint8_t offset;   /* as in the header, in units of four octets; HEADER_OFFSET_... only */
    uint8_t fault;    /* enum header_fault */
};

/* An ICMP or ICMPv6 error that quotes a TCP segment. */
struct icmp_error {
    uint64_t frame;
    int64_t time;
    struct address reporter;    /* who sent the error */
    struct address source;      /* of the quoted segment */
    struct address destination; /* of the quoted segment */
    uint16_t source_port;
    uint16_t destination_port;
    uint32_t seq; /* of the quoted segment */
    uint8_t type;
    uint8_t code;
    uint32_t network; /* as in struct segment: the same as that of the connection it is about */
};

#endif
