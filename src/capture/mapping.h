/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef FINWAIT_CAPTURE_MAPPING_H
#define FINWAIT_CAPTURE_MAPPING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A file as it stands in memory, of which only the part that is being read takes any. What is written to it stays with
 * this program. Another process may cut the file at any time: what is gone then reads as zeros instead of ending the
 * program with SIGBUS, and mapping_is_cut tells. */
struct mapping;

/* The first `size` octets of an open file, whose descriptor stays the caller's. NULL: it cannot be mapped, for want of
 * address space or by its file system, or as many files are as can be: it has to be read instead. Takes SIGBUS, and
 * passes on to whoever had that what is no mapping's. */
struct mapping *mapping_new(int descriptor, size_t size);
void mapping_free(struct mapping *mapping); /* may be NULL */

/* Where the file begins; the same for as long as the mapping lives. */
uint8_t *mapping_octets(struct mapping *mapping);
size_t mapping_size(const struct mapping *mapping);

/* Sees to it that what lies up to `end` (octets from the file's start, mapping_size at most) can be read without a
 * fault for each page, has the system fetch some of what comes next, and gives up what lies before `start`. false: the
 * file has less by now, or cannot be read there; what lies behind the end of the call before is not to be touched. */
bool mapping_move(struct mapping *mapping, size_t start, size_t end);

/* Whether something that was touched was not there any more. */
bool mapping_is_cut(const struct mapping *mapping);

#endif
