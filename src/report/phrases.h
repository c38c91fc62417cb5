/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef FINWAIT_REPORT_PHRASES_H
#define FINWAIT_REPORT_PHRASES_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* Texts that are put together again and again of the same few words, by what they are made of: the latest of them. */
enum { PHRASES = 512, PHRASE_TEXT = 176 };

struct phrases {
    struct phrase {
        uint64_t key; /* 0: none */
        size_t size;
        char text[PHRASE_TEXT];
    } table[PHRASES];
};

static inline struct phrase *phrase_at(struct phrases *phrases, uint64_t key) {
    return &phrases->table[key * UINT64_C(0x9e3779b97f4a7c15) >> 55];
}

/* Writes the text of a key (not 0), of which PHRASE_TEXT octets may be written over, and returns the place behind it.
 * NULL: it is not there, or there are no phrases. */
static inline char *phrase_put(struct phrases *phrases, char *at, uint64_t key) {
    const struct phrase *phrase;

    if (phrases == NULL || (phrase = phrase_at(phrases, key))->key != key)
        return NULL;
    memcpy(at, phrase->text, PHRASE_TEXT);
    return at + phrase->size;
}

/* Keeps what stands between these two places for a key, unless it is longer than a phrase. phrases may be NULL. Returns
 * `to`. */
char *phrase_keep(struct phrases *phrases, uint64_t key, const char *from, char *to);

#endif
