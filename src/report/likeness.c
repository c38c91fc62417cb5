/* SPDX-License-Identifier: BSD-3-Clause */
#include "report/likeness.h"

#include <stdlib.h>
#include <string.h>

enum { PLACES = 8192, KINDS = PLACES / 2 };

struct known {
    struct ordinary_kind kind;
    struct outcome outcome;
    bool used;
};

/* Open addressing, at most half full. */
struct likeness {
    struct known places[PLACES];
    unsigned count;
    size_t latest; /* place that was asked for last, as it mostly is again */
};

struct likeness *likeness_new(void) {
    return calloc(1, sizeof(struct likeness));
}

void likeness_free(struct likeness *likeness) {
    free(likeness);
}

static size_t place_of(const struct likeness *likeness, const struct ordinary_kind *kind) {
    size_t at = ordinary_kind_hash(kind) % PLACES;

    while (likeness->places[at].used && memcmp(&likeness->places[at].kind, kind, sizeof *kind) != 0) {
        at = (at + 1) % PLACES;
    }
    return at;
}

const struct outcome *likeness_find(struct likeness *likeness, const struct ordinary_kind *kind) {
    const struct known *known = &likeness->places[likeness->latest];

    if (!known->used || memcmp(&known->kind, kind, sizeof *kind) != 0) {
        likeness->latest = place_of(likeness, kind);
        known = &likeness->places[likeness->latest];
    }
    return known->used ? &known->outcome : NULL;
}

void likeness_note(struct likeness *likeness, const struct ordinary_kind *kind, const struct connection *connection,
                   const struct verdict *verdict) {
    struct known *known = &likeness->places[place_of(likeness, kind)];
    const struct findings *findings = connection->findings;
    struct outcome outcome = {.handshake = (uint8_t)verdict->handshake, .teardown = (uint8_t)verdict->teardown};

    for (int side = 0; side < SIDES; side++) {
        outcome.states[side] = (uint8_t)endpoint_state(&connection->side[side]);
    }
    for (uint32_t i = 0; findings != NULL && i < findings->count; i++) {
        const struct finding *finding = &findings->items[i];

        if (finding->withdrawn) {
            continue;
        }
        if (outcome.finding_count == OUTCOME_FINDINGS) {
            return;
        }
        outcome.findings[outcome.finding_count].id = finding->id;
        outcome.findings[outcome.finding_count++].severity = finding->severity;
    }
    if (known->used || likeness->count == KINDS) {
        return;
    }
    likeness->count++;
    *known = (struct known){.kind = *kind, .outcome = outcome, .used = true};
}
