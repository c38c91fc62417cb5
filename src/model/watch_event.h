/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef FINWAIT_MODEL_WATCH_EVENT_H
#define FINWAIT_MODEL_WATCH_EVENT_H

#include "model/connection.h"

#include <string.h>

/* What matters of a connection beyond it: an event for rules across connections (rules/watch.h). Those of a connection
 * tell it, and of one whose observations come later the model does, when it happens. */
enum watch_kind {
    WATCH_SYN, /* a new attempt: address and port it goes to, `source` a digest of where it comes from and its ISN */
    WATCH_COMPLETED, /* its handshake is complete; since: time of the SYN */
    WATCH_FAILED,    /* address: who tried; port: what it tried; raised_as: the finding that says how it failed */
    WATCH_ENTERED,   /* a side at the address is in CLOSE_WAIT or TIME_WAIT: state */
    WATCH_LEFT,      /* and is not any more */
    WATCH_ENDED,     /* a connection is over; octets: of both sides; missing: of these not in the capture; unseen: how
                        many segments acknowledged such */
    WATCH_BACKWARD,  /* a frame is older than the one before it; since: the time of that */
    WATCH_DROPPED,   /* the capture says that it lacks `missing` frames */
    WATCH_BROKEN,    /* a header that cannot be read, of no known connection */
    WATCH_KINDS
};

struct watch_event {
    uint64_t frame;
    int64_t time; /* ns since 1970 */
    uint64_t connection;
    struct address address;
    uint8_t kind; /* enum watch_kind */
    uint16_t port;
    union {
        uint8_t raised_as; /* enum anomaly_id */
        uint8_t state;     /* enum tcp_state */
    };
    uint32_t unseen;
    union {
        int64_t since;
        uint64_t source;
    };
    uint64_t octets;
    uint64_t missing;
};

/* Where events of the rules of connections go: the next one is written at `next`, all of it that is valid for its kind,
 * and put down with watch_put. There is room for one at any time. */
struct watch_queue {
    struct watch_event *next;
    struct watch_event *end;
    bool (*full)(void *context, struct watch_queue *queue); /* makes room; false when memory is out */
    void *context;
    uint64_t *octets; /* where those of a connection that lacks none are added; NULL: WATCH_ENDED tells of it, too */
};
static inline bool watch_put(struct watch_queue *queue) {
    return ++queue->next < queue->end || queue->full(queue->context, queue);
}

/* Begins the next event, about a side of a connection: what every such event has. */
static inline struct watch_event *watch_begin(const struct watch_queue *queue, enum watch_kind kind,
                                              const struct connection *connection, enum side side, uint64_t frame,
                                              int64_t time) {
    struct watch_event *event = queue->next;
    event->frame = frame;
    event->time = time;
    event->connection = connection->id;
    event->kind = (uint8_t)kind;
    event->port = connection->port[side];
    connection_get_address(connection, side, &event->address);
    return event;
}

/* Tells apart where a SYN comes from; two that differ have different ones but for chance. */
static inline uint64_t watch_source_of(const struct segment *syn) {
    uint64_t halves[2];
    memcpy(halves, syn->source.octets, sizeof halves);
    return (halves[0] * 31 + halves[1]) * 31 + syn->seq;
}

#endif
