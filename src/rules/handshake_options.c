/* SPDX-License-Identifier: BSD-3-Clause */
#include "rules/rule.h"

#include <inttypes.h>

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
