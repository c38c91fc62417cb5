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
    SKIP_FRAGMENT,         /* "fragment": a fragment whose datagram is not complete (yet), or a copy of one */
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

struct decoder; /* holds the table of encapsulations and, from frame to frame, fragments of IP datagrams */

struct decoder *decoder_new(void); /* NULL when memory is out */
void decoder_free(struct decoder *decoder);

/* A random number for the hash of encapsulations, against captures made to collide. Call it before the first frame; no
 * result depends on it. */
void decoder_seed(struct decoder *decoder, uint64_t seed);

/* From now on packets in packets (GRE, VXLAN, IP in IP, GTP, ...) stay closed: only the outer IP header's own TCP
 * counts. Tags and labels of the link layer (VLAN, MPLS, PPPoE, ...) are opened as before. */
void decoder_close_tunnels(struct decoder *decoder);

/* The table that segments point into by their encapsulation; borrowed, lives as long as the decoder. */
const struct encapsulations *decoder_encapsulations(const struct decoder *decoder);

/* What came out of a frame: of segment, icmp_error, broken and skipped exactly the member that the result names is
 * valid, for DECODE_BROKEN skipped as well. Those that are always valid stand next to the segment, for most frames are
 * that and nothing else. */
struct decoded {
    struct segment segment;
    /* Always valid: so many earlier frames, each skipped as SKIP_FRAGMENT when it came, held the other fragments of
     * what this frame gave. They belong to its result now, whatever that is. */
    uint32_t joined;
    /* Always valid: the payload lies in the decoder, which the next frame that it opens may write over. */
    bool transient;
    /* Always valid: datagrams in fragments go by the frame that held the first that came of them. Those which this
     * frame made whole, the outermost first; and the one that its contents, not whole yet, are a fragment of, or 0. */
    uint8_t made_whole_count;
    uint64_t fragment_of;
    uint64_t made_whole[ENCAPSULATION_LAYERS + 1];
    struct icmp_error icmp_error;
    struct broken_segment broken;
    enum skip_reason skipped;
};
/* Frames come in their order in the capture. An IP datagram in fragments gives its segment with the frame that
 * completes it, under the number and the time of that frame. */
enum decode_result decode_frame(struct decoder *decoder, const struct frame *frame, struct decoded *decoded);

/* True when the decoder opens this DLT_ value at all. */
bool decode_knows_link(int link_type);

#endif
