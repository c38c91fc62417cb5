/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef FINWAIT_DECODE_OPTIONS_H
#define FINWAIT_DECODE_OPTIONS_H

#include "base/cursor.h"
#include "decode/segment.h"

#include <stddef.h>

/* The part of options_read for options that are none of the usual ones, length > 0; present and all numbers are 0. */
void options_read_each(struct tcp_options *options, const uint8_t *octets, uint32_t captured, uint32_t length);

/* Reads the options of a TCP header: `length` octets by its data offset, of which `captured` can be read. What a
 * header does not carry is 0, but blocks beyond sack_count are left as they were. Of an option that comes twice the
 * last one counts. */
static inline void options_read(struct tcp_options *options, const uint8_t *octets, uint32_t captured,
                                uint32_t length) {
    enum {
        TIMESTAMPS_ALIGNED = 0x0101080a, /* two no-operations, kind 8, length 10 (RFC 7323 appendix A) */
        TIMESTAMPS_ALIGNED_LENGTH = 12,
    };

    memset(options, 0, offsetof(struct tcp_options, sack));
    if (length == TIMESTAMPS_ALIGNED_LENGTH && captured == length && octets_u32(octets) == TIMESTAMPS_ALIGNED) {
        const uint64_t stamps = octets_u64(octets + 4);

        options->timestamp_echo = (uint32_t)stamps;
        options->timestamp_value = (uint32_t)(stamps >> 32);
        options->present = OPTION_TIMESTAMPS;
    } else if (length != 0) {
        options_read_each(options, octets, captured, length);
    }
}

#endif
