/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef FINWAIT_SCENARIO_EXPECT_H
#define FINWAIT_SCENARIO_EXPECT_H

#include "run.h"

/* Ids that scenarios expect and a later catalogue will have (tests/scenarios/states-only.list). */
struct later_ids {
    char (*names)[NAME_SIZE];
    unsigned count;
};

/* Reads the list; one that is not there is empty. False, with a word on stderr, for an id that the catalogue has by
 * now, or that is too long. */
bool later_ids_read(struct later_ids *later, const char *path);
void later_ids_free(struct later_ids *later);

/* Holds a run against what the scenario expects. Prints every difference to out; returns how many there are. */
unsigned expect_compare(FILE *out, struct run *run, const struct later_ids *later);

#endif
