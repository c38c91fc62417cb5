/* SPDX-License-Identifier: BSD-3-Clause */
#include "model/deadlines.h"

#include <stdlib.h>

struct deadline_heap *deadlines_new(int64_t patience) {
    struct deadline_heap *heap = calloc(1, sizeof *heap);
    if (heap != NULL) {
        heap->patience = patience;
    }
    return heap;
}

void deadlines_free(struct deadline_heap *heap) {
    if (heap != NULL) {
        free(heap->entries);
        free(heap);
    }
}

/* Below each stand so many: to move one means a look into the memory of its connection, so few levels are better than
 * few comparisons. */
enum { CHILDREN = 4, LEAST_CAPACITY = 1024 };

static uint32_t parent_of(uint32_t at) {
    return (at - 1) / CHILDREN;
}

/* Of those at one time whose connection is gone come first. */
static inline bool earlier(const struct deadline_entry *one, const struct deadline_entry *other) {
    if (one->deadline != other->deadline) {
        return one->deadline < other->deadline;
    }
    return other->connection != NULL && (one->connection == NULL || one->connection->id < other->connection->id);
}

static inline void place(struct deadline_heap *heap, uint32_t at, struct deadline_entry entry) {
    heap->entries[at] = entry;
    if (entry.connection != NULL) {
        entry.connection->heap_index = at;
    }
}

/* How far up it must go to stand before all that come later: above one that is gone only on the way past another. */
static uint32_t place_above(const struct deadline_heap *heap, uint32_t at) {
    const struct deadline_entry *entry = &heap->entries[at];
    uint32_t found = at;
    while (at > 0) {
        const struct deadline_entry *parent = &heap->entries[at = parent_of(at)];
        if (earlier(entry, parent)) {
            found = at;
        } else if (parent->deadline < entry->deadline || parent->connection != NULL) {
            break;
        }
    }
    return found;
}

static void sift_up(struct deadline_heap *heap, uint32_t at) {
    struct deadline_entry entry = heap->entries[at];
    for (uint32_t to = place_above(heap, at); at != to; at = parent_of(at)) {
        place(heap, at, heap->entries[parent_of(at)]);
    }
    place(heap, at, entry);
}

static uint32_t earliest_child(const struct deadline_heap *heap, uint32_t first) {
    uint32_t earliest = first;
    for (uint32_t child = first + 1; child < first + CHILDREN && child < heap->count; child++) {
        earliest = earlier(&heap->entries[child], &heap->entries[earliest]) ? child : earliest;
    }
    return earliest;
}

static void sift_down(struct deadline_heap *heap, uint32_t at) {
    struct deadline_entry entry = heap->entries[at];
    while (CHILDREN * at + 1 < heap->count) {
        uint32_t child = earliest_child(heap, CHILDREN * at + 1);
        if (!earlier(&heap->entries[child], &entry)) {
            break;
        }
        place(heap, at, heap->entries[child]);
        at = child;
    }
    place(heap, at, entry);
}

/* Takes out those that are gone, and gives back room that is not needed any more. */
void deadlines_tidy(struct deadline_heap *heap) {
    uint32_t count = 0;
    for (uint32_t i = 0; i < heap->count; i++) {
        if (heap->entries[i].connection != NULL) {
            place(heap, count++, heap->entries[i]);
        }
    }
    heap->count = count;
    heap->gone = 0;
    for (uint32_t at = count < 2 ? 0 : parent_of(count - 1) + 1; at-- > 0;) {
        sift_down(heap, at); /* to where it is, as long as they came in order */
    }
    uint32_t capacity = heap->capacity;
    while (capacity > LEAST_CAPACITY && count <= capacity / 4) {
        capacity /= 2;
    }
    struct deadline_entry *entries =
        capacity < heap->capacity ? realloc(heap->entries, capacity * sizeof *entries) : NULL;
    if (entries != NULL) {
        heap->entries = entries;
        heap->capacity = capacity;
    }
}

bool deadlines_grow(struct deadline_heap *heap) {
    uint32_t capacity = heap->capacity == 0 ? LEAST_CAPACITY : heap->capacity * 2;
    struct deadline_entry *entries = realloc(heap->entries, capacity * sizeof *entries);
    if (entries == NULL) {
        return false;
    }
    heap->entries = entries;
    heap->capacity = capacity;
    return true;
}

void deadlines_lift(struct deadline_heap *heap, struct connection *connection) {
    sift_up(heap, connection->heap_index);
}

static void note_latest(struct deadline_heap *heap, int64_t deadline) {
    heap->latest = deadline > heap->latest ? deadline : heap->latest;
}

void deadlines_take_first_out(struct deadline_heap *heap) {
    heap->entries[0] = heap->entries[--heap->count];
    if (heap->count > 0) {
        sift_down(heap, 0);
    }
}

void deadlines_replace(struct deadline_heap *heap, struct connection *connection) {
    heap->entries[connection->heap_index].connection = connection;
}

void deadlines_moved(struct deadline_heap *heap, struct connection *connection) {
    uint32_t at = connection->heap_index;
    heap->entries[at].deadline = deadline_in(heap, connection);
    note_latest(heap, heap->entries[at].deadline);
    sift_up(heap, at);
    sift_down(heap, connection->heap_index);
}

struct connection *deadlines_first(struct deadline_heap *heap) {
    while (heap->count > 0) {
        struct deadline_entry *first = &heap->entries[0];
        if (first->connection == NULL) {
            heap->gone--;
            deadlines_take_first_out(heap);
        } else if (first->deadline < deadline_in(heap, first->connection)) {
            first->deadline = deadline_in(heap, first->connection);
            note_latest(heap, first->deadline);
            sift_down(heap, 0);
        } else {
            return first->connection;
        }
    }
    return NULL;
}

const struct connection *deadlines_expect(const struct deadline_heap *heap) {
    enum { LINE = 64, LINES = 4 };
    for (uint32_t at = 1; at <= CHILDREN && at < heap->count; at++) {
        const char *head = (const char *)heap->entries[at].connection;
        for (int i = 0; i < LINES && head != NULL; i++) {
            __builtin_prefetch(head + i * LINE, 1);
        }
    }
    return heap->count > 0 ? heap->entries[0].connection : NULL;
}

size_t deadlines_empty(struct deadline_heap *heap, struct numbered *connections) {
    size_t count = 0;
    for (size_t i = 0; i < heap->count; i++) {
        struct connection *connection = heap->entries[i].connection;
        if (connection != NULL) {
            connections[count++] = (struct numbered){connection->id, connection};
        }
    }
    free(heap->entries);
    *heap = (struct deadline_heap){.patience = heap->patience};
    return count;
}

uint64_t deadlines_count(const struct deadline_heap *heap) {
    return heap->count - heap->gone;
}
