/* SPDX-License-Identifier: BSD-3-Clause */
#include "model/kept.h"

#include "decode/checksum.h"
#include "model/budget.h"

static size_t octets_for(uint32_t room) {
    size_t reaches = room > KEPT_GROUP ? room / KEPT_GROUP : 0;
    return sizeof(struct kept) + room * sizeof(struct kept_segment) + reaches * sizeof(struct kept_reach);
}

static int64_t end_of(const struct kept_segment *segment) {
    return segment->begin + (int64_t)segment->captured;
}

static void reach_further(struct kept_reach *reach, const struct kept_segment *segment) {
    int64_t end = end_of(segment);
    reach->begin = segment->begin < reach->begin ? segment->begin : reach->begin;
    reach->end = end > reach->end ? end : reach->end;
}

/* What the segment before it reached is left out when the group is begun anew. */
void kept_reach_note(struct kept *kept, uint32_t place) {
    struct kept_reach *reach = kept_reach(kept, place);
    const struct kept_segment *first = &kept->ring[place];
    unsigned count = 1;
    if (place % KEPT_GROUP == 0) {
        *reach = (struct kept_reach){first->begin, end_of(first)};
        count = KEPT_GROUP;
    }
    for (unsigned i = 0; i < count; i++) {
        if (first[i].captured != 0) {
            reach_further(reach, &first[i]);
        }
    }
}

/* Most sides send a segment or two: half of the first places will do. NULL when memory is out. */
static struct kept *with_place(struct model *model, struct kept *kept) {
    uint32_t room = kept == NULL ? KEPT_FIRST / 2 : 2 * kept->room;
    struct kept *larger = pool_take(model->pool, octets_for(room));
    if (larger == NULL) {
        return NULL;
    }
    if (kept == NULL) {
        larger->size = KEPT_FIRST;
        larger->next = larger->room = 0;
    } else {
        memcpy(larger, kept, octets_for(kept->room));
        pool_give(model->pool, kept, octets_for(kept->room));
    }
    memset(&larger->ring[larger->room], 0, (room - larger->room) * sizeof larger->ring[0]);
    larger->room = room;
    return larger;
}

/* A ring of twice the size, oldest first. NULL when memory is out. */
static struct kept *grown(struct model *model, struct kept *kept) {
    if (kept == NULL || kept->room < kept->size) {
        return with_place(model, kept);
    }
    uint32_t size = 2 * kept->size;
    struct kept *larger = pool_take(model->pool, octets_for(size));
    if (larger == NULL) {
        return NULL;
    }
    memset(larger, 0, octets_for(size));
    larger->size = larger->room = size;
    for (uint32_t i = 0; i < kept->size; i++) {
        const struct kept_segment *segment = &kept->ring[(kept->next + i) & (kept->size - 1)];
        if (segment->captured != 0) {
            larger->ring[larger->next] = *segment;
            if (kept_has_reaches(larger)) {
                kept_reach_note(larger, larger->next);
            }
            larger->next++;
        }
    }
    pool_give(model->pool, kept, octets_for(kept->room));
    return larger;
}

void kept_free(struct model *model, struct endpoint *endpoint) {
    if (endpoint->kept != NULL) {
        model->kept -= endpoint->kept->size - KEPT_FIRST;
        pool_give(model->pool, endpoint->kept, octets_for(endpoint->kept->room));
        endpoint->kept = NULL;
    }
}

static uint64_t kept_most(const struct model *model) {
    uint64_t share = model->settings.memory_budget / SHARE_KEPT / sizeof(struct kept_segment);
    return share < model->settings.max_kept ? share : model->settings.max_kept;
}

bool kept_make_room(struct model *model, struct endpoint *x) {
    if (x->kept != NULL && !kept_is_full(x->kept, x->acknowledged)) {
        return true;
    }
    bool promised = x->kept != NULL && x->kept->room < x->kept->size; /* its size says so: whoever keeps relies on it */
    uint32_t more = promised || x->kept == NULL ? 0 : x->kept->size;
    if (model->kept + more > kept_most(model) && !model->replaying && !promised) {
        model->uncompared++;
        return true;
    }
    struct kept *larger = grown(model, x->kept);
    if (larger == NULL) {
        return false;
    }
    model->kept += more;
    x->kept = larger;
    return true;
}

