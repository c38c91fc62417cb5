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
    while (at > 0 && earlier(&entry, &heap->entries[(at - 1) / 2])) {
        place(heap, at, heap->entries[(at - 1) / 2]);
        at = (at - 1) / 2;
    }
    place(heap, at, entry);
}

static void sift_down(struct deadline_heap *heap, uint32_t at) {
    struct deadline_entry entry = heap->entries[at];
    for (;;) {
        uint32_t child = 2 * at + 1;
        if (child >= heap->count) {
            break;
        }
        if (child + 1 < heap->count && earlier(&heap->entries[child + 1], &heap->entries[child])) {
            child++;
        }
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
