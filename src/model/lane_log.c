/* SPDX-License-Identifier: BSD-3-Clause */
#include "model/lane_log.h"

#include "model/internal.h"
#include "model/kept.h"

#include <endian.h>

/* A segment: 16 bits that say what follows, the checksum field, how much later and how many frames after the one before
 * it passed, and of the rest what is not as expected, in the order of its marks. */
enum mark {
    MARK_FIN = TCP_FIN, /* what stands where it does in the segment: 0x01, 0x02, 0x08, 0x10, 0x80 */
    MARK_SYN = TCP_SYN,
    MARK_PUSH = TCP_PSH,
    MARK_STAMPED = OPTION_TIMESTAMPS, /* TSval follows */
    MARK_CUT = ODD_CUT,               /* less was captured of the payload than there was: how much follows it */
    MARK_FAR = 0x0004,    /* it passed longer after, or more frames, than four and three octets hold: they take eight */
    MARK_ACK = 0x0020,    /* not all that the peer has sent */
    MARK_WINDOW = 0x0040, /* not as in the segment of its sender before it */
    MARK_IP_ID = 0x0100,  /* not one more in IPv4, or not the same flow label in IPv6 */
    MARK_ECHO = 0x0200,   /* TSecr is not the peer's latest */
    MARK_PAYLOAD = 0x0400,
    MARK_CHECKSUM = 0x0800, /* two bits: enum checksum_status */
    MARK_SERVER = 0x2000,
    MARK_SEQ = 0x4000,  /* not the next octet: sent again */
    MARK_SACK = 0x8000, /* so many blocks */
    MARKS_SAME = MARK_FIN | MARK_SYN | MARK_PUSH,
};

enum {
    FRONT = 4, /* octets of marks and checksum field */
    TIME = 4,
    FRAMES = 3,
    FAR = 8,
    SMALL = UINT8_MAX, /* a number that is less takes one octet, */
    SHORT = UINT16_MAX /* or two; others follow that */
};

static uint32_t next_ip_id(const struct lane_side *x, unsigned version) {
    return x->ip_id + (version == 4);
}

static uint32_t head_of(uint32_t captured) {
    return captured < KEPT_HEAD ? captured : KEPT_HEAD;
}

/* --- writing --- */

/* The first octets of a number; those behind them are overwritten by what comes next. */
static inline uint8_t *put(uint8_t *to, uint64_t number, unsigned octets) {
    uint64_t ordered = htole64(number);
    memcpy(to, &ordered, sizeof ordered);
    return to + octets;
}

static inline uint8_t *put_small(uint8_t *to, uint32_t number) {
    return number < SMALL ? put(to, number, 1) : put(to, (uint64_t)number << 8 | SMALL, 5);
}

static inline uint8_t *put_short(uint8_t *to, uint32_t number) {
    return number < SHORT ? put(to, number, 2) : put(to, (uint64_t)number << 16 | SHORT, 6);
}

/* With so few octets the steps cost less than a call. */
static inline uint8_t *put_octets(uint8_t *to, const uint8_t *octets, size_t count) {
    enum { STEP = 16, HALF = STEP / 2 };
    if (count < HALF) {
        memcpy(to, octets, count);
    } else if (count < STEP) {
        memcpy(to, octets, HALF);
        memcpy(to + count - HALF, octets + count - HALF, HALF);
    } else {
        for (size_t at = 0; at < count - STEP; at += STEP) {
            memcpy(to + at, octets + at, STEP);
        }
        memcpy(to + count - STEP, octets + count - STEP, STEP);
    }
    return to + count;
}

static inline uint8_t *put_stamps(uint8_t *to, unsigned *marks, const struct lane_side *x, const struct lane_side *y,
                                  const struct tcp_options *options) {
    to = put_small(to, options->timestamp_value - x->tsval);
    if (options->timestamp_echo != y->tsval) {
        *marks |= MARK_ECHO;
        to = put_small(to, y->tsval - options->timestamp_echo);
    }
    return to;
}

static inline uint8_t *put_payload(uint8_t *to, const struct segment *segment) {
    to = put_short(to, segment->length);
    to = (segment->odd & ODD_CUT) == 0 ? to : put_small(to, segment->payload_captured);
    to = put_octets(to, segment->payload, head_of(segment->payload_captured));
    return segment->payload_captured > KEPT_HEAD ? put(to, segment->payload_sum, sizeof(uint64_t)) : to;
}

__attribute__((noinline)) static uint8_t *put_blocks(uint8_t *to, const struct tcp_options *options) {
    to = put(to, options->sack_count, 1);
    for (int i = 0; i < options->sack_count; i++) {
        to = put(to, options->sack[i].begin | (uint64_t)options->sack[i].end << 32, sizeof(uint64_t));
    }
    return to;
}

