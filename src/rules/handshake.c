/* SPDX-License-Identifier: BSD-3-Clause */
#include "rules/rule.h"

#include <inttypes.h>

/* How a connection is opened (RFC 9293 3.5). */

/* RFC 6298 2: the retransmission timeout before anything is measured. A silence shorter than this says nothing. */
static const int64_t initial_timeout = INT64_C(1000000000);

enum { FAST_OPEN_COOKIE_MIN = 4, WINDOW_SCALE_MAX = 14 };

void rule_syn_retransmitted(struct rules *rules, const struct observation *seen, enum anomaly_id id) {
    const struct endpoint *sender = sender_of(seen);
    struct finding *finding = raise_finding(rules, seen, id, (enum side)seen->sender);
    if (finding == NULL)
        return;
    finding_add_frame(finding, sender->syn_frame);
    finding->location = LOCATION_BEYOND;
    const struct refuted *refuted = refuted_at_sender(seen, EVENT_RECEIVED_SYN_ACK);
    if (refuted != NULL) {
        finding_add_frame(finding, refuted->frame);
        finding_say(rules, finding,
                    "The %s sent its SYN again %s after the SYN/ACK of frame %" PRIu64
                    " passed here: that answer was lost or ignored beyond the capture point.",
                    side_name((enum side)seen->sender), duration_words(seen->time - refuted->time).text,
                    refuted->frame);
        return;
    }
    finding_say(rules, finding, "The %s sent its SYN again%s, %s after the first of frame %" PRIu64 ".",
                side_name((enum side)seen->sender), repeats_words(finding->count).text,
                duration_words(seen->time - sender->syn_time).text, sender->syn_frame);
}

void rule_syn_unanswered(struct rules *rules, const struct observation *seen, enum anomaly_id id) {
    const struct connection *connection = seen->connection;
    const struct endpoint *client = &connection->side[SIDE_CLIENT];
    if (!rules->decidable || client->syn_frame == 0 || state_at_end(client) != STATE_SYN_SENT ||
        connection->side[SIDE_SERVER].frames > 0 || connection->icmp_type != 0)
        return;
    int64_t waited = seen->time - client->syn_last_time;
    if (connection->end != END_REPLACED && seen->time - client->syn_time < initial_timeout)
        return;
    struct finding *finding =
        raise_absence(rules, seen, id, SIDE_CLIENT, client->last_sent_frame, client->syn_last_time);
    if (finding == NULL)
        return;
    finding_add_frame(finding, client->syn_frame);
    finding_add_frames_of(finding, connection, ANOMALY_SYN_RETRANSMITTED);
    finding_expect_ack(finding, connection, SIDE_SERVER, 1);
    if (client->syn_count == 1)
        finding_say(rules, finding, "Nothing at all came back to the client's SYN in %s.", duration_words(waited).text);
    else if (waited <= 0) /* the next attempt on these ports, or the end of the capture, followed at once */
        finding_say(rules, finding, "The client sent its SYN %s in %s, and nothing at all came back.",
                    times_words(client->syn_count).text, duration_words(client->syn_last_time - client->syn_time).text);
    else
        finding_say(rules, finding,
                    "The client sent its SYN %s in %s, waited another %s, and nothing at all came back.",
                    times_words(client->syn_count).text, duration_words(client->syn_last_time - client->syn_time).text,
                    duration_words(waited).text);
}

void rule_syn_filtered_icmp(struct rules *rules, const struct observation *seen, enum anomaly_id id) {
    const struct icmp_error *error = seen->icmp_error;
    const struct connection *connection = seen->connection;
    const struct endpoint *client = &connection->side[SIDE_CLIENT];
    if (error == NULL || seen->before[SIDE_CLIENT].state != STATE_SYN_SENT || error->seq != client->isn ||
        error->source_port != connection->port[SIDE_CLIENT])
        return;
    struct finding *finding = raise_finding(rules, seen, id, SIDE_SERVER);
    if (finding == NULL)
        return;
    finding_add_frame(finding, client->syn_frame);
    char reporter[ADDRESS_TEXT_SIZE];
    finding_say(
        rules, finding, "%s reported the SYN of frame %" PRIu64 " undeliverable by %s type %u code %u, %s later.",
        address_text(&error->reporter, reporter), client->syn_frame, error->source.version == 6 ? "ICMPv6" : "ICMP",
        error->type, error->code, duration_words(seen->time - client->syn_last_time).text);
}

