/* SPDX-License-Identifier: BSD-3-Clause */
#include "check/lost.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

/* A segment is known again at the other point by its side, flags, numbers and length; a repetition looks the same, so
 * they are counted off in pairs. */
struct sent {
    const json_t *segment; /* borrowed */
    char where;            /* 'a' or 'b' */
};

static int compare_numbers(const json_t *one, const json_t *other, const char *name) {
    json_int_t a = json_integer_value(json_object_get(one, name));
    json_int_t b = json_integer_value(json_object_get(other, name));

    return (a > b) - (a < b);
}

static int compare_texts(const json_t *one, const json_t *other, const char *name) {
    const char *a = json_string_value(json_object_get(one, name));
    const char *b = json_string_value(json_object_get(other, name));

    return strcmp(a != NULL ? a : "", b != NULL ? b : "");
}

/* 0: the same segment, as far as it shows. */
static int compare_segments(const json_t *one, const json_t *other) {
    static const char *const numbers[] = {"seq", "ack", "length"};
    int order = compare_texts(one, other, "side");

    order = order != 0 ? order : compare_texts(one, other, "flags");
    for (size_t i = 0; order == 0 && i < sizeof numbers / sizeof *numbers; i++)
        order = compare_numbers(one, other, numbers[i]);
    return order;
}

static int by_likeness(const void *one, const void *other) {
    const struct sent *a = one, *b = other;
    int order = compare_segments(a->segment, b->segment);

    if (order == 0)
        order = (a->where > b->where) - (a->where < b->where);
    return order != 0 ? order : compare_numbers(a->segment, b->segment, "frame");
}

static int by_frame(const void *one, const void *other) {
    const struct sent *a = one, *b = other;
    int order = compare_numbers(a->segment, b->segment, "time_ns");

    return order != 0 ? order : compare_numbers(a->segment, b->segment, "frame");
}

static size_t collect(struct sent *sent, size_t count, const json_t *connection, char where) {
    size_t i;
    json_t *segment;

    json_array_foreach(json_object_get(connection, "segments"), i, segment) {
        sent[count++] = (struct sent){segment, where};
    }
    return count;
}

/* Keeps of each kind the surplus of one point over the other: the last ones, for a lost one is sent again before the
 * first is missed at the point nearer to its sender. Returns how many are kept. */
static size_t keep_surplus(struct sent *sent, size_t count) {
    size_t kept = 0;

    for (size_t begin = 0, end; begin < count; begin = end) {
        size_t of_a = 0;
        for (end = begin; end < count && compare_segments(sent[begin].segment, sent[end].segment) == 0; end++)
            of_a += sent[end].where == 'a';
        size_t of_b = end - begin - of_a;
        size_t pairs = of_a < of_b ? of_a : of_b;
        size_t first = of_a > of_b ? begin : begin + of_a;
        size_t most = of_a > of_b ? of_a : of_b;
        for (size_t i = first; i < first + most - pairs; i++)
            sent[kept++] = sent[i];
    }
    return kept;
}

static void append(json_t *lost, const struct sent *sent) {
    const char where[2] = {sent->where, '\0'};
    const json_t *segment = sent->segment;

    json_array_append_new(
        lost, json_pack("{s: O, s: s, s: O, s: O, s: O, s: O}", "side", json_object_get(segment, "side"), "seen", where,
                        "frame", json_object_get(segment, "frame"), "segment", json_object_get(segment, "flags"), "seq",
                        json_object_get(segment, "seq"), "length", json_object_get(segment, "length")));
}

uint64_t lost_between(const json_t *a, const json_t *b, json_t *lost) {
    size_t most = json_array_size(json_object_get(a, "segments")) + json_array_size(json_object_get(b, "segments"));
    struct sent *sent = calloc(most + 1, sizeof *sent);

    if (sent == NULL)
        return 0;
    size_t count = collect(sent, 0, a, 'a');
    count = collect(sent, count, b, 'b');
    qsort(sent, count, sizeof *sent, by_likeness);
    count = keep_surplus(sent, count);
    qsort(sent, count, sizeof *sent, by_frame);
    for (size_t i = 0; i < count && i < LOST_LISTED; i++)
        append(lost, &sent[i]);
    free(sent);
    return count;
}
