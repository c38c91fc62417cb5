/* SPDX-License-Identifier: BSD-3-Clause */
/* Each tunnel and tag, with a segment in it. */
#include "decoding.h"

#include "decode/walk.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>

#include <cmocka.h>

#define LITERAL(text) text, sizeof(text) - 1
#define ZEROS_8       "\0\0\0\0\0\0\0\0"
#define MACS          "\x02\0\0\0\0\x02\x02\0\0\0\0\x01"
#define ETHERNET_4    MACS "\x08\0"
#define ETHERNET_6    MACS "\x86\xdd"
#define WIRELESS      "\0\0" MACS "\x02\0\0\0\0\x03\x10\0\xaa\xaa\x03\0\0\0\x08\0"
#define MOST          5

/* What stands around the octets of a row: an Ethernet frame of that type; an IP packet of that protocol; a datagram to
 * that port over IPv4 or IPv6, or from it. Lengths are right. */
enum around { IN_ETHERNET, IN_IPV4, IN_IPV6, IN_UDP4, IN_UDP6, FROM_UDP4 };

static const struct row {
    enum around around;
    unsigned number; /* type, protocol or port */
    unsigned version;
    const char *octets;
    uint32_t length;
    const char *layers[MOST];
} rows[] = {
    {IN_ETHERNET, 0x8847, 4, LITERAL("\x00\x01\x00\x40\x00\x01\x11\x40"), {"mpls:17"}},
    {IN_ETHERNET, 0x8848, 6, LITERAL("\x00\x01\x11\x40"), {"mpls:17"}},
    {IN_ETHERNET, 0x8847, 4, LITERAL("\x00\x01\x11\x40\0\0\0\0" ETHERNET_4), {"mpls:17"}},
    {IN_ETHERNET, 0x8847, 4, LITERAL("\x00\x01\x11\x40" ETHERNET_4), {"mpls:17"}},
    {IN_ETHERNET, 0x8847, 4, LITERAL("\x00\x01\x11\x40\x60\0\0\0\0\x02\x02\0\0\0\0\x01\x08\0"), {"mpls:17"}},
    {IN_ETHERNET, 0x8864, 4, LITERAL("\x11\0\0\x07\0\x2f\0\x21"), {"pppoe:7"}},
    {IN_ETHERNET, 0x880b, 4, LITERAL("\xff\x03\0\x21"), {NULL}},
    {IN_ETHERNET, 0x88e7, 4, LITERAL("\x10\x01\0\x02" ETHERNET_4), {"802.1ah:65538"}},
    {IN_ETHERNET,
     0x88a8,
     4,
     LITERAL("\0\x07\x88\xe7\0\0\x12\x34" MACS "\x81\0\0\x0a\x08\0"),
     {"vlan:7", "802.1ah:4660", "vlan:10"}},
    {IN_ETHERNET, 0x8100, 4, LITERAL("\0\x0a\x08\0"), {"vlan:10"}},
    {IN_ETHERNET, 0x9100, 6, LITERAL("\0\x0a\x81\0\0\x0b\x86\xdd"), {"vlan:10", "vlan:11"}},
    {IN_ETHERNET, 0x9200, 4, LITERAL("\0\x0a\x08\0"), {"vlan:10"}},
    {IN_ETHERNET, 0x88e5, 4, LITERAL("\x20\0\0\0\0\x01" ZEROS_8 "\x08\0"), {NULL}},
    {IN_ETHERNET, 0x88e5, 6, LITERAL("\0\0\0\0\0\x01\x86\xdd"), {NULL}},
    {IN_ETHERNET, 0x893f, 4, LITERAL("\0\0\0\0\0\0\x08\0"), {NULL}},
    {IN_ETHERNET, 0x8926, 4, LITERAL("\0\0\0\0\x08\0"), {NULL}},
    {IN_ETHERNET, 0x892f, 4, LITERAL("\0\0\0\0\x81\0\0\x0a\x08\0"), {"vlan:10"}},
    {IN_ETHERNET, 0x8903, 4, LITERAL("\0\x40" ETHERNET_4), {"fabricpath"}},
    {IN_ETHERNET, 0x22f3, 4, LITERAL("\0\x7f\0\x01\0\x02\0\0\0\0" ETHERNET_4), {"trill"}},
    {IN_ETHERNET, 0x6558, 4, LITERAL(ETHERNET_4), {NULL}},
    {IN_ETHERNET, 0x894f, 4, LITERAL("\x0f\xc2\x02\x01\0\0\x01\xff"), {"nsh"}},
    {IN_ETHERNET, 0x894f, 6, LITERAL("\x0f\xc2\x02\x03\0\0\x01\xff" ETHERNET_6), {"nsh"}},
    {IN_ETHERNET, 0x894f, 6, LITERAL("\x0f\xc2\x02\x02\0\0\x01\xff"), {"nsh"}},
    {IN_ETHERNET, 0x894f, 4, LITERAL("\x0f\xc2\x02\x04\0\0\x01\xff\x0f\xc2\x02\x01\0\0\x02\xff"), {"nsh", "nsh"}},
    {IN_ETHERNET, 0x894f, 4, LITERAL("\x0f\xc2\x02\x05\0\0\x01\xff\0\x01\x11\x40"), {"nsh", "mpls:17"}},
    /* packets in packets */
    {IN_IPV4, 4, 4, LITERAL(""), {"4in4"}},
    {IN_IPV4, 94, 4, LITERAL(""), {"4in4"}},
    {IN_IPV4, 41, 6, LITERAL(""), {"6in4"}},
    {IN_IPV6, 4, 4, LITERAL(""), {"4in6"}},
    {IN_IPV6, 41, 6, LITERAL(""), {"6in6"}},
    {IN_IPV6, 60, 4, LITERAL("\x04\0\x01\x04\0\0\0\0"), {"4in6"}},
    {IN_IPV6, 0, 6, LITERAL("\x29\0\x01\x04\0\0\0\0"), {"6in6"}},
    {IN_IPV6, 43, 6, LITERAL("\x29\0\x04\0\0\0\0\0"), {"6in6"}},
    {IN_IPV6, 135, 4, LITERAL("\x04\0\0\0\0\0\0\0"), {"4in6"}},
    {IN_IPV6, 139, 4, LITERAL("\x04\0\0\x11\0\0\0\0"), {"4in6"}},
    {IN_IPV6, 140, 4, LITERAL("\x04\0\x80\0\0\0\0\0"), {"4in6"}},
    {IN_IPV6, 94, 4, LITERAL(""), {"4in6"}},
    {IN_IPV4, 97, 4, LITERAL("\x30\0" ETHERNET_4), {"etherip"}},
    {IN_IPV6, 97, 6, LITERAL("\x30\0" ETHERNET_6), {"etherip"}},
    {IN_IPV4, 143, 6, LITERAL(ETHERNET_6), {"ethernet-in-ip"}},
    {IN_IPV6, 137, 6, LITERAL("\0\x01\x11\x40"), {"mpls:17"}},
    {IN_IPV6, 51, 6, LITERAL("\x29\x04\0\0\0\0\0\x01\0\0\0\x01\1\2\3\4\5\6\7\x08\1\2\3\4"), {"6in6"}},
    {IN_IPV6, 143, 4, LITERAL(ETHERNET_4), {"ethernet-in-ip"}},
    {IN_IPV4, 137, 4, LITERAL("\0\x01\x11\x40"), {"mpls:17"}},
    {IN_IPV4, 51, 4, LITERAL("\x04\x04\0\0\0\0\0\x01\0\0\0\x01\1\2\3\4\5\6\7\x08\1\2\3\4"), {"4in4"}},
    /* GRE */
    {IN_IPV4, 47, 4, LITERAL("\0\0\x08\0"), {"gre"}},
    {IN_IPV6, 47, 6, LITERAL("\0\0\x86\xdd"), {"gre"}},
    {IN_IPV4, 47, 4, LITERAL("\x80\0\x08\0\x12\x34\0\0"), {"gre"}},
    {IN_IPV4, 47, 4, LITERAL("\x20\0\x08\0\0\0\x01\x02"), {"gre:258"}},
    {IN_IPV4, 47, 4, LITERAL("\xb0\0\x08\0\x12\x34\0\0\0\0\0\x07\0\0\0\x01"), {"gre:7"}},
    {IN_IPV4, 47, 4, LITERAL("\x40\0\x08\0\0\0\0\0\x08\0\0\x04\1\2\3\4\0\0\0\0"), {"gre"}},
    {IN_IPV4, 47, 4, LITERAL("\0\0\x65\x58" ETHERNET_4), {"gre"}},
    {IN_IPV4, 47, 6, LITERAL("\x20\0\x65\x58\0\0\0\x07" ETHERNET_6), {"gre:7"}},
    {IN_IPV4, 47, 4, LITERAL("\x20\0\x65\x58\x01\0\x02\x55" ETHERNET_4), {"nvgre:65538"}},
    {IN_IPV4, 47, 4, LITERAL("\0\0\x88\x47\0\x01\x11\x40"), {"gre", "mpls:17"}},
    {IN_IPV4, 47, 4, LITERAL("\0\0\x88\xbe" ETHERNET_4), {"gre", "erspan:0"}},
    {IN_IPV4, 47, 4, LITERAL("\x10\0\x88\xbe\0\0\0\x01\x10\0\0\x05\0\0\0\0" ETHERNET_4), {"gre", "erspan:5"}},
    {IN_IPV4, 47, 4, LITERAL("\x10\0\x22\xeb\0\0\0\x01\x20\0\0\x05\0\0\0\0\0\0\0\0" ETHERNET_4), {"gre", "erspan:5"}},
    {IN_IPV4,
     47,
     4,
     LITERAL("\x10\0\x22\xeb\0\0\0\x01\x20\0\0\x05\0\0\0\0\0\0\0\x01" ZEROS_8 ETHERNET_4),
     {"gre", "erspan:5"}},
    {IN_IPV4, 47, 6, LITERAL("\x10\0\x22\xeb\0\0\0\x01\x20\0\0\x05\0\0\0\0\0\0\x08\0"), {"gre", "erspan:5"}},
    {IN_IPV4, 47, 4, LITERAL("\0\0\x88\x3e\0\0\0\0"), {"gre"}},
    {IN_IPV4, 47, 4, LITERAL("\0\0\x88\x3e"), {"gre"}},
    {IN_IPV4, 47, 4, LITERAL("\x30\x81\x88\x0b\0\x31\0\x09\0\0\0\x01\0\0\0\x01\xff\x03\0\x21"), {"pptp:9"}},
    /* over UDP */
    {IN_UDP4, 4789, 4, LITERAL("\x08\0\0\0\0\x13\x88\0" ETHERNET_4), {"vxlan:5000"}},
    {IN_UDP6, 4789, 6, LITERAL("\x08\0\0\0\0\x13\x88\0" MACS "\x81\0\0\x0a\x86\xdd"), {"vxlan:5000", "vlan:10"}},
    {IN_UDP4, 8472, 4, LITERAL("\x08\0\0\0\0\0\x01\0" ETHERNET_4), {"vxlan:1"}},
    {IN_UDP4, 4790, 4, LITERAL("\x0c\0\0\x01\0\0\x01\0"), {"vxlan:1"}},
    {IN_UDP4, 4790, 6, LITERAL("\x0c\0\0\x02\0\0\x01\0"), {"vxlan:1"}},
    {IN_UDP4, 4790, 4, LITERAL("\x08\0\0\0\0\0\x01\0" ETHERNET_4), {"vxlan:1"}},
    {IN_UDP4, 4790, 4, LITERAL("\x0c\0\0\x03\0\0\x01\0" ETHERNET_4), {"vxlan:1"}},
    {IN_UDP4, 4790, 4, LITERAL("\x0c\0\0\x04\0\0\x01\0\x0f\xc2\x02\x01\0\0\x01\xff"), {"vxlan:1", "nsh"}},
    {IN_UDP4, 4790, 4, LITERAL("\x0c\0\0\x05\0\0\x01\0\0\x01\x11\x40"), {"vxlan:1", "mpls:17"}},
    {IN_UDP4, 6081, 4, LITERAL("\0\0\x65\x58\0\0\x01\0" ETHERNET_4), {"geneve:1"}},
    {IN_UDP6, 6081, 4, LITERAL("\x02\0\x08\0\0\0\x02\0\1\2\0\1\0\0\0\0"), {"geneve:2"}},
    {IN_UDP4, 2152, 4, LITERAL("\x30\xff\0\x2d\0\0\0\x07"), {"gtp-u:7"}},
    {IN_UDP4, 2152, 6, LITERAL("\x32\xff\0\x45\0\0\0\x07\0\1\0\0"), {"gtp-u:7"}},
    {IN_UDP4, 2152, 4, LITERAL("\x34\xff\0\x39\0\0\0\x07\0\0\0\x85\1\0\0\xc0\1\1\1\0"), {"gtp-u:7"}},
    {IN_UDP4, 2152, 4, LITERAL("\x30\xff\0\x3b\0\0\0\x07" ETHERNET_4), {"gtp-u:7"}},
    {IN_UDP4, 1701, 4, LITERAL("\x40\x02\0\x39\0\1\0\2\xff\x03\0\x21"), {"l2tp:65538"}},
    {FROM_UDP4, 1701, 6, LITERAL("\x0a\x02\0\1\0\2\0\0\0\0\0\2\0\0\0\x57"), {"l2tp:65538"}},
    {IN_UDP4, 1701, 4, LITERAL("\0\x03\0\0\0\0\0\x09" ETHERNET_4), {"l2tpv3:9"}},
    {IN_UDP4, 1701, 4, LITERAL("\0\x03\0\0\0\0\0\x09" ZEROS_8 "\x40\0\0\0" ETHERNET_4), {"l2tpv3:9"}},
    {IN_IPV4, 115, 4, LITERAL("\0\0\0\x09\1\2\3\4" ETHERNET_4), {"l2tpv3:9"}},
    {IN_IPV6, 115, 6, LITERAL("\0\0\0\x09\1\2\3\4\5\6\7\x08\xff\x03\0\x57"), {"l2tpv3:9"}},
    {IN_UDP4, 3544, 6, LITERAL(""), {"teredo"}},
    {FROM_UDP4, 3544, 6, LITERAL("\0\1\0\0" ZEROS_8 "\0\0\0\x12\x34\1\2\3\4"), {"teredo"}},
    {IN_UDP4, 5072, 6, LITERAL("\x42\x52\x11\x29\x5f\0\0\0" ZEROS_8 ZEROS_8 ZEROS_8 ZEROS_8 "\0\0\0\0"), {"ayiya"}},
    {FROM_UDP4, 5247, 4, LITERAL("\0\x10\x02\0\0\0\0\0" ETHERNET_4), {"capwap"}},
    {IN_UDP4, 5247, 4, LITERAL("\0\x10\x03\0\0\0\0\0\x08\x02" WIRELESS), {"capwap"}},
    {IN_UDP4, 5247, 4, LITERAL("\0\x10\x03\0\0\0\0\0\x02\x08" WIRELESS), {"capwap"}},
    {IN_UDP4, 4341, 4, LITERAL("\x08\0\0\0\0\0\x05\0"), {"lisp:5"}},
    {IN_UDP4, 6635, 4, LITERAL("\0\x01\x11\x40"), {"mpls:17"}},
    {IN_UDP4, 6080, 4, LITERAL("\0\x04\0\0"), {"gue", "4in4"}},
    {IN_UDP4, 6080, 6, LITERAL(""), {"gue"}},
    {IN_UDP4, 37008, 4, LITERAL("\1\0\0\1\0\x0a\1\2\1" ETHERNET_4), {"tzsp"}},
    {IN_UDP4, 37008, 4, LITERAL("\1\0\0\x12\1\x08\x02" WIRELESS), {"tzsp"}},
    /* and several */
    {IN_IPV6,
     47,
     4,
     LITERAL("\x20\0\x65\x58\0\0\0\x07" MACS "\x88\xa8\0\x02\x81\0\0\x03\x08\0"),
     {"gre:7", "vlan:2", "vlan:3"}},
};
enum { ROWS = sizeof rows / sizeof *rows };