void rule_syn_seq_changed(struct rules *rules, const struct observation *seen, enum anomaly_id id) {
    const struct connection *connection = seen->connection;
    struct finding *finding = raise_finding(rules, seen, id, (enum side)seen->sender);
    if (finding == NULL)
        return;
    finding_add_frame(finding, connection->before->last_frame);
    finding_say(rules, finding,
                "The %s tried again on the same ports with another initial sequence number, %" PRIu32
                " instead of %" PRIu32 ", before the first attempt was answered.",
                side_name((enum side)seen->sender), seen->segment->seq, connection->before->isn[seen->sender]);
}

void rule_syn_with_data(struct rules *rules, const struct observation *seen, enum anomaly_id id) {
    const struct segment *segment = seen->segment;
    if (segment->length == 0 || (segment->options.present & (OPTION_FAST_OPEN | OPTION_CUT)) != 0)
        return;
    struct finding *finding = raise_finding(rules, seen, id, (enum side)seen->sender);
    if (finding != NULL)
        finding_say(rules, finding, "The SYN carries %s without the Fast Open option.",
                    octets_words(segment->length).text);
}

/* The SYN that this SYN/ACK answers carried a Fast Open cookie and data. */
static bool answers_fast_open_data(const struct observation *seen) {
    const struct endpoint *opener = receiver_of(seen);
    return opener->syn_data > 0 && (opener->options_present & OPTION_FAST_OPEN) != 0 &&
           opener->fast_open_cookie_length >= FAST_OPEN_COOKIE_MIN;
}

void rule_tfo_cookie_requested(struct rules *rules, const struct observation *seen, enum anomaly_id id) {
    const struct endpoint *opener = receiver_of(seen);
    if ((opener->options_present & OPTION_FAST_OPEN) == 0 || opener->fast_open_cookie_length != 0)
        return;
    struct finding *finding = raise_finding(rules, seen, id, receiver_side(seen));
    if (finding == NULL)
        return;
    finding_add_frame(finding, opener->syn_frame);
    bool granted = (seen->segment->options.present & OPTION_FAST_OPEN) != 0 &&
                   seen->segment->options.fast_open_cookie_length >= FAST_OPEN_COOKIE_MIN;
    finding_say(rules, finding, "The SYN asked for a Fast Open cookie; the SYN/ACK brought %s.",
                granted ? "one" : "none");
}

void rule_tfo_data_accepted(struct rules *rules, const struct observation *seen, enum anomaly_id id) {
    const struct endpoint *opener = receiver_of(seen);
    if (!answers_fast_open_data(seen) || seen->ack != 1 + (int64_t)opener->syn_data)
        return;
    struct finding *finding = raise_finding(rules, seen, id, receiver_side(seen));
    if (finding == NULL)
        return;
    finding_add_frame(finding, opener->syn_frame);
    finding_say(rules, finding, "The server took all %s that came with the SYN (cookie of %s).",
                octets_words(opener->syn_data).text, octets_words(opener->fast_open_cookie_length).text);
}

void rule_tfo_data_rejected(struct rules *rules, const struct observation *seen, enum anomaly_id id) {
    const struct endpoint *opener = receiver_of(seen);
    int64_t taken = seen->ack - 1;
    if (!answers_fast_open_data(seen) || taken < 0 || taken >= (int64_t)opener->syn_data)
        return;
    struct finding *finding = raise_finding(rules, seen, id, (enum side)seen->sender);
    if (finding == NULL)
        return;
    finding_add_frame(finding, opener->syn_frame);
    finding_expect_ack(finding, seen->connection, (enum side)seen->sender, 1 + (int64_t)opener->syn_data);
    finding_say(rules, finding, "The SYN brought %s under a Fast Open cookie; the SYN/ACK acknowledges %" PRId64 ".",
                octets_words(opener->syn_data).text, taken);
}

void rule_synack_retransmitted(struct rules *rules, const struct observation *seen, enum anomaly_id id) {
    const struct endpoint *sender = sender_of(seen);
    struct finding *finding = raise_finding(rules, seen, id, (enum side)seen->sender);
    if (finding == NULL)
        return;
    finding_add_frame(finding, sender->syn_ack_frame);
    finding_say(rules, finding, "The %s sent its SYN/ACK again%s, %s after the first of frame %" PRIu64 "%s.",
                side_name((enum side)seen->sender), repeats_words(finding->count).text,
                duration_words(seen->time - sender->syn_ack_time).text, sender->syn_ack_frame,
                seen->connection->handshake_ack_frame != 0 ? ", though an ACK of it had passed here" : "");
}

