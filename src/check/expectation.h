/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef FINWAIT_CHECK_EXPECTATION_H
#define FINWAIT_CHECK_EXPECTATION_H

#include "check/schema.h"

/* A file that says what a capture must show. */
struct expectation {
    char *path;   /* owned */
    char *text;   /* owned, as in the file */
    json_t *root; /* owned */
};

/* Reads and judges the file. False, with a message that names line, member and the nearest valid name, when it cannot
 * be read or says what no report can hold; then nothing is left to be freed. */
bool expectation_read(struct expectation *expectation, const char *path, const struct expectation_schema *schema,
                      struct message *error);
void expectation_free(struct expectation *expectation); /* also one that is all zero */

/* *path: the file beside a capture that holds its expectation, to be freed; NULL when there is none: for a.pcap.gz the
 * first there is of a.pcap.gz.expect.json, a.pcap.expect.json and a.expect.json. False: memory is out. */
bool expectation_beside(const char *capture, char **path);

/* Where an expectation for a capture is to be written when there is none yet, to be freed: its name without the last
 * ending, or the last two of a compressed one. NULL when memory is out. */
char *expectation_name_for(const char *capture);

#endif