/* What is not as expected. */
static inline uint8_t *put_rest(uint8_t *to, unsigned *marks, const struct lane_side *x, const struct lane_side *y,
                                unsigned version, const struct segment *segment) {
    if (segment->seq != x->next) {
        *marks |= MARK_SEQ;
        to = put_short(to, x->next - segment->seq);
    }
    if (segment->ack != y->next) {
        *marks |= MARK_ACK;
        to = put_short(to, segment->ack - y->acked);
    }
    if (segment->window != x->window) {
        *marks |= MARK_WINDOW;
        to = put(to, segment->window, sizeof segment->window);
    }
    if (segment->ip_id != next_ip_id(x, version)) {
        *marks |= MARK_IP_ID;
        to = put_short(to, segment->ip_id);
    }
    if ((*marks & MARK_STAMPED) != 0) {
        to = put_stamps(to, marks, x, y, &segment->options);
    }
    if ((segment->options.present & OPTION_SACK) != 0) {
        *marks |= MARK_SACK;
        to = put_blocks(to, &segment->options);
    }
    if (segment->length > 0) {
        *marks |= MARK_PAYLOAD;
        to = put_payload(to, segment);
    }
    return to;
}

static inline uint8_t *put_segment(uint8_t *to, const struct connection *connection,
                                   const struct lane_side sides[SIDES], enum side side, const struct segment *segment) {
    uint64_t passed = (uint64_t)(segment->time - connection->last_time);
    uint64_t frames = segment->frame - connection->last_frame;
    bool far = (passed >> 8 * TIME | frames >> 8 * FRAMES) != 0;
    unsigned marks = (segment->flags & MARKS_SAME) | (segment->options.present & OPTION_TIMESTAMPS) |
                     (segment->odd & ODD_CUT) | (unsigned)side * MARK_SERVER | segment->checksum * MARK_CHECKSUM;
    uint8_t *front = to;
    to = put(to, (uint64_t)segment->checksum_seen << 16 | passed << 32, FRONT + TIME);
    if (far) {
        marks |= MARK_FAR;
        to = put(to - TIME, passed, FAR);
    }
    to = put(to, frames, far ? FAR : FRAMES);
    to = put_rest(to, &marks, &sides[side], &sides[1 - side], connection->address[0].version, segment);
    uint16_t ordered = htole16((uint16_t)marks);
    memcpy(front, &ordered, sizeof ordered);
    return to;
}

/* Another piece at the end; false when memory is out. */
static bool extend(struct lane_log *log, struct slab *pieces) {
    struct lane_piece *piece = slab_take_any(pieces);
    if (piece == NULL) {
        return false;
    }
    piece->next = log->last != NULL ? log->last->next : piece;
    *(log->last != NULL ? &log->last->next : &log->last) = piece;
    log->last = piece;
    log->room = LANE_PIECE;
    return true;
}

static inline void append(struct lane_log *log, const uint8_t *octets, size_t count) {
    put_octets(log->last->octets + LANE_PIECE - log->room, octets, count);
    log->room = (uint8_t)(log->room - count);
    log->octets = (uint16_t)(log->octets + count);
}

/* The last piece cannot hold all of it. */
__attribute__((noinline)) static bool spill(struct lane_log *log, struct slab *pieces, const uint8_t *octets,
                                            size_t count) {
    while (count > log->room) {
        size_t fits = log->room;
        if (fits > 0) {
            append(log, octets, fits);
        }
        octets += fits;
        count -= fits;
        if (!extend(log, pieces)) {
            return false;
        }
    }
    append(log, octets, count);
    return true;
}

bool lane_log_add(struct lane_log *log, struct slab *pieces, const struct connection *connection,
                  const struct lane_side sides[SIDES], enum side side, const struct segment *segment) {
    uint8_t entry[LANE_ENTRY_MOST];
    size_t count = (size_t)(put_segment(entry, connection, sides, side, segment) - entry);
    if (count > log->room) {
        return spill(log, pieces, entry, count);
    }
    append(log, entry, count);
    return true;
}

void lane_log_free(struct lane_log *log, struct slab *pieces) {
    if (log->last != NULL) {
        slab_give_chain(pieces, log->last->next, log->last);
    }
    *log = (struct lane_log){.last = NULL};
}

/* --- reading --- */

void lane_log_copy(const struct lane_log *log, uint8_t *to) {
    const struct lane_piece *piece = log->last->next;
    for (unsigned copied = 0; copied < log->octets; copied += LANE_PIECE, piece = piece->next) {
        memcpy(to + copied, piece->octets, LANE_PIECE);
    }
}

