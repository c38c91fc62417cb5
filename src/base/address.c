/* SPDX-License-Identifier: BSD-3-Clause */
#include "base/address.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

/* The longest run of at least two zero groups, the first of equals (RFC 5952 4.2). A length of 0: there is none. */
static void longest_zero_run(const uint16_t groups[8], unsigned *first, unsigned *length) {
    *first = 0;
    *length = 0;
    for (unsigned i = 0; i < 8; i++) {
        unsigned run = 0;

        while (i + run < 8 && groups[i + run] == 0)
            run++;
        if (run >= 2 && run > *length) {
            *first = i;
            *length = run;
        }
    }
}

static char *put_groups(char *at, const uint16_t *groups, unsigned count) {
    for (unsigned i = 0; i < count; i++)
        at += sprintf(at, i == 0 ? "%x" : ":%x", groups[i]);
    return at;
}

static char *put_ipv4(char *at, const uint8_t *octets) {
    return at + sprintf(at, "%u.%u.%u.%u", octets[0], octets[1], octets[2], octets[3]);
}

/* ::ffff:0:0/96: the last four octets are an IPv4 address and are written as one (RFC 5952 5). */
static bool is_mapped(const uint8_t octets[16]) {
    static const uint8_t prefix[12] = {[10] = 0xff, [11] = 0xff};

    return memcmp(octets, prefix, sizeof prefix) == 0;
}

static void put_ipv6(char *at, const uint8_t octets[16]) {
    uint16_t groups[8];
    unsigned first, length;

    if (is_mapped(octets)) {
        put_ipv4(at + sprintf(at, "::ffff:"), octets + 12);
        return;
    }
    for (unsigned i = 0; i < 8; i++)
        groups[i] = (uint16_t)(octets[2 * i] << 8 | octets[2 * i + 1]);
    longest_zero_run(groups, &first, &length);
    if (length == 0) {
        put_groups(at, groups, 8);
        return;
    }
    at = put_groups(at, groups, first);
    at += sprintf(at, "::");
    put_groups(at, groups + first + length, 8 - first - length);
}

const char *address_text(const struct address *address, char text[ADDRESS_TEXT_SIZE]) {
    if (address->version == 4)
        put_ipv4(text, address->octets);
    else
        put_ipv6(text, address->octets);
    return text;
}
