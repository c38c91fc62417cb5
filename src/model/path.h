/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef FINWAIT_MODEL_PATH_H
#define FINWAIT_MODEL_PATH_H

#include "model/state.h"

#include <stddef.h>

/* Why a step happened. */
enum step_cause { CAUSE_SENT, CAUSE_RECEIVED, CAUSE_TIMEOUT, CAUSE_INFERRED };
const char *step_cause_name(enum step_cause cause);

/* One step of a side, as the report shows it. */
struct step {
    uint64_t frame;      /* 0 for a timeout */
    int64_t time;        /* ns since 1970 UTC */
    uint64_t settled_by; /* the frame that confirmed or refuted it; 0: none */
    uint16_t flags;      /* of the frame: enum tcp_flag */
    uint8_t from;        /* enum tcp_state */
    uint8_t to;          /* enum tcp_state */
    uint8_t cause;       /* enum step_cause */
    uint8_t certainty;   /* enum certainty */
    uint8_t event;       /* enum event_kind that caused it */
};

/* Something that happened to a side, or is presumed to have. Frames have 40 bits: at a million frames a second those
 * last for two weeks. */
struct path_event {
    uint64_t frame : 40;
    uint64_t flags : 9;     /* of the frame: enum tcp_flag */
    uint64_t kind : 5;      /* enum event_kind */
    uint64_t certainty : 3; /* of the event, and of its place in the order of events */
    uint64_t moves : 1;     /* it makes a step where it stands; kept by path_update */
    uint64_t guessed : 1;   /* its place or frame is the likeliest of several: nothing confirms it */
    uint64_t inferred : 1;  /* the capture lacks the segment: frame is what proves it */
    int64_t time;           /* ns since 1970 UTC */
    uint64_t settled_by : 40;
    uint64_t step_from : 4; /* of EVENT_REFUTED_STEP only, likewise the next three */
    uint64_t step_to : 4;
    uint64_t step_cause : 2;
    uint64_t step_event : 5;
};

enum { PATH_EVENTS_INLINE = 6, PATH_EVENTS_MAX = 64, PATH_STEPS_MAX = 2 * PATH_EVENTS_MAX };

/* The events of one side in their order, and the state to which they lead. All zero is an empty path that begins in
 * UNKNOWN. */
struct path {
    struct path_event *events; /* see owned; NULL while capacity is 0 */
    uint8_t count;
    uint8_t capacity;
    uint8_t initial;          /* state before the first event */
    uint8_t state;            /* after the last event */
    uint8_t certainty;        /* of that state */
    uint8_t surest;           /* the least sure of the events so far, as path_update leaves it */
    bool owned : 1;           /* events are the path's, to be freed; otherwise the storage handed to path_init */
    bool changing : 1;        /* a path_change is under way */
    bool request_socket : 1;  /* see state_after */
    uint16_t present;         /* EVENT_BIT of the kinds that are in it */
    uint16_t pending;         /* of those whose latest event is still only presumed or assumed */
    uint32_t omitted_refuted; /* refuted steps left out because PATH_EVENTS_MAX was reached */
};

/* An empty path that uses the storage (PATH_EVENTS_INLINE events) as long as it suffices. */
void path_init(struct path *path, enum tcp_state initial, struct path_event *storage);

/* Writes all steps in order, refuted ones included, into steps (room for PATH_STEPS_MAX) and returns how many. */
size_t path_steps(const struct path *path, struct step *steps);

/* Whether an event of that kind is in the path and not refuted; whether it is still only presumed. */
static inline bool path_has(const struct path *path, enum event_kind kind) {
    return (path->present & EVENT_BIT(kind)) != 0;
}
static inline bool path_pending(const struct path *path, enum event_kind kind) {
    return (path->pending & EVENT_BIT(kind)) != 0;
}

/* The latest event of that kind that is not refuted, or NULL. Valid until the path is changed. */
struct path_event *path_search(const struct path *path, enum event_kind kind);
static inline struct path_event *path_find(const struct path *path, enum event_kind kind) {
    return path_has(path, kind) ? path_search(path, kind) : NULL;
}

/* Adds an event at the end. False when memory is out. */
bool path_append(struct path *path, const struct path_event *event);

/* Marks the latest event of that kind as confirmed by frame if it was presumed; true if it was. */
bool path_confirm(struct path *path, enum event_kind kind, uint64_t frame);

/* Recomputes state and certainty after an event was changed in place. */
void path_update(struct path *path);

/* A change that takes steps back: whatever was shown before it and is not any more stays in the path as refuted by
 * frame. Begin, edit with path_remove, path_move_last and path_append, end. End returns false when memory is out. */
struct path_change {
    struct step *before; /* owned until the end; NULL for a change within another, which counts as part of that */
    size_t count;
};
bool path_change_begin(struct path_change *change, struct path *path);
bool path_change_end(struct path_change *change, struct path *path, uint64_t frame);

/* Takes the latest event of that kind out; true if there was one. */
bool path_remove(struct path *path, enum event_kind kind);

/* Takes out every event whose kind is in kinds (EVENT_BIT) and whose frame is at least from_frame; returns the kinds
 * removed. */
uint32_t path_remove_since(struct path *path, uint32_t kinds, uint64_t from_frame);

/* Moves the latest event of that kind behind all others; true if there was one. */
bool path_move_last(struct path *path, enum event_kind kind);

/* Frees the events if they are the path's own. */
void path_free(struct path *path);

#endif
