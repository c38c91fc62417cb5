/* SPDX-License-Identifier: BSD-3-Clause */
#include "rules/rule.h"

#include <inttypes.h>

/* How a connection is closed (RFC 9293 3.6). */

static const int64_t one_second = INT64_C(1000000000);

void rule_fin_retransmitted(struct rules *rules, const struct observation *seen, enum anomaly_id id) {
    const struct endpoint *sender = sender_of(seen);
    if (receiver_state(seen) == STATE_TIME_WAIT) /* fin-retransmitted-in-time-wait takes its place (B.2 rule 4) */
        return;
    struct finding *finding = raise_finding(rules, seen, id, (enum side)seen->sender);
    if (finding == NULL)
        return;
    finding_add_frame(finding, sender->fin_frame);
    finding_expect_seq(finding, seen->connection, (enum side)seen->sender, sender->fin + 1);
    if (finding->side == seen->sender)
        finding_say(rules, finding, "The %s sent its FIN again%s, %s after the first of frame %" PRIu64 ".",
                    side_name((enum side)seen->sender), repeats_words(finding->count).text,
                    duration_words(seen->time - sender->fin_time).text, sender->fin_frame);
}

void rule_fin_retransmitted_in_time_wait(struct rules *rules, const struct observation *seen, enum anomaly_id id) {
    const struct endpoint *sender = sender_of(seen);
    if ((seen->more & MORE_TIME_WAIT_REACKED) != 0) {
        struct finding *repeated = find_finding(seen->connection, id);
        if (repeated != NULL)
            finding_add_frame(repeated, seen->frame);
        return;
    }
    if (receiver_state(seen) != STATE_TIME_WAIT)
        return;
    struct finding *finding = raise_finding(rules, seen, id, (enum side)seen->sender);
    if (finding == NULL)
        return;
    finding_add_frame(finding, sender->fin_frame);
    const struct passed *ack = &sender->fin_ack_passed_first;
    finding_add_frame(finding, ack->frame);
    if (finding->count > 1)
        return;
    if (ack->frame == 0) {
        finding->certainty = CERTAINTY_PRESUMED;
        finding_say(rules, finding,
                    "The %s repeated its FIN %s after the first (frame %" PRIu64 ") while the %s is taken to be in "
                    "TIME_WAIT: the FIN or its ACK was lost.",
                    side_name((enum side)seen->sender), duration_words(seen->time - sender->fin_time).text,
                    sender->fin_frame, side_name(receiver_side(seen)));
        return;
    }
    finding_say(rules, finding,
                "The %s repeated its FIN (first sent in frame %" PRIu64 ") %s after the ACK of frame %" PRIu64
                " passed here; the %s in TIME_WAIT has to acknowledge again and restart 2MSL.",
                side_name((enum side)seen->sender), sender->fin_frame, duration_words(seen->time - ack->time).text,
                ack->frame, side_name(receiver_side(seen)));
}

void rule_fin_ack_lost_beyond_vantage(struct rules *rules, const struct observation *seen, enum anomaly_id id) {
    const struct refuted *refuted;
    if ((seen->more & MORE_ACK_OF_FIN_CAME) != 0) {
        struct finding *mistaken = find_finding(seen->connection, id);
        if (mistaken != NULL && mistaken->count == 1)
            mistaken->withdrawn = true;
        return;
    }
    struct finding *finding = raise_lost_beyond(rules, seen, id, EVENT_RECEIVED_ACK_OF_FIN, &refuted);
    if (finding == NULL)
        return;
    finding->provisional = true; /* a RST may tell that it came */
    finding_add_frame(finding, sender_of(seen)->fin_frame);
    finding_say(rules, finding,
                "Frame %" PRIu64
                " acknowledged the %s's FIN, yet the %s sent the FIN again %s later: that ACK was lost "
                "or ignored between the capture point and the %s.",
                refuted->frame, side_name((enum side)seen->sender), side_name((enum side)seen->sender),
                duration_words(seen->time - refuted->time).text, side_name((enum side)seen->sender));
}

