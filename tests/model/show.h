/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef TESTS_MODEL_SHOW_H
#define TESTS_MODEL_SHOW_H

#include "judge.h"

#include <stdio.h>

/* The observation packet by packet, what was true in one execution, and what finwait says. */
void show_witness(FILE *out, const struct witness *witness, const struct beginning *beginning);

/* The same observation in the notation of tests/scenarios, with the true paths and no expectation but these. */
bool write_scenario(const char *path, const struct witness *witness, const struct beginning *beginning);

#endif
