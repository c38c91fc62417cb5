/* SPDX-License-Identifier: BSD-3-Clause */
/* Each link type of the table, with a segment in it. */
#include "decode/walk.h"
#include "decoding.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>

#include <cmocka.h>

#define LITERAL(text) text, sizeof(text) - 1
#define ZEROS_8       "\0\0\0\0\0\0\0\0"
#define ZEROS_32      ZEROS_8 ZEROS_8 ZEROS_8 ZEROS_8
#define SNAP          "\xaa\xaa\x03\0\0\0"
#define ADDRESSES     "\x02\0\0\0\0\x02\x02\0\0\0\0\x01"
/* IEEE 802.11 data from the access point, and behind it */
#define WIRELESS "\x08\x02\0\0" ADDRESSES "\x02\0\0\0\0\x03\x10\0"
#define JUNIPER  "MGC\0"

/* Headers before the packet. */
static const struct {
    int link_type;
    unsigned version;
    const char *octets;
    uint32_t length;
} links[] = {
    {0, 4, LITERAL("\x02\0\0\0")},
    {108, 6, LITERAL("\0\0\0\x18")},
    {1, 4, LITERAL(ADDRESSES "\x08\0")},
    {12, 4, LITERAL("")},
    {14, 6, LITERAL("")},
    {101, 4, LITERAL("")},
    {228, 4, LITERAL("")},
    {229, 6, LITERAL("")},
    {113, 4, LITERAL("\0\0\0\x01\0\x06\x02\0\0\0\0\x01\0\0\x08\0")},
    {113, 4, LITERAL("\0\0\0\x01\0\x06\x02\0\0\0\0\x01\0\0\0\x04" SNAP "\x08\0")},
    {113, 4, LITERAL("\0\0\x03\x02\0\0\0\0\0\0\0\0\0\0\x08\0\x18\x41\x03\xcc")},
    {276, 6, LITERAL("\x86\xdd\0\0\0\0\0\x02\0\x01\0\x06\x02\0\0\0\0\x01\0\0")},
    /* serial lines */
    {9, 4, LITERAL("\xff\x03\0\x21")},
    {9, 6, LITERAL("\x57")},
    {9, 4, LITERAL("\0\x21")},
    {9, 4, LITERAL("\xff\x03\x21")},
    {9, 4, LITERAL("\xff\x03\0\x3d\xc0\0\0\x07\0\x21")}, /* multilink, the whole packet */
    {9, 4, LITERAL("\xff\x03\x02\x81\0\0\x11\x40")},     /* MPLS */
    {9, 4, LITERAL("\xff\x03\x02\x83\0\0\x11\x40")},     /* to several */
    {9, 6, LITERAL("\xff\x03\0\x57")},
    {50, 6, LITERAL("\xff\x03\0\x57")},
    {50, 4, LITERAL("\x0f\0\x08\0")},
    {51, 4, LITERAL("\x11\0\0\x07\0\x2f\0\x21")},
    {166, 4, LITERAL("\x01\x03\0\x21")},
    {166, 4, LITERAL("\xff\x03\0\x21")},
    {204, 6, LITERAL("\x01\xff\x03\0\x57")},
    {104, 4, LITERAL("\x0f\0\x08\0")},
    {104, 6, LITERAL("\x8f\0\x86\xdd")},
    {205, 4, LITERAL("\0\x0f\0\x08\0")},
    {107, 4, LITERAL("\x18\x41\x03\xcc")},
    {107, 6, LITERAL("\x18\x41\x03\0\x8e")},
    {107, 4, LITERAL("\x18\x40\x40\x03\x03\0\x80\0\0\0\x08\0")},
    {107, 4, LITERAL("\x18\x41\x08\0")},
    {107, 4, LITERAL("\x18\x41\x03\0\x80\0\x80\xc2\0\x07" ADDRESSES "\x08\0")},
    {206, 4, LITERAL("\x01\x18\x41\x03\xcc")},
    {219, 4, LITERAL("\0\0\x10\x40\0\x01\x01\x40")},
    /* IEEE 802.11 */
    {105, 4, LITERAL(WIRELESS SNAP "\x08\0")},
    {105, 6, LITERAL("\x88\x03\0\0" ADDRESSES "\x02\0\0\0\0\x03\x10\0\x02\0\0\0\0\x04\0\0" SNAP "\x86\xdd")},
    {105, 4, LITERAL("\x88\x82\0\0" ADDRESSES "\x02\0\0\0\0\x03\x10\0\0\0\0\0\0\0" SNAP "\x08\0")},
    {127, 4, LITERAL("\0\0\x08\0\0\0\0\0" WIRELESS SNAP "\x08\0")},
    /* radiotap with two words of presence, a time, flags that tell of padding, behind a QoS header of 26 octets */
    {127, 4,
     LITERAL("\0\0\x1a\0\x03\0\0\x80\0\0\0\0\0\0\0\0" ZEROS_8 "\x20\0"
             "\x88\x02\0\0" ADDRESSES "\x02\0\0\0\0\x03\x10\0\0\0\0\0" SNAP "\x08\0")},
    {119, 4, LITERAL("\0\0\0\x44\0\0\0\x90" ZEROS_8 ZEROS_32 ZEROS_32 ZEROS_32 ZEROS_32 WIRELESS SNAP "\x08\0")},
    {119, 4, LITERAL("\x80\x21\x10\x01\0\0\0\x40" ZEROS_32 ZEROS_8 ZEROS_8 ZEROS_8 WIRELESS SNAP "\x08\0")},
    {163, 4, LITERAL("\x80\x21\x10\x02\0\0\0\x28" ZEROS_32 WIRELESS SNAP "\x08\0")},
    {192, 4, LITERAL("\0\0\x08\0\x69\0\0\0" WIRELESS SNAP "\x08\0")},
    {192, 6, LITERAL("\0\0\x10\0\x01\0\0\0\x02\0\x04\0\1\2\3\4" ADDRESSES "\x86\xdd")},
    /* other local networks */
    {6, 4, LITERAL("\x10\x40" ADDRESSES SNAP "\x08\0")},
    {6, 6, LITERAL("\x10\x40\x02\0\0\0\0\x02\x82\0\0\0\0\x01\x06\x10\0\x11\0\x20" SNAP "\x86\xdd")},
    {10, 4, LITERAL("\x50" ADDRESSES SNAP "\x08\0")},
    {10, 6, LITERAL("\x57" ADDRESSES SNAP "\x86\xdd")},
    {7, 4, LITERAL("\x01\x02\xf0")},
    {7, 4, LITERAL("\x01\x02\xd4\0\0\x07")},
    {7, 6, LITERAL("\x01\x02\xc4\xff\xff\xff\xc4\0\0\x07")},
    {129, 4, LITERAL("\x01\x02\0\0\xf0")},
    {129, 6, LITERAL("\x01\x02\0\0\xc4\0\0\x07")},
    {11, 4, LITERAL(SNAP "\x08\0")},
    {100, 4, LITERAL("\xaa\xaa\x03\0\x80\xc2\0\x07\0\0" ADDRESSES "\x08\0")},
    {11, 4, LITERAL("\xfe\xfe\x03\xcc")},
    {19, 4, LITERAL("")},
    {106, 4, LITERAL(SNAP "\x08\0")},
    {122, 6, LITERAL(ZEROS_8 ZEROS_8 SNAP "\x86\xdd")},
    {138, 4, LITERAL(ZEROS_8 ZEROS_8 "\x08\0")},
    {242, 6, LITERAL(ZEROS_32 ZEROS_8 "\x86\xdd\0\0")},
    /* firewalls, routers, cards */
    {17, 4, LITERAL("\0\0\0\x02" ZEROS_8 ZEROS_8 ZEROS_8)},
    {117, 4, LITERAL("\x2d\x02\0\0" ZEROS_32 ZEROS_8 "\0\0\0\0")},                 /* 45 octets */
    {117, 6, LITERAL("\x3d\x18\0\0" ZEROS_32 ZEROS_8 ZEROS_8 ZEROS_8 "\0\0\0\0")}, /* 61 */
    {117, 4, LITERAL("\x64\x02\0\0" ZEROS_32 ZEROS_32 ZEROS_32)},                  /* 100 */
    {239, 4, LITERAL("\x02\0\0\x07\x08\0\x01\0\x08\0\x03\0\x05\0\x0a\0\0\0\0\0\x31\0\x09\0")},
    {239, 4, LITERAL("\x02\0\0\x07\0\x08\0\x01\x08\0\x03\0\0\x05\0\x0a\0\0\0\0\0\x31\0\x09")},
    {239, 6, LITERAL("\x0a\0\0\x07\x45\0\x09\0")},
    {13, 4, LITERAL("\x02\0\0\0\1\2\3\4\0\0\0\0")},
    {109, 6, LITERAL("\x18\0\0\0\1\2\3\4\0\0\0\0")},
    {258, 4, LITERAL("\x6c\0\0\0\x01\0\0\0\x01\0\0\0" ZEROS_32 ZEROS_32 ZEROS_32 ADDRESSES "\x08\0")},
    {197, 4, LITERAL(ZEROS_8 "\x02\x04\0\x60\0\0\0\x50\0\0" ADDRESSES "\x08\0")},
    {197, 4, LITERAL(ZEROS_8 "\x96\x04\0\x60\0\0\0\x50\x83\0\0\0\0\0\0\0\x03\0\0\0\0\0\0\0")},
    {175, 6, LITERAL(ZEROS_8 "\x0b\x04\0\x60\0\0\0\x50\0\0" ADDRESSES "\x86\xdd")},
    {176, 4, LITERAL(ZEROS_8 "\x01\x04\0\x60\0\0\0\x50\x0f\0\x08\0")},
    {167, 4, LITERAL(JUNIPER ADDRESSES "\x08\0")},
    {178, 4, LITERAL(JUNIPER ADDRESSES "\x08\0")},
    {178, 6, LITERAL("MGC\x81\0\x06\x03\x01\x0e\x04\x01\x0e" ADDRESSES "\x86\xdd")},
    {178, 4, LITERAL("MGC\x02\x02\0\0\0")},
    {179, 4, LITERAL(JUNIPER "\xff\x03\0\x21")},
    {180, 4, LITERAL(JUNIPER "\x18\x41\x03\xcc")},
    {181, 4, LITERAL(JUNIPER "\x0f\0\x08\0")},
    {240, 4, LITERAL("\0\0\0\0" ADDRESSES "\x08\0")},
    {241, 4, LITERAL("\0\0\0\0\x55\x55\x55\x55\x55\x55\x55\xd5" ADDRESSES "\x08\0")},
    {281, 4, LITERAL(ADDRESSES "\0\0\0\x01\x08\0")},
    {282, 6, LITERAL("\0\0\0\x01" ADDRESSES "\x86\xdd")},
    {284, 4, LITERAL(ADDRESSES "\x40\0\0\0\x08\0")},
    {285, 4, LITERAL(ADDRESSES "\xda\xda\0\0\x40\0\0\0\x08\0")},
};
enum { LINKS = sizeof links / sizeof *links };