/* The side of which nobody acknowledged the FIN. One that knows of the peer's FIN waits for the last ACK of the close;
 * one that does not waits for the first. */
static bool waits_for_ack_of_fin(const struct rules *rules, const struct connection *connection, enum side side) {
    const struct endpoint *waiting = &connection->side[side];
    const struct endpoint *peer = &connection->side[other_side(side)];
    return rules->decidable && waiting->fin_frame != 0 && waiting->fin_ack_passed_first.frame == 0 &&
           waiting->rst_frame == 0 && peer->rst_frame == 0;
}

static void describe_silence(struct rules *rules, const struct observation *seen, struct finding *finding,
                             const char *what) {
    const struct connection *connection = seen->connection;
    const struct endpoint *waiting = &connection->side[finding->side];
    finding_add_frame(finding, waiting->fin_frame);
    finding_add_frame(finding, waiting->fin_last_frame);
    finding_add_frames_of(finding, connection, ANOMALY_FIN_RETRANSMITTED);
    finding_add_frames_of(finding, connection, ANOMALY_FIN_RETRANSMITTED_IN_TIME_WAIT);
    finding_expect_ack(finding, connection, other_side((enum side)finding->side), waiting->fin + 1);
    struct words waited = duration_words(seen->time - waiting->fin_last_time);
    if (waiting->fin_last_frame != waiting->fin_frame)
        finding_say(rules, finding,
                    "The %s's FIN of frame %" PRIu64 " was sent again up to frame %" PRIu64
                    " and not acknowledged in the %s after that: %s.",
                    side_name((enum side)finding->side), waiting->fin_frame, waiting->fin_last_frame, waited.text,
                    what);
    else
        finding_say(rules, finding, "The %s's FIN of frame %" PRIu64 " was not acknowledged in the %s after it: %s.",
                    side_name((enum side)finding->side), waiting->fin_frame, waited.text, what);
}

void rule_fin_unacknowledged(struct rules *rules, const struct observation *seen, enum anomaly_id id) {
    for (unsigned side = 0; side < SIDES; side++) {
        const struct endpoint *waiting = &seen->connection->side[side];
        if (!waits_for_ack_of_fin(rules, seen->connection, (enum side)side) ||
            state_at_end(waiting) == STATE_LAST_ACK ||
            seen->time - waiting->fin_last_time <= patience(rules, seen->connection))
            continue;
        struct finding *finding =
            raise_another_absence(rules, seen, id, (enum side)side, waiting->fin_last_frame, waiting->fin_last_time);
        if (finding != NULL)
            describe_silence(rules, seen, finding, "its sender cannot finish the close");
    }
}

void rule_final_ack_missing(struct rules *rules, const struct observation *seen, enum anomaly_id id) {
    for (unsigned side = 0; side < SIDES; side++) {
        const struct endpoint *waiting = &seen->connection->side[side];
        if (!waits_for_ack_of_fin(rules, seen->connection, (enum side)side) ||
            state_at_end(waiting) != STATE_LAST_ACK || seen->time - waiting->fin_last_time <= one_second)
            continue;
        struct finding *finding =
            raise_another_absence(rules, seen, id, (enum side)side, waiting->fin_last_frame, waiting->fin_last_time);
        if (finding == NULL)
            return;
        bool repeated = waiting->fin_last_frame != waiting->fin_frame;
        if (!repeated) {
            finding->severity = SEVERITY_INFO;
            finding->location = LOCATION_CAPTURE;
            finding->certainty = CERTAINTY_PRESUMED;
        }
        describe_silence(rules, seen, finding,
                         repeated ? "it stays in LAST_ACK"
                                  : "as it was not repeated either, the capture probably missed the ACK");
    }
}

