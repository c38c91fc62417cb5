/* SPDX-License-Identifier: BSD-3-Clause */
#include "rules/rule.h"

#include <inttypes.h>

/* Keep-alives (RFC 9293 3.8.4). */

void rule_keep_alive(struct rules *rules, const struct observation *seen, enum anomaly_id id) {
    struct finding *finding = raise_finding(rules, seen, id, (enum side)seen->sender);
    if (finding != NULL && finding->count == 1)
        finding_say(rules, finding,
                    "The %s checks whether its peer is still there, with %s at its last sequence number.",
                    side_name((enum side)seen->sender), octets_words(seen->segment->length).text);
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
