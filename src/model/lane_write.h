/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef FINWAIT_MODEL_LANE_WRITE_H
#define FINWAIT_MODEL_LANE_WRITE_H

#include "model/internal.h"
#include "model/kept.h"
#include "model/lane_log.h"

#include <endian.h>

/* How a segment stands in the log (lane_log.h), for the files of the lane only. */

/* A segment: 16 bits that say what follows, its checksum where it needs that, how much later and how many
 * frames after the one before it passed, and of the rest what is not as expected, in the order of its marks. */
enum mark {
    MARK_FIN = TCP_FIN, /* what stands where it does in the segment: 0x01, 0x02, 0x08, 0x10, 0x80 */
    MARK_SYN = TCP_SYN,
    MARK_PUSH = TCP_PSH,
    MARK_STAMPED = OPTION_TIMESTAMPS, /* TSval follows */
    MARK_CUT = ODD_CUT,               /* less was captured of the payload than there was: how much follows it */
    MARK_FAR = 0x0004,                /* it passed longer after than four octets hold: that takes six */
    MARK_ACK = 0x0020,                /* not all that the peer has sent */
    MARK_WINDOW = 0x0040,             /* not as in the segment of its sender before it */
    MARK_IP_ID = 0x0100,              /* not one more in IPv4, or not the same flow label in IPv6 */
    MARK_ECHO = 0x0200,               /* TSecr is not the peer's latest */
    MARK_PAYLOAD = 0x0400,
    MARK_CHECKSUM = 0x0800, /* two bits: enum checksum_status */
    MARK_SERVER = 0x2000,
    MARK_SEQ = 0x4000,  /* not the next octet: sent again */
    MARK_SACK = 0x8000, /* so many blocks */
    MARKS_CHECKSUM = 3 * MARK_CHECKSUM,
    MARKS_SAME = MARK_FIN | MARK_SYN | MARK_PUSH,
    MARKS_RESET = MARK_FIN | MARK_SYN, /* a RST, which is the last; MARK_PUSH: without ACK */
};

/* A RST goes into the log under flags that nothing else there has. */
static inline uint16_t lane_reset_flags(uint16_t flags) {
    return (flags & TCP_ACK) != 0 ? MARKS_RESET : MARKS_RESET | MARK_PUSH;
}
static inline uint16_t lane_flags_of(unsigned marks) {
    unsigned reset = (marks & MARK_PUSH) != 0 ? TCP_RST : TCP_RST | TCP_ACK;
    return (uint16_t)((marks & MARKS_RESET) == MARKS_RESET ? reset : (marks & MARKS_SAME) | TCP_ACK);
}

enum {
    MARKS = 2, /* octets */
    CHECKSUM = 2,
    TIME = 4,
    FAR = LANE_FAR,
    SHORT = UINT16_MAX, /* a number that is less takes two octets; others follow that */
    GROWN = 3,          /* octets of a number that grows, or as many as are told with it: as many as its last bits are
                           ones, and one more */
    GROWN_MOST = 5,     /* where it takes 32 bits */
    FRAMES_MOST = 6,    /* or 40 */
};

static inline uint32_t lane_next_ip_id(const struct lane_side *x, bool ipv6) {
    return x->ip_id + !ipv6;
}

static inline uint32_t lane_head_of(uint32_t captured) {
    return captured < KEPT_HEAD ? captured : KEPT_HEAD;
}

/* The blocks of SACK, behind their number; returns the end. */
uint8_t *lane_put_blocks(uint8_t *to, const struct tcp_options *options);

/* The first octets of a number; those behind them are overwritten by what comes next. */
__attribute__((always_inline)) static inline uint8_t *put(uint8_t *to, uint64_t number, unsigned octets) {
    uint64_t ordered = htole64(number);
    memcpy(to, &ordered, sizeof ordered);
    return to + octets;
}