/* A FIN that is acknowledged without having been repeated was only under way for longer than it seemed. */
void rule_ack_excludes_fin(struct rules *rules, const struct observation *seen, enum anomaly_id id) {
    const struct endpoint *closer = receiver_of(seen);
    if ((seen->more & MORE_ACK_EXCLUDES_FIN) == 0) {
        struct finding *early = find_finding(seen->connection, id);
        if (early != NULL && early->side == seen->sender && closer->fin_last_frame == closer->fin_frame)
            early->withdrawn = true;
        return;
    }
    struct finding *finding = raise_finding(rules, seen, id, (enum side)seen->sender);
    if (finding == NULL)
        return;
    finding->provisional = true;
    finding_add_frame(finding, closer->fin_frame);
    finding_expect_ack(finding, seen->connection, (enum side)seen->sender, closer->fin + 1);
    finding_say(rules, finding,
                "%s after the FIN of frame %" PRIu64 " at relative %" PRId64 " the %s still acknowledges %" PRId64
                ": all data but not the FIN.",
                duration_words(seen->time - closer->fin_time).text, closer->fin_frame, closer->fin,
                side_name((enum side)seen->sender), seen->ack);
}

void rule_fin_out_of_window(struct rules *rules, const struct observation *seen, enum anomaly_id id) {
    const struct endpoint *receiver = receiver_of(seen);
    if ((seen->segment->flags & TCP_FIN) == 0)
        return;
    struct finding *finding = raise_finding(rules, seen, id, (enum side)seen->sender);
    if (finding == NULL || finding->count > 1)
        return;
    finding_expect_seq(finding, seen->connection, (enum side)seen->sender, receiver->ack_sent);
    finding_say(rules, finding,
                "A FIN at relative sequence number %" PRId64 " lies outside the window of the %s, which reaches from "
                "%" PRId64 " to %" PRId64 ".",
                seen->seq + (int64_t)seen->segment->length, side_name(receiver_side(seen)), receiver->ack_sent,
                receiver->window_edge - 1);
}

void rule_fin_unanswered(struct rules *rules, const struct observation *seen, enum anomaly_id id) {
    const struct connection *connection = seen->connection;
    for (unsigned i = 0; i < SIDES; i++) {
        const struct endpoint *closer = &connection->side[i];
        const struct endpoint *peer = &connection->side[other_side((enum side)i)];
        const struct passed *ack = &closer->fin_ack_passed_first;
        if (!rules->decidable || closer->fin_frame == 0 || ack->frame == 0 || peer->fin_frame != 0 ||
            peer->rst_frame != 0 || closer->rst_frame != 0 || seen->time - ack->time <= rules->settings.fin_timeout)
            continue;
        struct finding *finding = raise_absence(rules, seen, id, other_side((enum side)i), ack->frame, ack->time);
        if (finding == NULL)
            return;
        finding_add_frame(finding, closer->fin_frame);
        finding_add_frames_of(finding, connection, ANOMALY_HALF_CLOSE_DATA);
        finding_say(rules, finding,
                    "The %s acknowledged the FIN of frame %" PRIu64 " in frame %" PRIu64
                    " and sent neither FIN nor RST in the %s since.",
                    side_name(other_side((enum side)i)), closer->fin_frame, ack->frame,
                    duration_words(seen->time - ack->time).text);
    }
}

