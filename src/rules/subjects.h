/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef FINWAIT_RULES_SUBJECTS_H
#define FINWAIT_RULES_SUBJECTS_H

#include "base/address.h"

#include <stddef.h>

/* What is remembered of addresses (and ports) that have to do with many connections: a table with a fixed number of
 * places, in which the one that was not asked for longest gives way to a new one. */
struct subjects;

/* First member of what is kept of each. */
struct subject {
    struct address address;
    uint16_t port;  /* 0: of the address as a whole */
    uint64_t asked; /* a stamp: who was asked for later has a higher one */
};

/* A table of records of `size` octets that begin with a struct subject, each at the start of a line of the cache; at
 * most `most` of them (a power of two, no more than SUBJECTS_MOST). key: a secret, against captures made to collide; no
 * result depends on it. NULL when memory is out. */
enum { SUBJECTS_MOST = 16384, SUBJECTS_LINE = 64 };
struct subjects *subjects_new(size_t size, size_t most, const uint64_t key[2]);

/* forget, if not NULL, is called for each record before it goes, here and in subjects_get. */
typedef void subject_forget(void *context, struct subject *subject);
void subjects_on_forget(struct subjects *subjects, subject_forget *forget, void *context);
void subjects_free(struct subjects *subjects); /* may be NULL */

/* What an address and port are looked up by; what that looks at first is on its way from memory then. */
uint64_t subjects_hash(const struct subjects *subjects, const struct address *address, uint16_t port);

/* The record of an address and port, whose hash it is; a new one is all zero behind its head. It stays where it is
 * until the next call of subjects_get. NULL when memory is out. */
struct subject *subjects_get(struct subjects *subjects, uint64_t hash, const struct address *address, uint16_t port);

/* The same if it is there, else NULL. */
struct subject *subjects_find(struct subjects *subjects, uint64_t hash, const struct address *address, uint16_t port);

/* The record that is likely to be found, on its way from memory, or any other: a hint, to be called a little later than
 * subjects_hash and a little sooner than those, which the hash then leads there. */
const struct subject *subjects_approach(const struct subjects *subjects, uint64_t *hash);

#endif
