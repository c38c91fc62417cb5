/* SPDX-License-Identifier: BSD-3-Clause */
#include "report/community_id.h"

#include <arpa/inet.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

static void set_address(struct address *address, const char *text) {
    memset(address, 0, sizeof *address);
    address->version = strchr(text, ':') != NULL ? 6 : 4;
    assert_int_equal(inet_pton(address->version == 6 ? AF_INET6 : AF_INET, text, address->octets), 1);
}

static void expect_id(const char *client, uint16_t client_port, const char *server, uint16_t server_port,
                      const char *expected) {
    struct connection connection;
    char text[COMMUNITY_ID_SIZE];

    memset(&connection, 0, sizeof connection);
    set_address(&connection.address[SIDE_CLIENT], client);
    set_address(&connection.address[SIDE_SERVER], server);
    connection.port[SIDE_CLIENT] = client_port;
    connection.port[SIDE_SERVER] = server_port;
    assert_string_equal(community_id(&connection, text), expected);
}

/* Published with the specification of the Community ID, seed 0. */
static void test_published_ids(void **state) {
    (void)state;
    expect_id("128.232.110.120", 34855, "66.35.250.204", 80, "1:LQU9qZlK+B5F3KDmev6m5PMibrg=");
    expect_id("66.35.250.204", 80, "128.232.110.120", 34855, "1:LQU9qZlK+B5F3KDmev6m5PMibrg=");
}

/* Equal addresses are ordered by port, IPv6 takes all 16 octets. Expected values from a Python program of ten lines
 * after the specification. */
static void test_both_directions_are_one_flow(void **state) {
    (void)state;
    expect_id("127.0.0.1", 40000, "127.0.0.1", 80, "1:5rFr+y3i0wpQbEhThSaj08U8BaE=");
    expect_id("127.0.0.1", 80, "127.0.0.1", 40000, "1:5rFr+y3i0wpQbEhThSaj08U8BaE=");
    expect_id("2001:db8::1", 52396, "2001:db8::2", 443, "1:a8kNOmbfvWa/DDyP9L6BrEBcnmw=");
    expect_id("2001:db8::2", 443, "2001:db8::1", 52396, "1:a8kNOmbfvWa/DDyP9L6BrEBcnmw=");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_published_ids),
        cmocka_unit_test(test_both_directions_are_one_flow),
    };

    return cmocka_run_group_tests_name("community_id", tests, NULL, NULL);
}
