/* SPDX-License-Identifier: BSD-3-Clause */
#include "decode/options.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static struct tcp_options options;

/* Reads the first `captured` of the octets, from a buffer of just that size. */
static void read_cut(const char *octets, uint32_t captured, uint32_t length) {
    uint8_t *exact = malloc(captured == 0 ? 1 : captured);

    assert_non_null(exact);
    if (captured != 0)
        memcpy(exact, octets, captured);
    memset(&options, 0xa5, sizeof options);
    options_read(&options, exact, captured, length);
    free(exact);
}

static void read_all(const char *octets, uint32_t length) {
    read_cut(octets, length, length);
}

static void none(void **state) {
    (void)state;
    read_all("", 0);
    assert_int_equal(options.present, 0);
    assert_int_equal(options.mss, 0);
    assert_int_equal(options.window_scale, 0);
    assert_int_equal(options.sack_count, 0);
    assert_int_equal(options.timestamp_value, 0);
}

static void of_a_syn(void **state) {
    (void)state;
    read_all("\x02\x04\x05\xb4\x04\x02\x08\x0a\1\2\3\4\0\0\0\0\x01\x03\x03\x0e", 20);
    assert_int_equal(options.present, OPTION_MSS | OPTION_SACK_PERMITTED | OPTION_TIMESTAMPS | OPTION_WINDOW_SCALE);
    assert_int_equal(options.mss, 1460);
    assert_int_equal(options.window_scale, 14);
    assert_int_equal(options.timestamp_value, 0x01020304);
    assert_int_equal(options.timestamp_echo, 0);
}

/* What Linux sends is known at a look: whatever is wrong with it, it is read as behind four octets of nothing. */
static void nearly_of_a_syn(void **state) {
    enum { PADDING = 4, OCTETS = 20 };
    const char syn[] = "\x01\x01\x01\x01\x02\x04\x05\xb4\x04\x02\x08\x0a\1\2\3\4\5\6\7\x08\x01\x03\x03\x0e";

    (void)state;
    for (int bit = 0; bit < 8 * OCTETS; bit++) {
        char damaged[PADDING + OCTETS];
        memcpy(damaged, syn, sizeof damaged);
        damaged[PADDING + bit / 8] ^= (char)(1 << bit % 8);
        read_all(damaged, PADDING + OCTETS);
        const struct tcp_options expected = options;
        read_all(damaged + PADDING, OCTETS);
        assert_memory_equal(&options, &expected, offsetof(struct tcp_options, sack));
        read_cut(damaged, PADDING + OCTETS - 1, PADDING + OCTETS);
        const uint16_t present = options.present;
        read_cut(damaged + PADDING, OCTETS - 1, OCTETS);
        assert_int_equal(options.present, present);
    }
}

static void timestamps_alone(void **state) {
    (void)state;
    read_all("\x01\x01\x08\x0a\1\2\3\4\5\6\7\x08", 12);
    assert_int_equal(options.present, OPTION_TIMESTAMPS);
    assert_int_equal(options.timestamp_value, 0x01020304);
    assert_int_equal(options.timestamp_echo, 0x05060708);
    assert_int_equal(options.mss, 0);
    assert_int_equal(options.sack_count, 0);
    read_all("\x08\x0a\1\2\3\4\5\6\7\x08\x01\x01", 12); /* the other way round */
    assert_int_equal(options.present, OPTION_TIMESTAMPS);
    assert_int_equal(options.timestamp_echo, 0x05060708);
}

static void selective_acknowledgements(void **state) {
    (void)state;
    read_all("\x01\x01\x05\x22\0\0\0\1\0\0\0\2\0\0\0\3\0\0\0\4\0\0\0\5\0\0\0\6\xff\0\0\7\xff\0\0\x08", 36);
    assert_int_equal(options.present, OPTION_SACK);
    assert_int_equal(options.sack_count, 4);
    assert_int_equal(options.sack[0].begin, 1);
    assert_int_equal(options.sack[0].end, 2);
    assert_int_equal(options.sack[3].begin, 0xff000007);
    assert_int_equal(options.sack[3].end, 0xff000008);
}

static void end_of_list_ends(void **state) {
    (void)state;
    read_all("\x01\x00\x02\x04\x05\xb4\x63\x00", 8);
    assert_int_equal(options.present, 0);
}

static void unknown_kinds_are_stepped_over(void **state) {
    (void)state;
    read_all("\xad\x05\1\2\3\xfd\x02\x02\x04\x05\x00\x01", 12);
    assert_int_equal(options.present, OPTION_MSS);
    assert_int_equal(options.mss, 1280);
}

