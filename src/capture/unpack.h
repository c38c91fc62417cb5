/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef FINWAIT_CAPTURE_UNPACK_H
#define FINWAIT_CAPTURE_UNPACK_H

#include "capture/input.h"

/* A way to compress a file. Adding one is adding a row in unpack.c. */
struct compression {
    const char *name;    /* also of the program that unpacks it, with -dc */
    const char *magic;   /* first octets */
    size_t magic_length; /* at most COMPRESSION_MAGIC */
};

enum { COMPRESSION_MAGIC = 6 }; /* octets that are enough to tell */

/* NULL: what begins like that is not compressed. */
const struct compression *compression_of(const uint8_t *head, size_t length);

/* What unpacks the octets of `packed`, which is the supply's from now on, also when the answer is NULL: then *error
 * says why, with the remedy. A file that is cut short or damaged gives what lies before, and then the failure. */
struct supply *unpack_open(const struct compression *compression, struct input *packed, struct message *error);

/* Whether the file at path ("-": standard input) is compressed. false also of what cannot be looked into without taking
 * octets from its reader, such as a pipe. */
bool unpack_is_needed(const char *path);

/* To be called before the process confines itself, for each file or directory that it will read ("-": standard input),
 * so that all is there that unpacking them may need. */
void unpack_prepare(const char *path);

/* --- the ways to unpack; each takes the input as unpack_open does --- */

/* gzip by zlib: gives all that lies before a cut, to the last octet. */
struct supply *inflate_open(const struct compression *compression, struct input *packed, struct message *error);

/* Everything by libarchive: before a cut, it gives whole blocks. */
struct supply *unarchive_open(const struct compression *compression, struct input *packed, struct message *error);

/* Loads that, once; false: it cannot be. */
bool unarchive_load(void);

/* Why nothing more can be unpacked: the packed octets cannot be read, end (then the answer is true: cut short), or are
 * wrong for that reason. */
bool unpack_explain(const struct compression *compression, const struct input *packed, const char *reason,
                    struct message *failure);

#endif
