/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef TESTS_MODEL_RUNS_H
#define TESTS_MODEL_RUNS_H

#include "beginnings.h"

/* The explorations: each is one tree of observations, complete up to its budget. */
struct run {
    const char *name;
    struct channel channel;
    struct variety variety;
    struct budget budget;
    bool shortest;   /* part of make check with FINWAIT_TEST_DIVISOR */
    bool quick;      /* part of make check */
    bool ends_only;  /* captures that were cut midway are not judged */
    bool hopes_only; /* delays without bound: the guard is no theorem there, violations are only counted */
    bool decided;    /* in the long runs every appeal is taken to its end, and one that stays open is a failure */
};
extern const struct run runs[];
extern const unsigned run_count;

#endif