static uint32_t put_udp(struct octets *frame, enum around around, unsigned port) {
    uint32_t where = frame->length;

    put16(frame, around == FROM_UDP4 ? port : 50000);
    put16(frame, around == FROM_UDP4 ? 50000 : port);
    put32(frame, 0);
    return where;
}

/* Puts what stands around, the octets and the content, and sets the lengths. Returns the octets of all headers. */
static uint32_t put_around(struct octets *frame, enum around around, unsigned number, const char *octets,
                           uint32_t length, const struct octets *content) {
    bool six = around == IN_IPV6 || around == IN_UDP6;
    bool udp = around == IN_UDP4 || around == IN_UDP6 || around == FROM_UDP4;
    uint32_t ip = 0, datagram = 0, headers;

    frame->length = 0;
    put_ethernet(frame, around == IN_ETHERNET ? number : six ? 0x86dd : 0x0800);
    if (around != IN_ETHERNET)
        ip = six ? put_ipv6(frame, udp ? 17 : number) : put_ipv4(frame, udp ? 17 : number, NULL, 0);
    if (udp)
        datagram = put_udp(frame, around, number);
    put(frame, octets, length);
    headers = frame->length;
    put(frame, content->at, content->length);
    if (around != IN_ETHERNET && six)
        finish_ipv6(frame, ip);
    if (around != IN_ETHERNET && !six)
        finish_ipv4(frame, ip);
    if (udp)
        set16(frame, datagram + 4, frame->length - datagram);
    return headers;
}

