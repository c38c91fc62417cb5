/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef FINWAIT_BASE_PACK_H
#define FINWAIT_BASE_PACK_H

#include <stddef.h>
#include <stdint.h>

/* Records at rest. A record of 64-bit words is written down with as few octets as each word needs, counted up from zero
 * or down from a base that the caller names, a time that many words are near. What a record means does not matter:
 * unpacking gives the same words. */

/* Octets that a word other than zero takes, which are at most so many. */
enum { PACK_WORD_MOST = 9 };
size_t pack_word_octets(uint64_t word, uint64_t base);

/* Octets that so many words take at most, what is written behind the end for a moment included. */
#define PACK_ROOM(words) ((words)*9 + ((words) + 7) / 8 + 8)

/* Writes the words to `to` (PACK_ROOM octets of room) and returns the end of what was written. */
uint8_t *pack_words(uint8_t *to, const void *record, size_t words, uint64_t base);

/* Reads them back and returns the end of what was read. Up to 8 octets behind that end are looked at. */
const uint8_t *unpack_words(const uint8_t *from, void *record, size_t words, uint64_t base);

#endif
