/* SPDX-License-Identifier: BSD-3-Clause */
#include "rules/watch.h"

#include "base/room.h"
#include "rules/watch_internal.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    MUCH_UNSEEN = 3,      /* segments of one connection that acknowledge what is not in the capture */
    MISSING_SHARE = 1000, /* one octet of so many missing is too much */
    FIRST_CAPACITY = 16,
};

void watch_free(struct watch *watch) {
    if (watch == NULL)
        return;
    subjects_free(watch->targets);
    subjects_free(watch->scanners);
    holders_free(watch);
    free(watch->findings);
    free(watch);
}

/* --- findings --- */

void evidence_add_frame(struct capture_evidence *evidence, uint64_t frame) {
    unsigned count = evidence->frame_count;
    bool next = count > 0 && count < FINDING_FRAMES && evidence->frames[count - 1] < frame; /* as most are */
    if (next)
        evidence->frames[evidence->frame_count++] = frame;
    else
        evidence->frame_count = (uint8_t)frames_add(evidence->frames, count, frame);
}

void evidence_add_connection(struct capture_evidence *evidence, uint64_t connection) {
    if (connection != 0 && evidence->connections_listed < CAPTURE_FINDING_IDS)
        evidence->connections[evidence->connections_listed++] = connection;
}

void capture_finding_say(struct capture_finding *finding, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(finding->message, sizeof finding->message, format, arguments);
    va_end(arguments);
}

struct capture_finding *watch_finding(struct watch *watch, size_t number) {
    return number == 0 || number == WATCH_NO_PLACE ? NULL : &watch->findings[number - 1];
}

bool watch_raise(struct watch *watch, enum anomaly_id id, const struct subject *about, const struct watch_event *event,
                 size_t *number) {
    *number = WATCH_NO_PLACE;
    if (watch->of_id[id]++ >= WATCH_FINDINGS)
        return true;
    struct capture_finding *findings =
        room_for_one_more(watch->findings, watch->count, &watch->capacity, FIRST_CAPACITY, sizeof *findings);
    if (findings == NULL)
        return false;
    watch->findings = findings;
    struct capture_finding *finding = &watch->findings[watch->count++];
    *finding = (struct capture_finding){
        .id = (uint8_t)id,
        .certainty = CERTAINTY_PRESUMED,
        .count = 1,
        .frame = event->frame,
        .last_frame = event->frame,
        .time = event->time,
    };
    if (about != NULL) {
        finding->has_address = true;
        finding->address = about->address;
        finding->port = about->port;
    }
    evidence_add_frame(&finding->evidence, event->frame);
    *number = watch->count;
    return true;
}

/* --- what is one finding of the whole run --- */

static struct capture_finding *count_one(struct watch *watch, enum anomaly_id id, const struct watch_event *event) {
    for (size_t i = 0; i < watch->count; i++) {
        struct capture_finding *finding = &watch->findings[i];
        if (finding->id != id)
            continue;
        finding->count++;
        finding->last_frame = event->frame > finding->last_frame ? event->frame : finding->last_frame;
        evidence_add_frame(&finding->evidence, event->frame);
        return finding;
    }
    size_t number;
    return watch_raise(watch, id, NULL, event, &number) ? watch_finding(watch, number) : NULL;
}

static bool take_backward(struct watch *watch, const struct watch_event *event) {
    struct capture_finding *finding = count_one(watch, ANOMALY_CAPTURE_TIMESTAMP_BACKWARD, event);
    int64_t step = event->since - event->time;
    if (finding == NULL)
        return false;
    finding->certainty = CERTAINTY_CERTAIN;
    finding->location = LOCATION_CAPTURE;
    watch->farthest_back = step > watch->farthest_back ? step : watch->farthest_back;
    if (finding->count == 1)
        capture_finding_say(finding, "Frame %" PRIu64 " is %s older than the one before it.", event->frame,
                            duration_words(watch->farthest_back).text);
    else
        capture_finding_say(finding, "%" PRIu32 " frames are older than the one before them, by up to %s.",
                            finding->count, duration_words(watch->farthest_back).text);
    return true;
}