static uint32_t put_row(struct octets *frame, const struct row *row) {
    struct octets content = {.length = 0};

    if (row->version == 4)
        put_tcp4(&content);
    else
        put_tcp6(&content);
    return put_around(frame, row->around, row->number, row->octets, row->length, &content);
}

static void each_tunnel(void **state) {
    static struct octets frame;

    (void)state;
    for (size_t i = 0; i < ROWS; i++) {
        unsigned layers = 0;

        put_row(&frame, &rows[i]);
        if (decode_whole(ETHERNET, &frame) != DECODE_SEGMENT)
            fail_msg("row %zu (%u): %s", i, rows[i].number, skip_name(decoded.skipped));
        assert_good_segment(ETHERNET, &frame);
        assert_int_equal(decoded.segment.source.version, rows[i].version);
        while (layers < MOST && rows[i].layers[layers] != NULL)
            layers++;
        assert_layers(layers, rows[i].layers);
        put_zeros(&frame, 9); /* padding */
        assert_good_segment(ETHERNET, &frame);
    }
}

/* However much was captured: a segment when all of its header is there, else truncated. */
static void each_tunnel_cut_short(void **state) {
    static struct octets frame;

    (void)state;
    for (size_t i = 0; i < ROWS; i++) {
        uint32_t headers = put_row(&frame, &rows[i]) + (rows[i].version == 4 ? 40 : 60);

        for (uint32_t captured = 0; captured <= frame.length; captured++) {
            enum decode_result result = decode_cut(ETHERNET, &frame, captured, frame.length);

            if ((result == DECODE_SEGMENT) != (captured >= headers))
                fail_msg("row %zu (%u), %u octets: %d", i, rows[i].number, captured, result);
            if (result == DECODE_SEGMENT)
                assert_segment();
        }
    }
}

