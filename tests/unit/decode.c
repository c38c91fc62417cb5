/* SPDX-License-Identifier: BSD-3-Clause */
#include "decoding.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

/* What a link puts in front of IP. */

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
        cmocka_unit_test(reasons_have_names),
    };
    return cmocka_run_group_tests(tests, decoder_set_up, decoder_tear_down);
}