static bool take_broken(struct watch *watch, const struct watch_event *event) {
    struct capture_finding *finding = count_one(watch, (enum anomaly_id)event->raised_as, event);
    char address[ADDRESS_TEXT_SIZE];
    if (finding == NULL)
        return false;
    finding->certainty = CERTAINTY_CERTAIN;
    finding->location = event->raised_as == ANOMALY_HEADER_INVALID ? LOCATION_NONE : LOCATION_CAPTURE;
    const char *fault = event->raised_as == ANOMALY_HEADER_INVALID ? "a TCP header that cannot be read"
                                                                   : "less than a TCP header captured";
    if (finding->count == 1) {
        finding->has_address = true;
        finding->address = event->address;
        finding->port = event->port;
        capture_finding_say(finding, "A segment from %s port %u, of no known connection, has %s.",
                            address_text(&event->address, address), event->port, fault);
        return true;
    }
    finding->has_address = finding->has_address && address_equal(&finding->address, &event->address);
    finding->port = finding->has_address && finding->port == event->port ? event->port : 0;
    capture_finding_say(finding, "%" PRIu32 " segments, of no known connection, have %s.", finding->count, fault);
    return true;
}

static void take_ended(struct watch *watch, const struct watch_event *event) {
    struct capture_finding *lacking = &watch->lacking;
    watch->octets += event->octets;
    if (event->missing == 0)
        return; /* what was acknowledged and unseen has turned up */
    watch->missing += event->missing;
    watch->one_lacks_much = watch->one_lacks_much || event->unseen >= MUCH_UNSEEN;
    if (lacking->count == 0 || event->frame < lacking->frame) {
        lacking->frame = event->frame;
        lacking->time = event->time;
    }
    lacking->count += event->unseen;
    lacking->last_frame = event->frame > lacking->last_frame ? event->frame : lacking->last_frame;
    lacking->connection_count++;
    evidence_add_frame(&lacking->evidence, event->frame);
    evidence_add_connection(&lacking->evidence, event->connection);
}

static void say_dropped(const struct watch *watch, struct capture_finding *finding) {
    uint64_t all = watch->octets + watch->missing;
    const char *frames = watch->dropped == 1 ? "frame" : "frames";
    const char *connections = finding->connection_count == 1 ? "connection" : "connections";
    if (watch->dropped > 0 && watch->missing > 0)
        capture_finding_say(finding,
                            "The capture says of itself that it dropped %" PRIu64 " %s; %s that it lacks %s "
                            "acknowledged, in %" PRIu64 " %s.",
                            watch->dropped, frames, octets_words((int64_t)watch->missing).text,
                            watch->missing == 1 ? "was" : "were", finding->connection_count, connections);
    else if (watch->dropped > 0)
        capture_finding_say(finding, "The capture says of itself that it dropped %" PRIu64 " %s.", watch->dropped,
                            frames);
    else
        capture_finding_say(finding, "%" PRIu64 " of %s %s acknowledged and %s not in the capture, in %" PRIu64 " %s.",
                            watch->missing, octets_words((int64_t)all).text, watch->missing == 1 ? "was" : "were",
                            watch->missing == 1 ? "is" : "are", finding->connection_count, connections);
}

static bool judge_drops(struct watch *watch) {
    bool share = watch->missing > (watch->octets + watch->missing) / MISSING_SHARE;
    if (watch->dropped == 0 && !watch->one_lacks_much && !share)
        return true;
    const struct watch_event event = {.frame = watch->lacking.frame, .time = watch->lacking.time};
    size_t number;
    if (!watch_raise(watch, ANOMALY_CAPTURE_DROP, NULL, &event, &number))
        return false;
    struct capture_finding *finding = watch_finding(watch, number);
    struct capture_finding kept = watch->lacking;
    kept.id = finding->id;
    kept.count = kept.count > 0 ? kept.count : 1;
    kept.certainty = watch->dropped > 0 ? CERTAINTY_CERTAIN : CERTAINTY_PRESUMED;
    kept.location = LOCATION_CAPTURE;
    *finding = kept;
    say_dropped(watch, finding);
    return true;
}

/* --- what waits --- */

static bool take(struct watch *watch, uint64_t hash, const struct watch_event *event) {
    switch ((enum watch_kind)event->kind) {
    case WATCH_SYN:
    case WATCH_COMPLETED:
        return flood_take(watch, hash, event);
    case WATCH_FAILED:
        return scan_take(watch, hash, event);
    case WATCH_ENTERED:
    case WATCH_LEFT:
        return pile_take(watch, hash, event);
    case WATCH_ENDED:
        take_ended(watch, event);
        break;
    case WATCH_BACKWARD:
        return take_backward(watch, event);
    case WATCH_BROKEN:
        return take_broken(watch, event);
    case WATCH_DROPPED:
    case WATCH_KINDS:
        break;
    }
    return true;
}

/* Where an event is looked up. */
struct sought {
    const struct subjects *table; /* NULL: nowhere */
    uint64_t hash;                /* subjects_hash */
};

/* Each event is about another address, whose records are mostly far away in memory: they are called for together, step
 * by step. */