/* A frame that really ends early is never a whole segment, and nothing is read behind its end. */
static void each_tunnel_ends_early(void **state) {
    static struct octets frame;

    (void)state;
    for (size_t i = 0; i < ROWS; i++) {
        put_row(&frame, &rows[i]);
        for (uint32_t length = 0; length < frame.length; length++)
            if (decode_cut(ETHERNET, &frame, length, length) == DECODE_SEGMENT)
                assert_int_not_equal(decoded.segment.checksum, CHECKSUM_GOOD);
    }
}

static void tunnels_that_stay_closed(void **state) {
    static struct octets frame;
    struct decoder *open = decoder;

    (void)state;
    decoder = decoder_new();
    assert_non_null(decoder);
    decoder_close_tunnels(decoder);
    for (size_t i = 0; i < ROWS; i++) {
        put_row(&frame, &rows[i]);
        if (rows[i].around == IN_ETHERNET)
            assert_good_segment(ETHERNET, &frame);
        else
            assert_skipped(ETHERNET, &frame, SKIP_UNSUPPORTED);
    }
    decoder_free(decoder);
    decoder = open;
}

/* What is around, what follows and why no segment comes of it; content is an IPv4 packet. */
static const struct {
    enum around around;
    unsigned number;
    const char *octets;
    uint32_t length;
    enum skip_reason reason;
} others[] = {
    {IN_ETHERNET, 0x8847, LITERAL("\0\x01\x11\x40\x10\0\0\x21"), SKIP_NOT_IP}, /* about the pseudowire */
    {IN_ETHERNET, 0x8864, LITERAL("\x11\x65\0\x07\0\x2f\0\x21"), SKIP_NOT_IP},
    {IN_ETHERNET, 0x88e5, LITERAL("\x2c\0\0\0\0\x01" ZEROS_8 "\x08\0"), SKIP_UNSUPPORTED},
    {IN_ETHERNET, 0x894f, LITERAL("\x0f\xc2\x02\x07\0\0\x01\xff"), SKIP_UNSUPPORTED},
    {IN_ETHERNET, 0x894f, LITERAL("\x0f\xc1\x02\x01"), SKIP_MALFORMED},
    {IN_ETHERNET, 0x0806, LITERAL("\0\x01\x08\0"), SKIP_NOT_IP},
    {IN_IPV4, 108, LITERAL("\x04\0\0\x02"), SKIP_UNSUPPORTED},
    {IN_IPV6, 108, LITERAL("\x04\0\0\x02"), SKIP_UNSUPPORTED},
    {IN_IPV4, 50, LITERAL(ZEROS_8), SKIP_UNSUPPORTED},
    {IN_IPV6, 50, LITERAL(ZEROS_8), SKIP_UNSUPPORTED},
    {IN_IPV4, 97, LITERAL("\x20\0" ETHERNET_4), SKIP_UNSUPPORTED},
    {IN_IPV4, 41, LITERAL(""), SKIP_MALFORMED},
    {IN_IPV4, 47, LITERAL("\0\x02\x08\0"), SKIP_UNSUPPORTED},
    {IN_IPV4, 47, LITERAL("\0\0\0\0"), SKIP_NOT_IP}, /* keep-alive */
    {IN_IPV4, 47, LITERAL("\x20\x81\x88\x0b\0\0\0\x09\0\0\0\x01"), SKIP_NOT_IP},
    {IN_IPV4, 47, LITERAL("\x20\x01\x08\0\0\0\0\x09"), SKIP_UNSUPPORTED},
    {IN_IPV4, 47, LITERAL("\x10\0\x88\xbe\0\0\0\x01\x20\0\0\x05\0\0\0\0" ETHERNET_4), SKIP_UNSUPPORTED},
    {IN_IPV4, 47, LITERAL("\x10\0\x22\xeb\0\0\0\x01\x20\0\0\x05\0\0\0\0\0\0\x04\0"), SKIP_UNSUPPORTED},
    {IN_UDP4, 53, LITERAL("\x08\0\0\0\0\x13\x88\0" ETHERNET_4), SKIP_NOT_TCP},
    {FROM_UDP4, 4789, LITERAL("\x08\0\0\0\0\x13\x88\0" ETHERNET_4), SKIP_NOT_TCP}, /* an answer to a port of chance */
    {IN_UDP4, 4789, LITERAL("\0\0\0\0\0\x13\x88\0" ETHERNET_4), SKIP_NOT_TCP},
    {IN_UDP4, 4790, LITERAL("\x0c\0\0\x07\0\0\x01\0"), SKIP_UNSUPPORTED},
    {IN_UDP4, 6081, LITERAL("\x40\0\x65\x58\0\0\x01\0" ETHERNET_4), SKIP_NOT_TCP},
    {IN_UDP4, 2152, LITERAL("\x30\x01\0\x2d\0\0\0\x07"), SKIP_NOT_TCP}, /* echo request */
    {IN_UDP4, 2152, LITERAL("\x34\xff\0\x35\0\0\0\x07\0\0\0\x85\0\0\0\0"), SKIP_MALFORMED},
    {IN_UDP4, 2152, LITERAL("\x30\xff\xff\xff\0\0\0\x07"), SKIP_MALFORMED},
    {IN_UDP4, 1701, LITERAL("\xc8\x02\0\x39\0\1\0\2"), SKIP_NOT_TCP}, /* control */
    {IN_UDP4, 1701, LITERAL("\x40\x02\0\x05\0\1\0\2"), SKIP_MALFORMED},
    {IN_UDP4, 1701, LITERAL("\0\x03\0\0\0\0\0\x09\1\1\1\1\1\1\1\1\1\1\1\1\1\1\1\1\1\1\1\1"), SKIP_UNSUPPORTED},
    {IN_IPV4, 115, LITERAL("\0\0\0\0"), SKIP_NOT_TCP},
    {IN_UDP4, 3544, LITERAL(""), SKIP_NOT_TCP}, /* IPv4 */
    {IN_UDP4, 5072, LITERAL("\x42\x52\x10\x29\x5f\0\0\0"), SKIP_NOT_TCP},
    {IN_UDP4, 5247, LITERAL("\x01\0\0\0\0\0\0\0"), SKIP_UNSUPPORTED}, /* encrypted */
    {IN_UDP4, 5247, LITERAL("\0\x10\x02\x08\0\0\0\0"), SKIP_NOT_TCP}, /* keep-alive */
    {IN_UDP4, 5247, LITERAL("\0\x10\x02\x80\0\0\0\0" ETHERNET_4), SKIP_FRAGMENT},
    {IN_UDP4, 4341, LITERAL("\x08\0\0\0\0\0\x05\0\x11"), SKIP_NOT_TCP},
    {IN_UDP4, 6080, LITERAL("\x20\x04\0\0"), SKIP_NOT_TCP},
    {IN_UDP4, 37008, LITERAL("\1\3\0\1\1" ETHERNET_4), SKIP_NOT_TCP},
};

