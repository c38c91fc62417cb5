/* SPDX-License-Identifier: BSD-3-Clause */
#include "rules/rule.h"

#include <inttypes.h>
#include <stddef.h>

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

static uint64_t frames_of(const struct observation *seen, unsigned side) {
    return seen->connection->side[side].frames;
}

static void say_cut(struct rules *rules, struct finding *finding, const struct observation *seen,
                    const struct oddities *oddities) {
    const char *name = side_name((enum side)finding->side);
    if (oddities->cut_headers.count > 0)
        finding_say(rules, finding,
                    "%" PRIu32 " of %" PRIu64 " segments of the %s were not captured whole, %" PRIu32
                    " of them not even their TCP header.",
                    oddities->cut.count, frames_of(seen, finding->side), name, oddities->cut_headers.count);
    else
        finding_say(rules, finding,
                    "%" PRIu32 " of %" PRIu64 " segments of the %s were not captured whole: their payload is cut.",
                    oddities->cut.count, frames_of(seen, finding->side), name);
    if (oddities->cut_headers.count > 0)
        finding->severity = SEVERITY_WARNING;
}

static void say_offloaded(struct rules *rules, struct finding *finding, const struct observation *seen,
                          const struct oddities *oddities) {
    finding_say(rules, finding,
                "%" PRIu32 " of %" PRIu64
                " segments of the %s hold only the sum of the pseudo-header: its network card fills in the checksum.",
                oddities->offloaded.count, frames_of(seen, finding->side), side_name((enum side)finding->side));
}

static void say_super_segments(struct rules *rules, struct finding *finding, const struct observation *seen,
                               const struct oddities *oddities) {
    uint32_t limit = seen->connection->side[finding->side].length_limit;
    if (limit != 0)
        finding_say(rules, finding,
                    "%" PRIu32 " segments of the %s are longer than the %s that its peer takes, the longest %s: the "
                    "network card cuts or joins them.",
                    oddities->oversized.count, side_name((enum side)finding->side), octets_words(limit).text,
                    octets_words(oddities->longest).text);
    else
        finding_say(rules, finding,
                    "%" PRIu32 " segments of the %s have no length in their IP header, the longest holds %s: the "
                    "network card cuts or joins them.",
                    oddities->oversized.count, side_name((enum side)finding->side),
                    octets_words(oddities->longest).text);
}

typedef void sayer(struct rules *rules, struct finding *finding, const struct observation *seen,
                   const struct oddities *oddities);

/* `tally` is the one of the sender, or of each side at the end. */
static void count_at_end(struct rules *rules, const struct observation *seen, enum anomaly_id id, size_t tally,
                         sayer *say) {
    for (unsigned side = 0; side < SIDES && seen->connection->oddities != NULL; side++) {
        struct finding *finding = find_finding_of(seen->connection, id, side);
        const struct oddities *oddities = &seen->connection->oddities[side];
        if (finding == NULL ||
            finding->count >= ((const struct segment_tally *)((const char *)oddities + tally))->count)
            continue;
        count_out(finding, (const struct segment_tally *)((const char *)oddities + tally));
        say(rules, finding, seen, oddities);
    }
}

static void rule_recording(struct rules *rules, const struct observation *seen, enum anomaly_id id, size_t tally,
                           sayer *say) {
    if ((seen->more & MORE_AT_END) != 0) {
        count_at_end(rules, seen, id, tally, say);
        return;
    }
    struct finding *finding = find_finding_of(seen->connection, id, seen->sender);
    if (finding == NULL)
        finding = raise_another(rules, seen, id, (enum side)seen->sender);
    if (finding == NULL)
        return;
    const struct oddities *oddities = &seen->connection->oddities[seen->sender];
    finding->location = LOCATION_CAPTURE;
    count_out(finding, (const struct segment_tally *)((const char *)oddities + tally));
    say(rules, finding, seen, oddities);
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
    rule_recording(rules, seen, id, offsetof(struct oddities, cut), say_cut);
}

void rule_checksum_offload(struct rules *rules, const struct observation *seen, enum anomaly_id id) {
    rule_recording(rules, seen, id, offsetof(struct oddities, offloaded), say_offloaded);
}

void rule_capture_offload(struct rules *rules, const struct observation *seen, enum anomaly_id id) {
    rule_recording(rules, seen, id, offsetof(struct oddities, oversized), say_super_segments);
}
