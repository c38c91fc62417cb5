/* SPDX-License-Identifier: BSD-3-Clause */
#include "rules/rule.h"

#include <inttypes.h>

/* TIME_WAIT and what disturbs it (RFC 9293 3.6.1, RFC 1337, RFC 6191). */

static const int64_t one_second = INT64_C(1000000000);

void rule_time_wait_assassinated(struct rules *rules, const struct observation *seen, enum anomaly_id id) {
    const struct endpoint *holder = receiver_of(seen);
    bool obeyed = seen->reset == RESET_TIME_WAIT && seen->reset_applied;
    if ((seen->more & MORE_TIME_WAIT_KILLED) == 0 && !obeyed)
        return;
    struct finding *finding = raise_finding(rules, seen, id, (enum side)seen->sender);
    if (finding == NULL)
        return;
    finding_add_frame(finding, seen->provoked_by);
    finding->provisional = true;
    finding_say(rules, finding, "A RST ended the %s's TIME_WAIT after %s of %s.", side_name(receiver_side(seen)),
                duration_words(seen->time - holder->time_wait_since).text,
                duration_words(rules->settings.two_msl).text);
}

void rule_time_wait_missing(struct rules *rules, const struct observation *seen, enum anomaly_id id) {
    const struct endpoint *holder = sender_of(seen);
    struct finding *finding = raise_finding(rules, seen, id, (enum side)seen->sender);
    if (finding == NULL)
        return;
    finding_add_frame(finding, seen->provoked_by);
    finding_add_frame(finding, receiver_of(seen)->fin_frame);
    finding->location = LOCATION_ENDPOINT;
    int64_t age = holder->waited ? seen->time - holder->time_wait_started : 0;
    finding_say(
        rules, finding,
        "The %s should have been in TIME_WAIT for another %s, but answered by a RST: it kept no TIME_WAIT state.",
        side_name((enum side)seen->sender), duration_words(rules->settings.two_msl - age).text);
}

/* No ACK of the FIN passed at all: final-ack-missing or fin-unacknowledged says so (B.2: one cause, one id). */
static bool never_acknowledged(const struct rules *rules, const struct endpoint *sender,
                               const struct connection *connection, int64_t waited) {
    return sender->fin_ack_passed_first.frame == 0 &&
           (state_at_end(sender) == STATE_LAST_ACK || waited > patience(rules, connection));
}

void rule_time_wait_not_reacked(struct rules *rules, const struct observation *seen, enum anomaly_id id) {
    const struct connection *connection = seen->connection;
    const struct finding *repeated = find_finding(connection, ANOMALY_FIN_RETRANSMITTED_IN_TIME_WAIT);
    if (!rules->decidable || repeated == NULL)
        return;
    enum side side = (enum side)repeated->side;
    const struct endpoint *sender = &connection->side[side];
    const struct endpoint *holder = &connection->side[other_side(side)];
    int64_t waited = seen->time - sender->fin_last_time;
    int64_t bound = holder->round_trip > one_second ? holder->round_trip : one_second;
    bool answered = sender->fin_ack_passed.frame > sender->fin_last_frame || holder->rst_frame > sender->fin_last_frame;
    if (answered || sender->rst_frame != 0 || waited <= bound || never_acknowledged(rules, sender, connection, waited))
        return;
    struct finding *finding =
        raise_absence(rules, seen, id, other_side(side), sender->fin_last_frame, sender->fin_last_time);
    if (finding == NULL)
        return;
    finding_add_frames_of(finding, connection, ANOMALY_FIN_RETRANSMITTED_IN_TIME_WAIT);
    finding_expect_ack(finding, connection, other_side(side), sender->fin + 1);
    finding_say(rules, finding, "The FIN repeated in frame %" PRIu64 " got neither ACK nor RST from the %s in %s.",
                sender->fin_last_frame, side_name(other_side(side)), duration_words(waited).text);
}

