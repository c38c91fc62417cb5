/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef FINWAIT_TESTS_UNIT_DECODING_H
#define FINWAIT_TESTS_UNIT_DECODING_H

/* What the tests of the decoder share: one decoder, its last result, and a segment that is recognized again. */

#include "decode/decode.h"

#include "frames.h"

enum { ETHERNET = 1, RAW = 12, DATA = 5 /* payload octets of the frames here */ };

extern struct decoder *decoder;
extern struct decoded decoded;

int decoder_set_up(void **state);
int decoder_tear_down(void **state);

/* Decodes the first `captured` octets from a buffer of just that size, so that a sanitizer sees every read beyond. */
enum decode_result decode_cut(int link_type, const struct octets *octets, uint32_t captured, uint32_t wire);
enum decode_result decode_whole(int link_type, const struct octets *octets);

void assert_skipped(int link_type, const struct octets *octets, enum skip_reason reason);

/* What every frame of these tests says in its TCP header; and with its checksum and its payload. */
void assert_segment(void);
void assert_good_segment(int link_type, const struct octets *octets);

/* Puts an IP packet with that segment. */
void put_tcp4(struct octets *frame);
void put_tcp6(struct octets *frame);

/* The layers of encapsulation of the last segment, outermost first. */
void assert_layers(unsigned count, const char *const *texts);

#endif
