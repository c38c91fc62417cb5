/* SPDX-License-Identifier: BSD-3-Clause */
#include "decode/direct.h"
#include "model/budget.h"
#include "model/lane_plain.h"
#include "model/lane_step.h"

#include <string.h>

/* So much room that it may be written down. */
static inline bool fits(const struct connection *connection, int64_t time) {
    uint64_t passed = (uint64_t)(time - connection->last_time); /* of one before it more than can be told */
    return passed >> 8 * LANE_FAR == 0 && lane_in(connection)->segments != UINT8_MAX &&
           !budget_lane_is_full(connection);
}

bool lane_take(struct model *model, struct connection *connection, const struct segment *segment, bool *taken) {
    return !fits(connection, segment->time) ||
           lane_take_from(model, connection, connection_side(connection, segment), segment, taken);
}

void lane_get_address(const struct connection *connection, enum side side, struct address *address) {
    address->version = 6;
    memcpy(address->octets, lane_octets_ipv6(connection, side), LANE_IPV6);
}

void lane_set_ends(struct connection *connection, const struct segment *syn) {
    connection->in_lane = connection->initiator_seen = true;
    connection->port[SIDE_CLIENT] = syn->source_port;
    connection->port[SIDE_SERVER] = syn->destination_port;
    connection->ipv6 = syn->source.version == 6;
    if (connection->ipv6) {
        uint8_t *octets = lane_of(connection)->log.first;
        memcpy(octets, syn->source.octets, LANE_IPV6);
        memcpy(octets + LANE_IPV6, syn->destination.octets, LANE_IPV6);
    } else {
        memcpy(connection->octets[SIDE_CLIENT], syn->source.octets, sizeof connection->octets[SIDE_CLIENT]);
        memcpy(connection->octets[SIDE_SERVER], syn->destination.octets, sizeof connection->octets[SIDE_SERVER]);
    }
}

void lane_copy_head(const struct connection *connection, struct connection *record) {
    memcpy(record, connection, LANE_HEAD);
    record->in_lane = false;
    for (int side = 0; side < SIDES; side++) {
        connection_get_address(connection, (enum side)side, &record->address[side]);
    }
}

_Static_assert(LANE_SYN_FRONT == MARKS + CHECKSUM && LANE_SYN_PLACE == TIME + 1, "as put_segment writes it");

const uint8_t *lane_copy(const struct connection *connection, uint8_t *end) {
    const uint8_t *log = lane_log_copy(&lane_in(connection)->log, end);
    uint8_t *syn = end - (end - log) + (connection->ipv6 ? SIDES * LANE_IPV6 : 0);
    memmove(syn - LANE_SYN_PLACE, syn, LANE_SYN_FRONT);
    memset(syn - LANE_SYN_PLACE + LANE_SYN_FRONT, 0, LANE_SYN_PLACE);
    return syn - LANE_SYN_PLACE;
}

/* Of that version of IP, as in a packet: written as words for IPv4, which is what the compiler keeps apart best. */
__attribute__((always_inline)) static inline bool are_octets_of(const struct connection *connection, enum side side,
                                                                unsigned version, const uint8_t *octets) {
    return version == 4 ? flow_word_of(octets, 0) == flow_word_of(connection->octets[side], 0)
                        : memcmp(octets, lane_octets_ipv6(connection, side), LANE_IPV6) == 0;
}

/* Addresses of a usual packet against those of a connection, as they stand there: is it from that side? */
__attribute__((always_inline)) static inline bool is_direct_of(const struct connection *connection, enum side side,
                                                               unsigned version, const struct direct *direct) {
    const unsigned octets = version == 4 ? 4 : 16;
    const uint8_t *ends = direct->packet + (version == 4 ? DIRECT_IPV4 : DIRECT_IPV6) - 2 * octets;
    bool in_order = version == 4 && side == SIDE_CLIENT; /* both stand in the record as in the packet */
    return (in_order ? memcmp(connection->octets, ends, sizeof connection->octets) == 0
                     : are_octets_of(connection, side, version, ends) &&
                           are_octets_of(connection, other_side(side), version, ends + octets)) &&
           connection->ipv6 == (version == 6) && connection->network == direct->path.network;
}

