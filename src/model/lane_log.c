/* SPDX-License-Identifier: BSD-3-Clause */
#include "model/lane_log.h"

#include "model/lane_read.h"

/* A piece with its head, which what stands before it in the log will take the place of. */
static inline void copy_piece(uint8_t *to, const struct lane_piece *piece, unsigned size) {
    for (unsigned at = 0; at < size; at += LANE_LEAST_PIECE) {
        memcpy(to + at, (const uint8_t *)piece + at, LANE_LEAST_PIECE);
    }
}

const uint8_t *lane_log_copy(const struct lane_log *log, uint8_t *end) {
    uint8_t *mark = lane_log_last(log);
    for (const struct lane_piece *piece; mark != NULL; mark = piece->before) {
        piece = lane_piece_at(mark);
        unsigned size = lane_piece_size(mark);
        copy_piece(end - size, piece, size);
        end -= size - LANE_PIECE_HEAD;
    }
    end -= LANE_FIRST;
    memcpy(end, log->first, LANE_FIRST);
    return end;
}

/* --- all of a segment --- */

ALWAYS_INLINE const uint8_t *read_place(const uint8_t *from, unsigned marks, struct lane_walk *walk,
                                        struct segment *segment) {
    uint64_t passed, frames;
    from = get_growing(get_time(from, marks, &passed), FRAMES_MOST, &frames);
    segment->time = walk->time += (int64_t)passed;
    segment->frame = walk->frame += frames;
    return from;
}

/* How far a segment stands behind the next octet, and how far its ACK before it: 0 where nothing is told of it. */
ALWAYS_INLINE const uint8_t *get_numbers(const uint8_t *from, unsigned marks, uint32_t *back, uint32_t *ack) {
    *back = *ack = 0;
    from = (marks & MARK_SEQ) == 0 ? from : get_short(from, back);
    return (marks & MARK_ACK) == 0 ? from : get_short(from, ack);
}

ALWAYS_INLINE const uint8_t *read_numbers(const uint8_t *from, unsigned marks, const struct lane_side *x,
                                          struct lane_side *y, struct segment *segment) {
    uint32_t back, ack;
    from = get_numbers(from, marks, &back, &ack);
    segment->seq = x->next - back;
    if ((marks & (MARKS_RESET | MARK_SERVER)) == MARK_SYN) {
        segment->flags = (uint16_t)(marks & MARKS_SAME);
        segment->ack = 0;
    } else {
        segment->flags = lane_flags_of(marks);
        segment->ack = y->acked = (marks & MARK_ACK) != 0 ? y->acked + ack : y->next;
    }
    return from;
}

ALWAYS_INLINE const uint8_t *read_window(const uint8_t *from, unsigned marks, struct lane_side *x, bool ipv6,
                                         struct segment *segment) {
    if ((marks & MARK_WINDOW) != 0) {
        x->window = (uint16_t)get(from, sizeof(uint16_t));
        from += sizeof(uint16_t);
    }
    if ((marks & MARK_IP_ID) != 0) {
        from = get_short(from, &x->ip_id);
    } else {
        x->ip_id = lane_next_ip_id(x, ipv6);
    }
    segment->window = x->window;
    segment->ip_id = x->ip_id;
    return from;
}

static const uint8_t *read_blocks(const uint8_t *from, struct tcp_options *options) {
    options->present |= OPTION_SACK;
    options->sack_count = *from++;
    for (int i = 0; i < options->sack_count; i++, from += sizeof(uint64_t)) {
        uint64_t block = get(from, sizeof block);
        options->sack[i].begin = (uint32_t)block;
        options->sack[i].end = (uint32_t)(block >> 32);
    }
    return from;
}