/* IPv4 is 45 octets long, IPv6 65: some of the headers above say so. */
static void put_link(struct octets *frame, size_t i) {
    frame->length = 0;
    put(frame, links[i].octets, links[i].length);
    if (links[i].version == 4)
        put_tcp4(frame);
    else
        put_tcp6(frame);
}

static void each_link_type(void **state) {
    static struct octets frame;

    (void)state;
    for (size_t i = 0; i < LINKS; i++) {
        put_link(&frame, i);
        if (decode_whole(links[i].link_type, &frame) != DECODE_SEGMENT)
            fail_msg("link type %d, row %zu: %s", links[i].link_type, i, skip_name(decoded.skipped));
        assert_good_segment(links[i].link_type, &frame);
        assert_int_equal(decoded.segment.source.version, links[i].version);
        put(&frame, "\xde\xad\xbe\xef", 4); /* a frame check sequence, or padding */
        assert_good_segment(links[i].link_type, &frame);
    }
}

/* Nobody adds a row without a frame here. */
static void no_link_type_is_left_out(void **state) {
    (void)state;
    for (int type = -10; type < 1000; type++) {
        bool here = false;

        for (size_t i = 0; i < LINKS; i++)
            here = here || links[i].link_type == type;
        if (decode_knows_link(type) != here)
            fail_msg("link type %d is %s", type, here ? "not known" : "not tested");
    }
}

