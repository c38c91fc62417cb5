/* SPDX-License-Identifier: BSD-3-Clause */
#include "bench/events.h"

#include <stdlib.h>

/* Four children to a node: half the depth of a binary heap, and the four lie in two cache lines. */
enum { CHILDREN = 4 };

static bool earlier(const struct event *a, const struct event *b) {
    return a->time < b->time || (a->time == b->time && a->order < b->order);
}

static bool grow(struct event_queue *queue) {
    size_t capacity = queue->capacity == 0 ? 1024 : queue->capacity * 2;
    struct event *heap = realloc(queue->heap, capacity * sizeof *heap);
    if (heap == NULL)
        return false;
    queue->heap = heap;
    queue->capacity = capacity;
    return true;
}

bool event_put(struct event_queue *queue, int64_t time, enum event_kind kind, uint32_t subject, uint8_t side) {
    if (queue->count == queue->capacity && !grow(queue))
        return false;
    struct event event = {time, queue->order++, subject, (uint8_t)kind, side};
    size_t hole = queue->count++;
    while (hole > 0) {
        size_t parent = (hole - 1) / CHILDREN;
        if (!earlier(&event, &queue->heap[parent]))
            break;
        queue->heap[hole] = queue->heap[parent];
        hole = parent;
    }
    queue->heap[hole] = event;
    return true;
}

bool event_take(struct event_queue *queue, struct event *event) {
    if (queue->count == 0)
        return false;
    *event = queue->heap[0];
    struct event last = queue->heap[--queue->count];
    size_t hole = 0;
    for (;;) {
        size_t first = hole * CHILDREN + 1, least = first;
        if (first >= queue->count)
            break;
        for (size_t child = first + 1; child < first + CHILDREN && child < queue->count; child++) {
            if (earlier(&queue->heap[child], &queue->heap[least]))
                least = child;
        }
        if (!earlier(&queue->heap[least], &last))
            break;
        queue->heap[hole] = queue->heap[least];
        hole = least;
    }
    queue->heap[hole] = last;
    return true;
}

void event_queue_free(struct event_queue *queue) {
    free(queue->heap);
    *queue = (struct event_queue){0};
}