static void call_for_waiting(const struct watch *watch, unsigned count, struct sought sought[WATCH_WAITING]) {
    const struct subject *subjects[WATCH_WAITING];
    for (unsigned i = 0; i < count; i++) {
        const struct watch_event *event = &watch->waiting[i];
        const struct subjects *table = watch->tables[event->kind];
        sought[i].table = table;
        if (table != NULL)
            sought[i].hash = subjects_hash(table, &event->address, table == watch->targets ? event->port : 0);
    }
    for (unsigned i = 0; i < count; i++) {
        if (sought[i].table != NULL)
            subjects[i] = subjects_approach(sought[i].table, &sought[i].hash);
    }
    for (unsigned i = 0; i < count; i++) {
        if (sought[i].table == watch->targets)
            flood_approach(subjects[i]);
        else if (sought[i].table == watch->holders)
            pile_approach(subjects[i], &watch->waiting[i]);
    }
}

/* Takes all that wait, in their order. */
static bool take_all_waiting(void *context, struct watch_queue *queue) {
    struct watch *watch = context;
    unsigned count = (unsigned)(queue->next - watch->waiting);
    struct sought sought[WATCH_WAITING];
    bool good = true;
    call_for_waiting(watch, count, sought);
    for (unsigned i = 0; i < count && good; i++)
        good = take(watch, sought[i].hash, &watch->waiting[i]);
    queue->next = watch->waiting;
    return good;
}

static void open_queue(struct watch *watch) {
    struct watch_event *first = watch->waiting;
    watch->queue = (struct watch_queue){first, first + WATCH_WAITING, take_all_waiting, watch, &watch->octets};
    watch->tables[WATCH_SYN] = watch->tables[WATCH_COMPLETED] = watch->targets;
    watch->tables[WATCH_FAILED] = watch->scanners;
    watch->tables[WATCH_ENTERED] = watch->tables[WATCH_LEFT] = watch->holders;
}

struct watch_queue *watch_queue(struct watch *watch) {
    return &watch->queue;
}

bool watch_take(struct watch *watch, const struct watch_event *event) {
    if (event->kind == WATCH_DROPPED) {
        watch->dropped += event->missing;
        return true;
    }
    *watch->queue.next = *event;
    return watch_put(&watch->queue);
}

/* --- birth and end --- */

struct watch *watch_new(const struct rule_settings *settings, const uint64_t key[2]) {
    struct watch *watch = calloc(1, sizeof *watch);
    if (watch == NULL)
        return NULL;
    watch->settings = *settings;
    watch->targets = flood_targets_new(watch, key);
    watch->scanners = scanners_new(watch, key);
    watch->holders = holders_new(watch, key);
    if (watch->targets == NULL || watch->scanners == NULL || watch->holders == NULL) {
        watch_free(watch);
        return NULL;
    }
    open_queue(watch);
    return watch;
}

static int by_frame(const void *one, const void *other) {
    const struct capture_finding *a = one;
    const struct capture_finding *b = other;
    if (a->frame != b->frame)
        return a->frame < b->frame ? -1 : 1;
    if (a->id != b->id)
        return a->id < b->id ? -1 : 1;
    int order = memcmp(&a->address, &b->address, sizeof a->address);
    return order != 0 ? order : a->port - b->port;
}

/* How many findings there was no place for, said at the last that has one. */
static void say_overflow(struct watch *watch) {
    for (size_t i = watch->count; i-- > 0;) {
        struct capture_finding *finding = &watch->findings[i];
        uint32_t over = watch->of_id[finding->id] - WATCH_FINDINGS;
        size_t used = strlen(finding->message);
        if (watch->of_id[finding->id] <= WATCH_FINDINGS)
            continue;
        snprintf(finding->message + used, sizeof finding->message - used, " There %s %" PRIu32 " more such %s.",
                 over == 1 ? "is" : "are", over, over == 1 ? "finding" : "findings");
        watch->of_id[finding->id] = 0;
    }
}

bool watch_finish(struct watch *watch, bool (*found)(void *context, const struct capture_finding *finding),
                  void *context) {
    if (!take_all_waiting(watch, &watch->queue))
        return false;
    subjects_free(watch->targets); /* what is still open is judged */
    watch->targets = NULL;
    if (!judge_drops(watch))
        return false;
    if (watch->count > 0)
        qsort(watch->findings, watch->count, sizeof *watch->findings, by_frame);
    say_overflow(watch);
    for (size_t i = 0; i < watch->count; i++) {
        if (!found(context, &watch->findings[i]))
            return false;
    }
    return true;
}