static inline uint64_t get(const uint8_t *from, unsigned octets) {
    uint64_t ordered;
    memcpy(&ordered, from, sizeof ordered);
    return le64toh(ordered) & UINT64_MAX >> (64 - 8 * octets);
}

static inline const uint8_t *get_small(const uint8_t *from, uint32_t *number) {
    *number = *from++;
    if (*number == SMALL) {
        *number = (uint32_t)get(from, sizeof *number);
        from += sizeof *number;
    }
    return from;
}

static inline const uint8_t *get_short(const uint8_t *from, uint32_t *number) {
    *number = (uint32_t)get(from, sizeof(uint16_t));
    from += sizeof(uint16_t);
    if (*number == SHORT) {
        *number = (uint32_t)get(from, sizeof *number);
        from += sizeof *number;
    }
    return from;
}

/* A walk that asks for less of an entry than another reads less then. */
#define ALWAYS_INLINE static inline __attribute__((always_inline))

/* A segment as it stands in the log, in differences from what came before. */
struct entry {
    uint64_t frames;
    uint64_t passed;
    unsigned marks;
    uint32_t seq; /* this and what follows is there if marked */
    uint32_t ack;
    uint32_t window;
    uint32_t ip_id;
    uint32_t tsval;
    uint32_t echo;
    uint32_t length;
    uint32_t captured;
    uint16_t checksum_seen;
    uint64_t payload_sum;
    const uint8_t *blocks;
    const uint8_t *payload;
};

ALWAYS_INLINE const uint8_t *get_payload(const uint8_t *from, struct entry *entry) {
    from = get_short(from, &entry->length);
    entry->captured = entry->length;
    from = (entry->marks & MARK_CUT) == 0 ? from : get_small(from, &entry->captured);
    entry->payload = from;
    from += head_of(entry->captured);
    if (entry->captured > KEPT_HEAD) {
        entry->payload_sum = get(from, sizeof entry->payload_sum);
        from += sizeof entry->payload_sum;
    }
    return from;
}

ALWAYS_INLINE const uint8_t *get_rest(const uint8_t *from, struct entry *entry) {
    unsigned marks = entry->marks;
    from = (marks & MARK_SEQ) == 0 ? from : get_short(from, &entry->seq);
    from = (marks & MARK_ACK) == 0 ? from : get_short(from, &entry->ack);
    if ((marks & MARK_WINDOW) != 0) {
        entry->window = (uint32_t)get(from, sizeof(uint16_t));
        from += sizeof(uint16_t);
    }
    from = (marks & MARK_IP_ID) == 0 ? from : get_short(from, &entry->ip_id);
    from = (marks & MARK_STAMPED) == 0 ? from : get_small(from, &entry->tsval);
    from = (marks & MARK_ECHO) == 0 ? from : get_small(from, &entry->echo);
    if ((marks & MARK_SACK) != 0) {
        entry->blocks = from;
        from += 1 + *from * sizeof(uint64_t);
    }
    return (marks & MARK_PAYLOAD) == 0 ? from : get_payload(from, entry);
}

/* Returns where the next one stands. */
ALWAYS_INLINE const uint8_t *get_entry(const uint8_t *from, struct entry *entry) {
    uint64_t front = get(from, FRONT + TIME);
    unsigned frames = FRAMES;
    *entry =
        (struct entry){.marks = front & UINT16_MAX, .checksum_seen = (uint16_t)(front >> 16), .passed = front >> 32};
    from += FRONT + TIME;
    if ((entry->marks & MARK_FAR) != 0) {
        entry->passed = get(from - TIME, FAR);
        from += FAR - TIME;
        frames = FAR;
    }
    entry->frames = get(from, frames);
    return get_rest(from + frames, entry);
}

static inline enum side sender_of(const struct entry *entry) {
    return (entry->marks & MARK_SERVER) != 0 ? SIDE_SERVER : SIDE_CLIENT;
}

static inline uint32_t octets_of(const struct entry *entry) {
    return entry->length + ((entry->marks & (MARK_SYN | MARK_FIN)) != 0);
}

static void set_blocks(const uint8_t *from, struct tcp_options *options) {
    options->present |= OPTION_SACK;
    options->sack_count = *from++;
    for (int i = 0; i < options->sack_count; i++, from += sizeof(uint64_t)) {
        uint64_t block = get(from, sizeof block);
        options->sack[i].begin = (uint32_t)block;
        options->sack[i].end = (uint32_t)(block >> 32);
    }
}

static void set_options(const struct entry *entry, const struct lane_side *x, const struct lane_side *y,
                        struct tcp_options *options) {
    if ((entry->marks & MARK_STAMPED) != 0) {
        options->present = OPTION_TIMESTAMPS;
        options->timestamp_value = x->tsval + entry->tsval;
        options->timestamp_echo = y->tsval - entry->echo;
    }
    if ((entry->marks & MARK_SACK) != 0) {
        set_blocks(entry->blocks, options);
    }
}

