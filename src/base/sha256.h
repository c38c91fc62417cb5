/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef FINWAIT_BASE_SHA256_H
#define FINWAIT_BASE_SHA256_H

#include <stddef.h>
#include <stdint.h>

enum { SHA256_SIZE = 32 }; /* octets of a digest */

/* The digest of a message (FIPS 180-4 6.2). */
void sha256(const uint8_t *message, size_t size, uint8_t digest[SHA256_SIZE]);

#endif