static void tunnels_without_a_segment(void **state) {
    static struct octets frame;
    struct octets content = {.length = 0};

    (void)state;
    put_tcp4(&content);
    for (size_t i = 0; i < sizeof others / sizeof *others; i++) {
        put_around(&frame, others[i].around, others[i].number, others[i].octets, others[i].length, &content);
        if (decode_whole(ETHERNET, &frame) != DECODE_SKIPPED || decoded.skipped != others[i].reason)
            fail_msg("row %zu (%u): %s", i, others[i].number, skip_name(decoded.skipped));
    }
}

/* A segment of so many octets in VXLAN over UDP with that length; the lengths of the outer and the inner packet are
 * left out unless asked for. */
static void put_in_vxlan(struct octets *frame, uint32_t octets, unsigned udp_length, bool outer_too, bool inner_too) {
    uint32_t outer, inner, tcp;

    frame->length = 0;
    put_ethernet(frame, 0x0800);
    outer = put_ipv4(frame, 17, NULL, 0);
    put16(frame, 40000);
    put16(frame, 4789);
    put16(frame, udp_length);
    put16(frame, 0);
    put(frame, "\x08\0\0\0\0\x13\x88\0" ETHERNET_4, 22);
    inner = put_ipv4(frame, 6, NULL, 0);
    tcp = put_tcp(frame, TCP_ACK | TCP_PSH, NULL, 0);
    put_zeros(frame, octets);
    finish_tcp(frame, inner, tcp);
    if (outer_too)
        finish_ipv4(frame, outer);
    if (inner_too)
        finish_ipv4(frame, inner);
}

