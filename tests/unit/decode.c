/* SPDX-License-Identifier: BSD-3-Clause */
#include "decoding.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

enum {
    BSD_NULL = 0,
    BSD_LOOP = 108,
    RAW_OPENBSD = 14,
    RAW_LINKTYPE = 101,
    IPV4 = 228,
    IPV6 = 229,
    SLL = 113,
    SLL2 = 276,
};

/* Skipped as well, but its ports are known. */
static void assert_broken(int link_type, const struct octets *octets, enum header_fault fault, uint32_t length) {
    assert_int_equal(decode_whole(link_type, octets), DECODE_BROKEN);
    assert_int_equal(decoded.skipped, SKIP_MALFORMED);
    assert_int_equal(decoded.broken.frame, 7);
    assert_int_equal(decoded.broken.time, 1234567890);
    assert_int_equal(decoded.broken.source_port, 40000);
    assert_int_equal(decoded.broken.destination_port, 80);
    assert_int_equal(decoded.broken.fault, fault);
    assert_int_equal(decoded.broken.octets, length);
}
/* An IPv6 packet whose chain of extension headers `chain` begins with `first` and ends by naming TCP. */
static uint32_t put_chain(struct octets *frame, unsigned first, const void *chain, uint32_t chain_octets) {
    uint32_t ip = put_ipv6(frame, first), tcp;

    put(frame, chain, chain_octets);
    tcp = put_tcp(frame, TCP_ACK | TCP_PSH, NULL, 0);
    put(frame, "hello", DATA);
    finish_ipv6(frame, ip);
    finish_tcp(frame, ip, tcp);
    return ip;
}

static void ethernet_ipv4(void **state) {
    static const uint8_t source[16] = {192, 0, 2, 1}, destination[16] = {198, 51, 100, 2};
    struct octets frame = {.length = 0};

    (void)state;
    put_ethernet(&frame, 0x0800);
    put_tcp4(&frame);
    assert_good_segment(ETHERNET, &frame);
    assert_int_equal(decoded.segment.source.version, 4);
    assert_memory_equal(decoded.segment.source.octets, source, 16);
    assert_int_equal(decoded.segment.destination.version, 4);
    assert_memory_equal(decoded.segment.destination.octets, destination, 16);
    assert_int_equal(decoded.segment.hop_limit, 64);
    assert_int_equal(decoded.segment.ip_id, 0x1234);
    assert_int_equal(decoded.segment.header_octets, 20);
    assert_int_equal(decoded.segment.urgent, 0);
    assert_int_equal(decoded.segment.encapsulation, 0);
    assert_int_equal(decoded.segment.options.present, 0);
    assert_int_equal(decoded.segment.checksum_seen, get16(&frame, 14 + 20 + 16));
}

static void ethernet_ipv6(void **state) {
    struct octets frame = {.length = 0};

    (void)state;
    put_ethernet(&frame, 0x86dd);
    put_tcp6(&frame);
    assert_good_segment(ETHERNET, &frame);
    assert_int_equal(decoded.segment.source.version, 6);
    assert_memory_equal(decoded.segment.source.octets, "\x20\x01\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\x01", 16);
    assert_memory_equal(decoded.segment.destination.octets, "\x20\x01\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\x02", 16);
    assert_int_equal(decoded.segment.hop_limit, 63);
    assert_int_equal(decoded.segment.ip_id, 0x54321);
}

static void padding_is_no_payload(void **state) {
    struct octets frame = {.length = 0};

    (void)state;
    put_ethernet(&frame, 0x0800);
    put_tcp4(&frame);
    put(&frame, "\xff\xff\xff\xff\xff\xff\xff", 7);
    assert_good_segment(ETHERNET, &frame);
}

static void every_raw_link_type(void **state) {
    static const int both[] = {RAW, RAW_OPENBSD, RAW_LINKTYPE};
    struct octets four = {.length = 0}, six = {.length = 0};

    (void)state;
    put_tcp4(&four);
    put_tcp6(&six);
    for (size_t i = 0; i < sizeof both / sizeof *both; i++) {
        assert_good_segment(both[i], &four);
        assert_good_segment(both[i], &six);
    }
    assert_good_segment(IPV4, &four);
    assert_good_segment(IPV6, &six);
    assert_skipped(IPV4, &six, SKIP_MALFORMED);
    assert_skipped(IPV6, &four, SKIP_MALFORMED);
    four.at[0] = 0x55;
    assert_skipped(RAW, &four, SKIP_MALFORMED);
}

