/* SPDX-License-Identifier: BSD-3-Clause */
#include "model/path.h"

#include <stdlib.h>
#include <string.h>

const char *step_cause_name(enum step_cause cause) {
    static const char *const names[] = {"sent", "received", "timeout", "inferred"};
    return names[cause];
}

/* A walk through the events: where it stands, and how sure all the way there is. */
struct walk {
    uint8_t state;
    uint8_t surest; /* CERTAINTY_ASSUMED, _PRESUMED or _CERTAIN: the least sure of the events so far */
    bool request_socket;
};

static struct walk walk_start(const struct path *path) {
    return (struct walk){path->initial, CERTAINTY_CERTAIN, path->request_socket};
}

/* A step is never surer than the one before it. */
static uint8_t walk_certainty(const struct walk *walk, const struct path_event *event) {
    return event->certainty < walk->surest ? event->certainty : walk->surest;
}

static enum step_cause event_cause(const struct path_event *event) {
    if (event->inferred) {
        return CAUSE_INFERRED;
    }
    switch (event->kind) {
    case EVENT_SENT_SYN:
    case EVENT_SENT_SYN_ACK:
    case EVENT_SENT_FIN:
    case EVENT_SENT_RST:
        return CAUSE_SENT;
    case EVENT_TIME_WAIT_TIMEOUT:
        return CAUSE_TIMEOUT;
    case EVENT_MIDSTREAM:
    case EVENT_REPLACED:
        return CAUSE_INFERRED;
    default:
        return CAUSE_RECEIVED;
    }
}

/* Moves the walk on by one event that is not refuted; returns the edges it made. */
static inline const struct state_edges *walk_on(struct walk *walk, const struct path_event *event, uint8_t *certainty) {
    const struct state_edges *edges =
        state_after((enum tcp_state)walk->state, (enum event_kind)event->kind, walk->request_socket);
    if (edges->count > 0) {
        uint8_t sure = walk_certainty(walk, event);
        walk->surest = sure >= CERTAINTY_CONFIRMED ? (uint8_t)CERTAINTY_CERTAIN : sure;
        walk->state = edges->to[edges->count - 1];
        *certainty = sure;
    }
    return edges;
}

/* Applies one event; writes the steps that it makes and returns how many. */
static inline size_t walk_event(struct walk *walk, const struct path_event *event, struct step *steps) {
    if (event->kind == EVENT_REFUTED_STEP) {
        *steps = (struct step){event->frame,   event->time,       event->settled_by, event->flags,     event->step_from,
                               event->step_to, event->step_cause, CERTAINTY_REFUTED, event->step_event};
        return 1;
    }
    uint8_t from = walk->state;
    uint8_t certainty = 0;
    const struct state_edges *edges = walk_on(walk, event, &certainty);
    enum step_cause cause = certainty == CERTAINTY_ASSUMED ? CAUSE_INFERRED : event_cause(event);
    for (uint8_t i = 0; i < edges->count; i++) {
        uint64_t settled_by = certainty == CERTAINTY_CONFIRMED ? event->settled_by : 0;
        steps[i] = (struct step){event->frame, event->time,    settled_by, event->flags, from,
                                 edges->to[i], (uint8_t)cause, certainty,  event->kind};
        from = edges->to[i];
    }
    return edges->count;
}

size_t path_steps(const struct path *path, struct step *steps) {
    struct walk walk = walk_start(path);
    size_t count = 0;
    for (uint8_t i = 0; i < path->count; i++) {
        count += walk_event(&walk, &path->events[i], &steps[count]);
    }
    return count;
}

/* Only the latest event of a kind counts: walking forward, the last one to set or clear the bit wins. */
static void note_kind(struct path *path, const struct path_event *event) {
    uint16_t bit = (uint16_t)EVENT_BIT(event->kind);
    path->present = (uint16_t)(path->present | bit);
    bool sure = event->certainty >= CERTAINTY_CONFIRMED;
    path->pending = (uint16_t)(sure ? path->pending & ~bit : path->pending | bit);
}

static void take_in(struct path *path, struct walk *walk, struct path_event *event) {
    if (event->kind != EVENT_REFUTED_STEP) {
        note_kind(path, event);
        event->moves = walk_on(walk, event, &path->certainty)->count > 0;
    }
}

