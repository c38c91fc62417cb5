/* SPDX-License-Identifier: BSD-3-Clause */
#include "base/ranges.h"

#include <stdlib.h>
#include <string.h>

void ranges_free(struct ranges *set) {
    free(set->items);
    *set = (struct ranges){0};
}

static bool make_room(struct ranges *set) {
    if (set->count < set->capacity) {
        return true;
    }
    uint16_t capacity = set->capacity == 0 ? 4 : (uint16_t)(set->capacity * 2);
    struct range *items = realloc(set->items, capacity * sizeof *items);
    if (items == NULL) {
        return false;
    }
    set->items = items;
    set->capacity = capacity;
    return true;
}

/* Index of the first range that ends at or after octet. */
static uint16_t first_reaching(const struct ranges *set, int64_t octet) {
    uint16_t low = 0;
    uint16_t high = set->count;
    while (low < high) {
        uint16_t middle = (uint16_t)((low + high) / 2);
        if (set->items[middle].end < octet) {
            low = (uint16_t)(middle + 1);
        } else {
            high = middle;
        }
    }
    return low;
}

static void erase(struct ranges *set, uint16_t from, uint16_t to) {
    memmove(&set->items[from], &set->items[to], (size_t)(set->count - to) * sizeof set->items[0]);
    set->count = (uint16_t)(set->count - (to - from));
}

static void insert(struct ranges *set, uint16_t at, int64_t begin, int64_t end) {
    memmove(&set->items[at + 1], &set->items[at], (size_t)(set->count - at) * sizeof set->items[0]);
    set->items[at] = (struct range){begin, end};
    set->count++;
}

bool ranges_add(struct ranges *set, int64_t begin, int64_t end) {
    if (begin >= end) {
        return true;
    }
    uint16_t first = first_reaching(set, begin);
    uint16_t last = first;
    while (last < set->count && set->items[last].begin <= end) {
        begin = set->items[last].begin < begin ? set->items[last].begin : begin;
        end = set->items[last].end > end ? set->items[last].end : end;
        last++;
    }
    if (last > first) {
        set->items[first] = (struct range){begin, end};
        erase(set, (uint16_t)(first + 1), last);
        return true;
    }
    if (set->count == RANGES_MAX) {
        uint16_t neighbour = first > 0 ? (uint16_t)(first - 1) : 0;
        struct range *below = &set->items[neighbour];
        below->begin = begin < below->begin ? begin : below->begin;
        below->end = end > below->end ? end : below->end;
        set->inexact++;
        return true;
    }
    if (!make_room(set)) {
        return false;
    }
    insert(set, first, begin, end);
    return true;
}

int64_t ranges_overlap(const struct ranges *set, int64_t begin, int64_t end) {
    int64_t sum = 0;
    for (uint16_t i = first_reaching(set, begin); i < set->count && set->items[i].begin < end; i++) {
        int64_t from = set->items[i].begin > begin ? set->items[i].begin : begin;
        int64_t to = set->items[i].end < end ? set->items[i].end : end;
        sum += to > from ? to - from : 0;
    }
    return sum;
}

/* Takes [begin, end) out of the middle of a range, if there is room for what is left above it. */
static void split(struct ranges *set, uint16_t at, int64_t begin, int64_t end) {
    if (set->count == RANGES_MAX || !make_room(set)) {
        set->inexact++;
        return;
    }
    int64_t upper = set->items[at].end;
    set->items[at].end = begin;
    insert(set, (uint16_t)(at + 1), end, upper);
}

int64_t ranges_remove(struct ranges *set, int64_t begin, int64_t end) {
    int64_t removed = ranges_overlap(set, begin, end);
    if (removed == 0) {
        return 0;
    }
    uint16_t i = first_reaching(set, begin);
    while (i < set->count && set->items[i].begin < end) {
        struct range *range = &set->items[i];
        if (range->begin < begin && range->end > end) {
            split(set, i, begin, end);
            return removed;
        }
        if (range->begin < begin) {
            range->end = range->end < begin ? range->end : begin;
            i++;
        } else if (range->end > end) {
            range->begin = end;
            i++;
        } else {
            erase(set, i, (uint16_t)(i + 1));
        }
    }
    return removed;
}
