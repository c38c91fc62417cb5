/* SPDX-License-Identifier: BSD-3-Clause */
#include "rules/rule.h"

#include <inttypes.h>

/* The third segment of a handshake, or what stands in its place (RFC 9293 3.5, 3.10.7.4). */

/* RFC 6298 2: the retransmission timeout before anything is measured. A silence shorter than this says nothing. */
static const int64_t initial_timeout = INT64_C(1000000000);

/* The server sent SYN/ACKs and in the end perhaps a RST, but nothing that an established side sends. */
static bool never_established(const struct endpoint *server) {
    return state_at_end(server) == STATE_SYN_RECEIVED ||
           (server->rst_frame != 0 && server->next <= 1 + (int64_t)server->syn_data);
}

void rule_handshake_ack_missing(struct rules *rules, const struct observation *seen, enum anomaly_id id) {
    const struct connection *connection = seen->connection;
    const struct endpoint *client = &connection->side[SIDE_CLIENT];
    const struct endpoint *server = &connection->side[SIDE_SERVER];
    /* Where nothing of the initiator is in the capture, not even its SYN, its ACK may have gone the same way. */
    if (!rules->decidable || client->frames == 0 || server->syn_ack_frame == 0 ||
        connection->handshake_ack_frame != 0 || !never_established(server) || client->rst_frame != 0 ||
        client->fin_frame != 0 || find_finding(connection, ANOMALY_HANDSHAKE_ACK_NOT_CAPTURED) != NULL ||
        find_finding(connection, ANOMALY_HANDSHAKE_ACK_WRONG_SEQ) != NULL ||
        find_finding(connection, ANOMALY_HANDSHAKE_ACK_WRONG_ACK) != NULL ||
        client->next > 1 + (int64_t)client->syn_data || connection->simultaneous_open || connection->filtered)
        return;
    int64_t waited = seen->time - server->syn_ack_last_time;
    if (waited < initial_timeout)
        return;
    struct finding *finding =
        raise_absence(rules, seen, id, SIDE_CLIENT, server->last_sent_frame, server->syn_ack_last_time);
    if (finding == NULL)
        return;
    finding_add_frame(finding, server->syn_ack_frame);
    finding_add_frames_of(finding, connection, ANOMALY_SYNACK_RETRANSMITTED);
    finding_add_frame(finding, server->rst_frame);
    finding_expect_ack(finding, connection, SIDE_CLIENT, 1);
    if (server->syn_ack_count > 1)
        finding_say(rules, finding,
                    "The SYN/ACK of frame %" PRIu64 " was sent %s and not acknowledged in the %s after the last one.",
                    server->syn_ack_frame, times_words(server->syn_ack_count).text, duration_words(waited).text);
    else
        finding_say(rules, finding, "The SYN/ACK of frame %" PRIu64 " was not acknowledged within %s.",
                    server->syn_ack_frame, duration_words(waited).text);
}

void rule_handshake_ack_lost_beyond_vantage(struct rules *rules, const struct observation *seen, enum anomaly_id id) {
    const struct refuted *refuted;
    struct finding *finding = raise_lost_beyond(rules, seen, id, EVENT_RECEIVED_ACK_OF_SYN, &refuted);
    if (finding == NULL || finding->count > 1)
        return;
    finding_say(rules, finding,
                "The ACK of frame %" PRIu64
                " passed here, yet the %s repeated its SYN/ACK %s later (a round trip to it "
                "takes %s): the ACK was lost or ignored beyond the capture point.",
                refuted->frame, side_name((enum side)seen->sender), duration_words(seen->time - refuted->time).text,
                duration_words(sender_of(seen)->round_trip).text);
}

/* Loss of a single ACK looks the same until the data that followed stays without an answer too. A server that waits for
 * data before it accepts (TCP_DEFER_ACCEPT) ignores the ACK as well, and shows later that it has the connection. */
