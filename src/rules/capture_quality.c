/* SPDX-License-Identifier: BSD-3-Clause */
#include "rules/rule.h"

#include <inttypes.h>
#include <stdio.h>

/* What the capture itself lacks or distorts: no fault of either end. */

/* An ACK that was held against the capture is void when the octets turn up, or turn out never to have been sent. */

/* The first of those frames that the finding names; 0: it names none, as it names only some of many. */
static uint64_t first_named(const struct finding *finding, uint64_t first, uint64_t last) {
    for (unsigned i = 0; i < finding->frame_count; i++) {
        if (finding->frames[i] >= first && finding->frames[i] <= last)
            return finding->frames[i];
    }
    return 0;
}

/* By that number, of which only as much has passed here. Offsets. */
static void say_unseen(struct rules *rules, const struct observation *seen, struct finding *finding, int64_t ack,
                       int64_t passed) {
    enum side side = (enum side)finding->side;
    finding_expect_ack(finding, seen->connection, side, passed);
    finding_say(rules, finding,
                "The %s acknowledges relative %" PRId64
                ", but what passed here of the %s is all acknowledged by %" PRId64 ": the capture lacks %s.",
                side_name(side), ack, side_name(other_side(side)), passed, octets_words(ack - passed).text);
}

/* As many ACKs as turned out to be only recorded too early: those of the octets that turned up, which come first. */
static void withdraw_unseen(struct rules *rules, const struct observation *seen, enum anomaly_id id) {
    const struct endpoint *sender = sender_of(seen);
    struct finding *finding = find_finding(seen->connection, id);
    bool first = false;
    for (uint32_t i = 0; i < sender->early_acks_voided && finding != NULL && !finding->withdrawn; i++) {
        uint64_t frame = first_named(finding, sender->early_ack_first, sender->early_ack_frame);
        first = first || frame == finding->frame;
        withdraw_occurrence(finding, frame);
    }
    if (first && !finding->withdrawn && sender->early_acks > 0 && finding->side == receiver_side(seen)) {
        finding->keeps_message = false;
        finding->seen.ack = endpoint_raw(sender, sender->next_acked);
        finding->seen.relative_ack = sender->next_acked;
        say_unseen(rules, seen, finding, sender->next_acked, sender->next);
    }
}

/* A connection picked up midstream whose side has shown one number only: if that was the number of a keep-alive, which
 * stands one octet back (RFC 9293 3.8.4), this ACK covers nothing that the capture lacks. */
static bool covers_keep_alive(const struct observation *seen) {
    const struct endpoint *peer = receiver_of(seen);
    return seen->connection->midstream && peer->isn_known != ISN_SEEN && peer->next == 1 && seen->ack == 2;
}

void rule_acked_unseen_segment(struct rules *rules, const struct observation *seen, enum anomaly_id id) {
    if ((seen->more & MORE_AT_END) != 0) {
        struct finding *one_sided = rules->one_direction ? find_finding(seen->connection, id) : NULL;
        if (one_sided != NULL) /* all of the other direction is unseen: capture-one-direction says so */
            one_sided->withdrawn = true;
        return;
    }
    if ((seen->more & MORE_ACK_WITHDRAWN) != 0 && (seen->more & MORE_ACK_OF_UNSENT) == 0)
        withdraw_unseen(rules, seen, id);
    const struct endpoint *peer = receiver_of(seen);
    bool beyond_fin = peer->fin_frame != 0 && seen->ack > peer->fin + 1; /* ack-of-unsent-data */
    if ((seen->facts & FACT_ACK_UNSEEN) == 0 || beyond_fin || covers_keep_alive(seen))
        return;
    struct finding *finding = raise_finding(rules, seen, id, (enum side)seen->sender);
    if (finding == NULL)
        return;
    finding->provisional = true;
    finding->location = LOCATION_CAPTURE;
    if (finding->count > 1)
        return;
    say_unseen(rules, seen, finding, seen->ack, peer->next);
}

