/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef FINWAIT_DECODE_OPTIONS_H
#define FINWAIT_DECODE_OPTIONS_H

#include "base/cursor.h"
#include "decode/segment.h"

#include <stddef.h>

/* The part of options_read for options that are none of the usual ones, length > 0; present and all numbers are 0. */
void options_read_each(struct tcp_options *options, const uint8_t *octets, uint32_t captured, uint32_t length);

/* Timestamps as nearly all of them come, alone behind two no-operations (RFC 7323 appendix A): whether so many octets
 * of options are that, and reads them; all else in *options is 0. */
enum { OPTIONS_STAMPED = 12 };
static inline bool options_are_stamps(const uint8_t *octets) {
    enum { STAMPS = 0x0101080a /* two no-operations, kind 8, length 10 */ };

    return octets_u32(octets) == STAMPS;
}
__attribute__((always_inline)) static inline void options_read_stamps(struct tcp_options *options,
                                                                      const uint8_t *octets) {
    const uint64_t stamps = octets_u64(octets + 4);

    options->timestamp_echo = (uint32_t)stamps;
    options->timestamp_value = (uint32_t)(stamps >> 32);
    options->present = OPTION_TIMESTAMPS;
}

/* Reads the options of a TCP header: `length` octets by its data offset, of which `captured` can be read. What a
 * header does not carry is 0, but blocks beyond sack_count are left as they were. Of an option that comes twice the
 * last one counts. */
static inline void options_read(struct tcp_options *options, const uint8_t *octets, uint32_t captured,
                                uint32_t length) {
    memset(options, 0, offsetof(struct tcp_options, sack));
    if (length == OPTIONS_STAMPED && captured == length && options_are_stamps(octets))
        options_read_stamps(options, octets);
    else if (length != 0)
        options_read_each(options, octets, captured, length);
}

#endif
