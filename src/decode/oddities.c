/* SPDX-License-Identifier: BSD-3-Clause */
#include "decode/oddities.h"

enum {
    CONTROL = TCP_FIN | TCP_SYN | TCP_RST,
    XMAS = TCP_FIN | TCP_PSH | TCP_URG,
    SYN_ONLY = OPTION_MSS | OPTION_WINDOW_SCALE | OPTION_SACK_PERMITTED,
};

/* SYN and FIN in one may be asked for where data may be, too: with Fast Open. */
static bool is_illegal(uint16_t flags, bool fast_open) {
    uint16_t control = flags & CONTROL;

    if (control == (TCP_SYN | TCP_FIN))
        return !fast_open;
    if ((control & (control - 1)) != 0)
        return true;
    return (flags & (CONTROL | TCP_PSH | TCP_ACK | TCP_URG)) == 0 || (flags & (XMAS | TCP_ACK)) == XMAS;
}

static uint16_t flag_oddities(const struct segment *segment) {
    uint16_t flags = segment->flags;
    uint16_t odd = is_illegal(flags, (segment->options.present & OPTION_FAST_OPEN) != 0) ? ODD_FLAGS : 0;

    if ((flags & TCP_ACK) != 0)
        return odd;
    odd |= (flags & (TCP_SYN | TCP_RST)) == 0 ? ODD_NO_ACK : 0;
    return odd | (segment->ack != 0 ? ODD_ACK_FIELD : 0);
}

static bool is_urgent_odd(const struct segment *segment) {
    if ((segment->flags & TCP_URG) == 0)
        return segment->urgent != 0;
    return segment->urgent == 0 || ((segment->flags & TCP_SYN) != 0 && segment->urgent > segment->length);
}

static uint16_t option_oddities(const struct segment *segment) {
    uint16_t present = segment->options.present;
    bool syn = (segment->flags & TCP_SYN) != 0;
    uint16_t odd = 0;

    if ((present & OPTION_MALFORMED) != 0 || (syn && (present & OPTION_REPEATED) != 0))
        odd |= ODD_OPTION;
    if (!syn && (present & SYN_ONLY) != 0)
        odd |= ODD_PLACE;
    return odd;
}

/* As nearly all that open a connection do. */
static bool opens_as_usual(const struct segment *segment) {
    bool answers = segment->flags == (TCP_SYN | TCP_ACK);

    return (answers || (segment->flags == TCP_SYN && segment->ack == 0)) && segment->urgent == 0 &&
           (segment->options.present & (OPTION_MALFORMED | OPTION_REPEATED)) == 0;
}

uint16_t header_oddities(const struct segment *segment) {
    if (opens_as_usual(segment))
        return 0;
    uint16_t odd = flag_oddities(segment) | option_oddities(segment);

    return odd | (is_urgent_odd(segment) ? ODD_URGENT : 0);
}