void rule_accept_queue_overflow(struct rules *rules, const struct observation *seen, enum anomaly_id id) {
    const struct connection *connection = seen->connection;
    const struct endpoint *client = &connection->side[SIDE_CLIENT];
    const struct endpoint *server = &connection->side[SIDE_SERVER];
    const struct finding *ignored = find_finding(connection, ANOMALY_HANDSHAKE_ACK_LOST_BEYOND_VANTAGE);
    int64_t octets_end = client->fin_frame != 0 ? client->fin : client->next;
    bool data_unanswered = octets_end > 1 && client->acknowledged <= 1;
    if (!rules->decidable || ignored == NULL || ignored->side != SIDE_CLIENT || server->next > 1 ||
        (!data_unanswered && server->rst_frame == 0))
        return;
    struct finding *finding = raise_absence(rules, seen, id, SIDE_SERVER, server->syn_ack_frame, server->syn_ack_time);
    if (finding == NULL)
        return;
    finding_add_frames_of(finding, connection, ANOMALY_HANDSHAKE_ACK_LOST_BEYOND_VANTAGE);
    finding_add_frame(finding, server->rst_frame);
    finding->certainty = CERTAINTY_PRESUMED;
    finding_say(rules, finding, "The server sent its SYN/ACK %s in spite of the ACK of frame %" PRIu64 " and %s.",
                times_words(server->syn_ack_count).text, connection->handshake_ack_frame,
                server->rst_frame != 0 ? "then reset the connection" : "never acknowledged the client's data");
}

void rule_handshake_ack_not_captured(struct rules *rules, const struct observation *seen, enum anomaly_id id) {
    struct finding *finding = raise_finding(rules, seen, id, receiver_side(seen));
    if (finding == NULL)
        return;
    finding_add_frame(finding, sender_of(seen)->syn_ack_frame);
    finding->location = LOCATION_CAPTURE;
    finding_say(rules, finding,
                "The %s acts as established, so an ACK of its SYN/ACK reached it; the capture lacks it.",
                side_name((enum side)seen->sender));
}

/* Where a SYN or SYN/ACK was sent again, that explains the delay and has an id of its own. */
void rule_handshake_slow(struct rules *rules, const struct observation *seen, enum anomaly_id id) {
    if ((seen->facts & FACT_HANDSHAKE_ACK) == 0) {
        struct finding *explained = find_finding(seen->connection, id);
        if (explained != NULL)
            explained->withdrawn = true;
        return;
    }
    const struct endpoint *opener = sender_of(seen);
    const struct endpoint *answerer = receiver_of(seen);
    int64_t took = seen->time - opener->syn_time;
    if (opener->syn_count != 1 || answerer->syn_ack_count > 1 || took <= rules->settings.slow_handshake)
        return;
    struct finding *finding = raise_finding(rules, seen, id, (enum side)seen->sender);
    if (finding == NULL)
        return;
    finding->provisional = true;
    finding_add_frame(finding, opener->syn_frame);
    finding_add_frame(finding, answerer->syn_ack_frame);
    if (answerer->syn_ack_frame == 0)
        finding_say(rules, finding, "The handshake took %s from the SYN to the ACK; the SYN/ACK was not captured.",
                    duration_words(took).text);
    else
        finding_say(rules, finding, "The handshake took %s: %s from the SYN to the SYN/ACK, %s from there to the ACK.",
                    duration_words(took).text, duration_words(answerer->syn_ack_time - opener->syn_time).text,
                    duration_words(seen->time - answerer->syn_ack_time).text);
}

void rule_synack_reset_by_initiator(struct rules *rules, const struct observation *seen, enum anomaly_id id) {
    const struct endpoint *answerer = receiver_of(seen);
    if (seen->reset != RESET_SYN_ACK_BY_INITIATOR)
        return;
    struct finding *finding = raise_finding(rules, seen, id, (enum side)seen->sender);
    if (finding == NULL)
        return;
    finding_add_frame(finding, answerer->syn_ack_frame);
    finding->provisional = true;
    finding_say(rules, finding, "The %s answered the SYN/ACK of frame %" PRIu64 " by a RST %s later and sent no ACK.",
                side_name((enum side)seen->sender), answerer->syn_ack_frame,
                duration_words(seen->time - answerer->syn_ack_last_time).text);
}

void rule_syncookie_ack_lost(struct rules *rules, const struct observation *seen, enum anomaly_id id) {
    const struct connection *connection = seen->connection;
    if (seen->reset != RESET_COOKIE_ACK_LOST)
        return;
    struct finding *finding = raise_finding(rules, seen, id, (enum side)seen->sender);
    if (finding == NULL)
        return;
    finding_add_frame(finding, sender_of(seen)->syn_ack_frame);
    finding_add_frame(finding, connection->handshake_ack_frame);
    finding_add_frame(finding, seen->provoked_by);
    finding->certainty = CERTAINTY_PRESUMED;
    finding->provisional = true;
    finding_say(rules, finding,
                "The %s reset a segment of a connection for which it never showed any state: it did not repeat its "
                "SYN/ACK and did not act on the ACK of frame %" PRIu64 ".",
                side_name((enum side)seen->sender), connection->handshake_ack_frame);
}

