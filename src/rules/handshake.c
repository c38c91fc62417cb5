/* SPDX-License-Identifier: BSD-3-Clause */
#include "rules/rule.h"

#include <inttypes.h>
#include <stdio.h>

/* SYN and SYN/ACK (RFC 9293 3.5). */

/* RFC 6298 2: the retransmission timeout before anything is measured. A silence shorter than this says nothing. */
static const int64_t initial_timeout = INT64_C(1000000000);

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
    if (connection->end != END_REPLACED && seen->time - client->syn_time < initial_timeout)
        return;
    struct finding *finding =
        raise_absence(rules, seen, id, SIDE_CLIENT, client->last_sent_frame, client->syn_last_time);
    if (finding == NULL)
        return;
    finding_add_frame(finding, client->syn_frame);
    finding_add_frames_of(finding, connection, ANOMALY_SYN_RETRANSMITTED);
    finding_expect_ack(finding, connection, SIDE_SERVER, 1);
}

bool attempt_is_unanswered(const struct ordinary_kind *kind) {
    const uint8_t initial_timeout_or_more = 1; /* a second, see ordinary_kind.waited */
    bool waited = kind->end == END_IDLE || kind->end == END_CAPTURE;
    return kind->progress == PROGRESS_ATTEMPT && waited && kind->waited >= initial_timeout_or_more;
}

void say_syn_unanswered(const struct connection *connection, const struct finding *finding, char *text) {
    const struct endpoint *client = &connection->side[SIDE_CLIENT];
    int64_t waited = connection->end_time - finding->time;
    int64_t tried = client->syn_last_time - client->syn_time;
    if (client->syn_count == 1)
        snprintf(text, FINDING_SENTENCE, "Nothing at all came back to the client's SYN in %s.",
                 duration_words(waited).text);
    else if (waited <= 0) /* the next attempt on these ports, or the end of the capture, followed at once */
        snprintf(text, FINDING_SENTENCE, "The client sent its SYN %s in %s, and nothing at all came back.",
                 times_words(client->syn_count).text, duration_words(tried).text);
    else
        snprintf(text, FINDING_SENTENCE,
                 "The client sent its SYN %s in %s, waited another %s, and nothing at all came back.",
                 times_words(client->syn_count).text, duration_words(tried).text, duration_words(waited).text);
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
}

void say_syn_seq_changed(const struct connection *connection, const struct finding *finding, char *text) {
    snprintf(text, FINDING_SENTENCE,
             "The %s tried again on the same ports with another initial sequence number, %" PRIu32
             " instead of %" PRIu32 ", before the first attempt was answered.",
             side_name((enum side)finding->side), finding->seen.seq, connection->before->isn[finding->side]);
}

/* A SYN/ACK answers the SYN with another number than the first that was seen. After a closed path the same thing
 * answers an old duplicate of the SYN: syn-duplicate-late. */
static bool is_other_answer(const struct observation *seen) {
    return (seen->facts & FACT_SYN_LATE) != 0 && (seen->segment->flags & TCP_ACK) != 0 && seen->seq != 0 &&
           sender_of(seen)->syn_ack_frame != 0 && sender_state(seen) != STATE_CLOSED;
}

/* The same with that other number before; NULL: none is remembered. */
static const struct recent_segment *other_answer_before(const struct observation *seen) {
    const uint16_t opens = TCP_SYN | TCP_ACK;
    for (int i = 0; i < RECENT_SEGMENTS; i++) {
        const struct recent_segment *recent = &sender_of(seen)->recent[i];
        if (recent->frame != 0 && recent->frame != seen->frame && (recent->flags & opens) == opens &&
            recent->raw_seq == seen->segment->seq) {
            return recent;
        }
    }
    return NULL;
}