static void loopback_in_both_byte_orders(void **state) {
    static const uint8_t families[] = {10, 23, 24, 26, 28, 30};

    (void)state;
    for (size_t i = 0; i < sizeof families; i++) {
        struct octets big = {.length = 0}, little = {.length = 0};

        put32(&big, families[i]);
        put_tcp6(&big);
        put32(&little, (uint32_t)families[i] << 24);
        put_tcp6(&little);
        assert_good_segment(BSD_NULL, &little);
        assert_good_segment(BSD_LOOP, &big);
        assert_good_segment(BSD_NULL, &big);
        assert_good_segment(BSD_LOOP, &little);
    }
    for (size_t i = 0; i < 2; i++) {
        struct octets frame = {.length = 0};

        put32(&frame, i == 0 ? 2 : 2u << 24);
        put_tcp4(&frame);
        assert_good_segment(BSD_NULL, &frame);
        frame.at[i == 0 ? 3 : 0] = 7;
        assert_skipped(BSD_NULL, &frame, SKIP_NOT_IP);
    }
}

static void linux_cooked(void **state) {
    struct octets one = {.length = 0}, two = {.length = 0};

    (void)state;
    put(&one, "\0\0\0\x01\0\x06\x02\0\0\0\0\x01\0\0\x08\0", 16);
    put_tcp4(&one);
    assert_good_segment(SLL, &one);
    set16(&one, 14, 4); /* 802.2 follows */
    assert_skipped(SLL, &one, SKIP_NOT_IP);
    set16(&one, 14, 0x0800);
    set16(&one, 2, 824); /* netlink: no network */
    assert_skipped(SLL, &one, SKIP_NOT_IP);

    put(&two, "\x86\xdd\0\0\0\0\0\x02\0\x01\0\x06\x02\0\0\0\0\x01\0\0", 20);
    put_tcp6(&two);
    assert_good_segment(SLL2, &two);
    set16(&two, 8, 824);
    assert_skipped(SLL2, &two, SKIP_NOT_IP);
}

static void snap_within_802_3(void **state) {
    struct octets frame = {.length = 0};

    (void)state;
    put_ethernet(&frame, 8 + 45);
    put(&frame, "\xaa\xaa\x03\0\0\0\x08\0", 8);
    put_tcp4(&frame);
    put_zeros(&frame, 9);
    assert_good_segment(ETHERNET, &frame);
    frame.at[18] = 0x12; /* another organisation */
    assert_skipped(ETHERNET, &frame, SKIP_NOT_IP);
    frame.at[18] = 0;
    set16(&frame, 12, 100); /* more than the frame holds */
    assert_skipped(ETHERNET, &frame, SKIP_MALFORMED);
}

static void vlan_stacks(void **state) {
    static const char *const texts[] = {"vlan:10", "vlan:4094", "vlan:1"};
    static const unsigned types[] = {0x8100, 0x88a8, 0x9100, 0x9200};
    uint32_t one;

    (void)state;
    for (size_t i = 0; i < sizeof types / sizeof *types; i++) {
        struct octets frame = {.length = 0};

        put_ethernet(&frame, types[i]);
        put32(&frame, 0xe00a0800); /* the priority is no part of the identity */
        put_tcp4(&frame);
        assert_good_segment(ETHERNET, &frame);
        assert_layers(1, texts);
        if (i == 0)
            one = decoded.segment.encapsulation;
        assert_int_equal(decoded.segment.encapsulation, one);
    }
    {
        struct octets frame = {.length = 0};

        put_ethernet(&frame, 0x88a8);
        put32(&frame, 0x000a8100);
        put32(&frame, 0x0ffe8100);
        put32(&frame, 0x000186dd);
        put_tcp6(&frame);
        assert_good_segment(ETHERNET, &frame);
        assert_layers(3, texts);
        assert_int_not_equal(decoded.segment.encapsulation, one);
    }
}

static void priority_tag_is_no_vlan(void **state) {
    struct octets frame = {.length = 0};

    (void)state;
    put_ethernet(&frame, 0x8100);
    put32(&frame, 0x60000800);
    put_tcp4(&frame);
    assert_good_segment(ETHERNET, &frame);
    assert_int_equal(decoded.segment.encapsulation, 0);
}

