/* SPDX-License-Identifier: BSD-3-Clause */
/* The link layers, one row of a table each, and the simplest of them. */
#include "decode/walk.h"

enum { SLL_PROTOCOL_802_2 = 4 };

/* The protocol of a Linux cooked header: an Ethernet type, unless the device is no network, or a small number. */
static enum decode_result walk_cooked(struct walk *walk, uint16_t device, uint16_t protocol) {
    if (device == ARPHRD_NETLINK_MESSAGES)
        return walk_skip(walk, SKIP_NOT_IP);
    if (device == ARPHRD_FRAME_RELAY)
        return walk_frame_relay(walk);
    if (protocol == SLL_PROTOCOL_802_2)
        return walk_llc(walk);
    return walk_ethertype(walk, protocol);
}

static enum decode_result walk_sll(struct walk *walk) {
    const uint8_t *header;
    enum cursor_status status = cursor_take(&walk->rest, 16, &header);

    if (status != CURSOR_OK)
        return walk_stop(walk, status);
    return walk_cooked(walk, octets_u16(header + 2), octets_u16(header + 14));
}

static enum decode_result walk_sll2(struct walk *walk) {
    const uint8_t *header;
    enum cursor_status status = cursor_take(&walk->rest, 20, &header);

    if (status != CURSOR_OK)
        return walk_stop(walk, status);
    return walk_cooked(walk, octets_u16(header + 8), octets_u16(header));
}

static const struct {
    uint32_t family;
    layer_function *layer;
} families[] = {
    {2, walk_ipv4},  {10, walk_ipv6}, /* Linux */
    {23, walk_ipv6},                  /* Windows */
    {24, walk_ipv6},                  /* NetBSD, OpenBSD */
    {26, walk_ipv6},                  /* Solaris */
    {28, walk_ipv6},                  /* FreeBSD */
    {30, walk_ipv6},                  /* macOS */
};

/* BSD loopback: an address family in the byte order of whatever machine captured. */
static enum decode_result walk_loopback(struct walk *walk) {
    const uint8_t *header;
    enum cursor_status status = cursor_take(&walk->rest, 4, &header);
    uint32_t family;

    if (status != CURSOR_OK)
        return walk_stop(walk, status);
    family = octets_u32(header);
    if (family > 0xffff)
        family = __builtin_bswap32(family);
    for (size_t i = 0; i < sizeof families / sizeof *families; i++)
        if (families[i].family == family)
            return families[i].layer(walk);
    return walk_skip(walk, SKIP_NOT_IP);
}

/* Ethernet behind something of a fixed length that a capture device or a medium puts there. */
static enum decode_result ethernet_behind(struct walk *walk, uint32_t octets) {
    return walk_open(walk, octets) == NULL ? DECODE_SKIPPED : walk_ethernet(walk);
}

static enum decode_result walk_behind_4(struct walk *walk) {
    return ethernet_behind(walk, 4);
}

static enum decode_result walk_behind_12(struct walk *walk) {
    return ethernet_behind(walk, 12);
}

/* The tag that a switch puts between the addresses and the type, for the port. */
static enum decode_result tag_behind_addresses(struct walk *walk, layer_function *tag) {
    return walk_open(walk, 12) == NULL ? DECODE_SKIPPED : tag(walk);
}

static enum decode_result walk_switch_tag_4(struct walk *walk) {
    return tag_behind_addresses(walk, walk_skip_4);
}

static enum decode_result walk_switch_tag_8(struct walk *walk) {
    return walk_open(walk, 12 + 2) == NULL ? DECODE_SKIPPED : walk_skip_6(walk);
}

