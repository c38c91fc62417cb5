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
    if (connection->acked_unseen >= 3)
        finding_lower(finding);
    if (server->syn_ack_count > 1)
        finding_say(rules, finding,
                    "The SYN/ACK of frame %" PRIu64 " was sent %s and not acknowledged in the %s after the last one.",
                    server->syn_ack_frame, times_words(server->syn_ack_count).text, duration_words(waited).text);
    else
        finding_say(rules, finding, "The SYN/ACK of frame %" PRIu64 " was not acknowledged within %s.",
                    server->syn_ack_frame, duration_words(waited).text);
}

void rule_handshake_ack_lost_beyond_vantage(struct rules *rules, const struct observation *seen, enum anomaly_id id) {
    const struct refuted *refuted = refuted_at_sender(seen, EVENT_RECEIVED_ACK_OF_SYN);
    if (refuted == NULL)
        return;
    struct finding *finding = raise_finding(rules, seen, id, receiver_side(seen));
    if (finding == NULL)
        return;
    finding_add_frame(finding, refuted->frame);
    finding->location = LOCATION_BEYOND;
    if (finding->count > 1)
        return;
    finding_say(rules, finding,
                "The ACK of frame %" PRIu64
                " passed here, yet the %s repeated its SYN/ACK %s later (a round trip to it "
                "takes %s): the ACK was lost or ignored beyond the capture point.",
                refuted->frame, side_name((enum side)seen->sender), duration_words(seen->time - refuted->time).text,
                duration_words(sender_of(seen)->round_trip).text);
}

/* Loss of a single ACK looks the same until the data that followed stays without an answer too. */
void rule_accept_queue_overflow(struct rules *rules, const struct observation *seen, enum anomaly_id id) {
    const struct connection *connection = seen->connection;
    const struct endpoint *client = &connection->side[SIDE_CLIENT];
    const struct endpoint *server = &connection->side[SIDE_SERVER];
    const struct finding *ignored = find_finding(connection, ANOMALY_HANDSHAKE_ACK_LOST_BEYOND_VANTAGE);
    bool data_unanswered = client->next > 1 && client->acknowledged <= 1;
    if (!rules->decidable || ignored == NULL || ignored->side != SIDE_CLIENT ||
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
