/* SPDX-License-Identifier: BSD-3-Clause */
#include "base/cursor.h"

struct cursor cursor_over(const uint8_t *bytes, uint32_t captured, uint32_t claimed) {
    return (struct cursor){.at = bytes, .captured = captured < claimed ? captured : claimed, .claimed = claimed};
}

enum cursor_status cursor_claim(struct cursor *cursor, uint32_t length) {
    if (length > cursor->claimed)
        return CURSOR_MALFORMED;
    cursor->claimed = length;
    if (cursor->captured > length)
        cursor->captured = length;
    return CURSOR_OK;
}

void cursor_stretch(struct cursor *cursor, uint32_t length) {
    if (length > cursor->claimed)
        cursor->claimed = length;
}
