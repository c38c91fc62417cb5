/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef BENCH_EVENTS_H
#define BENCH_EVENTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What is going to happen, and to which connection or segment. */
enum event_kind {
    EVENT_START,       /* the next connection of the workload begins */
    EVENT_PASS,        /* a segment passes the capture point */
    EVENT_ARRIVE,      /* a segment reaches its receiver */
    EVENT_RETRANSMIT,  /* a retransmission timer may have run out */
    EVENT_DELAYED_ACK, /* a delayed-ACK timer may have run out */
    EVENT_REQUEST,     /* the client writes its next request */
    EVENT_RESPOND,     /* the server writes its next response */
    EVENT_CLOSE,       /* a side closes */
    EVENT_WHEN_QUIET,  /* abort or close from both sides, as soon as nothing is in flight */
    EVENT_RECONNECT    /* the client opens a new connection from the same port */
};

struct event {
    int64_t time; /* ns since the start of the capture */
    uint64_t order;
    uint32_t subject; /* number of a connection, or of a segment (EVENT_PASS, EVENT_ARRIVE) */
    uint8_t kind;
    uint8_t side;
};

/* A priority queue: earliest first, and among equal times the one put in first. All zero is an empty queue. */
struct event_queue {
    struct event *heap;
    size_t count, capacity;
    uint64_t order;
};

/* False when memory has run out. */
bool event_put(struct event_queue *queue, int64_t time, enum event_kind kind, uint32_t subject, uint8_t side);
/* False when the queue is empty. */
bool event_take(struct event_queue *queue, struct event *event);
void event_queue_free(struct event_queue *queue);

#endif