/* Raised when the connection is over. Without a segment, observation.sender is the side whose FIN must have been. */
void rule_fin_inferred(struct rules *rules, const struct observation *seen, enum anomaly_id id) {
    struct finding *finding = raise_finding(rules, seen, id, (enum side)seen->sender);
    if (finding == NULL)
        return;
    finding_add_frame(finding, seen->provoked_by);
    finding->location = LOCATION_CAPTURE;
    finding->certainty = CERTAINTY_PRESUMED;
    finding_say(rules, finding,
                "The FIN of the %s is not in the capture, but one octet more than it was seen to send was acknowledged "
                "and it fell silent.",
                side_name((enum side)seen->sender));
}

void rule_capture_midstream(struct rules *rules, const struct observation *seen, enum anomaly_id id) {
    if (!seen->connection->midstream)
        return;
    struct finding *finding = raise_finding(rules, seen, id, (enum side)seen->sender);
    if (finding == NULL)
        return;
    finding->location = LOCATION_CAPTURE;
    if (!seen->connection->remnant)
        finding_say(rules, finding,
                    "The connection was already running when the capture began: its first segment here is no "
                    "SYN.");
    else if (seen->connection->previous == 0)
        finding_say(rules, finding,
                    "The connection was already running when the capture began, or is what is left of one that was "
                    "evicted: its first segment here is no SYN.");
    else
        finding_say(rules, finding,
                    "What passed before of this connection stands in #%" PRIu64
                    ", which was evicted, or over by its silence.",
                    seen->connection->previous);
}

/* Octets that were under way when a connection was picked up are acknowledged soon after, whether or not their sender
 * shows again. */
static bool may_all_be_older(const struct rules *rules, const struct connection *connection,
                             const struct endpoint *absent) {
    return connection->midstream && absent->early_ack_time - connection->first_time <= patience(rules, connection);
}

/* A socket that connected to its own address and port receives what it sends: there is no other side to be missing. */
static bool is_to_itself(const struct connection *connection) {
    struct address client = connection_address(connection, SIDE_CLIENT);
    struct address server = connection_address(connection, SIDE_SERVER);
    return connection->port[SIDE_CLIENT] == connection->port[SIDE_SERVER] && address_equal(&client, &server);
}

void rule_capture_one_direction(struct rules *rules, const struct observation *seen, enum anomaly_id id) {
    const struct connection *connection = seen->connection;
    if (!rules->one_direction || is_to_itself(connection))
        return;
    enum side present = connection->side[SIDE_CLIENT].frames > 0 ? SIDE_CLIENT : SIDE_SERVER;
    const struct endpoint *captured = &connection->side[present];
    if (may_all_be_older(rules, connection, &connection->side[other_side(present)]))
        return;
    struct finding *finding =
        raise_absence(rules, seen, id, other_side(present), captured->last_sent_frame, captured->last_sent_time);
    if (finding == NULL)
        return;
    finding_add_frame(finding, connection->id);
    finding->location = LOCATION_CAPTURE;
    finding_say(rules, finding,
                "All %" PRIu64 " segments are of the %s, which acknowledges octets of a %s that never "
                "shows.",
                captured->frames, side_name(present), side_name(other_side(present)));
}

/* What its sender repeats leaves with another identification, and a SYN no sooner than a timer. */
static bool is_far_copy_of(const struct observation *seen, const struct recent_segment *earlier) {
    const struct segment *segment = seen->segment;
    int64_t age = seen->time - earlier->time;
    bool identified = (segment->source.version == 4 && segment->ip_id != 0) ||
                      (segment->flags & (TCP_SYN | TCP_ACK)) == TCP_SYN || segment->hop_limit < earlier->hop_limit;
    return earlier->frame < seen->frame && age >= 0 && age < LEAST_TIMEOUT && identified &&
           recent_may_be_packet(earlier, segment);
}