/* Looks for octets of a segment that begins at an offset which are not as they were kept. */
static bool conflicts(const struct kept_segment *kept, const struct segment *segment, int64_t begin,
                      struct conflict *conflict) {
    int64_t kept_end = end_of(kept);
    int64_t end = begin + (int64_t)segment->payload_captured;
    *conflict = (struct conflict){
        .frame = kept->frame,
        .begin = begin > kept->begin ? begin : kept->begin,
        .end = end < kept_end ? end : kept_end,
        .differs_at = -1,
    };
    int64_t head_end = kept->begin + KEPT_HEAD < conflict->end ? kept->begin + KEPT_HEAD : conflict->end;
    for (int64_t at = conflict->begin; at < head_end; at++) {
        if (segment->payload[at - begin] != kept->head[at - kept->begin]) {
            conflict->differs_at = at;
            return true;
        }
    }
    if (begin == kept->begin &&
        end == kept_end) { /* of a segment that was only written down (lane.h) no more is there */
        return kept->captured > KEPT_HEAD && segment->payload_sum != kept->sum;
    }
    bool all_here = begin <= kept->begin && kept_end <= end;
    return all_here && kept->captured > KEPT_HEAD &&
           checksum_add(0, segment->payload + (kept->begin - begin), (uint32_t)kept->captured) != kept->sum;
}

static bool meets(int64_t one_begin, int64_t one_end, int64_t begin, int64_t end) {
    return one_begin < end && one_end > begin;
}

/* The first of these places whose octets are others than those of the segment. */
static bool find_conflict(const struct kept_segment *places, uint32_t count, const struct arrival *arrival,
                          struct conflict *conflict) {
    int64_t begin = arrival->data, end = begin + (int64_t)arrival->segment->payload_captured;
    for (uint32_t i = 0; i < count; i++) {
        if (meets(places[i].begin, end_of(&places[i]), begin, end) &&
            conflicts(&places[i], arrival->segment, begin, conflict)) {
            return true;
        }
    }
    return false;
}

static bool find_conflict_in_groups(struct kept *kept, const struct arrival *arrival, struct conflict *conflict) {
    int64_t begin = arrival->data, end = begin + (int64_t)arrival->segment->payload_captured;
    const struct kept_reach *reach = kept_reach(kept, 0);
    for (uint32_t i = 0; i < kept->room; i += KEPT_GROUP, reach++) {
        if (meets(reach->begin, reach->end, begin, end) &&
            find_conflict(&kept->ring[i], KEPT_GROUP, arrival, conflict)) {
            return true;
        }
    }
    return false;
}

static void compare(struct arrival *arrival) {
    struct kept *kept = arrival->x->kept;
    struct conflict conflict;
    if (kept != NULL && (kept_has_reaches(kept) ? find_conflict_in_groups(kept, arrival, &conflict)
                                                : find_conflict(kept->ring, kept->room, arrival, &conflict))) {
        arrival->observation->more |= MORE_CONFLICT;
        arrival->observation->conflict = conflict;
    }
}

/* What a keep-alive sends below SND.NXT is any octet, and no data (RFC 9293 3.8.4). */
static bool is_garbage(const struct arrival *arrival) {
    return (arrival->observation->facts & FACT_KEEP_ALIVE) != 0 ||
           (arrival->segment->length == 1 && arrival->data == arrival->next_before - 1);
}

/* None of its octets has passed before. */
static bool is_all_new(const struct arrival *arrival) {
    return arrival->observation->fresh_octets == (int64_t)arrival->segment->length && arrival->x->holes.inexact == 0;
}

bool kept_note(struct arrival *arrival) {
    const struct segment *segment = arrival->segment;
    bool damaged = segment->checksum == CHECKSUM_BAD; /* on the wire or by the capture: its octets are not those sent */
    if (!kept_is_called_for(arrival->model, segment) || arrival->rejected || damaged ||
        (segment->flags & TCP_RST) != 0 || is_garbage(arrival)) {
        return true;
    }
    if (arrival->data < arrival->next_before && !is_all_new(arrival)) {
        compare(arrival);
    }
    if (arrival->observation->fresh_octets == 0) {
        return true;
    }
    bool ok = kept_make_room(arrival->model, arrival->x);
    if (arrival->x->kept != NULL) {
        kept_add(arrival->x->kept, segment, arrival->data);
    }
    return ok;
}
