/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef FINWAIT_ENGINE_PARTITION_H
#define FINWAIT_ENGINE_PARTITION_H

#include "base/address.h"

#include <endian.h>

/* Connections are divided into partitions by a fixed hash of both ends, never by anything that differs from run to run:
 * each is a model with limits of its own, so that what is evicted does not depend on how many threads there are. */
enum { PARTITIONS_MAX = 16 }; /* a power of two; four times as many cost a fifth more time on one thread */

/* Both ends together, 32 bits of the address. */
static inline uint64_t partition_words(const uint8_t *one, const uint8_t *other, unsigned at) {
    uint32_t words[2];

    memcpy(&words[0], one + 4 * at, sizeof words[0]);
    memcpy(&words[1], other + 4 * at, sizeof words[1]);
    return (uint64_t)le32toh(words[0]) + le32toh(words[1]);
}

/* Number below PARTITIONS_MAX, the same for both directions; its lower bits serve where there are fewer. Unlike the
 * hash of the flow table it need not withstand captures made for it: who crowds one partition meets the limits of that
 * one and no others. Both ends are of that IP version, their addresses as in a packet. */
static inline unsigned partition_of_packet(unsigned version, const uint8_t *one, uint16_t one_port,
                                           const uint8_t *other, uint16_t other_port) {
    uint64_t mixed = partition_words(one, other, 0) * UINT64_C(0x9e3779b97f4a7c15) +
                     ((uint64_t)one_port + other_port) * UINT64_C(0xc2b2ae3d27d4eb4f);

    if (version == 6)
        mixed += partition_words(one, other, 1) * UINT64_C(0xd1342543de82ef95) +
                 partition_words(one, other, 2) * UINT64_C(0xbf58476d1ce4e5b9) +
                 partition_words(one, other, 3) * UINT64_C(0x94d049bb133111eb);
    return (unsigned)(mixed >> 60) % PARTITIONS_MAX;
}

/* The same; both addresses are of one version. */
static inline unsigned partition_of(const struct address *one, uint16_t one_port, const struct address *other,
                                    uint16_t other_port) {
    return partition_of_packet(one->version, one->octets, one_port, other->octets, other_port);
}

#endif
