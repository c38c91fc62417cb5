/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef FINWAIT_SCENARIO_VARIANTS_H
#define FINWAIT_SCENARIO_VARIANTS_H

#include "run.h"

/* Where captures are written for a moment. */
struct workspace {
    char first[256];
    char second[256];
};

struct variant_counts {
    unsigned run;
    unsigned different;
    unsigned left_out; /* because of the divisor */
};

/* Runs a trace by way of one capture file. NULL, with a word on stderr, when that is not possible. */
struct run *run_by_capture(const struct trace *trace, const struct workspace *workspace);

/* Runs the scenario in other encapsulations, with other initial sequence numbers, and so on, and holds each against the
 * plain run: states, verdicts and findings must be the same. Prints differences to out. Of the variants only one in
 * divisor is run; which ones depends on seed. */
void variants_run(FILE *out, const struct script *script, const struct workspace *workspace, unsigned divisor,
                  uint32_t seed, struct variant_counts *counts);

/* Prints the first line in which two texts differ, both ways. */
void print_difference(FILE *out, const char *expected, const char *seen);

#endif
