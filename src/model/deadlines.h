/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef FINWAIT_MODEL_DEADLINES_H
#define FINWAIT_MODEL_DEADLINES_H

#include "base/order.h"
#include "model/connection.h"

/* Connections by deadline, then id: a heap. A connection's own deadline may move later without a word; the heap
 * finds out when its old one is due. */
struct deadline_entry {
    int64_t deadline;              /* as last heard: the true one is not before it */
    struct connection *connection; /* NULL: gone */
};

struct deadline_heap {
    struct deadline_entry *entries; /* owned */
    uint32_t count;                 /* of the entries, */
    uint32_t gone;                  /* and of those whose connection is gone */
    uint32_t capacity;
    int64_t latest;   /* no deadline in it is later */
    int64_t patience; /* ns: how long one in the lane waits behind its last segment, which is all that is known of it */
};

/* When the connection ends if nothing more arrives, ns; it stands in that heap or is to. */
static inline int64_t deadline_in(const struct deadline_heap *heap, const struct connection *connection) {
    return connection->in_lane ? connection->last_time + heap->patience : connection->deadline;
}

struct deadline_heap *deadlines_new(int64_t patience); /* NULL when memory is out */
void deadlines_free(struct deadline_heap *heap);
/* Parts of what is inline below: room for more (false: memory is out); a new entry, which stands last, goes to its
 * place; the first one goes; those that are gone go, and room that is not needed. */
bool deadlines_grow(struct deadline_heap *heap);
void deadlines_lift(struct deadline_heap *heap, struct connection *connection);
void deadlines_take_first_out(struct deadline_heap *heap);
void deadlines_tidy(struct deadline_heap *heap);
/* Adds one that is not in it. False: memory is out. */
static inline bool deadlines_add(struct deadline_heap *heap, struct connection *connection) {
    if (heap->count == heap->capacity && !deadlines_grow(heap)) {
        return false;
    }
    int64_t deadline = deadline_in(heap, connection);
    heap->entries[heap->count] = (struct deadline_entry){deadline, connection};
    connection->heap_index = heap->count++;
    if (deadline > heap->latest) { /* mostly: it need not be held against any other */
        heap->latest = deadline;
    } else {
        deadlines_lift(heap, connection);
    }
    return true;
}
/* But for the first and the last its entry stays, for to move another there would mean a look into the memory of a
 * connection or several; when half of all are gone they are taken out together. */
static inline void deadlines_remove(struct deadline_heap *heap, struct connection *connection) {
    uint32_t at = connection->heap_index;
    if (at + 1 == heap->count) {
        heap->count--;
    } else if (at == 0) {
        deadlines_take_first_out(heap);
    } else {
        heap->entries[at].connection = NULL;
        heap->gone++;
    }
    if (heap->gone > heap->count / 2) {
        deadlines_tidy(heap);
    }
}
/* The same connection stands elsewhere now; its head has been copied. */
void deadlines_replace(struct deadline_heap *heap, struct connection *connection);
/* The connection whose deadline is next, NULL if there is none; its entry is brought up to date first. */
struct connection *deadlines_first(struct deadline_heap *heap);
/* A hint that the next ones will be wanted soon; returns the one that is likely to be the first, or NULL. */
const struct connection *deadlines_expect(const struct deadline_heap *heap);
/* Tells the heap that a deadline moved, in either direction. */
void deadlines_moved(struct deadline_heap *heap, struct connection *connection);
/* No connection is due before that time; INT64_MAX: there is none. */
static inline int64_t deadlines_none_before(const struct deadline_heap *heap) {
    return heap->count == 0 ? INT64_MAX : heap->entries[0].deadline;
}

/* Takes all of them out, in any order, with their ids into an array with room for them; returns how many. The memory
 * that they took is given back. */
size_t deadlines_empty(struct deadline_heap *heap, struct numbered *connections);

/* Of connections, those that are gone not among them. */
uint64_t deadlines_count(const struct deadline_heap *heap);

#endif