ALWAYS_INLINE const uint8_t *read_options(const uint8_t *from, unsigned marks, struct lane_side *x,
                                          const struct lane_side *y, struct tcp_options *options) {
    uint32_t later, earlier = 0;
    options->present = marks & MARK_STAMPED;
    options->sack_count = 0;
    options->timestamp_value = options->timestamp_echo = 0;
    if ((marks & MARK_STAMPED) != 0) {
        from = get_grown(from, &later);
        from = (marks & MARK_ECHO) == 0 ? from : get_grown(from, &earlier);
        options->timestamp_value = x->tsval += later;
        options->timestamp_echo = y->tsval - earlier;
    }
    return (marks & MARK_SACK) == 0 ? from : read_blocks(from, options);
}

ALWAYS_INLINE const uint8_t *read_payload(const uint8_t *from, unsigned marks, struct segment *segment) {
    segment->payload_sum = 0;
    if ((marks & MARK_PAYLOAD) == 0) {
        segment->length = segment->payload_captured = 0;
        segment->payload = NULL;
        return from;
    }
    from = get_short(from, &segment->length);
    segment->payload_captured = segment->length;
    from = (marks & MARK_CUT) == 0 ? from : get_grown(from, &segment->payload_captured);
    segment->payload = from;
    from += lane_head_of(segment->payload_captured);
    if (segment->payload_captured > KEPT_HEAD) {
        segment->payload_sum = get(from, sizeof segment->payload_sum);
        from += sizeof segment->payload_sum;
    }
    return from;
}

const uint8_t *lane_log_next(const uint8_t *from, struct lane_walk *walk, struct segment *const segments[SIDES],
                             enum side *side) {
    uint64_t front = get(from, MARKS + CHECKSUM);
    unsigned marks = front & UINT16_MAX;
    bool summed = has_checksum(marks);
    *side = sender_of(marks);
    struct segment *segment = segments[*side];
    struct lane_side *x = &walk->side[*side], *y = &walk->side[other_side(*side)];
    from = read_place(from + MARKS + (summed ? CHECKSUM : 0), marks, walk, segment);
    segment->checksum_seen = summed ? (uint16_t)(front >> 16) : 0;
    segment->checksum = (uint8_t)(marks / MARK_CHECKSUM & 3);
    segment->odd = (uint16_t)((marks & MARK_CUT) | (segment->checksum == CHECKSUM_OFFLOADED ? ODD_OFFLOADED : 0));
    from = read_numbers(from, marks, x, y, segment);
    from = read_window(from, marks, x, walk->ipv6, segment);
    from = read_options(from, marks, x, y, &segment->options);
    from = read_payload(from, marks, segment);
    x->next += (marks & MARK_SEQ) != 0 ? 0 : segment->length + ((marks & (MARK_SYN | MARK_FIN)) != 0);
    return from;
}

/* --- only where it stands --- */

/* A segment as it stands in the log, in differences from what came before. */
struct brief {
    unsigned marks;
    uint64_t passed;
    uint32_t back; /* behind what is sent next */
    uint32_t ack;  /* there only if marked */
    uint32_t length;
    uint32_t captured;
};

static inline const uint8_t *skip_short(const uint8_t *from) {
    return from + (get(from, sizeof(uint16_t)) == SHORT ? sizeof(uint16_t) + sizeof(uint32_t) : sizeof(uint16_t));
}

/* Between the ACK and the payload. */
static inline const uint8_t *skip_options(const uint8_t *from, unsigned marks) {
    from += (marks & MARK_WINDOW) != 0 ? sizeof(uint16_t) : 0;
    from = (marks & MARK_IP_ID) == 0 ? from : skip_short(from);
    from = (marks & MARK_STAMPED) == 0 ? from : skip_growing(from, GROWN_MOST);
    from = (marks & MARK_ECHO) == 0 ? from : skip_growing(from, GROWN_MOST);
    return (marks & MARK_SACK) == 0 ? from : from + 1 + *from * sizeof(uint64_t);
}

ALWAYS_INLINE const uint8_t *skip_payload(const uint8_t *from, unsigned marks, struct brief *brief) {
    from = get_short(from, &brief->length);
    brief->captured = brief->length;
    from = (marks & MARK_CUT) == 0 ? from : get_grown(from, &brief->captured);
    return from + (brief->captured > KEPT_HEAD ? KEPT_HEAD + sizeof(uint64_t) : brief->captured);
}

