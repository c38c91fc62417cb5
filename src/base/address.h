/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef FINWAIT_BASE_ADDRESS_H
#define FINWAIT_BASE_ADDRESS_H

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

/* An IP address in network order. IPv4 uses the first four octets, the other twelve are zero, so that two addresses
 * can be compared with memcmp over the whole record. */
struct address {
    uint8_t version; /* 4 or 6 */
    uint8_t octets[16];
};

static inline bool address_equal(const struct address *one, const struct address *other) {
    if (one->version != other->version) {
        return false;
    }
    return memcmp(one->octets, other->octets, 4) == 0 &&
           (one->version == 4 || memcmp(one->octets + 4, other->octets + 4, 12) == 0);
}

enum { ADDRESS_TEXT_SIZE = 46 }; /* octets, with the terminating zero */

/* Writes the address as text (IPv6 as in RFC 5952, without zone or brackets) into text and returns text. */
const char *address_text(const struct address *address, char text[ADDRESS_TEXT_SIZE]);

/* The same without an end: returns the place behind. */
char *address_put(char *at, const struct address *address);

#endif
