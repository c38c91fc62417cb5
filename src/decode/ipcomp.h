/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef FINWAIT_DECODE_IPCOMP_H
#define FINWAIT_DECODE_IPCOMP_H

#include "decode/walk.h"

/* Unpacks packets that IPComp has compressed, where the program is built with zlib. What comes out is bounded, by what
 * goes in and by the longest packet; what would be longer, or is cut, is not looked into. */

struct ipcomp *ipcomp_new(void); /* NULL when memory is out */
void ipcomp_free(struct ipcomp *ipcomp);

layer_function walk_ipcomp;

#endif
