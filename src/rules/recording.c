/* SPDX-License-Identifier: BSD-3-Clause */
#include "base/decimal.h"
#include "rules/rule.h"
#include "rules/said.h"

#include <inttypes.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

/* How the capture recorded the segments of a connection: what of them is not as it was on the wire. Each is said once
 * for a side, where it is first seen, and counted when the connection is over. */

static struct finding *find_finding_of(const struct connection *connection, enum anomaly_id id, unsigned side) {
    const struct findings *findings = connection->findings;
    for (uint32_t i = 0; findings != NULL && i < findings->count; i++) {
        struct finding *finding = &findings->items[i];
        if (finding->id == id && finding->side == side && !finding->withdrawn)
            return finding;
    }
    return NULL;
}

static void count_out(struct finding *finding, const struct segment_tally *tally) {
    finding_add_frame(finding, tally->first_frame);
    finding_add_frame(finding, tally->last_frame);
    finding->count = tally->count;
    finding->last_frame = tally->last_frame;
    finding->last_time = tally->last_time;
}

/* --- what they say: most captures that are cut are cut everywhere, and nobody reads it --- */

struct recorded {
    const struct oddities *oddities; /* of the side */
    const struct endpoint *endpoint;
    const char *name;
    char *text;
};

/* In most captures that are cut nearly every connection says that: put down without a format. */
static void say_payload_cut(const struct recorded *of) {
    char *at = stpcpy(decimal_put(of->text, of->oddities->cut.count), " of ");
    at = stpcpy(decimal_put(at, of->endpoint->frames), " segments of the ");
    stpcpy(stpcpy(at, of->name), " were not captured whole: their payload is cut.");
}

static void say_cut(const struct recorded *of) {
    uint32_t headers = of->oddities->cut_headers.count;
    if (headers > 0)
        said_print(of->text, FINDING_SENTENCE,
                   "%" PRIu32 " of %" PRIu64 " segments of the %s were not captured whole, %" PRIu32
                   " of them not even their TCP header.",
                   of->oddities->cut.count, of->endpoint->frames, of->name, headers);
    else
        say_payload_cut(of);
}

static void say_offloaded(const struct recorded *of) {
    said_print(of->text, FINDING_SENTENCE,
               "%" PRIu32 " of %" PRIu64
               " segments of the %s hold only the sum of the pseudo-header: its network card fills in the checksum.",
               of->oddities->offloaded.count, of->endpoint->frames, of->name);
}

static void say_super_segments(const struct recorded *of) {
    uint32_t limit = of->endpoint->length_limit;
    if (limit != 0)
        said_print(of->text, FINDING_SENTENCE,
                   "%" PRIu32 " segments of the %s are longer than the %s that its peer takes, the longest %s: the "
                   "network card cuts or joins them.",
                   of->oddities->oversized.count, of->name, octets_words(limit).text,
                   octets_words(of->oddities->longest).text);
    else
        said_print(of->text, FINDING_SENTENCE,
                   "%" PRIu32 " segments of the %s have no length in their IP header, the longest holds %s: the "
                   "network card cuts or joins them.",
                   of->oddities->oversized.count, of->name, octets_words(of->oddities->longest).text);
}

bool recording_say(const struct connection *connection, const struct finding *finding, char *text) {
    if (connection->oddities == NULL)
        return false;
    const struct recorded of = {
        .oddities = &connection->oddities[finding->side],
        .endpoint = &connection->side[finding->side],
        .name = side_name((enum side)finding->side),
        .text = text,
    };
    switch ((enum anomaly_id)finding->id) {
    case ANOMALY_CAPTURE_TRUNCATED:
        say_cut(&of);
        return true;
    case ANOMALY_CHECKSUM_OFFLOAD:
        say_offloaded(&of);
        return true;
    case ANOMALY_CAPTURE_OFFLOAD:
        say_super_segments(&of);
        return true;
    default:
        return false;
    }
}

/* --- when they are raised --- */

static void count_up_to_now(struct finding *finding, const struct oddities *oddities, size_t tally) {
    count_out(finding, (const struct segment_tally *)((const char *)oddities + tally));
    free(finding->said); /* of a header that was lost */
    finding->said = NULL;
    if (finding->id == ANOMALY_CAPTURE_TRUNCATED && oddities->cut_headers.count > 0)
        finding->severity = SEVERITY_WARNING;
}

/* `tally` is the one of the sender, or of each side at the end. */
static void count_at_end(const struct observation *seen, enum anomaly_id id, size_t tally) {
    for (unsigned side = 0; side < SIDES && seen->connection->oddities != NULL; side++) {
        struct finding *finding = find_finding_of(seen->connection, id, side);
        const struct oddities *oddities = &seen->connection->oddities[side];
        const struct segment_tally *counted = (const struct segment_tally *)((const char *)oddities + tally);
        if (finding != NULL && finding->count < counted->count)
            count_up_to_now(finding, oddities, tally);
    }
}

static void rule_recording(struct rules *rules, const struct observation *seen, enum anomaly_id id, size_t tally) {
    if ((seen->more & MORE_AT_END) != 0) {
        count_at_end(seen, id, tally);
        return;
    }
    struct finding *finding = find_finding_of(seen->connection, id, seen->sender);
    if (finding == NULL)
        finding = raise_another(rules, seen, id, (enum side)seen->sender);
    if (finding == NULL)
        return;
    finding->location = LOCATION_CAPTURE;
    count_up_to_now(finding, &seen->connection->oddities[seen->sender], tally);
}

/* So little was captured of a segment that decode could make none of it. */
static void raise_header_lost(struct rules *rules, const struct observation *seen, enum anomaly_id id) {
    struct finding *finding = find_finding_of(seen->connection, id, seen->sender);
    if (finding != NULL)
        repeat_finding(finding, seen);
    else
        finding = raise_another(rules, seen, id, (enum side)seen->sender);
    if (finding == NULL)
        return;
    finding->location = LOCATION_CAPTURE;
    finding->severity = SEVERITY_WARNING;
    if (finding->count == 1)
        finding_say(rules, finding,
                    "Of this segment of the %s only %s of TCP were captured, less than its header: it is left out of "
                    "everything else.",
                    side_name((enum side)seen->sender), octets_words(seen->broken->octets).text);
}

void rule_capture_truncated(struct rules *rules, const struct observation *seen, enum anomaly_id id) {
    if ((seen->more & MORE_BROKEN) != 0) {
        if (seen->broken->fault == HEADER_CUT && seen->connection == NULL)
            tell_stray(rules, seen->broken, id);
        else if (seen->broken->fault == HEADER_CUT)
            raise_header_lost(rules, seen, id);
        return;
    }
    rule_recording(rules, seen, id, offsetof(struct oddities, cut));
}

void rule_checksum_offload(struct rules *rules, const struct observation *seen, enum anomaly_id id) {
    rule_recording(rules, seen, id, offsetof(struct oddities, offloaded));
}

void rule_capture_offload(struct rules *rules, const struct observation *seen, enum anomaly_id id) {
    rule_recording(rules, seen, id, offsetof(struct oddities, oversized));
}