/* Returns where the next one stands. */
ALWAYS_INLINE const uint8_t *get_brief(const uint8_t *from, struct brief *brief) {
    unsigned marks = (unsigned)get(from, MARKS);
    *brief = (struct brief){.marks = marks};
    from = get_time(from + MARKS + (has_checksum(marks) ? CHECKSUM : 0), marks, &brief->passed);
    from = skip_growing(from, FRAMES_MOST);
    from = (marks & MARK_SEQ) == 0 ? from : get_short(from, &brief->back);
    from = (marks & MARK_ACK) == 0 ? from : get_short(from, &brief->ack);
    from = skip_options(from, marks);
    return (marks & MARK_PAYLOAD) == 0 ? from : skip_payload(from, marks, brief);
}

static inline uint32_t octets_of(const struct brief *brief) {
    return brief->length + ((brief->marks & (MARK_SYN | MARK_FIN)) != 0);
}

/* --- what may be sent again --- */

/* What segment_imprint tells of it. */
ALWAYS_INLINE const uint8_t *read_imprint(const uint8_t *from, unsigned marks, uint16_t checksum,
                                          struct lane_walk *walk, struct lane_passed *passed) {
    struct lane_side *x = &walk->side[passed->side], *y = &walk->side[1 - passed->side];
    uint32_t later, earlier = 0;
    passed->imprint = has_checksum(marks) ? checksum : 0;
    if ((marks & MARK_STAMPED) != 0) {
        from = get_grown(from, &later);
        from = (marks & MARK_ECHO) == 0 ? from : get_grown(from, &earlier);
        x->tsval += later;
        passed->imprint = has_checksum(marks) ? checksum : (uint16_t)(y->tsval - earlier);
    }
    return from;
}

ALWAYS_INLINE const uint8_t *pass_numbers(const uint8_t *from, unsigned marks, const struct lane_side *x,
                                          struct lane_side *y, struct lane_passed *passed) {
    uint32_t back, ack;
    from = get_numbers(from, marks, &back, &ack);
    passed->seq = x->next - back;
    passed->ack = (marks & MARK_ACK) != 0 ? y->acked + ack : y->next;
    passed->again = back != 0;
    passed->repeats = passed->ack == y->acked && (marks & (MARK_PAYLOAD | MARK_FIN | MARK_SEQ)) == 0;
    y->acked = passed->ack;
    return from;
}

ALWAYS_INLINE const uint8_t *pass_window(const uint8_t *from, unsigned marks, struct lane_side *x,
                                         struct lane_passed *passed) {
    if ((marks & MARK_WINDOW) != 0) {
        x->window = (uint16_t)get(from, sizeof(uint16_t));
        from += sizeof(uint16_t);
    }
    passed->window = x->window;
    return (marks & MARK_IP_ID) == 0 ? from : skip_short(from);
}

size_t lane_passed_octets(const struct lane_passed *passed) {
    return passed->captured > KEPT_HEAD ? KEPT_HEAD + sizeof(uint64_t) : passed->captured;
}

void lane_passed_blocks(const struct lane_passed *passed, struct tcp_options *options) {
    options->present = 0;
    options->sack_count = 0;
    if (passed->blocks != NULL) {
        read_blocks(passed->blocks, options);
    }
}

const uint8_t *lane_log_pass(const uint8_t *from, struct lane_walk *walk, struct lane_passed *passed) {
    uint64_t front = get(from, MARKS + CHECKSUM), later;
    unsigned marks = front & UINT16_MAX;
    enum side side = sender_of(marks);
    struct lane_side *x = &walk->side[side], *y = &walk->side[other_side(side)];
    passed->side = (uint8_t)side;
    passed->opens = (marks & (MARK_SYN | MARK_FIN)) == MARK_SYN;
    from = get_time(from + MARKS + (has_checksum(marks) ? CHECKSUM : 0), marks, &later);
    passed->time = walk->time += (int64_t)later;
    from = pass_numbers(skip_growing(from, FRAMES_MOST), marks, x, y, passed);
    from = pass_window(from, marks, x, passed);
    from = read_imprint(from, marks, (uint16_t)(front >> 16), walk, passed);
    passed->blocks = (marks & MARK_SACK) == 0 ? NULL : from;
    from += (marks & MARK_SACK) == 0 ? 0 : 1 + *from * sizeof(uint64_t);
    from = get_payload(from, marks, &passed->length, &passed->captured, &passed->payload);
    x->next += (marks & MARK_SEQ) != 0 ? 0 : passed->length + ((marks & (MARK_SYN | MARK_FIN)) != 0);
    return from;
}