void rule_synack_wrong_ack(struct rules *rules, const struct observation *seen, enum anomaly_id id) {
    const struct endpoint *opener = receiver_of(seen);
    if (receiver_state(seen) != STATE_SYN_SENT)
        return;
    struct finding *finding = raise_finding(rules, seen, id, (enum side)seen->sender);
    if (finding == NULL)
        return;
    finding_add_frame(finding, opener->syn_frame);
    finding_expect_ack(finding, seen->connection, (enum side)seen->sender, 1);
    finding_say(rules, finding,
                "The SYN/ACK acknowledges %" PRIu32 ", but the SYN of frame %" PRIu64 " asked for %" PRIu32 ".",
                seen->segment->ack, opener->syn_frame, endpoint_raw(opener, 1));
}

/* The initiator has an acceptable SYN/ACK already, and this one acknowledges something else. */
void rule_synack_ack_changed(struct rules *rules, const struct observation *seen, enum anomaly_id id) {
    const struct endpoint *sender = sender_of(seen);
    if (sender->syn_ack_frame == 0 || seen->seq != 0 || receiver_state(seen) == STATE_SYN_SENT)
        return;
    struct finding *finding = raise_finding(rules, seen, id, (enum side)seen->sender);
    if (finding == NULL)
        return;
    finding_add_frame(finding, sender->syn_ack_frame);
    finding_expect_ack(finding, seen->connection, (enum side)seen->sender, 1);
    finding_say(rules, finding,
                "The SYN/ACK is repeated with another acknowledgment number: relative %" PRId64 " where frame %" PRIu64
                " had acknowledged the SYN.",
                seen->ack, sender->syn_ack_frame);
}

/* After a closed path the same thing answers an old duplicate of the SYN: syn-duplicate-late. */
void rule_synack_seq_changed(struct rules *rules, const struct observation *seen, enum anomaly_id id) {
    const struct endpoint *sender = sender_of(seen);
    if ((seen->segment->flags & TCP_ACK) == 0 || seen->seq == 0 || sender->syn_ack_frame == 0 ||
        sender_state(seen) == STATE_CLOSED)
        return;
    struct finding *finding = raise_finding(rules, seen, id, (enum side)seen->sender);
    if (finding == NULL)
        return;
    finding_add_frame(finding, sender->syn_ack_frame);
    finding_expect_seq(finding, seen->connection, (enum side)seen->sender, 0);
    finding_say(rules, finding,
                "A second SYN/ACK answers the same SYN with initial sequence number %" PRIu32 "; that of frame %" PRIu64
                " was %" PRIu32 ".",
                seen->segment->seq, sender->syn_ack_frame, sender->isn);
}

/* A capture out of order may bring the SYN right after its answer. */
void rule_synack_without_syn(struct rules *rules, const struct observation *seen, enum anomaly_id id) {
    if ((seen->more & MORE_SYN_ACK_WITHOUT_SYN) == 0) {
        struct finding *early = find_finding(seen->connection, id);
        if (early != NULL && (seen->facts & FACT_SYN) != 0)
            early->withdrawn = true;
        return;
    }
    struct finding *finding = raise_finding(rules, seen, id, (enum side)seen->sender);
    if (finding == NULL)
        return;
    finding->location = LOCATION_CAPTURE;
    finding->provisional = true;
    finding_say(rules, finding,
                "This SYN/ACK answers a SYN with sequence number %" PRIu32 " that is not in the capture.",
                seen->segment->ack - 1);
}

/* A split handshake begins the same way; the SYN/ACK of the server settles it. */
void rule_simultaneous_open(struct rules *rules, const struct observation *seen, enum anomaly_id id) {
    if ((seen->more & MORE_SYN_CROSSED) == 0) {
        struct finding *open = find_finding(seen->connection, id);
        if (open != NULL) {
            finding_add_frame(open, seen->frame);
            open->provisional = open->provisional && seen->sender != SIDE_SERVER;
        }
        return;
    }
    const struct endpoint *first = receiver_of(seen);
    struct finding *finding = raise_finding(rules, seen, id, (enum side)seen->sender);
    if (finding == NULL)
        return;
    finding_add_frame(finding, first->syn_frame);
    finding->provisional = true;
    finding_say(rules, finding,
                "The %s sent its own SYN %s after the %s's SYN of frame %" PRIu64
                " passed here; both ends open at once.",
                side_name((enum side)seen->sender), duration_words(seen->time - first->syn_time).text,
                side_name(receiver_side(seen)), first->syn_frame);
}