void path_update(struct path *path) {
    struct walk walk = walk_start(path);
    bool assumed = path->initial == STATE_UNKNOWN || path->initial == STATE_LISTEN;
    path->certainty = assumed ? CERTAINTY_ASSUMED : CERTAINTY_CERTAIN;
    path->present = 0;
    path->pending = 0;
    for (uint8_t i = 0; i < path->count; i++) {
        take_in(path, &walk, &path->events[i]);
    }
    path->state = walk.state;
    path->surest = walk.surest;
}

void path_init(struct path *path, enum tcp_state initial, struct path_event *storage) {
    *path = (struct path){.events = storage, .capacity = PATH_EVENTS_INLINE, .initial = (uint8_t)initial};
    path_update(path);
}

struct path_event *path_search(const struct path *path, enum event_kind kind) {
    for (uint8_t i = path->count; i > 0; i--) {
        if (path->events[i - 1].kind == kind) {
            return &path->events[i - 1];
        }
    }
    return NULL;
}

static void take_out(struct path *path, uint8_t at) {
    memmove(&path->events[at], &path->events[at + 1], (size_t)(path->count - at - 1) * sizeof path->events[0]);
    path->count--;
}

/* Refuted steps are what an endless repetition piles up: the oldest gives way. */
static bool drop_a_refuted_step(struct path *path) {
    for (uint8_t i = 0; i < path->count; i++) {
        if (path->events[i].kind == EVENT_REFUTED_STEP) {
            take_out(path, i);
            path->omitted_refuted++;
            return true;
        }
    }
    return false;
}

static bool make_room(struct path *path) {
    if (path->count < path->capacity) {
        return true;
    }
    if (path->capacity == PATH_EVENTS_MAX) {
        return drop_a_refuted_step(path);
    }
    unsigned capacity = path->capacity == 0 ? PATH_EVENTS_INLINE : path->capacity * 2u;
    capacity = capacity > PATH_EVENTS_MAX ? PATH_EVENTS_MAX : capacity;
    struct path_event *events = realloc(path->owned ? path->events : NULL, capacity * sizeof *events);
    if (events == NULL) {
        return false;
    }
    if (!path->owned && path->count > 0) {
        memcpy(events, path->events, path->count * sizeof *events);
    }
    path->events = events;
    path->owned = true;
    path->capacity = (uint8_t)capacity;
    return true;
}

static bool insert(struct path *path, uint8_t at, const struct path_event *event) {
    uint8_t before = path->count;
    if (!make_room(path)) {
        return false;
    }
    at = path->count < before && at > 0 ? (uint8_t)(at - 1) : at;
    memmove(&path->events[at + 1], &path->events[at], (size_t)(path->count - at) * sizeof path->events[0]);
    path->events[at] = *event;
    path->count++;
    return true;
}

bool path_append(struct path *path, const struct path_event *event) {
    if (!make_room(path)) {
        return false;
    }
    path->events[path->count++] = *event;
    struct walk walk = {path->state, path->surest, path->request_socket};
    take_in(path, &walk, &path->events[path->count - 1]);
    path->state = walk.state;
    path->surest = walk.surest;
    return true;
}

/* How sure the way is, after an event was settled: where it leads is the same. */
static void weigh(struct path *path) {
    uint8_t surest = CERTAINTY_CERTAIN;
    for (uint8_t i = 0; i < path->count; i++) {
        const struct path_event *event = &path->events[i];
        if (event->kind == EVENT_REFUTED_STEP || !event->moves) {
            continue;
        }
        path->certainty = event->certainty < surest ? (uint8_t)event->certainty : surest;
        surest = path->certainty >= CERTAINTY_CONFIRMED ? (uint8_t)CERTAINTY_CERTAIN : path->certainty;
    }
    path->surest = surest;
}

bool path_confirm(struct path *path, enum event_kind kind, uint64_t frame) {
    struct path_event *event = path_pending(path, kind) ? path_search(path, kind) : NULL;
    if (event == NULL || event->certainty != CERTAINTY_PRESUMED || event->guessed) {
        return false;
    }
    event->certainty = CERTAINTY_CONFIRMED;
    event->settled_by = frame;
    path->pending = (uint16_t)(path->pending & ~EVENT_BIT(kind));
    weigh(path);
    return true;
}

