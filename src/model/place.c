/* SPDX-License-Identifier: BSD-3-Clause */
#include "model/internal.h"

/* Where the segments of a side come from. Between two hosts both the last hop's hardware address and the number of hops
 * stay the same as a rule; that one of them changes is a failover at best. */

enum { SEVERAL_WAYS = 3 }; /* changes there, back and there again: load is shared between two devices */

static const uint64_t address_bits = UINT64_C(0xffffffffffff);

/* Addresses that a group of routers hands on: VRRP (RFC 9568 7.3), HSRP, its second version for IPv4 and IPv6, GLBP. */
static bool is_virtual_router(uint64_t link_source) {
    uint64_t address = link_source & address_bits;
    return address >> 8 == UINT64_C(0x00005e0001) || address >> 8 == UINT64_C(0x00005e0002) ||
           address >> 8 == UINT64_C(0x00000c07ac) || address >> 12 == UINT64_C(0x00000c9ff) ||
           address >> 12 == UINT64_C(0x000573a00) || address >> 16 == UINT64_C(0x0007b400);
}

/* Seen by one interface, and no router's that stands in for another. */
static bool is_comparable(uint64_t one, uint64_t other) {
    return one != 0 && other != 0 && (one & ~address_bits) == (other & ~address_bits) && !is_virtual_router(one) &&
           !is_virtual_router(other);
}

static bool is_far(uint8_t one, uint8_t other) {
    return one > other + HOP_TOLERANCE || other > one + HOP_TOLERANCE;
}

/* The second segment in a row from the same other place: the side has moved there. */
static bool has_settled(const struct provenance *place, const struct segment *segment) {
    return place->other_frame != 0 && place->other_link_source == segment->link_source &&
           place->other_hop_limit == segment->hop_limit;
}

static void settle(struct provenance *place, const struct segment *segment) {
    place->link_source = segment->link_source;
    place->hop_limit = segment->hop_limit;
    place->other_frame = 0;
    place->known = true;
}

static void count_change(struct provenance *place) {
    place->changes += place->changes < SEVERAL_WAYS;
    place->several = place->changes == SEVERAL_WAYS;
}

/* As its sender's segment before it, and as all of them. */
static bool is_where_it_was(const struct endpoint *x, const struct segment *segment) {
    const struct provenance *place = &x->provenance;
    return place->known && x->link_source == segment->link_source && x->hop_limit == segment->hop_limit &&
           place->link_source == segment->link_source && place->hop_limit == segment->hop_limit;
}

/* The ACK of a FIN in TIME_WAIT comes from no socket any more: the system sends it with its own hop limit, which need
 * not be what the socket was set to. */
static bool is_sent_without_socket(const struct endpoint *x, const struct segment *segment) {
    return endpoint_state(x) == STATE_TIME_WAIT && segment->length == 0 && segment->flags == TCP_ACK;
}

void place_note(struct arrival *arrival) {
    struct endpoint *x = arrival->x;
    struct provenance *place = &x->provenance;
    const struct segment *segment = arrival->segment;
    if (is_where_it_was(x, segment)) {
        place->other_frame = 0;
        return;
    }
    if (is_sent_without_socket(x, segment))
        return;
    bool changed = (x->link_source != segment->link_source && is_comparable(x->link_source, segment->link_source)) ||
                   is_far(x->hop_limit, segment->hop_limit);
    x->link_source = segment->link_source;
    x->hop_limit = segment->hop_limit;
    if (!place->known) {
        settle(place, segment);
        return;
    }
    if (changed) {
        bool before = place->several;
        count_change(place);
        arrival->observation->more |= place->several && !before ? MORE_SEVERAL_WAYS : 0;
    }
    bool elsewhere =
        place->link_source != segment->link_source && is_comparable(place->link_source, segment->link_source);
    if (place->several || (!elsewhere && !is_far(place->hop_limit, segment->hop_limit))) {
        place->other_frame = 0;
        return;
    }
    if (has_settled(place, segment)) {
        settle(place, segment);
        return;
    }
    place->other_link_source = segment->link_source;
    place->other_hop_limit = segment->hop_limit;
    place->other_frame = segment->frame;
    arrival->observation->more |= MORE_MOVED;
}
