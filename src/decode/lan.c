/* SPDX-License-Identifier: BSD-3-Clause */
/* Local networks other than Ethernet and IEEE 802.11. */
#include "decode/walk.h"

enum decode_result walk_fddi(struct walk *walk) {
    enum { CLASS = 0x70, LLC_FRAME = 0x50 }; /* asynchronous LLC, of any priority */
    const uint8_t *header = walk_open(walk, 13);

    if (header == NULL)
        return DECODE_SKIPPED;
    return (header[0] & CLASS) == LLC_FRAME ? walk_llc(walk) : walk_skip(walk, SKIP_NOT_IP);
}

/* IEEE 802.5; a source address with the first bit on announces a field of routing information. */
enum decode_result walk_token_ring(struct walk *walk) {
    enum { FRAME_TYPE = 0xc0, LLC_FRAME = 0x40, SOURCE_AT = 8, ROUTED = 0x80, ROUTING_LENGTH = 0x1f };
    const uint8_t *header = walk_open(walk, 14);
    enum cursor_status status;
    uint32_t routing;

    if (header == NULL)
        return DECODE_SKIPPED;
    if ((header[1] & FRAME_TYPE) != LLC_FRAME)
        return walk_skip(walk, SKIP_NOT_IP);
    if ((header[SOURCE_AT] & ROUTED) != 0) {
        status = cursor_check(&walk->rest, 2);
        if (status != CURSOR_OK)
            return walk_stop(walk, status);
        routing = walk->rest.at[0] & ROUTING_LENGTH;
        if (routing < 2)
            return walk_skip(walk, SKIP_MALFORMED);
        if (walk_open(walk, routing) == NULL)
            return DECODE_SKIPPED;
    }
    return walk_llc(walk);
}

/* --- ARCnet ------------------------------------------------------------------------------------------------------ */

enum {
    ARCNET_IP_OLD = 240, /* RFC 1051: nothing follows the type */
    ARCNET_ARP_OLD = 241,
    ARCNET_IP = 212, /* RFC 1201: a flag octet and a sequence number do */
    ARCNET_IPV6 = 196,
    ARCNET_EXCEPTION = 0xff, /* as the flag: type, flag and number come again */
};

static enum decode_result walk_arcnet_payload(struct walk *walk, uint8_t type) {
    if (type == ARCNET_IP || type == ARCNET_IP_OLD)
        return walk_ipv4(walk);
    return type == ARCNET_IPV6 ? walk_ipv6(walk) : walk_skip(walk, SKIP_NOT_IP);
}

/* What follows the type; a flag other than 0 means a part of a packet. */
static enum decode_result walk_arcnet_rest(struct walk *walk, uint8_t type) {
    const uint8_t *header;
    uint8_t flag;

    if (type == ARCNET_IP_OLD || type == ARCNET_ARP_OLD)
        return walk_arcnet_payload(walk, type);
    header = walk_open(walk, 3);
    if (header == NULL)
        return DECODE_SKIPPED;
    flag = header[0];
    if (flag == ARCNET_EXCEPTION) {
        header = walk_open(walk, 4);
        if (header == NULL)
            return DECODE_SKIPPED;
        flag = header[1];
    }
    return flag == 0 ? walk_arcnet_payload(walk, type) : walk_skip(walk, SKIP_FRAGMENT);
}

enum decode_result walk_arcnet(struct walk *walk) {
    const uint8_t *header = walk_open(walk, 3);

    return header == NULL ? DECODE_SKIPPED : walk_arcnet_rest(walk, header[2]);
}

/* Two octets more before the type. The kernel has put the parts of a packet together. */
enum decode_result walk_arcnet_linux(struct walk *walk) {
    const uint8_t *header = walk_open(walk, 5);
    uint8_t type;

    if (header == NULL)
        return DECODE_SKIPPED;
    type = header[4];
    if (type != ARCNET_IP_OLD && type != ARCNET_ARP_OLD && walk_open(walk, 3) == NULL)
        return DECODE_SKIPPED;
    return walk_arcnet_payload(walk, type);
}

/* --- others ------------------------------------------------------------------------------------------------------ */

static enum decode_result walk_typed(struct walk *walk, uint32_t length, uint32_t type_at) {
    const uint8_t *header = walk_open(walk, length);

    return header == NULL ? DECODE_SKIPPED : walk_ethertype(walk, octets_u16(header + type_at));
}

/* RFC 4391 6, behind the global routing header of InfiniBand. */
enum decode_result walk_ipoib(struct walk *walk) {
    return walk_typed(walk, 44, 40);
}

/* IEEE 1394: two addresses of eight octets. */
enum decode_result walk_firewire(struct walk *walk) {
    return walk_typed(walk, 18, 16);
}

/* RFC 2625: two network addresses of Fibre Channel. */
enum decode_result walk_ip_over_fc(struct walk *walk) {
    return walk_open(walk, 16) == NULL ? DECODE_SKIPPED : walk_llc(walk);
}