static void nesting_is_capped(void **state) {
    (void)state;
    for (unsigned tags = 8; tags < 40; tags++)
        for (unsigned id = 0; id < 2; id++) {
            struct octets frame = {.length = 0};

            put_ethernet(&frame, 0x8100);
            for (unsigned i = 0; i < tags; i++)
                put32(&frame, id << 16 | (i + 1 < tags ? 0x8100 : 0x0800));
            put_tcp4(&frame);
            if (tags <= (id == 0 ? 24 : 8))
                assert_good_segment(ETHERNET, &frame);
            else
                assert_skipped(ETHERNET, &frame, SKIP_UNSUPPORTED);
        }
}

static void other_ethertypes(void **state) {
    static const unsigned types[] = {0x0806, 0x88cc, 0x8863, 0x9000};

    (void)state;
    for (size_t i = 0; i < sizeof types / sizeof *types; i++) {
        struct octets frame = {.length = 0};

        put_ethernet(&frame, types[i]);
        put_tcp4(&frame);
        assert_skipped(ETHERNET, &frame, SKIP_NOT_IP);
    }
}

static void links_known_and_not(void **state) {
    struct octets frame = {.length = 0};

    (void)state;
    put_tcp4(&frame);
    assert_skipped(143, &frame, SKIP_UNSUPPORTED_LINK);
    assert_false(decode_knows_link(143));
    assert_true(decode_knows_link(ETHERNET));
    assert_good_segment(RAW, &frame); /* the link type is looked up anew when it changes */
}

static void ipv4_options_and_wrong_lengths(void **state) {
    struct octets frame = {.length = 0}, plain = {.length = 0};
    uint32_t ip = put_ipv4(&frame, 6, "\x94\x04\0\0\x01\x01\x01\0", 8),
             tcp = put_tcp(&frame, TCP_ACK | TCP_PSH, NULL, 0);

    (void)state;
    put(&frame, "hello", DATA);
    finish_ipv4(&frame, ip);
    finish_tcp(&frame, ip, tcp);
    assert_good_segment(RAW, &frame);
    frame.at[0] = 0x44;
    assert_skipped(RAW, &frame, SKIP_MALFORMED); /* a header of 16 octets */

    put_tcp4(&plain);
    set16(&plain, 2, 19);
    assert_skipped(RAW, &plain, SKIP_MALFORMED); /* less than the header */
    set16(&plain, 2, 39);
    assert_broken(RAW, &plain, HEADER_SHORT, 19); /* less than a TCP header behind it */
    set16(&plain, 2, 20);
    assert_skipped(RAW, &plain, SKIP_MALFORMED);
    set16(&plain, 2, 46);
    assert_int_equal(decode_cut(RAW, &plain, 40, 45), DECODE_SKIPPED); /* more than the frame had on the wire */
    assert_int_equal(decoded.skipped, SKIP_MALFORMED);
}

/* Where the file's length on the wire is the captured one, it may be a cut frame whose true length was lost. */
static void lost_wire_length(void **state) {
    struct octets frame = {.length = 0};

    (void)state;
    put_tcp4(&frame);
    set16(&frame, 2, 1500);
    assert_int_equal(decode_whole(RAW, &frame), DECODE_SEGMENT);
    assert_int_equal(decoded.segment.length, 1460);
    assert_int_equal(decoded.segment.payload_captured, DATA);
    assert_int_equal(decoded.segment.checksum, CHECKSUM_UNVERIFIED);
    assert_int_equal(decode_cut(RAW, &frame, 30, 30), DECODE_BROKEN);
    assert_int_equal(decoded.skipped, SKIP_TRUNCATED);
    assert_int_equal(decoded.broken.fault, HEADER_CUT);
    assert_int_equal(decoded.broken.octets, 10);
    assert_int_equal(decode_cut(RAW, &frame, frame.length, 0), DECODE_SEGMENT);
    assert_int_equal(decoded.segment.length, 1460);
}