/* Offload leaves lengths out, or leaves in UDP what was there: where IP says none, UDP is not believed either. */
static void tunnels_without_lengths(void **state) {
    static const unsigned udp_lengths[] = {0, 7, 8, 70, 65535};
    static struct octets frame;

    (void)state;
    for (size_t i = 0; i < sizeof udp_lengths / sizeof *udp_lengths; i++) {
        put_in_vxlan(&frame, 66000, udp_lengths[i], false, false);
        assert_int_equal(decode_whole(ETHERNET, &frame), DECODE_SEGMENT);
        assert_int_equal(decoded.segment.length, 66000);
        assert_int_equal(decoded.segment.checksum, CHECKSUM_GOOD);
        assert_int_equal(decoded.segment.odd & ODD_NO_LENGTH, ODD_NO_LENGTH);
    }
    for (int inner = 0; inner < 2; inner++)
        for (unsigned udp = 0; udp < 2; udp++) {
            put_in_vxlan(&frame, 30, udp * (8 + 8 + 14 + 40 + 30), true, inner == 1);
            assert_int_equal(decode_whole(ETHERNET, &frame), DECODE_SEGMENT);
            assert_int_equal(decoded.segment.length, 30);
            assert_int_equal(decoded.segment.odd & ODD_NO_LENGTH, inner == 1 ? 0 : ODD_NO_LENGTH);
        }
    put_in_vxlan(&frame, 5, 7, true, true);
    assert_skipped(ETHERNET, &frame, SKIP_NOT_TCP);
    put_in_vxlan(&frame, 0, 0, true, false); /* a segment that is nothing but its header needs no offload */
    assert_skipped(ETHERNET, &frame, SKIP_MALFORMED);
}

/* What other tests have: IP itself, minimal encapsulation below, links.c, ip.c's fragments and extension headers. */
static bool is_tested_elsewhere(enum around around, unsigned number) {
    static const struct {
        enum around around;
        unsigned number;
    } elsewhere[] = {
        {IN_ETHERNET, 0x0800}, {IN_ETHERNET, 0x86dd}, {IN_IPV4, 6},  {IN_IPV6, 6},  {IN_IPV4, 17},
        {IN_IPV6, 17},         {IN_IPV4, 1},          {IN_IPV6, 58}, {IN_IPV6, 44}, {IN_IPV4, 55},
    };
    for (size_t i = 0; i < sizeof elsewhere / sizeof *elsewhere; i++)
        if (elsewhere[i].around == around && elsewhere[i].number == number)
            return true;
    return false;
}

static bool is_tested(enum around around, unsigned number) {
    for (size_t i = 0; i < ROWS; i++)
        if (rows[i].around == around && rows[i].number == number)
            return true;
    for (size_t i = 0; i < sizeof others / sizeof *others; i++)
        if (others[i].around == around && others[i].number == number)
            return true;
    return is_tested_elsewhere(around, number);
}

