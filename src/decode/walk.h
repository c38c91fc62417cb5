/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef FINWAIT_DECODE_WALK_H
#define FINWAIT_DECODE_WALK_H

#include "base/cursor.h"
#include "decode/decode.h"
#include "decode/encapsulation_table.h"

#include <stddef.h>

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
    uint8_t version;           /* of the innermost IP header; 0 before the first; and what its header says: */
    uint8_t hop_limit;
    bool length_from_wire;      /* it gives no length: rest.claimed goes to the end of what is around it */
    bool bounded;               /* some header so far has given a length that holds for all within */
    uint32_t ip_id;             /* IPv4 identification or IPv6 flow label */
    const uint8_t *source;      /* the addresses, 4 or 16 octets */
    const uint8_t *destination; /* the one that a routing header names last */
    uint8_t addresses[32];      /* where those stand when the packet came in fragments */
};

enum { WALK_HEADERS = 24 }; /* headers of one frame that are opened; a frame with more is unsupported */

typedef enum decode_result layer_function(struct walk *walk);

struct fragments;
struct pairing;
struct ipcomp;

struct decoder {
    struct encapsulations *encapsulations;
    struct encapsulations *networks; /* the same without what tells no networks apart */
    struct fragments *fragments;
    struct pairing *pairing;
    struct ipcomp *ipcomp;
    bool tunnels_closed; /* decoder_close_tunnels was called */
    int link_type;       /* of the frame before, and its layer */
    layer_function *link;
    uint16_t vlan;               /* of the packet before that had nothing around it but that tag; 0: none yet; and */
    uint32_t vlan_encapsulation; /* its numbers, which stay what they are */
    uint32_t vlan_network;
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

/* Takes a header of `length` octets off the cursor. NULL: it is not there, or the frame is nested too deep; the walk
 * is over and its reason is set. */
static inline const uint8_t *walk_open(struct walk *walk, uint32_t length) {
    const uint8_t *header;
    enum cursor_status status = cursor_take(&walk->rest, length, &header);

    if (status == CURSOR_OK && ++walk->headers <= WALK_HEADERS)
        return header;
    if (status == CURSOR_OK)
        walk_skip(walk, SKIP_UNSUPPORTED);
    else
        walk_stop(walk, status);
    return NULL;
}

/* Cuts the cursor to the length that a header gives for what follows it. A file that gives as the length on the wire
 * just what was captured may have lost the true one (tools that cut frames short do that): such a frame proves no
 * outermost header wrong that claims more. */
static inline enum cursor_status walk_claim(struct walk *walk, uint32_t length) {
    if (!walk->bounded && walk->frame->wire_length <= walk->frame->captured)
        cursor_stretch(&walk->rest, length);
    walk->bounded = true;
    return cursor_claim(&walk->rest, length);
}

/* The octets of a frame. Some tools write a wire length below the captured one, or none: then what is there is the
 * frame. */
static inline struct cursor frame_cursor(const struct frame *frame) {
    return cursor_over(frame->bytes, frame->captured,
                       frame->wire_length < frame->captured ? frame->captured : frame->wire_length);
}

/* Notes a layer of encapsulation. false: there are too many; the walk is over. */
bool walk_note(struct walk *walk, enum encapsulation_kind kind, uint32_t id);

/* The number of the network that the layers so far amount to, with the numbers that hold in this direction. */
uint32_t walk_network(const struct walk *walk);

/* The number that both directions share: segment.network. Addresses, ports and flags are filled in. */
uint32_t network_of_segment(const struct walk *walk, const struct segment *segment);
uint32_t network_of_broken(const struct walk *walk, const struct broken_segment *broken);
uint32_t network_of_error(const struct walk *walk, const struct icmp_error *error);

/* The layer for a DLT_ value; NULL: unsupported. */
layer_function *link_layer(int link_type);

/* --- what may follow a header, one function a name space --- */

/* An Ethernet type (IEEE 802, values from 0x600). */
enum decode_result walk_ethertype(struct walk *walk, uint16_t type);
/* True for the types that are opened: for heuristics, and for the test that each has one. */
bool is_known_ethertype(uint16_t type);

/* A protocol number of PPP (RFC 1661 2). */
enum decode_result walk_ppp_protocol(struct walk *walk, uint16_t protocol);
bool is_known_ppp_protocol(uint16_t protocol); /* for the test that each has one */

/* An IP protocol number, over the IP version of the walk. */
enum decode_result walk_protocol(struct walk *walk, uint8_t protocol);
/* False where walk_protocol would only say that it is not TCP. */
bool is_opened_protocol(uint8_t protocol, uint8_t version);

/* --- layers; each takes its own header first --- */

layer_function walk_ethernet, walk_llc, walk_snap_atm;  /* IEEE 802.3, 802.2; RFC 2684 */
layer_function walk_vlan, walk_skip_4, walk_skip_6;     /* tags that end with an Ethernet type */
layer_function walk_mpls, walk_pseudowire;              /* RFC 3032, RFC 4448 */
layer_function walk_ppp, walk_pppoe, walk_hdlc;         /* RFC 1661, RFC 2516, Cisco HDLC */
layer_function walk_frame_relay;                        /* RFC 2427 */
layer_function walk_wireless;                           /* IEEE 802.11 */
layer_function walk_ipv4, walk_ipv6, walk_ip;           /* RFC 791, RFC 8200, either by the first octet */
layer_function walk_tcp, walk_icmp, walk_udp, walk_gre; /* walk_icmp does ICMPv6 too, by the version */
/* A tunnel is looked for in what goes to that UDP port. */
bool is_tunnel_port(uint16_t port);
layer_function walk_l2tp_udp, walk_l2tp_ip;             /* RFC 2661, RFC 3931 */
layer_function walk_nsh, walk_unsupported, walk_not_ip; /* RFC 8300 */

/* More link layers, for the table in link.c. */
layer_function walk_ppp_serial, walk_ppp_pppd, walk_ppp_with_direction, walk_hdlc_with_direction,
    walk_frame_relay_with_direction;
layer_function walk_radiotap, walk_ppi, walk_avs, walk_prism;
layer_function walk_fddi, walk_token_ring, walk_arcnet, walk_arcnet_linux, walk_ipoib, walk_ip_over_fc, walk_firewire,
    walk_atm, walk_atm_clip;
layer_function walk_pflog, walk_old_pflog, walk_nflog, walk_enc, walk_pktap, walk_erf;
layer_function walk_juniper_ethernet, walk_juniper_ppp, walk_juniper_hdlc, walk_juniper_frame_relay;

/* --- headers of IPv6 that the quotes of ICMPv6 errors have too --- */

enum {
    PROTOCOL_HOP_BY_HOP = 0,
    PROTOCOL_ICMP = 1,
    PROTOCOL_IPV4 = 4,
    PROTOCOL_TCP = 6,
    PROTOCOL_UDP = 17,
    PROTOCOL_IPV6 = 41,
    PROTOCOL_ROUTING = 43,
    PROTOCOL_FRAGMENT = 44,
    PROTOCOL_GRE = 47,
    PROTOCOL_AUTHENTICATION = 51,
    PROTOCOL_MINIMAL = 55,
    PROTOCOL_ICMPV6 = 58,
    PROTOCOL_DESTINATION_OPTIONS = 60,
    PROTOCOL_MPLS = 137,
};

/* True for a header between IP and its payload that names the one after it in its first octet (RFC 8200 4, RFC 4302).
 */
bool is_extension(uint8_t protocol, uint8_t version);

/* Takes such a header off the cursor; *length is its length in octets, 8 or more. */
enum cursor_status take_extension(struct cursor *cursor, uint8_t protocol, const uint8_t **header, uint32_t *length);

/* The address that a routing header of `length` octets names as the last one; NULL when the packet is past it. */
const uint8_t *routing_destination(const uint8_t *header, uint32_t length);

enum { TYPE_IPV4 = 0x0800, TYPE_IPV6 = 0x86dd, TYPE_VLAN = 0x8100, VLAN_ID = 0x0fff };

/* segment.link_source. Two interfaces of one capture may see a packet before and after a router: their addresses cannot
 * be compared. */
static inline uint64_t link_source_of(const struct frame *frame, const uint8_t *address) {
    return (uint64_t)(uint16_t)frame->interface << 48 | (uint64_t)octets_u16(address) << 32 | octets_u32(address + 2);
}

/* The device of a Linux cooked header: from most of them comes what the header's protocol says. */
enum { ARPHRD_FRAME_RELAY = 770, ARPHRD_NETLINK_MESSAGES = 824 };
static inline bool is_network_device(uint16_t device) {
    return device != ARPHRD_FRAME_RELAY && device != ARPHRD_NETLINK_MESSAGES;
}

/* Numbers of capture devices, within octets that were vouched for. */
static inline uint16_t octets_little16(const uint8_t *octets) {
    return (uint16_t)(octets[1] << 8 | octets[0]);
}

static inline uint32_t octets_little32(const uint8_t *octets) {
    return (uint32_t)octets_little16(octets + 2) << 16 | octets_little16(octets);
}

/* --- guesses, where nothing says what follows --- */

/* Whether an IP packet, an Ethernet frame of a known type, or one with an IP packet can stand `offset` octets from
 * here.
 */
bool looks_like_ip(const struct cursor *cursor, uint32_t offset);
bool looks_like_ethernet(const struct cursor *cursor, uint32_t offset);
bool looks_like_frame_with_ip(const struct cursor *cursor, uint32_t offset);

#endif