/* Whatever the snapshot leaves of the headers: truncated, never anything else. */
static void each_link_type_cut_short(void **state) {
    static struct octets frame;

    (void)state;
    for (size_t i = 0; i < LINKS; i++) {
        uint32_t headers = links[i].length + (links[i].version == 4 ? 20 : 40) + 20;

        put_link(&frame, i);
        for (uint32_t captured = 0; captured <= frame.length; captured++) {
            enum decode_result result = decode_cut(links[i].link_type, &frame, captured, frame.length);

            if (captured >= headers) {
                assert_int_equal(result, DECODE_SEGMENT);
                assert_segment();
            } else {
                if (result == DECODE_SEGMENT || decoded.skipped != SKIP_TRUNCATED)
                    fail_msg("link type %d, row %zu, %u octets: %s", links[i].link_type, i, captured,
                             skip_name(decoded.skipped));
            }
        }
    }
}

/* Frames of a link type that hold no segment that can be read, and why. */
static const struct {
    int link_type;
    const char *octets;
    uint32_t length;
    enum skip_reason reason;
} others[] = {
    {9, LITERAL("\xff\x03\xc0\x21\1\1\0\4"), SKIP_NOT_IP},               /* link control */
    {9, LITERAL("\xff\x03\0\x2d\1\1\0\4"), SKIP_UNSUPPORTED},            /* compressed TCP */
    {9, LITERAL("\xff\x03\0\x2f\1\1\0\4"), SKIP_UNSUPPORTED},            /* to be compressed from here on */
    {9, LITERAL("\xff\x03\0\x31\1\1\0\4"), SKIP_UNSUPPORTED},            /* bridged */
    {9, LITERAL("\xff\x03\0\x53\1\1\0\4"), SKIP_UNSUPPORTED},            /* encrypted */
    {9, LITERAL("\xff\x03\0\xfb\1\1\0\4"), SKIP_UNSUPPORTED},            /* compressed, in one link of several */
    {9, LITERAL("\xff\x03\0\xfd\1\1\0\4"), SKIP_UNSUPPORTED},            /* compressed */
    {9, LITERAL("\xff\x03\0\x3d\x80\0\0\x07\0\x21\x45"), SKIP_FRAGMENT}, /* half a packet */
    {9, LITERAL("\xff"), SKIP_MALFORMED},
    {51, LITERAL("\x11\xa7\0\x07\0\0"), SKIP_NOT_IP},        /* the end of a session */
    {104, LITERAL("\x8f\0\x80\x35\0\0\0\x02"), SKIP_NOT_IP}, /* keep-alive */
    {104, LITERAL("\x33\0\x08\0\0\0\0\x02"), SKIP_NOT_IP},
    {107, LITERAL("\x18\x40\x40\x40\x40\x03\xcc"), SKIP_MALFORMED}, /* an address that does not end */
    {107, LITERAL("\x18\x41\x03\x08\0"), SKIP_NOT_IP},              /* signalling */
    {105, LITERAL("\x80\0\0\0" ADDRESSES "\x02\0\0\0\0\x03\x10\0" ZEROS_8), SKIP_NOT_IP},        /* beacon */
    {105, LITERAL("\x48\x01\0\0" ADDRESSES "\x02\0\0\0\0\x03\x10\0"), SKIP_NOT_IP},              /* null function */
    {105, LITERAL("\x08\x42\0\0" ADDRESSES "\x02\0\0\0\0\x03\x10\0" ZEROS_8), SKIP_UNSUPPORTED}, /* encrypted */
    {105, LITERAL("\x08\x06\0\0" ADDRESSES "\x02\0\0\0\0\x03\x10\0" SNAP "\x08\0"), SKIP_FRAGMENT},
    {105, LITERAL("\x08\x02\0\0" ADDRESSES "\x02\0\0\0\0\x03\x11\0" SNAP "\x08\0"), SKIP_FRAGMENT},
    {105, LITERAL("\x88\x02\0\0" ADDRESSES "\x02\0\0\0\0\x03\x10\0\x80\0" ZEROS_8), SKIP_UNSUPPORTED},
    {127, LITERAL("\0\0\x09\0\x02\0\0\0\x50" WIRELESS SNAP "\x08\0"), SKIP_MALFORMED}, /* damaged on its way */
    {127, LITERAL("\0\0\x07\0\0\0\0\0" WIRELESS), SKIP_MALFORMED},
    {127, LITERAL("\x01\0\x08\0\0\0\0\0" WIRELESS), SKIP_MALFORMED},
    {127, LITERAL("\0\0\xff\xff\0\0\0\0" WIRELESS), SKIP_MALFORMED},
    {192, LITERAL("\0\0\x07\0\x69\0\0\0" WIRELESS), SKIP_MALFORMED},
    {192, LITERAL("\0\0\x08\0\xff\xff\0\0" WIRELESS), SKIP_UNSUPPORTED_LINK},
    {163, LITERAL("\x80\x21\x10\x02\0\0\0\x07" ZEROS_32), SKIP_MALFORMED},
    {6, LITERAL("\x10\0" ADDRESSES SNAP "\x08\0"), SKIP_NOT_IP},
    {6, LITERAL("\x10\x40\x02\0\0\0\0\x02\x82\0\0\0\0\x01\x01\x10" SNAP "\x08\0"), SKIP_MALFORMED},
    {10, LITERAL("\x41" ADDRESSES SNAP "\x08\0"), SKIP_NOT_IP}, /* station management */
    {7, LITERAL("\x01\x02\xd5\0\0\x07\0\0"), SKIP_NOT_IP},
    {7, LITERAL("\x01\x02\xd4\x03\0\x07\0\0"), SKIP_FRAGMENT},
    {117, LITERAL("\x2c\x02\0\0" ZEROS_32 ZEROS_32), SKIP_MALFORMED},
    {239, LITERAL("\x07\0\0\0\x08\0\x09\0\0\0\0\0"), SKIP_NOT_IP}, /* a bridge */
    {239, LITERAL("\x02\0\0\0\x08\0\x01\0\0\0\0\0"), SKIP_NOT_IP}, /* no packet */
    {239, LITERAL("\x02\0\0\0\0\0\x01\0\0\0\0\0"), SKIP_MALFORMED},
    {258, LITERAL("\x10\0\0\0\x01\0\0\0\x01\0\0\0\0\0\0\0"), SKIP_MALFORMED},
    {197, LITERAL(ZEROS_8 "\x1b\x04\0\x60\0\0\0\x50\0\0"), SKIP_UNSUPPORTED},
    {178, LITERAL("MGD\0" ADDRESSES "\x08\0"), SKIP_MALFORMED},
    {228, LITERAL(""), SKIP_MALFORMED},
};

