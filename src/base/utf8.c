/* SPDX-License-Identifier: BSD-3-Clause */
#include "base/utf8.h"

#include <string.h>

unsigned utf8_next(const char *text, uint32_t *character) {
    static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
    const unsigned char *octets = (const unsigned char *)text;
    unsigned size;
    uint32_t value;

    if (octets[0] < 0x80) {
        *character = octets[0];
        return 1;
    }
    if (octets[0] < 0xc2 || octets[0] > 0xf4) {
        return 0;
    }
    size = octets[0] < 0xe0 ? 2 : octets[0] < 0xf0 ? 3 : 4;
    value = octets[0] & (0x7fu >> size);
    for (unsigned i = 1; i < size; i++) {
        if ((octets[i] & 0xc0) != 0x80) {
            return 0;
        }
        value = value << 6 | (octets[i] & 0x3fu);
    }
    if (value < least[size] || value > 0x10ffff || (value >= 0xd800 && value <= 0xdfff)) {
        return 0;
    }
    *character = value;
    return size;
}

bool utf8_steers(uint32_t character) {
    return character < 0x20 || (character >= 0x7f && character < 0xa0) || character == 0x061c ||
           (character >= 0x200e && character <= 0x200f) || (character >= 0x2028 && character <= 0x202e) ||
           (character >= 0x2066 && character <= 0x2069);
}

unsigned utf8_take(const char **text, const char **shown) {
    uint32_t character;
    unsigned size = utf8_next(*text, &character);
    bool good = size > 0 && !utf8_steers(character);

    *shown = good ? *text : "?";
    *text += size > 0 ? size : 1;
    return good ? size : 1;
}

void utf8_tame(char *text) {
    const char *from = text, *shown;

    while (*from != '\0') {
        unsigned size = utf8_take(&from, &shown);
        memmove(text, shown, size);
        text += size;
    }
    *text = '\0';
}