/* A number that is small more often than not: one octet holds 7 bits of it, two 14, three 21, and `most` all. */
__attribute__((always_inline)) static inline uint8_t *put_growing(uint8_t *to, uint64_t number, unsigned most) {
    if (number < 1 << 7) {
        return put(to, number << 1, 1);
    }
    bool few = number < 1 << 14;
    return number >> 7 * GROWN != 0 ? put(to, number << GROWN | 7, most)
                                    : put(to, few ? number << 2 | 1 : number << GROWN | 3, few ? 2 : GROWN);
}

__attribute__((always_inline)) static inline uint8_t *put_short(uint8_t *to, uint32_t number) {
    return number < SHORT ? put(to, number, 2) : put(to, (uint64_t)number << 16 | SHORT, 6);
}

/* With so few octets the steps cost less than a call, and to ask how many there are costs more than to copy some of
 * them twice: most are up to three steps. */
__attribute__((always_inline)) static inline uint8_t *put_octets(uint8_t *to, const uint8_t *octets, size_t count) {
    enum { STEP = 16, HALF = STEP / 2, TWO = 2 * STEP, THREE = 3 * STEP };
    if (count < HALF) {
        memcpy(to, octets, count);
    } else if (count < STEP) {
        memcpy(to, octets, HALF);
        memcpy(to + count - HALF, octets + count - HALF, HALF);
    } else if (count <= THREE) {
        size_t last = count - STEP, middle = last < STEP ? last : STEP;
        memcpy(to, octets, STEP);
        memcpy(to + middle, octets + middle, STEP);
        memcpy(to + last, octets + last, STEP);
    } else {
        memcpy(to, octets, TWO);
        for (size_t at = TWO; at < count - TWO; at += TWO) {
            memcpy(to + at, octets + at, TWO);
        }
        memcpy(to + count - TWO, octets + count - TWO, TWO);
    }
    return to + count;
}

__attribute__((always_inline)) static inline uint8_t *put_stamps(uint8_t *to, unsigned *marks, struct lane_side *x,
                                                                 const struct lane_side *y,
                                                                 const struct tcp_options *options) {
    to = put_growing(to, options->timestamp_value - x->tsval, GROWN_MOST);
    x->tsval = options->timestamp_value;
    if (options->timestamp_echo != y->tsval) {
        *marks |= MARK_ECHO;
        to = put_growing(to, y->tsval - options->timestamp_echo, GROWN_MOST);
    }
    return to;
}

__attribute__((always_inline)) static inline uint8_t *put_payload(uint8_t *to, const struct segment *segment) {
    to = put_short(to, segment->length);
    to = (segment->odd & ODD_CUT) == 0 ? to : put_growing(to, segment->payload_captured, GROWN_MOST);
    to = put_octets(to, segment->payload, lane_head_of(segment->payload_captured));
    return segment->payload_captured > KEPT_HEAD ? put(to, segment->payload_sum, sizeof(uint64_t)) : to;
}

/* What is not as expected; it is from now on. */
__attribute__((always_inline)) static inline uint8_t *put_rest(uint8_t *to, unsigned *marks, struct lane_side *x,
                                                               struct lane_side *y, bool ipv6,
                                                               const struct segment *segment, bool new) {
    if (!new && segment->seq != x->next) {
        *marks |= MARK_SEQ;
        to = put_short(to, x->next - segment->seq);
    } else {
        x->next += segment->length + ((*marks & (MARK_SYN | MARK_FIN)) != 0);
    }
    if (segment->ack != y->next) {
        *marks |= MARK_ACK;
        to = put_short(to, segment->ack - y->acked);
    }
    y->acked = segment->ack;
    if (segment->window != x->window) {
        *marks |= MARK_WINDOW;
        to = put(to, segment->window, sizeof segment->window);
        x->window = segment->window;
    }
    if (segment->ip_id != lane_next_ip_id(x, ipv6)) {
        *marks |= MARK_IP_ID;
        to = put_short(to, segment->ip_id);
    }
    x->ip_id = segment->ip_id;
    if ((*marks & MARK_STAMPED) != 0) {
        to = put_stamps(to, marks, x, y, &segment->options);
    }
    if (!new && (segment->options.present & OPTION_SACK) != 0) {
        *marks |= MARK_SACK;
        to = lane_put_blocks(to, &segment->options);
    }
    if (segment->length > 0) {
        *marks |= MARK_PAYLOAD;
        to = put_payload(to, segment);
    }
    return to;
}

