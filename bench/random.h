/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef BENCH_RANDOM_H
#define BENCH_RANDOM_H

#include <stdint.h>

/*
 * Seeded random numbers (splitmix64). Integers only, so that the same seed gives the same capture on every machine and
 * with every compiler.
 */
struct random {
    uint64_t state;
};

/* Scatters the bits of VALUE: equal values give equal results, neighbours unrelated ones. */
static inline uint64_t random_scatter(uint64_t value) {
    value = (value ^ (value >> 30)) * 0xbf58476d1ce4e5b9u;
    value = (value ^ (value >> 27)) * 0x94d049bb133111ebu;
    return value ^ (value >> 31);
}

static inline uint64_t random_next(struct random *random) {
    random->state += 0x9e3779b97f4a7c15u;
    return random_scatter(random->state);
}

/* A number in [0, limit), all about equally likely. LIMIT is not 0. */
static inline uint32_t random_below(struct random *random, uint32_t limit) {
    return (uint32_t)(((random_next(random) >> 32) * limit) >> 32);
}

/* A number in [low, high], all about equally likely; high - low < 2^32. */
static inline int64_t random_between(struct random *random, int64_t low, int64_t high) {
    return low + random_below(random, (uint32_t)(high - low) + 1);
}

/* A number in [low, high], small ones much likelier: the mean lies a quarter of the way up. high - low < 2^31. */
static inline int64_t random_skewed(struct random *random, int64_t low, int64_t high) {
    uint64_t unit = random_next(random) >> 48;
    uint64_t cube = (((unit * unit) >> 16) * unit) >> 16;
    return low + (int64_t)(((uint64_t)(high - low) * cube) >> 16);
}

/* True PARTS_PER_MILLION times in a million, on average. */
static inline int random_happens(struct random *random, uint32_t parts_per_million) {
    return random_below(random, 1000000) < parts_per_million;
}

#endif