/* The bare SYN of the server turns out to have been its answer when it acknowledges the client's SYN/ACK without ever
 * having sent one. The finding keeps the frame of that SYN. */
void rule_split_handshake(struct rules *rules, const struct observation *seen, enum anomaly_id id) {
    const struct connection *connection = seen->connection;
    const struct endpoint *server = &connection->side[SIDE_SERVER];
    const struct endpoint *client = &connection->side[SIDE_CLIENT];
    struct finding *open = find_finding(connection, ANOMALY_SIMULTANEOUS_OPEN);
    if (seen->sender != SIDE_SERVER || open == NULL || server->syn_ack_frame != 0 || client->syn_ack_frame == 0 ||
        (seen->segment->flags & TCP_SYN) != 0)
        return;
    struct finding first = *open;
    open->withdrawn = true;
    open->provisional = false;
    struct finding *finding = raise_absence(rules, seen, id, SIDE_SERVER, first.frame, first.time);
    if (finding == NULL)
        return;
    finding->states[SIDE_CLIENT] = first.states[SIDE_CLIENT];
    finding->states[SIDE_SERVER] = first.states[SIDE_SERVER];
    finding->seen = first.seen;
    finding_add_frame(finding, client->syn_frame);
    finding_add_frame(finding, client->syn_ack_frame);
    finding_add_frame(finding, seen->frame);
    finding_say(rules, finding,
                "The server answered the SYN of frame %" PRIu64 " by a SYN of its own (frame %" PRIu64
                "), let the client send the SYN/ACK (frame %" PRIu64 ") and only acknowledged that.",
                client->syn_frame, first.frame, client->syn_ack_frame);
}

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

/* Nothing can be said of options that the snapshot length cut or the sender garbled. */
static bool options_are_whole(uint16_t present) {
    return (present & (OPTION_CUT | OPTION_MALFORMED)) == 0;
}

void rule_option_not_offered(struct rules *rules, const struct observation *seen, enum anomaly_id id) {
    const struct endpoint *opener = receiver_of(seen);
    uint16_t offered = opener->options_present;
    uint16_t answered = seen->segment->options.present;
    if (opener->syn_frame == 0 || seen->connection->simultaneous_open || !options_are_whole(offered) ||
        !options_are_whole(answered))
        return;
    unsigned extra = answered & ~(unsigned)offered & (OPTION_WINDOW_SCALE | OPTION_TIMESTAMPS | OPTION_SACK_PERMITTED);
    if (extra == 0)
        return;
    struct finding *finding = raise_finding(rules, seen, id, (enum side)seen->sender);
    if (finding == NULL)
        return;
    finding_add_frame(finding, opener->syn_frame);
    if (extra == OPTION_SACK_PERMITTED)
        finding->severity = SEVERITY_INFO;
    finding_say(rules, finding, "The SYN/ACK carries %s%s%swhich the SYN of frame %" PRIu64 " did not offer.",
                extra & OPTION_WINDOW_SCALE ? "Window Scale, " : "", extra & OPTION_TIMESTAMPS ? "Timestamps, " : "",
                extra & OPTION_SACK_PERMITTED ? "SACK-permitted, " : "", opener->syn_frame);
}

void rule_mss_missing(struct rules *rules, const struct observation *seen, enum anomaly_id id) {
    uint16_t present = seen->segment->options.present;
    if ((present & OPTION_MSS) != 0 || !options_are_whole(present))
        return;
    struct finding *finding = raise_finding(rules, seen, id, (enum side)seen->sender);
    if (finding != NULL && finding->count == 1)
        finding_say(rules, finding,
                    "The %s of the %s has no MSS option, so its peer sends at most %d octets a segment.",
                    (seen->segment->flags & TCP_ACK) != 0 ? "SYN/ACK" : "SYN", side_name((enum side)seen->sender),
                    seen->segment->source.version == 6 ? 1220 : 536);
}

void rule_wscale_invalid(struct rules *rules, const struct observation *seen, enum anomaly_id id) {
    const struct tcp_options *options = &seen->segment->options;
    if ((options->present & OPTION_WINDOW_SCALE) == 0 || options->window_scale <= WINDOW_SCALE_MAX)
        return;
    struct finding *finding = raise_finding(rules, seen, id, (enum side)seen->sender);
    if (finding != NULL)
        finding_say(rules, finding, "The %s offers a window scale of %u; receivers use 14.",
                    side_name((enum side)seen->sender), options->window_scale);
}
