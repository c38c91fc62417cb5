/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef FINWAIT_MODEL_LANE_PLAIN_H
#define FINWAIT_MODEL_LANE_PLAIN_H

#include "decode/direct.h"
#include "model/lane_ordinary.h"

/* The shortest way of the plainest packets: ordinary segments of an open connection, soon behind the one before, whose
 * checksum is right or cannot be told. They are looked at and written down as they stand in the packet, and what comes
 * of it is the same as if each had been read to a segment and had gone through lane_ordinary.h and lane_write.h.
 *
 * Numbers are read from the packet where they are needed, more than once: that is less than keeping all of them. */

static inline uint32_t plain_seq(const uint8_t *tcp) {
    return octets_u32(tcp + 4);
}
static inline uint32_t plain_ack(const uint8_t *tcp) {
    return octets_u32(tcp + 8);
}
static inline uint16_t plain_window(const uint8_t *tcp) {
    return octets_u16(tcp + 14);
}
static inline uint32_t plain_tsval(const uint8_t *tcp) {
    return octets_u32(tcp + TCP_HEADER + 4);
}
static inline uint32_t plain_tsecr(const uint8_t *tcp) {
    return octets_u32(tcp + TCP_HEADER + 8);
}
static inline uint32_t plain_length(const struct direct *direct) {
    return direct->claimed - direct->header;
}
static inline bool plain_is_whole(const struct direct *direct) {
    return direct->claimed == direct->captured;
}

/* Of a usual one: it is an ACK and no more, and goes_on. */
__attribute__((always_inline)) static inline bool plain_goes_on(const struct model *model, const struct lane *lane,
                                                                enum side side, unsigned version,
                                                                const struct direct *direct, const uint8_t *tcp) {
    const struct lane_side *x = &lane->side[side], *y = &lane->side[other_side(side)];
    const uint16_t asked = 0x01ff & ~TCP_PSH;
    const bool stamped = direct->header != TCP_HEADER;
    return (octets_raw16(tcp + TCP_OFFSET_AT) & htons(asked)) == htons(TCP_ACK) && plain_seq(tcp) == x->next &&
           lane->present == (stamped ? OPTION_TIMESTAMPS : 0) && octets_raw16(tcp + 14) != 0 &&
           direct->packet[version == 4 ? 8 : 7] == x->hop_limit &&
           direct->link_source == link_source(model->links, lane->link[side]) &&
           plain_ack(tcp) - y->acked <= y->next - y->acked && (!stamped || (int32_t)(plain_tsval(tcp) - x->tsval) >= 0);
}

/* Whether its checksum is right, as far as that can be told. *sum: as segment.payload_sum. */
__attribute__((always_inline)) static inline bool plain_adds_up(unsigned version, const struct direct *direct,
                                                                const uint8_t *tcp, uint64_t *sum) {
    const uint32_t payload = direct->captured - direct->header;
    const bool whole = plain_is_whole(direct);
    if (!whole && payload <= KEPT_HEAD) {
        return true;
    }
    if (payload > 0) {
        *sum = checksum_add(0, tcp + direct->header, payload);
    }
    return !whole || checksum_is_right(tcp, direct->claimed, direct->header, direct_sum_of_ends(tcp, version), *sum);
}

/* is_unlike, of one that nobody waited for: only the server's windows are shifted from some segment on. */
__attribute__((always_inline)) static inline bool plain_is_unlike(struct lane *lane, enum side side, const uint8_t *tcp,
                                                                  uint32_t length) {
    const struct lane_side *x = &lane->side[side], *y = &lane->side[other_side(side)];
    const uint16_t window = plain_window(tcp);
    const bool less = window < x->window || (side == SIDE_SERVER && !lane->scaled);
    return is_longer_than_asked(&lane->offer[other_side(side)], length) ||
           (less && lane_takes_back(lane, side, plain_ack(tcp), window)) ||
           (length > 0 && (int32_t)(edge_of(y, x) - (x->next + length)) <= 0) || window < LEAST_WINDOW;
}

