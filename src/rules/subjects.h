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
    uint16_t port; /* 0: of the address as a whole */
    struct subject *next_in_bucket;
    uint64_t asked; /* a stamp: who was asked for later has a higher one */
};

/* A table of records of `size` octets that begin with a struct subject; at most `most` of them (a power of two). key: a
 * secret, against captures made to collide; no result depends on it. NULL when memory is out. */
struct subjects *subjects_new(size_t size, size_t most, const uint64_t key[2]);

/* forget, if not NULL, is called for each record before it goes, here and in subjects_get. */
typedef void subject_forget(void *context, struct subject *subject);
void subjects_on_forget(struct subjects *subjects, subject_forget *forget, void *context);
void subjects_free(struct subjects *subjects); /* may be NULL */

/* The record of an address and port; a new one is all zero behind its head. NULL when memory is out. */
struct subject *subjects_get(struct subjects *subjects, const struct address *address, uint16_t port);

/* The same if it is there, else NULL. */
struct subject *subjects_find(struct subjects *subjects, const struct address *address, uint16_t port);

/* Hints, so that a record is on its way from memory while others are dealt with: subjects_expect, and a little later
 * subjects_approach with what it returned. They change nothing. */
uint64_t subjects_expect(const struct subjects *subjects, const struct address *address, uint16_t port);
void subjects_approach(const struct subjects *subjects, uint64_t expected);

#endif
