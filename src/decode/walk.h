/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef FINWAIT_DECODE_WALK_H
#define FINWAIT_DECODE_WALK_H

#include "base/cursor.h"
#include "decode/decode.h"
#include "decode/encapsulation_table.h"

/* The way of the decoder through one frame. Each layer takes its header off the cursor, cuts the cursor to what the
 * header claims, and ends by calling the layer that comes next; the last one fills the result in. */
struct walk {
    struct cursor rest; /* what the layers so far have left */
    const struct frame *frame;
    struct decoder *decoder;
    struct decoded *decoded;
    unsigned headers;          /* opened so far: the cap on nesting */
    struct encapsulation path; /* only count is set at the start */
    uint64_t link_source;      /* as in struct segment */
    uint8_t version;           /* of the innermost IP header, and what its header says: */
    uint8_t hop_limit;
    bool length_from_wire;      /* it gives no length: rest.claimed goes to the end of the frame */
    bool first_fragment;        /* more fragments follow: the datagram is not whole */
    uint32_t ip_id;             /* IPv4 identification or IPv6 flow label */
    const uint8_t *source;      /* the addresses, 4 or 16 octets */
    const uint8_t *destination; /* the one that a routing header names last */
};

enum { WALK_HEADERS = 24 }; /* headers of one frame that are opened; a frame with more is unsupported */

typedef enum decode_result layer_function(struct walk *walk);

struct decoder {
    struct encapsulations *encapsulations;
    int link_type; /* of the frame before, and its layer */
    layer_function *link;
};

/* Ends the walk without a segment. */
static inline enum decode_result walk_skip(struct walk *walk, enum skip_reason reason) {
    walk->decoded->skipped = reason;
    return DECODE_SKIPPED;
}

/* Ends the walk where the cursor could not give what a layer needs. */
static inline enum decode_result walk_stop(struct walk *walk, enum cursor_status status) {
    return walk_skip(walk, status == CURSOR_TRUNCATED ? SKIP_TRUNCATED : SKIP_MALFORMED);
}

/* The layer for a DLT_ value; NULL: unsupported. */
layer_function *link_layer(int link_type);

/* What an Ethernet type (IEEE 802, values from 0x600) stands for. */
enum decode_result walk_ethertype(struct walk *walk, uint16_t type);

/* IPv4 (RFC 791), IPv6 (RFC 8200), either by the version in the first octet. */
layer_function walk_ipv4, walk_ipv6, walk_ip;

/* What an IP protocol number stands for. */
enum decode_result walk_protocol(struct walk *walk, uint8_t protocol);

enum {
    PROTOCOL_HOP_BY_HOP = 0,
    PROTOCOL_ICMP = 1,
    PROTOCOL_TCP = 6,
    PROTOCOL_ROUTING = 43,
    PROTOCOL_FRAGMENT = 44,
    PROTOCOL_AUTHENTICATION = 51,
    PROTOCOL_ICMPV6 = 58,
    PROTOCOL_DESTINATION_OPTIONS = 60,
};

/* True for a header between IP and its payload that names the one after it in its first octet (RFC 8200 4, RFC 4302).
 */
bool is_extension(uint8_t protocol, uint8_t version);

/* Takes such a header off the cursor; *length is its length in octets, 8 or more. */
enum cursor_status take_extension(struct cursor *cursor, uint8_t protocol, const uint8_t **header, uint32_t *length);

/* walk_icmp does ICMPv6 too, by the version of the IP header. */
layer_function walk_tcp, walk_icmp;

/* octets: 4 or 16 by the version. */
void fill_address(struct address *address, uint8_t version, const uint8_t *octets);

#endif
