/* SPDX-License-Identifier: BSD-3-Clause */
#include "model/lane_log.h"

#include "model/lane_write.h"

const uint8_t *lane_log_copy(const struct lane_log *log, uint8_t *end) {
    for (const struct lane_piece *piece = lane_log_last(log); piece != NULL; piece = piece->before) {
        end -= LANE_PIECE;
        memcpy(end, piece->octets, LANE_PIECE);
    }
    return end;
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
    uint16_t checksum_seen;
    uint32_t seq; /* 0 if not marked, like what follows */
    uint32_t length;
    uint32_t captured;
    uint64_t payload_sum;
    const uint8_t *payload;
    uint32_t ack; /* this and what follows is there only if marked */
    uint32_t window;
    uint32_t ip_id;
    uint32_t tsval;
    uint32_t echo;
    const uint8_t *blocks;
};

ALWAYS_INLINE const uint8_t *get_payload(const uint8_t *from, struct entry *entry) {
    from = get_short(from, &entry->length);
    entry->captured = entry->length;
    from = (entry->marks & MARK_CUT) == 0 ? from : get_small(from, &entry->captured);
    entry->payload = from;
    from += lane_head_of(entry->captured);
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
    entry->marks = front & UINT16_MAX;
    entry->checksum_seen = (uint16_t)(front >> 16);
    entry->passed = front >> 32;
    entry->seq = entry->length = entry->captured = 0;
    entry->payload_sum = 0;
    entry->payload = NULL;
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
    options->present = 0;
    options->sack_count = 0;
    options->timestamp_value = options->timestamp_echo = 0;
    if ((entry->marks & MARK_STAMPED) != 0) {
        options->present = OPTION_TIMESTAMPS;
        options->timestamp_value = x->tsval + entry->tsval;
        options->timestamp_echo = (entry->marks & MARK_ECHO) != 0 ? y->tsval - entry->echo : y->tsval;
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
    segment->ip_id = (marks & MARK_IP_ID) != 0 ? entry->ip_id : lane_next_ip_id(x, version);
    segment->length = entry->length;
    segment->payload_captured = entry->captured;
    segment->payload = entry->payload;
    segment->payload_sum = entry->payload_sum;
    set_options(entry, x, y, &segment->options);
}

/* It has passed: the numbers of its sender and of its peer. */
static void pass(struct lane_side *x, struct lane_side *y, const struct segment *segment) {
    x->next += segment->seq != x->next ? 0 : segment->length + ((segment->flags & (TCP_SYN | TCP_FIN)) != 0);
    y->acked = (segment->flags & TCP_ACK) != 0 ? segment->ack : y->acked;
    if ((segment->options.present & OPTION_TIMESTAMPS) != 0) {
        x->tsval = segment->options.timestamp_value;
    }
    x->ip_id = segment->ip_id;
    x->window = segment->window;
}

const uint8_t *lane_log_next(const uint8_t *from, struct lane_walk *walk, struct segment *const segments[SIDES],
                             enum side *side) {
    struct entry entry;
    from = get_entry(from, &entry);
    *side = sender_of(&entry);
    struct lane_side *x = &walk->side[*side];
    struct lane_side *y = &walk->side[other_side(*side)];
    struct segment *segment = segments[*side];
    segment->frame = walk->frame += entry.frames;
    segment->time = walk->time += (int64_t)entry.passed;
    set_segment(&entry, x, y, walk->version, segment);
    pass(x, y, segment);
    return from;
}

const uint8_t *lane_log_read(const uint8_t *from, struct lane_walk *walk, struct segment *segment, enum side *side) {
    struct segment *const segments[SIDES] = {segment, segment};
    *segment = (struct segment){0};
    return lane_log_next(from, walk, segments, side);
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

/* Octets so far back: of which copy the ACK tells is open then (RFC 6298 3). */
static inline void time_repeat(struct octets_timed *x, uint32_t octets, uint32_t back) {
    x->running = x->running && (octets == 0 || (int32_t)(x->next - back - x->end) >= 0);
}

static inline void time_round_trip(struct octets_timed *x, struct octets_timed *y, uint32_t octets, uint32_t back,
                                   int64_t time) {
    if (y->running && (int32_t)(y->acked - y->end) >= 0) {
        y->round_trip = shortest_round_trip(y->round_trip, time - y->since);
        y->running = false;
    }
    if (back != 0) {
        time_repeat(x, octets, back);
        return;
    }
    x->next += octets;
    if (!x->running && octets != 0) {
        x->running = true;
        x->end = x->next;
        x->since = time;
    }
}

/* Small numbers stand alone, others behind a mark. */
static inline const uint8_t *skip_small(const uint8_t *from) {
    return from + (*from == SMALL ? 1 + sizeof(uint32_t) : 1);
}
static inline const uint8_t *skip_short(const uint8_t *from) {
    return from + (get(from, sizeof(uint16_t)) == SHORT ? sizeof(uint16_t) + sizeof(uint32_t) : sizeof(uint16_t));
}

/* What no time depends on, between the ACK and the payload. */
static inline const uint8_t *skip_options(const uint8_t *from, unsigned marks) {
    from += (marks & MARK_WINDOW) != 0 ? sizeof(uint16_t) : 0;
    from = (marks & MARK_IP_ID) == 0 ? from : skip_short(from);
    from = (marks & MARK_STAMPED) == 0 ? from : skip_small(from);
    from = (marks & MARK_ECHO) == 0 ? from : skip_small(from);
    return (marks & MARK_SACK) == 0 ? from : from + 1 + *from * sizeof(uint64_t);
}

static inline const uint8_t *time_entry(const uint8_t *from, struct octets_timed timed[SIDES], int64_t *time) {
    uint64_t front = get(from, FRONT + TIME);
    unsigned marks = front & UINT16_MAX;
    bool far = (marks & MARK_FAR) != 0;
    *time += (int64_t)(far ? get(from + FRONT, FAR) : front >> 32);
    from += FRONT + (far ? FAR + FAR : TIME + FRAMES);
    struct octets_timed *x = &timed[(marks & MARK_SERVER) != 0], *y = &timed[(marks & MARK_SERVER) == 0];
    uint32_t octets = (marks & (MARK_SYN | MARK_FIN)) != 0, ack, back = 0;
    from = (marks & MARK_SEQ) == 0 ? from : get_short(from, &back);
    if ((marks & MARK_ACK) == 0) {
        y->acked = y->next;
    } else {
        from = get_short(from, &ack);
        y->acked += ack;
    }
    from = skip_options(from, marks);
    if ((marks & MARK_PAYLOAD) != 0) {
        struct entry entry = {.marks = marks};
        from = get_payload(from, &entry);
        octets += entry.length;
        x->text = *time;
    }
    time_round_trip(x, y, octets, back, *time);
    return from;
}

struct lane_text lane_log_time(const uint8_t *from, uint64_t segments, const struct lane_walk *begin, enum side of) {
    struct octets_timed timed[SIDES] = {{0}};
    int64_t time = begin->time;
    for (int i = 0; i < SIDES; i++) {
        timed[i].next = timed[i].acked = begin->side[i].next;
    }
    for (; segments > 0; segments--) {
        from = time_entry(from, timed, &time);
    }
    int64_t since = timed[of].running ? timed[of].since : INT64_MAX;
    return (struct lane_text){timed[of].round_trip, timed[of].text, since};
}
