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
    if (finding != NULL && finding->count == 1)
        finding_say(rules, finding,
                    "The client completes the handshake with a window of %s: the server can send nothing and has to "
                    "keep the connection.",
                    octets_words(segment->window == 0 ? 0 : client->window).text);
}
