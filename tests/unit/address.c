/* SPDX-License-Identifier: BSD-3-Clause */
#include "base/address.h"

#include <arpa/inet.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

static struct address parse(const char *text) {
    struct address address;

    memset(&address, 0, sizeof address);
    address.version = strchr(text, ':') == NULL ? 4 : 6;
    assert_int_equal(inet_pton(address.version == 4 ? AF_INET : AF_INET6, text, address.octets), 1);
    return address;
}

static void assert_text(const char *given, const char *expected) {
    struct address address = parse(given);
    char text[ADDRESS_TEXT_SIZE];

    assert_ptr_equal(address_text(&address, text), text);
    assert_string_equal(text, expected);
}

static void ipv4_has_four_numbers(void **state) {
    (void)state;
    assert_text("0.0.0.0", "0.0.0.0");
    assert_text("192.0.2.1", "192.0.2.1");
    assert_text("255.255.255.255", "255.255.255.255");
}

/* Each line is a rule of RFC 5952 or one of its edges. */
static void ipv6_is_canonical(void **state) {
    (void)state;
    assert_text("2001:0db8:0000:0000:0001:0000:0000:0001", "2001:db8::1:0:0:1"); /* 4.2.3: the first of equals */
    assert_text("2001:db8:0:0:0:0:2:1", "2001:db8::2:1");
    assert_text("2001:db8:0:1:1:1:1:1", "2001:db8:0:1:1:1:1:1"); /* 4.2.2: one group is not shortened */
    assert_text("2001:0:0:1:0:0:0:1", "2001:0:0:1::1");          /* 4.2.3: the longest */
    assert_text("2001:DB8:AAAA:BBBB:CCCC:DDDD:EEEE:AAAA", "2001:db8:aaaa:bbbb:cccc:dddd:eeee:aaaa");
    assert_text("0:0:0:0:0:0:0:0", "::");
    assert_text("::1", "::1");
    assert_text("1::", "1::");
    assert_text("0:0:1::", "0:0:1::");
    assert_text("fe80::", "fe80::");
    assert_text("::ffff:192.0.2.1", "::ffff:192.0.2.1"); /* 5: mapped */
    assert_text("::fffe:c000:201", "::fffe:c000:201");
    assert_text("ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ipv4_has_four_numbers),
        cmocka_unit_test(ipv6_is_canonical),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