static void set_segment(const struct entry *entry, const struct lane_side *x, const struct lane_side *y,
                        unsigned version, struct segment *segment) {
    unsigned marks = entry->marks;
    bool begins = (marks & (MARK_SYN | MARK_SERVER)) == MARK_SYN;
    segment->checksum_seen = entry->checksum_seen;
    segment->checksum = (uint8_t)(marks / MARK_CHECKSUM & 3);
    segment->odd = (uint16_t)(marks & MARK_CUT);
    segment->odd |= segment->checksum == CHECKSUM_OFFLOADED ? ODD_OFFLOADED : 0;
    segment->flags = (uint16_t)((marks & MARKS_SAME) | (begins ? 0 : TCP_ACK));
    segment->seq = x->next - entry->seq;
    segment->ack = begins ? 0 : (marks & MARK_ACK) != 0 ? y->acked + entry->ack : y->next;
    segment->window = (marks & MARK_WINDOW) != 0 ? (uint16_t)entry->window : x->window;
    segment->ip_id = (marks & MARK_IP_ID) != 0 ? entry->ip_id : next_ip_id(x, version);
    segment->length = entry->length;
    segment->payload_captured = entry->captured;
    segment->payload = entry->payload;
    segment->payload_sum = entry->payload_sum;
    set_options(entry, x, y, &segment->options);
}

const uint8_t *lane_log_read(const uint8_t *from, struct lane_walk *walk, struct segment *segment, enum side *side) {
    struct entry entry;
    from = get_entry(from, &entry);
    *side = sender_of(&entry);
    struct lane_side *x = &walk->side[*side];
    struct lane_side *y = &walk->side[other_side(*side)];
    *segment = (struct segment){.frame = walk->frame += entry.frames, .time = walk->time += (int64_t)entry.passed};
    set_segment(&entry, x, y, walk->version, segment);
    lane_pass(x, y, segment);
    return from;
}

/* --- what was sent before --- */

static bool is_like(const struct entry *entry, uint32_t seq, const struct segment *segment) {
    bool meets = (int32_t)(seq - (segment->seq + segment->length)) < 0 &&
                 (int32_t)(segment->seq - (seq + entry->length)) < 0 && entry->length > 0;
    return !meets ||
           (seq == segment->seq && entry->length == segment->length && entry->captured == segment->payload_captured);
}

bool lane_log_repeats(const uint8_t *from, uint64_t segments, const struct lane_walk *begin, enum side side,
                      const struct segment *segment) {
    uint32_t next = begin->side[side].next;
    struct entry entry;
    for (; segments > 0; segments--) {
        from = get_entry(from, &entry);
        uint32_t seq = next - entry.seq;
        if (sender_of(&entry) == side && !is_like(&entry, seq, segment)) {
            return false;
        }
        bool new = sender_of(&entry) == side &&entry.seq < octets_of(&entry);
        next = new ? seq + octets_of(&entry) : next;
    }
    return true;
}

/* --- how long octets were under way --- */

struct octets_timed {
    uint32_t next;  /* raw, as in struct lane_side */
    uint32_t acked; /* likewise */
    uint32_t end;   /* of those that are timed */
    bool running;
    int64_t since;
    int64_t round_trip; /* of the peer, the shortest so far; 0: none */
    int64_t text;       /* when its last octets passed, a FIN apart */
};

static inline void time_entry(struct octets_timed *x, struct octets_timed *y, const struct entry *entry, int64_t time) {
    uint32_t end = x->next + octets_of(entry);
    y->acked = (entry->marks & MARK_ACK) != 0 ? y->acked + entry->ack : y->next;
    if (y->running && (int32_t)(y->acked - y->end) >= 0) {
        y->round_trip = shortest_round_trip(y->round_trip, time - y->since);
        y->running = false;
    }
    if (!x->running && end != x->next) {
        x->running = true;
        x->end = end;
        x->since = time;
    }
    x->next = end;
    x->text = entry->length > 0 ? time : x->text;
}

struct lane_text lane_log_time(const uint8_t *from, uint64_t segments, const struct lane_walk *begin, enum side of) {
    struct octets_timed timed[SIDES] = {{0}};
    int64_t time = begin->time;
    struct entry entry;
    for (int i = 0; i < SIDES; i++) {
        timed[i].next = timed[i].acked = begin->side[i].next;
    }
    for (; segments > 0; segments--) {
        from = get_entry(from, &entry);
        time += (int64_t)entry.passed;
        enum side side = sender_of(&entry);
        time_entry(&timed[side], &timed[other_side(side)], &entry, time);
    }
    return (struct lane_text){timed[of].round_trip, timed[of].text};
}
