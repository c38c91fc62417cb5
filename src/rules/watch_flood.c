/* SPDX-License-Identifier: BSD-3-Clause */
#include "rules/watch_internal.h"

#include <inttypes.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

/* Many SYNs to one port, few of which lead to a connection. Seconds are counted from the first SYN of a port on; one is
 * judged when those after it have left its handshakes time to complete. Of a port to which one SYN went little is kept:
 * they may all go to different ones. */

static const int64_t second = 1000000000;
enum { SECONDS_HELD = 4, COMPLETED_SHARE = 10, VARIETY = 10 };

struct one_second {
    int64_t number; /* from the first SYN on */
    int64_t time;   /* of its first SYN */
    uint64_t last_frame;
    uint32_t syns;
    uint32_t completed;
    uint32_t others; /* SYNs unlike the one before in where they come from or in their ISN */
    bool begun;
    struct capture_evidence evidence; /* frames and connections */
};

/* What each SYN needs stands in the first line of the cache. */
struct target {
    struct subject subject;
    int64_t first; /* ns, of its first SYN */
    uint64_t latest_source;
    struct one_second *seconds; /* owned, SECONDS_HELD; NULL while there is one SYN */
    bool begun;
    uint8_t latest;           /* which of the seconds a SYN was counted in last */
    uint32_t completed_alone; /* handshakes of that, while it is the only one */

    uint64_t first_frame;
    uint64_t first_connection;
    uint64_t syns; /* of the seconds that were found to be a flood */
    uint64_t completed;
    uint32_t peak;
    size_t finding; /* number, 0: none */
};
_Static_assert(offsetof(struct target, first_frame) <= SUBJECTS_LINE, "one line of the cache");

static void tell(struct watch *watch, struct target *target, const struct one_second *judged) {
    struct capture_finding *finding = watch_finding(watch, target->finding);
    char address[ADDRESS_TEXT_SIZE];
    if (finding == NULL)
        return;
    for (unsigned i = 0; i < judged->evidence.frame_count; i++)
        evidence_add_frame(&finding->evidence, judged->evidence.frames[i]);
    for (unsigned i = 0; i < judged->evidence.connections_listed; i++)
        evidence_add_connection(&finding->evidence, judged->evidence.connections[i]);
    finding->connection_count = target->syns;
    finding->count++;
    finding->last_frame = judged->last_frame;
    capture_finding_say(finding,
                        "%" PRIu32 " SYNs for %s port %u came within a second, from changing sources; of all %" PRIu64
                        " in %" PRIu32 " such %s, %" PRIu64 " led to a connection.",
                        target->peak, address_text(&target->subject.address, address), target->subject.port,
                        target->syns, finding->count, finding->count == 1 ? "second" : "seconds", target->completed);
}

static bool judge(struct watch *watch, struct target *target, struct one_second *judged) {
    bool flood = judged->begun && judged->syns > watch->settings.syn_flood &&
                 (uint64_t)judged->completed * COMPLETED_SHARE < judged->syns && judged->others >= VARIETY;
    judged->begun = false;
    if (!flood)
        return true;
    target->syns += judged->syns;
    target->completed += judged->completed;
    target->peak = judged->syns > target->peak ? judged->syns : target->peak;
    const struct watch_event first = {.frame = judged->evidence.frames[0], .time = judged->time};
    if (target->finding == 0) {
        if (!watch_raise(watch, ANOMALY_SYN_FLOOD_SUSPECTED, &target->subject, &first, &target->finding))
            return false;
        struct capture_finding *finding = watch_finding(watch, target->finding);
        if (finding != NULL)
            finding->count = finding->evidence.frame_count = 0;
    }
    tell(watch, target, judged);
    return true;
}

static void judge_all(struct watch *watch, struct target *target) {
    int64_t next = INT64_MAX;
    do { /* in their order */
        struct one_second *earliest = NULL;
        for (int i = 0; i < SECONDS_HELD; i++) {
            struct one_second *held = &target->seconds[i];
            if (held->begun && (earliest == NULL || held->number < earliest->number))
                earliest = held;
        }
        next = earliest == NULL ? INT64_MAX : earliest->number;
        if (earliest != NULL)
            judge(watch, target, earliest); /* without memory there is one finding less */
    } while (next != INT64_MAX);
}

