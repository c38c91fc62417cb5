/* SPDX-License-Identifier: BSD-3-Clause */
#include <config.h> /* for memrchr */

#include "rules/rule.h"
#include "rules/said.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

void findings_free(struct findings *findings) {
    if (findings == NULL)
        return;
    for (uint32_t i = 0; i < findings->count; i++)
        free(findings->items[i].said);
    free(findings);
}

uint32_t findings_reported(const struct findings *findings) {
    uint32_t reported = 0;
    for (uint32_t i = 0; findings != NULL && i < findings->count; i++)
        reported += !findings->items[i].withdrawn;
    return reported;
}

int findings_worst(const struct findings *findings) {
    int worst = -1;
    for (uint32_t i = 0; findings != NULL && i < findings->count; i++) {
        const struct finding *finding = &findings->items[i];
        if (!finding->withdrawn && finding->severity > worst)
            worst = finding->severity;
    }
    return worst;
}

static bool has_raised(const struct findings *findings, enum anomaly_id id) {
    return findings != NULL && (findings->raised[id / 64] >> id % 64 & 1) != 0;
}

/* The latest of that id before `below` that was not withdrawn; findings->items + findings->count: any. Or NULL. */
static struct finding *latest_before(const struct findings *findings, enum anomaly_id id, const struct finding *below) {
    size_t count = (size_t)(below - findings->items);
    for (const uint8_t *at; (at = memrchr(findings->ids, (int)id, count)) != NULL;) {
        count = (size_t)(at - findings->ids);
        if (!findings->items[count].withdrawn)
            return &findings->items[count];
    }
    return NULL;
}

struct finding *find_finding(const struct connection *connection, enum anomaly_id id) {
    const struct findings *findings = connection->findings;
    return has_raised(findings, id) ? latest_before(findings, id, findings->items + findings->count) : NULL;
}

static bool names_frame(const struct finding *finding, uint64_t frame) {
    for (unsigned i = 0; i < finding->frame_count; i++) {
        if (finding->frames[i] == frame)
            return true;
    }
    return false;
}

struct finding *find_finding_at(const struct connection *connection, enum anomaly_id id, uint64_t frame) {
    struct finding *finding = find_finding(connection, id);
    while (finding != NULL && !names_frame(finding, frame))
        finding = latest_before(connection->findings, id, finding);
    return finding;
}

/* A reader who was told of it is still to be told that it is withdrawn. */
static bool is_over(const struct finding *finding) {
    return finding->withdrawn && finding->told == finding->told_withdrawn;
}

/* What has been withdrawn makes room before more is asked for: a capture can raise and withdraw for ever. */
static void sweep(struct findings *findings) {
    uint32_t kept = 0;
    for (uint32_t i = 0; i < findings->count; i++) {
        if (is_over(&findings->items[i])) {
            free(findings->items[i].said);
            continue;
        }
        findings->items[kept] = findings->items[i];
        findings->ids[kept++] = findings->ids[i];
    }
    findings->count = kept;
}

enum { FIRST_FINDINGS = 2 }; /* what an attempt that leads to nothing mostly has */

/* Room for one more; NULL when memory is out. */
static struct findings *with_room(struct findings *findings) {
    if (findings != NULL && findings->count == findings->capacity)
        sweep(findings);
    if (findings != NULL && findings->count < findings->capacity)
        return findings;
    uint32_t capacity = findings == NULL ? FIRST_FINDINGS : 2 * findings->capacity;
    struct findings *larger =
        realloc(findings, sizeof *larger + capacity * (sizeof *larger->items + sizeof *larger->ids));
    if (larger == NULL)
        return NULL;
    if (findings == NULL)
        *larger = (struct findings){0};
    struct finding *items = (struct finding *)(larger + 1);
    uint8_t *ids = (uint8_t *)(items + capacity);
    memmove(ids, items + larger->capacity, larger->count);
    larger->items = items;
    larger->ids = ids;
    larger->capacity = capacity;
    return larger;
}

static uint32_t standing(const struct findings *findings) {
    uint32_t count = 0;
    for (uint32_t i = 0; i < findings->count; i++)
        count += !findings->items[i].withdrawn;
    return count;
}

enum { SENTENCE = 128 }; /* octets that are counted for the message of each */

/* Charges for one more. What is withdrawn and stays until a reader has been told of that is not charged for: which
 * connections are evicted must not hang on whether somebody reads along. */
static void charge(struct connection *connection, struct findings *findings) {
    if (findings->count < findings->charged || standing(findings) < findings->charged)
        return;
    findings->charged = findings->charged == 0 ? FIRST_FINDINGS : 2 * findings->charged;
    connection->findings_octets =
        (uint32_t)(sizeof *findings + findings->charged * (sizeof *findings->items + SENTENCE));
}

