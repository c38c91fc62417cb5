/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef FINWAIT_TESTS_SEGMENTS_H
#define FINWAIT_TESTS_SEGMENTS_H

#include "decode/segment.h"

/* Compares two segments that were read from the same octets, member by member, as far as members are valid: the name of
 * the first in which they differ, or NULL. */
const char *segments_differ(const struct segment *one, const struct segment *other);

#endif
