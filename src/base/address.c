/* SPDX-License-Identifier: BSD-3-Clause */
#include "base/address.h"

#include <stdbool.h>
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

static char *put_group(char *at, unsigned group) {
    for (int shift = group >= 0x1000 ? 12 : group >= 0x100 ? 8 : group >= 0x10 ? 4 : 0; shift >= 0; shift -= 4)
        *at++ = "0123456789abcdef"[group >> shift & 15];
    return at;
}

static char *put_groups(char *at, const uint16_t *groups, unsigned count) {
    for (unsigned i = 0; i < count; i++) {
        if (i > 0)
            *at++ = ':';
        at = put_group(at, groups[i]);
    }
    return at;
}

static char *put_octet(char *at, unsigned octet) {
    if (octet >= 100)
        *at++ = (char)('0' + octet / 100);
    if (octet >= 10)
        *at++ = (char)('0' + octet / 10 % 10);
    *at++ = (char)('0' + octet % 10);
    return at;
}

static char *put_ipv4(char *at, const uint8_t *octets) {
    for (unsigned i = 0; i < 4; i++) {
        if (i > 0)
            *at++ = '.';
        at = put_octet(at, octets[i]);
    }
    return at;
}

static char *put_text(char *at, const char *text) {
    size_t size = strlen(text);

    memcpy(at, text, size);
    return at + size;
}

/* ::ffff:0:0/96: the last four octets are an IPv4 address and are written as one (RFC 5952 5). */
static bool is_mapped(const uint8_t octets[16]) {
    static const uint8_t prefix[12] = {[10] = 0xff, [11] = 0xff};

    return memcmp(octets, prefix, sizeof prefix) == 0;
}

static char *put_ipv6(char *at, const uint8_t octets[16]) {
    uint16_t groups[8];
    unsigned first, length;

    if (is_mapped(octets))
        return put_ipv4(put_text(at, "::ffff:"), octets + 12);
    for (unsigned i = 0; i < 8; i++)
        groups[i] = (uint16_t)(octets[2 * i] << 8 | octets[2 * i + 1]);
    longest_zero_run(groups, &first, &length);
    if (length == 0)
        return put_groups(at, groups, 8);
    at = put_text(put_groups(at, groups, first), "::");
    return put_groups(at, groups + first + length, 8 - first - length);
}

char *address_put(char *at, const struct address *address) {
    return address->version == 4 ? put_ipv4(at, address->octets) : put_ipv6(at, address->octets);
}

const char *address_text(const struct address *address, char text[ADDRESS_TEXT_SIZE]) {
    *address_put(text, address) = '\0';
    return text;
}
