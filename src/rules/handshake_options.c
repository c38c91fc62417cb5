/* SPDX-License-Identifier: BSD-3-Clause */
#include "model/verdict.h"
#include "rules/rule.h"

#include <inttypes.h>
#include <stdio.h>

/* What a SYN and its answer offer, and the payload of a SYN (RFC 9293 3.2, RFC 7323, RFC 7413). */

enum { FAST_OPEN_COOKIE_MIN = 4, WINDOW_SCALE_MAX = 14 };

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
    bool with_fin = opener->fin_frame == opener->syn_frame; /* and that was taken, too */
    if (!answers_fast_open_data(seen) || seen->ack != 1 + (int64_t)opener->syn_data + with_fin)
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

/* Nothing can be said of options that the snapshot length cut or the sender garbled. */
static bool options_are_whole(uint16_t present) {
    return (present & (OPTION_CUT | OPTION_MALFORMED)) == 0;
}

void rule_option_not_offered(struct rules *rules, const struct observation *seen, enum anomaly_id id) {
    const struct endpoint *opener = receiver_of(seen);
    uint16_t offered = opener->options_offered; /* the answer may be to the first of several SYNs */
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
    raise_finding(rules, seen, id, (enum side)seen->sender);
}

void say_mss_missing(const struct connection *connection, const struct finding *finding, char *text) {
    snprintf(text, FINDING_SENTENCE,
             "The %s of the %s has no MSS option, so its peer sends at most %d octets a segment.",
             finding->seen.has_ack ? "SYN/ACK" : "SYN", side_name((enum side)finding->side),
             connection->address[finding->side].version == 6 ? 1220 : 536);
}

void rule_wscale_invalid(struct rules *rules, const struct observation *seen, enum anomaly_id id) {
    const struct tcp_options *options = &seen->segment->options;
    bool damaged = (seen->facts & FACT_CHECKSUM_BAD) != 0;
    if ((options->present & OPTION_WINDOW_SCALE) == 0 || options->window_scale <= WINDOW_SCALE_MAX || damaged)
        return;
    struct finding *finding = raise_finding(rules, seen, id, (enum side)seen->sender);
    if (finding != NULL)
        finding_say(rules, finding, "The %s offers a window scale of %u; receivers use 14.",
                    side_name((enum side)seen->sender), options->window_scale);
}

struct phrase {
    char text[160];
};

/* What an offer comes to: "MSS 1460, Window Scale 7, SACK-permitted, Timestamps, ECN, window 64240". */
static struct phrase offer_words(const struct offer *offer) {
    struct phrase phrase = {""};
    size_t used = 0;
    const struct {
        bool there;
        const char *name;
        unsigned value;
        bool valued;
    } parts[] = {
        {(offer->options & OPTION_MSS) != 0, "MSS", offer->mss, true},
        {(offer->options & OPTION_WINDOW_SCALE) != 0, "Window Scale", offer->window_scale, true},
        {(offer->options & OPTION_SACK_PERMITTED) != 0, "SACK-permitted", 0, false},
        {(offer->options & OPTION_TIMESTAMPS) != 0, "Timestamps", 0, false},
        {(offer->options & OPTION_FAST_OPEN) != 0, "Fast Open", 0, false},
        {(offer->options & OPTION_MPTCP) != 0, "Multipath TCP", 0, false},
        {(offer->flags & TCP_AE) != 0, "AE", 0, false},
        {(offer->flags & TCP_CWR) != 0, "CWR", 0, false},
        {(offer->flags & TCP_ECE) != 0, "ECE", 0, false},
        {true, "window", offer->window, true},
    };
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
        if (!parts[i].there)
            continue;
        const char *comma = used > 0 ? ", " : "";
        int written = parts[i].valued
                          ? snprintf(phrase.text + used, sizeof phrase.text - used, "%s%s %u", comma, parts[i].name,
                                     parts[i].value)
                          : snprintf(phrase.text + used, sizeof phrase.text - used, "%s%s", comma, parts[i].name);
        used += (size_t)written;
    }
    return phrase;
}

void rule_option_changed_on_retransmit(struct rules *rules, const struct observation *seen, enum anomaly_id id) {
    const struct endpoint *sender = sender_of(seen);
    bool answer = (seen->segment->flags & TCP_ACK) != 0;
    struct finding *finding = raise_finding(rules, seen, id, (enum side)seen->sender);
    if (finding == NULL)
        return;
    finding_add_frame(finding, answer ? sender->syn_ack_frame : sender->syn_frame);
    finding_say(rules, finding, "The %s's repeated %s offers %s; the one before offered %s.",
                side_name((enum side)seen->sender), answer ? "SYN/ACK" : "SYN", offer_words(&sender->offer).text,
                offer_words(&endpoint_incidents(sender)->offer_before).text);
}

/* "ECE and CWR" */
static const char *ecn_words(uint16_t flags) {
    static const char *const words[] = {"neither ECE nor CWR", "ECE alone", "CWR alone", "ECE and CWR"};
    return words[((flags & TCP_ECE) != 0) + 2 * ((flags & TCP_CWR) != 0)];
}