/* A row in a table of the decoder without one here fails. */
static void every_number_is_tested(void **state) {
    (void)state;
    for (unsigned number = 0; number <= 0xffff; number++) {
        if (is_known_ethertype((uint16_t)number) && !is_tested(IN_ETHERNET, number))
            fail_msg("no test has Ethernet type %#x", number);
        if (is_tunnel_port((uint16_t)number) && !is_tested(IN_UDP4, number) && !is_tested(FROM_UDP4, number))
            fail_msg("no test has UDP port %u", number);
        if (number <= 0xff && is_opened_protocol((uint8_t)number, 4) && !is_tested(IN_IPV4, number))
            fail_msg("no test has protocol %u over IPv4", number);
        if (number <= 0xff && is_opened_protocol((uint8_t)number, 6) && !is_tested(IN_IPV6, number))
            fail_msg("no test has protocol %u over IPv6", number);
    }
}

/* RFC 2004: the header says who the ends are. */
static void minimal_encapsulation(void **state) {
    static const char *const layers[] = {"minimal-ip"};
    struct octets frame = {.length = 0}, inner = {.length = 0};
    uint32_t ip;

    (void)state;
    put_tcp4(&inner);
    ip = put_ipv4(&frame, 55, NULL, 0);
    memcpy(frame.at + 12, "\x0a\0\0\1\x0a\0\0\2", 8);
    put(&frame, "\x06\x80\0\0\xc6\x33\x64\x02\xc0\0\x02\x01", 12);
    put(&frame, inner.at + 20, inner.length - 20);
    finish_ipv4(&frame, ip);
    assert_good_segment(RAW, &frame);
    assert_memory_equal(decoded.segment.source.octets, "\xc0\0\x02\x01", 4);
    assert_memory_equal(decoded.segment.destination.octets, "\xc6\x33\x64\x02", 4);
    assert_layers(1, layers);
}

/* Packets in packets in packets: that ends. */
static void nesting_ends(void **state) {
    static struct octets frame;

    (void)state;
    for (unsigned depth = 1; depth < 60; depth++) {
        frame.length = 0;
        for (unsigned i = 0; i < depth; i++)
            put_ipv4(&frame, 4, NULL, 0);
        put_tcp4(&frame);
        for (unsigned i = 0; i < depth; i++)
            set16(&frame, 20 * i + 2, frame.length - 20 * i);
        if (depth <= 8)
            assert_good_segment(RAW, &frame);
        else
            assert_skipped(RAW, &frame, SKIP_UNSUPPORTED);
    }
}

/* A packet must not be longer than the one around it says, whatever the file says of the frame. */
static void inner_length_beyond_the_outer_one(void **state) {
    struct octets frame = {.length = 0};
    uint32_t ip = put_ipv4(&frame, 4, NULL, 0);

    (void)state;
    put_tcp4(&frame);
    finish_ipv4(&frame, ip);
    set16(&frame, 22, 46);
    assert_skipped(RAW, &frame, SKIP_MALFORMED);
}

/* --- networks ---------------------------------------------------------------------------------------------------- */

/* The network of a segment, or of one the other way, in that tunnel. */
static uint32_t network_of(enum around around, unsigned number, const char *octets, uint32_t length, bool back,
                           unsigned flags) {
    static struct octets frame;
    struct octets content = {.length = 0};
    uint32_t ip = put_ipv4(&content, 6, NULL, 0);

    if (back)
        memcpy(content.at + 12, "\xc6\x33\x64\x02\xc0\0\x02\x01", 8);
    put_tcp(&content, flags, NULL, 0);
    if (back)
        memcpy(content.at + 20, "\0\x50\x9c\x40", 4);
    finish_ipv4(&content, ip);
    put_around(&frame, around, number, octets, length, &content);
    assert_int_equal(decode_whole(ETHERNET, &frame), DECODE_SEGMENT);
    return decoded.segment.network;
}

#define VLAN(id)     IN_ETHERNET, 0x8100, LITERAL("\0" id "\x08\0")
#define LABEL(label) IN_ETHERNET, 0x8847, LITERAL("\0\x01" label "\x40")
#define VNI(vni)     IN_UDP4, 4789, LITERAL("\x08\0\0\0\0\0" vni "\0" ETHERNET_4)
#define TEID(teid)   IN_UDP4, 2152, LITERAL("\x30\xff\0\x28\0\0\0" teid)
#define GRE_KEY(key) IN_IPV4, 47, LITERAL("\x20\0\x08\0\0\0\0" key)
#define PLAIN_GRE    IN_IPV4, 47, LITERAL("\0\0\x08\0")

/* Numbers of networks keep the same addresses apart; what only shows the way does not. */
static void numbers_tell_networks_apart(void **state) {
    uint32_t none = network_of(IN_ETHERNET, 0x0800, LITERAL(""), false, TCP_SYN);

    (void)state;
    assert_int_equal(none, 0);
    assert_int_equal(network_of(PLAIN_GRE, false, TCP_SYN), 0);
    assert_int_equal(network_of(LABEL("\x11"), false, TCP_SYN), 0);
    assert_int_not_equal(network_of(VLAN("\x07"), false, TCP_SYN), 0);
    assert_int_equal(network_of(VLAN("\x07"), false, TCP_SYN), network_of(VLAN("\x07"), true, TCP_SYN | TCP_ACK));
    assert_int_not_equal(network_of(VLAN("\x07"), false, TCP_SYN), network_of(VLAN("\x08"), false, TCP_SYN));
    assert_int_equal(network_of(VNI("\x07"), false, TCP_SYN), network_of(VNI("\x07"), true, TCP_SYN | TCP_ACK));
    assert_int_not_equal(network_of(VNI("\x07"), false, TCP_SYN), network_of(VNI("\x08"), false, TCP_SYN));
    assert_int_not_equal(network_of(VNI("\x07"), false, TCP_SYN), network_of(VLAN("\x07"), false, TCP_SYN));
}