/* A new item at the end, all zero; NULL when memory is out. */
static struct finding *append_finding(struct connection *connection, enum anomaly_id id) {
    struct findings *findings = with_room(connection->findings);
    if (findings == NULL)
        return NULL;
    connection->findings = findings;
    charge(connection, findings);
    findings->raised[id / 64] |= UINT64_C(1) << id % 64;
    findings->ids[findings->count] = (uint8_t)id;
    struct finding *finding = &findings->items[findings->count++];
    memset(finding, 0, sizeof *finding);
    return finding;
}

bool anomaly_is_single(enum anomaly_id id) {
    const char *name = anomaly_row(id)->id;
    return (strncmp(name, "rst-", 4) == 0 && id != ANOMALY_RST_STORM) || strncmp(name, "port-reused", 11) == 0;
}

static bool is_single(const struct rules *rules, enum anomaly_id id) {
    return (rules->singles[id / 64] >> id % 64 & 1) != 0;
}

/* The finding that counts up when id is raised again, or NULL for a new one. A flood of resets may not fill the memory:
 * beyond SINGLES_MAX findings of an id the latest of them counts, and still tells of the frame it was raised at. */
static struct finding *find_repeated(const struct rules *rules, const struct connection *connection,
                                     enum anomaly_id id) {
    const struct findings *findings = connection->findings;
    if (!is_single(rules, id))
        return find_finding(connection, id);
    if (!has_raised(findings, id) || findings->count < SINGLES_MAX)
        return NULL;
    unsigned singles = 0;
    for (uint32_t i = 0; i < findings->count; i++)
        singles += findings->ids[i] == id && !findings->items[i].withdrawn;
    return singles < SINGLES_MAX ? NULL : find_finding(connection, id);
}

static struct finding *count_up(struct finding *finding, uint64_t frame, int64_t time) {
    finding->count++;
    if (frame >= finding->last_frame) {
        finding->last_frame = frame;
        finding->last_time = time;
    }
    finding_add_frame(finding, frame);
    return finding;
}

static struct finding *raise_new(struct rules *rules, const struct observation *seen, enum anomaly_id id,
                                 enum side side, uint64_t frame, int64_t time) {
    const struct anomaly_row *row = anomaly_row(id);
    struct finding *finding = append_finding(seen->connection, id);
    if (finding == NULL) {
        rules->failed = true;
        return NULL;
    }
    finding->id = (uint8_t)id;
    finding->severity = (uint8_t)row->severity;
    finding->side = (uint8_t)side;
    finding->certainty = CERTAINTY_CERTAIN;
    finding->location = LOCATION_NONE;
    finding->frame = frame;
    finding->time = time;
    memcpy(finding->states, seen->before, sizeof finding->states);
    connection_log_keep(seen->connection, frame);
    return count_up(finding, frame, time);
}

static struct finding *raise_at(struct rules *rules, const struct observation *seen, enum anomaly_id id, enum side side,
                                uint64_t frame, int64_t time) {
    struct finding *finding = find_repeated(rules, seen->connection, id);
    if (finding == NULL)
        return raise_new(rules, seen, id, side, frame, time);
    finding->keeps_message = finding->side != side || is_single(rules, id);
    return count_up(finding, frame, time);
}

static struct finding *with_numbers(struct finding *finding, const struct observation *seen) {
    if (finding != NULL && finding->count == 1 && seen->segment != NULL) {
        finding->seen = (struct numbers){
            .has_seq = true,
            .has_ack = (seen->segment->flags & TCP_ACK) != 0,
            .seq = seen->segment->seq,
            .ack = seen->segment->ack,
            .relative_seq = seen->seq,
            .relative_ack = seen->ack,
        };
    }
    return finding;
}

struct finding *raise_finding(struct rules *rules, const struct observation *seen, enum anomaly_id id, enum side side) {
    return with_numbers(raise_at(rules, seen, id, side, seen->frame, seen->time), seen);
}

struct finding *raise_another(struct rules *rules, const struct observation *seen, enum anomaly_id id, enum side side) {
    return with_numbers(raise_new(rules, seen, id, side, seen->frame, seen->time), seen);
}

/* What has not come until the end. */
static struct finding *as_absence(struct finding *finding, const struct observation *seen) {
    if (finding != NULL && (seen->more & MORE_AT_END) != 0)
        finding->absence = true;
    return finding;
}

struct finding *raise_absence(struct rules *rules, const struct observation *seen, enum anomaly_id id, enum side side,
                              uint64_t frame, int64_t time) {
    return as_absence(raise_at(rules, seen, id, side, frame, time), seen);
}