/* --- segments that an opening cannot use --- */

/* Those that may be sound after all: the capture may lack what they answer. Settled by what the peer shows to know. */
static void settle_unfit(const struct observation *seen, enum anomaly_id id) {
    struct finding *finding = find_finding(seen->connection, id);
    if (finding == NULL || !finding->provisional)
        return;
    bool of_peer = finding->side != seen->sender;
    if ((seen->facts & FACT_SYN_ACK) != 0 && of_peer) { /* the SYN/ACK that should have come before */
        finding->withdrawn = finding->seen.has_ack && finding->seen.ack == seen->segment->seq + 1;
        finding->provisional = false;
    } else if ((seen->facts & FACT_ACK_SKIPPED) != 0 && of_peer) {
        finding->withdrawn = true; /* it acts on what the capture lacks */
        finding->provisional = false;
    }
}

/* More than a responder may have sent unseen while it seems to be in SYN_RECEIVED, octets. */
enum { UNSEEN_AT_MOST = 16 << 20 };

/* The peer refused it: by a RST for that number, or by asking again. */
static bool was_refused(const struct connection *connection, const struct finding *finding) {
    const struct endpoint *peer = &connection->side[other_side((enum side)finding->side)];
    const struct finding *reset = find_finding(connection, ANOMALY_RST_ANSWERS_BAD_ACK);
    return (reset != NULL && reset->last_frame > finding->frame) || peer->syn_ack_last_time > finding->time;
}

/* What was sent in SYN_SENT may have followed a SYN/ACK that was not captured, and what acknowledges a little too much
 * octets that were not; unless somebody has shown otherwise. */
static void settle_unfit_at_end(const struct observation *seen, enum anomaly_id id) {
    const struct connection *connection = seen->connection;
    struct finding *finding = find_finding(connection, id);
    if (finding == NULL || !finding->provisional)
        return;
    const struct endpoint *peer = &connection->side[other_side((enum side)finding->side)];
    bool explicable = finding->seen.has_ack && finding->seen.relative_ack <= peer->next + UNSEEN_AT_MOST;
    finding->withdrawn = peer->syn_ack_frame == 0 || (explicable && !was_refused(connection, finding));
}

static bool in_syn_sent(const struct observation *seen) {
    return sender_state(seen) == STATE_SYN_SENT && sender_of(seen)->syn_frame != 0;
}

static bool has_ack(const struct observation *seen) {
    return (seen->segment->flags & TCP_ACK) != 0;
}

/* ACK outside of what the side in SYN_RECEIVED has sent. */
static bool has_unfit_ack(const struct observation *seen) {
    return has_ack(seen) && !in_syn_sent(seen) && (seen->ack < 1 || seen->ack > receiver_of(seen)->next);
}

/* True, with what was provisional settled, when the observation is no such segment. */
static bool only_settles(const struct observation *seen, enum anomaly_id id) {
    if ((seen->more & MORE_AT_END) != 0)
        settle_unfit_at_end(seen, id);
    else if ((seen->more & MORE_OPENING_UNFIT) == 0)
        settle_unfit(seen, id);
    return (seen->more & MORE_OPENING_UNFIT) == 0;
}

/* Below the window nothing that the capture lacks can explain it; above, octets may. */
void rule_handshake_ack_wrong_seq(struct rules *rules, const struct observation *seen, enum anomaly_id id) {
    if (only_settles(seen, id) || in_syn_sent(seen))
        return;
    const struct endpoint *receiver = receiver_of(seen);
    if (seen->seq >= 0 && (seen->seq <= seen->expected_seq || seen->seq < receiver->window_edge))
        return;
    struct finding *finding = raise_finding(rules, seen, id, (enum side)seen->sender);
    if (finding == NULL || finding->count > 1)
        return;
    finding_add_frame(finding, receiver->syn_ack_frame);
    finding_expect_seq(finding, seen->connection, (enum side)seen->sender, seen->expected_seq);
    finding->provisional = seen->seq > 0;
    finding_say(rules, finding,
                "The %s, which the SYN/ACK of frame %" PRIu64
                " waits for, should go on at relative sequence number %" PRId64 " and is at %" PRId64
                ", outside the window of %s.",
                side_name((enum side)seen->sender), receiver->syn_ack_frame, seen->expected_seq, seen->seq,
                octets_words(receiver->window_edge - seen->expected_seq).text);
}