void rule_close_wait_long(struct rules *rules, const struct observation *seen, enum anomaly_id id) {
    const struct endpoint *closer = receiver_of(seen);
    const struct passed *ack = &closer->fin_ack_passed_first;
    bool closes = (seen->facts & FACT_FIN) != 0 || ((seen->facts & FACT_RST) != 0 && seen->reset != RESET_REPEATED);
    if (!closes || closer->fin_frame == 0 || ack->frame == 0 || ack->frame == seen->frame ||
        sender_state(seen) != STATE_CLOSE_WAIT)
        return;
    int64_t took = seen->time - ack->time;
    if (took <= rules->settings.close_wait_notice)
        return;
    struct finding *finding = raise_finding(rules, seen, id, (enum side)seen->sender);
    if (finding == NULL)
        return;
    finding_add_frame(finding, closer->fin_frame);
    finding_add_frame(finding, ack->frame);
    if (took > rules->settings.close_wait_warning)
        finding->severity = SEVERITY_WARNING;
    finding_say(rules, finding,
                "The %s took %s from acknowledging the FIN (frame %" PRIu64 ") to its own %s, and sent %s meanwhile.",
                side_name((enum side)seen->sender), duration_words(took).text, ack->frame,
                (seen->facts & FACT_FIN) != 0 ? "FIN" : "RST",
                octets_words((int64_t)seen->connection->half_close_bytes).text);
}

void rule_half_close_data(struct rules *rules, const struct observation *seen, enum anomaly_id id) {
    const struct endpoint *closer = receiver_of(seen);
    struct finding *finding = raise_finding(rules, seen, id, (enum side)seen->sender);
    if (finding == NULL)
        return;
    finding_add_frame(finding, closer->fin_frame);
    finding_say(rules, finding, "The %s went on sending, %s so far, after the %s's FIN of frame %" PRIu64 ".",
                side_name((enum side)seen->sender), octets_words((int64_t)seen->connection->half_close_bytes).text,
                side_name(receiver_side(seen)), closer->fin_frame);
}

void rule_data_after_fin(struct rules *rules, const struct observation *seen, enum anomaly_id id) {
    const struct endpoint *sender = sender_of(seen);
    struct finding *finding = raise_finding(rules, seen, id, (enum side)seen->sender);
    if (finding == NULL || finding->count > 1)
        return;
    finding_add_frame(finding, sender->fin_frame);
    finding_expect_seq(finding, seen->connection, (enum side)seen->sender, sender->fin + 1);
    finding_say(rules, finding,
                "The %s ended its stream with a FIN at relative sequence number %" PRId64 " (frame %" PRIu64
                ") and now sends %s up to %" PRId64 ".",
                side_name((enum side)seen->sender), sender->fin, sender->fin_frame,
                octets_words(seen->segment->length).text, seen->seq + (int64_t)seen->segment->length - 1);
}

void rule_fin_seq_changed(struct rules *rules, const struct observation *seen, enum anomaly_id id) {
    const struct endpoint *sender = sender_of(seen);
    int64_t fin = seen->seq + (int64_t)seen->segment->length;
    struct finding *finding = raise_finding(rules, seen, id, (enum side)seen->sender);
    if (finding == NULL || finding->count > 1)
        return;
    finding_add_frame(finding, seen->provoked_by != 0 ? seen->provoked_by : sender->fin_frame);
    finding_say(rules, finding,
                "The %s's FIN is now at relative sequence number %" PRId64 "; in frame %" PRIu64 " it was at %" PRId64
                ".",
                side_name((enum side)seen->sender), fin, sender->fin_frame, sender->fin);
}

void rule_fin_beyond_hole(struct rules *rules, const struct observation *seen, enum anomaly_id id) {
    const struct endpoint *sender = sender_of(seen);
    int64_t first = ranges_first(&sender->holes, seen->expected_seq);
    struct finding *finding = raise_finding(rules, seen, id, (enum side)seen->sender);
    if (finding == NULL)
        return;
    finding_add_frames_of(finding, seen->connection, ANOMALY_SEQUENCE_HOLE);
    finding_expect_seq(finding, seen->connection, (enum side)seen->sender, first);
    finding_say(rules, finding,
                "The FIN comes while octets before it are missing from relative sequence number %" PRId64
                " on: the %s keeps it back until they arrive.",
                first, side_name(receiver_side(seen)));
}

