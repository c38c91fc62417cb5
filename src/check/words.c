/* SPDX-License-Identifier: BSD-3-Clause */
#include "check/words.h"

#include "base/utf8.h"
#include "report/output.h"

json_t *json_words(const char *text) {
    json_t *words = json_string(text);
    struct output *valid = words == NULL ? output_to_memory() : NULL;
    uint32_t character;

    if (valid == NULL)
        return words;
    while (*text != '\0') {
        unsigned size = utf8_next(text, &character);
        output_bytes(valid, size > 0 ? text : "\xef\xbf\xbd", size > 0 ? size : 3);
        text += size > 0 ? size : 1;
    }
    if (output_error(valid) == 0)
        words = json_stringn(valid->bytes, valid->used);
    output_free(valid);
    return words;
}