/* What is not ordinary, or may not be. */
static inline enum model_direct take_step(struct model *model, struct connection *connection, enum side side,
                                          const struct direct *direct) {
    return side == SIDE_CLIENT ? lane_step_from_client(model, connection, direct)
                               : lane_step_from_server(model, connection, direct);
}

/* One before which so much time has passed that somebody may have waited for it. */
__attribute__((noinline)) static enum model_direct take_later(struct model *model, struct connection *connection,
                                                              enum side side, const struct direct *direct) {
    const struct lane *lane = lane_in(connection);
    struct segment segment;
    if (!fits(connection, direct->time)) {
        return MODEL_DIRECT_LEFT;
    }
    if (lane->phase != LANE_OPEN || !direct_read_usual(direct, direct->version, &segment) ||
        (segment.flags & ~TCP_PSH) != TCP_ACK || !goes_on(model, lane, side, &segment)) {
        return take_step(model, connection, side, direct);
    }
    return take_ordinary(model, connection, side, &segment) ? MODEL_DIRECT_TAKEN : MODEL_DIRECT_FAILED;
}

/* From that side: a constant, so that what it has stands in fixed places. */
__attribute__((always_inline)) static inline enum model_direct take_direct(struct model *model,
                                                                           struct connection *connection,
                                                                           enum side side, unsigned version,
                                                                           const struct direct *direct) {
    const uint8_t *tcp = direct->packet + (version == 4 ? DIRECT_IPV4 : DIRECT_IPV6);
    struct lane *lane = lane_of(connection);
    uint64_t sum = 0;
    if (!is_direct_of(connection, side, version, direct)) {
        return MODEL_DIRECT_LEFT;
    }
    if ((uint64_t)(direct->time - connection->last_time) >= LIVENESS_SILENCE) {
        return take_later(model, connection, side, direct);
    }
    if (lane->segments == UINT8_MAX || budget_lane_is_full(connection)) {
        return MODEL_DIRECT_LEFT;
    }
    if (lane->phase != LANE_OPEN || !plain_goes_on(model, lane, side, version, direct, tcp) ||
        !plain_adds_up(version, direct, tcp, &sum)) {
        return take_step(model, connection, side, direct);
    }
    plain_note(lane, side, direct, tcp);
    return plain_write(model, connection, side, version, direct, tcp, sum) ? MODEL_DIRECT_TAKEN : MODEL_DIRECT_FAILED;
}

/* Its ports are those of the connection: from one side or the other. */
__attribute__((always_inline)) static inline enum model_direct
take_of(struct model *model, struct connection *connection, unsigned version, const struct direct *direct) {
    const uint32_t ports = octets_u32(direct->packet + (version == 4 ? DIRECT_IPV4 : DIRECT_IPV6));
    const uint32_t client = connection->port[SIDE_CLIENT], server = connection->port[SIDE_SERVER];
    if (ports == (client << 16 | server)) {
        return take_direct(model, connection, SIDE_CLIENT, version, direct);
    }
    return ports == (server << 16 | client) ? take_direct(model, connection, SIDE_SERVER, version, direct)
                                            : MODEL_DIRECT_LEFT;
}

__attribute__((noinline)) static enum model_direct take_ipv6(struct model *model, struct connection *connection,
                                                             const struct direct *direct) {
    return take_of(model, connection, 6, direct);
}

static inline bool is_anything_due(const struct model *model, int64_t time) {
    return budget_is_tight(model) || time >= model->rest_due || time >= model->end_due;
}

enum model_direct model_take_direct(struct model *model, const struct direct *direct, const struct model_place *place) {
    struct connection *connection = connection_at(model, place);
    if (connection == NULL || is_anything_due(model, direct->time)) {
        return MODEL_DIRECT_LEFT;
    }
    if (!connection->in_lane) {
        return steady_take_direct(model, connection, direct);
    }
    return direct->version == 4 ? take_of(model, connection, 4, direct) : take_ipv6(model, connection, direct);
}

void lane_free(struct model *model, struct connection *connection) {
    lane_log_free(&lane_of(connection)->log, model->lane_pieces);
    slab_give(model->lanes, connection);
}
