/* SPDX-License-Identifier: BSD-3-Clause */
#include "rules/rule.h"

#include <inttypes.h>
#include <string.h>

/* Headers that are not in order. What the damage is decode has said (segment.odd); here it gets its name. Where the
 * checksum is wrong it is the network's doing, and the sender's header may have been in order. */

static bool has_oddity(const struct observation *seen, uint16_t oddity) {
    return (seen->segment->odd & oddity) != 0 && (seen->facts & FACT_CHECKSUM_BAD) == 0;
}

static const char *sender_name(const struct observation *seen) {
    return side_name((enum side)seen->sender);
}

/* --- flags --- */

struct flag_words {
    char text[48];
};

/* "SYN FIN", in the order in which one speaks of them; "no flag" */
static struct flag_words flag_words(uint16_t flags) {
    static const struct {
        uint16_t flag;
        const char *name;
    } names[] = {{TCP_SYN, "SYN"}, {TCP_FIN, "FIN"}, {TCP_RST, "RST"}, {TCP_PSH, "PSH"}, {TCP_ACK, "ACK"},
                 {TCP_URG, "URG"}, {TCP_ECE, "ECE"}, {TCP_CWR, "CWR"}, {TCP_AE, "AE"}};
    struct flag_words words;
    char *end = words.text;
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        if ((flags & names[i].flag) != 0)
            end = stpcpy(stpcpy(end, end == words.text ? "" : " "), names[i].name);
    }
    if (end == words.text)
        stpcpy(end, "no flag");
    return words;
}

static const char *why_illegal(uint16_t flags) {
    const uint16_t all = TCP_FIN | TCP_SYN | TCP_RST | TCP_PSH | TCP_ACK | TCP_URG;
    if ((flags & all) == all)
        return "every flag at once says nothing at all";
    if ((flags & (TCP_SYN | TCP_FIN)) == (TCP_SYN | TCP_FIN))
        return "it would open and close in one";
    if ((flags & (TCP_SYN | TCP_RST)) == (TCP_SYN | TCP_RST))
        return "it would open and abort in one";
    if ((flags & (TCP_FIN | TCP_RST)) == (TCP_FIN | TCP_RST))
        return "it would close and abort in one";
    if ((flags & TCP_FIN) != 0)
        return "this is the pattern of a Christmas tree scan";
    return "every segment but a SYN or RST has at least ACK";
}

void rule_flags_invalid(struct rules *rules, const struct observation *seen, enum anomaly_id id) {
    if (!has_oddity(seen, ODD_FLAGS))
        return;
    struct finding *finding = raise_finding(rules, seen, id, (enum side)seen->sender);
    if (finding != NULL && finding->count == 1)
        finding_say(rules, finding, "The %s sent a segment with %s (flags 0x%03x): %s.", sender_name(seen),
                    flag_words(seen->segment->flags).text, seen->segment->flags, why_illegal(seen->segment->flags));
}

/* A state that is only assumed, because the capture began later, is no ground to call a segment wrong. */
static bool is_known_synchronised(const struct snapshot *before) {
    return state_is_synchronised((enum tcp_state)before->state) && before->certainty != CERTAINTY_ASSUMED;
}

void rule_ack_flag_missing(struct rules *rules, const struct observation *seen, enum anomaly_id id) {
    if (!has_oddity(seen, ODD_NO_ACK) || !is_known_synchronised(&seen->before[SIDE_CLIENT]) ||
        !is_known_synchronised(&seen->before[SIDE_SERVER]))
        return;
    struct finding *finding = raise_finding(rules, seen, id, (enum side)seen->sender);
    if (finding != NULL && finding->count == 1)
        finding_say(rules, finding,
                    "The %s, in %s, sent a segment of %s with %s and without ACK at relative sequence number %" PRId64
                    ": the %s drops it.",
                    sender_name(seen), state_name(sender_state(seen)), octets_words(seen->segment->length).text,
                    flag_words(seen->segment->flags).text, seen->seq, side_name(receiver_side(seen)));
}

void rule_ack_field_without_flag(struct rules *rules, const struct observation *seen, enum anomaly_id id) {
    if (!has_oddity(seen, ODD_ACK_FIELD))
        return;
    struct finding *finding = raise_finding(rules, seen, id, (enum side)seen->sender);
    if (finding != NULL && finding->count == 1)
        finding_say(rules, finding,
                    "The acknowledgment field of this segment (%s) holds %" PRIu32 ", but the ACK flag is off.",
                    flag_words(seen->segment->flags).text, seen->segment->ack);
}