/* --- what was sent before --- */

static bool is_like(const struct brief *brief, uint32_t seq, const struct segment *segment) {
    bool meets = (int32_t)(seq - (segment->seq + segment->length)) < 0 &&
                 (int32_t)(segment->seq - (seq + brief->length)) < 0 && brief->length > 0;
    return !meets ||
           (seq == segment->seq && brief->length == segment->length && brief->captured == segment->payload_captured);
}

bool lane_log_repeats(const uint8_t *from, uint64_t segments, const struct lane_walk *begin, enum side side,
                      const struct segment *segment) {
    uint32_t next = begin->side[side].next;
    struct brief brief;
    for (; segments > 0; segments--) {
        from = get_brief(from, &brief);
        if (sender_of(brief.marks) != side) {
            continue;
        }
        if (!is_like(&brief, next - brief.back, segment)) {
            return false;
        }
        next += brief.back == 0 ? octets_of(&brief) : 0;
    }
    return true;
}

/* --- how long octets were under way --- */

/* Those of one side. */
struct octets_timed {
    uint32_t next;  /* raw, as in struct lane_side */
    uint32_t acked; /* likewise */
    uint32_t end;   /* of those that are timed */
    bool running;
    int64_t since;
    struct lane_text text;
};

/* It sends. Of which copy an ACK tells is open where octets are sent again (RFC 6298 3). */
static inline void time_sent_octets(struct octets_timed *x, const struct brief *brief, int64_t time) {
    uint32_t octets = octets_of(brief);
    x->text.passed = brief->length > 0 ? time : x->text.passed;
    if (brief->back != 0) {
        x->running = x->running && (octets == 0 || (int32_t)(x->next - brief->back - x->end) >= 0);
        return;
    }
    x->next += octets;
    if (!x->running && octets != 0) {
        x->running = true;
        x->end = x->next;
        x->since = time;
    }
}

/* Its peer acknowledges. */
static inline void time_their_ack(struct octets_timed *x, const struct brief *brief, int64_t time) {
    x->acked = (brief->marks & MARK_ACK) != 0 ? x->acked + brief->ack : x->next;
    if (x->running && (int32_t)(x->acked - x->end) >= 0) {
        x->text.round_trip = shortest_round_trip(x->text.round_trip, time - x->since);
        x->running = false;
    }
}

struct lane_text lane_log_time(const uint8_t *from, uint64_t segments, const struct lane_walk *begin, enum side of,
                               int64_t last_time) {
    struct octets_timed x = {.next = begin->side[of].next, .acked = begin->side[of].next};
    int64_t time = 0;
    struct brief brief;
    for (; segments > 0; segments--) {
        from = get_brief(from, &brief);
        time += (int64_t)brief.passed;
        if (sender_of(brief.marks) == of) {
            time_sent_octets(&x, &brief, time);
        } else {
            time_their_ack(&x, &brief, time);
        }
    }
    int64_t begin_time = last_time - time;
    x.text.passed += begin_time;
    x.text.timed_since = x.running ? begin_time + x.since : INT64_MAX;
    return x.text;
}

int64_t lane_log_took(const uint8_t *from, uint64_t segments) {
    struct brief brief;
    int64_t took = 0;
    for (; segments > 0; segments--) {
        from = get_brief(from, &brief);
        took += (int64_t)brief.passed;
    }
    return took;
}
