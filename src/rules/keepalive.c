/* SPDX-License-Identifier: BSD-3-Clause */
#include "rules/rule.h"

#include <inttypes.h>

/* Keep-alives (RFC 9293 3.8.4). */

void rule_keep_alive(struct rules *rules, const struct observation *seen, enum anomaly_id id) {
    struct finding *finding = raise_finding(rules, seen, id, (enum side)seen->sender);
    if (finding != NULL && finding->count == 1)
        finding_say(rules, finding,
                    "The %s checks whether its peer is still there, with %s at relative sequence number %" PRId64
                    ", one below its next; the peer was last heard %s before.",
                    side_name((enum side)seen->sender), octets_words(seen->segment->length).text, seen->seq,
                    duration_words(seen->time - receiver_of(seen)->last_sent_time).text);
}

void rule_keep_alive_unanswered(struct rules *rules, const struct observation *seen, enum anomaly_id id) {
    struct finding *finding = raise_finding(rules, seen, id, (enum side)seen->sender);
    if (finding == NULL)
        return;
    finding_add_frame(finding, seen->provoked_by);
    finding_say(rules, finding, "%s of the %s got no answer before the next one; its peer was last heard %s before.",
                finding->count == 1 ? "A keep-alive" : "Keep-alives", side_name((enum side)seen->sender),
                duration_words(seen->time - receiver_of(seen)->last_sent_time).text);
}

/* Silent for longer than all probes so far took: probes x interval. */
static bool fell_silent(const struct rules *rules, const struct observation *seen, const struct finding *probes) {
    if (!rules->decidable || probes == NULL || probes->count < 2)
        return false;
    int64_t interval = (probes->last_time - probes->time) / (probes->count - 1);
    return seen->connection->side[probes->side].rst_frame == 0 &&
           seen->connection->side[other_side((enum side)probes->side)].last_sent_time < probes->time &&
           seen->time - probes->last_time > interval * (int64_t)probes->count;
}

void rule_keep_alive_timeout(struct rules *rules, const struct observation *seen, enum anomaly_id id) {
    struct connection *connection = seen->connection;
    const struct finding *probes = find_finding(connection, ANOMALY_KEEP_ALIVE_UNANSWERED);
    struct finding *finding;
    bool at_end = (seen->more & MORE_AT_END) != 0;
    if (at_end) {
        if (!fell_silent(rules, seen, probes))
            return;
        enum side side = (enum side)probes->side;
        finding = raise_absence(rules, seen, id, side, probes->last_frame, probes->last_time);
    } else {
        if (seen->reset != RESET_KEEP_ALIVE_TIMEOUT)
            return;
        finding = raise_finding(rules, seen, id, (enum side)seen->sender);
    }
    if (finding == NULL)
        return;
    const struct endpoint *prober = &connection->side[finding->side];
    const struct endpoint *peer = &connection->side[other_side((enum side)finding->side)];
    finding_add_frames_of(finding, connection, ANOMALY_KEEP_ALIVE_UNANSWERED);
    finding->provisional = !at_end;
    if (at_end)
        finding->certainty = CERTAINTY_PRESUMED;
    finding_say(rules, finding,
                "The %s %s after %" PRIu32 " keep-alives without an answer; its peer was last heard %s before.",
                side_name((enum side)finding->side), at_end ? "fell silent" : "gave up with a RST",
                prober->keep_alives_unanswered, duration_words(finding->time - peer->last_sent_time).text);
}

void rule_keep_alive_reset(struct rules *rules, const struct observation *seen, enum anomaly_id id) {
    if (seen->reset != RESET_KEEP_ALIVE)
        return;
    struct finding *finding = raise_finding(rules, seen, id, (enum side)seen->sender);
    if (finding == NULL)
        return;
    finding_add_frame(finding, seen->provoked_by);
    finding->provisional = true;
    finding_say(rules, finding,
                "The %s answered the keep-alive of frame %" PRIu64 " by a RST: it no longer knows the "
                "connection.",
                side_name((enum side)seen->sender), seen->provoked_by);
}

/* --- idle-connection-lost --- */

/* The first sign that somebody else answers in the peer's place, or that the peer has forgotten: a RST without ACK, for
 * one that lives aborts with it. */
static bool was_reset_instead(const struct connection *connection, const struct awakening *awakening) {
    const struct connection_reset *reset = &connection->reset;
    return reset->frame > awakening->frame && reset->by != awakening->side && reset->bare;
}

void rule_idle_connection_lost(struct rules *rules, const struct observation *seen, enum anomaly_id id) {
    const struct connection *connection = seen->connection;
    if (!rules->decidable || connection->liveness == NULL || connection->liveness->awakening.frame == 0)
        return;
    const struct awakening *awakening = &connection->liveness->awakening;
    enum side side = (enum side)awakening->side;
    const struct endpoint *speaker = &connection->side[side];
    const struct endpoint *peer = &connection->side[other_side(side)];
    bool reset = was_reset_instead(connection, awakening);
    int64_t waited = seen->time - awakening->time;
    bool peer_reset = connection->reset.frame != 0 && connection->reset.by != side;
    bool unanswered = !peer_reset && speaker->next > awakening->next && waited > patience(rules, connection);
    if (peer->last_sent_frame > awakening->frame || (!reset && !unanswered))
        return;
    struct finding *finding = raise_absence(rules, seen, id, side, awakening->frame, awakening->time);
    if (finding == NULL)
        return;
    finding->certainty = CERTAINTY_PRESUMED;
    finding_add_frame(finding, peer->last_sent_frame);
    finding_add_frame(finding, reset ? connection->reset.frame : speaker->last_sent_frame);
    if (reset)
        finding_say(rules, finding,
                    "After %s of silence the %s spoke again in frame %" PRIu64
                    " and was answered by a RST (frame %" PRIu64 ", %s later): the connection had been forgotten.",
                    duration_words(awakening->silence).text, side_name(side), awakening->frame, connection->reset.frame,
                    duration_words(connection->reset.time - awakening->time).text);
    else
        finding_say(rules, finding,
                    "After %s of silence the %s spoke again in frame %" PRIu64
                    " and heard nothing in %s; the %s's last "
                    "segment was frame %" PRIu64 ".",
                    duration_words(awakening->silence).text, side_name(side), awakening->frame,
                    duration_words(waited).text, side_name(other_side(side)), peer->last_sent_frame);
}
