/* SPDX-License-Identifier: BSD-3-Clause */
#include "model/lane_run.h"

#include "model/lane_read.h"
#include "model/steady_step.h"

/* A segment as it stands in the log, in numbers of its own. */
struct entry {
    uint64_t passed; /* ns since the one before it */
    uint64_t frames;
    uint32_t ack;
    uint32_t ip_id;
    uint32_t tsval;
    uint32_t tsecr;
    uint32_t length;
    uint32_t captured;
    uint16_t window;
    uint16_t imprint;
    const uint8_t *payload;
};

ALWAYS_INLINE const uint8_t *read_stamps(const uint8_t *from, unsigned marks, const struct lane_side *x,
                                         const struct lane_side *y, struct entry *entry) {
    uint32_t later, earlier = 0;
    entry->tsval = entry->tsecr = 0;
    if ((marks & MARK_STAMPED) != 0) {
        from = get_grown(from, &later);
        from = (marks & MARK_ECHO) == 0 ? from : get_grown(from, &earlier);
        entry->tsval = x->tsval + later;
        entry->tsecr = y->tsval - earlier;
    }
    return from;
}

/* Of octets in order or an ACK, without blocks of SACK. */
ALWAYS_INLINE const uint8_t *read_entry(const uint8_t *from, unsigned marks, const struct lane_side *x,
                                        const struct lane_side *y, bool ipv6, struct entry *entry) {
    bool summed = has_checksum(marks);
    uint32_t more;
    uint16_t checksum = (uint16_t)get(from + MARKS, CHECKSUM);
    from = get_time(from + MARKS + (summed ? CHECKSUM : 0), marks, &entry->passed);
    from = get_growing(from, FRAMES_MOST, &entry->frames);
    entry->ack = y->next;
    if ((marks & MARK_ACK) != 0) {
        from = get_short(from, &more);
        entry->ack = y->acked + more;
    }
    entry->window = x->window;
    if ((marks & MARK_WINDOW) != 0) {
        entry->window = (uint16_t)get(from, sizeof(uint16_t));
        from += sizeof(uint16_t);
    }
    entry->ip_id = lane_next_ip_id(x, ipv6);
    from = (marks & MARK_IP_ID) == 0 ? from : get_short(from, &entry->ip_id);
    from = read_stamps(from, marks, x, y, entry);
    entry->imprint = summed ? checksum : (uint16_t)entry->tsecr; /* segment_imprint */
    return get_payload(from, marks, &entry->length, &entry->captured, &entry->payload);
}

/* --- steady.c --- */

static bool comes_the_same_way(const struct endpoint *x, const struct segment *like) {
    return like->link_source == x->link_source && like->hop_limit == x->hop_limit;
}

/* Odd in a way of which the rules have not heard of its side. */
ALWAYS_INLINE bool is_new(const struct connection *record, enum side side, unsigned marks) {
    return (marks & MARKS_CHECKSUM) == CHECKSUM_OFFLOADED * MARK_CHECKSUM ||
           ((marks & MARK_CUT) != 0 && (record->oddities == NULL || record->oddities[side].cut.count == 0));
}

/* As each is, if nothing of the connection is unlike others or sent again (lane_ordinary.h). No ACK in a log is taken
 * back or of what was not sent, and none closes its window (is_of_side). */
ALWAYS_INLINE bool is_steady(const struct endpoint *x, const struct endpoint *y, unsigned marks,
                             const struct entry *entry, int64_t ack) {
    bool goes_on = entry->length > 0 ? x->length_limit == 0 || entry->length <= x->length_limit : ack > x->last_ack;
    return goes_on && steady_timestamps_go_on(x, (marks & MARK_STAMPED) != 0, entry->tsval) &&
           !steady_is_at_the_edge(x, y, entry->length, entry->window, ack);
}

/* Like one of its sender before it, or the first of its kind, which only leaves its letter. */
ALWAYS_INLINE bool is_known(struct connection *record, enum side side, const struct entry *entry, uint32_t seq) {
    const struct endpoint *x = &record->side[side];
    return (entry->length > 0 ? x->data_seen : x->pure_ack_seen) ||
           zeek_goes_on(record, side, seq, entry->length, entry->ack, x->next);
}

/* Where octets are compared and there is room for its own. */
ALWAYS_INLINE bool is_kept(struct model *model, struct endpoint *x, const struct entry *entry, uint64_t frame) {
    if (entry->captured == 0 || model->compares_nothing) {
        return true;
    }
    if (!kept_make_room(model, x) || x->kept == NULL) {
        return false;
    }
    struct segment segment;
    segment.frame = frame;
    segment.payload = entry->payload;
    segment.payload_captured = entry->captured;
    segment.payload_sum = entry->captured > KEPT_HEAD ? get(entry->payload + KEPT_HEAD, sizeof(uint64_t)) : 0;
    kept_add(x->kept, &segment, x->next);
    return true;
}