bool path_remove(struct path *path, enum event_kind kind) {
    struct path_event *event = path_find(path, kind);
    if (event == NULL) {
        return false;
    }
    take_out(path, (uint8_t)(event - path->events));
    path_update(path);
    return true;
}

uint32_t path_remove_since(struct path *path, uint32_t kinds, uint64_t from_frame) {
    uint32_t removed = 0;
    for (uint8_t i = path->count; i > 0; i--) {
        const struct path_event *event = &path->events[i - 1];
        if ((EVENT_BIT(event->kind) & kinds) != 0 && event->frame >= from_frame) {
            removed |= EVENT_BIT(event->kind);
            take_out(path, (uint8_t)(i - 1));
        }
    }
    path_update(path);
    return removed;
}

bool path_move_last(struct path *path, enum event_kind kind) {
    struct path_event *event = path_find(path, kind);
    if (event == NULL) {
        return false;
    }
    struct path_event moved = *event;
    take_out(path, (uint8_t)(event - path->events));
    path->events[path->count++] = moved;
    path_update(path);
    return true;
}

bool path_change_begin(struct path_change *change, struct path *path) {
    if (path->changing) {
        *change = (struct path_change){0};
        return true;
    }
    change->before = malloc(PATH_STEPS_MAX * sizeof *change->before);
    change->count = change->before == NULL ? 0 : path_steps(path, change->before);
    path->changing = change->before != NULL;
    return change->before != NULL;
}

static bool same_step(const struct step *one, const struct step *other) {
    return one->frame == other->frame && one->from == other->from && one->to == other->to && one->event == other->event;
}

/* Still a step, or already among the refuted ones. */
static bool among(const struct step *step, const struct step *steps, size_t count) {
    for (size_t i = 0; i < count; i++) {
        if (same_step(step, &steps[i])) {
            return true;
        }
    }
    return false;
}

/* Index of the event behind which the old and the new way part. */
static uint8_t parting(const struct path *path, const struct step *before, size_t before_count) {
    struct walk walk = walk_start(path);
    struct step steps[2];
    size_t at = 0;
    for (uint8_t i = 0; i < path->count; i++) {
        size_t made = walk_event(&walk, &path->events[i], steps);
        if (path->events[i].kind == EVENT_REFUTED_STEP) {
            continue;
        }
        for (size_t k = 0; k < made; k++, at++) {
            while (at < before_count && before[at].certainty == CERTAINTY_REFUTED) {
                at++;
            }
            if (at >= before_count || !same_step(&before[at], &steps[k])) {
                return i;
            }
        }
    }
    return path->count;
}

/* At the limit the path is left as it is. */
static bool keep_refuted(struct path *path, uint8_t at, const struct path_event *event) {
    if (path->count == PATH_EVENTS_MAX) {
        path->omitted_refuted++;
        return true;
    }
    return insert(path, at, event);
}

bool path_change_end(struct path_change *change, struct path *path, uint64_t frame) {
    if (change->before == NULL) {
        return true;
    }
    path->changing = false;
    struct step *after = malloc(PATH_STEPS_MAX * sizeof *after);
    bool ok = after != NULL;
    if (ok) {
        size_t count = path_steps(path, after);
        uint8_t at = parting(path, change->before, change->count);
        for (size_t i = 0; i < change->count && ok; i++) {
            const struct step *old = &change->before[i];
            if (old->certainty == CERTAINTY_REFUTED || among(old, after, count)) {
                continue;
            }
            struct path_event event = {.frame = old->frame,
                                       .time = old->time,
                                       .settled_by = frame,
                                       .flags = old->flags,
                                       .kind = EVENT_REFUTED_STEP,
                                       .certainty = CERTAINTY_REFUTED,
                                       .step_from = old->from,
                                       .step_to = old->to,
                                       .step_cause = old->cause,
                                       .step_event = old->event};
            ok = keep_refuted(path, at++, &event);
        }
    }
    path_update(path);
    free(after);
    free(change->before);
    change->before = NULL;
    return ok;
}

void path_free(struct path *path) {
    if (path->owned) {
        free(path->events);
    }
    path->owned = false;
    path->events = NULL;
    path->count = 0;
    path->capacity = 0;
}
