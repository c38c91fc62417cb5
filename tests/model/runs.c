/* SPDX-License-Identifier: BSD-3-Clause */
#include "runs.h"

/* A's side and B's side of the point, us one way. No two legs take times that fall together. */
#define NEAR_A                                                                                                         \
    { .leg = {1700, 20900}, .syn_percent = 100, .percent = 100 }
#define MIDDLE                                                                                                         \
    { .leg = {9700, 11300}, .syn_percent = 100, .percent = 100 }
#define NEAR_B                                                                                                         \
    { .leg = {21300, 1900}, .syn_percent = 100, .percent = 100 }
/* The opening at the least delay, everything after it at the most: the guard at its edge. */
#define MIDDLE_SLOWER                                                                                                  \
    { .leg = {29700, 31300}, .syn_percent = 80, .percent = 120 }
#define BUDGET(all)                                                                                                    \
    { .left = {{2, 1, 1}, {2, 1, 1}}, .total = all }

/* Long delays: what is reordered comes after the retransmission. */
#define UNBOUNDED                                                                                                      \
    { .leg = {9700, 11300}, .syn_percent = 100, .percent = 100, .late = 1300000 }

static const char short_ones[] = "a-closes,b-closes,both-close";

/* The longest last: a limit of time cuts them. */
const struct run runs[] = {
    /* name, channel, {behaviours, octets, timestamps, stacks}, budget, shortest, quick, ends only, hopes only, decided
     */
    {"middle-1", MIDDLE, {NULL, 1, 1, false, true}, BUDGET(1), true, true, false, false, true},
    {"middle-1-timestamps", MIDDLE, {NULL, 1, 1, true, true}, BUDGET(1), true, true, false, false, false},
    {"near-a-1", NEAR_A, {NULL, 1, 1, false, false}, BUDGET(1), true, true, false, false, true},
    {"near-b-1", NEAR_B, {NULL, 1, 1, true, true}, BUDGET(1), true, true, false, false, false},
    {"slower-1", MIDDLE_SLOWER, {NULL, 1, 1, false, true}, BUDGET(1), true, true, false, false, false},
    {"middle-2", MIDDLE, {NULL, 1, 1, false, true}, BUDGET(2), true, true, false, false, false},
    {"middle-2-timestamps", MIDDLE, {NULL, 1, 1, true, true}, BUDGET(2), false, true, false, false, false},
    {"near-a-2", NEAR_A, {NULL, 1, 1, false, true}, BUDGET(2), false, true, false, false, false},
    {"near-b-2", NEAR_B, {NULL, 1, 1, true, true}, BUDGET(2), false, true, false, false, false},
    {"slower-2", MIDDLE_SLOWER, {NULL, 1, 1, true, true}, BUDGET(2), false, true, false, false, false},
    {"middle-2-data", MIDDLE, {NULL, 2, 2, false, true}, BUDGET(2), false, true, false, false, false},
    {"unbounded-2", UNBOUNDED, {NULL, 1, 1, false, true}, BUDGET(2), false, true, false, true, false},
    {"middle-3", MIDDLE, {NULL, 1, 1, false, true}, BUDGET(3), false, false, false, false, false},
    {"short-4", MIDDLE, {short_ones, 0, 0, false, false}, BUDGET(4), false, true, false, false, false},
    {"short-5", MIDDLE, {short_ones, 0, 0, false, false}, BUDGET(5), false, false, false, false, false},
    {"all-faults-5", MIDDLE, {"a-closes", 0, 0, false, false}, BUDGET(5), false, true, true, false, false},
    {"all-faults", MIDDLE, {"a-closes", 0, 0, false, false}, BUDGET(8), false, false, true, false, false},
};
const unsigned run_count = sizeof runs / sizeof runs[0];
