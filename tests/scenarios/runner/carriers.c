/* SPDX-License-Identifier: BSD-3-Clause */
#include "carriers.h"

#define LITERAL(text) text, sizeof(text) - 1
#define BOTH(text)    {text, text}, sizeof(text) - 1
#define ZEROS_8       "\0\0\0\0\0\0\0\0"
#define ZEROS_32      ZEROS_8 ZEROS_8 ZEROS_8 ZEROS_8
#define MACS          "\x02\0\0\0\0\x02\x02\0\0\0\0\x01"
#define ETHERNET_4    MACS "\x08\0"
#define ETHERNET_6    MACS "\x86\xdd"
#define SNAP          "\xaa\xaa\x03\0\0\0\x08\0"
#define WIRELESS      "\x08\x02\0\0" MACS "\x02\0\0\0\0\x03\x10\0"
#define NO_HEAD       .head_octets = 0

enum { ETHERNET = 1 };

#define LINK(name, type, octets)                                                                                       \
    { name, type, LITERAL(octets), CARRIED_BARE, 0, NO_HEAD }
#define TAG(name, octets) LINK(name, ETHERNET, MACS octets)
#define OVER_IPV4(name, protocol, head)                                                                                \
    { name, ETHERNET, LITERAL(ETHERNET_4), CARRIED_OVER_IPV4, protocol, BOTH(head) }
#define OVER_IPV6(name, protocol, head)                                                                                \
    { name, ETHERNET, LITERAL(ETHERNET_6), CARRIED_OVER_IPV6, protocol, BOTH(head) }
#define OVER_UDP(name, port, head)                                                                                     \
    { name, ETHERNET, LITERAL(ETHERNET_4), CARRIED_OVER_UDP, port, BOTH(head) }
/* The two directions differ, or there is a length at an octet of the head that counts from behind another one. */
#define OVER_UDP_2(name, port, there, back)                                                                            \
    { name, ETHERNET, LITERAL(ETHERNET_4), CARRIED_OVER_UDP, port, {there, back}, sizeof(there) - 1 }
#define WITH_LENGTH(name, around, number, there, back, at, from)                                                       \
    { name, ETHERNET, LITERAL(ETHERNET_4), around, number, {there, back}, sizeof(there) - 1, true, at, from }