void rule_urgent_field_invalid(struct rules *rules, const struct observation *seen, enum anomaly_id id) {
    if (!has_oddity(seen, ODD_URGENT))
        return;
    const struct segment *segment = seen->segment;
    struct finding *finding = raise_finding(rules, seen, id, (enum side)seen->sender);
    if (finding == NULL || finding->count > 1)
        return;
    if ((segment->flags & TCP_URG) == 0)
        finding_say(rules, finding, "The urgent pointer is %u, but the URG flag is off.", segment->urgent);
    else if (segment->urgent == 0)
        finding_say(rules, finding, "The URG flag is on, but the urgent pointer is 0: no octet is urgent.");
    else
        finding_say(rules, finding, "The urgent pointer of a SYN is %u, beyond the %s that it carries.",
                    segment->urgent, octets_words(segment->length).text);
}

/* --- options --- */

static const char *kind_name(uint8_t kind) {
    static const char *const names[] = {
        [2] = "maximum segment size", [3] = "window scale",   [4] = "SACK permitted", [5] = "SACK",
        [8] = "timestamps",           [19] = "MD5 signature", [28] = "user timeout",  [29] = "TCP-AO",
        [30] = "Multipath TCP",       [34] = "Fast Open"};
    return kind < sizeof names / sizeof *names && names[kind] != NULL ? names[kind] : "no name known";
}

void rule_option_malformed(struct rules *rules, const struct observation *seen, enum anomaly_id id) {
    if (!has_oddity(seen, ODD_OPTION))
        return;
    const struct tcp_options *options = &seen->segment->options;
    struct finding *finding = raise_finding(rules, seen, id, (enum side)seen->sender);
    if (finding == NULL || finding->count > 1)
        return;
    if ((options->present & OPTION_MALFORMED) == 0)
        finding_say(rules, finding,
                    "The %s's SYN carries option %u (%s) twice: which one counts is up to the receiver.",
                    sender_name(seen), options->odd_kind, kind_name(options->odd_kind));
    else if (options->odd_length == 0)
        finding_say(rules, finding, "Option %u (%s) has no room for a length above 0: what follows it cannot be read.",
                    options->odd_kind, kind_name(options->odd_kind));
    else
        finding_say(rules, finding,
                    "Option %u (%s) says that it is %s long, which its kind or the header does not allow: what follows "
                    "it cannot be read.",
                    options->odd_kind, kind_name(options->odd_kind), octets_words(options->odd_length).text);
}

void rule_option_misplaced(struct rules *rules, const struct observation *seen, enum anomaly_id id) {
    if (!has_oddity(seen, ODD_PLACE))
        return;
    uint16_t present = seen->segment->options.present;
    struct finding *finding = raise_finding(rules, seen, id, (enum side)seen->sender);
    if (finding == NULL || finding->count > 1)
        return;
    const char *name = (present & OPTION_MSS) != 0            ? "maximum segment size"
                       : (present & OPTION_WINDOW_SCALE) != 0 ? "window scale"
                                                              : "SACK permitted";
    finding_say(rules, finding, "The %s put the option %s on a segment without SYN (%s), where it means nothing.",
                sender_name(seen), name, flag_words(seen->segment->flags).text);
}

/* --- a header that cannot be read --- */

void rule_header_invalid(struct rules *rules, const struct observation *seen, enum anomaly_id id) {
    const struct broken_segment *broken = seen->broken;
    if (broken->fault == HEADER_CUT) /* the capture's doing */
        return;
    if (seen->connection == NULL) {
        tell_stray(rules, broken, id);
        return;
    }
    struct finding *finding = raise_finding(rules, seen, id, (enum side)seen->sender);
    if (finding == NULL || finding->count > 1)
        return;
    switch ((enum header_fault)broken->fault) {
    case HEADER_OFFSET_LOW:
        finding_say(rules, finding, "The %s sent a TCP header with a data offset of %u: the least is 5.",
                    sender_name(seen), broken->offset);
        break;
    case HEADER_OFFSET_BEYOND:
        finding_say(rules, finding,
                    "The %s sent a TCP header of %s by its data offset of %u, in a segment of %s altogether.",
                    sender_name(seen), octets_words(broken->offset * INT64_C(4)).text, broken->offset,
                    octets_words(broken->octets).text);
        break;
    case HEADER_SHORT:
    case HEADER_CUT:
        finding_say(rules, finding, "The %s sent a segment of %s: a TCP header takes 20.", sender_name(seen),
                    octets_words(broken->octets).text);
        break;
    }
}