struct finding *raise_another_absence(struct rules *rules, const struct observation *seen, enum anomaly_id id,
                                      enum side side, uint64_t frame, int64_t time) {
    return as_absence(raise_new(rules, seen, id, side, frame, time), seen);
}

struct finding *raise_lost_beyond(struct rules *rules, const struct observation *seen, enum anomaly_id id,
                                  enum event_kind event, const struct refuted **lost) {
    *lost = refuted_at_sender(seen, event);
    if (*lost == NULL)
        return NULL;
    struct finding *finding = raise_finding(rules, seen, id, receiver_side(seen));
    if (finding == NULL)
        return NULL;
    finding_add_frame(finding, (*lost)->frame);
    finding->location = LOCATION_BEYOND;
    return finding;
}

void repeat_finding(struct finding *finding, const struct observation *seen) {
    count_up(finding, seen->frame, seen->time);
}

unsigned frames_add(uint64_t frames[FINDING_FRAMES], unsigned count, uint64_t frame) {
    unsigned at = count;
    while (at > 0 && frames[at - 1] > frame)
        at--;
    if (frame == 0 || (at > 0 && frames[at - 1] == frame))
        return count;
    if (count < FINDING_FRAMES) {
        memmove(frames + at + 1, frames + at, (count - at) * sizeof *frames);
        frames[at] = frame;
        return count + 1;
    }
    if (at < FINDING_FIRST_FRAMES) { /* the last of the first ones gives way, */
        memmove(frames + at + 1, frames + at, (FINDING_FIRST_FRAMES - at - 1) * sizeof *frames);
        frames[at] = frame;
    } else if (at > FINDING_FIRST_FRAMES) { /* or the first of the last ones */
        memmove(frames + FINDING_FIRST_FRAMES, frames + FINDING_FIRST_FRAMES + 1,
                (at - FINDING_FIRST_FRAMES - 1) * sizeof *frames);
        frames[at - 1] = frame;
    }
    return count;
}

void finding_add_frame(struct finding *finding, uint64_t frame) {
    if (finding->frame_count == FINDING_FRAMES && frame != 0 && !names_frame(finding, frame))
        finding->frames_omitted = true;
    finding->frame_count = (uint8_t)frames_add(finding->frames, finding->frame_count, frame);
}

void finding_add_frames_of(struct finding *finding, const struct connection *connection, enum anomaly_id other) {
    const struct finding *source = find_finding(connection, other);
    for (unsigned i = 0; source != NULL && i < source->frame_count; i++)
        finding_add_frame(finding, source->frames[i]);
}

void finding_expect_seq(struct finding *finding, const struct connection *connection, enum side sender, int64_t seq) {
    if (finding->keeps_message)
        return;
    finding->expected.has_seq = true;
    finding->expected.relative_seq = seq;
    finding->expected.seq = endpoint_raw(&connection->side[sender], seq);
}

void finding_expect_ack(struct finding *finding, const struct connection *connection, enum side sender, int64_t ack) {
    if (finding->keeps_message)
        return;
    finding->expected.has_ack = true;
    finding->expected.relative_ack = ack;
    finding->expected.ack = endpoint_raw(&connection->side[other_side(sender)], ack);
}

void finding_say(struct rules *rules, struct finding *finding, const char *format, ...) {
    if (finding->keeps_message)
        return;
    va_list arguments;
    va_start(arguments, format);
    struct said *said = said_take(finding->said, format, arguments);
    va_end(arguments);
    if (said == NULL)
        rules->failed = true;
    else
        finding->said = said;
}

void finding_lower(struct finding *finding) {
    if (!finding->lowered && finding->severity > SEVERITY_INFO)
        finding->severity--;
    finding->lowered = true;
}

void withdraw_occurrence(struct finding *finding, uint64_t frame) {
    if (finding->count == 1) {
        finding->withdrawn = true;
        finding->provisional = false;
        return;
    }
    finding->count--;
    for (unsigned i = 0; i < finding->frame_count; i++) {
        if (finding->frames[i] != frame)
            continue;
        finding->frame_count--;
        memmove(finding->frames + i, finding->frames + i + 1, (finding->frame_count - i) * sizeof *finding->frames);
        break;
    }
    if (finding->frame_count == 0)
        return;
    finding->last_frame = finding->frames[finding->frame_count - 1];
    if (finding->frame == frame) {
        finding->frame = finding->frames[0];
        finding->time = finding->count == 1 ? finding->last_time : finding->time;
    } else if (finding->count == 1) {
        finding->last_time = finding->time;
    }
}
