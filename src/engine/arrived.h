/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef FINWAIT_ENGINE_ARRIVED_H
#define FINWAIT_ENGINE_ARRIVED_H

#include "decode/direct.h"
#include "engine/partition.h"
#include "model/flow_hash.h"
#include "model/model.h"

/* A frame as the decoder has left it. */
struct arrived {
    uint8_t result; /* enum decode_result */
    bool unopened;  /* a segment that is usual (direct_is_usual): its analyser is to open it */
    /* An earlier frame, of whatever connection and other analysers', had a good checksum; valid where this one's is
     * bad. */
    bool good_checksum;
    uint8_t made_whole_count;
    uint8_t partition;          /* of what is not DECODE_SKIPPED */
    struct model *model;        /* its analyser's, of that partition, once that expects it */
    struct model_place place;   /* of a segment */
    const uint64_t *made_whole; /* borrowed, see struct decoded; valid where there are any */
    union {                     /* borrowed; which one, result says */
        const struct segment *segment;
        const struct icmp_error *icmp_error;
        const struct broken_segment *broken;
    } of;                 /* but unopened */
    struct direct direct; /* unopened */
};

/* Opens a connection: what is not of one connection alone looks at these. */
static inline bool arrived_has_syn(const struct arrived *arrived) {
    return !arrived->unopened && arrived->result == DECODE_SEGMENT && (arrived->of.segment->flags & TCP_SYN) != 0;
}

/* Where a packet belongs: its hash under that key, and its partition out of PARTITIONS_MAX. version, network:
 * direct->version and direct->path.network. */
__attribute__((always_inline)) static inline uint64_t packet_hash(const uint8_t *packet, unsigned version,
                                                                  uint32_t network, const struct flow_key *key) {
    const unsigned octets = version == 4 ? 4 : 16;
    const uint8_t *source = packet + (version == 4 ? DIRECT_IPV4 : DIRECT_IPV6) - 2 * octets;
    const uint8_t *ports = source + 2 * octets;

    return flow_key_hash_packet(key, version, source, octets_u16(ports), source + octets, octets_u16(ports + 2),
                                network);
}
__attribute__((always_inline)) static inline unsigned packet_partition(const uint8_t *packet, unsigned version) {
    const unsigned octets = version == 4 ? 4 : 16;
    const uint8_t *source = packet + (version == 4 ? DIRECT_IPV4 : DIRECT_IPV6) - 2 * octets;
    const uint8_t *ports = source + 2 * octets;

    return partition_of_packet(version, source, octets_u16(ports), source + octets, octets_u16(ports + 2));
}

#endif
