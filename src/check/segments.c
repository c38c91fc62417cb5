/* SPDX-License-Identifier: BSD-3-Clause */
#include "check/segments.h"

#include "decode/segment.h"
#include "model/connection.h"

#include <stdlib.h>

struct kept_join {
    uint64_t connection;
    uint64_t other;
};

/* Room for one more of `size` octets; false when memory is out. */
static bool make_room(void **items, size_t count, size_t *room, size_t size) {
    if (count < *room)
        return true;
    size_t more = *room == 0 ? 1024 : *room * 2;
    void *larger = more > SIZE_MAX / size ? NULL : realloc(*items, more * size);
    if (larger == NULL)
        return false;
    *items = larger;
    *room = more;
    return true;
}

bool segments_add(struct segments *segments, const struct observation *observation) {
    const struct segment *segment = observation->segment;
    void *items = segments->items;

    if (segment == NULL || (observation->facts & FACT_COPY) != 0)
        return true;
    if (!make_room(&items, segments->count, &segments->room, sizeof *segments->items))
        return false;
    segments->items = items;
    segments->items[segments->count++] = (struct kept_segment){
        .connection = observation->connection->id,
        .frame = segment->frame,
        .time = segment->time,
        .seq = segment->seq,
        .ack = (segment->flags & TCP_ACK) != 0 ? segment->ack : 0,
        .length = segment->length,
        .ip_id = segment->ip_id,
        .timestamp = (segment->options.present & OPTION_TIMESTAMPS) != 0 ? segment->options.timestamp_value : 0,
        .flags = segment->flags,
        .side = observation->sender,
    };
    return true;
}

bool segments_join(struct segments *segments, uint64_t connection, uint64_t other) {
    void *joins = segments->joins;

    if (!make_room(&joins, segments->join_count, &segments->join_room, sizeof *segments->joins))
        return false;
    segments->joins = joins;
    segments->joins[segments->join_count++] = (struct kept_join){connection, other};
    return true;
}

static int by_connection(const void *one, const void *other) {
    const struct kept_segment *a = one, *b = other;

    if (a->connection != b->connection)
        return a->connection > b->connection ? 1 : -1;
    return (a->frame > b->frame) - (a->frame < b->frame);
}

static int by_joined(const void *one, const void *other) {
    const struct kept_join *a = one, *b = other;

    return (a->connection > b->connection) - (a->connection < b->connection);
}

void segments_sort(struct segments *segments) {
    const struct kept_join *join;

    if (segments->join_count > 0)
        qsort(segments->joins, segments->join_count, sizeof *segments->joins, by_joined);
    for (size_t i = 0; i < segments->count && segments->join_count > 0; i++) {
        struct kept_segment *segment = &segments->items[i];
        struct kept_join key = {.connection = segment->connection};
        /* Ids grow, and each is joined to an earlier one: this ends. */
        while ((join = bsearch(&key, segments->joins, segments->join_count, sizeof key, by_joined)) != NULL &&
               join->other < key.connection)
            key.connection = join->other;
        segment->connection = key.connection;
    }
    if (segments->count > 0)
        qsort(segments->items, segments->count, sizeof *segments->items, by_connection);
}

/* The place of the first segment of a connection that is not below this id. */
static size_t lower_bound(const struct segments *segments, uint64_t connection) {
    size_t low = 0, high = segments->count;

    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (segments->items[middle].connection < connection)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

const struct kept_segment *segments_of(const struct segments *segments, uint64_t connection, size_t *count) {
    size_t first = lower_bound(segments, connection);

    *count = lower_bound(segments, connection + 1) - first;
    return *count > 0 ? &segments->items[first] : NULL;
}

void segments_free(struct segments *segments) {
    free(segments->items);
    free(segments->joins);
    *segments = (struct segments){0};
}