static void frames_without_a_segment(void **state) {
    (void)state;
    for (size_t i = 0; i < sizeof others / sizeof *others; i++) {
        struct octets frame = {.length = 0};

        put(&frame, others[i].octets, others[i].length);
        if (decode_whole(others[i].link_type, &frame) != DECODE_SKIPPED || decoded.skipped != others[i].reason)
            fail_msg("row %zu: %s", i, skip_name(decoded.skipped));
    }
}

static bool begins_with(const char *octets, uint32_t length, unsigned protocol) {
    const uint8_t head[] = {0xff, 0x03, (uint8_t)(protocol >> 8), (uint8_t)protocol};

    return length >= sizeof head && memcmp(octets, head, sizeof head) == 0;
}

/* Likewise: each has a frame that is opened, or one that tells why it is not. */
static void no_ppp_protocol_is_left_out(void **state) {
    (void)state;
    for (unsigned protocol = 0; protocol <= 0xffff; protocol++) {
        bool here = !is_known_ppp_protocol((uint16_t)protocol);

        for (size_t i = 0; i < LINKS; i++)
            here = here || (links[i].link_type == 9 && begins_with(links[i].octets, links[i].length, protocol));
        for (size_t i = 0; i < sizeof others / sizeof *others; i++)
            here = here || (others[i].link_type == 9 && begins_with(others[i].octets, others[i].length, protocol));
        if (!here)
            fail_msg("no test has PPP protocol %#x", protocol);
    }
}

/* A header that names another link type may name itself: that ends. */
static void headers_within_headers(void **state) {
    static struct octets frame;

    (void)state;
    for (unsigned count = 1; count < 40; count++) {
        frame.length = 0;
        for (unsigned i = 0; i < count; i++)
            put(&frame, i + 1 < count ? "\0\0\x08\0\xc0\0\0\0" : "\0\0\x08\0\x0c\0\0\0", 8);
        put_tcp4(&frame);
        if (count <= 24)
            assert_good_segment(192, &frame);
        else
            assert_skipped(192, &frame, SKIP_UNSUPPORTED);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_link_type),           cmocka_unit_test(no_link_type_is_left_out),
        cmocka_unit_test(each_link_type_cut_short), cmocka_unit_test(frames_without_a_segment),
        cmocka_unit_test(headers_within_headers),   cmocka_unit_test(no_ppp_protocol_is_left_out),
    };

    return cmocka_run_group_tests(tests, decoder_set_up, decoder_tear_down);
}