/* The network may double one packet; here something of the opening or the close has come again before. */
static bool was_repeated_before(const struct observation *seen) {
    static const uint8_t repetitions[] = {ANOMALY_SYN_RETRANSMITTED, ANOMALY_SYNACK_RETRANSMITTED,
                                          ANOMALY_FIN_RETRANSMITTED};
    for (unsigned i = 0; i < sizeof repetitions; i++) {
        const struct finding *finding = find_finding(seen->connection, (enum anomaly_id)repetitions[i]);
        if (finding != NULL && finding->frame < seen->frame)
            return true;
    }
    return false;
}

/* Further from the first than --duplicate-window, it counts as sent again. */
static void raise_far_copy(struct rules *rules, const struct observation *seen, enum anomaly_id id) {
    const struct endpoint *sender = &seen->connection->side[seen->sender];
    const struct recent_segment *earlier = NULL;
    for (int i = 0; i < RECENT_SEGMENTS && earlier == NULL; i++)
        earlier = is_far_copy_of(seen, &sender->recent[i]) ? &sender->recent[i] : NULL;
    if (earlier == NULL || !was_repeated_before(seen))
        return;
    struct finding *finding = raise_finding(rules, seen, id, (enum side)seen->sender);
    if (finding == NULL || finding->count > 1)
        return;
    finding_add_frame(finding, earlier->frame);
    finding->location = LOCATION_CAPTURE;
    finding->certainty = CERTAINTY_PRESUMED;
    finding_say(rules, finding,
                "Frame %" PRIu64 " is the same packet as frame %" PRIu64
                ", and not the first of its connection to come again: the capture seems to hold what passed at two "
                "points. A --duplicate-window longer than %s takes such records for copies, and not for sent again.",
                seen->frame, (uint64_t)earlier->frame, duration_words(seen->time - earlier->time).text);
}

void rule_capture_duplicate(struct rules *rules, const struct observation *seen, enum anomaly_id id) {
    if ((seen->facts & FACT_COPY) == 0) {
        raise_far_copy(rules, seen, id);
        return;
    }
    struct finding *finding = raise_finding(rules, seen, id, (enum side)seen->sender);
    if (finding == NULL || finding->count > 1)
        return;
    finding_add_frame(finding, seen->provoked_by);
    finding->location = LOCATION_CAPTURE;
    if (seen->provoked_by == 0)
        finding_say(rules, finding, "Frame %" PRIu64 " is a packet that was recorded before.", seen->frame);
    else if (seen->time <= seen->provoked_time)
        finding_say(rules, finding,
                    "Frame %" PRIu64 " is the same packet as frame %" PRIu64 ", recorded again at the same time.",
                    seen->frame, seen->provoked_by);
    else
        finding_say(rules, finding,
                    "Frame %" PRIu64 " is the same packet as frame %" PRIu64 ", recorded again %s later.", seen->frame,
                    seen->provoked_by, duration_words(seen->time - seen->provoked_time).text);
}

void rule_capture_reordered(struct rules *rules, const struct observation *seen, enum anomaly_id id) {
    struct finding *finding = raise_finding(rules, seen, id, (enum side)seen->sender);
    if (finding == NULL || finding->count > 1)
        return;
    bool opens = (seen->facts & FACT_SYN) != 0; /* its answer came first */
    uint64_t effect = opens ? seen->provoked_by : sender_of(seen)->early_ack_frame;
    int64_t effect_time = opens ? seen->provoked_time : sender_of(seen)->early_ack_time;
    finding_add_frame(finding, effect);
    finding->location = LOCATION_CAPTURE;
    finding_say(rules, finding, "Frame %" PRIu64 " caused frame %" PRIu64 ", yet was recorded %s after it.",
                seen->frame, effect, duration_words(seen->time - effect_time).text);
}

static bool is_over(const struct endpoint *endpoint) {
    enum tcp_state state = endpoint_state(endpoint);
    return state == STATE_CLOSED || state == STATE_TIME_WAIT || state == STATE_LISTEN;
}

