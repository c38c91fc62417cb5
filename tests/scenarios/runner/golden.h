/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef FINWAIT_SCENARIO_GOLDEN_H
#define FINWAIT_SCENARIO_GOLDEN_H

#include "script.h"

#include <stdio.h>

/* The golden texts. For each scenario tests/golden/told/NAME.txt has every number and sentence that the program has for
 * it, and in a line each how the story ends where the capture lacks one of its frames or one of them changes (enum
 * change in trace.h); tests/golden/digests has a digest of all that is told of those changes. */
struct golden {
    const char *folder; /* tests/golden; borrowed */
    bool update;        /* write, instead of comparing */
    char *digests;      /* owned; NULL: there are none */
    FILE *new_digests;  /* owned; while updating */
};

/* False, with a word on stderr, when the digests cannot be written. */
bool golden_open(struct golden *golden, const char *folder, bool update);
bool golden_close(struct golden *golden);

/* True when the files say what is seen now; prints the first difference to out otherwise. While updating it writes the
 * text where it differs, and says so, and is false when it cannot be written. */
bool golden_test(FILE *out, struct golden *golden, const struct script *script);

/* Prints every change with the digest of what is told of it: to be held against what another program printed. */
void golden_list(FILE *out, const struct script *script);

/* Prints the whole story with one change, named as in the golden text: "without", "again", ... and the frame. False
 * where there is no such change. */
bool golden_show(FILE *out, const struct script *script, const char *word, uint64_t frame);

#endif