ALWAYS_INLINE void remember(struct endpoint *x, const struct entry *entry, uint16_t flags, uint32_t seq, uint64_t frame,
                            int64_t time) {
    *recent_next(x) = (struct recent_segment){.frame = frame,
                                              .flags = flags,
                                              .hop_limit = x->hop_limit,
                                              .time = time,
                                              .raw_seq = seq,
                                              .raw_ack = entry->ack,
                                              .length = entry->length,
                                              .ip_id = entry->ip_id,
                                              .tsval = entry->tsval,
                                              .window = entry->window,
                                              .imprint = entry->imprint};
    x->last_sent_frame = frame;
    x->last_sent_time = time;
}

ALWAYS_INLINE void go_on(struct connection *record, enum side side, unsigned marks, const struct entry *entry,
                         int64_t ack, struct lane_walk *walk) {
    struct endpoint *x = &record->side[side];
    struct endpoint *y = &record->side[other_side(side)];
    struct lane_side *sender = &walk->side[side];
    int64_t time = walk->time += (int64_t)entry->passed;
    uint64_t frame = walk->frame += entry->frames;
    const struct steady_step step = {
        .frame = frame,
        .time = time,
        .ack = ack,
        .length = entry->length,
        .tsval = entry->tsval,
        .tsecr = entry->tsecr,
        .window = entry->window,
        .stamped = (marks & MARK_STAMPED) != 0,
        .after_silence = entry->passed >= LEAST_TIMEOUT,
    };
    if ((marks & MARK_CUT) != 0) {
        segment_tally_add(&record->oddities[side].cut, frame, time);
    }
    if ((x->path.pending | y->path.pending) != 0) {
        steady_settle_opening(record, side, entry->length, ack, frame, time);
    }
    steady_take_step(x, y, &step);
    sender->tsval = step.stamped ? entry->tsval : sender->tsval;
    remember(x, entry, lane_flags_of(marks), sender->next, frame, time);
    sender->next += entry->length;
    sender->window = entry->window;
    sender->ip_id = entry->ip_id;
    walk->side[other_side(side)].acked = entry->ack;
}

/* From that side: a constant, so that what it has stands in fixed places. */
ALWAYS_INLINE const uint8_t *take(struct model *model, struct connection *record, bool plain, enum side side,
                                  unsigned marks, const uint8_t *from, struct lane_walk *walk) {
    struct entry entry = {.payload = NULL};
    if (is_new(record, side, marks)) {
        return from;
    }
    const uint8_t *behind =
        read_entry(from, marks, &walk->side[side], &walk->side[other_side(side)], walk->ipv6, &entry);
    struct endpoint *x = &record->side[side];
    struct endpoint *y = &record->side[other_side(side)];
    int64_t ack = endpoint_offset(y, entry.ack);
    if (entry.passed >= LIVENESS_SILENCE || (!plain && !is_steady(x, y, marks, &entry, ack)) ||
        !is_known(record, side, &entry, walk->side[side].next) ||
        !is_kept(model, x, &entry, walk->frame + entry.frames)) {
        return from;
    }
    go_on(record, side, marks, &entry, ack, walk);
    return behind;
}

const uint8_t *lane_run(struct model *model, struct connection *record, bool plain, const uint8_t *from,
                        struct lane_walk *walk, struct segment *const like[SIDES], unsigned most, unsigned *taken) {
    const unsigned others = MARK_SYN | MARK_FIN | MARK_SEQ | MARK_SACK;
    *taken = 0;
    if (!steady_is_quiet(record, true) || !comes_the_same_way(&record->side[SIDE_CLIENT], like[SIDE_CLIENT]) ||
        !comes_the_same_way(&record->side[SIDE_SERVER], like[SIDE_SERVER])) {
        return from;
    }
    while (*taken < most) {
        unsigned marks = (unsigned)get(from, MARKS);
        if ((marks & others) != 0) {
            break;
        }
        const uint8_t *behind = (marks & MARK_SERVER) != 0 ? take(model, record, plain, SIDE_SERVER, marks, from, walk)
                                                           : take(model, record, plain, SIDE_CLIENT, marks, from, walk);
        if (behind == from) {
            break;
        }
        from = behind;
        ++*taken;
    }
    record->frames_seen += *taken;
    record->last_frame = walk->frame;
    record->last_time = walk->time;
    return from;
}
