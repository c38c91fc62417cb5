/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef FINWAIT_DECODE_DIRECT_H
#define FINWAIT_DECODE_DIRECT_H

#include "decode/decode.h"

/* The short way past the layers, for the frames of which nearly every capture is made: TCP over IPv4 without options or
 * IPv6 without extension headers, in no fragments, on Ethernet with at most one VLAN tag, in a Linux cooked header, or
 * bare.
 *
 * True: the segment is what decode_frame would have made of the frame, DECODE_SEGMENT with nothing but that. False: the
 * frame is for decode_frame; the segment may have changed. */
bool decode_direct(struct decoder *decoder, const struct frame *frame, struct segment *segment);

/* decode_frame without the short way: through one layer after the other, for every frame. */
enum decode_result decode_walk(struct decoder *decoder, const struct frame *frame, struct decoded *decoded);

#endif