/* Segmentation offload: total length 0 means "to the end of the frame". */
static void ipv4_without_length(void **state) {
    static struct octets frame;
    uint32_t ip, tcp;

    (void)state;
    frame.length = 0;
    put_ethernet(&frame, 0x0800);
    ip = put_ipv4(&frame, 6, NULL, 0);
    tcp = put_tcp(&frame, TCP_ACK | TCP_PSH, NULL, 0);
    put_zeros(&frame, 66000);
    finish_tcp(&frame, ip, tcp);
    assert_int_equal(decode_whole(ETHERNET, &frame), DECODE_SEGMENT);
    assert_int_equal(decoded.segment.length, 66000);
    assert_int_equal(decoded.segment.checksum, CHECKSUM_GOOD);
    assert_int_equal(decode_cut(ETHERNET, &frame, 54, frame.length), DECODE_SEGMENT);
    assert_int_equal(decoded.segment.length, 66000);
    assert_int_equal(decoded.segment.odd & ODD_NO_LENGTH, ODD_NO_LENGTH);
    frame.length = 60; /* as short as a padded frame: no length can be taken from it */
    assert_skipped(ETHERNET, &frame, SKIP_MALFORMED);
    frame.length = 14 + 20 + 20 + 12; /* options, and nothing that offload could have made longer */
    frame.at[tcp + 12] = 0x80;
    memset(frame.at + tcp + 20, 1, 12);
    finish_tcp(&frame, ip, tcp);
    assert_int_equal(decode_whole(ETHERNET, &frame), DECODE_SEGMENT);
    assert_int_equal(decoded.segment.length, 0);
    assert_int_equal(decoded.segment.odd & ODD_NO_LENGTH, 0);
}

static void ipv6_jumbo(void **state) {
    static struct octets frame;
    uint32_t ip, tcp;

    (void)state;
    frame.length = 0;
    ip = put_ipv6(&frame, 0);
    put(&frame, "\x06\0\xc2\x04\0\x01\x01\xf4", 8); /* 66036 = 8 + 20 + 66008 */
    tcp = put_tcp(&frame, TCP_ACK | TCP_PSH, NULL, 0);
    put_zeros(&frame, 66008);
    finish_tcp(&frame, ip, tcp);
    put_zeros(&frame, 11); /* a trailer */
    assert_int_equal(decode_whole(RAW, &frame), DECODE_SEGMENT);
    assert_int_equal(decoded.segment.length, 66008);
    assert_int_equal(decoded.segment.checksum, CHECKSUM_GOOD);
    frame.at[45] = 2;
    assert_skipped(RAW, &frame, SKIP_MALFORMED); /* longer than the frame */
    frame.at[43] = 5;
    assert_skipped(RAW, &frame, SKIP_MALFORMED); /* an option that leaves its header */
}

static void ipv6_extension_chains(void **state) {
    static const struct {
        unsigned first;
        const char *chain;
        uint32_t length;
    } cases[] = {
        {0, "\x06\0\x01\x04\0\0\0\0", 8},                                       /* hop-by-hop */
        {60, "\x06\x01\x01\x0c\0\0\0\0\0\0\0\0\0\0\0\0", 16},                   /* destination options */
        {43, "\x06\0\0\0\0\0\0\0", 8},                                          /* routing, nothing left */
        {51, "\x06\x04\0\0\0\0\0\x01\0\0\0\x01\1\2\3\4\5\6\7\x08\1\2\3\4", 24}, /* authentication */
        {44, "\x06\0\0\0\0\0\0\x09", 8},                                        /* a fragment that is the whole */
        {135, "\x06\0\0\0\0\0\0\0", 8},                                         /* mobility */
        {0, "\x3c\0\x01\x04\0\0\0\0\x2b\0\x01\x04\0\0\0\0\x2c\0\0\0\0\0\0\0\x06\0\0\0\0\0\0\x09", 32},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct octets frame = {.length = 0};

        put_chain(&frame, cases[i].first, cases[i].chain, cases[i].length);
        assert_good_segment(RAW, &frame);
        frame.at[41] = 200; /* a header that is longer than its packet */
        if (cases[i].first != 44)
            assert_skipped(RAW, &frame, SKIP_MALFORMED);
    }
}

static void extension_headers_are_capped(void **state) {
    (void)state;
    for (unsigned headers = 20; headers < 30; headers++) {
        struct octets frame = {.length = 0};
        uint8_t chain[8 * 30] = {0};

        for (unsigned i = 0; i < headers; i++)
            chain[8 * i] = i + 1 < headers ? 60 : 6;
        put_chain(&frame, 60, chain, 8 * headers);
        if (headers <= 24)
            assert_good_segment(RAW, &frame);
        else
            assert_skipped(RAW, &frame, SKIP_UNSUPPORTED);
    }
}

/* While segments are left the connection ends at the last address, and that one is in the pseudo-header. */
static void routing_header_names_the_destination(void **state) {
    static const unsigned types[] = {0, 2, 4};

    (void)state;
    for (size_t i = 0; i < 3; i++) {
        struct octets frame = {.length = 0};
        uint8_t chain[24] = {6, 2, (uint8_t)types[i], 1, [8] = 0x20, 0x01, 0x0d, 0xb8, [23] = 0x99};

        put_chain(&frame, 43, chain, 24);
        /* finish_tcp knew only the address in the IPv6 header: ...:2 is ...:99 now */
        set16(&frame, 40 + 24 + 16, reference_fold(get16(&frame, 40 + 24 + 16) + 0xffff - 0x97));
        assert_good_segment(RAW, &frame);
        assert_int_equal(decoded.segment.destination.octets[15], 0x99);
    }
}

