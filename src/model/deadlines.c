/* SPDX-License-Identifier: BSD-3-Clause */
#include "model/deadlines.h"

#include <stdlib.h>

struct deadline_heap *deadlines_new(void) {
    return calloc(1, sizeof(struct deadline_heap));
}

void deadlines_free(struct deadline_heap *heap) {
    if (heap != NULL) {
        free(heap->entries);
        free(heap);
    }
}

/* Below each stand so many: to move one means a look into the memory of its connection, so few levels are better than
 * few comparisons. */
enum { CHILDREN = 4 };

static uint32_t parent_of(uint32_t at) {
    return (at - 1) / CHILDREN;
}

static bool earlier(const struct deadline_entry *one, const struct deadline_entry *other) {
    return one->deadline < other->deadline ||
           (one->deadline == other->deadline && one->connection->id < other->connection->id);
}

static void place(struct deadline_heap *heap, uint32_t at, struct deadline_entry entry) {
    heap->entries[at] = entry;
    entry.connection->heap_index = at;
}

static void sift_up(struct deadline_heap *heap, uint32_t at) {
    struct deadline_entry entry = heap->entries[at];
    while (at > 0 && earlier(&entry, &heap->entries[parent_of(at)])) {
        place(heap, at, heap->entries[parent_of(at)]);
        at = parent_of(at);
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

bool deadlines_add(struct deadline_heap *heap, struct connection *connection) {
    if (heap->count == heap->capacity) {
        uint32_t capacity = heap->capacity == 0 ? 1024 : heap->capacity * 2;
        struct deadline_entry *entries = realloc(heap->entries, capacity * sizeof *entries);
        if (entries == NULL) {
            return false;
        }
        heap->entries = entries;
        heap->capacity = capacity;
    }
    heap->entries[heap->count] = (struct deadline_entry){connection->deadline, connection};
    sift_up(heap, heap->count++);
    return true;
}

void deadlines_remove(struct deadline_heap *heap, struct connection *connection) {
    uint32_t at = connection->heap_index;
    heap->count--;
    if (at == heap->count) {
        return;
    }
    heap->entries[at] = heap->entries[heap->count];
    heap->entries[at].connection->heap_index = at;
    sift_up(heap, at);
    sift_down(heap, heap->entries[at].connection->heap_index);
}

void deadlines_replace(struct deadline_heap *heap, struct connection *connection) {
    heap->entries[connection->heap_index].connection = connection;
}

void deadlines_moved(struct deadline_heap *heap, struct connection *connection) {
    uint32_t at = connection->heap_index;
    heap->entries[at].deadline = connection->deadline;
    sift_up(heap, at);
    sift_down(heap, connection->heap_index);
}

struct connection *deadlines_first(struct deadline_heap *heap) {
    while (heap->count > 0 && heap->entries[0].deadline < heap->entries[0].connection->deadline) {
        heap->entries[0].deadline = heap->entries[0].connection->deadline;
        sift_down(heap, 0);
    }
    return heap->count > 0 ? heap->entries[0].connection : NULL;
}

const struct connection *deadlines_expect(const struct deadline_heap *heap) {
    enum { LINE = 64, LINES = 4 };
    for (uint32_t at = 1; at <= CHILDREN && at < heap->count; at++) {
        const char *head = (const char *)heap->entries[at].connection;
        for (int i = 0; i < LINES; i++) {
            __builtin_prefetch(head + i * LINE, 1);
        }
    }
    return heap->count > 0 ? heap->entries[0].connection : NULL;
}

size_t deadlines_empty(struct deadline_heap *heap, struct numbered *connections) {
    size_t count = heap->count;
    for (size_t i = 0; i < count; i++) {
        struct connection *connection = heap->entries[i].connection;
        connections[i] = (struct numbered){connection->id, connection};
    }
    free(heap->entries);
    *heap = (struct deadline_heap){.entries = NULL};
    return count;
}

uint64_t deadlines_count(const struct deadline_heap *heap) {
    return heap->count;
}