/* Something was missed for long enough to have an id of its own. */
static bool misses_something(const struct connection *connection) {
    static const uint8_t absences[] = {
        ANOMALY_SYN_UNANSWERED,        ANOMALY_HANDSHAKE_ACK_MISSING, ANOMALY_ACK_MISSING,
        ANOMALY_FIN_UNACKNOWLEDGED,    ANOMALY_FIN_UNANSWERED,        ANOMALY_FINAL_ACK_MISSING,
        ANOMALY_TIME_WAIT_NOT_REACKED, ANOMALY_IDLE_CONNECTION_LOST,  ANOMALY_KEEP_ALIVE_TIMEOUT};
    for (unsigned i = 0; i < sizeof absences; i++) {
        if (find_finding(connection, (enum anomaly_id)absences[i]) != NULL)
            return true;
    }
    return false;
}

/* Also where nothing can be concluded from the silence because a state is only assumed, however long it lasted. */
void rule_capture_ended_open(struct rules *rules, const struct observation *seen, enum anomaly_id id) {
    const struct connection *connection = seen->connection;
    const struct endpoint *client = &connection->side[SIDE_CLIENT];
    const struct endpoint *server = &connection->side[SIDE_SERVER];
    int64_t quiet = seen->time - connection->last_time;
    bool assumed = client->path.certainty == CERTAINTY_ASSUMED || server->path.certainty == CERTAINTY_ASSUMED;
    if (connection->end != END_CAPTURE || misses_something(connection) || (is_over(client) && is_over(server)) ||
        rules->one_direction || (quiet >= patience(rules, connection) && !assumed))
        return;
    struct finding *finding =
        raise_absence(rules, seen, id, SIDE_CLIENT, connection->last_frame, connection->last_time);
    if (finding == NULL)
        return;
    finding->location = LOCATION_CAPTURE;
}

void say_capture_ended_open(const struct connection *connection, const struct finding *finding, char *text) {
    int64_t quiet = connection->end_time - finding->time;
    struct words states = states_words((enum tcp_state)finding->states[SIDE_CLIENT].state,
                                       (enum tcp_state)finding->states[SIDE_SERVER].state);
    if (quiet <= 0)
        snprintf(text, FINDING_SENTENCE, "The capture ends at the last segment, with %s.", states.text);
    else
        snprintf(text, FINDING_SENTENCE, "The capture ends %s after the last segment, with %s.",
                 duration_words(quiet).text, states.text);
}

/* What the receiver took was good: only the capture has it wrong. That one side was captured only, and nothing was sent
 * again of what it sent, says the same less surely. */
static void withdraw_checksums(const struct rules *rules, const struct observation *seen, enum anomaly_id id) {
    struct finding *finding = find_finding(seen->connection, id);
    if (finding == NULL)
        return;
    const struct endpoint *sender = &seen->connection->side[finding->side];
    bool taken = (seen->more & MORE_CHECKSUM_VOID) != 0 && sender->checksums_unusable;
    bool never_sent_again = (seen->more & MORE_AT_END) != 0 && rules->one_direction && sender->damaged_until != 0;
    if (taken || never_sent_again)
        finding->withdrawn = true;
}

void rule_checksum_bad(struct rules *rules, const struct observation *seen, enum anomaly_id id) {
    if ((seen->more & (MORE_CHECKSUM_VOID | MORE_AT_END)) != 0)
        withdraw_checksums(rules, seen, id);
    if ((seen->facts & FACT_CHECKSUM_BAD) == 0)
        return;
    struct finding *finding = raise_finding(rules, seen, id, (enum side)seen->sender);
    if (finding == NULL || finding->count > 1)
        return;
    finding_say(rules, finding, "The checksum of this segment is 0x%04x and should be 0x%04x: the %s discards it.",
                seen->segment->checksum_seen, seen->segment->checksum_expected, side_name(receiver_side(seen)));
}