void rule_fin_with_data(struct rules *rules, const struct observation *seen, enum anomaly_id id) {
    if (seen->segment->length == 0)
        return;
    struct finding *finding = raise_finding(rules, seen, id, (enum side)seen->sender);
    if (finding != NULL)
        finding_say(rules, finding, "The last %s of the %s and its FIN share a segment.",
                    octets_words(seen->segment->length).text, side_name((enum side)seen->sender));
}

void rule_fin_no_connection(struct rules *rules, const struct observation *seen, enum anomaly_id id) {
    if ((seen->facts & FACT_FIRST) == 0 || (seen->segment->flags & (TCP_SYN | TCP_RST)) != 0)
        return;
    struct finding *finding = raise_finding(rules, seen, id, (enum side)seen->sender);
    if (finding != NULL)
        finding_say(rules, finding, "The first segment seen of this connection is a FIN of the %s.",
                    side_name((enum side)seen->sender));
}

void rule_simultaneous_close(struct rules *rules, const struct observation *seen, enum anomaly_id id) {
    const struct endpoint *first = receiver_of(seen);
    struct finding *finding = raise_finding(rules, seen, id, (enum side)seen->sender);
    if (finding == NULL)
        return;
    finding_add_frame(finding, first->fin_frame);
    finding_say(rules, finding, "The FINs of both sides crossed: the %s's in frame %" PRIu64 ", the %s's %s later.",
                side_name(receiver_side(seen)), first->fin_frame, side_name((enum side)seen->sender),
                duration_words(seen->time - first->fin_time).text);
}

/* How long the side had waited in FIN_WAIT_2 when something of the peer came at `time`; 0: it was not there. */
static int64_t waited_in_fin_wait_2(const struct endpoint *closer, int64_t time) {
    return closer->fin_ack_passed_first.frame != 0 ? time - closer->fin_ack_passed_first.time : 0;
}

/* A RST that answers the peer's late FIN or data; or, at the end, a FIN of the peer that nobody answered. */
void rule_fin_wait_2_timeout(struct rules *rules, const struct observation *seen, enum anomaly_id id) {
    const struct connection *connection = seen->connection;
    bool at_end = (seen->more & MORE_AT_END) != 0;
    if (!at_end && seen->reset != RESET_ON_LATE_FIN && seen->reset != RESET_DATA_AFTER_CLOSE)
        return;
    for (unsigned i = 0; i < SIDES; i++) {
        const struct endpoint *closer = &connection->side[i];
        const struct endpoint *peer = &connection->side[other_side((enum side)i)];
        if (!at_end && i != seen->sender)
            continue;
        if (at_end && (!waits_for_ack_of_fin(rules, connection, other_side((enum side)i)) ||
                       seen->time - peer->fin_last_time <= one_second))
            continue;
        uint64_t late_frame = at_end || seen->provoked_by == 0 ? peer->fin_frame : seen->provoked_by;
        int64_t late_time = at_end || seen->provoked_by == 0 ? peer->fin_time : seen->provoked_time;
        int64_t waited = waited_in_fin_wait_2(closer, late_time);
        if (waited < rules->settings.fin_wait_2_timeout)
            continue;
        struct finding *finding = at_end ? raise_absence(rules, seen, id, (enum side)i, late_frame, late_time)
                                         : raise_finding(rules, seen, id, (enum side)i);
        if (finding == NULL)
            return;
        finding_add_frame(finding, late_frame);
        finding_add_frame(finding, closer->fin_frame);
        finding_add_frame(finding, closer->fin_ack_passed_first.frame);
        finding->certainty = CERTAINTY_PRESUMED;
        finding_say(rules, finding,
                    "The %s had waited %s in FIN_WAIT_2 when frame %" PRIu64 " came and met %s: its half-closed socket "
                    "had been discarded.",
                    side_name((enum side)i), duration_words(waited).text, late_frame, at_end ? "silence" : "a RST");
    }
}