const struct carrier carriers[] = {
    LINK("BSD loopback", 0, "\x02\0\0\0"),
    LINK("BSD loopback, turned round", 108, "\0\0\0\x02"),
    LINK("IPv4", 228, ""),
    LINK("SLL", 113, "\0\0\0\x01\0\x06\x02\0\0\0\0\x01\0\0\x08\0"),
    LINK("PPP", 9, "\xff\x03\0\x21"),
    LINK("PPP, short", 9, "\x21"),
    LINK("PPP on a serial line", 50, "\xff\x03\0\x21"),
    LINK("PPP with direction", 204, "\0\xff\x03\0\x21"),
    LINK("PPP of pppd", 166, "\x01\x03\0\x21"),
    LINK("Cisco HDLC", 104, "\x0f\0\x08\0"),
    LINK("Cisco HDLC with direction", 205, "\x01\x0f\0\x08\0"),
    LINK("frame relay", 107, "\x18\x41\x03\xcc"),
    LINK("frame relay, bridged", 107, "\x18\x41\x03\0\x80\0\x80\xc2\0\x07" ETHERNET_4),
    LINK("frame relay with direction", 206, "\x01\x18\x41\x03\xcc"),
    LINK("802.11", 105, WIRELESS SNAP),
    LINK("radiotap", 127, "\0\0\x08\0\0\0\0\0" WIRELESS SNAP),
    LINK("PPI", 192, "\0\0\x08\0\x69\0\0\0" WIRELESS SNAP),
    LINK("AVS", 163, "\x80\x21\x10\x02\0\0\0\x28" ZEROS_32 WIRELESS SNAP),
    LINK("Token Ring", 6, "\x10\x40" MACS SNAP),
    LINK("FDDI", 10, "\x50" MACS SNAP),
    LINK("ARCnet", 7, "\x01\x02\xd4\0\0\x07"),
    LINK("ARCnet on Linux", 129, "\x01\x02\0\0\xf0"),
    LINK("ATM", 11, SNAP),
    LINK("ATM on Linux", 19, ""),
    LINK("Fibre Channel", 122, ZEROS_8 ZEROS_8 SNAP),
    LINK("IEEE 1394", 138, ZEROS_8 ZEROS_8 "\x08\0"),
    LINK("InfiniBand", 242, ZEROS_32 ZEROS_8 "\x08\0\0\0"),
    LINK("pflog", 117, "\x3d\x02\0\0" ZEROS_32 ZEROS_8 ZEROS_8 ZEROS_8 "\0\0\0\0"),
    LINK("enc", 109, "\x02\0\0\0\1\2\3\4\0\0\0\0"),
    LINK("Juniper Ethernet", 178, "MGC\0" ETHERNET_4),
    LINK("Juniper PPP", 179, "MGC\0\xff\x03\0\x21"),
    LINK("MPLS", 219, "\0\x01\x11\x40"),
    TAG("802.1ah", "\x88\xe7\0\0\0\x07" ETHERNET_4),
    TAG("MPLS, two labels", "\x88\x47\0\x01\0\x40\0\x01\x11\x40"),
    TAG("a pseudowire", "\x88\x47\0\x01\x11\x40\0\0\0\0" ETHERNET_4),
    TAG("a pseudowire without control word", "\x88\x47\0\x01\x11\x40" ETHERNET_4),
    TAG("802.1AE, signed", "\x88\xe5\0\0\0\0\0\x01\x08\0"),
    TAG("802.1BR", "\x89\x3f\0\0\0\0\0\0\x08\0"),
    TAG("HSR", "\x89\x2f\0\0\0\0\x08\0"),
    TAG("FabricPath", "\x89\x03\0\x40" ETHERNET_4),
    TAG("TRILL", "\x22\xf3\0\x3f\0\1\0\2" ETHERNET_4),
    TAG("NSH", "\x89\x4f\x0f\xc2\x02\x01\0\0\x01\xff"),
    OVER_IPV4("4in4", 4, ""),
    OVER_IPV6("4in6", 4, ""),
    OVER_IPV4("EtherIP", 97, "\x30\0" ETHERNET_4),
    OVER_IPV4("AH", 51, "\x04\x04\0\0\0\0\0\x01\0\0\0\x01\1\2\3\4\5\6\7\x08\1\2\3\4"),
    OVER_IPV4("GRE", 47, "\0\0\x08\0"),
    OVER_IPV6("GRE over IPv6", 47, "\xb0\0\x08\0\x12\x34\0\0\0\0\0\x07\0\0\0\x01"),
    {"GRE, a key for each direction",
     ETHERNET,
     LITERAL(ETHERNET_4),
     CARRIED_OVER_IPV4,
     47,
     {"\x20\0\x08\0\0\0\0\x07", "\x20\0\x08\0\0\0\0\x08"},
     8},
    OVER_IPV4("GRE, Ethernet", 47, "\0\0\x65\x58" ETHERNET_4),
    OVER_IPV4("NVGRE", 47, "\x20\0\x65\x58\x01\0\x02\x55" ETHERNET_4),
    OVER_IPV4("ERSPAN I", 47, "\0\0\x88\xbe" ETHERNET_4),
    OVER_IPV4("ERSPAN II", 47, "\x10\0\x88\xbe\0\0\0\x01\x10\0\0\x05\0\0\0\0" ETHERNET_4),
    OVER_IPV4("ERSPAN III", 47, "\x10\0\x22\xeb\0\0\0\x01\x20\0\0\x05\0\0\0\0\0\0\0\0" ETHERNET_4),
    OVER_IPV4("MPLS in IP", 137, "\0\x01\x11\x40"),
    OVER_IPV4("L2TPv3", 115, "\0\0\0\x09\1\2\3\4" ETHERNET_4),
    OVER_UDP("VXLAN", 4789, "\x08\0\0\0\0\x13\x88\0" ETHERNET_4),
    OVER_UDP("VXLAN, generic", 4790, "\x0c\0\0\x01\0\0\x01\0"),
    OVER_UDP("Geneve", 6081, "\x02\0\x65\x58\0\0\x02\0\1\2\0\1\0\0\0\0" ETHERNET_4),
    OVER_UDP("MPLS over UDP", 6635, "\0\x01\x11\x40"),
    OVER_UDP("LISP", 4341, "\x08\0\0\0\0\0\x05\0"),
    OVER_UDP("GUE", 6080, "\0\x04\0\0"),
    OVER_UDP("CAPWAP", 5247, "\0\x10\x02\0\0\0\0\0" ETHERNET_4),
    OVER_UDP("AYIYA", 5072, "\x42\x52\x11\x04\x5f\0\0\0" ZEROS_8 ZEROS_8 ZEROS_8 ZEROS_8 "\0\0\0\0"),
    OVER_UDP("TZSP", 37008, "\1\0\0\1\1" ETHERNET_4),
    OVER_UDP_2("L2TP", 1701, "\0\x02\0\1\0\2\xff\x03\0\x21", "\0\x02\0\3\0\4\xff\x03\0\x21"),
    WITH_LENGTH("GTP-U", CARRIED_OVER_UDP, 2152, "\x30\xff\0\0\0\0\0\x07", "\x30\xff\0\0\0\0\0\x08", 2, 8),
    WITH_LENGTH("GTP-U with extensions", CARRIED_OVER_UDP, 2152, "\x34\xff\0\0\0\0\0\x07\0\0\0\x85\1\0\0\xc0\1\1\1\0",
                "\x34\xff\0\0\0\0\0\x08\0\0\0\x85\1\0\0\xc0\1\1\1\0", 2, 8),
    WITH_LENGTH("PPTP", CARRIED_OVER_IPV4, 47, "\x30\1\x88\x0b\0\0\0\x09\0\0\0\1\xff\x03\0\x21",
                "\x30\1\x88\x0b\0\0\0\x0a\0\0\0\1\xff\x03\0\x21", 4, 12),
    {"PPPoE", ETHERNET, LITERAL(MACS "\x88\x64"), CARRIED_BARE, 0, BOTH("\x11\0\0\x07\0\0\0\x21"), true, 4, 6},
};
const size_t carrier_count = sizeof carriers / sizeof *carriers;