/* note_traits, and is_repeated_ack */
__attribute__((always_inline)) static inline void plain_note(struct lane *lane, enum side side,
                                                             const struct direct *direct, const uint8_t *tcp) {
    const uint32_t length = plain_length(direct);
    if (lane->unlike) {
        return;
    }
    if (length > 0) {
        lane->offer[side].traits |= plain_is_whole(direct) ? TRAIT_DATA : TRAIT_DATA | TRAIT_CUT;
    } else if (plain_ack(tcp) == lane->side[other_side(side)].acked) {
        lane->repaired = true;
    }
    if (plain_is_unlike(lane, side, tcp, length)) {
        lane->unlike = true;
    }
}

/* The options of one that has any, and its payload, but for the sum of that. */
__attribute__((always_inline)) static inline uint8_t *plain_put_rest(uint8_t *to, unsigned *marks, struct lane_side *x,
                                                                     const struct lane_side *y,
                                                                     const struct direct *direct, const uint8_t *tcp) {
    const uint32_t length = plain_length(direct);
    if (direct->header != TCP_HEADER) {
        const struct tcp_options options = {.timestamp_value = plain_tsval(tcp), .timestamp_echo = plain_tsecr(tcp)};
        *marks |= MARK_STAMPED;
        to = put_stamps(to, marks, x, y, &options);
    }
    if (length > 0) {
        const uint32_t captured = direct->captured - direct->header;
        to = put_short(to, length);
        to = captured == length ? to : put_growing(to, captured, GROWN_MOST);
        to = put_octets(to, tcp + direct->header, lane_head_of(captured));
    }
    return to;
}

/* put_segment; passed, ns, and frames: since the one before it. */
__attribute__((always_inline)) static inline uint8_t *plain_put(uint8_t *front, struct lane_side *x,
                                                                struct lane_side *y, enum side side, unsigned version,
                                                                const struct direct *direct, const uint8_t *tcp,
                                                                uint64_t passed, uint64_t frames) {
    const uint32_t length = plain_length(direct);
    const unsigned status = plain_is_whole(direct) ? (unsigned)CHECKSUM_GOOD * MARK_CHECKSUM : MARK_CUT;
    unsigned marks = (tcp[TCP_FLAGS_AT] & TCP_PSH) | status | (unsigned)side * MARK_SERVER;
    uint8_t *to = front + MARKS;
    if (length > 0) {
        marks |= MARK_PAYLOAD;
        to = put(to, octets_u16(tcp + 16), CHECKSUM);
    }
    to = put(to, passed, TIME);
    to = put_growing(to, frames, FRAMES_MOST);
    const uint32_t ack = plain_ack(tcp);
    if (ack != y->next) {
        marks |= MARK_ACK;
        to = put_short(to, ack - y->acked);
    }
    y->acked = ack;
    x->next += length;
    const uint16_t window = plain_window(tcp);
    if (window != x->window) {
        marks |= MARK_WINDOW;
        to = put(to, window, sizeof window);
        x->window = window;
    }
    const uint8_t *packet = direct->packet;
    const uint32_t ip_id = version == 4 ? octets_u16(packet + 4) : octets_u32(packet) & 0xfffff;
    if (ip_id != lane_next_ip_id(x, version == 6)) {
        marks |= MARK_IP_ID;
        to = put_short(to, ip_id);
    }
    x->ip_id = ip_id;
    to = plain_put_rest(to, &marks, x, y, direct, tcp);
    uint16_t ordered = htole16((uint16_t)marks);
    memcpy(front, &ordered, sizeof ordered);
    return to;
}

/* write_down */
__attribute__((always_inline)) static inline bool plain_write(struct model *model, struct connection *connection,
                                                              enum side side, unsigned version,
                                                              const struct direct *direct, const uint8_t *tcp,
                                                              uint64_t sum) {
    struct lane *lane = lane_of(connection);
    uint8_t *entry = model->lane_entry;
    uint8_t *end = plain_put(entry, &lane->side[side], &lane->side[other_side(side)], side, version, direct, tcp,
                             (uint64_t)(direct->time - connection->last_time), direct->frame - connection->last_frame);
    if (direct->captured - direct->header > KEPT_HEAD) {
        end = put(end, sum, sizeof sum);
    }
    model->seen_good_checksum |= plain_is_whole(direct);
    model->latest = connection->id;
    lane->segments++;
    connection->last_frame = direct->frame;
    connection->last_time = direct->time;
    return lane_log_put(model, connection, &lane->log, (size_t)(end - entry));
}

#endif
