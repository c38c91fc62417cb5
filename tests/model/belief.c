/* SPDX-License-Identifier: BSD-3-Clause */
#include "belief.h"

#include <stdlib.h>
#include <string.h>

bool belief_begin(struct belief *belief, const struct beginning *beginnings, uint16_t count,
                  const struct budget *budget) {
    belief->worlds = malloc(count * sizeof *belief->worlds);
    belief->count = count;
    for (uint16_t i = 0; belief->worlds != NULL && i < count; i++) {
        world_begin(&belief->worlds[i], &beginnings[i], i, budget);
    }
    return belief->worlds != NULL;
}

void belief_free(struct belief *belief) {
    free(belief->worlds);
    *belief = (struct belief){0};
}

void futures_free(struct futures *futures) {
    free(futures->all.items);
    free(futures->sorted);
    *futures = (struct futures){0};
}

static int compare_worlds(const struct continuation *one, const struct continuation *other) {
    int order = sighting_compare(&one->seen, &other->seen);
    return order != 0 ? order : memcmp(&one->world, &other->world, WORLD_KEY_SIZE);
}

static int compare(const void *left, const void *right) {
    const struct continuation *one = *(const struct continuation *const *)left;
    const struct continuation *other = *(const struct continuation *const *)right;
    int order = compare_worlds(one, other);
    return order != 0 ? order : memcmp(&other->world.budget, &one->world.budget, sizeof one->world.budget);
}

static bool is_as_rich(const struct budget *one, const struct budget *other) {
    bool rich = one->total >= other->total && one->deeds >= other->deeds;
    for (int side = 0; side < PEERS; side++) {
        for (int fault = 0; fault < FAULTS; fault++) {
            rich = rich && one->left[side][fault] >= other->left[side][fault];
        }
    }
    return rich;
}

/* Sorted, equal worlds stand together: keeps those whose budget none of them outdoes. */
static size_t without_superfluous(const struct continuation **sorted, size_t count) {
    size_t kept = 0;
    size_t first = 0; /* of those kept, the first that equals the one at hand */
    for (size_t i = 0; i < count; i++) {
        if (kept > 0 && compare_worlds(sorted[first], sorted[i]) != 0) {
            first = kept;
        }
        bool needed = true;
        for (size_t k = first; k < kept && needed; k++) {
            needed = !is_as_rich(&sorted[k]->world.budget, &sorted[i]->world.budget);
        }
        if (!needed) {
            continue;
        }
        size_t room = first;
        for (size_t k = first; k < kept; k++) {
            if (!is_as_rich(&sorted[i]->world.budget, &sorted[k]->world.budget)) {
                sorted[room++] = sorted[k];
            }
        }
        sorted[room++] = sorted[i];
        kept = room;
    }
    return kept;
}

bool belief_continue(const struct belief *belief, const struct beginning *beginnings, const struct channel *channel,
                     const struct search *search, struct futures *futures) {
    *futures = (struct futures){.all.search = search};
    for (size_t i = 0; i < belief->count; i++) {
        world_continue(&belief->worlds[i], beginnings, channel, &futures->all);
    }
    size_t count = futures->all.count;
    futures->sorted = malloc((count + 1) * sizeof *futures->sorted);
    if (futures->sorted == NULL || futures->all.out_of_room) {
        futures_free(futures);
        return false;
    }
    for (size_t i = 0; i < count; i++) {
        futures->sorted[i] = &futures->all.items[i];
    }
    qsort(futures->sorted, count, sizeof *futures->sorted, compare);
    futures->count = without_superfluous(futures->sorted, count);
    return true;
}

size_t futures_alike(const struct futures *futures, size_t from) {
    size_t to = from + 1;
    while (to < futures->count && sighting_compare(&futures->sorted[from]->seen, &futures->sorted[to]->seen) == 0) {
        to++;
    }
    return to - from;
}

bool belief_after(struct belief *belief, const struct futures *futures, size_t from, size_t count) {
    belief->worlds = malloc(count * sizeof *belief->worlds);
    belief->count = count;
    for (size_t i = 0; belief->worlds != NULL && i < count; i++) {
        belief->worlds[i] = futures->sorted[from + i]->world;
    }
    return belief->worlds != NULL;
}
