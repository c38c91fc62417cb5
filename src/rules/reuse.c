/* SPDX-License-Identifier: BSD-3-Clause */
#include "rules/rule.h"

#include <inttypes.h>

/* One 4-tuple, one connection after the other (RFC 9293 3.4.1, RFC 6191). */

/* The new connection was accepted although the old one looked alive: what syn-in-established waited for. */
static bool was_accepted_on_live(const struct connection *connection) {
    const struct connection *older = connection->older;
    return older != NULL && !older->half_open && find_finding(older, ANOMALY_SYN_IN_ESTABLISHED) != NULL;
}

/* A FIN of the old one may have passed before the capture began, and then nothing was live. */
static bool is_only_assumed(const struct connection *connection) {
    return is_assumed(&connection->side[SIDE_CLIENT]) || is_assumed(&connection->side[SIDE_SERVER]);
}

static void withdraw_syn_in_established(const struct connection *connection) {
    if (connection == NULL)
        return;
    struct finding *finding = find_finding(connection, ANOMALY_SYN_IN_ESTABLISHED);
    if (finding != NULL && finding->provisional) {
        finding->withdrawn = true;
        finding->provisional = false;
    }
}

void rule_port_reused(struct rules *rules, const struct observation *seen, enum anomaly_id id) {
    const struct connection *connection = seen->connection;
    if (was_accepted_on_live(connection) && !is_only_assumed(connection->older))
        return;
    struct finding *finding = raise_finding(rules, seen, id, (enum side)seen->sender);
    if (finding == NULL)
        return;
    finding_add_frame(finding, connection->before->last_frame);
    finding_say(rules, finding, "The ports carried another connection before, last seen in frame %" PRIu64 ", %s ago.",
                connection->before->last_frame, duration_words(seen->time - connection->before->last_time).text);
}

void rule_port_reused_active(struct rules *rules, const struct observation *seen, enum anomaly_id id) {
    const struct connection *connection = seen->connection;
    if (!was_accepted_on_live(connection))
        return;
    withdraw_syn_in_established(connection->older);
    withdraw_syn_in_established(connection);
    if (is_only_assumed(connection->older))
        return;
    struct finding *finding = raise_finding(rules, seen, id, (enum side)seen->sender);
    if (finding == NULL)
        return;
    finding_add_frame(finding, connection->before->last_frame);
    finding_add_frame(finding, connection->side[SIDE_CLIENT].syn_frame);
    finding_say(rules, finding,
                "The %s accepted a new connection although the old one on these ports still looked open (last seen in "
                "frame %" PRIu64 ", %s ago).",
                side_name((enum side)seen->sender), connection->before->last_frame,
                duration_words(seen->time - connection->before->last_time).text);
}

/* a is before b in sequence space (RFC 9293 3.4). Half of that space apart neither is before the other. */
static bool is_below(uint32_t a, uint32_t b) {
    int32_t distance = (int32_t)(a - b);
    return distance < 0 && distance != INT32_MIN;
}

void rule_port_reused_isn_lower(struct rules *rules, const struct observation *seen, enum anomaly_id id) {
    const struct connection *connection = seen->connection;
    const struct segment *segment = seen->segment;
    uint32_t next = connection->before->next[seen->sender];
    bool had_sent = next != connection->before->isn[seen->sender];
    if (connection->before->last_frame == 0 || !had_sent || (seen->more & MORE_SYN_SEQ_CHANGED) != 0 ||
        seen->time - connection->before->last_time >= rules->settings.two_msl || !is_below(segment->seq, next))
        return;
    bool newer = connection->before->timestamps && (segment->options.present & OPTION_TIMESTAMPS) != 0 &&
                 is_below(connection->before->tsval[seen->sender], segment->options.timestamp_value);
    if (newer)
        return;
    struct finding *finding = raise_finding(rules, seen, id, (enum side)seen->sender);
    if (finding == NULL)
        return;
    finding_add_frame(finding, connection->before->last_frame);
    finding_say(rules, finding,
                "The new initial sequence number %" PRIu32 " of the %s is %" PRIu32 " below the %" PRIu32
                " where it stopped %s ago.",
                segment->seq, side_name((enum side)seen->sender), next - segment->seq, next,
                duration_words(seen->time - connection->before->last_time).text);
}

void rule_old_duplicate_segment(struct rules *rules, const struct observation *seen, enum anomaly_id id) {
    const struct connection *connection = seen->connection;
    const struct predecessor *before = connection->before;
    const struct segment *segment = seen->segment;
    uint32_t into = segment->seq - before->isn[seen->sender];
    bool by_number = into <= before->next[seen->sender] - before->isn[seen->sender];
    struct finding *finding = raise_finding(rules, seen, id, (enum side)seen->sender);
    if (finding == NULL)
        return;
    finding_add_frame(finding, before->last_frame);
    if (sender_of(seen)->isn_set)
        finding_expect_seq(finding, connection, (enum side)seen->sender, sender_of(seen)->next);
    if (finding->count > 1)
        return;
    if (by_number)
        finding_say(rules, finding,
                    "Sequence number %" PRIu32
                    " is one of the connection before on these ports (there relative %" PRIu32 ", up to %" PRIu32
                    "), which ended with frame %" PRIu64 ", and fits nothing of this one.",
                    segment->seq, into, before->next[seen->sender] - before->isn[seen->sender], before->last_frame);
    else
        finding_say(rules, finding,
                    "Timestamp %" PRIu32 " is older than the first of this connection, %" PRIu32
                    ", and was in use in the one before, which ended with frame %" PRIu64 " at %" PRIu32 ".",
                    segment->options.timestamp_value, sender_of(seen)->clock_first_tsval, before->last_frame,
                    before->tsval[seen->sender]);
}
