/* SPDX-License-Identifier: BSD-3-Clause */
#include "rules/rule.h"

#include <inttypes.h>
#include <stdio.h>

/* The window (RFC 9293 3.8.6). */

static const int64_t one_second = INT64_C(1000000000);

void rule_zero_window(struct rules *rules, const struct observation *seen, enum anomaly_id id) {
    const struct endpoint *sender = sender_of(seen);
    const struct endpoint *peer = receiver_of(seen);
    if ((seen->facts & FACT_WINDOW_OPENED) != 0) {
        struct finding *closed = find_finding(seen->connection, id);
        if (closed == NULL || closed->side != seen->sender)
            return;
        finding_add_frame(closed, seen->frame);
        if (closed->count == 1)
            finding_say(rules, closed, "The %s closed its window for %s, until frame %" PRIu64 ".",
                        side_name((enum side)seen->sender), duration_words(sender->window_zero_span).text, seen->frame);
        else
            finding_say(rules, closed, "The %s closed its window %s, the last time for %s until frame %" PRIu64 ".",
                        side_name((enum side)seen->sender), times_words(closed->count).text,
                        duration_words(sender->window_zero_span).text, seen->frame);
        return;
    }
    if (peer->fin_frame != 0 && seen->ack > peer->fin) /* nothing more to receive */
        return;
    struct finding *finding = raise_finding(rules, seen, id, (enum side)seen->sender);
    if (finding != NULL && finding->count == 1)
        finding_say(rules, finding,
                    "The %s offers a window of 0 at relative acknowledgment number %" PRId64
                    ": it cannot take more data.",
                    side_name((enum side)seen->sender), seen->ack);
}

void rule_zero_window_probe(struct rules *rules, const struct observation *seen, enum anomaly_id id) {
    struct finding *finding = raise_finding(rules, seen, id, (enum side)seen->sender);
    if (finding != NULL && finding->count == 1)
        finding_say(rules, finding,
                    "The %s probes the closed window of its peer with %s at relative sequence number "
                    "%" PRId64 ".",
                    side_name((enum side)seen->sender), octets_words(seen->segment->length).text, seen->seq);
}

/* Window of the sender's segment before this one, in the units of its header; -1: not remembered. */
static int64_t window_before(const struct observation *seen) {
    const struct endpoint *sender = sender_of(seen);
    const struct recent_segment *before = NULL;
    for (int i = 0; i < RECENT_SEGMENTS; i++) {
        const struct recent_segment *recent = &sender->recent[i];
        if (recent->frame != 0 && recent->frame < seen->frame && (before == NULL || recent->frame > before->frame))
            before = recent;
    }
    return before != NULL && (before->flags & TCP_SYN) == 0 ? before->window : -1; /* a SYN's is never scaled */
}

void rule_window_update(struct rules *rules, const struct observation *seen, enum anomaly_id id) {
    const struct endpoint *sender = sender_of(seen);
    struct finding *finding = raise_finding(rules, seen, id, (enum side)seen->sender);
    if (finding == NULL || finding->count > 1)
        return;
    int64_t before = window_before(seen);
    if (sender->scale_known && before >= 0)
        finding_say(rules, finding, "The %s now offers a window of %s instead of %" PRId64 ".",
                    side_name((enum side)seen->sender), octets_words(sender->window).text,
                    before << sender->window_scale);
    else if (sender->scale_known)
        finding_say(rules, finding, "The %s now offers a window of %s.", side_name((enum side)seen->sender),
                    octets_words(sender->window).text);
    else /* what was in the segment is no count of octets then (RFC 7323 2.2) */
        finding_say(rules, finding, "The %s now offers a window of %" PRIu32 ", in units that were not captured.",
                    side_name((enum side)seen->sender), sender->window);
}

void rule_zero_window_at_close(struct rules *rules, const struct observation *seen, enum anomaly_id id) {
    const struct endpoint *peer = receiver_of(seen);
    bool pending = peer->window_zero && seen->time - peer->window_zero_since > one_second;
    bool just_opened =
        !peer->window_zero && peer->window_zero_span > one_second && seen->time - peer->window_zero_ended <= one_second;
    if (!pending && !just_opened)
        return;
    struct finding *finding = raise_finding(rules, seen, id, (enum side)seen->sender);
    if (finding == NULL)
        return;
    finding_add_frames_of(finding, seen->connection, ANOMALY_ZERO_WINDOW);
    finding_say(rules, finding, "The %s's FIN had to wait: the %s's window was closed for %s.",
                side_name((enum side)seen->sender), side_name(receiver_side(seen)),
                duration_words(pending ? seen->time - peer->window_zero_since : peer->window_zero_span).text);
}

void rule_window_shrunk(struct rules *rules, const struct observation *seen, enum anomaly_id id) {
    const struct endpoint *sender = sender_of(seen);
    int64_t edge = seen->ack + sender->window;
    struct finding *finding = raise_finding(rules, seen, id, (enum side)seen->sender);
    if (finding == NULL || finding->count > 1)
        return;
    char rounded[64] = "";
    if (sender->window_scale > 0)
        snprintf(rounded, sizeof rounded, ", %" PRId64 " more than its window scale of %u rounds off",
                 seen->edge_before - edge - ((INT64_C(1) << sender->window_scale) - 1), sender->window_scale);
    finding_say(rules, finding,
                "The %s had offered the peer's octets up to relative %" PRId64 " and now offers them up to %" PRId64
                ": it takes back %s%s.",
                side_name((enum side)seen->sender), seen->edge_before - 1, edge - 1,
                octets_words(seen->edge_before - edge).text, rounded);
}

void rule_window_full(struct rules *rules, const struct observation *seen, enum anomaly_id id) {
    const struct endpoint *receiver = receiver_of(seen);
    struct finding *finding = raise_finding(rules, seen, id, (enum side)seen->sender);
    if (finding == NULL || finding->count > 1)
        return;
    finding_say(rules, finding,
                "The %s sent up to relative %" PRId64 ", the last octet that the %s's window of %s allows.",
                side_name((enum side)seen->sender), receiver->window_edge - 1, side_name(receiver_side(seen)),
                octets_words(receiver->window).text);
}