static const struct {
    int link_type; /* DLT_ values; where they differ from LINKTYPE_ values, both */
    layer_function *layer;
} links[] = {
    {1, walk_ethernet},                     /* EN10MB */
    {0, walk_loopback},                     /* NULL */
    {108, walk_loopback},                   /* LOOP */
    {12, walk_ip},                          /* RAW */
    {14, walk_ip},                          /* RAW on OpenBSD */
    {101, walk_ip},                         /* RAW as LINKTYPE_ */
    {228, walk_ipv4},                       /* IPV4 */
    {229, walk_ipv6},                       /* IPV6 */
    {113, walk_sll},                        /* LINUX_SLL */
    {276, walk_sll2},                       /* LINUX_SLL2 */
    {9, walk_ppp_serial},                   /* PPP */
    {50, walk_ppp_serial},                  /* PPP_SERIAL */
    {51, walk_pppoe},                       /* PPP_ETHER */
    {166, walk_ppp_pppd},                   /* PPP_PPPD */
    {204, walk_ppp_with_direction},         /* PPP_WITH_DIR */
    {104, walk_hdlc},                       /* C_HDLC */
    {205, walk_hdlc_with_direction},        /* C_HDLC_WITH_DIR */
    {107, walk_frame_relay},                /* FRELAY */
    {206, walk_frame_relay_with_direction}, /* FRELAY_WITH_DIR */
    {219, walk_mpls},                       /* MPLS */
    {105, walk_wireless},                   /* IEEE802_11 */
    {127, walk_radiotap},                   /* IEEE802_11_RADIO */
    {119, walk_prism},                      /* PRISM_HEADER */
    {163, walk_avs},                        /* IEEE802_11_RADIO_AVS */
    {192, walk_ppi},                        /* PPI */
    {6, walk_token_ring},                   /* IEEE802 */
    {10, walk_fddi},                        /* FDDI */
    {7, walk_arcnet},                       /* ARCNET */
    {129, walk_arcnet_linux},               /* ARCNET_LINUX */
    {11, walk_atm},                         /* ATM_RFC1483 */
    {100, walk_atm},                        /* ATM_RFC1483 as LINKTYPE_ */
    {19, walk_atm_clip},                    /* ATM_CLIP */
    {106, walk_atm_clip},                   /* ATM_CLIP as LINKTYPE_ */
    {122, walk_ip_over_fc},                 /* IP_OVER_FC */
    {138, walk_firewire},                   /* APPLE_IP_OVER_IEEE1394 */
    {242, walk_ipoib},                      /* IPOIB */
    {17, walk_old_pflog},                   /* OLD_PFLOG */
    {117, walk_pflog},                      /* PFLOG */
    {239, walk_nflog},                      /* NFLOG */
    {109, walk_enc},                        /* ENC as LINKTYPE_, and as DLT_ but on OpenBSD */
    {13, walk_enc},                         /* ENC on OpenBSD */
    {258, walk_pktap},                      /* PKTAP */
    {197, walk_erf},                        /* ERF */
    {175, walk_erf},                        /* ERF_ETH */
    {176, walk_erf},                        /* ERF_POS */
    {167, walk_juniper_ethernet},           /* JUNIPER_PPPOE */
    {178, walk_juniper_ethernet},           /* JUNIPER_ETHER */
    {179, walk_juniper_ppp},                /* JUNIPER_PPP */
    {180, walk_juniper_frame_relay},        /* JUNIPER_FRELAY */
    {181, walk_juniper_hdlc},               /* JUNIPER_CHDLC */
    {240, walk_behind_4},                   /* NETANALYZER */
    {241, walk_behind_12},                  /* NETANALYZER_TRANSPARENT: the preamble too */
    {281, walk_switch_tag_4},               /* DSA_TAG_BRCM */
    {282, walk_behind_4},                   /* DSA_TAG_BRCM_PREPEND */
    {284, walk_switch_tag_4},               /* DSA_TAG_DSA */
    {285, walk_switch_tag_8},               /* DSA_TAG_EDSA */
};

layer_function *link_layer(int link_type) {
    for (size_t i = 0; i < sizeof links / sizeof *links; i++)
        if (links[i].link_type == link_type)
            return links[i].layer;
    return NULL;
}
