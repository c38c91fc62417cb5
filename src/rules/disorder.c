/* SPDX-License-Identifier: BSD-3-Clause */
#include "rules/rule.h"

#include <inttypes.h>

/* Octets and acknowledgments that come twice, late or bare of what was agreed (RFC 9293 3.10.7.4, RFC 2883, RFC 7323).
 */

/* --- data-retransmitted-spurious --- */

/* The first segment of the receiver in memory that acknowledged everything up to end, and long enough ago to have been
 * heard; frame 0: none. */
static struct passed covering_ack(const struct observation *seen, int64_t end) {
    const struct endpoint *sender = sender_of(seen);
    const struct endpoint *receiver = receiver_of(seen);
    int64_t since = seen->time - seen->guard[seen->sender];
    struct passed best = {0};
    if (sender->acknowledged >= end && sender->acknowledged_time < since)
        best = (struct passed){sender->acknowledged_frame, sender->acknowledged_time};
    for (int i = 0; i < RECENT_SEGMENTS; i++) {
        const struct recent_segment *recent = &receiver->recent[i];
        if (recent->frame == 0 || recent->rejected || (recent->flags & TCP_ACK) == 0 || recent->time >= since ||
            endpoint_offset(sender, recent->raw_ack) < end)
            continue;
        if (best.frame == 0 || recent->frame < best.frame)
            best = (struct passed){recent->frame, recent->time};
    }
    return best;
}

static void raise_acknowledged(struct rules *rules, const struct observation *seen, enum anomaly_id id) {
    int64_t end = seen->seq + seen->segment->length;
    struct passed ack = covering_ack(seen, end);
    if (ack.frame == 0 || seen->repeated_octets < (int64_t)seen->segment->length)
        return;
    struct finding *finding = raise_finding(rules, seen, id, (enum side)seen->sender);
    if (finding == NULL)
        return;
    finding_add_frame(finding, ack.frame);
    if (finding->count == 1)
        finding_say(rules, finding,
                    "The %s sent %s again from relative sequence number %" PRId64
                    " on, %s after the ACK of frame %" PRIu64 " had covered them (a round trip from here takes %s).",
                    side_name((enum side)seen->sender), octets_words(seen->segment->length).text, seen->seq,
                    duration_words(seen->time - ack.time).text, ack.frame,
                    duration_words(sender_of(seen)->round_trip).text);
}

/* The receiver has had both copies. It is told of one repetition that passed here, not of copies that the network
 * made. */
static void raise_reported(struct rules *rules, const struct observation *seen, enum anomaly_id id) {
    const struct endpoint *reported = receiver_of(seen);
    const struct passage *again = &endpoint_incidents(reported)->repeated;
    int64_t begin = endpoint_offset(reported, seen->segment->options.sack[0].begin);
    int64_t end = endpoint_offset(reported, seen->segment->options.sack[0].end);
    if (again->frame == 0 || begin >= again->end || end <= again->begin ||
        find_finding_at(seen->connection, id, again->frame) != NULL)
        return;
    struct finding *finding = raise_absence(rules, seen, id, receiver_side(seen), again->frame, again->time);
    if (finding == NULL)
        return;
    finding_add_frame(finding, seen->frame);
    if (finding->count == 1)
        finding_say(rules, finding,
                    "The %s sent relative sequence numbers %" PRId64 " to %" PRId64 " again; frame %" PRIu64
                    " reports that both copies arrived (D-SACK).",
                    side_name(receiver_side(seen)), again->begin, again->end - 1, seen->frame);
}

void rule_data_retransmitted_spurious(struct rules *rules, const struct observation *seen, enum anomaly_id id) {
    if ((seen->facts & FACT_DATA_REPEATED) != 0)
        raise_acknowledged(rules, seen, id);
    if ((seen->more & MORE_DUPLICATE_SACK) != 0)
        raise_reported(rules, seen, id);
}

/* --- segment-out-of-order --- */

enum { IP_ID_STEPS = 64 }; /* by so many the identification may have gone on between neighbours */