static void raise_ecn(struct rules *rules, const struct observation *seen, enum anomaly_id id, const char *why) {
    struct finding *finding = raise_finding(rules, seen, id, (enum side)seen->sender);
    if (finding == NULL || finding->count > 1)
        return;
    const struct endpoint *client = &seen->connection->side[SIDE_CLIENT];
    const struct endpoint *server = &seen->connection->side[SIDE_SERVER];
    finding_add_frame(finding, client->syn_frame);
    finding_add_frame(finding, server->syn_ack_frame);
    const char *name = (seen->segment->flags & TCP_SYN) == 0   ? "segment"
                       : (seen->segment->flags & TCP_ACK) != 0 ? "SYN/ACK"
                                                               : "SYN";
    finding_say(rules, finding, "The %s's %s carries %s%s.", side_name((enum side)seen->sender), name,
                ecn_words(seen->segment->flags), why);
}

/* RFC 3168 6.1.1. With AE on the SYN the three flags are those of accurate ECN, all values of the answer legal. */
void rule_ecn_setup_invalid(struct rules *rules, const struct observation *seen, enum anomaly_id id) {
    const uint16_t both = TCP_ECE | TCP_CWR;
    uint16_t flags = seen->segment->flags;
    uint16_t asked = receiver_of(seen)->ecn_flags;
    if ((flags & TCP_AE) != 0 || (asked & TCP_AE) != 0)
        return;
    if ((seen->more & MORE_ECN_UNASKED) != 0)
        raise_ecn(rules, seen, id, ", though SYN and SYN/ACK did not agree on ECN");
    else if ((flags & (TCP_SYN | TCP_ACK)) == TCP_SYN && (flags & both) != 0 && (flags & both) != both)
        raise_ecn(rules, seen, id, "; a SYN asks for ECN by both");
    else if ((flags & (TCP_SYN | TCP_ACK)) == (TCP_SYN | TCP_ACK) && (flags & both) == both)
        raise_ecn(rules, seen, id,
                  (asked & both) == both ? ", as if it sent back what the SYN had; ECE alone accepts ECN"
                                         : ", which no answer to a SYN may; ECE alone accepts ECN");
}

/* --- syncookie-suspected --- */

void rule_syncookie_suspected(struct rules *rules, const struct observation *seen, enum anomaly_id id) {
    const struct connection *connection = seen->connection;
    const struct endpoint *client = &connection->side[SIDE_CLIENT];
    const struct endpoint *server = &connection->side[SIDE_SERVER];
    struct cookie_marks marks;
    if (!rules->decidable || !cookie_marks_of(connection, seen->time, &marks))
        return;
    struct finding *finding = raise_absence(rules, seen, id, SIDE_SERVER, server->syn_ack_frame, server->syn_ack_time);
    if (finding == NULL)
        return;
    finding->certainty = CERTAINTY_PRESUMED;
    finding_add_frame(finding, client->syn_frame);
    finding_add_frame(finding, connection->handshake_ack_frame);
    finding_say(rules, finding, "The SYN/ACK of frame %" PRIu64 " was not repeated in %s without an answer%s%s.",
                server->syn_ack_frame, duration_words(marks.unanswered).text,
                marks.options_dropped ? ", and leaves out the Window Scale and SACK that the SYN offered" : "",
                marks.usual_mss ? ", and its MSS is one of those that fit into a cookie" : "");
}

/* --- mptcp-subflow --- */

enum { MP_CAPABLE = 0, MP_JOIN = 1 };

static bool asks_for_multipath(const struct tcp_options *options) {
    return (options->present & OPTION_MPTCP) != 0 && options->mptcp_subtype <= MP_JOIN;
}

void rule_mptcp_subflow(struct rules *rules, const struct observation *seen, enum anomaly_id id) {
    const struct tcp_options *options = &seen->segment->options;
    if (!asks_for_multipath(options))
        return;
    bool answer = (seen->segment->flags & TCP_ACK) != 0;
    struct finding *asked = find_finding(seen->connection, id);
    struct finding *finding = asked;
    if (asked != NULL)
        repeat_finding(asked, seen);
    else
        finding = raise_finding(rules, seen, id, (enum side)seen->sender);
    if (finding == NULL)
        return;
    const char *where = !answer ? "The SYN carries" : asked != NULL ? "SYN and SYN/ACK carry" : "The SYN/ACK carries";
    if (options->mptcp_subtype == MP_CAPABLE)
        finding_say(rules, finding, "%s MP_CAPABLE, version %u: the first path of a Multipath TCP connection.", where,
                    options->mptcp_version);
    else if (answer && asked == NULL)
        finding_say(rules, finding, "%s MP_JOIN: a further path of a Multipath TCP connection.", where);
    else
        finding_say(rules, finding,
                    "%s MP_JOIN with token %08" PRIx32 ": a further path of the connection of that token.", where,
                    seen->connection->side[SIDE_CLIENT].mptcp_token);
}
