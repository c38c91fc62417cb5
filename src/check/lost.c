/* SPDX-License-Identifier: BSD-3-Clause */
#include "check/lost.h"

#include "model/connection.h"
#include "report/flags_text.h"

#include <stdlib.h>

/* A segment at one of the points. */
struct sent {
    const struct kept_segment *segment; /* borrowed */
    uint8_t point;                      /* 0 or 1 */
    bool found;                         /* at the other point as well */
};

/* Numbers of sequence space that all segments of a side at a point cover together. */
struct stretch {
    uint32_t begin; /* relative to the ISN */
    uint64_t end;
};

static int compare(uint64_t a, uint64_t b) {
    return (a > b) - (a < b);
}

/* PSH and what else a network card may change is no difference. */
static unsigned firm_flags(const struct kept_segment *segment) {
    return segment->flags & (TCP_SYN | TCP_FIN | TCP_RST | TCP_ACK);
}

/* 0: the same segment, or a repetition of it. */
static int compare_segments(const struct kept_segment *a, const struct kept_segment *b) {
    int order = compare(a->side, b->side);

    order = order != 0 ? order : compare(a->seq, b->seq);
    order = order != 0 ? order : compare(a->length, b->length);
    order = order != 0 ? order : compare(firm_flags(a), firm_flags(b));
    return order != 0 ? order : compare(a->ack, b->ack);
}

/* 0: the same packet. */
static int compare_packets(const struct kept_segment *a, const struct kept_segment *b) {
    int order = compare_segments(a, b);

    order = order != 0 ? order : compare(a->timestamp, b->timestamp);
    return order != 0 ? order : compare(a->ip_id, b->ip_id);
}

static int by_place(const struct sent *a, const struct sent *b) {
    int order = compare(a->point, b->point);

    return order != 0 ? order : compare(a->segment->frame, b->segment->frame);
}

static int by_packet(const void *one, const void *other) {
    const struct sent *a = one, *b = other;
    int order = compare_packets(a->segment, b->segment);

    return order != 0 ? order : by_place(a, b);
}

static int by_segment(const void *one, const void *other) {
    const struct sent *a = one, *b = other;
    int order = compare_segments(a->segment, b->segment);

    return order != 0 ? order : by_place(a, b);
}

static int by_time(const void *one, const void *other) {
    const struct sent *a = one, *b = other;
    int64_t x = a->segment->time, y = b->segment->time;
    int order = (x > y) - (x < y);

    return order != 0 ? order : by_place(a, b);
}

/* Leaves out those that were found; returns how many are left. */
static size_t leave_out_found(struct sent *sent, size_t count) {
    size_t left = 0;

    for (size_t i = 0; i < count; i++)
        if (!sent[i].found)
            sent[left++] = sent[i];
    return left;
}

/* Of equal ones each at one point answers for one at the other, the latest for the latest: where one was lost and sent
 * again, it is the first that is missing. */
static size_t pair_off(struct sent *sent, size_t count, int order(const void *, const void *),
                       int likeness(const struct kept_segment *, const struct kept_segment *)) {
    if (count > 0)
        qsort(sent, count, sizeof *sent, order);
    for (size_t begin = 0, end; begin < count; begin = end) {
        size_t first = 0;
        for (end = begin; end < count && likeness(sent[begin].segment, sent[end].segment) == 0; end++)
            first += sent[end].point == 0;
        size_t second = end - begin - first;
        size_t pairs = first < second ? first : second;
        for (size_t i = 0; i < pairs; i++)
            sent[begin + first - 1 - i].found = sent[end - 1 - i].found = true;
    }
    return leave_out_found(sent, count);
}

static uint32_t first_number(const struct two_points *points, const struct kept_segment *segment) {
    return segment->seq - points->isn[segment->side];
}

/* Length in sequence space (RFC 9293 3.4). */
static uint64_t numbers_of(const struct kept_segment *segment) {
    return (uint64_t)segment->length + ((segment->flags & TCP_SYN) != 0) + ((segment->flags & TCP_FIN) != 0);
}

static int by_begin(const void *one, const void *other) {
    const struct stretch *a = one, *b = other;

    return compare(a->begin, b->begin);
}

