/* SPDX-License-Identifier: BSD-3-Clause */
#include "model/lane_log.h"

#include "model/kept.h"

/* A segment: 16 bits that say what follows, then that. */
enum mark {
    MARK_SERVER = 0x0001,
    MARK_PAYLOAD = 0x0002,
    MARK_FIN = 0x0004,
    MARK_PUSH = 0x0008,
    MARK_STAMPED = 0x0010,
    MARK_ACKS_ALL = 0x0020,      /* ACK: all that the peer has sent */
    MARK_ECHOES_LATEST = 0x0040, /* TSecr: the peer's latest */
    MARK_SAME_WINDOW = 0x0080,   /* as in the segment of its sender before it; the same holds for the next */
    MARK_NEXT_IP_ID = 0x0100,    /* one more */
    MARK_MICROSECONDS = 0x0200,  /* the time is a multiple of them */
    MARK_WHOLE = 0x0400,         /* all of the payload was captured */
    MARK_CHECKSUM_SHIFT = 11,    /* two bits: enum checksum_status */
    MARK_OFFLOADED = 0x2000,     /* ODD_OFFLOADED */
    MARK_CUT = 0x4000,           /* ODD_CUT */
    MARK_SUMMED = 0x8000,        /* the sum of the payload stands here: it reaches beyond KEPT_HEAD */
};

static uint8_t *put(uint8_t *to, uint64_t number) {
    for (; number >= 0x80; number >>= 7) {
        *to++ = (uint8_t)(number | 0x80);
    }
    *to++ = (uint8_t)number;
    return to;
}

static const uint8_t *get(const uint8_t *from, uint64_t *number) {
    uint64_t result = *from & 0x7f;
    for (unsigned shift = 7; (*from++ & 0x80) != 0; shift += 7) {
        result |= (uint64_t)(*from & 0x7f) << shift;
    }
    *number = result;
    return from;
}

static uint8_t *put_octets(uint8_t *to, const void *octets, size_t count) {
    memcpy(to, octets, count);
    return to + count;
}

static const uint8_t *get_octets(const uint8_t *from, void *octets, size_t count) {
    memcpy(octets, from, count);
    return from + count;
}

static uint32_t head_of(const struct segment *segment) {
    return segment->payload_captured < KEPT_HEAD ? segment->payload_captured : KEPT_HEAD;
}

static uint16_t marks_of(const struct lane_walk *walk, enum side side, const struct segment *segment) {
    const struct lane_numbers *x = &walk->side[side];
    const struct lane_numbers *y = &walk->side[other_side(side)];
    unsigned marks = side == SIDE_SERVER ? MARK_SERVER : 0;
    marks |= segment->length > 0 ? MARK_PAYLOAD : 0;
    marks |= (segment->flags & TCP_FIN) != 0 ? MARK_FIN : 0;
    marks |= (segment->flags & TCP_PSH) != 0 ? MARK_PUSH : 0;
    marks |= (segment->options.present & OPTION_TIMESTAMPS) != 0 ? MARK_STAMPED : 0;
    marks |= segment->ack == y->next ? MARK_ACKS_ALL : 0;
    marks |= segment->options.timestamp_echo == y->tsval ? MARK_ECHOES_LATEST : 0;
    marks |= segment->window == x->window ? MARK_SAME_WINDOW : 0;
    marks |= segment->ip_id == x->ip_id + 1 ? MARK_NEXT_IP_ID : 0;
    marks |= (segment->time - walk->time) % 1000 == 0 ? MARK_MICROSECONDS : 0;
    marks |= segment->payload_captured == segment->length ? MARK_WHOLE : 0;
    marks |= (unsigned)segment->checksum << MARK_CHECKSUM_SHIFT;
    marks |= (segment->odd & ODD_OFFLOADED) != 0 ? MARK_OFFLOADED : 0;
    marks |= (segment->odd & ODD_CUT) != 0 ? MARK_CUT : 0;
    marks |= segment->payload_captured > KEPT_HEAD ? MARK_SUMMED : 0;
    return (uint16_t)marks;
}

static uint8_t *put_payload(uint8_t *to, unsigned marks, const struct segment *segment) {
    to = put(to, segment->length);
    to = (marks & MARK_WHOLE) != 0 ? to : put(to, segment->payload_captured);
    to = put_octets(to, segment->payload, head_of(segment));
    return (marks & MARK_SUMMED) != 0 ? put_octets(to, &segment->payload_sum, sizeof segment->payload_sum) : to;
}

static uint8_t *write(uint8_t *to, const struct lane_walk *walk, enum side side, const struct segment *segment) {
    const struct lane_numbers *x = &walk->side[side];
    const struct lane_numbers *y = &walk->side[other_side(side)];
    uint16_t marks = marks_of(walk, side, segment);
    uint64_t passed = (uint64_t)(segment->time - walk->time);
    to = put_octets(to, &marks, sizeof marks);
    to = put(to, segment->frame - walk->frame);
    to = put(to, (marks & MARK_MICROSECONDS) != 0 ? passed / 1000 : passed);
    to = put_octets(to, &segment->checksum_seen, sizeof segment->checksum_seen);
    to = (marks & MARK_ACKS_ALL) != 0 ? to : put(to, segment->ack - y->acked);
    to = (marks & MARK_SAME_WINDOW) != 0 ? to : put_octets(to, &segment->window, sizeof segment->window);
    to = (marks & MARK_NEXT_IP_ID) != 0 ? to : put(to, segment->ip_id);
    if ((marks & MARK_STAMPED) != 0) {
        uint32_t echo = segment->options.timestamp_echo;
        to = put(to, segment->options.timestamp_value - x->tsval);
        to = (marks & MARK_ECHOES_LATEST) != 0 ? to : put(to, y->tsval - echo);
    }
    return (marks & MARK_PAYLOAD) != 0 ? put_payload(to, marks, segment) : to;
}