/* Not segment_is_told_apart, for one that may stand in the log. */
__attribute__((always_inline)) static inline bool is_summed(unsigned marks, const struct segment *segment, bool new) {
    unsigned other = (marks & (MARK_SYN | MARKS_CHECKSUM)) ^ CHECKSUM_GOOD * MARK_CHECKSUM;
    return (other | segment->length) != 0 || (!new && (segment->options.present & OPTION_SACK) != 0);
}

__attribute__((always_inline)) static inline uint8_t *put_segment(uint8_t *to, const struct connection *connection,
                                                                  struct lane_side sides[SIDES], enum side side,
                                                                  const struct segment *segment, bool new) {
    uint64_t passed = (uint64_t)(segment->time - connection->last_time);
    uint64_t frames = segment->frame - connection->last_frame;
    unsigned marks = (segment->flags & MARKS_SAME) | (segment->options.present & OPTION_TIMESTAMPS) |
                     (segment->odd & ODD_CUT) | (unsigned)side * MARK_SERVER | segment->checksum * MARK_CHECKSUM;
    uint8_t *front = to;
    to = put(to + MARKS, segment->checksum_seen, is_summed(marks, segment, new) ? CHECKSUM : 0);
    to = put(to, passed, TIME);
    if (passed >> 8 * TIME != 0) {
        marks |= MARK_FAR;
        to = put(to - TIME, passed, FAR);
    }
    to = put_growing(to, frames, FRAMES_MOST);
    to = put_rest(to, &marks, &sides[side], &sides[1 - side], connection->ipv6, segment, new);
    uint16_t ordered = htole16((uint16_t)marks);
    memcpy(front, &ordered, sizeof ordered);
    return to;
}

/* Adds what was put at model->lane_entry where the last piece cannot hold it. False when memory is out. */
bool lane_log_spill(struct model *model, struct connection *connection, struct lane_log *log, size_t count);

/* No more is to come: what the last piece has too much is given back. */
void lane_log_shorten(struct model *model, struct connection *connection, struct lane_log *log);
static inline void lane_log_close(struct model *model, struct connection *connection, struct lane_log *log) {
    if (lane_log_room(log) > log->last / 2U && !lane_log_is_in_record(log)) {
        lane_log_shorten(model, connection, log);
    }
}

/* Adds what was put at model->lane_entry. False when memory is out. */
__attribute__((always_inline)) static inline bool lane_log_put(struct model *model, struct connection *connection,
                                                               struct lane_log *log, size_t count) {
    enum { STEP = 16 };
    const uint8_t *entry = model->lane_entry;
    size_t room = lane_log_room(log);
    if (count > room) {
        return lane_log_spill(model, connection, log, count);
    }
    if (count <= STEP && room >= STEP) {
        memcpy(log->end, entry, STEP);
        log->end += count;
    } else {
        log->end = put_octets(log->end, entry, count);
    }
    return true;
}

/* Adds a segment at next, or one that ends there or before, behind the latest of its connection, and moves on both
 * sides: not a RST, odd in nothing but that it was cut or its checksum is offloaded, and without other options than
 * timestamps and SACK: those of a SYN are the caller's to keep. new: it stands at next and has no SACK blocks. The
 * budget is charged for each piece that is taken. False when memory is out. */
__attribute__((always_inline)) static inline bool lane_log_add(struct model *model, struct connection *connection,
                                                               struct lane_log *log, struct lane_side sides[SIDES],
                                                               enum side side, const struct segment *segment,
                                                               bool new) {
    uint8_t *entry = model->lane_entry;
    size_t count = (size_t)(put_segment(entry, connection, sides, side, segment, new) - entry);
    return lane_log_put(model, connection, log, count);
}

#endif
