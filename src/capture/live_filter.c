/* SPDX-License-Identifier: BSD-3-Clause */
#include "capture/filter.h"
#include "capture/live.h"

/* What may hold TCP, or an error about it, over IP itself: also later fragments and headers behind which it may stand.
 * The ICMP errors are those of RFC 792 and RFC 4443 that quote what they are about. */
#define OVER_IP                                                                                                        \
    "tcp or (icmp and (icmp[0] = 3 or icmp[0] = 4 or icmp[0] = 5 or icmp[0] = 11 or icmp[0] = 12))"                    \
    " or (ip6 and (ip6[6] = 0 or ip6[6] = 43 or ip6[6] = 44 or ip6[6] = 60 or (ip6[6] = 58 and ip6[40] < 128)))"       \
    " or ip proto 51 or ip6 proto 51 or ip proto 108 or ip6 proto 108"

/* What carries other networks: IP protocols, UDP by its ports, and fragments of UDP, whose ports are elsewhere. */
#define CARRIERS                                                                                                       \
    "ip proto 4 or ip proto 41 or ip proto 47 or ip proto 55 or ip proto 94 or ip proto 97 or ip proto 115"            \
    " or ip proto 137 or ip proto 143 or ip6 proto 4 or ip6 proto 41 or ip6 proto 47 or ip6 proto 97"                  \
    " or ip6 proto 115 or ip6 proto 137 or ip6 proto 143"                                                              \
    " or (udp and (ip[6:2] & 0x1fff != 0 or port 4789 or port 8472 or port 4790 or port 6081 or port 2152"             \
    " or port 1701 or port 3544 or port 5072 or port 5247 or port 4341 or port 6635 or port 6080 or port 37008))"

/* Ethernet: what stands between it and IP, in full, since offsets differ behind it. */
#define LAYERS                                                                                                         \
    "ether proto 0x8847 or ether proto 0x8848 or ether proto 0x8864 or ether proto 0x880b or ether proto 0x88e7"       \
    " or ether proto 0x88e5 or ether proto 0x893f or ether proto 0x8926 or ether proto 0x892f or ether proto 0x8903"   \
    " or ether proto 0x22f3 or ether proto 0x6558 or ether proto 0x894f"

/* A second tag is taken whole; "vlan" moves all offsets behind it, and so comes last. */
#define WITH_TAGS(inside)                                                                                              \
    inside " or ether proto 0x88a8 or ether proto 0x9100 or ether proto 0x9200"                                        \
           " or (vlan and (ether proto 0x8100 or ether proto 0x88a8 or " inside "))"

const char *live_default_filter(int link_type, bool no_tunnels) {
    static const char *const plain[] = {WITH_TAGS(OVER_IP), OVER_IP};
    static const char *const all[] = {WITH_TAGS(LAYERS " or " OVER_IP " or " CARRIERS), OVER_IP " or " CARRIERS};
    const char *const *expressions = no_tunnels ? plain : all;
    struct message unused;

    for (int i = 0; i < 2; i++) {
        struct filter *filter = filter_new(expressions[i], link_type, &unused);

        filter_free(filter);
        if (filter != NULL)
            return expressions[i];
    }
    return NULL;
}