void rule_data_in_time_wait(struct rules *rules, const struct observation *seen, enum anomaly_id id) {
    const struct endpoint *holder = receiver_of(seen);
    struct finding *finding = raise_finding(rules, seen, id, (enum side)seen->sender);
    if (finding == NULL || finding->count > 1)
        return;
    finding_say(rules, finding, "%s at relative sequence number %" PRId64 " reached the %s %s into its TIME_WAIT.",
                seen->segment->length > 0 ? octets_words(seen->segment->length).text : "An old ACK", seen->seq,
                side_name(receiver_side(seen)), duration_words(seen->time - holder->time_wait_started).text);
}

void rule_syn_in_time_wait_rejected(struct rules *rules, const struct observation *seen, enum anomaly_id id) {
    const struct endpoint *holder = sender_of(seen);
    const struct connection *connection = seen->connection;
    struct finding *finding = raise_finding(rules, seen, id, receiver_side(seen));
    if (finding == NULL)
        return;
    finding_add_frame(finding, connection->disputed_by);
    if (finding->count > 1)
        return;
    finding_say(rules, finding,
                "The SYN of frame %" PRIu64 " met the %s %s into TIME_WAIT and was answered by an ACK of the old "
                "connection (relative %" PRId64 ", expecting %" PRId64 ").",
                connection->disputed_by, side_name((enum side)seen->sender),
                duration_words(connection->disputed_time - holder->time_wait_started).text, seen->seq, seen->ack);
}

/* A RST may have ended the TIME_WAIT between the SYN that disputed it and the SYN/ACK that settles the matter. */
static bool still_in_time_wait(const struct connection *connection) {
    const struct connection *older = connection->older;
    if (older == NULL)
        return !connection->before->ended;
    return endpoint_state(&older->side[SIDE_CLIENT]) == STATE_TIME_WAIT ||
           endpoint_state(&older->side[SIDE_SERVER]) == STATE_TIME_WAIT;
}

void rule_time_wait_truncated(struct rules *rules, const struct observation *seen, enum anomaly_id id) {
    const struct connection *connection = seen->connection;
    int64_t age = seen->time - connection->before->time_wait_since;
    if (!connection->before->waited || age >= rules->settings.two_msl || find_finding(connection, id) != NULL ||
        !still_in_time_wait(connection))
        return;
    struct finding *finding = raise_finding(rules, seen, id, (enum side)seen->sender);
    if (finding == NULL)
        return;
    finding_add_frame(finding, connection->before->last_frame);
    finding_say(rules, finding, "The ports were reused %s into the %s of TIME_WAIT that the %s held.",
                duration_words(age).text, duration_words(rules->settings.two_msl).text,
                side_name((enum side)connection->before->time_wait_side));
}

/* A step that turned out wrong leaves its time behind: only the path tells whether it stands. */
static bool came_to_time_wait(const struct endpoint *endpoint) {
    struct step steps[PATH_STEPS_MAX];
    if (!endpoint->waited || endpoint_state(endpoint) == STATE_TIME_WAIT)
        return endpoint->waited;
    for (size_t i = path_steps(&endpoint->path, steps); i > 0; i--) {
        if (steps[i - 1].to == STATE_TIME_WAIT && steps[i - 1].certainty != CERTAINTY_REFUTED)
            return true;
    }
    return false;
}

void rule_time_wait_on_server(struct rules *rules, const struct observation *seen, enum anomaly_id id) {
    const struct connection *connection = seen->connection;
    const struct endpoint *client = &connection->side[SIDE_CLIENT];
    const struct endpoint *server = &connection->side[SIDE_SERVER];
    bool client_first = client->fin_frame != 0 && client->fin_frame < server->fin_frame;
    if (server->fin_frame == 0 || !connection->initiator_seen || client->waited || client_first ||
        !came_to_time_wait(server))
        return;
    struct finding *finding = raise_absence(rules, seen, id, SIDE_SERVER, server->fin_frame, server->fin_time);
    if (finding == NULL)
        return;
    finding->absence = false; /* nothing is missing */
    finding_say(rules, finding, "The server closed first (frame %" PRIu64 "), so the TIME_WAIT is on its side.",
                server->fin_frame);
}
