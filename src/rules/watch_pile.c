/* SPDX-License-Identifier: BSD-3-Clause */
#include "rules/watch_internal.h"

#include <inttypes.h>
#include <string.h>

/* Sides of one address that stand in CLOSE_WAIT or TIME_WAIT at one time. */

enum { PILES = 2, LISTED = CAPTURE_FINDING_IDS };

struct pile {
    uint32_t count;
    uint32_t peak;
    bool above;
    size_t finding; /* number, 0: none */
    uint32_t listed;
    uint64_t first[LISTED]; /* connections in it, in the order in which they came */
};

struct holder {
    struct subject subject;
    struct pile piles[PILES];
};

struct subjects *holders_new(const uint64_t key[2]) {
    return subjects_new(sizeof(struct holder), WATCH_SUBJECTS, key);
}

static void take_off_list(struct pile *pile, uint64_t connection) {
    for (uint32_t i = 0; i < pile->listed; i++) {
        if (pile->first[i] != connection)
            continue;
        pile->listed--;
        memmove(pile->first + i, pile->first + i + 1, (pile->listed - i) * sizeof *pile->first);
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

static bool note_peak(struct watch *watch, struct holder *holder, struct pile *pile, const struct watch_event *event) {
    enum anomaly_id id = (enum anomaly_id)event->raised_as;
    bool first = pile->finding == 0;
    if (first && !watch_raise(watch, id, &holder->subject, event, &pile->finding))
        return false;
    struct capture_finding *finding = watch_finding(watch, pile->finding);
    if (finding == NULL)
        return true;
    finding->certainty = CERTAINTY_PRESUMED;
    if (!pile->above && !first)
        finding->count++;
    if (pile->count <= pile->peak)
        return true;
    pile->peak = pile->count;
    finding->connection_count = pile->peak;
    finding->last_frame = event->frame;
    if (first) {
        memcpy(finding->evidence.connections, pile->first, sizeof finding->evidence.connections);
        finding->evidence.connections_listed = (uint8_t)pile->listed;
    }
    say(watch, pile, holder, id);
    return true;
}

bool pile_take(struct watch *watch, const struct watch_event *event) {
    bool entered = event->kind == WATCH_ENTERED;
    struct holder *holder = (struct holder *)(entered ? subjects_get(watch->holders, &event->address, 0)
                                                      : subjects_find(watch->holders, &event->address, 0));
    if (holder == NULL) /* forgotten, or memory is out */
        return !entered;
    struct pile *pile = &holder->piles[event->raised_as == ANOMALY_TIME_WAIT_PILE_UP];
    if (!entered) {
        pile->count -= pile->count > 0;
        take_off_list(pile, event->connection);
        pile->above = pile->count > watch->settings.pile_up;
        return true;
    }
    pile->count++;
    if (pile->listed < LISTED)
        pile->first[pile->listed++] = event->connection;
    if (pile->count <= watch->settings.pile_up)
        return true;
    bool good = note_peak(watch, holder, pile, event);
    pile->above = true;
    return good;
}
