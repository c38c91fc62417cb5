/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef FINWAIT_DECODE_ODDITIES_H
#define FINWAIT_DECODE_ODDITIES_H

#include "decode/segment.h"

/* What is odd about flags, urgent pointer and options. Nothing is where header_is_usual. */
__attribute__((noinline)) uint16_t header_oddities(const struct segment *segment);

/* True of nearly all segments but those that open or reset a connection: asked inline, for each of them. */
static inline bool header_is_usual(const struct segment *segment) {
    return (segment->flags & (TCP_SYN | TCP_RST | TCP_URG | TCP_ACK)) == TCP_ACK && segment->urgent == 0 &&
           (segment->options.present & ~OPTION_TIMESTAMPS) == 0;
}

/* What is odd about a segment whose other members are filled in; ODD_NO_LENGTH is kept as it is. */
static inline uint16_t segment_oddities(const struct segment *segment) {
    unsigned odd = segment->odd & ODD_NO_LENGTH;

    if (!header_is_usual(segment))
        odd |= header_oddities(segment);
    if (segment->source_port == segment->destination_port && address_equal(&segment->source, &segment->destination))
        odd |= ODD_SELF;
    if (segment->payload_captured < segment->length || (segment->options.present & OPTION_CUT) != 0)
        odd |= ODD_CUT;
    return (uint16_t)(odd | (segment->checksum == CHECKSUM_OFFLOADED ? ODD_OFFLOADED : 0));
}

#endif
