/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef FINWAIT_CAPTURE_PCAPNG_H
#define FINWAIT_CAPTURE_PCAPNG_H

#include <stdbool.h>
#include <stdint.h>

/* Numbers of the pcapng format, for its reader and its writer. */
enum {
    PCAPNG_SECTION_HEADER = 0x0a0d0d0a,
    PCAPNG_INTERFACE = 1,
    PCAPNG_PACKET = 2, /* obsolete */
    PCAPNG_SIMPLE_PACKET = 3,
    PCAPNG_STATISTICS = 5,
    PCAPNG_ENHANCED_PACKET = 6,

    PCAPNG_SMALLEST_BLOCK = 12,
    PCAPNG_TRAILER = 4,       /* the length again */
    PCAPNG_PACKET_FIXED = 28, /* octets before the frame */
    PCAPNG_SIMPLE_FIXED = 12,

    PCAPNG_OPTION_HEADER = 4,
    PCAPNG_END_OF_OPTIONS = 0,
    PCAPNG_COMMENT = 1,
    PCAPNG_SHB_USERAPPL = 4,
    PCAPNG_IF_NAME = 2,
    PCAPNG_IF_TSRESOL = 9,
    PCAPNG_IF_TSOFFSET = 14,
    PCAPNG_EPB_FLAGS = 2,
    PCAPNG_EPB_DROPCOUNT = 4,
    PCAPNG_ISB_IFDROP = 5,
    PCAPNG_ISB_OSDROP = 7,
};

static inline uint32_t pcapng_padded(uint32_t octets) {
    return (octets + 3) & ~(uint32_t)3;
}

/* The options of a block, from first to last. */
struct pcapng_options {
    const uint8_t *at;
    uint32_t octets; /* left from there on */
    bool swapped;    /* not in this machine's byte order */
};

struct pcapng_option {
    uint16_t code;
    uint16_t length;
    const uint8_t *value;
};

/* false: there is no more, or it does not fit. */
bool pcapng_option_next(struct pcapng_options *options, struct pcapng_option *option);

#endif