static void fast_open(void **state) {
    (void)state;
    read_all("\x22\x02\x01\x01", 4);
    assert_int_equal(options.present, OPTION_FAST_OPEN);
    assert_int_equal(options.fast_open_cookie_length, 0);
    read_all("\x22\x0a\1\2\3\4\5\6\7\x08\x01\x01", 12);
    assert_int_equal(options.present, OPTION_FAST_OPEN);
    assert_int_equal(options.fast_open_cookie_length, 8);
    read_all("\xfe\x08\xf9\x89\1\2\3\4", 8);
    assert_int_equal(options.present, OPTION_FAST_OPEN);
    assert_int_equal(options.fast_open_cookie_length, 4);
    read_all("\xfe\x04\xf9\x88", 4); /* another experiment */
    assert_int_equal(options.present, 0);
    read_all("\x22\x07\1\2\3\4\5\x01", 8); /* an odd cookie */
    assert_int_equal(options.present, OPTION_MALFORMED);
}

static void others(void **state) {
    (void)state;
    read_all("\x1e\x04\x20\1\x1e\x04\x30\1\x1c\x04\x80\x05", 12); /* two of Multipath TCP, user timeout */
    assert_int_equal(options.present, OPTION_MPTCP | OPTION_USER_TIMEOUT);
    assert_int_equal(options.mptcp_subtype, 3);
    read_all("\x1e\x0c\x10\x01\xde\xad\xbe\xef\1\2\3\4", 12); /* MP_JOIN of a SYN */
    assert_int_equal(options.mptcp_subtype, 1);
    assert_int_equal(options.mptcp_token, 0xdeadbeef);
    read_all("\x1e\x0c\x01\x81\xde\xad\xbe\xef\1\2\3\4", 12); /* MP_CAPABLE with a key: no token */
    assert_int_equal(options.mptcp_subtype, 0);
    assert_int_equal(options.mptcp_version, 1);
    assert_int_equal(options.mptcp_token, 0);
}

static void repeated(void **state) {
    (void)state;
    read_all("\x02\x04\x05\xb4\x02\x04\x02\x00", 8);
    assert_int_equal(options.present, OPTION_MSS | OPTION_REPEATED);
    assert_int_equal(options.mss, 512);
}

/* After what is malformed nothing is read, what came before it stays. */
static void malformed(void **state) {
    static const struct {
        const char *octets;
        const char *what;
    } cases[] = {
        {"\x03\x03\x02\x09\x00\x02\x04\x05", "a length of 0"},
        {"\x03\x03\x02\x09\x01\x02\x04\x05", "a length of 1"},
        {"\x03\x03\x02\x09\x06\1\2\3", "past the header"},
        {"\x03\x03\x02\x01\x01\x01\x01\x09", "a kind without a length"},
        {"\x03\x03\x02\x02\x03\x05\x01\x01", "MSS of three octets"},
        {"\x03\x03\x02\x08\x05\1\2\3", "timestamps of five"},
        {"\x03\x03\x02\x04\x03\x05\x01\x01", "SACK-permitted of three"},
        {"\x03\x03\x02\x05\x05\1\2\3", "SACK of five"},
        {"\x03\x03\x02\x1e\x02\x01\x01\x01", "Multipath TCP without a subtype"},
        {"\x03\x03\x02\x13\x05\1\2\3", "MD5 signature of five"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        read_all(cases[i].octets, 8);
        if (options.present != (OPTION_WINDOW_SCALE | OPTION_MALFORMED))
            fail_msg("%s: %#x", cases[i].what, options.present);
        assert_int_equal(options.window_scale, 2);
    }
    read_all("\x05\x0b\1\2\3\4\5\6\7\x08\x09\x01", 12);
    assert_int_equal(options.present, OPTION_MALFORMED);
}

/* A snapshot that ends within the options gives those before its end, and says that it is not all. */
static void cut(void **state) {
    static const char octets[] = "\x02\x04\x05\xb4\x04\x02\x08\x0a\1\2\3\4\0\0\0\0\x01\x03\x03\x07";

    (void)state;
    for (uint32_t captured = 0; captured <= 20; captured++) {
        uint16_t expected = captured < 20 ? OPTION_CUT : 0;

        expected |= captured >= 4 ? OPTION_MSS : 0;
        expected |= captured >= 6 ? OPTION_SACK_PERMITTED : 0;
        expected |= captured >= 16 ? OPTION_TIMESTAMPS : 0;
        expected |= captured >= 20 ? OPTION_WINDOW_SCALE : 0;
        read_cut(octets, captured, 20);
        assert_int_equal(options.present, expected);
    }
    read_cut("\x01\x01\x08\x0a\1\2\3\4", 8, 12);
    assert_int_equal(options.present, OPTION_CUT);
    assert_int_equal(options.timestamp_value, 0);
    read_cut("\x00\x00", 2, 8); /* nothing that counts was cut */
    assert_int_equal(options.present, 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(none),
        cmocka_unit_test(of_a_syn),
        cmocka_unit_test(nearly_of_a_syn),
        cmocka_unit_test(timestamps_alone),
        cmocka_unit_test(selective_acknowledgements),
        cmocka_unit_test(end_of_list_ends),
        cmocka_unit_test(unknown_kinds_are_stepped_over),
        cmocka_unit_test(fast_open),
        cmocka_unit_test(others),
        cmocka_unit_test(repeated),
        cmocka_unit_test(malformed),
        cmocka_unit_test(cut),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