void rule_synack_retransmitted(struct rules *rules, const struct observation *seen, enum anomaly_id id) {
    const struct endpoint *sender = sender_of(seen);
    const struct recent_segment *before = is_other_answer(seen) ? other_answer_before(seen) : NULL;
    if ((seen->facts & FACT_SYN_ACK_REPEATED) == 0 && before == NULL)
        return;
    uint64_t first = before != NULL ? before->frame : sender->syn_ack_frame;
    int64_t first_time = before != NULL ? before->time : sender->syn_ack_time;
    struct finding *finding = raise_finding(rules, seen, id, (enum side)seen->sender);
    if (finding == NULL)
        return;
    finding_add_frame(finding, first);
    finding_say(rules, finding, "The %s sent its SYN/ACK again%s, %s after the first of frame %" PRIu64 "%s.",
                side_name((enum side)seen->sender), repeats_words(finding->count).text,
                duration_words(seen->time - first_time).text, first,
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

/* Once for each number: what comes again with it is synack-retransmitted. */
void rule_synack_seq_changed(struct rules *rules, const struct observation *seen, enum anomaly_id id) {
    const struct endpoint *sender = sender_of(seen);
    if (!is_other_answer(seen) || other_answer_before(seen) != NULL)
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
/* A SYN that is answered without delay may have passed before the capture began; and attempts go first where there is
 * no room for all. */
static bool may_syn_be_older(const struct rules *rules, const struct observation *seen) {
    return (rules->begin_known && seen->time - rules->begin < rules->settings.slow_handshake) ||
           seen->connection->remnant;
}

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
    if (may_syn_be_older(rules, seen))
        finding_lower(finding);
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
    if (first->syn_frame == 0) {
        finding_say(rules, finding,
                    "The %s sent a SYN of its own and answered one of the %s, which is not in the capture.",
                    side_name((enum side)seen->sender), side_name(receiver_side(seen)));
        return;
    }
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
    finding->certainty = CERTAINTY_PRESUMED; /* a SYN/ACK of its own may have been lost before it could pass here */
    finding_say(rules, finding,
                "The server answered the SYN of frame %" PRIu64 " by a SYN of its own (frame %" PRIu64
                "), let the client send the SYN/ACK (frame %" PRIu64 ") and only acknowledged that.",
                client->syn_frame, first.frame, client->syn_ack_frame);
}

/* --- synack-wrong-direction --- */

/* The sender stands at the SYN that the SYN/ACK acknowledged, or right behind it, so it has sent that SYN. A RST
 * without an ACK only repeats the number that it refuses (RFC 9293 3.5.2). */
static bool had_sent_syn(const struct segment *segment, uint32_t acknowledged) {
    bool repeats = (segment->flags & (TCP_RST | TCP_ACK)) == TCP_RST;
    return segment->seq == acknowledged - 1 || (segment->seq == acknowledged && !repeats);
}

/* Nothing of the server is in the capture, and the client goes on as one whose peer had sent that SYN. */
static bool lacks_server(const struct endpoint *server, uint32_t acknowledged) {
    return server->frames == 0 && server->isn_set && server->isn + 1 == acknowledged;
}

/* What the initiator answers may have been missed: the SYN of a simultaneous open, which the server confirms by what it
 * sends next, or the bare SYN of a split handshake. A RST shows that there was none. */
static void settle_wrong_direction(const struct observation *seen, struct finding *finding) {
    const struct endpoint *server = &seen->connection->side[SIDE_SERVER];
    if ((seen->more & MORE_AT_END) == 0) {
        finding->withdrawn = had_sent_syn(seen->segment, finding->seen.ack);
        finding->provisional = false;
    } else if (lacks_server(server, finding->seen.ack)) {
        finding->withdrawn = true;
    } else if (endpoint_incidents(server)->reset_last_frame == 0) {
        finding->severity = SEVERITY_WARNING;
        finding->certainty = CERTAINTY_PRESUMED;
    }
}

/* The SYN/ACK of the server has passed and had the time to arrive: its addressee is past sending one of its own. */
static bool had_answer(const struct observation *seen) {
    const struct endpoint *server = receiver_of(seen);
    bool fits = seen->ack >= 1 && seen->ack <= server->next;
    return server->syn_ack_frame != 0 && (!fits || seen->time - server->syn_ack_time > seen->guard[seen->sender]);
}

void rule_synack_wrong_direction(struct rules *rules, const struct observation *seen, enum anomaly_id id) {
    const struct connection *connection = seen->connection;
    const struct endpoint *client = &connection->side[SIDE_CLIENT];
    const struct endpoint *server = &connection->side[SIDE_SERVER];
    struct finding *finding = find_finding(connection, id);
    bool at_end = (seen->more & MORE_AT_END) != 0;
    if (finding != NULL && finding->provisional && (at_end || seen->sender == SIDE_SERVER))
        settle_wrong_direction(seen, finding);
    const uint16_t syn_ack = TCP_SYN | TCP_ACK;
    if (at_end || seen->sender != SIDE_CLIENT || (seen->segment->flags & (syn_ack | TCP_RST)) != syn_ack ||
        client->syn_frame == 0 || client->syn_frame == seen->frame || server->syn_frame != 0 ||
        (server->syn_ack_frame != 0 && !had_answer(seen)))
        return;
    finding = raise_finding(rules, seen, id, SIDE_CLIENT);
    if (finding == NULL || finding->count > 1)
        return;
    finding_add_frame(finding, client->syn_frame);
    finding_add_frame(finding, server->syn_ack_frame);
    finding->provisional = server->syn_ack_frame == 0;
    finding_say(rules, finding,
                "The client, which opened with the SYN of frame %" PRIu64 ", sends a SYN/ACK (acknowledging %" PRIu32
                ") although the server has sent no SYN%s.",
                client->syn_frame, seen->segment->ack,
                server->syn_ack_frame != 0 ? " but a SYN/ACK of its own long before" : "");
}
