/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef FINWAIT_DECODE_FRAGMENTS_H
#define FINWAIT_DECODE_FRAGMENTS_H

#include "decode/walk.h"

/* Puts IP datagrams together again (RFC 791 3.2, RFC 8200 4.5). Memory is bounded and taken at the start, the system
 * gives real pages only to what is used: 1,024 datagrams, 8 MiB of their octets; where there is no room the one that
 * has had no fragment for longest goes. One that is not whole 30 s of the capture's clock after its first fragment is
 * given up. Fragments that overlap end their datagram and whatever more comes of it (RFC 5722 3); one that is just the
 * copy of another does no harm (RFC 8200 4.5). A fragment costs the same however many there are: bit maps, no lists. */

struct fragments *fragments_new(void); /* NULL when memory is out */
void fragments_free(struct fragments *fragments);
void fragments_seed(struct fragments *fragments, uint64_t seed); /* of the hash; see decoder_seed */

struct fragment {
    uint32_t id;
    uint32_t offset;  /* octets, a multiple of 8 */
    uint8_t protocol; /* of what the datagram holds; that of the fragment with offset 0 counts */
    bool more;        /* it is not the last one */
};

/* Takes the fragment that walk->rest holds. The one that makes its datagram whole goes on with all of it: as if it had
 * come in one frame, this one. All others end the walk as SKIP_FRAGMENT, and decoded->joined of the frame that
 * completes the datagram tells how many of those frames are to be counted otherwise now. */
enum decode_result walk_fragment(struct walk *walk, const struct fragment *fragment);

#endif