static void other_protocols(void **state) {
    static const struct {
        unsigned protocol;
        enum skip_reason four, six;
    } cases[] = {
        {17, SKIP_NOT_TCP, SKIP_NOT_TCP},          {132, SKIP_NOT_TCP, SKIP_NOT_TCP},
        {59, SKIP_NOT_TCP, SKIP_NOT_TCP},          {50, SKIP_UNSUPPORTED, SKIP_UNSUPPORTED},
        {108, SKIP_UNSUPPORTED, SKIP_UNSUPPORTED}, {46, SKIP_NOT_TCP, SKIP_NOT_TCP},
        {58, SKIP_NOT_TCP, SKIP_NOT_TCP},          {0, SKIP_NOT_TCP, SKIP_MALFORMED},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct octets four = {.length = 0}, six = {.length = 0};

        put_tcp4(&four);
        four.at[9] = (uint8_t)cases[i].protocol;
        assert_skipped(RAW, &four, cases[i].four);
        put_tcp6(&six);
        six.at[6] = (uint8_t)cases[i].protocol;
        assert_skipped(RAW, &six, cases[i].six);
    }
}

static void wrong_data_offsets(void **state) {
    struct octets frame = {.length = 0};

    (void)state;
    put_tcp4(&frame);
    for (unsigned words = 0; words < 16; words++) {
        frame.at[32] = (uint8_t)(words << 4);
        if (words == 5 || words == 6) {
            assert_int_equal(decode_whole(RAW, &frame), DECODE_SEGMENT);
            assert_int_equal(decoded.segment.length, DATA - (words - 5) * 4);
        } else {
            assert_broken(RAW, &frame, words < 5 ? HEADER_OFFSET_LOW : HEADER_OFFSET_BEYOND, 20 + DATA);
            assert_int_equal(decoded.broken.offset, words);
        }
    }
}

static void all_flags(void **state) {
    struct octets frame = {.length = 0};

    (void)state;
    put_tcp4(&frame);
    set16(&frame, 32, 0x5fff);
    set16(&frame, 38, 0xbeef);
    assert_int_equal(decode_whole(RAW, &frame), DECODE_SEGMENT);
    assert_int_equal(decoded.segment.flags,
                     TCP_FIN | TCP_SYN | TCP_RST | TCP_PSH | TCP_ACK | TCP_URG | TCP_ECE | TCP_CWR | TCP_AE);
    assert_int_equal(decoded.segment.urgent, 0xbeef);
}

/* Every length of payload, so that each way through the sum is taken, and each octet changed is noticed. */
static void checksum_good_and_bad(void **state) {
    (void)state;
    for (uint32_t length = 0; length < 100; length++)
        for (unsigned version = 4; version <= 6; version += 2) {
            struct octets frame = {.length = 0};
            uint32_t ip = version == 4 ? put_ipv4(&frame, 6, NULL, 0) : put_ipv6(&frame, 6);
            uint32_t tcp = put_tcp(&frame, TCP_ACK, NULL, 0);
            unsigned right;

            for (uint32_t i = 0; i < length; i++)
                put8(&frame, 0x35 + i * 91);
            if (version == 4)
                finish_ipv4(&frame, ip);
            else
                finish_ipv6(&frame, ip);
            finish_tcp(&frame, ip, tcp);
            right = get16(&frame, tcp + 16);
            assert_int_equal(decode_whole(RAW, &frame), DECODE_SEGMENT);
            assert_int_equal(decoded.segment.checksum, CHECKSUM_GOOD);
            set16(&frame, tcp + 16, right ^ 0x0400);
            assert_int_equal(decode_whole(RAW, &frame), DECODE_SEGMENT);
            assert_int_equal(decoded.segment.checksum, CHECKSUM_BAD);
            assert_int_equal(decoded.segment.checksum_seen, right ^ 0x0400);
            assert_int_equal(decoded.segment.checksum_expected, right);
            set16(&frame, tcp + 16, right);
            frame.at[frame.length - 1] ^= 0x10;
            assert_int_equal(decode_whole(RAW, &frame), DECODE_SEGMENT);
            assert_int_equal(decoded.segment.checksum, CHECKSUM_BAD);
        }
}

