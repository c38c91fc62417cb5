/* SPDX-License-Identifier: BSD-3-Clause */
#include "rules/watch_internal.h"

#include <inttypes.h>
#include <string.h>

/* Sides of one address that stand in CLOSE_WAIT or TIME_WAIT at one time. */

enum { PILES = 2, LISTED = CAPTURE_FINDING_IDS };

struct pile {
    uint64_t first[LISTED]; /* connections in it, in the order in which they came */
    uint32_t peak;          /* since there is a finding */
    size_t finding;         /* number, 0: none */
};

struct holder {
    struct subject subject;
    uint32_t count[PILES];
    uint8_t listed[PILES];     /* of the connections in it */
    struct pile *piles[PILES]; /* of watch->piles; NULL where none was ever in it */
};
_Static_assert(sizeof(struct holder) <= SUBJECTS_LINE, "one line of the cache for each");

static void forget(void *context, struct subject *subject) {
    const struct watch *watch = context;
    struct holder *holder = (struct holder *)subject;
    for (unsigned i = 0; i < PILES; i++) {
        if (holder->piles[i] != NULL)
            slab_give(watch->piles, holder->piles[i]);
    }
}

struct subjects *holders_new(struct watch *watch, const uint64_t key[2]) {
    struct subjects *holders = subjects_new(sizeof(struct holder), WATCH_SUBJECTS, key);
    watch->piles = slab_new(sizeof(struct pile));
    if (holders == NULL || watch->piles == NULL) {
        subjects_free(holders);
        return NULL;
    }
    subjects_on_forget(holders, forget, watch);
    return holders;
}

void holders_free(struct watch *watch) {
    if (watch->holders != NULL && slab_frees_all())
        subjects_on_forget(watch->holders, NULL, NULL);
    subjects_free(watch->holders);
    slab_free(watch->piles);
}

static void take_off_list(struct holder *holder, unsigned which, uint64_t connection) {
    uint64_t *first = holder->listed[which] > 0 ? holder->piles[which]->first : NULL;
    for (unsigned i = 0; i < holder->listed[which]; i++) {
        if (first[i] != connection)
            continue;
        holder->listed[which]--;
        memmove(first + i, first + i + 1, (holder->listed[which] - i) * sizeof *first);
        return;
    }
}

static void say(struct watch *watch, const struct pile *pile, const struct holder *holder, enum anomaly_id id) {
    struct capture_finding *finding = watch_finding(watch, pile->finding);
    char address[ADDRESS_TEXT_SIZE];
    if (finding == NULL)
        return;
    capture_finding_say(finding,
                        "From frame %" PRIu64 " on more than %" PRIu32
                        " connections of %s were in %s at one time, up to %" PRIu32 ".",
                        finding->frame, watch->settings.pile_up, address_text(&holder->subject.address, address),
                        id == ANOMALY_CLOSE_WAIT_PILE_UP ? "CLOSE_WAIT" : "TIME_WAIT", pile->peak);
}

/* It is above what is no pile yet, with one more. */
static bool note_peak(struct watch *watch, struct holder *holder, unsigned which, const struct watch_event *event) {
    enum anomaly_id id = event->state == STATE_TIME_WAIT ? ANOMALY_TIME_WAIT_PILE_UP : ANOMALY_CLOSE_WAIT_PILE_UP;
    struct pile *pile = holder->piles[which];
    uint32_t count = holder->count[which];
    bool first = pile->finding == 0;
    if (first && !watch_raise(watch, id, &holder->subject, event, &pile->finding))
        return false;
    struct capture_finding *finding = watch_finding(watch, pile->finding);
    if (finding == NULL)
        return true;
    finding->certainty = CERTAINTY_PRESUMED;
    if (count == watch->settings.pile_up + 1 && !first)
        finding->count++;
    if (count <= pile->peak)
        return true;
    pile->peak = count;
    finding->connection_count = pile->peak;
    finding->last_frame = event->frame;
    if (first) {
        memcpy(finding->evidence.connections, pile->first, sizeof finding->evidence.connections);
        finding->evidence.connections_listed = holder->listed[which];
    }
    say(watch, pile, holder, id);
    return true;
}

/* False when memory is out. */
static bool enter(struct watch *watch, struct holder *holder, unsigned which, const struct watch_event *event) {
    if (holder->piles[which] == NULL) {
        holder->piles[which] = slab_take_any(watch->piles);
        if (holder->piles[which] == NULL)
            return false;
        holder->piles[which]->peak = 0;
        holder->piles[which]->finding = 0;
    }
    holder->count[which]++;
    if (holder->listed[which] < LISTED)
        holder->piles[which]->first[holder->listed[which]++] = event->connection;
    return holder->count[which] <= watch->settings.pile_up || note_peak(watch, holder, which, event);
}

void pile_approach(const struct subject *subject, const struct watch_event *event) {
    const struct holder *holder = (const struct holder *)subject;
    __builtin_prefetch(holder->piles[event->state == STATE_TIME_WAIT], 1);
}

bool pile_take(struct watch *watch, uint64_t hash, const struct watch_event *event) {
    bool entered = event->kind == WATCH_ENTERED;
    struct holder *holder = (struct holder *)(entered ? subjects_get(watch->holders, hash, &event->address, 0)
                                                      : subjects_find(watch->holders, hash, &event->address, 0));
    unsigned which = event->state == STATE_TIME_WAIT;
    if (holder == NULL) /* forgotten, or memory is out */
        return !entered;
    if (entered)
        return enter(watch, holder, which, event);
    holder->count[which] -= holder->count[which] > 0;
    take_off_list(holder, which, event->connection);
    return true;
}