/* Two subscribers with the same address and port, each with a tunnel number for either direction. */
static void tunnel_numbers_by_direction(void **state) {
    uint32_t one = network_of(TEID("\x01"), false, TCP_SYN), two;

    (void)state;
    assert_int_not_equal(one, 0);
    assert_int_equal(network_of(TEID("\x11"), true, TCP_SYN | TCP_ACK), one);
    two = network_of(TEID("\x02"), false, TCP_SYN);
    assert_int_not_equal(two, one);
    assert_int_equal(network_of(TEID("\x12"), true, TCP_SYN | TCP_ACK), two);
    assert_int_equal(network_of(TEID("\x01"), false, TCP_ACK), one);
    assert_int_equal(network_of(TEID("\x12"), true, TCP_ACK), two);
    assert_int_equal(network_of(TEID("\x11"), true, TCP_ACK), one);
    assert_int_equal(network_of(TEID("\x13"), true, TCP_ACK), one); /* another number in midst of it: a handover */
    assert_int_equal(network_of(TEID("\x13"), true, TCP_FIN | TCP_ACK), one);
    assert_int_equal(network_of(TEID("\x12"), true, TCP_ACK), two);
    assert_int_not_equal(network_of(TEID("\x03"), false, TCP_SYN), one);
}

/* Keys may differ, but mostly they are the same both ways: then they decide. */
static void keys_of_both_directions(void **state) {
    uint32_t one = network_of(GRE_KEY("\x01"), false, TCP_SYN), two = network_of(GRE_KEY("\x02"), false, TCP_SYN);

    (void)state;
    assert_int_not_equal(one, two);
    assert_int_equal(network_of(GRE_KEY("\x01"), true, TCP_SYN | TCP_ACK), one);
    assert_int_equal(network_of(GRE_KEY("\x02"), true, TCP_SYN | TCP_ACK), two);
}

/* An error belongs to the connection that it quotes, whatever the tunnel's numbers are in its direction. */
static void errors_find_their_network(void **state) {
    static struct octets frame;
    struct octets error = {.length = 0}, quoted = {.length = 0};
    uint32_t ip, network;

    (void)state;
    put_tcp4(&quoted);
    ip = put_ipv4(&error, 1, NULL, 0);
    put(&error, "\x03\x01\0\0\0\0\0\0", 8);
    put(&error, quoted.at, 28);
    finish_ipv4(&error, ip);
    network = network_of(GRE_KEY("\x21"), false, TCP_SYN);
    put_around(&frame, IN_IPV4, 47, LITERAL("\x20\0\x08\0\0\0\0\x22"), &error);
    assert_int_equal(decode_whole(ETHERNET, &frame), DECODE_ICMP_ERROR);
    assert_int_equal(decoded.icmp_error.network, network);
    put_around(&frame, IN_ETHERNET, 0x8100, LITERAL("\0\x07\x08\0"), &error);
    assert_int_equal(decode_whole(ETHERNET, &frame), DECODE_ICMP_ERROR);
    network = decoded.icmp_error.network;
    assert_int_equal(network_of(VLAN("\x07"), false, TCP_SYN), network);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(each_tunnel, decoder_set_up, decoder_tear_down),
        cmocka_unit_test_setup_teardown(each_tunnel_cut_short, decoder_set_up, decoder_tear_down),
        cmocka_unit_test_setup_teardown(each_tunnel_ends_early, decoder_set_up, decoder_tear_down),
        cmocka_unit_test_setup_teardown(tunnels_that_stay_closed, decoder_set_up, decoder_tear_down),
        cmocka_unit_test_setup_teardown(tunnels_without_a_segment, decoder_set_up, decoder_tear_down),
        cmocka_unit_test_setup_teardown(tunnels_without_lengths, decoder_set_up, decoder_tear_down),
        cmocka_unit_test(every_number_is_tested),
        cmocka_unit_test_setup_teardown(minimal_encapsulation, decoder_set_up, decoder_tear_down),
        cmocka_unit_test_setup_teardown(nesting_ends, decoder_set_up, decoder_tear_down),
        cmocka_unit_test_setup_teardown(inner_length_beyond_the_outer_one, decoder_set_up, decoder_tear_down),
        cmocka_unit_test_setup_teardown(numbers_tell_networks_apart, decoder_set_up, decoder_tear_down),
        cmocka_unit_test_setup_teardown(tunnel_numbers_by_direction, decoder_set_up, decoder_tear_down),
        cmocka_unit_test_setup_teardown(keys_of_both_directions, decoder_set_up, decoder_tear_down),
        cmocka_unit_test_setup_teardown(errors_find_their_network, decoder_set_up, decoder_tear_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
