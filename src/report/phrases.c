/* SPDX-License-Identifier: BSD-3-Clause */
#include "report/phrases.h"

_Static_assert(PHRASES == 1 << (64 - 55), "as many as phrase_at tells apart");

char *phrase_keep(struct phrases *phrases, uint64_t key, const char *from, char *to) {
    size_t size = (size_t)(to - from);
    struct phrase *phrase;

    if (phrases != NULL && size <= PHRASE_TEXT) {
        phrase = phrase_at(phrases, key);
        phrase->key = key;
        phrase->size = size;
        memcpy(phrase->text, from, size);
    }
    return to;
}
