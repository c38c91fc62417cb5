/* SPDX-License-Identifier: BSD-3-Clause */
#include "rules/rule.h"

#include <inttypes.h>

/* What an attacker would send, and what a mistake can look like. */

void rule_land_packet(struct rules *rules, const struct observation *seen, enum anomaly_id id) {
    if ((seen->segment->odd & ODD_SELF) == 0)
        return;
    char address[ADDRESS_TEXT_SIZE];
    struct finding *finding = raise_finding(rules, seen, id, (enum side)seen->sender);
    if (finding != NULL && finding->count == 1)
        finding_say(rules, finding, "This segment goes from %s port %u to the same address and port.",
                    address_text(&seen->segment->source, address), seen->segment->source_port);
}

enum { SLAMMED = 10 }; /* octets: no sender gets anywhere with such a window */

/* The window says so before any octet of the server was acknowledged. In the SYN it is never scaled; an unknown scale
 * leaves only 0 that can be compared (RFC 7323 2.2). */
void rule_window_slam(struct rules *rules, const struct observation *seen, enum anomaly_id id) {
    const struct endpoint *client = sender_of(seen);
    const struct segment *segment = seen->segment;
    bool small = segment->window == 0 || (client->scale_known && client->window <= SLAMMED);
    if (seen->sender != SIDE_CLIENT || !small || client->ack_sent > 1 || seen->connection->midstream ||
        (segment->flags & (TCP_SYN | TCP_FIN | TCP_RST)) != 0)
        return;
    struct finding *finding = raise_finding(rules, seen, id, SIDE_CLIENT);
    if (finding == NULL || finding->count > 1)
        return;
    bool completes = (seen->facts & FACT_HANDSHAKE_ACK) != 0;
    finding_say(rules, finding,
                "The client %s a window of %s%s: the server can send %snothing and has to keep the connection.",
                completes ? "completes the handshake with" : "offers",
                octets_words(segment->window == 0 ? 0 : client->window).text,
                completes ? "" : " before it has acknowledged any octet", segment->window == 0 ? "" : "next to ");
}

void rule_overlap_different_data(struct rules *rules, const struct observation *seen, enum anomaly_id id) {
    const struct conflict *conflict = &seen->conflict;
    const char *name = side_name((enum side)seen->sender);
    struct finding *finding = raise_finding(rules, seen, id, (enum side)seen->sender);
    if (finding == NULL)
        return;
    finding_add_frame(finding, conflict->frame);
    if (finding->count > 1)
        return;
    if (conflict->differs_at >= 0)
        finding_say(rules, finding,
                    "The %s sent relative %" PRId64 " to %" PRId64 " in frame %" PRIu64 " and again here with other "
                    "contents: the first octet that differs is %" PRId64 ".",
                    name, conflict->begin, conflict->end - 1, conflict->frame, conflict->differs_at);
    else
        finding_say(rules, finding,
                    "The %s sent relative %" PRId64 " to %" PRId64 " in frame %" PRIu64 " and again here with other "
                    "contents.",
                    name, conflict->begin, conflict->end - 1, conflict->frame);
}

static void say_moved(struct rules *rules, struct finding *finding, const struct observation *seen) {
    const struct provenance *place = &sender_of(seen)->provenance;
    const struct segment *segment = seen->segment;
    const char *name = side_name((enum side)seen->sender);
    if (place->hop_limit + HOP_TOLERANCE < segment->hop_limit || segment->hop_limit + HOP_TOLERANCE < place->hop_limit)
        finding_say(rules, finding,
                    "This segment of the %s arrives with a hop limit of %u, while the ones before it came with %u.",
                    name, segment->hop_limit, place->hop_limit);
    else
        finding_say(rules, finding,
                    "This segment of the %s comes from hardware address %s, while the ones before it came from %s.",
                    name, hardware_words(segment->link_source).text, hardware_words(place->link_source).text);
}

/* Where the load is shared, segments come now from here and now from there, which is no other sender. */
static void withdraw_shared(const struct observation *seen, enum anomaly_id id) {
    struct finding *finding = find_finding(seen->connection, id);
    if (finding != NULL && finding->side == seen->sender)
        finding->withdrawn = true;
}

void rule_address_changed(struct rules *rules, const struct observation *seen, enum anomaly_id id) {
    if ((seen->more & MORE_SEVERAL_WAYS) != 0)
        withdraw_shared(seen, id);
    if ((seen->more & MORE_MOVED) == 0)
        return;
    struct finding *finding = raise_finding(rules, seen, id, (enum side)seen->sender);
    if (finding == NULL)
        return;
    finding->provisional = true;
    if (finding->count == 1)
        say_moved(rules, finding, seen);
}

void rule_ack_loop(struct rules *rules, const struct observation *seen, enum anomaly_id id) {
    const struct ack_run *run = &sender_of(seen)->run;
    const struct ack_run *other = &receiver_of(seen)->run;
    struct finding *finding = raise_finding(rules, seen, id, (enum side)seen->sender);
    if (finding == NULL || finding->count > 1)
        return;
    finding_add_frame(finding, other->frame < run->frame ? other->frame : run->frame);
    finding_say(rules, finding,
                "%" PRIu32 " ACKs of the %s and %" PRIu32
                " of the %s passed in turn within %s, each with the same numbers: both ends answer each other's ACK.",
                run->count, side_name((enum side)seen->sender), other->count, side_name(receiver_side(seen)),
                duration_words(seen->time - (other->since < run->since ? other->since : run->since)).text);
}
