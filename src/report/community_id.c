/* SPDX-License-Identifier: BSD-3-Clause */
#include "report/community_id.h"

#include "base/sha1.h"

#include <string.h>

enum { PROTOCOL_TCP = 6, MESSAGE_MAX = 2 + 16 + 16 + 2 + 2 + 2 };

/* Both directions share one identifier: the lower address comes first, and with equal ones the lower port. */
static enum side lower_side(const struct connection *connection, size_t address_size) {
    int order = memcmp(connection->address[SIDE_CLIENT].octets, connection->address[SIDE_SERVER].octets, address_size);

    if (order == 0) {
        order = (int)connection->port[SIDE_CLIENT] - (int)connection->port[SIDE_SERVER];
    }
    return order <= 0 ? SIDE_CLIENT : SIDE_SERVER;
}

static uint8_t *put_address(uint8_t *at, const struct address *address, size_t size) {
    memcpy(at, address->octets, size);
    return at + size;
}

static uint8_t *put_u16(uint8_t *at, uint16_t value) {
    at[0] = (uint8_t)(value >> 8);
    at[1] = (uint8_t)value;
    return at + 2;
}

/* RFC 4648 4; the one padding character is the last. */
static void base64(const uint8_t digest[SHA1_SIZE], char *text) {
    static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

    for (unsigned at = 0; at < SHA1_SIZE; at += 3) {
        uint32_t bits = (uint32_t)digest[at] << 16 | (uint32_t)digest[at + 1] << 8;

        bits |= at + 2 < SHA1_SIZE ? digest[at + 2] : 0;
        text[0] = alphabet[bits >> 18];
        text[1] = alphabet[bits >> 12 & 0x3f];
        text[2] = alphabet[bits >> 6 & 0x3f];
        text[3] = alphabet[bits & 0x3f];
        text += 4;
    }
    text[-1] = '=';
    *text = '\0';
}

const char *community_id(const struct connection *connection, char text[COMMUNITY_ID_SIZE]) {
    size_t address_size = connection->address[SIDE_CLIENT].version == 4 ? 4 : 16;
    enum side first = lower_side(connection, address_size);
    enum side second = other_side(first);
    uint8_t message[MESSAGE_MAX];
    uint8_t digest[SHA1_SIZE];
    uint8_t *at = put_u16(message, 0); /* the seed */

    at = put_address(at, &connection->address[first], address_size);
    at = put_address(at, &connection->address[second], address_size);
    *at++ = PROTOCOL_TCP;
    *at++ = 0;
    at = put_u16(at, connection->port[first]);
    at = put_u16(at, connection->port[second]);
    sha1(message, (size_t)(at - message), digest);
    memcpy(text, "1:", 2);
    base64(digest, text + 2);
    return text;
}
