/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef FINWAIT_BASE_SHA1_H
#define FINWAIT_BASE_SHA1_H

#include <stddef.h>
#include <stdint.h>

enum { SHA1_SIZE = 20 }; /* octets of a digest */

/* The digest of a message (FIPS 180-4 6.1). Good for identifiers that are defined with it, for nothing secret. */
void sha1(const uint8_t *message, size_t size, uint8_t digest[SHA1_SIZE]);

#endif