static void checksum_offloaded_or_unverified(void **state) {
    struct octets frame = {.length = 0};
    unsigned with_length, without;

    (void)state;
    put_tcp6(&frame);
    with_length = reference_fold(pseudo_sum(&frame, 0, 25));
    without = reference_fold(pseudo_sum(&frame, 0, 0));
    set16(&frame, 56, with_length);
    assert_int_equal(decode_whole(RAW, &frame), DECODE_SEGMENT);
    assert_int_equal(decoded.segment.checksum, CHECKSUM_OFFLOADED);
    set16(&frame, 56, without);
    assert_int_equal(decode_whole(RAW, &frame), DECODE_SEGMENT);
    assert_int_equal(decoded.segment.checksum, CHECKSUM_OFFLOADED);
    set16(&frame, 56, with_length + 1);
    assert_int_equal(decode_whole(RAW, &frame), DECODE_SEGMENT);
    assert_int_equal(decoded.segment.checksum, CHECKSUM_BAD);
    assert_int_equal(decode_cut(RAW, &frame, frame.length - 1, frame.length), DECODE_SEGMENT);
    assert_int_equal(decoded.segment.checksum, CHECKSUM_UNVERIFIED);
}

static const char syn_options[20] = "\x02\x04\x05\xb4\x04\x02\x08\x0a\0\0\0\x01\0\0\0\0\x01\x03\x03\x07";

static void put_deep(struct octets *frame) {
    uint32_t ip, tcp;

    put_ethernet(frame, 0x88a8);
    put32(frame, 0x000a8100);
    put32(frame, 0x001486dd);
    ip = put_ipv6(frame, 0);
    put(frame, "\x2b\0\x01\x04\0\0\0\0\x06\0\0\0\0\0\0\0", 16);
    tcp = put_tcp(frame, TCP_ACK | TCP_PSH, syn_options, 20);
    put(frame, "hello", DATA);
    finish_ipv6(frame, ip);
    finish_tcp(frame, ip, tcp);
}

/* Whatever the snapshot leaves of a frame: truncated, or the same segment as far as the headers say. */
static void every_snapshot_length(void **state) {
    struct octets frame = {.length = 0};
    uint32_t tcp = 14 + 8 + 40 + 16;

    (void)state;
    put_deep(&frame);
    for (uint32_t captured = 0; captured <= frame.length; captured++) {
        enum decode_result result = decode_cut(ETHERNET, &frame, captured, frame.length);

        if (captured < tcp + 20) {
            assert_int_equal(result, captured < tcp + 4 ? DECODE_SKIPPED : DECODE_BROKEN);
            assert_int_equal(decoded.skipped, SKIP_TRUNCATED);
            continue;
        }
        assert_int_equal(result, DECODE_SEGMENT);
        assert_segment();
        assert_int_equal(decoded.segment.header_octets, 40);
        assert_int_equal((decoded.segment.options.present & OPTION_CUT) != 0, captured < tcp + 40);
        assert_int_equal(decoded.segment.payload_captured, captured < tcp + 40 ? 0 : captured - tcp - 40);
        assert_int_equal(decoded.segment.checksum, captured == frame.length ? CHECKSUM_GOOD : CHECKSUM_UNVERIFIED);
        assert_int_equal((decoded.segment.odd & ODD_CUT) != 0, captured < frame.length);
    }
}

/* Of a segment without payload what is cut is options. */
static void every_snapshot_length_of_a_syn(void **state) {
    struct octets frame = {.length = 0};
    uint32_t ip = put_ipv4(&frame, 6, NULL, 0), tcp = put_tcp(&frame, TCP_SYN, "\2\4\x05\xb4\4\2\1\1", 8);

    (void)state;
    finish_tcp(&frame, ip, tcp);
    finish_ipv4(&frame, ip);
    for (uint32_t captured = 0; captured < tcp + 4; captured++) {
        assert_int_equal(decode_cut(RAW, &frame, captured, frame.length), DECODE_SKIPPED);
        assert_int_equal(decoded.skipped, SKIP_TRUNCATED);
    }
    for (uint32_t captured = tcp + 20; captured <= frame.length; captured++) {
        assert_int_equal(decode_cut(RAW, &frame, captured, frame.length), DECODE_SEGMENT);
        assert_int_equal((decoded.segment.odd & ODD_CUT) != 0, captured < frame.length);
        assert_int_equal((decoded.segment.options.present & OPTION_CUT) != 0, captured < frame.length);
        assert_int_equal((decoded.segment.options.present & OPTION_MSS) != 0, captured >= tcp + 24);
        assert_int_equal(decoded.segment.options.present & OPTION_MALFORMED, 0);
        assert_int_equal(decoded.segment.length, 0);
    }
}

