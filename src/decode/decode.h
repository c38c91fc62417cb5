/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef FINWAIT_DECODE_DECODE_H
#define FINWAIT_DECODE_DECODE_H

#include "capture/frame.h"
#include "decode/encapsulation.h"
#include "decode/segment.h"

#include <stdbool.h>
#include <stdint.h>

/* Why a frame yielded no segment. Each is counted in the report's "skipped"; the names there are those of skip_name. */
enum skip_reason {
    SKIP_NONE,
    SKIP_FILTERED,         /* "filtered": counted by the engine, never returned by the decoder */
    SKIP_NOT_IP,           /* "not-ip": ARP, LLDP, ... */
    SKIP_NOT_TCP,          /* "not-tcp": another protocol over IP */
    SKIP_FRAGMENT,         /* "fragment": a fragment without a TCP header */
    SKIP_TRUNCATED,        /* "truncated": the snapshot length cut the headers */
    SKIP_MALFORMED,        /* "malformed": a header contradicts itself or its container */
    SKIP_UNSUPPORTED_LINK, /* "unsupported-link" */
    SKIP_UNSUPPORTED,      /* "unsupported": a header that the decoder does not open */
    SKIP_REASONS
};
const char *skip_name(enum skip_reason reason);

enum decode_result {
    DECODE_SEGMENT,
    DECODE_ICMP_ERROR,
    DECODE_BROKEN, /* skipped too: a TCP segment of which the ports are known and no more */
    DECODE_SKIPPED
};

struct decoder; /* holds the table of encapsulations; nothing of one frame survives to the next (until fragments do) */

struct decoder *decoder_new(void); /* NULL when memory is out */
void decoder_free(struct decoder *decoder);

/* A random number for the hash of encapsulations, against captures made to collide. Call it before the first frame; no
 * result depends on it. */
void decoder_seed(struct decoder *decoder, uint64_t seed);

const struct encapsulations *decoder_encapsulations(const struct decoder *decoder);

/* What came out of a frame: exactly the member that the result names is valid, for DECODE_BROKEN skipped as well. */
struct decoded {
    struct segment segment;
    struct icmp_error icmp_error;
    struct broken_segment broken;
    enum skip_reason skipped;
};
enum decode_result decode_frame(struct decoder *decoder, const struct frame *frame, struct decoded *decoded);

/* True when the decoder opens this DLT_ value at all. */
bool decode_knows_link(int link_type);

#endif
