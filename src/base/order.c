/* SPDX-License-Identifier: BSD-3-Clause */
#include "base/order.h"

#include <stdbool.h>
#include <string.h>

enum { DIGIT_BITS = 11, DIGITS = 1 << DIGIT_BITS };

static size_t digit_of(uint64_t number, unsigned shift) {
    return number >> shift & (DIGITS - 1);
}

/* By one digit, from one place to the other. False, with nothing done, where all have the same. */
static bool distribute(const struct numbered *from, struct numbered *to, size_t count, unsigned shift) {
    size_t places[DIGITS] = {0}, next = 0;
    for (size_t i = 0; i < count; i++) {
        places[digit_of(from[i].number, shift)]++;
    }
    if (places[digit_of(from[0].number, shift)] == count) {
        return false;
    }
    for (size_t i = 0; i < DIGITS; i++) {
        size_t here = places[i];
        places[i] = next;
        next += here;
    }
    for (size_t i = 0; i < count; i++) {
        to[places[digit_of(from[i].number, shift)]++] = from[i];
    }
    return true;
}

struct numbered *order_by_number(struct numbered *items, struct numbered *room, size_t count) {
    uint64_t differ = 0;
    for (size_t i = 1; i < count; i++) {
        differ |= items[i].number ^ items[0].number;
    }
    for (unsigned shift = 0; shift < 64 && differ >> shift != 0; shift += DIGIT_BITS) {
        if (distribute(items, room, count, shift)) {
            struct numbered *sorted = room;
            room = items;
            items = sorted;
        }
    }
    return items;
}