static void forget(void *context, struct subject *subject) {
    struct target *target = (struct target *)subject;
    if (target->seconds == NULL)
        return;
    judge_all(context, target);
    free(target->seconds);
}

struct subjects *flood_targets_new(struct watch *watch, const uint64_t key[2]) {
    struct subjects *targets = subjects_new(sizeof(struct target), WATCH_SUBJECTS, key);
    if (targets != NULL)
        subjects_on_forget(targets, forget, watch);
    return targets;
}

static int64_t number_of(const struct target *target, int64_t time) {
    return time > target->first ? (time - target->first) / second : 0;
}

void flood_approach(const struct subject *subject) {
    const struct target *target = (const struct target *)subject;
    uintptr_t held = (uintptr_t)target->seconds + target->latest * sizeof *target->seconds; /* of none: nowhere */
    for (unsigned at = 0; at <= offsetof(struct one_second, evidence.connections); at += SUBJECTS_LINE)
        __builtin_prefetch((const void *)(held + at), 1);
}

/* The record of a second; NULL where a later one has taken its place. */
static struct one_second *held_second(struct target *target, int64_t number) {
    struct one_second *held = &target->seconds[number % SECONDS_HELD];
    return held->begun && held->number == number ? held : NULL;
}

static void count_syn(struct one_second *held, uint64_t frame, uint64_t connection, bool other) {
    held->syns++;
    held->others += other;
    held->last_frame = frame;
    evidence_add_frame(&held->evidence, frame);
    evidence_add_connection(&held->evidence, connection);
}

static void begin(struct target *target, const struct watch_event *event) {
    target->begun = true;
    target->first = event->time;
    target->first_frame = event->frame;
    target->first_connection = event->connection;
    target->latest_source = event->source;
}

/* The seconds, beginning with the one SYN that there was. False when memory is out. */
static bool begin_seconds(struct target *target) {
    target->seconds = calloc(SECONDS_HELD, sizeof *target->seconds);
    if (target->seconds == NULL)
        return false;
    target->seconds[0] =
        (struct one_second){.begun = true, .time = target->first, .completed = target->completed_alone};
    count_syn(&target->seconds[0], target->first_frame, target->first_connection, true);
    return true;
}

static bool take_syn(struct watch *watch, struct target *target, const struct watch_event *event) {
    if (!target->begun) {
        begin(target, event);
        return true;
    }
    if (target->seconds == NULL && !begin_seconds(target))
        return false;
    int64_t number = number_of(target, event->time);
    struct one_second *held = &target->seconds[number % SECONDS_HELD];
    if (held->begun && held->number < number && !judge(watch, target, held))
        return false;
    if (held->begun && held->number > number) /* the clock was set back by much */
        return true;
    if (!held->begun)
        *held = (struct one_second){.begun = true, .number = number, .time = event->time};
    target->latest = (uint8_t)(held - target->seconds);
    count_syn(held, event->frame, event->connection, event->source != target->latest_source);
    target->latest_source = event->source;
    return true;
}

static void take_completed(struct target *target, int64_t syn_time) {
    int64_t number = number_of(target, syn_time);
    if (target->seconds == NULL) {
        target->completed_alone += number == 0;
        return;
    }
    struct one_second *held = held_second(target, number);
    if (held != NULL)
        held->completed++;
}

bool flood_take(struct watch *watch, uint64_t hash, const struct watch_event *event) {
    if (event->kind == WATCH_SYN) {
        struct target *target = (struct target *)subjects_get(watch->targets, hash, &event->address, event->port);
        return target != NULL && take_syn(watch, target, event);
    }
    struct target *target = (struct target *)subjects_find(watch->targets, hash, &event->address, event->port);
    if (target != NULL)
        take_completed(target, event->since);
    return true;
}
