/* SPDX-License-Identifier: BSD-3-Clause */
#include "engine/kinds.h"

#include <stdatomic.h>
#include <string.h>

enum { PLACES = 2 * KINDS_MAX };

/* Where it stands, or the free place where it would. */
static uint16_t *place_of(struct kinds_known *known, const struct kinds_published *published,
                          const struct ordinary_kind *kind) {
    size_t at = ordinary_kind_hash(kind) % PLACES;

    while (known->places[at] != 0 && memcmp(&published->kinds[known->places[at] - 1], kind, sizeof *kind) != 0)
        at = (at + 1) % PLACES;
    return &known->places[at];
}

static void learn(struct kinds_known *known, const struct kinds_published *published) {
    unsigned count = atomic_load_explicit(&published->count, memory_order_acquire);

    for (; known->count < count; known->count++)
        *place_of(known, published, &published->kinds[known->count]) = (uint16_t)(known->count + 1);
}

bool kinds_know(struct kinds_known *known, const struct kinds_published *published, const struct ordinary_kind *kind) {
    learn(known, published);
    return *place_of(known, published, kind) != 0;
}

void kinds_publish(struct kinds_known *known, struct kinds_published *published, const struct ordinary_kind *kind) {
    unsigned count = known->count;

    if (kinds_know(known, published, kind) || count == KINDS_MAX)
        return;
    published->kinds[count] = *kind;
    atomic_store_explicit(&published->count, count + 1, memory_order_release);
    learn(known, published);
}
