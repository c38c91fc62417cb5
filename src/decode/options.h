/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef FINWAIT_DECODE_OPTIONS_H
#define FINWAIT_DECODE_OPTIONS_H

#include "decode/segment.h"

/* Reads the options of a TCP header: `length` octets by its data offset, of which `captured` can be read. What a
 * header does not carry is 0, but blocks beyond sack_count are left as they were. Of an option that comes twice the
 * last one counts. */
void options_read(struct tcp_options *options, const uint8_t *octets, uint32_t captured, uint32_t length);

#endif