/* What a side's segments at a point cover, in order and disjoint; returns how many stretches there are. */
static size_t cover(const struct two_points *points, const struct sent *sent, size_t count, unsigned side,
                    unsigned point, struct stretch *stretches) {
    size_t found = 0, merged = 0;

    for (size_t i = 0; i < count; i++) {
        const struct kept_segment *segment = sent[i].segment;
        uint32_t begin = first_number(points, segment);
        if (segment->side == side && sent[i].point == point && numbers_of(segment) > 0)
            stretches[found++] = (struct stretch){begin, begin + numbers_of(segment)};
    }
    if (found > 0)
        qsort(stretches, found, sizeof *stretches, by_begin);
    for (size_t i = 0; i < found; i++) {
        struct stretch *last = merged > 0 ? &stretches[merged - 1] : NULL;
        if (last == NULL || stretches[i].begin > last->end)
            stretches[merged++] = stretches[i];
        else if (stretches[i].end > last->end)
            last->end = stretches[i].end;
    }
    return merged;
}

static bool is_covered(const struct stretch *stretches, size_t count, uint32_t begin, uint64_t end) {
    size_t low = 0, high = count;

    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (stretches[middle].end < end)
            low = middle + 1;
        else
            high = middle;
    }
    return low < count && stretches[low].begin <= begin;
}

/* Cards and drivers put segments together and split them: what the left ones of the other point make up is there. */
static size_t leave_out_resegmented(const struct two_points *points, struct sent *sent, size_t count,
                                    struct stretch *stretches) {
    for (unsigned side = 0; side < SIDES; side++) {
        for (unsigned point = 0; point < 2; point++) {
            size_t stretch_count = cover(points, sent, count, side, 1 - point, stretches);
            for (size_t i = 0; i < count; i++) {
                const struct kept_segment *segment = sent[i].segment;
                uint32_t begin = first_number(points, segment);
                if (segment->side == side && sent[i].point == point && numbers_of(segment) > 0 &&
                    is_covered(stretches, stretch_count, begin, begin + numbers_of(segment)))
                    sent[i].found = true;
            }
        }
    }
    return leave_out_found(sent, count);
}

/* A segment that passed the point nearer to its sender, and not the other, was lost between them; the other way round
 * the nearer point did not record it. */
static json_t *where_lost(const struct two_points *points, const struct sent *sent) {
    int nearer = points->nearer[sent->segment->side];

    if (nearer < 0)
        return json_null();
    return json_string(nearer == sent->point ? "between-points" : "not-captured");
}

static void append(const struct two_points *points, const struct sent *sent, json_t *lost) {
    const struct kept_segment *segment = sent->segment;
    char flags[FLAGS_TEXT_SIZE];

    json_array_append_new(
        lost, json_pack("{s: s, s: s, s: o, s: I, s: s, s: I, s: I}", "side", side_name((enum side)segment->side),
                        "seen", sent->point == 0 ? "a" : "b", "where", where_lost(points, sent), "frame",
                        (json_int_t)segment->frame, "segment", flags_text(segment->flags, flags), "relative_seq",
                        (json_int_t)first_number(points, segment), "length", (json_int_t)segment->length));
}

bool lost_between(const struct two_points *points, json_t *lost, uint64_t *count) {
    size_t most = points->count[0] + points->count[1], left = 0;
    struct sent *sent = calloc(most + 1, sizeof *sent);
    struct stretch *stretches = calloc(most + 1, sizeof *stretches);
    bool good = sent != NULL && stretches != NULL;

    for (unsigned point = 0; good && point < 2; point++)
        for (size_t i = 0; i < points->count[point]; i++)
            sent[left++] = (struct sent){&points->segments[point][i], (uint8_t)point, false};
    if (good) {
        left = pair_off(sent, left, by_packet, compare_packets);
        left = pair_off(sent, left, by_segment, compare_segments);
        left = leave_out_resegmented(points, sent, left, stretches);
        if (left > 0)
            qsort(sent, left, sizeof *sent, by_time);
        for (size_t i = 0; i < left && i < LOST_LISTED; i++)
            append(points, &sent[i], lost);
        *count = left;
    }
    free(stretches);
    free(sent);
    return good;
}
