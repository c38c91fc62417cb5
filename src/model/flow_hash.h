/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef FINWAIT_MODEL_FLOW_HASH_H
#define FINWAIT_MODEL_FLOW_HASH_H

#include "base/address.h"

#include <stddef.h>

/* The keyed hash of a flow, the same for both directions: a strongly universal one under a secret key, so that a
 * hostile capture cannot aim at one place of a table. Inline, for it is worked out for every segment. */
enum { FLOW_KEY_WORDS = 14 };

struct flow_key {
    uint64_t words[FLOW_KEY_WORDS];
};

/* seed: two secret words from which the key is stretched. */
void flow_key_init(struct flow_key *key, const uint64_t seed[2]);

static inline uint64_t flow_word_of(const uint8_t *octets, unsigned at) {
    uint32_t word;
    memcpy(&word, octets + 4 * at, sizeof word);
    return word;
}

/* Multilinear hashing over 32-bit words by pairs (Lemire and Kaser, "Strongly universal string hashing is fast"). The
 * words of the key for either end alternate. */
static inline uint64_t flow_mix_end(const struct flow_key *key, size_t end, const uint8_t *octets, uint16_t port) {
    return (key->words[end] + flow_word_of(octets, 0)) * (key->words[2 + end] + port);
}

/* What IPv6 has more. */
static inline uint64_t flow_mix_rest(const struct flow_key *key, size_t end, const uint8_t *octets) {
    return (key->words[4 + end] + flow_word_of(octets, 1)) * (key->words[6 + end] + flow_word_of(octets, 2)) +
           (key->words[8 + end] + flow_word_of(octets, 3)) * (key->words[10 + end] + 6);
}

/* Which of two ends is the second one, where their ports do not tell: whether one's address, of four octets or 16,
 * stands behind the other's. */
bool flow_follows(unsigned version, const uint8_t *one, const uint8_t *other);

/* Both ends are of that IP version, their addresses as in a packet. */
static inline uint64_t flow_key_hash_packet(const struct flow_key *key, unsigned version, const uint8_t *one,
                                            uint16_t one_port, const uint8_t *other, uint16_t other_port,
                                            uint32_t network) {
    /* Both directions of a flow are hashed in one order. Any will do; which it is nobody can predict, so that it is
     * better worked out than asked. */
    size_t first = one_port != other_port ? one_port > other_port : flow_follows(version, one, other);
    size_t second = first ^ 1;
    uint64_t sum = key->words[12] + network * key->words[13];
    sum += flow_mix_end(key, first, one, one_port) + flow_mix_end(key, second, other, other_port);
    if (version == 6) {
        sum += flow_mix_rest(key, first, one) + flow_mix_rest(key, second, other);
    }
    return sum ^ (sum >> 32);
}

static inline uint64_t flow_key_hash(const struct flow_key *key, const struct address *one, uint16_t one_port,
                                     const struct address *other, uint16_t other_port, uint32_t network) {
    return flow_key_hash_packet(key, one->version, one->octets, one_port, other->octets, other_port, network);
}

#endif
