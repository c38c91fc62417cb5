/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef FINWAIT_TESTS_UNIT_DECODING_H
#define FINWAIT_TESTS_UNIT_DECODING_H

/* What the tests of the decoder share: one decoder, its last result, and a segment that is recognized again. */

#include "decode/decode.h"

#include "frames.h"

/* Link types by their numbers in captures: decode must not need those of the libpcap that is installed. */
enum {
    BSD_NULL = 0,
    ETHERNET = 1,
    RAW = 12,
    RAW_OPENBSD = 14,
    RAW_LINKTYPE = 101,
    BSD_LOOP = 108,
    SLL = 113,
    IPV4 = 228,
    IPV6 = 229,
    SLL2 = 276,
};

enum { DATA = 5 }; /* payload octets of the frames here */

extern struct decoder *decoder;
extern struct decoded decoded;

int decoder_set_up(void **state);
int decoder_tear_down(void **state);

/* Decodes the first `captured` octets from a buffer of just that size, so that a sanitizer sees every read beyond. */
enum decode_result decode_cut(int link_type, const struct octets *octets, uint32_t captured, uint32_t wire);
enum decode_result decode_whole(int link_type, const struct octets *octets);

void assert_skipped(int link_type, const struct octets *octets, enum skip_reason reason);

/* Skipped as malformed, but its ports are known. length: octets of the TCP header and what follows it. */
void assert_broken(int link_type, const struct octets *octets, enum header_fault fault, uint32_t length);

/* What every frame of these tests says in its TCP header; and with its checksum and its payload. */
void assert_segment(void);
void assert_good_segment(int link_type, const struct octets *octets);

/* Puts an IP packet with that segment. */
void put_tcp4(struct octets *frame);
void put_tcp6(struct octets *frame);

/* Puts an IPv6 packet with it whose chain of extension headers begins with `first` and ends by naming TCP. Returns
 * where it begins. */
uint32_t put_chain(struct octets *frame, unsigned first, const void *chain, uint32_t chain_octets);

/* The layers of encapsulation of the last segment, outermost first. */
void assert_layers(unsigned count, const char *const *texts);

#endif