/* Whatever a frame that really ends there yields: nothing is read beyond it, and it is no complete segment. */
static void every_frame_length(void **state) {
    struct octets frame = {.length = 0};

    (void)state;
    put_deep(&frame);
    for (uint32_t length = 0; length < frame.length; length++) {
        enum decode_result result =
            decode_cut(ETHERNET, &frame, length, length + 1 < frame.length ? length + 1 : length);

        assert_true(result == DECODE_SEGMENT || decoded.skipped == SKIP_MALFORMED || decoded.skipped == SKIP_TRUNCATED);
        if (result == DECODE_SEGMENT)
            assert_int_equal(decoded.segment.checksum, CHECKSUM_UNVERIFIED);
    }
}

/* Octets turned over at random, with any length: every frame has an end of its own, and a sanitizer sees no fault. */
static void any_octets_at_all(void **state) {
    static const int links[] = {ETHERNET, BSD_NULL, RAW, SLL, SLL2};
    uint32_t random = 1;

    (void)state;
    for (unsigned round = 0; round < 200000; round++) {
        struct octets frame;
        uint32_t cut;

        frame.length = 0;
        put_deep(&frame);
        for (unsigned i = 0; i < 1 + round % 4; i++) {
            random = random * 1664525 + 1013904223;
            frame.at[(random >> 8) % frame.length] = (uint8_t)(random >> 24);
        }
        random = random * 1664525 + 1013904223;
        cut = (random >> 8) % (frame.length + 1);
        if (decode_cut(links[round % 5], &frame, cut, round % 3 == 0 ? cut : frame.length) == DECODE_SKIPPED)
            assert_true(decoded.skipped > SKIP_FILTERED && decoded.skipped < SKIP_REASONS);
    }
}

/* An error that quotes the first octets of a segment, from a router at 203.0.113.9. */
static void put_icmp4(struct octets *frame, unsigned type, unsigned code, uint32_t quoted) {
    struct octets inner = {.length = 0};
    uint32_t ip = put_ipv4(frame, 1, NULL, 0);

    memcpy(frame->at + ip + 12, "\xcb\0\x71\x09", 4);
    put8(frame, type);
    put8(frame, code);
    put_zeros(frame, 6);
    put_tcp4(&inner);
    set16(&inner, 2, 1500);
    put(frame, inner.at, quoted);
    finish_ipv4(frame, ip);
}

static void icmp_errors(void **state) {
    (void)state;
    for (unsigned type = 0; type < 256; type++) {
        struct octets frame = {.length = 0};
        const struct icmp_error *error = &decoded.icmp_error;

        put_icmp4(&frame, type, 13, 28);
        if (type != 3 && type != 4 && type != 11 && type != 12) {
            assert_skipped(RAW, &frame, SKIP_NOT_TCP);
            continue;
        }
        assert_int_equal(decode_whole(RAW, &frame), DECODE_ICMP_ERROR);
        assert_int_equal(error->frame, 7);
        assert_int_equal(error->time, 1234567890);
        assert_memory_equal(error->reporter.octets, "\xcb\0\x71\x09\0\0\0\0\0\0\0\0\0\0\0\0", 16);
        assert_memory_equal(error->source.octets, "\xc0\0\x02\x01\0\0\0\0\0\0\0\0\0\0\0\0", 16);
        assert_memory_equal(error->destination.octets, "\xc6\x33\x64\x02\0\0\0\0\0\0\0\0\0\0\0\0", 16);
        assert_int_equal(error->source_port, 40000);
        assert_int_equal(error->destination_port, 80);
        assert_int_equal(error->seq, 0x10203040);
        assert_int_equal(error->type, type);
        assert_int_equal(error->code, 13);
        assert_int_equal(error->network, 0);
    }
}