/* The RST that has to follow did not come: somebody may know better. */
static void doubt_without_refusal(const struct observation *seen, enum anomaly_id id) {
    struct finding *finding = find_finding(seen->connection, id);
    if (finding == NULL)
        return;
    if (was_refused(seen->connection, finding)) {
        finding_add_frames_of(finding, seen->connection, ANOMALY_RST_ANSWERS_BAD_ACK);
        return;
    }
    finding->certainty = CERTAINTY_PRESUMED;
    finding->severity = SEVERITY_WARNING;
}

/* An ACK number below is never right. One above may acknowledge octets that the capture lacks: then the responder goes
 * on as ESTABLISHED, or the opener goes on alone. */
void rule_handshake_ack_wrong_ack(struct rules *rules, const struct observation *seen, enum anomaly_id id) {
    bool settles = only_settles(seen, id);
    if ((seen->more & MORE_AT_END) != 0)
        doubt_without_refusal(seen, id);
    if (settles || !has_unfit_ack(seen) || find_finding(seen->connection, ANOMALY_SYNACK_SEQ_CHANGED) != NULL)
        return;
    const struct endpoint *receiver = receiver_of(seen);
    struct finding *finding = raise_finding(rules, seen, id, (enum side)seen->sender);
    if (finding == NULL || finding->count > 1)
        return;
    finding_add_frame(finding, receiver->syn_ack_frame);
    finding_expect_ack(finding, seen->connection, (enum side)seen->sender, seen->expected_ack);
    finding->provisional = seen->ack > 0;
    finding_say(rules, finding,
                "The %s acknowledges %" PRIu32 "; the SYN/ACK of frame %" PRIu64 " asked for %" PRIu32
                ". The %s has to answer by a RST with that number.",
                side_name((enum side)seen->sender), seen->segment->ack, receiver->syn_ack_frame,
                endpoint_raw(receiver, 1), side_name(receiver_side(seen)));
}

void rule_data_before_handshake_complete(struct rules *rules, const struct observation *seen, enum anomaly_id id) {
    if (only_settles(seen, id) || seen->segment->length == 0)
        return;
    bool early = in_syn_sent(seen);
    if (!early && has_ack(seen) && !has_unfit_ack(seen))
        return;
    struct finding *finding = raise_finding(rules, seen, id, (enum side)seen->sender);
    if (finding == NULL || finding->count > 1)
        return;
    finding_add_frame(finding, early ? sender_of(seen)->syn_frame : receiver_of(seen)->syn_ack_frame);
    finding->provisional = has_ack(seen) && (early || seen->ack > 0);
    finding_say(
        rules, finding, "The %s sends %s %s%s, while the connection is not open (%s).",
        side_name((enum side)seen->sender), octets_words(seen->segment->length).text,
        !has_ack(seen) ? "without an ACK"
        : early        ? "before any SYN/ACK"
                       : "with an ACK number that fits nothing",
        early && !has_ack(seen) ? " before any SYN/ACK" : "",
        states_words((enum tcp_state)seen->before[SIDE_CLIENT].state, (enum tcp_state)seen->before[SIDE_SERVER].state)
            .text);
}

/* A FIN on the ACK of the handshake is in order. */
void rule_fin_before_established(struct rules *rules, const struct observation *seen, enum anomaly_id id) {
    if (only_settles(seen, id) || (seen->segment->flags & TCP_FIN) == 0)
        return;
    const struct endpoint *sender = sender_of(seen);
    bool first = sender->next <= 1 + (int64_t)sender->syn_data;
    bool acknowledged = seen->connection->handshake_ack_frame != 0;
    if (!in_syn_sent(seen) && (has_ack(seen) || !first || acknowledged))
        return;
    struct finding *finding = raise_finding(rules, seen, id, (enum side)seen->sender);
    if (finding == NULL || finding->count > 1)
        return;
    finding_add_frame(finding, sender->syn_frame);
    finding->provisional = has_ack(seen);
    finding_say(rules, finding, "The %s sends a FIN%s %s after its SYN of frame %" PRIu64 ", in %s.",
                side_name((enum side)seen->sender), has_ack(seen) ? "" : " without an ACK",
                duration_words(seen->time - sender->syn_time).text, sender->syn_frame, state_name(sender_state(seen)));
}
