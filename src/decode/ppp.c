/* SPDX-License-Identifier: BSD-3-Clause */
/* PPP, alone, over Ethernet and with its framing, and Cisco HDLC, which shares its lines. */
#include "decode/walk.h"

enum {
    ADDRESS_ALL = 0xff,
    CONTROL = 0x03,
    HDLC_UNICAST = 0x0f,
    HDLC_BROADCAST = 0x8f,
};

/* RFC 1990: of a packet that is cut up among several links only one that is whole can be opened. */
static enum decode_result walk_multilink(struct walk *walk) {
    enum { BEGINS_AND_ENDS = 0xc0 };
    const uint8_t *header = walk_open(walk, 4);

    if (header == NULL)
        return DECODE_SKIPPED;
    if ((header[0] & BEGINS_AND_ENDS) != BEGINS_AND_ENDS)
        return walk_skip(walk, SKIP_FRAGMENT);
    return walk_ppp(walk);
}

static const struct {
    uint16_t protocol;
    layer_function *layer;
} protocols[] = {
    {0x0021, walk_ipv4},        {0x0057, walk_ipv6},        {0x0281, walk_mpls},
    {0x0283, walk_mpls},        {0x003d, walk_multilink},   {0x002d, walk_unsupported}, /* compressed TCP (RFC 1144) */
    {0x002f, walk_unsupported},                             /* likewise, the whole header once */
    {0x0031, walk_unsupported},                             /* bridged frames */
    {0x0053, walk_unsupported},                             /* encrypted */
    {0x00fb, walk_unsupported}, {0x00fd, walk_unsupported}, /* compressed */
};

bool is_known_ppp_protocol(uint16_t protocol) {
    for (size_t i = 0; i < sizeof protocols / sizeof *protocols; i++)
        if (protocols[i].protocol == protocol)
            return true;
    return false;
}

enum decode_result walk_ppp_protocol(struct walk *walk, uint16_t protocol) {
    for (size_t i = 0; i < sizeof protocols / sizeof *protocols; i++)
        if (protocols[i].protocol == protocol)
            return protocols[i].layer(walk);
    return walk_skip(walk, SKIP_NOT_IP);
}

/* The protocol is one octet where that one is odd, otherwise two (RFC 1661 6.5); before it address and control may
 * stand (RFC 1662). */
enum decode_result walk_ppp(struct walk *walk) {
    const uint8_t *header;
    enum cursor_status status = cursor_check(&walk->rest, 2);

    if (status == CURSOR_OK && walk->rest.at[0] == ADDRESS_ALL && walk->rest.at[1] == CONTROL) {
        cursor_take(&walk->rest, 2, &header);
        status = cursor_check(&walk->rest, 2);
    }
    if (status != CURSOR_OK)
        return walk_stop(walk, status);
    header = walk_open(walk, (walk->rest.at[0] & 1) != 0 ? 1 : 2);
    if (header == NULL)
        return DECODE_SKIPPED;
    return walk_ppp_protocol(walk, (header[0] & 1) != 0 ? header[0] : octets_u16(header));
}

enum decode_result walk_pppoe(struct walk *walk) {
    enum { VERSION_AND_TYPE = 0x11, SESSION_DATA = 0 };
    const uint8_t *header = walk_open(walk, 6);
    enum cursor_status status;

    if (header == NULL || !walk_note(walk, ENCAPSULATION_PPPOE, octets_u16(header + 2)))
        return DECODE_SKIPPED;
    if (header[0] != VERSION_AND_TYPE || header[1] != SESSION_DATA)
        return walk_skip(walk, SKIP_NOT_IP);
    status = walk_claim(walk, octets_u16(header + 4));
    return status == CURSOR_OK ? walk_ppp(walk) : walk_stop(walk, status);
}

/* Address, control, and an Ethernet type. */
enum decode_result walk_hdlc(struct walk *walk) {
    const uint8_t *header = walk_open(walk, 4);

    if (header == NULL)
        return DECODE_SKIPPED;
    if (header[0] != HDLC_UNICAST && header[0] != HDLC_BROADCAST)
        return walk_skip(walk, SKIP_NOT_IP);
    return walk_ethertype(walk, octets_u16(header + 2));
}

/* A serial line: PPP or Cisco HDLC, as the first octet says. */
enum decode_result walk_ppp_serial(struct walk *walk) {
    enum cursor_status status = cursor_check(&walk->rest, 2);

    if (status != CURSOR_OK)
        return walk_stop(walk, status);
    if (walk->rest.at[0] == HDLC_UNICAST || walk->rest.at[0] == HDLC_BROADCAST)
        return walk_hdlc(walk);
    return walk_ppp(walk);
}

static enum decode_result behind(struct walk *walk, uint32_t octets, layer_function *layer) {
    return walk_open(walk, octets) == NULL ? DECODE_SKIPPED : layer(walk);
}

/* The Linux daemon puts the direction where the address was. */
enum decode_result walk_ppp_pppd(struct walk *walk) {
    enum cursor_status status = cursor_check(&walk->rest, 2);

    if (status != CURSOR_OK)
        return walk_stop(walk, status);
    return walk->rest.at[0] <= 1 && walk->rest.at[1] == CONTROL ? behind(walk, 2, walk_ppp) : walk_ppp(walk);
}

enum decode_result walk_ppp_with_direction(struct walk *walk) {
    return behind(walk, 1, walk_ppp_serial);
}

enum decode_result walk_hdlc_with_direction(struct walk *walk) {
    return behind(walk, 1, walk_hdlc);
}

enum decode_result walk_frame_relay_with_direction(struct walk *walk) {
    return behind(walk, 1, walk_frame_relay);
}