static void icmp_that_says_nothing_of_tcp(void **state) {
    struct octets frame = {.length = 0};

    (void)state;
    put_icmp4(&frame, 3, 1, 27); /* an octet short of the sequence number */
    assert_skipped(RAW, &frame, SKIP_NOT_TCP);
    frame.length = 0;
    put_icmp4(&frame, 3, 1, 28);
    assert_int_equal(decode_cut(RAW, &frame, 55, 56), DECODE_SKIPPED);
    assert_int_equal(decoded.skipped, SKIP_TRUNCATED);
    frame.at[28 + 9] = 17;
    assert_skipped(RAW, &frame, SKIP_NOT_TCP);
    frame.at[28 + 9] = 6;
    set16(&frame, 28 + 6, 0x0001); /* a later fragment has no ports */
    assert_skipped(RAW, &frame, SKIP_NOT_TCP);
    set16(&frame, 28 + 6, 0);
    frame.at[28] = 0x65;
    assert_skipped(RAW, &frame, SKIP_NOT_TCP);
}

static void icmpv6_errors(void **state) {
    static const uint8_t reporter[16] = {0x20, 0x01, 0x0d, 0xb8, [15] = 0xfe};

    (void)state;
    for (unsigned type = 0; type < 256; type++) {
        struct octets frame = {.length = 0}, inner = {.length = 0};
        uint32_t ip = put_ipv6(&frame, 58);

        frame.at[ip + 8 + 15] = 0xfe;
        put8(&frame, type);
        put8(&frame, 4);
        put_zeros(&frame, 6);
        put_chain(&inner, 0, "\x2c\0\x01\x04\0\0\0\0\x06\0\0\x01\0\0\0\x09", 16);
        put(&frame, inner.at, 40 + 16 + 8);
        finish_ipv6(&frame, ip);
        if (type < 1 || type > 4) {
            assert_skipped(RAW, &frame, SKIP_NOT_TCP);
            continue;
        }
        assert_int_equal(decode_whole(RAW, &frame), DECODE_ICMP_ERROR);
        assert_memory_equal(decoded.icmp_error.reporter.octets, reporter, 16);
        assert_int_equal(decoded.icmp_error.source.version, 6);
        assert_int_equal(decoded.icmp_error.source.octets[15], 1);
        assert_int_equal(decoded.icmp_error.destination.octets[15], 2);
        assert_int_equal(decoded.icmp_error.seq, 0x10203040);
        assert_int_equal(decoded.icmp_error.type, type);
        set16(&frame, 48 + 40 + 8 + 2, 0x0009);
        assert_skipped(RAW, &frame, SKIP_NOT_TCP);
    }
}

static void reasons_have_names(void **state) {
    (void)state;
    assert_string_equal(skip_name(SKIP_NOT_IP), "not-ip");
    assert_string_equal(skip_name(SKIP_UNSUPPORTED_LINK), "unsupported-link");
    for (unsigned reason = 0; reason < SKIP_REASONS; reason++)
        for (unsigned other = 0; other < reason; other++)
            assert_string_not_equal(skip_name((enum skip_reason)reason), skip_name((enum skip_reason)other));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ethernet_ipv4),
        cmocka_unit_test(ethernet_ipv6),
        cmocka_unit_test(padding_is_no_payload),
        cmocka_unit_test(every_raw_link_type),
        cmocka_unit_test(loopback_in_both_byte_orders),
        cmocka_unit_test(linux_cooked),
        cmocka_unit_test(snap_within_802_3),
        cmocka_unit_test(vlan_stacks),
        cmocka_unit_test(priority_tag_is_no_vlan),
        cmocka_unit_test(nesting_is_capped),
        cmocka_unit_test(other_ethertypes),
        cmocka_unit_test(links_known_and_not),
        cmocka_unit_test(ipv4_options_and_wrong_lengths),
        cmocka_unit_test(lost_wire_length),
        cmocka_unit_test(ipv4_without_length),
        cmocka_unit_test(ipv6_jumbo),
        cmocka_unit_test(ipv6_extension_chains),
        cmocka_unit_test(extension_headers_are_capped),
        cmocka_unit_test(routing_header_names_the_destination),
        cmocka_unit_test(other_protocols),
        cmocka_unit_test(wrong_data_offsets),
        cmocka_unit_test(all_flags),
        cmocka_unit_test(checksum_good_and_bad),
        cmocka_unit_test(checksum_offloaded_or_unverified),
        cmocka_unit_test(every_snapshot_length),
        cmocka_unit_test(every_snapshot_length_of_a_syn),
        cmocka_unit_test(every_frame_length),
        cmocka_unit_test(any_octets_at_all),
        cmocka_unit_test(icmp_errors),
        cmocka_unit_test(icmp_that_says_nothing_of_tcp),
        cmocka_unit_test(icmpv6_errors),
        cmocka_unit_test(reasons_have_names),
    };

    return cmocka_run_group_tests(tests, decoder_set_up, decoder_tear_down);
}