static bool append(struct lane_log *log, struct slab *pieces, const uint8_t *octets, size_t count) {
    while (count > 0) {
        size_t used = log->octets % LANE_PIECE;
        if (used == 0) {
            struct lane_piece *piece = slab_take_any(pieces);
            if (piece == NULL) {
                return false;
            }
            piece->next = NULL;
            *(log->last != NULL ? &log->last->next : &log->first) = piece;
            log->last = piece;
        }
        size_t fits = count < LANE_PIECE - used ? count : LANE_PIECE - used;
        memcpy(log->last->octets + used, octets, fits);
        log->octets = (uint16_t)(log->octets + fits);
        octets += fits;
        count -= fits;
    }
    return true;
}

bool lane_log_add(struct lane_log *log, struct slab *pieces, const struct lane_walk *walk, enum side side,
                  const struct segment *segment) {
    uint8_t entry[LANE_ENTRY_MOST];
    const uint8_t *end = write(entry, walk, side, segment);
    return append(log, pieces, entry, (size_t)(end - entry));
}

void lane_log_free(struct lane_log *log, struct slab *pieces) {
    if (log->first != NULL) {
        slab_give_chain(pieces, log->first, log->last);
    }
    log->first = log->last = NULL;
    log->octets = 0;
}

void lane_log_copy(const struct lane_log *log, uint8_t *to) {
    size_t left = log->octets;
    for (const struct lane_piece *piece = log->first; piece != NULL; piece = piece->next) {
        size_t here = left < LANE_PIECE ? left : LANE_PIECE;
        to = put_octets(to, piece->octets, here);
        left -= here;
    }
}

/* --- reading --- */

static const uint8_t *get_payload(const uint8_t *from, unsigned marks, struct segment *segment) {
    uint64_t number;
    from = get(from, &number);
    segment->length = segment->payload_captured = (uint32_t)number;
    if ((marks & MARK_WHOLE) == 0) {
        from = get(from, &number);
        segment->payload_captured = (uint32_t)number;
    }
    segment->payload = from;
    from += head_of(segment);
    return (marks & MARK_SUMMED) != 0 ? get_octets(from, &segment->payload_sum, sizeof segment->payload_sum) : from;
}

static const uint8_t *get_stamps(const uint8_t *from, unsigned marks, const struct lane_numbers *x,
                                 const struct lane_numbers *y, struct segment *segment) {
    uint64_t number;
    from = get(from, &number);
    segment->options.present = OPTION_TIMESTAMPS;
    segment->options.timestamp_value = x->tsval + (uint32_t)number;
    segment->options.timestamp_echo = y->tsval;
    if ((marks & MARK_ECHOES_LATEST) == 0) {
        from = get(from, &number);
        segment->options.timestamp_echo = y->tsval - (uint32_t)number;
    }
    return from;
}

static const uint8_t *get_numbers(const uint8_t *from, unsigned marks, const struct lane_numbers *x,
                                  const struct lane_numbers *y, struct segment *segment) {
    uint64_t number;
    segment->seq = x->next;
    segment->ack = y->next;
    if ((marks & MARK_ACKS_ALL) == 0) {
        from = get(from, &number);
        segment->ack = y->acked + (uint32_t)number;
    }
    segment->window = x->window;
    if ((marks & MARK_SAME_WINDOW) == 0) {
        from = get_octets(from, &segment->window, sizeof segment->window);
    }
    segment->ip_id = x->ip_id + 1;
    if ((marks & MARK_NEXT_IP_ID) == 0) {
        from = get(from, &number);
        segment->ip_id = (uint32_t)number;
    }
    return (marks & MARK_STAMPED) != 0 ? get_stamps(from, marks, x, y, segment) : from;
}

const uint8_t *lane_log_read(const uint8_t *from, struct lane_walk *walk, struct segment *segment, enum side *side) {
    uint16_t marks;
    uint64_t number;
    from = get_octets(from, &marks, sizeof marks);
    *side = (marks & MARK_SERVER) != 0 ? SIDE_SERVER : SIDE_CLIENT;
    struct lane_numbers *x = &walk->side[*side];
    struct lane_numbers *y = &walk->side[other_side(*side)];
    *segment = (struct segment){.flags = TCP_ACK, .checksum = (uint8_t)(marks >> MARK_CHECKSUM_SHIFT & 3)};
    segment->flags |= (marks & MARK_FIN) != 0 ? TCP_FIN : 0;
    segment->flags |= (marks & MARK_PUSH) != 0 ? TCP_PSH : 0;
    segment->odd |= (marks & MARK_OFFLOADED) != 0 ? ODD_OFFLOADED : 0;
    segment->odd |= (marks & MARK_CUT) != 0 ? ODD_CUT : 0;
    from = get(from, &number);
    segment->frame = walk->frame += number;
    from = get(from, &number);
    segment->time = walk->time += (int64_t)((marks & MARK_MICROSECONDS) != 0 ? number * 1000 : number);
    from = get_octets(from, &segment->checksum_seen, sizeof segment->checksum_seen);
    from = get_numbers(from, marks, x, y, segment);
    return (marks & MARK_PAYLOAD) != 0 ? get_payload(from, marks, segment) : from;
}