/* Sent before the segment that overtook it, by the sender's own counts. */
static const char *older_by(const struct segment *segment, const struct passage *later) {
    bool stamped = (segment->options.present & OPTION_TIMESTAMPS) != 0 && later->stamped;
    if (stamped && (int32_t)(segment->options.timestamp_value - later->tsval) < 0)
        return "its timestamp";
    uint16_t behind = (uint16_t)(later->ip_id - segment->ip_id);
    bool counted = segment->source.version == 4 && segment->ip_id != 0 && later->ip_id != 0;
    return counted && behind >= 1 && behind <= IP_ID_STEPS ? "its IP identification" : NULL;
}

/* A retransmission of what was lost before the capture point fills a hole as well, but a round trip later and with
 * newer marks. */
void rule_segment_out_of_order(struct rules *rules, const struct observation *seen, enum anomaly_id id) {
    const struct endpoint *sender = sender_of(seen);
    const struct passage *later = &endpoint_incidents(sender)->ahead;
    int64_t elapsed = seen->time - later->time;
    int64_t round_trip = sender->round_trip + receiver_of(seen)->round_trip;
    int64_t limit = rules->settings.reorder_window;
    if (round_trip > 0 && round_trip / 2 < limit)
        limit = round_trip / 2;
    if (later->frame == 0 || seen->fresh_octets < (int64_t)seen->segment->length || seen->seq >= later->begin)
        return;
    const char *mark = older_by(seen->segment, later);
    if (elapsed > limit && mark == NULL)
        return;
    struct finding *finding = raise_finding(rules, seen, id, (enum side)seen->sender);
    if (finding == NULL)
        return;
    finding_add_frame(finding, later->frame);
    finding->location = LOCATION_BEFORE;
    if (finding->count > 1)
        return;
    finding_say(rules, finding,
                "%s of the %s from relative sequence number %" PRId64 " on passed %s after frame %" PRIu64
                ", which follows them: %s%s%s.",
                octets_words(seen->segment->length).text, side_name((enum side)seen->sender), seen->seq,
                duration_words(elapsed).text, later->frame, mark != NULL ? "by " : "too soon to have been sent again",
                mark != NULL ? mark : "", mark != NULL ? " they were sent before it" : "");
}

/* --- ack-regressed --- */

void rule_ack_regressed(struct rules *rules, const struct observation *seen, enum anomaly_id id) {
    const struct endpoint *sender = sender_of(seen);
    const uint32_t repeated = FACT_DATA_REPEATED | FACT_FIN_REPEATED | FACT_KEEP_ALIVE;
    if ((seen->segment->options.present & OPTION_SACK) != 0 || (seen->facts & repeated) != 0)
        return; /* sent for the sake of its blocks; or all of it is a late copy, which has an id of its own */
    struct finding *finding = raise_finding(rules, seen, id, (enum side)seen->sender);
    if (finding == NULL || finding->count > 1)
        return;
    finding_expect_ack(finding, seen->connection, (enum side)seen->sender, sender->ack_sent);
    finding_say(rules, finding,
                "The %s acknowledges relative %" PRId64 " after it had acknowledged %" PRId64
                ": the segment was overtaken by a later one.",
                side_name((enum side)seen->sender), seen->ack, sender->ack_sent);
}

/* --- timestamp-missing --- */

void rule_timestamp_missing(struct rules *rules, const struct observation *seen, enum anomaly_id id) {
    const struct endpoint *sender = sender_of(seen);
    struct finding *finding = raise_finding(rules, seen, id, (enum side)seen->sender);
    if (finding == NULL || finding->count > 1)
        return;
    finding_add_frame(finding, sender->syn_frame != 0 ? sender->syn_frame : sender->syn_ack_frame);
    finding_say(rules, finding,
                "This segment of the %s (%s from relative sequence number %" PRId64
                " on) has no timestamp, though both sides agreed on them; its latest was %" PRIu32 ".",
                side_name((enum side)seen->sender), octets_words(seen->segment->length).text, seen->seq,
                sender->tsval_max);
}
